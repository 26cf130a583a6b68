"""Everything that one run has in hand while it is carried out."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from kiro_worker.agent.port import Agent, AgentCheck, AgentEvent, SessionId
from kiro_worker.artifact.port import Artifacts
from kiro_worker.changeset import ChangeSet
from kiro_worker.clock import Clock
from kiro_worker.config.settings import Config
from kiro_worker.evidence.model import Evidence
from kiro_worker.forge.port import Forge, ForgeCheck
from kiro_worker.gate.intent import Intent
from kiro_worker.gate.port import Finding, GateResult, Judgement
from kiro_worker.gate.tidy import Tidy
from kiro_worker.ids import Oid, RunId
from kiro_worker.lease.keeper import Kept, LeaseLost
from kiro_worker.lease.port import Lease, Leases
from kiro_worker.policy import Policy
from kiro_worker.redact import Redactor, Secret
from kiro_worker.run.approval import Approver
from kiro_worker.run.budget import Spent, Unit
from kiro_worker.run.claim import Claims
from kiro_worker.run.journal import Journal
from kiro_worker.run.prompt import folder_of
from kiro_worker.run.transcript import Transcript
from kiro_worker.spec.spec import Spec
from kiro_worker.steering import SteeringFile
from kiro_worker.steering.port import Powers
from kiro_worker.value import dataclass, field
from kiro_worker.workspace.port import Change, Snapshot, Workspace, Workspaces


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What was asked for.

    Attributes:
        repository: the remote's address, without credentials.
        branch: an existing branch; None makes a new one from the base.
        base: the branch that the pull request goes to; empty is the remote's default.
        resumes: the run that this one goes on with.
        adopt: a commit which that run made on this machine and did not push.
        item: the board's id of the card that asks for it; empty for none.
        attempt: which try of the item it is.
        feedback: ids of remarks on the pull request that are to be seen to; `CHECKS` stands for its failing checks.
    """

    run: RunId
    repository: str
    branch: str | None = None
    base: str = ""
    resumes: str = ""
    adopt: Oid | None = None
    item: str = ""
    attempt: int = 1
    feedback: tuple[str, ...] = ()


class ProjectGates(Protocol):
    """The project's set-up and its gates, under the settings of the base branch."""

    async def prepare(self, tree: Path) -> GateResult:
        """Install what the project needs, unless it is there as this run left it."""
        ...

    async def check(self, tree: Path) -> tuple[Finding, ...]:
        """What would keep the gates from looking, found out without running anything of the project's."""
        ...

    async def judge(self, tree: Path, commit: str) -> tuple[GateResult, ...]:
        """Run the tests, with their coverage: the question between tasks."""
        ...

    async def weigh(self, tree: Path, change: ChangeSet, results: tuple[GateResult, ...], *, tidy: Tidy) -> Judgement:
        """What red tests between tasks mean, in the light of what they said on the merge base."""
        ...

    async def prove(self, tree: Path, change: ChangeSet, intent: Intent, *, tidy: Tidy) -> Judgement:
        """Run all gates over all that the branch changes: the question at the end.

        `tidy` puts back what tests changed, and removes what they left, while the tree is at the head.
        """
        ...

    def secrets(self, change: ChangeSet) -> GateResult:
        """What looks like a secret among added lines, unless the base branch has switched that off; runs nothing."""
        ...

    def clear(self) -> None:
        """Remove what set-up and gates keep outside the tree, once their reports are artifacts."""
        ...


