"""Notices posted to a web address: as Slack's message, as Teams' card, or as a signed document for any system."""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Any

from kiro_worker.clock import Clock
from kiro_worker.notify.fault import NotDelivered
from kiro_worker.notify.notice import Notice
from kiro_worker.notify.render.document import document
from kiro_worker.notify.render.slack import slack
from kiro_worker.notify.render.teams import teams
from kiro_worker.notify.web import NotTaken, encoded, post

Rendering = Callable[[Notice], Mapping[str, Any]]

SIGNATURE, TIMESTAMP = "X-Kiro-Worker-Signature-256", "X-Kiro-Worker-Timestamp"


class _Target:
    """Where one way posts to."""

    def __init__(self, way: str, address: str, clock: Clock) -> None:
        self._way, self._address, self._clock = way, address, clock

    async def post(self, notice: Notice, content: bytes, headers: Mapping[str, str] | None = None) -> None:
        try:
            await post(self._address, content, headers or {}, self._clock)
        except NotTaken as problem:
            raise NotDelivered(way=self._way, alarm=notice.alarm, reason=str(problem)) from None


class ChatNotifier:
    """See `Notifier`: a message in a channel; `slack_notifier` and `teams_notifier` make them.

    Args:
        name: the way.
        address: of the channel's webhook, which is a secret.
        rendering: makes the message.
        clock: waits between two tries.
    """

    def __init__(self, name: str, address: str, rendering: Rendering, clock: Clock) -> None:
        self.name, self._rendering = name, rendering
        self._target = _Target(name, address, clock)

    def __repr__(self) -> str:
        return f"ChatNotifier({self.name})"

    async def deliver(self, notice: Notice) -> None:
        """See `Notifier.deliver`."""
        await self._target.post(notice, encoded(self._rendering(notice)))


class WebhookNotifier:
    """See `Notifier`: the notice as a document, signed where there is a key.

    The signature is HMAC-SHA-256 over the timestamp's header, a dot and the body, in hex after `sha256=`. Whoever
    checks it also looks whether the timestamp (seconds since 1970) is recent, and whether the `id` came before.

    Args:
        address: a secret, too, as it may carry a token.
        key: shared with who checks; empty signs nothing.
        clock: stamps.
    """

    name = "webhook"

    def __init__(self, address: str, *, key: str, clock: Clock) -> None:
        self._key, self._clock = key, clock
        self._target = _Target(self.name, address, clock)

    def __repr__(self) -> str:
        return "WebhookNotifier()"

    async def deliver(self, notice: Notice) -> None:
        """See `Notifier.deliver`."""
        content = encoded(document(notice))
        moment = str(int(self._clock.now().timestamp()))
        headers = {TIMESTAMP: moment}
        if self._key:
            headers[SIGNATURE] = signature(self._key, moment, content)
        await self._target.post(notice, content, headers)


def slack_notifier(address: str, clock: Clock) -> ChatNotifier:
    """A channel of Slack, by its incoming webhook."""
    return ChatNotifier("slack", address, slack, clock)


def teams_notifier(address: str, clock: Clock) -> ChatNotifier:
    """A channel of Teams, by a workflow's webhook."""
    return ChatNotifier("teams", address, teams, clock)


def signature(key: str, moment: str, content: bytes) -> str:
    """What a body of that moment is signed with.

    >>> signature("key", "1795253400", b"{}")[:14]
    'sha256=6e41cf2'
    """
    return "sha256=" + hmac.new(key.encode(), f"{moment}.".encode() + content, hashlib.sha256).hexdigest()
