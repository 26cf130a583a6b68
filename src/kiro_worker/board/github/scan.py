"""Finding the cards of some columns, as cheaply as the server allows and without believing it."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from kiro_worker.board.fault import BoardFault, BoardUnreachable
from kiro_worker.board.github.asking import Asking
from kiro_worker.board.github.documents import GLANCES, GLANCES_MATCHING
from kiro_worker.board.github.layout import Layout
from kiro_worker.board.github.line import Answer
from kiro_worker.board.github.memory import Seen
from kiro_worker.board.github.part import nodes, part, text
from kiro_worker.board.port import CardId, Column
from kiro_worker.value import dataclass

_PAGE_SIZE = 100
_SMALLEST_PAGE = 12
# GitHub takes at most 50,000 items in a project.
_MOST_PAGES = 5_000
# The words of GitHub's filter are made of names; one with other signs in it could be read as something else.
_PLAIN_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9]*")
# Every so often the whole board is read too: a filter that leaves something out would never say so. Later on that is
# done the less often the more pages it takes, so that it never costs more than a twentieth of all readings.
_TRUSTED_FOR = 20


@dataclass(frozen=True, slots=True)
class Glance:
    """One card as far as it is needed to know whether it is wanted."""

    id: CardId
    seen: Seen


class Scan:
    """Reads glances."""

    def __init__(self, asking: Asking) -> None:
        self._learnt: tuple[str, ...] = ()
        self._hidden = 0
        self._asking = asking
        self._size = _PAGE_SIZE
        self._may_filter = True
        self._trusted = _TRUSTED_FOR

    @property
    def notes(self) -> tuple[str, ...]:
        """What was learnt of the server and the board, for people."""
        told = f"Hidden from this credential, the column too: {self._hidden} of the board's cards."
        return (*self._learnt, told) if self._hidden else self._learnt

    async def columns(self, layout: Layout, columns: Collection[Column]) -> tuple[Glance, ...]:
        """Every card of these columns.

        Raises:
            BoardFault: a page could not be read; a part of a board is never taken for the whole.
        """
        wanted = {layout.option(column) for column in columns} - {""}
        names = [name for option, name in (layout.status.options if layout.status else {}).items() if option in wanted]
        query = filter_for(layout, names) if self._may_filter else ""
        if not query:
            return _of(await self._whole(layout), wanted)
        answer = await self._matching(layout, query)
        found = None if answer is None else _of(answer, wanted)
        if found is not None and self._trusted > 0:
            self._trusted -= 1
            return found
        return await self._compared(layout, wanted, found, query)

    async def verify(self, layout: Layout) -> tuple[Glance, ...]:
        """Read the worker's columns both ways, now; what is wrong with the filter is in `notes`."""
        self._trusted = 0
        return await self.columns(layout, tuple(Column))

    async def _compared(
        self, layout: Layout, wanted: Collection[str], found: tuple[Glance, ...] | None, query: str
    ) -> tuple[Glance, ...]:
        items = await self._whole(layout)
        whole = _of(items, wanted)
        self._trusted = _TRUSTED_FOR * max(1, len(items) // self._size)
        missing = _ids(whole) - _ids(found or ())
        if found is not None and missing:
            # Somebody may have moved a card between the two readings: only what is missing again was left out.
            again = await self._matching(layout, query)
            if again is not None and missing - _ids(_of(again, wanted)):
                self._distrust("GitHub's filter left cards out; the whole board is read in place of it.")
        return whole

    async def _matching(self, layout: Layout, query: str) -> tuple[Mapping[str, Any], ...] | None:
        """What the server finds; None when it does not take a filter."""
        try:
            return await self._pages(layout, GLANCES_MATCHING, query=query)
        except _NotTaken as refused:
            said = "does not take a filter" if refused.answer.misses("query") else "did not take the filter"
            self._distrust(f"This server {said} ({refused.answer.words}); the whole board is read.")
            return None

    async def _whole(self, layout: Layout) -> tuple[Mapping[str, Any], ...]:
        try:
            items = await self._pages(layout, GLANCES)
        except _NotTaken as refused:
            purpose = f"read the cards of {layout.project}"
            raise self._asking.fault(purpose, refused.answer, of_person=layout.of_person) from None
        # One whose column is told is a card like others; GitHub may hide that as well.
        self._hidden = sum(text(item, "type") == "REDACTED" and not part(item, "status") for item in items)
        return items

    async def _pages(self, layout: Layout, document: str, **more: str) -> tuple[Mapping[str, Any], ...]:
        found: dict[str, Mapping[str, Any]] = {}
        after: str | None = None
        for _ in range(_MOST_PAGES):
            items = await self._page(layout, document, after=after, **more)
            # A card that was moved on the board meanwhile may come twice.
            found |= {text(item, "id"): item for item in nodes(items)}
            ended = text(items, "pageInfo", "endCursor")
            if part(items, "pageInfo").get("hasNextPage") is not True:
                return tuple(found.values())
            if not ended or ended == after:
                break
            after = ended
        raise BoardFault(purpose=f"read the cards of {layout.project}", said="its pages do not end.")

    async def _page(self, layout: Layout, document: str, **variables: object) -> Mapping[str, Any]:
        assert layout.status is not None
        while True:
            try:
                answer = await self._asking.read(
                    document,
                    f"read the cards of {layout.project}",
                    project=layout.id,
                    status=layout.status.name,
                    first=self._size,
                    **variables,
                )
            except BoardUnreachable as fault:
                if not fault.heavy or self._size <= _SMALLEST_PAGE:
                    raise
                self._size //= 2
                continue
            items = part(answer.data, "node", "items")
            if not isinstance(items.get("nodes"), list):
                raise _NotTaken(answer)
            return items

    def _distrust(self, why: str) -> None:
        self._may_filter = False
        self._learnt = (*self._learnt, why)


class _NotTaken(Exception):
    """The server answered, and not with a page."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


def filter_for(layout: Layout, names: Collection[str]) -> str:
    """GitHub's filter for some columns; empty when their names cannot be written in one.

    Names are compared there without regard to case, and the field is called as in its address.
    """
    field = layout.status.name if layout.status else ""
    if not names or not _PLAIN_FIELD.fullmatch(field) or any('"' in name or "\\" in name for name in names):
        return ""
    return f"{field.lower()}:{','.join(f'{chr(34)}{name}{chr(34)}' for name in names)}"


def _of(items: Collection[Mapping[str, Any]], wanted: Collection[str]) -> tuple[Glance, ...]:
    return tuple(_glance(item) for item in items if text(item, "status", "optionId") in wanted)


def _ids(glances: Collection[Glance]) -> set[CardId]:
    return {glance.id for glance in glances}


def _glance(item: Mapping[str, Any]) -> Glance:
    seen = Seen(
        text(item, "updatedAt"),
        text(item, "content", "updatedAt"),
        text(item, "status", "optionId"),
        item.get("isArchived") is True,
    )
    return Glance(CardId(text(item, "id")), seen)
