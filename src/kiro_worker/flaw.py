"""What is wrong in a file that people write: each thing with its place and its cure."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A position in a file; lines and columns count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        """As editors and terminals link it: `file:line:column`."""
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that is wrong.

    Attributes:
        where: a `file:line:column`, a flag or a variable.
        what: what is wrong, and what to write instead.
    """

    where: str
    what: str

    def __str__(self) -> str:
        """One line for people."""
        return f"{self.where}: {self.what}"


def quoted(text: str, *, most: int = 60) -> str:
    """A value inside a sentence: on one line, and short.

    >>> quoted("a" * 70)
    "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…'"
    """
    return repr(text if len(text) <= most else text[:most] + "…")


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that was probably meant, or an empty text.

    >>> nearest("coverage-treshold", ("coverage", "coverage_threshold"))
    'coverage_threshold'
    """
    from difflib import get_close_matches

    plain = {name.casefold().replace("_", "").replace("-", ""): name for name in known}
    found = get_close_matches(word.casefold().replace("_", "").replace("-", "")[:100], plain, n=1, cutoff=0.75)
    return plain[found[0]] if found else ""
