"""How much of everything is told: what gives way, and in which order, where a pull request has no room for all."""

from kiro_worker.value import dataclass

ROOM = 54_000
"""Characters of the worker's section. A pull request may have 60,000, and people's own text needs some of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """How much is told of one criterion.

    Attributes:
        text: characters of its text; with none at all it is a line of a list, otherwise a row of a table.
        tests, commits, files: how many of each are named; the others are counted.
        short: whether links name the commit by its first digits.
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
_LINE = Row(text=0, tests=1, commits=1, files=0, short=True)
_BARE = Row(text=0, tests=0, commits=1, files=0, short=True)
_SOME = "some tests, commits and lines"
_MOST = "all but a test and a commit"
_DONE = "and tasks that are done"

LEVELS = (
    Detail(proved=_WHOLE, rest=_WHOLE),
    Detail(proved=_SHORT, rest=_WHOLE, tasks=60, log=1_000, left_out=f"{_SOME} of proved criteria"),
    Detail(proved=_SHORT, rest=_SHORT, tasks=40, log=1_000, left_out=f"{_SOME} of the criteria"),
    Detail(proved=_LINE, rest=_WHOLE, tasks=40, log=600, notes=20, left_out=f"{_MOST} of proved criteria"),
    Detail(proved=_LINE, rest=_SHORT, tasks=20, log=600, notes=20, left_out=f"{_MOST} of proved criteria"),
    Detail(proved=_LINE, rest=_LINE, tasks=0, log=600, notes=20, left_out=f"{_MOST} of the criteria, {_DONE}"),
    Detail(proved=_BARE, rest=_SHORT, tasks=0, log=600, notes=20, left_out=f"tests of proved criteria, {_DONE}"),
    Detail(proved=None, rest=_SHORT, tasks=0, log=600, notes=20, left_out=f"the proved criteria one by one, {_DONE}"),
    Detail(proved=None, rest=_LINE, tasks=0, items=6, log=400, notes=10, left_out=f"the proved criteria, {_DONE}"),
    Detail(proved=None, rest=None, tasks=0, items=5, log=300, notes=5, left_out=f"the criteria one by one, {_DONE}"),
)
"""From everything to the least; the first that fits is taken. What is well gives way before what is wrong."""
