"""What a run is made of: leaves to do, steps to take, and facts that come back from them. Values only."""

from enum import StrEnum

from kiro_worker.agent.port import TurnOutcome
from kiro_worker.gate.port import Finding, GateResult
from kiro_worker.run.approval import Choice
from kiro_worker.run.verdict import Verdict
from kiro_worker.value import dataclass, field


class Purpose(StrEnum):
    """What a leaf is for, which decides what backs it."""

    WORK = "work"  #: backed by a commit
    CHECKPOINT = "checkpoint"  #: backed by green gates; no agent is called unless they are red
    MUST_FAIL = "must-fail"  #: a bugfix's first test, backed by a commit and by failing before the fix


@dataclass(frozen=True, slots=True)
class Leaf:
    """One selected task that has no children.

    Attributes:
        begun: work on it that broke off is on the branch, without its tick.
    """

    id: str
    title: str
    purpose: Purpose = Purpose.WORK
    begun: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The settings that decide which step comes next."""

    repair_rounds: int = 2
    gate_each_task: bool = False
    throttle_retries: int = 4
    guided: bool = False
    steers: bool = False  #: the repository's standards come from powers, and are to be kept up to date
    sheds_task_file: bool = False  #: the task file leaves the branch once all is done


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why a run ended other than well, for people and machines.

    Attributes:
        code: stable and dotted.
        task: the id of the task that was being done; empty outside of one.
        step: the step that failed.
        output: the last lines of what was heard, redacted.
    """

    verdict: Verdict
    code: str
    message: str
    kept: str = ""
    next_step: str = ""
    task: str = ""
    step: str = ""
    output: str = ""


class Ask(StrEnum):
    """Why the agent is asked."""

    FIRST = "first"
    NOTHING_CHANGED = "nothing-changed"
    UNDONE = "undone"  #: something it did was taken back
    CUT_SHORT = "cut-short"
    STILL_PASSES = "still-passes"  #: the test of a bug passes on the unfixed code
    REPAIR = "repair"
    FEEDBACK = "feedback"  #: people, or checks of theirs, said something about the work on the pull request
    MODIFY = "modify"  #: a person looked at the changes and wants others


class Scope(StrEnum):
    """Which question the gates are to answer."""

    CHECKPOINT = "checkpoint"  #: are the tests green so far?
    TASK = "task"  #: are they green with this task?
    MUST_FAIL = "must-fail"  #: does the new test fail?
    FINAL = "final"  #: does everything hold?


class CommitKind(StrEnum):
    """What a commit of the worker holds."""

    TASK = "task"  #: a leaf's work and its tick
    CHECKPOINT = "checkpoint"  #: a tick that green gates back
    PARTIAL = "partial"  #: unfinished work, saved without a tick
    REPAIR = "repair"
    FEEDBACK = "feedback"  #: what people, or their checks, asked for on the pull request
    UNTICK = "untick"  #: takes back the ticks of tasks that nothing backs
    TASK_FILE = "task-file"  #: takes the task file off the branch, when all that it asks for is done


# Steps: what the shell is to do next.


@dataclass(frozen=True, slots=True)
class Admit:
    """Find out, spending nothing, whether and what there is to do."""


@dataclass(frozen=True, slots=True)
class TakeLease:
    """Become the only one who works on the branch."""


@dataclass(frozen=True, slots=True)
class Prepare:
    """Make the workspace and set the project up in it."""


