"""Regular expressions that cost nothing until used: the product knows hundreds, and a run needs some dozens."""

import re
from collections.abc import Callable, Iterator
from typing import Any, AnyStr, cast


class Expression:
    """A regular expression, compiled at its first use; it then has the methods of `re.Pattern` as its own.

    >>> Expression(r"[0-9]+").findall("1 and 23")
    ['1', '23']
    """

    match: Callable[..., re.Match[str] | None]
    fullmatch: Callable[..., re.Match[str] | None]
    search: Callable[..., re.Match[str] | None]
    finditer: Callable[..., Iterator[re.Match[str]]]
    findall: Callable[..., list[str]]
    split: Callable[..., list[str]]
    sub: Callable[..., str]

    def __init__(self, source: str | bytes, flags: int = 0) -> None:
        self._source = source
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        """Compile; only called while the methods are not there."""
        compiled = re.compile(self._source, self._flags)
        for method in ("match", "fullmatch", "search", "finditer", "findall", "split", "sub"):
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)


def expression(source: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """For who would say `re.compile` of a constant; all but `isinstance` and the functions of `re` take it for one.

    >>> expression(rb"[0-9]+").fullmatch(b"23")
    <re.Match object; span=(0, 2), match=b'23'>
    """
    return cast("re.Pattern[AnyStr]", Expression(source, flags))
