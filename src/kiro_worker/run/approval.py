"""A person who looks at the work while it is done: the port, and what is asked and answered."""

from enum import StrEnum
from typing import Protocol

from kiro_worker.gate.port import Finding
from kiro_worker.value import dataclass


class Choice(StrEnum):
    """What a person can say to a proposal."""

    APPROVE = "approve"  #: commit it
    MODIFY = "modify"  #: have the agent change it, in the words that come along
    SKIP = "skip"  #: drop it; the task stays open and the run goes on
    STOP = "stop"  #: save what is allowed without a tick, and end the run


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Changes that wait for a person.

    Attributes:
        task: its id; empty for a repair at the end.
        number, total: which of how many tasks it is.
        files: each path with the lines added and taken away; None where they cannot be counted.
        diff: the patch, redacted.
        asks: why a person has to look, rule by rule; empty when the person wanted to see everything.
    """

    task: str
    title: str
    number: int
    total: int
    files: tuple[tuple[str, int | None, int | None], ...]
    diff: str
    asks: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a person said.

    Attributes:
        words: what is to be different, for `MODIFY`.
        by: who; as the machine knows them.
    """

    choice: Choice
    words: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Something that the agent wants to do now and the policy leaves to a person.

    Attributes:
        what: a command, or what the agent calls it; the agent's words.
    """

    task: str
    what: str
    rule: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Permitted:
    """What a person said to a question."""

    allowed: bool
    by: str = ""


class Approver(Protocol):
    """Somebody who can be asked while the run waits. Waiting may be cancelled at any time."""

    async def ask(self, proposal: Proposal) -> Answer:
        """Show the proposal and wait for the answer."""
        ...

    async def allow(self, question: Question) -> Permitted:
        """Show the question and wait for the answer; it holds for this one request."""
        ...
