"""Semantic versions and ranges of them (semver.org 2.0.0; ranges as npm writes them).

A range is `^1.2`, `~1.2.3`, `1.x`, `>=1.2 <2`, `1.2.3`, `*`, or several with `||` between. A pre-release is only in a
range that names a pre-release of the same version: nobody gets one unasked.
"""

import re
from functools import total_ordering

from kiro_worker.value import dataclass

_NUMBER = r"(?:0|[1-9][0-9]{0,8})"
_WORDS = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
_VERSION = re.compile(rf"({_NUMBER})\.({_NUMBER})\.({_NUMBER})(?:-({_WORDS}))?(?:\+({_WORDS}))?")
_PART = rf"(?:{_NUMBER}|[xX*])"
_COMPARATOR = re.compile(
    rf"(\^|~|>=|<=|>|<|=)?\s*v?({_PART})(?:\.({_PART}))?(?:\.({_PART}))?(?:-({_WORDS}))?(?:\+{_WORDS})?"
)
_LONGEST = 200
_NO_END = 10**9


class NoVersion(ValueError):
    """A text is no semantic version, or no range of them; says what is wrong with it."""


@total_ordering
@dataclass(frozen=True, slots=True)
class Version:
    """One version; what stands behind `+` does not count in comparisons."""

    major: int
    minor: int
    patch: int
    pre: tuple[str, ...] = ()
    build: str = ""

    @property
    def triple(self) -> tuple[int, int, int]:
        """Without what makes it a pre-release."""
        return self.major, self.minor, self.patch

    def __str__(self) -> str:
        """As it is written."""
        pre = f"-{'.'.join(self.pre)}" if self.pre else ""
        return f"{self.major}.{self.minor}.{self.patch}{pre}{f'+{self.build}' if self.build else ''}"

    def __eq__(self, other: object) -> bool:
        """Whether neither comes before the other."""
        return self._order == other._order if isinstance(other, Version) else NotImplemented

    def __lt__(self, other: "Version") -> bool:
        """Whether it comes before another (semver.org, 11)."""
        return self._order < other._order

    def __hash__(self) -> int:
        """The same for versions that are equal."""
        return hash(self._order)

    @property
    def _order(self) -> tuple[object, ...]:
        # A version comes after all its pre-releases; numbers come before words.
        words = tuple((0, int(word), "") if word.isdigit() else (1, 0, word) for word in self.pre)
        return (*self.triple, not self.pre, words)


# Nothing comes before it.
_FIRST = Version(0, 0, 0, ("0",))


def read_version(text: str) -> Version:
    """Read a version; a `v` may stand before it.

    >>> str(read_version("v1.2.0-rc.1"))
    '1.2.0-rc.1'

    Raises:
        NoVersion: it is none.
    """
    match = _VERSION.fullmatch(text.removeprefix("v")) if len(text) <= _LONGEST else None
    pre = tuple(match[4].split(".")) if match and match[4] else ()
    if match is None or any(word.isdigit() and len(word) > 1 and word[0] == "0" for word in pre):
        raise NoVersion("is no semantic version; write three numbers, such as 1.4.0")
    if any(word.isdigit() and len(word) > 9 for word in pre):
        raise NoVersion("has a number that is too long")
    return Version(int(match[1]), int(match[2]), int(match[3]), pre, match[5] or "")


def version_or_none(text: str) -> Version | None:
    """Read a version, where being none is no fault."""
    try:
        return read_version(text)
    except NoVersion:
        return None


@dataclass(frozen=True, slots=True)
class _Span:
    """From one version on, to just before another; `pre` are those whose pre-releases are wanted too."""

    low: Version
    high: Version
    pre: tuple[tuple[int, int, int], ...] = ()

    def __contains__(self, version: Version) -> bool:
        if version.pre and version.triple not in self.pre:
            return False
        return self.low <= version < self.high


@dataclass(frozen=True, slots=True)
class Range:
    """Which versions are compatible."""

    text: str
    spans: tuple[_Span, ...]

    def __contains__(self, version: Version) -> bool:
        """Whether a version is in it."""
        return any(version in span for span in self.spans)

    def __str__(self) -> str:
        """As it was written."""
        return self.text


def read_range(text: str) -> Range:
    """Read a range; an empty text is every version.

    >>> read_version("1.4.0") in read_range("^1.2"), read_version("2.0.0") in read_range("^1.2")
    (True, False)

    Raises:
        NoVersion: it is none.
    """
    if len(text) > _LONGEST:
        raise NoVersion("is too long for a range of versions")
    return Range(text.strip() or "*", tuple(_span(part) for part in text.split("||")))


def _span(text: str) -> _Span:
    low, high = _FIRST, Version(_NO_END, 0, 0)
    pre: list[tuple[int, int, int]] = []
    rest = text.replace(",", " ").strip()
    while rest:
        match = _COMPARATOR.match(rest)
        if match is None or (match.end() < len(rest) and not rest[match.end()].isspace()):
            raise NoVersion("is no range of versions; write one such as ^1.2, ~1.2.3, >=1.2 <2 or *")
        from_, to = _bounds(match)
        low, high = max(low, from_), min(high, to)
        if match[5]:
            pre.append(from_.triple if match[1] not in {"<", "<="} else to.triple)
        rest = rest[match.end() :].strip()
    return _Span(low, high, tuple(pre))


def _bounds(match: re.Match[str]) -> tuple[Version, Version]:
    """The first version that a comparator takes, and the first after that it does not."""
    given = [int(part) for part in match.group(2, 3, 4) if part is not None and part.isdigit()]
    wild = next((place for place, part in enumerate(match.group(2, 3, 4)) if part is None or not part.isdigit()), 3)
    given = given[:wild]
    pre = tuple(match[5].split(".")) if match[5] and wild == 3 else ()
    major, minor, patch = [*given, 0, 0, 0][:3]
    low = Version(major, minor, patch, pre)
    nothing, everything = _FIRST, Version(_NO_END, 0, 0)
    after = _after(low) if wild == 3 else _raised(given, wild - 1)
    match match[1]:
        case ">=":
            return low, everything
        case ">":
            return after, everything
        case "<":
            return nothing, low
        case "<=":
            return nothing, after
        case "~":
            return low, _raised(given, min(1, wild - 1))
        case "^":
            first = next((place for place, number in enumerate(given) if number), wild - 1)
            return low, _raised(given, first)
        case _:
            return low, after


def _after(version: Version) -> Version:
    """The first version behind one that is named whole."""
    if version.pre:
        return Version(*version.triple, (*version.pre, "0"))
    # A pre-release of the next one comes first, and only whoever names it gets it.
    return Version(version.major, version.minor, version.patch + 1, ("0",))


def _raised(given: list[int], place: int) -> Version:
    """The first version with a higher number at a place, from its pre-releases on."""
    if place < 0:
        return Version(_NO_END, 0, 0)
    numbers = [*given[:place], given[place] + 1, 0, 0][:3]
    return Version(numbers[0], numbers[1], numbers[2], ("0",))
