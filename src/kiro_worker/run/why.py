"""Why a run ends otherwise than well, in a person's words; the rules of `machine` choose, these tell."""

from kiro_worker.agent.port import TurnOutcome
from kiro_worker.gate.port import Finding
from kiro_worker.run.facts import Cause, Consult, Implement, Inspect, Leaf, TurnOver
from kiro_worker.run.verdict import Verdict
from kiro_worker.value import replace

_TURN_VERDICTS = {
    TurnOutcome.SILENT: Verdict.STALLED,
    TurnOutcome.TIMED_OUT: Verdict.TIMEOUT,
    TurnOutcome.OVER_BUDGET: Verdict.BUDGET,
    # The same set-up will not do the next time either.
    TurnOutcome.CONFIG: Verdict.CONFIG,
}

# What a person does about it, before the run goes on.
_CURES = {
    TurnOutcome.LOGGED_OUT: "Log the agent in and see that it works: kiro-worker doctor.",
    TurnOutcome.NOT_STARTED: "See whether the agent works by itself: kiro-worker doctor.",
    TurnOutcome.CONFIG: "Correct how the agent is set up: kiro-worker doctor.",
    TurnOutcome.THROTTLED: "Wait a while.",
    TurnOutcome.EXHAUSTED: "Wait until the account's allowance is renewed, or take another account or model.",
    TurnOutcome.SILENT: "Read what it did last: kiro-worker logs. Where it needs longer, raise limits.silence.",
    TurnOutcome.TIMED_OUT: "Read what it did: kiro-worker logs. Where it needs longer, raise limits.turn.",
    TurnOutcome.OVER_BUDGET: "Read what it did: kiro-worker logs. Where it needs more, raise that budget.",
}


_NEVER_BEGAN = f"agent.{TurnOutcome.NOT_STARTED}"


def turn_failed(asked: Implement, turn: TurnOver) -> Cause:
    """The turn ended otherwise than well."""
    cure = _CURES.get(turn.outcome)
    message, below = _parted(turn.detail)
    return Cause(
        verdict=_TURN_VERDICTS.get(turn.outcome, Verdict.AGENT_FAULT),
        code=f"agent.{turn.outcome}",
        message=message or f"The agent's turn ended as {turn.outcome}.",
        kept="What was finished is pushed, and what was begun, without its tick.",
        next_step=f"{cure} Then run: kiro-worker resume" if cure else "Run: kiro-worker resume",
        task=asked.leaf.id if asked.leaf else "",
        step="implement",
        output=last_lines(turn.output or below),
    )


def with_changes(cause: Cause, changed: int) -> Cause:
    """The same, once it was seen that an agent which never showed that it had begun left changes behind."""
    if cause.code != _NEVER_BEGAN:
        return cause
    files = "1 file" if changed == 1 else f"{changed} files"
    return replace(cause, message=f"{cause.message.rstrip('.')}. By then it had changed {files}.")


def nothing_done(leaf: Leaf, said: str) -> Cause:
    """It ended its turn, was told that nothing had changed, and ended it again so."""
    return Cause(
        verdict=Verdict.PHANTOM,
        code="task.phantom",
        message=f"The agent ended task {leaf.id} twice and left no change behind.",
        kept="The task stays open; what was finished before is pushed.",
        next_step="Read its last words. Where it asks something, answer in the task's details; where the task is done "
        "already, tick it by hand. Then run: kiro-worker resume",
        task=leaf.id,
        step="inspect",
        output=last_lines(said),
    )


def did_it_again(leaf: Leaf | None, first: Finding) -> Cause:
    """It was told once that something is forbidden, and did it again."""
    # The finding's own cure is for the agent, which did not take it; this is for a person.
    return Cause(
        verdict=Verdict.REFUSED,
        code=first.code,
        message=f"The agent did again what had been undone and forbidden before: {first.title}",
        kept="Its forbidden changes were undone; what was finished before is pushed.",
        next_step="Where the task needs it, do that part by hand and push it; otherwise say in the task's details how "
        "to do without. Then run: kiro-worker resume",
        task=leaf.id if leaf else "",
        step="inspect",
        output=first.detail,
    )


