"""Many repositories that want to know the same: a source is asked for its versions once, and all share the answer."""

import asyncio
from collections.abc import Callable

from kiro_worker.error import WorkerError
from kiro_worker.power.procure import Wish
from kiro_worker.power.source.port import Offer, Package, Source


class AskedOnce:
    """Makes sources as another maker does, whose versions are asked for once in the life of this.

    That a source cannot be asked is shared, too: a thousand repositories do not wait a thousand times for a host that
    is gone.

    Args:
        open_source: makes the source of a wish.
    """

    def __init__(self, open_source: Callable[[Wish], Source]) -> None:
        self._open = open_source
        self._asked: dict[tuple[str, str, str], _Answer] = {}

    def __call__(self, wish: Wish) -> Source:
        """The source of a wish."""
        answer = self._asked.setdefault((wish.source, wish.folder, wish.name), _Answer())
        return _Once(self._open(wish), answer)


class _Answer:
    """What a source said, once it was asked."""

    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self.offers: tuple[Offer, ...] | None = None
        self.fault: WorkerError | None = None


class _Once:
    """See `Source`."""

    def __init__(self, source: Source, answer: _Answer) -> None:
        self._source = source
        self._answer = answer

    async def offers(self) -> tuple[Offer, ...]:
        """See `Source.offers`."""
        async with self._answer.turn:
            if self._answer.fault is not None:
                raise self._answer.fault
            if self._answer.offers is None:
                try:
                    self._answer.offers = await self._source.offers()
                except WorkerError as fault:
                    self._answer.fault = fault
                    raise
            return self._answer.offers

    async def fetch(self, offer: Offer) -> Package:
        """See `Source.fetch`."""
        return await self._source.fetch(offer)
