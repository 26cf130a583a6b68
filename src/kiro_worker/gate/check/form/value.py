"""Looking into JSON of unknown shape: what is not of the right kind is empty."""

from collections.abc import Iterator, Mapping
from typing import Any

from kiro_worker.gate.fault import one_line

#: No report of a project that anybody could mend has more.
MOST_FOUND = 100_000
_MOST_TEXT = 500
_MOST_LINE = 10_000_000


def table(value: Any, *keys: str) -> Mapping[str, Any]:
    """A table inside others; empty when the way there is not all tables.

    >>> table({"a": {"b": {"c": 1}}}, "a", "b"), table({"a": 1}, "a")
    ({'c': 1}, {})
    """
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def tables(value: Any) -> Iterator[Mapping[str, Any]]:
    """The tables of a list; whatever else is in it is passed over."""
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else iter(())


def text(value: Any, most: int = _MOST_TEXT) -> str:
    """A text on one line; numbers are taken as they would be written."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return one_line(str(value), most)


def number(value: Any) -> int:
    """A line's number; what is none is 0.

    >>> number(7), number("7"), number(-1), number(None), number(True)
    (7, 0, 0, 0, 0)
    """
    return value if type(value) is int and 0 <= value < _MOST_LINE else 0
