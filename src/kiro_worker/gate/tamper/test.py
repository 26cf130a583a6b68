"""A test as it is written, in whatever language: what it checks, and whether it is run at all."""

from collections import Counter
from difflib import SequenceMatcher
from functools import cached_property

from kiro_worker.value import dataclass

_SHORT = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One assertion.

    Attributes:
        text: as written, without what is only layout.
        subject: what is looked at, as far as that can be told.
        expected: what it is compared with; empty for a mere "is true".
        relation: `==`, `in`, `is true` and so on.
        weight: how many single facts it states; 0 for one that always holds.
        guarded: it stands below an `if`, so that it may not be reached.
    """

    text: str
    line: int = 0
    subject: str = ""
    expected: str = ""
    relation: str = ""
    weight: int = 1
    guarded: bool = False

    @property
    def is_trivial(self) -> bool:
        """Whether it holds whatever the code does."""
        return self.weight == 0

    @property
    def is_exact(self) -> bool:
        """Whether it names the value that is expected."""
        return self.relation in {"==", "is", "raises", "called with"} and bool(self.expected)


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """A mark that keeps a test from being run, or its failing from being seen.

    Attributes:
        text: as written.
        sure: it holds everywhere; otherwise a condition decides.
        foreign: the condition is of the platform, the version or what is installed, which nobody in the project sets.
        fair: a new test may well say so, such as that a panic is expected.
    """

    text: str
    line: int = 0
    sure: bool = True
    foreign: bool = False
    fair: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenTest:
    """One test of a file.

    Attributes:
        name: with its classes: `TestZones::test_far`, or the titles of a JavaScript test joined by ` > `.
        body: its statements, one a line, without layout and comments.
        cases: the rows of its parameters, as written.
        names: whatever it calls or mentions.
        literals: numbers and texts in it and in its parameters.
        swallows: lines of handlers that keep a failing assertion from being seen.
        wrappers: decorators that may run something else in its place.
        replaces: names of the product that it replaces by doubles.
        collected: False for a function that looks like a test, and is none that the runner takes.
        why_not: why it is not collected.
    """

    name: str
    path: str
    line: int = 0
    end: int = 0
    body: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    skips: tuple[Skip, ...] = ()
    cases: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()
    literals: frozenset[str] = frozenset()
    swallows: tuple[tuple[int, str], ...] = ()
    wrappers: tuple[str, ...] = ()
    replaces: frozenset[str] = frozenset()
    only: bool = False
    collected: bool = True
    why_not: str = ""

    @property
    def short(self) -> str:
        """Its own name."""
        return self.name.rsplit("::", 1)[-1].rsplit(" > ", 1)[-1]

    @property
    def strength(self) -> int:
        """How many facts it states."""
        return sum(check.weight for check in self.checks)


class TestFile:
    """The tests of one file, and what stands around them.

    Args:
        tests: in their order, those too that are not collected.
        constants: what is assigned at the top of the file, by name: line and text.
        skips: marks for the whole file.
        imports: names that are imported, and from which module.
        strength: of each helper that checks something, by its name.
    """

    __test__ = False

    def __init__(
        self,
        path: str,
        tests: tuple[WrittenTest, ...] = (),
        *,
        constants: dict[str, tuple[int, str]] | None = None,
        skips: tuple[Skip, ...] = (),
        helpers: dict[str, int] | None = None,
        imports: dict[str, str] | None = None,
    ) -> None:
        self.path, self.tests, self.skips = path, tests, skips
        self.constants, self.helpers, self.imports = constants or {}, helpers or {}, imports or {}

    @cached_property
    def collected(self) -> tuple[WrittenTest, ...]:
        """Those that a runner takes."""
        return tuple(test for test in self.tests if test.collected)


def likeness(one: WrittenTest, other: WrittenTest) -> float:
    """How much of two bodies is the same, from 0 to 1."""
    if not one.body or not other.body:
        return 0.0
    if one.literals and one.literals == other.literals and len(one.body) == len(other.body) <= _SHORT:
        # In a test of a line or two, the name of what is tested is most of it.
        return SequenceMatcher(None, "\n".join(one.body), "\n".join(other.body), autojunk=False).ratio()
    shared = sum((Counter(one.body) & Counter(other.body)).values())
    return 2.0 * shared / (len(one.body) + len(other.body))
