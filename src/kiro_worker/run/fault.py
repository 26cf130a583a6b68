"""Faults that only a run finds: a branch, a spec or a task that cannot be worked on."""

from collections.abc import Iterable

from kiro_worker.error import Fault, WorkerError
from kiro_worker.forge.port import ForgeCheck
from kiro_worker.run.facts import Cause
from kiro_worker.run.verdict import verdict_of
from kiro_worker.spec.diagnostic import Diagnostic

_TOLD = 3


class BranchMissing(WorkerError):
    """The remote has no such branch."""

    code = "run.branch-missing"
    fault = Fault.CONFIG

    def __init__(self, *, branch: str, repository: str) -> None:
        self.branch = branch
        super().__init__(
            f"{repository} has no branch {branch}.",
            next_step=f"Push it: git push -u origin {branch} (or begin from the base: kiro-worker run --new-branch)",
        )


class BranchIsBase(WorkerError):
    """The branch to work on is the one that pull requests go to."""

    code = "run.branch-is-base"
    fault = Fault.CONFIG

    def __init__(self, *, branch: str) -> None:
        super().__init__(
            f"{branch} is the base branch, and the worker does not write to it.",
            next_step="Work on a new branch: kiro-worker run --new-branch",
        )


class RepositoryEmpty(WorkerError):
    """The remote repository has no commit."""

    code = "run.repository-empty"
    fault = Fault.CONFIG

    def __init__(self, *, repository: str) -> None:
        super().__init__(
            f"{repository} has no commit to begin from.",
            next_step="Push a first commit, then the branch with the spec.",
        )


class BaseUnknown(WorkerError):
    """The remote's default branch is not there, and no other was named."""

    code = "run.base-unknown"
    fault = Fault.CONFIG

    def __init__(self, *, named: str, repository: str) -> None:
        leads = f"its HEAD leads to {named}, which is not there" if named else "its HEAD leads nowhere"
        super().__init__(
            f"{repository} does not say which branch pull requests go to: {leads}.",
            next_step="Name it: kiro-worker run --base main (or branch.base in the settings); or set HEAD at the host.",
        )


class SpecMissing(WorkerError):
    """The branch carries no spec that fits."""

    code = "spec.missing"
    fault = Fault.CONFIG

    def __init__(self, *, branch: str, asked: str, there: Iterable[str]) -> None:
        self.asked, self.there = asked, tuple(sorted(there))
        names = ", ".join(self.there)
        said = f"There is no spec {asked!r} on {branch}" if asked else f"No spec on {branch} has an open task"
        super().__init__(
            f"{said}; there is {names or 'none'} under .kiro/specs/.",
            next_step="Name one: kiro-worker run --spec NAME"
            if names
            else "Add .kiro/specs/NAME/tasks.md and push it.",
        )


class SpecAmbiguous(WorkerError):
    """Several specs fit, and none is guessed."""

    code = "spec.ambiguous"
    fault = Fault.CONFIG

    def __init__(self, *, branch: str, names: Iterable[str]) -> None:
        super().__init__(
            f"Several specs of {branch} have open tasks: {', '.join(names)}.",
            next_step="Name one: kiro-worker run --spec NAME",
        )


class SpecWithoutTasks(WorkerError):
    """tasks.md is missing, or nothing in it is a task."""

    code = "spec.no-tasks"
    fault = Fault.NEEDS_INPUT

    def __init__(self, *, spec: str, diagnostics: Iterable[Diagnostic]) -> None:
        super().__init__(
            f"The spec {spec} has no task that can be read. {_told(diagnostics)}".rstrip(),
            next_step=f"Write tasks as `- [ ] 1. Title`, then look: kiro-worker spec show {spec}",
        )


class SpecUnresolved(WorkerError):
    """A document of the spec holds both sides of a merge: nobody has said yet which of them is to be built."""

    code = "spec.unresolved-merge"
    fault = Fault.NEEDS_INPUT

    def __init__(self, *, spec: str, diagnostics: Iterable[Diagnostic]) -> None:
        found = tuple(diagnostics)
        places = ", ".join(f"{each.document} line {each.line}" for each in found[:_TOLD])
        left = f" and {len(found) - _TOLD} more" if len(found) > _TOLD else ""
        super().__init__(
            f"The spec {spec} holds a merge that was not resolved: {places}{left}.",
            next_step=f"{found[0].cure} Push it, then run again.",
        )