class AgentHomes(Protocol):
    """Makes the environment of an agent's process."""

    def fresh(self, name: str) -> Mapping[str, str]:
        """A whole environment with an empty HOME of that name; the same name again keeps what the agent left there."""
        ...

    def clear(self) -> None:
        """Remove all of them."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Isolated:
    """How the run's processes are isolated, as its receipt tells it.

    Attributes:
        kind: `none`, `user` or `bubblewrap`.
        limits: what they may take of the machine, in words.
        notes: why nothing stronger is used, and what could not be limited.
    """

    kind: str
    limits: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    """The adapters that the settings call for; made once the repository's settings are known.

    Attributes:
        origins: where each setting's value is from, for the receipt.
        notes: what the settings left aside, and why.
        policy_digest: SHA-256, in hex, of the policy that holds, for the receipt; empty where there is none.
        policy: what the agent may do, as the base branch says.
        powers: makes what the content of locked powers comes from; None where there can be none.
        wanted_powers: the names of those that the settings ask for.
        required_steering: of a power's name, the steering files that are wanted; all of those that are not named.
    """

    config: Config
    agent: Agent
    homes: AgentHomes
    forge: Forge
    leases: Leases
    gates: ProjectGates
    isolated: Isolated
    notes: tuple[str, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict)
    policy_digest: str = ""
    policy: Policy = field(default_factory=Policy)
    powers: Callable[[], Powers] | None = None
    wanted_powers: tuple[str, ...] = ()
    required_steering: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class Equip(Protocol):
    """Makes the equipment from the settings in the repository; `bootstrap` provides it."""

    async def __call__(self, workspaces: Workspaces, snapshot: Snapshot) -> Equipment:
        """Read the settings at the snapshot and choose the adapters.

        Raises:
            WorkerError: for settings and credentials that cannot be used.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Something that the agent wanted and that only a person could have allowed."""

    task: str
    what: str
    rule: str
    reason: str


@dataclass(slots=True, kw_only=True)
class Undertaking:
    """One run's things, filled in step by step; only the steps touch it.

    Attributes:
        folder: where the run's files are written, receipt first.
        look: waits for the remote to be fetched and tells what it looked like.
        show: what a person follows the run by.
        echo: told, redacted, what the project's own commands say, whole; for a build's log.
        approver: who is asked before a commit; None where nobody is there.
        claims: shows on the board who works on the order's item; None for an order without one.
        receipt_is_artifact: whether `folder` is where the artifact store keeps this run's files anyway.
        adopted: the commit of the resumed run that was not pushed, when it still fits the branch.
        agent_check: what the agent said of itself before anything was spent.
        hidden_told: texts of which people were told that something hidden was taken out.
        frozen_tasks: tasks.md, or the task file, as it was when the run was admitted.
        tasks_document: the same as the worker last wrote it: the frozen one and its own ticks.
        steering: the repository's standards; which of them a task needs is decided with its prompt.
        tracked: the branch's paths; only known where a steering file asks for files that match.
        locked: the base branch's lock of powers; None where it has none.
        steered: what the worker itself keeps up to date, by path: no task has to ask for that.
        turns: prompts that the agent got.
        sessions: the agent's session for each leaf, to go on in.
        spent: what the run and its tasks have used of their budgets.
        warned: the limits that people were told to be near.
        task_began: when each task got its first prompt, on the clock's own scale.
        changed: what the next commit holds, as it was inspected.
        merge_base: where the branch left its base; the base itself where they share no history.
        results: what the gates said last, with the reports to keep.
        evidence: what backs each criterion, once all gates were run.
        asked: what was rejected during turns because only a person could have allowed it.
    """

    order: Order
    clock: Clock
    redactor: Redactor
    secrets: tuple[Secret, ...]
    journal: Journal
    transcript: Transcript
    artifacts: Artifacts
    workspaces: Workspaces
    look: Callable[[], Awaitable[Snapshot]]
    equip: Equip
    folder: Path
    border: str
    show: Callable[[AgentEvent], None]
    began: float
    approver: Approver | None = None
    echo: Callable[[Mapping[str, Any]], None] | None = None
    claims: Claims | None = None
    receipt_is_artifact: bool = True

    equipment: Equipment | None = None
    snapshot: Snapshot | None = None
    adopted: Oid | None = None
    spec: Spec | None = None
    frozen_tasks: bytes = b""
    tasks_document: bytes = b""
    steering: tuple[SteeringFile, ...] = ()
    tracked: frozenset[str] = frozenset()
    locked: bytes | None = None
    steered: Mapping[str, bytes] = field(default_factory=dict)
    lease: Lease | None = None
    kept: Kept | None = None
    workspace: Workspace | None = None
    forge_check: ForgeCheck | None = None
    agent_check: AgentCheck | None = None
    hidden_told: set[str] = field(default_factory=set)
    turns: int = 0
    sessions: dict[str, SessionId] = field(default_factory=dict)
    spent: Spent = field(default_factory=Spent)
    warned: set[tuple[Unit, str]] = field(default_factory=set)
    task_began: dict[str, float] = field(default_factory=dict)
    changed: tuple[Change, ...] = ()
    merge_base: Oid | None = None
    results: tuple[GateResult, ...] = ()
    evidence: Evidence | None = None
    asked: list[Asked] = field(default_factory=list)

    @property
    def have(self) -> Equipment:
        """The equipment; there is one once the run was admitted."""
        assert self.equipment is not None
        return self.equipment

    @property
    def tree(self) -> Workspace:
        """The workspace; there is one once it was prepared."""
        assert self.workspace is not None
        return self.workspace

    @property
    def plan(self) -> Spec:
        """The spec; there is one once the run was admitted."""
        assert self.spec is not None
        return self.spec

    @property
    def spec_folder(self) -> str:
        """The spec's folder, relative to the root; of a task file, the file itself."""
        return folder_of(self.plan.name)

    def must_be_ours(self) -> None:
        """Ask right before anything that others can see.

        Raises:
            LeaseLost: when it is no longer certain that the branch is ours.
        """
        if self.kept is not None and not self.kept.alive:
            raise LeaseLost(lease=self.kept.lease, reason="its time ran out")

    def seconds(self) -> float:
        """Since the run began."""
        return self.clock.monotonic() - self.began
