"""How much of everything is told: what gives way, and in which order, where a pull request has no room for all."""

from kiro_worker.value import dataclass

ROOM = 50_000
"""Characters of the worker's section. A pull request may have 60,000, and people's own text needs some of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """How much is told of one criterion.

    Attributes:
        text: characters of its text.
        tests, commits, files: how many of each are named; the others are counted.
        short: whether links name commits by their first digits; without links at all where it is None.
    """

    text: int
    tests: int
    commits: int
    files: int
    short: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """How much is told of everything.

    Attributes:
        proved: of a criterion that is proved; None counts them only.
        rest: of every other; None counts them only.
        tasks: how many finished tasks are named one by one.
        items: how many places of one concern are named.
        log: characters of each log.
        notes: how many notes there are.
        left_out: what is not there, for people.
    """

    proved: Row | None
    rest: Row | None
    tasks: int = 200
    items: int = 8
    log: int = 2_000
    notes: int = 40
    left_out: str = ""


_WHOLE = Row(text=400, tests=8, commits=8, files=6)
_SHORT = Row(text=160, tests=2, commits=2, files=1, short=True)
_BRIEF = Row(text=70, tests=1, commits=1, files=0, short=True)

LEVELS = (
    Detail(proved=_WHOLE, rest=_WHOLE),
    Detail(
        proved=_SHORT, rest=_WHOLE, tasks=60, log=1_000, left_out="some tests, commits and lines of proved criteria"
    ),
    Detail(proved=_SHORT, rest=_SHORT, tasks=40, log=1_000, left_out="some tests, commits and lines of the criteria"),
    Detail(proved=_BRIEF, rest=_SHORT, tasks=20, log=600, notes=20, left_out="much of the proved criteria"),
    Detail(
        proved=_BRIEF, rest=_BRIEF, tasks=0, log=600, notes=20, left_out="much of the criteria, and tasks that are done"
    ),
    Detail(
        proved=None, rest=_SHORT, tasks=0, log=600, notes=20, left_out="the proved criteria, and tasks that are done"
    ),
    Detail(
        proved=None,
        rest=_BRIEF,
        tasks=0,
        items=6,
        log=400,
        notes=10,
        left_out="the proved criteria, much of the others, and tasks that are done",
    ),
    Detail(
        proved=None,
        rest=None,
        tasks=0,
        items=5,
        log=300,
        notes=5,
        left_out="the criteria one by one, and tasks that are done",
    ),
)
"""From everything to the least; the first that fits is taken. What is wrong gives way after what is well."""
