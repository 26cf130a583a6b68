"""The one outcome of a run: its name, its exit status, and whether trying again makes sense."""

from collections.abc import Mapping
from enum import StrEnum
from typing import assert_never

from kiro_worker.error import Fault
from kiro_worker.value import dataclass


class Verdict(StrEnum):
    """How a run came out; the table below gives each its exit status and meaning."""

    DONE = "DONE"
    ALREADY_DONE = "ALREADY_DONE"
    TESTS_RED = "TESTS_RED"
    COVERAGE_LOW = "COVERAGE_LOW"
    PHANTOM = "PHANTOM"
    REFUSED = "REFUSED"
    NEEDS_INPUT = "NEEDS_INPUT"
    GATE_RED = "GATE_RED"
    BUDGET = "BUDGET"
    STALLED = "STALLED"
    TIMEOUT = "TIMEOUT"
    AGENT_FAULT = "AGENT_FAULT"
    LEASE_LOST = "LEASE_LOST"
    BUSY = "BUSY"
    FORGE_FAULT = "FORGE_FAULT"
    GIT_FAULT = "GIT_FAULT"
    BRANCH_MOVED = "BRANCH_MOVED"
    INTERNAL = "INTERNAL"
    CONFIG = "CONFIG"
    CREDENTIAL = "CREDENTIAL"
    INTERRUPTED = "INTERRUPTED"


class Retry(StrEnum):
    """Whether and how the same work should be tried again."""

    NO = "no"
    ONCE = "once"
    BY_A_PERSON = "by a person"
    RESUME = "resume"
    BACKOFF = "backoff"
    LATER = "later"
    NEVER_BY_THIS_HOLDER = "never by this holder"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a verdict says to a shell, a scheduler and a person."""

    exit_status: int
    retry: Retry
    says: str


MEANINGS: Mapping[Verdict, Meaning] = {
    Verdict.DONE: Meaning(0, Retry.NO, "Every selected required task is done and all gates are green."),
    Verdict.ALREADY_DONE: Meaning(0, Retry.NO, "No selected task was open, and all gates are green."),
    Verdict.TESTS_RED: Meaning(10, Retry.BY_A_PERSON, "Tests fail; the pull request is a draft with the findings."),
    Verdict.COVERAGE_LOW: Meaning(11, Retry.BY_A_PERSON, "Coverage is below its threshold, or could not be measured."),
    Verdict.PHANTOM: Meaning(12, Retry.ONCE, "The agent claims work that nothing backs."),
    Verdict.REFUSED: Meaning(13, Retry.NO, "Policy stopped the agent."),
    Verdict.NEEDS_INPUT: Meaning(
        14, Retry.BY_A_PERSON, "A person has to answer a question, or to mend the spec, first."
    ),
    Verdict.GATE_RED: Meaning(15, Retry.BY_A_PERSON, "A gate other than tests and coverage found something."),
    Verdict.BUDGET: Meaning(20, Retry.RESUME, "The budget is spent; the work so far is pushed."),
    Verdict.STALLED: Meaning(21, Retry.RESUME, "The agent went silent; the work so far is pushed."),
    Verdict.TIMEOUT: Meaning(22, Retry.RESUME, "Time ran out; the work so far is pushed."),
    Verdict.AGENT_FAULT: Meaning(23, Retry.BACKOFF, "The agent failed: login, crash, protocol or throttling."),
    Verdict.LEASE_LOST: Meaning(
        30, Retry.NEVER_BY_THIS_HOLDER, "Somebody else took the branch; nothing was written after that."
    ),
    Verdict.BUSY: Meaning(31, Retry.LATER, "Somebody else is working on this branch."),
    Verdict.FORGE_FAULT: Meaning(32, Retry.BACKOFF, "The forge could not be used; what was done is pushed."),
    Verdict.GIT_FAULT: Meaning(33, Retry.BACKOFF, "Git failed, or the remote said no; what was not pushed is kept."),
    Verdict.BRANCH_MOVED: Meaning(34, Retry.RESUME, "Somebody pushed meanwhile; nothing of theirs was overwritten."),
    Verdict.INTERNAL: Meaning(70, Retry.RESUME, "Our fault or the machine's; what was made is kept."),
    Verdict.CONFIG: Meaning(2, Retry.NO, "The settings, the command or the spec cannot be used."),
    Verdict.CREDENTIAL: Meaning(3, Retry.NO, "A credential is missing or not accepted."),
    Verdict.INTERRUPTED: Meaning(130, Retry.RESUME, "It was asked to stop; the work so far is pushed."),
}

# A shell's convention: 128 and the number of the signal.
_SIGTERM_STATUS = 143


def exit_status(verdict: Verdict, *, terminated: bool = False) -> int:
    """The status a process ends with; `terminated` says that SIGTERM rather than SIGINT interrupted it."""
    if verdict is Verdict.INTERRUPTED and terminated:
        return _SIGTERM_STATUS
    return MEANINGS[verdict].exit_status


def verdict_of(fault: Fault) -> Verdict:
    """The verdict of a run that a fault ended."""
    match fault:
        case Fault.CONFIG:
            return Verdict.CONFIG
        case Fault.CREDENTIAL:
            return Verdict.CREDENTIAL
        case Fault.GIT:
            return Verdict.GIT_FAULT
        case Fault.BRANCH_MOVED:
            return Verdict.BRANCH_MOVED
        case Fault.FORGE:
            return Verdict.FORGE_FAULT
        case Fault.AGENT:
            return Verdict.AGENT_FAULT
        case Fault.LEASE_LOST:
            return Verdict.LEASE_LOST
        case Fault.BUSY:
            return Verdict.BUSY
        case Fault.NEEDS_INPUT:
            return Verdict.NEEDS_INPUT
        case Fault.INTERRUPTED:
            return Verdict.INTERRUPTED
        case Fault.INTERNAL:
            return Verdict.INTERNAL
        case _:
            assert_never(fault)
