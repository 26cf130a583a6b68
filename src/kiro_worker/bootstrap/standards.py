"""Where a synchronization takes the content of locked powers from: the machine's cache, else their sources."""

from collections.abc import Callable, Mapping

from kiro_worker.error import WorkerError
from kiro_worker.power.lock import Locked
from kiro_worker.power.procure import Wish, restore
from kiro_worker.power.source.port import Source
from kiro_worker.power.store import PowerStore
from kiro_worker.power.validate import judge
from kiro_worker.power.version import version_or_none


class LockedPowers:
    """See `steering.port.Powers`.

    Args:
        store: the cache.
        source_of: makes the source that a wish names.
        wish_of: what is wanted of a locked power, its pinned key among it.
    """

    def __init__(
        self, store: PowerStore, *, source_of: Callable[[Wish], Source], wish_of: Callable[[Locked], Wish]
    ) -> None:
        self._store = store
        self._source_of = source_of
        self._wish_of = wish_of

    async def steering(self, locked: Locked) -> Mapping[str, bytes]:
        """See `Powers.steering`."""
        kept = self._store.steering(locked)
        if kept is not None:
            return kept
        wish = self._wish_of(locked)
        power = await restore(locked, wish, self._source_of(wish), self._store)
        return {name: file.content for name, file in power.steering.items()}

    async def earlier(self, locked: Locked, sha256: str) -> bytes | None:
        """See `Powers.earlier`."""
        kept = self._store.content(sha256)
        if kept is not None or locked.synced is None:
            return kept
        wanted = version_or_none(locked.synced.version)
        source = self._source_of(self._wish_of(locked))
        try:
            offer = next((each for each in await source.offers() if each.version == wanted), None)
            if wanted is None or offer is None:
                return None
            package = await source.fetch(offer)
        except WorkerError:
            # It is only the beginning of a merge: without it, a person is asked about every difference.
            return None
        power = judge(package.entries, folder=package.folder).power
        if power is not None:
            self._store.keep(power.files)
        return self._store.content(sha256)
