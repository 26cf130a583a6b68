"""Parts of an answer, whatever it holds: what is not there, or of another kind, is empty."""

from collections.abc import Mapping
from typing import Any


def part(payload: Any, *path: str) -> Mapping[str, Any]:
    """An object in an object."""
    for name in path:
        payload = payload.get(name) if isinstance(payload, dict) else None
    return payload if isinstance(payload, dict) else {}


def text(payload: Any, *path: str) -> str:
    """A text in an object."""
    *way, name = path
    found = part(payload, *way).get(name)
    return found if isinstance(found, str) else ""


def number(payload: Any, *path: str) -> int:
    """A whole number in an object, 0 when there is none."""
    *way, name = path
    found = part(payload, *way).get(name)
    return found if isinstance(found, int) and not isinstance(found, bool) else 0


def nodes(payload: Any, *path: str) -> tuple[Mapping[str, Any], ...]:
    """The objects of a connection; what cannot be seen is null there, and is left out."""
    found = part(payload, *path).get("nodes")
    return tuple(each for each in found if isinstance(each, dict)) if isinstance(found, list) else ()
