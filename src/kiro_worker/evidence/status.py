"""Evidence as one line beside a commit: the commit status `kiro-worker/evidence`."""

from collections.abc import Collection

from kiro_worker.evidence.model import CriterionEvidence, Evidence, State
from kiro_worker.forge.port import CommitStatus, StatusState

CONTEXT = "kiro-worker/evidence"

_WORDS = {
    State.WEAK: "weak",
    State.MISSING: "missing",
    State.STALE: "out of date",
    State.NOT_TESTABLE: "for people to look at",
}
_MOST_NAMED = 5


def status_of(evidence: Evidence, *, commit: str, added: Collection[str] = (), url: str = "") -> CommitStatus:
    """What the evidence says of a commit.

    Something out of date, a phantom, or a criterion whose work is called done and that nothing speaks for, is a
    failure; work that is still to come is pending.

    Args:
        evidence: as it is worth at that commit.
        commit: whose status it is.
        added: criteria that the evidence does not know.
        url: where people read more.
    """
    state, lead = _state(evidence, added)
    return CommitStatus(
        commit=commit, state=state, description=f"{lead}{summary_of(evidence)}", url=url, context=CONTEXT
    )


def summary_of(evidence: Evidence) -> str:
    """How many criteria stand how, in one line."""
    states = evidence.states
    total = sum(states.values())
    if not total:
        return "the spec has no criteria"
    rest = [f"{states[state]} {words}" for state, words in _WORDS.items() if states[state]]
    return ", ".join([f"{states[State.PROVED]} of {total} criteria proved", *rest])


def _state(evidence: Evidence, added: Collection[str]) -> tuple[StatusState, str]:
    stale = [each.id for each in evidence.criteria if each.state is State.STALE]
    missing = [each for each in evidence.criteria if each.state is State.MISSING]
    called_done = [each.id for each in missing if not _waits(each)]
    if stale:
        return StatusState.FAILURE, f"out of date: {_named(stale)}; "
    if added:
        return StatusState.FAILURE, f"new since then: {_named([*added])}; "
    if evidence.phantoms:
        return StatusState.FAILURE, f"ticked and not done: {_named([each.task for each in evidence.phantoms])}; "
    if called_done:
        return StatusState.FAILURE, f"nothing shows {_named(called_done)}; "
    return (StatusState.PENDING if missing else StatusState.SUCCESS), ""


def _waits(criterion: CriterionEvidence) -> bool:
    """Whether its work is still to come."""
    return bool(criterion.tasks) and not all(task.done for task in criterion.tasks)


def _named(ids: list[str]) -> str:
    more = f" and {len(ids) - _MOST_NAMED} more" if len(ids) > _MOST_NAMED else ""
    return f"{', '.join(ids[:_MOST_NAMED])}{more}"
