"""The last line of a receipt: it counts what is before it, and a signature over it makes that binding."""

from collections.abc import Mapping
from typing import Any, Protocol

from kiro_worker.receipt.chain import Event, from_base64, plain_base64
from kiro_worker.value import dataclass

CLOSED = "receipt.closed"

_FACTS = ("run", "events", "last", "key", "public_key", "signature")


class Signer(Protocol):
    """Signs what a receipt comes to."""

    @property
    def key(self) -> str:
        """The fingerprint of its public key."""
        ...

    @property
    def public_key(self) -> bytes:
        """The public key itself, 32 bytes."""
        ...

    def sign(self, statement: bytes) -> bytes:
        """An Ed25519 signature, 64 bytes."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """What a closing line says.

    Attributes:
        events: how many lines are before it.
        last: the hash of the line before it.
        at: when the receipt was closed.
        key: the fingerprint of the key that signed; empty without one.
        public_key: that key; empty without one.
        signature: over `statement`; empty without one.
    """

    run: str
    events: int
    last: str
    at: str
    key: str = ""
    public_key: bytes = b""
    signature: bytes = b""

    @property
    def statement(self) -> bytes:
        r"""What is signed. It names all that the line says, so nothing of the line can be changed beside it.

        >>> Closing(run="r-1", events=2, last="ab", at="2026-11-21T09:30:00.000Z", key="sha256:cd").statement
        b'kiro-worker receipt 1\nrun r-1\nevents 2\nlast ab\nclosed 2026-11-21T09:30:00.000Z\nkey sha256:cd\n'
        """
        return (
            f"kiro-worker receipt 1\nrun {self.run}\nevents {self.events}\nlast {self.last}\n"
            f"closed {self.at}\nkey {self.key}\n"
        ).encode("utf-8", "backslashreplace")


def closing_facts(closing: Closing, signer: Signer | None) -> dict[str, Any]:
    """The facts of the closing line, signed where there is a key."""
    if signer is None:
        return _facts(closing, public="", signature="")
    named = Closing(run=closing.run, events=closing.events, last=closing.last, at=closing.at, key=signer.key)
    signature = signer.sign(named.statement)
    return _facts(named, public=plain_base64(signer.public_key), signature=plain_base64(signature))


def _facts(closing: Closing, *, public: str, signature: str) -> dict[str, Any]:
    return {
        "run": closing.run,
        "events": closing.events,
        "last": closing.last,
        "key": closing.key,
        "public_key": public,
        "signature": signature,
    }


def closing_in(event: Event) -> Closing | None:
    """What a closing event says; None when it says more, or less, or something else than a worker writes."""
    facts: Mapping[str, Any] = event.facts
    if tuple(facts) != _FACTS or type(facts["events"]) is not int:
        return None
    texts = [facts[name] for name in _FACTS if name != "events"]
    if not all(isinstance(text, str) for text in texts):
        return None
    public, signature = from_base64(facts["public_key"]), from_base64(facts["signature"])
    if public is None or signature is None or len({bool(public), bool(signature), bool(facts["key"])}) != 1:
        return None
    return Closing(
        run=facts["run"],
        events=facts["events"],
        last=facts["last"],
        at=event.at,
        key=facts["key"],
        public_key=public,
        signature=signature,
    )
