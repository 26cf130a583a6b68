"""An event has a size: what an agent can make long is cut, and the cut is told."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, TypeVar

# Characters and entries that one event may hold; far above what honest work needs.
_CHARACTERS = 2 * 1024 * 1024
_ENTRIES = 20_000
_DEEPEST = 50

_Entry = TypeVar("_Entry")


class _Room:
    def __init__(self) -> None:
        self.characters, self.entries = _CHARACTERS, _ENTRIES
        self.cut_characters = self.cut_entries = 0


def bounded(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts as they are, or cut where they are too large for one event, with a count of what is missing.

    >>> bounded({"paths": ["a", "b"]})
    {'paths': ['a', 'b']}
    """
    room = _Room()
    kept = {name: _fitted(value, room, _DEEPEST) for name, value in facts.items()}
    if room.cut_characters or room.cut_entries:
        kept["cut"] = {"characters": room.cut_characters, "entries": room.cut_entries}
    return kept


def _fitted(value: Any, room: _Room, depth: int) -> Any:
    match value:
        case str():
            return _text(value, room)
        case dict() if depth:
            return {_text(str(key), room): _fitted(child, room, depth - 1) for key, child in _few(value.items(), room)}
        case list() | tuple() if depth:
            return [_fitted(child, room, depth - 1) for child in _few(value, room)]
        case dict() | list() | tuple():
            room.cut_entries += len(value)
            return None
        case _:
            return value


def _text(text: str, room: _Room) -> str:
    kept = text if len(text) <= room.characters else text[: room.characters]
    room.characters -= len(kept)
    room.cut_characters += len(text) - len(kept)
    return kept


def _few(entries: Collection[_Entry], room: _Room) -> Iterator[_Entry]:
    """As many as there is room for; each is fitted by the caller before the next one takes its place."""
    taken = 0
    for entry in entries:
        if room.entries <= 0 or room.characters <= 0:
            break
        room.entries -= 1
        taken += 1
        yield entry
    room.cut_entries += len(entries) - taken