class TasksUnread(WorkerError):
    """Lines of tasks.md were meant as tasks and are none: a run would leave them out and call the spec done."""

    code = "spec.tasks-unread"
    fault = Fault.NEEDS_INPUT

    def __init__(self, *, spec: str, diagnostics: Iterable[Diagnostic]) -> None:
        found = tuple(diagnostics)
        lines = "A line" if len(found) == 1 else f"{len(found)} lines"
        left = f" And {len(found) - _TOLD} more." if len(found) > _TOLD else ""
        super().__init__(
            f"{lines} of the spec {spec} cannot be read as the task that was meant. {_told(found)}{left}",
            next_step=f"kiro-worker spec check {spec} says what to write; push it, then run again. "
            "Or choose tasks that can be read: kiro-worker run --only ID",
        )


class ReferenceDangling(WorkerError):
    """A selected task refers to a criterion that does not exist."""

    code = "spec.dangling-reference"
    fault = Fault.NEEDS_INPUT

    def __init__(self, *, spec: str, references: Iterable[tuple[str, str]]) -> None:
        told = "; ".join(f"task {task} refers to {reference}" for task, reference in references)
        super().__init__(
            f"The spec {spec} refers to what is not there: {told}.",
            next_step=f"Correct the reference, or write what it refers to: kiro-worker spec show {spec}",
        )


class TaskUnknown(WorkerError):
    """A task id was asked for that the spec does not have."""

    code = "spec.unknown-task"
    fault = Fault.CONFIG

    def __init__(self, *, spec: str, ids: Iterable[str], there: Iterable[str]) -> None:
        super().__init__(
            f"The spec {spec} has no task {', '.join(ids)}; it has {', '.join(there)}.",
            next_step=f"See its tasks: kiro-worker spec show {spec}",
        )


class AgentNotReady(WorkerError):
    """The agent is missing, logged out or set up wrongly."""

    code = "agent.not-ready"
    fault = Fault.AGENT

    def __init__(self, *, agent: str, outcome: str, detail: str, cure: str) -> None:
        self.fault = Fault.CONFIG if outcome in {"not-started", "config"} else Fault.AGENT  # type: ignore[misc]  # by outcome
        self.outcome = outcome
        super().__init__(
            f"{agent} cannot work ({outcome}): {detail.rstrip('.') or 'it does not say why'}.",
            kept="Nothing was spent and nothing was changed.",
            next_step=cure or "Look at everything: kiro-worker doctor",
        )


class ForgeNotReady(WorkerError):
    """The forge cannot be used with what it was given."""

    code = "forge.not-ready"
    fault = Fault.CREDENTIAL

    def __init__(self, *, forge: str, detail: str, cure: str) -> None:
        super().__init__(
            f"{forge} cannot be used: {detail.rstrip('.')}.",
            kept="Nothing was spent and nothing was changed.",
            next_step=cure or "Look at everything: kiro-worker doctor",
        )


class ForgeAway(WorkerError):
    """The forge gives no usable answer for now, whatever it is signed in to with."""

    code = "forge.away"
    fault = Fault.FORGE

    def __init__(self, *, forge: str, detail: str, cure: str) -> None:
        super().__init__(
            f"{forge} cannot be used for now: {detail.rstrip('.')}.",
            kept="Nothing was spent and nothing was changed.",
            next_step=cure,
        )


def forge_not_ready(forge: str, check: ForgeCheck) -> WorkerError:
    """The fault that fits: one that time mends is worth another try by itself, the other one is a person's."""
    fault = ForgeAway if check.passing else ForgeNotReady
    return fault(forge=forge, detail=check.detail, cure=check.cure)


class GateNotReady(WorkerError):
    """The gates could not look, so no work is begun."""

    code = "gate.not-ready"
    fault = Fault.CONFIG

    def __init__(self, *, code: str, title: str, cure: str) -> None:
        self.code = code  # type: ignore[misc]  # the finding's own code is the more useful one
        super().__init__(title, kept="Nothing was spent and nothing was changed.", next_step=cure)


class TickRefused(WorkerError):
    """The task's line in tasks.md is not what was read at the beginning."""

    code = "spec.tick-refused"
    fault = Fault.INTERNAL

    def __init__(self, *, task: str, reason: str) -> None:
        super().__init__(
            f"The box of task {task} was not ticked: {reason}",
            kept="The work of the task is in the workspace, not committed.",
            next_step="Run: kiro-worker resume",
        )


def cause_of(error: WorkerError, *, step: str, task: str = "") -> Cause:
    """A fault as the reason why a run ended."""
    return Cause(
        verdict=verdict_of(error.fault),
        code=error.code,
        message=error.message,
        kept=error.kept,
        next_step=error.next_step,
        task=task,
        step=step,
    )


def _told(diagnostics: Iterable[Diagnostic]) -> str:
    return " ".join(f"{each.document}:{each.line}: {each.message}" for each in list(diagnostics)[:_TOLD])