def disk_filled(asked: Implement, turn: TurnOver) -> Cause:
    """Its files took too much of the disk."""
    return Cause(
        verdict=Verdict.BUDGET,
        code="agent.fills-disk",
        message=turn.detail,
        kept="What was finished is pushed; the files of this task are dropped, for they would fill the disk.",
        next_step="Look at what the task does; raise budget.disk or make room, then run: kiro-worker resume",
        task=asked.leaf.id if asked.leaf else "",
        step="implement",
        output=last_lines(turn.output),
    )


def agent_asked(asked: Implement, question: str) -> Cause:
    """The agent asks a person instead of working."""
    return Cause(
        verdict=Verdict.NEEDS_INPUT,
        code="agent.asked",
        message=question,
        next_step="Answer in the spec or the task's details, push, then run: kiro-worker resume",
        task=asked.leaf.id if asked.leaf else "",
        step="implement",
    )


def unapproved(looked: Inspect, asks: tuple[Finding, ...]) -> Cause:
    """What was changed needs a person, and none was there."""
    more = f" (and {len(asks) - 1} more)" if len(asks) > 1 else ""
    return Cause(
        verdict=Verdict.NEEDS_INPUT,
        code=asks[0].code,
        message=f"A person has to approve what the agent changed: {asks[0].title}{more}",
        kept="The other changes are pushed without a tick; all of them are in the run's files as unapproved.diff.",
        next_step=asks[0].cure or "Look at it yourself: kiro-worker resume --guided",
        task=looked.leaf.id if looked.leaf else "",
        step="inspect",
        output=asks[0].detail,
    )


def all_skipped(skipped: tuple[str, ...]) -> Cause:
    """A person wanted none of it."""
    return Cause(
        verdict=Verdict.NEEDS_INPUT,
        code="approval.skipped",
        message=f"A person skipped every task there was: {', '.join(skipped)}.",
        kept="Nothing was changed.",
        next_step="Make the tasks clearer in the spec, push, then run again.",
        step="approve",
    )


def stopped_by_person(asked: Consult) -> Cause:
    """A person looked and stopped the run."""
    return Cause(
        verdict=Verdict.INTERRUPTED,
        code="approval.stopped",
        message="A person looked at the changes and stopped the run.",
        kept="The work so far is committed and pushed, this task without its tick.",
        next_step="Run: kiro-worker resume",
        task=asked.leaf.id if asked.leaf else "",
        step="approve",
    )


def budget_spent(looked: Inspect, over: str) -> Cause:
    """The changes use a budget up."""
    return Cause(
        verdict=Verdict.BUDGET,
        code="run.budget",
        message=f"A budget is used up: {over}.",
        kept="The work so far is committed and pushed.",
        next_step="Look at the commits; raise the budget or make the task smaller, then run: kiro-worker resume",
        task=looked.leaf.id if looked.leaf else "",
        step="inspect",
    )


def not_permitted(leaf: Leaf, asks: tuple[Finding, ...]) -> Cause:
    """The task came to nothing for want of a person who could have allowed it."""
    first = asks[0]
    return Cause(
        verdict=Verdict.NEEDS_INPUT,
        code=first.code,
        message=f"Task {leaf.id} could not be done without a person: {first.title}",
        kept="The task stays open; what was finished before is pushed.",
        next_step=first.cure,
        task=leaf.id,
        step="implement",
        output="\n".join(f"{ask.title} {ask.detail}" for ask in asks[:20]),
    )


def last_lines(text: str, count: int = 20) -> str:
    """The end of a text."""
    return "\n".join(text.rstrip().splitlines()[-count:])


def _parted(detail: str) -> tuple[str, str]:
    """What is said of an agent in a line, for a reader who does not know whom it is about, and the lines below it."""
    line, _, below = detail.strip().partition("\n")
    line = line.rstrip()
    return f"The agent {line[3:]}" if line.startswith("It ") else line, below