@dataclass(frozen=True, slots=True)
class Steer:
    """Bring the repository's standards up to date, in a commit of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Implement:
    """Have the agent work: on a leaf, or on the whole when `leaf` is None (a repair at the end).

    Attributes:
        attempt: how often the agent's service has turned this very prompt away.
    """

    leaf: Leaf | None
    ask: Ask = Ask.FIRST
    findings: tuple[Finding, ...] = ()
    round: int = 0
    attempt: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspect:
    """Look at what the agent changed and undo what it may not change.

    Attributes:
        salvage: its turn was cut off, or nobody approved: what may be kept is saved without a tick.
        drop: a person does not want the changes: all of them are undone.
    """

    leaf: Leaf | None
    salvage: bool = False
    drop: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Consult:
    """Show the changes to a person and wait for what they say."""

    leaf: Leaf | None
    asks: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeCommit:
    """Commit the tree, with the tick where the kind has one, and push at once.

    Attributes:
        unticked: ids of the tasks whose ticks are taken back.
    """

    leaf: Leaf | None
    kind: CommitKind
    round: int = 0
    unticked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckGates:
    """Run the gates for one question."""

    scope: Scope
    leaf: Leaf | None = None


@dataclass(frozen=True, slots=True)
class Publish:
    """Make the pull request and the commit status true to the verdict."""


@dataclass(frozen=True, slots=True)
class Report:
    """Write receipt, summary and page."""


@dataclass(frozen=True, slots=True)
class Clean:
    """Give back the lease and the workspace; a failed one is kept."""


@dataclass(frozen=True, slots=True)
class End:
    """Nothing is left to do."""


Step = (
    Admit
    | TakeLease
    | Prepare
    | Steer
    | Implement
    | Inspect
    | Consult
    | MakeCommit
    | CheckGates
    | Publish
    | Report
    | Clean
    | End
)

STEP_NAMES: dict[type, str] = {
    Admit: "admit",
    TakeLease: "lease",
    Prepare: "prepare",
    Steer: "steer",
    Implement: "implement",
    Inspect: "inspect",
    Consult: "approve",
    MakeCommit: "commit",
    CheckGates: "test",
    Publish: "publish",
    Report: "report",
    Clean: "clean",
    End: "end",
}


# Facts: what came of a step, or came in between.


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """There is something to do, or at least to prove.

    Attributes:
        plan: the selected open leaves, in the order they are to be done.
        open_besides: required leaves that stay open because they were not selected.
        worked_before: whether the branch already carries work of a worker.
        feedback: what was said about the work on its pull request, to be seen to after the plan.
    """

    plan: tuple[Leaf, ...]
    rules: Rules = field(default_factory=Rules)
    open_besides: int = 0
    worked_before: bool = False
    feedback: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Leased:
    """The branch is ours."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """The workspace stands and the project is set up."""


@dataclass(frozen=True, slots=True)
class Steered:
    """The standards are what the base branch's lock says, as far as they could be had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnOver:
    """The agent's process tree is gone.

    Attributes:
        question: what it asked a person, when it asked instead of working.
        detail: its own words about a fault.
        output: the end of its answer.
        asks: what it wanted to do during this task and only a person could have allowed.
        spoilt: its files are not to be looked at: they filled the disk.
    """

    outcome: TurnOutcome
    question: str = ""
    detail: str = ""
    output: str = ""
    asks: tuple[Finding, ...] = ()
    spoilt: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """What is left of the agent's changes.

    Attributes:
        changed: paths that differ from the last commit after what was not allowed is undone.
        undone: what was taken back, and which rule says so.
        over: the budget that the changes use up, in words; empty while there is some left.
        asks: why a person has to approve the changes; where nobody can be asked, these changes were taken out.
        saved: paths that still differ from the base by what was saved of this task when it broke off before.
    """

    changed: int
    undone: tuple[Finding, ...] = ()
    over: str = ""
    asks: tuple[Finding, ...] = ()
    saved: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A person has looked at the changes."""

    choice: Choice
    words: str = ""


@dataclass(frozen=True, slots=True)
class Committed:
    """The commit is on the remote."""


@dataclass(frozen=True, slots=True)
class GatesJudged:
    """What the gates say.

    Attributes:
        phantoms: ids of tasks that a worker ticked and that nothing backs.
    """

    results: tuple[GateResult, ...]
    phantoms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Published:
    """The pull request is true to the verdict; or there is none to be had, and the notes say why."""


@dataclass(frozen=True, slots=True)
class Reported:
    """The run's files are written."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Lease and workspace are given back."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The step could not be done."""

    cause: Cause


@dataclass(frozen=True, slots=True)
class Stopped:
    """Somebody, or the clock, wants the run to end; what was under way has been stopped."""

    cause: Cause


Fact = (
    Admitted
    | Leased
    | Prepared
    | Steered
    | TurnOver
    | Inspected
    | Answered
    | Committed
    | GatesJudged
    | Published
    | Reported
    | Cleaned
    | Failed
    | Stopped
)
