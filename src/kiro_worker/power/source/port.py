"""What a source of powers promises."""

from typing import Protocol

from kiro_worker.power.model import Entry
from kiro_worker.power.version import Version
from kiro_worker.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One version that a source has.

    Attributes:
        version: None where the source has no versions: then it has this one state, and the power itself says more.
        place: what the source finds it by, such as a tag's ref or an archive's name; empty asks git for the commit.
        commit: of git; empty for other sources.
    """

    version: Version | None
    place: str
    commit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """What a source has under one offer; nothing about it was checked but the signature.

    Attributes:
        folder: what the power's folder is called there; empty when that says nothing.
        signer: the pinned key that it is signed by; empty where none is pinned.
    """

    entries: tuple[Entry, ...]
    folder: str = ""
    commit: str = ""
    signer: str = ""


class Source(Protocol):
    """One place that powers come from.

    Nothing is run and nothing is unpacked there: what a package holds comes back as values, links as links. Files that
    are too large, too many or no files come back without content.
    """

    async def offers(self) -> tuple[Offer, ...]:
        """Every version that there is now, the newest first.

        Raises:
            WorkerError: the source cannot be asked.
        """
        ...

    async def fetch(self, offer: Offer) -> Package:
        """What is offered, with its signature checked where a key is pinned.

        Raises:
            SignatureUnfit: it is not signed by that key.
            WorkerError: it cannot be had.
        """
        ...
