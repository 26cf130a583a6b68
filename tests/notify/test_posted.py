"""Slack, Teams and any system: what is posted to a web address."""

import hashlib
import hmac
import json

import pytest

from kiro_worker.notify import web
from kiro_worker.notify.fault import NotDelivered, NotifySetting
from kiro_worker.notify.webhook import WebhookNotifier, slack_notifier, teams_notifier
from kiro_worker.testing.clock import HandClock
from kiro_worker.testing.notify_contract import NOTICE, NotifierContract
from kiro_worker.testing.web_hook import web_hook

KEY = "a-key-that-both-sides-know"
CLOCK = HandClock(hurried=True)
TOKEN = "T000-B000-XXXX"


@pytest.fixture
def hook():
    with web_hook(f"/services/{TOKEN}") as made:
        yield made


class Posts(NotifierContract):
    secret = TOKEN

    @pytest.fixture
    def received(self, hook):
        async def texts():
            return [self.read(each.body) for each in hook.posted]

        return texts

    @staticmethod
    def read(body):
        return json.dumps(json.loads(body), ensure_ascii=False)

    @pytest.fixture(params=["refused", "gone"])
    def broken(self, request, hook):
        if request.param == "gone":
            return self.of(f"http://127.0.0.1:9/services/{TOKEN}")
        hook.statuses += [403] * 9
        return self.of(hook.url)

    @pytest.fixture
    def notifier(self, hook):
        return self.of(hook.url)


class TestSlack(Posts):
    @staticmethod
    def of(address):
        return slack_notifier(address, CLOCK)


class TestTeams(Posts):
    @staticmethod
    def of(address):
        return teams_notifier(address, CLOCK)


class TestWebhook(Posts):
    @staticmethod
    def of(address):
        return WebhookNotifier(address, key=KEY, clock=CLOCK)

    @staticmethod
    def read(body):
        told = json.loads(body)
        reading = told["reading"]
        # A machine is told numbers, and always what to do.
        limit = f"{reading['comparison']} {reading['threshold']:g}"
        action = "" if told["state"] == "OK" else told["action"]
        return json.dumps({**told, "limit": limit, "action": action}, ensure_ascii=False)

    async def test_whoever_has_the_key_can_tell_that_it_is_ours_and_when_it_was_sent(self, notifier, hook):
        await notifier.deliver(NOTICE)
        (posted,) = hook.posted
        moment = posted.headers["x-kiro-worker-timestamp"]
        assert moment == str(int(CLOCK.now().timestamp()))
        wanted = hmac.new(KEY.encode(), moment.encode() + b"." + posted.body, hashlib.sha256).hexdigest()
        assert posted.headers["x-kiro-worker-signature-256"] == f"sha256={wanted}"

    async def test_without_a_key_nothing_is_signed(self, hook):
        await WebhookNotifier(hook.url, key="", clock=CLOCK).deliver(NOTICE)
        assert "x-kiro-worker-signature-256" not in hook.posted[0].headers


@pytest.mark.parametrize("status", [500, 502, 503, 429, 408])
async def test_what_passes_by_itself_is_tried_once_more(hook, status):
    hook.statuses += [status]
    await slack_notifier(hook.url, CLOCK).deliver(NOTICE)
    assert len(hook.posted) == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
async def test_a_definite_no_is_not_tried_again(hook, status):
    hook.statuses += [status]
    with pytest.raises(NotDelivered, match=f"HTTP {status}"):
        await slack_notifier(hook.url, CLOCK).deliver(NOTICE)
    assert len(hook.posted) == 1


async def test_a_redirect_is_not_followed(hook):
    hook.statuses += [302]
    with pytest.raises(NotDelivered, match="HTTP 302"):
        await slack_notifier(hook.url, CLOCK).deliver(NOTICE)


@pytest.mark.parametrize(
    "address",
    ["", "hooks.slack.com/services/x", "http://hooks.slack.com/services/x", "ftp://x/", "https://", "https://x y/", "https://[::1", "https://é.example/", "https://x/\ny"],
)  # fmt: skip
def test_only_addresses_over_tls_are_posted_to(address):
    with pytest.raises(NotifySetting) as caught:
        web.checked(address, source="the secret s")
    assert "the secret s" in caught.value.message
    assert not address.strip("htps:/") or address not in caught.value.message


@pytest.mark.parametrize(
    "address", ["https://hooks.slack.com/services/x", "http://127.0.0.1:8080/hook", "http://localhost/"]
)
def test_an_address_over_tls_or_of_this_machine_is_one(address):
    assert web.checked(f" {address}\n", source="s") == address
