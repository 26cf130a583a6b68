"""What the dispatcher hears: pull requests of the forges that the settings name, and webhooks."""

import contextlib
from collections.abc import AsyncIterator, Callable

from kiro_worker.bootstrap.adapters import forge_for
from kiro_worker.bootstrap.workshop import Workshop
from kiro_worker.config.credentials import find_credential
from kiro_worker.config.settings import Config
from kiro_worker.dispatch.feedback.decide import Limits
from kiro_worker.dispatch.feedback.listen import Listening
from kiro_worker.dispatch.feedback.memory import FeedbackMemory
from kiro_worker.error import Fault, WorkerError
from kiro_worker.forge.port import Conversations


class ListenUnfit(WorkerError):
    """The address to listen at is none."""

    code = "webhook.address"
    fault = Fault.CONFIG

    def __init__(self, *, given: str) -> None:
        super().__init__(
            f"{given!r} is no address and port.", next_step="Write it as --listen 127.0.0.1:8780, or [::1]:8780."
        )


def listening_for(shop: Workshop, config: Config, memory: FeedbackMemory) -> Listening:
    """What sees to feedback."""

    @contextlib.asynccontextmanager
    async def talk(repository: str) -> AsyncIterator[Conversations]:
        forge = forge_for(shop, config, repository)
        try:
            yield forge
        finally:
            await forge.close()

    wanted = config.feedback
    limits = Limits(reviews=wanted.reviews, checks=wanted.checks)
    return Listening(memory, talk, limits, interval=wanted.interval.total_seconds())


@contextlib.asynccontextmanager
async def heard_at(given: str, shop: Workshop, config: Config, ring: Callable[[], None]) -> AsyncIterator[str]:
    """Listen for webhooks; without an address nothing is. Gives where they are heard.

    Raises:
        ListenUnfit, CannotListen: the address cannot be used.
        CredentialMissing: there is no secret that deliveries are signed with.
    """
    if not given:
        yield ""
        return
    from kiro_worker.dispatch.webhook.deliveries import Deliveries
    from kiro_worker.dispatch.webhook.server import PATH, hooks

    host, port = address_of(given)
    setting = "feedback.secret_variable"
    shop.keep_out(shop.machine.filed(config.feedback.secret_variable))
    secret = find_credential(config.environment, config.feedback.secret_variable, shop.known_secret, setting=setting)
    deliveries = Deliveries(shop.state)
    opened = hooks((host, port), secret.value.encode(), deliveries=deliveries, clock=shop.clock, ring=ring)
    async with opened as (_, at):
        yield f"http://{f'[{host}]' if ':' in host else host}:{at}{PATH}"


def address_of(given: str) -> tuple[str, int]:
    """Host and port.

    >>> address_of("127.0.0.1:8780"), address_of("[::1]:0")
    (('127.0.0.1', 8780), ('::1', 0))

    Raises:
        ListenUnfit: it is neither.
    """
    host, separator, port = given.rpartition(":")
    host = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    fits = bool(separator and host) and port.isascii() and port.isdecimal() and len(port) <= 5 and int(port) < 65_536
    if not fits or (":" in host and not given.startswith("[")):
        raise ListenUnfit(given=given)
    return host, int(port)
