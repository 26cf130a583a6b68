"""What checks of the repository's own find, in one form, whatever tool they run."""

from collections.abc import Iterable, Mapping
from enum import IntEnum

from kiro_worker.config.checks import KINDS, Check
from kiro_worker.gate.port import GateResult
from kiro_worker.value import dataclass, field

#: What a finding that blocks is called, by the kind of its check.
FOUND: Mapping[str, str] = {kind: f"{kind}.found" for kind in KINDS}
#: Every code of a finding that checks make, faults besides: docs/reference/errors.md says what each means.
CODES = frozenset(FOUND.values()) | {"check.told", "check.definition-changed", "secrets.told"}


class Level(IntEnum):
    """How bad a finding is; the words of tools for quality and of tools for security are one scale."""

    NOTE = 1  #: low, info, style
    WARNING = 2  #: medium, moderate
    ERROR = 3  #: high
    CRITICAL = 4


_WORDS = {
    "note": Level.NOTE, "none": Level.NOTE, "info": Level.NOTE, "information": Level.NOTE, "low": Level.NOTE,
    "style": Level.NOTE, "hint": Level.NOTE, "convention": Level.NOTE, "refactor": Level.NOTE,
    "informational": Level.NOTE, "warn": Level.WARNING, "warning": Level.WARNING, "medium": Level.WARNING,
    "moderate": Level.WARNING, "error": Level.ERROR, "err": Level.ERROR, "high": Level.ERROR,
    "fatal": Level.CRITICAL, "critical": Level.CRITICAL,
}  # fmt: skip


def level_of(word: object, default: Level = Level.WARNING) -> Level:
    """The level that a tool's word means.

    >>> level_of("HIGH").name, level_of("moderate").name, level_of(None, Level.ERROR).name
    ('ERROR', 'WARNING', 'ERROR')
    """
    return _WORDS.get(word.strip().lower(), default) if isinstance(word, str) else default


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One thing that a tool told.

    Attributes:
        rule: the tool's own name of what is wrong; may be empty.
        message: one line for people; never a secret.
        path: as the tool wrote it, and relative to the root once it was placed; empty when it is about no file.
        line: counted from 1; 0 is unknown.
        key: what it is about where no line of a file tells that, such as a package.
        mark: the rule and the line's text as a hash: the same for the same thing on another commit.
    """

    rule: str
    message: str
    path: str = ""
    line: int = 0
    level: Level = Level.ERROR
    key: str = ""
    mark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a tool's report says.

    Attributes:
        files: those that it looked at, as it wrote them; None where it does not tell.
        nothing: why it looked at nothing at all; empty when it looked.
    """

    found: tuple[Found, ...] = ()
    files: frozenset[str] | None = None
    nothing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A check as it will be run.

    Attributes:
        argv: an argument list, never a shell's text of ours.
        because: where it is from, for people: `checks:` or a file of the base branch.
        languages: those that it looks at, by `kind.language_of`; empty where that is not known.
        environment: set besides, for it alone.
        missing: why it cannot be run; of a tool that was found and not named, that is no fault.
        named: whether `checks:` names it.
    """

    check: Check
    argv: tuple[str, ...]
    because: str
    languages: frozenset[str] = frozenset()
    environment: tuple[tuple[str, str], ...] = ()
    missing: str = ""
    named: bool = True

    @property
    def name(self) -> str:
        """The check's name."""
        return self.check.name

    def command_line(self) -> str:
        """The command as a person would type it."""
        import shlex

        return self.check.command if isinstance(self.check.command, str) else shlex.join(self.argv)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One check of one state of the tree.

    Attributes:
        found: what it told, placed and marked; paths are relative to the root.
        status: how its command ended.
        files: what it looked at, relative to the root; None where it does not tell.
        over: the result where there is nothing to compare: it could not look, or need not. None where it looked.
        seconds, output: of this run; the output is bounded.
    """

    planned: Planned
    found: tuple[Found, ...] = ()
    status: int = 0
    files: frozenset[str] | None = None
    over: GateResult | None = None
    seconds: float = 0.0
    output: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseLook:
    """What a check told of the merge base.

    Attributes:
        marks: each path and mark, with how often it is there.
        known: whether it could look there at all.
    """

    marks: tuple[tuple[str, str, int], ...] = ()
    known: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """All checks of a branch's head, and what they were compared with.

    Attributes:
        results: one for each check, those that block first to be read.
        looks: what `kiro_worker.gate.looked` counts from.
    """

    results: tuple[GateResult, ...] = ()
    looks: tuple[Look, ...] = field(default_factory=tuple)


def counted(found: Iterable[Found]) -> BaseLook:
    """What was found as a base look, without what it says: nothing of it is shown again."""
    from collections import Counter

    counts = Counter((one.path, one.mark) for one in found)
    return BaseLook(marks=tuple((path, mark, count) for (path, mark), count in sorted(counts.items())))
