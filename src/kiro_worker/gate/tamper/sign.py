"""A sign that checks were weakened, before it is known whether somebody asked for it."""

from enum import StrEnum

from kiro_worker.value import dataclass


class Weight(StrEnum):
    """How sure a sign is."""

    BLOCKS = "blocks"  #: an honest change has no need of it unless its task says so
    TOLD = "told"  #: honest changes do this too; a person should see it


class Deed(StrEnum):
    """What a task would have to speak of to have asked for it."""

    REMOVE = "remove"
    SKIP = "skip"
    CHANGE = "change"
    SET = "set"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """One thing that was done to a check.

    Attributes:
        code: stable, `tamper.` and one word.
        title: one line for people.
        before, now: what was there and what is there, a line or a few; empty for nothing.
        names: what a task would call it besides its path: a test, a setting, what the change removed of the code.
        values: what is expected now instead, as the spec might write it.
        subject: the test that it is about, for telling the same thing only once.
    """

    code: str
    title: str
    path: str
    line: int = 0
    before: str = ""
    now: str = ""
    cure: str = ""
    weight: Weight = Weight.BLOCKS
    deed: Deed = Deed.CHANGE
    names: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    subject: str = ""
