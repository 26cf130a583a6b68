"""Streaming through XML that hostile code may have written: no entity, no fetch, bounded depth and text.

Python's own XML parser is used bare, with the refusals of defusedxml: that package's streaming reader runs in
pure Python and is some ten times slower on a report of 100 MB.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from kiro_worker.gate.fault import ReportUnreadable
from kiro_worker.gate.file import open_report

_DEPTH = 200
_TEXT = 64 * 1024
_PIECE = 256 * 1024


class Listener(Protocol):
    """Hears a document's elements as they come."""

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element began; its name is without a namespace."""
        ...

    def closed(self, name: str, text: str) -> None:
        """An element ended; `text` is what stood directly in it, its beginning when it is long."""
        ...


Opened = Callable[[str, Mapping[str, str]], None]
Text = Callable[[str], None]


def listen(path: Path, listener: Listener, *, told: str) -> None:
    """Stream a file through a listener.

    Raises:
        ReportUnreadable: for anything that is not well-formed, declares entities, or nests too deeply.
        ReportEmpty: when the file is empty.
    """
    stream = _Stream(listener)
    _parse(path, told, stream.start, stream.text, stream.end)


def skim(path: Path, opened: Opened, text: Text, *, told: str) -> None:
    """Stream only what opens, and text as it comes: what millions of `<line>` elements need, at twice the speed.

    Raises:
        ReportUnreadable, ReportEmpty: as `listen`; also when a handler misses an attribute.
    """
    _parse(path, told, opened, text, None)


def _parse(path: Path, told: str, start: Opened, text: Text, end: Text | None) -> None:
    from xml.parsers import expat

    parser = expat.ParserCreate(namespace_separator=" ") if end else expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.EntityDeclHandler = _refuse_entity
    parser.UnparsedEntityDeclHandler = _refuse_entity
    parser.ExternalEntityRefHandler = _refuse_entity
    with os.fdopen(open_report(path, told=told), "rb") as file:
        try:
            while piece := file.read(_PIECE):
                parser.Parse(piece, False)
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise ReportUnreadable(path=told, why=f"it is no XML: {error}", line=error.lineno) from error
        except _Refused as error:
            raise ReportUnreadable(path=told, why=str(error), line=parser.CurrentLineNumber) from error
        except (LookupError, ValueError, OverflowError) as error:
            why = f"a value in it is missing or of the wrong kind: {str(error)[:100]}"
            raise ReportUnreadable(path=told, why=why, line=parser.CurrentLineNumber) from error


def integer(text: str | None, default: int = 0) -> int:
    """A count from an attribute; what is none is the default, and none is below zero or absurdly large.

    >>> integer("12"), integer("1,204"), integer("-3"), integer(None), integer("9" * 5000)
    (12, 1204, 0, 0, 0)
    """
    if text is None or len(text) > 20:
        return default
    try:
        return max(0, int(float(text.replace(",", ""))))
    except (ValueError, OverflowError):
        return default


class _Refused(Exception):
    """Something no report has a use for."""


class _Stream:
    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._texts: list[list[str]] = []
        self._sizes: list[int] = []

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if len(self._texts) >= _DEPTH:
            raise _Refused(f"its elements are nested more than {_DEPTH} deep")
        self._texts.append([])
        self._sizes.append(0)
        self._listener.opened(name.rsplit(" ", 1)[-1], attributes)

    def end(self, name: str) -> None:
        self._sizes.pop()
        self._listener.closed(name.rsplit(" ", 1)[-1], "".join(self._texts.pop()))

    def text(self, piece: str) -> None:
        if self._sizes and self._sizes[-1] < _TEXT:
            self._texts[-1].append(piece[:_TEXT])
            self._sizes[-1] += len(piece)


def _refuse_entity(*_: object) -> int:
    raise _Refused("it declares or uses an entity, which no report needs")
