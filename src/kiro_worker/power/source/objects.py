"""A store of named objects such as S3: all that a source of archives asks of it."""

import re
from collections.abc import Sequence
from typing import Protocol

from kiro_worker.power.fault import SourceUnfit
from kiro_worker.power.source.archive import LARGEST_ARCHIVE, read_archive
from kiro_worker.power.source.port import Offer, Package
from kiro_worker.power.source.signature import Signatures
from kiro_worker.power.source.stated import stated_version
from kiro_worker.power.version import version_or_none

# A version at the end of an archive's name: `standards-1.2.0.zip`, `1.2.0.tar.gz`.
_NAMED = re.compile(
    r"(?:.*[-_/]|)v?([0-9]+\.[0-9]+\.[0-9]+(?:[-+][0-9A-Za-z.+-]*?)?)\.(?:zip|tar\.gz|tgz)", re.IGNORECASE
)
_LARGEST_SIGNATURE = 64 * 1024


class Objects(Protocol):
    """One bucket. Reading changes nothing, and may be repeated."""

    async def names(self, prefix: str) -> Sequence[str]:
        """The keys that begin with a prefix; at most some thousands.

        Raises:
            WorkerError: the bucket cannot be asked.
        """
        ...

    async def read(self, key: str, *, most: int) -> bytes | None:
        """An object's content; None when it is not there.

        Raises:
            WorkerError: it has more than `most` bytes, or the bucket cannot be asked.
        """
        ...


class ObjectSource:
    """Archives among objects: one, or all versions below a prefix that ends with `/`.

    Args:
        objects: the bucket.
        key: an archive's key, or a prefix.
        folder: where the power lies within an archive.
        source: as people gave it, for what is told.
        signatures: check an archive's, which lies beside it as `<key>.sig`.
        pinned: the pinned key; empty for none.
    """

    def __init__(
        self, objects: Objects, key: str, *, folder: str, source: str, signatures: Signatures, pinned: str
    ) -> None:
        self._objects = objects
        self._key = key
        self._folder = folder
        self._source = source
        self._signatures = signatures
        self._pinned = pinned

    async def offers(self) -> tuple[Offer, ...]:
        """See `Source.offers`."""
        if self._key and not self._key.endswith("/"):
            named = _NAMED.fullmatch(self._key)
            version = version_or_none(named[1]) if named else None
            if version is None:
                entries, _ = read_archive(await self._whole(self._key), source=self._source, folder=self._folder)
                version = stated_version(entries)
            return (Offer(version=version, place=self._key),)
        found = []
        for key in await self._objects.names(self._key):
            named = _NAMED.fullmatch(key.removeprefix(self._key))
            version = version_or_none(named[1]) if named else None
            if version is not None:
                found.append((version, key))
        return tuple(Offer(version=version, place=key) for version, key in sorted(found, reverse=True))

    async def fetch(self, offer: Offer) -> Package:
        """See `Source.fetch`."""
        whole = await self._whole(offer.place)
        if self._pinned:
            signature = await self._objects.read(f"{offer.place}.sig", most=_LARGEST_SIGNATURE)
            await self._signatures.check_bytes(whole, signature, key=self._pinned, source=self._source)
        entries, folder = read_archive(whole, source=self._source, folder=self._folder)
        return Package(entries=entries, folder=folder, signer=self._pinned)

    async def _whole(self, key: str) -> bytes:
        whole = await self._objects.read(key, most=LARGEST_ARCHIVE)
        if whole is None:
            raise SourceUnfit(self._source, f"there is nothing at {key}")
        return whole
