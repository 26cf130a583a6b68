"""What a run's events add up to: the one value that run.json, pages, summaries and `show` are made from."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from kiro_worker.run.journal import Event
from kiro_worker.value import dataclass, field, replace

SCHEMA = "kiro-worker/run/1"

# How the notes begin that tell of standards which a person has to settle.
UNSETTLED = "To be settled in the steering files: "
# How those begin that tell what was kept from the agent, or taken back from it.
_STOPPED = ("Refused in ", "Undone in ", "Put back in ")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRecord:
    """One task of the plan and what became of it.

    Attributes:
        state: planned, working, done, partial (saved without a tick), failed.
        criteria: ids of the acceptance criteria that it refers to.
        turns: prompts that the agent got for it.
    """

    id: str
    title: str
    purpose: str = "work"
    state: str = "planned"
    criteria: tuple[str, ...] = ()
    turns: int = 0
    seconds: float = 0.0
    commits: tuple[str, ...] = ()
    files: int = 0
    added: int = 0
    deleted: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRecord:
    """One step on the time line."""

    name: str
    at: str
    task: str = ""
    seconds: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitRecord:
    """One commit that the run made."""

    oid: str
    subject: str
    task: str = ""
    kind: str = "task"
    files: int = 0
    added: int = 0
    deleted: int = 0
    pushed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequestRecord:
    """The pull request as it was left."""

    number: int
    url: str
    change: str
    draft: bool
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """A run, told by its events.

    Attributes:
        before: tasks that earlier runs finished on this branch, with their commits; failed where a tick was taken back.
        state: running, or ended once the verdict is known and written.
        gates: the last word of each gate, as plain JSON.
        web: the repository's own page; empty where it has none that is known.
        judged: the commit that the gates looked at last.
        looked: how many changed lines of code there are (`lines`), and how many of them each kind of check, or nothing,
            saw.
        change: what the branch changes against its base: `files`, `added` and `deleted` lines, `commits`.
        evidence: what backs each criterion, as in evidence.json; null for a run that did not get so far.
        criteria: id and text of every acceptance criterion of the spec.
        notes: what a reader should know besides: what was undone, refused or left out, and why.
    """

    run: str = ""
    state: str = "running"
    version: str = ""
    repository: str = ""
    branch: str = ""
    base: str = ""
    spec: str = ""
    started: str = ""
    ended: str = ""
    seconds: float = 0.0
    verdict: str = ""
    exit_status: int | None = None
    cause: Mapping[str, Any] | None = None
    agent: Mapping[str, Any] = field(default_factory=dict)
    fence: int = 0
    relation: Mapping[str, Any] = field(default_factory=dict)
    tasks: tuple[TaskRecord, ...] = ()
    before: tuple[TaskRecord, ...] = ()
    open_besides: int = 0
    criteria: tuple[tuple[str, str], ...] = ()
    steps: tuple[StepRecord, ...] = ()
    turns: int = 0
    usage: Mapping[str, float | int | None] = field(default_factory=dict)
    commits: tuple[CommitRecord, ...] = ()
    gates: tuple[Mapping[str, Any], ...] = ()
    web: str = ""
    judged: str = ""
    looked: Mapping[str, int] = field(default_factory=dict)
    change: Mapping[str, int] = field(default_factory=dict)
    evidence: Mapping[str, Any] | None = None
    pull_request: PullRequestRecord | None = None
    build_url: str = ""
    resumes: str = ""
    notes: tuple[str, ...] = ()
    kept_workspace: str = ""

    @property
    def done(self) -> tuple[TaskRecord, ...]:
        """The tasks that this run finished."""
        return tuple(task for task in self.tasks if task.state == "done")

    def gate(self, name: str) -> Mapping[str, Any] | None:
        """The last word of one gate."""
        return next((gate for gate in self.gates if gate["gate"] == name), None)


def is_of_what_was_stopped(note: str) -> bool:
    """Whether a note tells what the agent was not let do, or what of it was undone."""
    return note.startswith(_STOPPED)


def said_once(notes: Iterable[str]) -> Mapping[str, int]:
    """Each note once, in the order of the first of its kind, and how often it was made: an agent tries things again.

    >>> said_once(("a", "b", "a"))
    {'a': 2, 'b': 1}
    """
    counts: dict[str, int] = {}
    for note in notes:
        counts[note] = counts.get(note, 0) + 1
    return counts


def fold(events: Iterable[Event]) -> RunRecord:
    """The record that a run's events add up to; unknown events are left out, so older readers can read on."""
    record = RunRecord()
    for event in events:
        take = _TAKES.get(event.name)
        if take is not None:
            record = take(record, event)
    return record


def _run_started(record: RunRecord, event: Event) -> RunRecord:
    facts = event.facts
    return replace(
        record,
        run=facts["run"],
        started=event.at,
        version=facts.get("version", ""),
        repository=facts.get("repository", ""),
        branch=facts.get("branch", ""),
        agent={"name": facts.get("agent", "")},
        build_url=facts.get("build_url", ""),
        resumes=facts.get("resumes", ""),
    )


def _admitted(record: RunRecord, event: Event) -> RunRecord:
    facts = event.facts
    return replace(
        record,
        branch=facts["branch"],
        base=facts["base"],
        spec=facts["spec"],
        web=facts.get("web", ""),
        tasks=tuple(map(_task, facts["plan"])),
        before=tuple(replace(_task(task), state="done") for task in facts.get("done_before", ())),
        open_besides=facts.get("open_besides", 0),
        criteria=tuple((entry["id"], entry["text"]) for entry in facts.get("criteria", ())),
        notes=(*record.notes, *facts.get("notes", ())),
    )


def _task(told: Mapping[str, Any]) -> TaskRecord:
    return TaskRecord(
        id=told["id"],
        title=told["title"],
        purpose=told["purpose"],
        criteria=tuple(told.get("criteria", ())),
        commits=tuple(told.get("commits", ())),
    )


def _step_started(record: RunRecord, event: Event) -> RunRecord:
    step = StepRecord(name=event.facts["step"], at=event.at, task=event.facts.get("task", ""))
    return replace(record, steps=(*record.steps, step))


def _step_ended(record: RunRecord, event: Event) -> RunRecord:
    if not record.steps:
        return record
    last = replace(record.steps[-1], seconds=event.facts["seconds"], note=event.facts.get("note", ""))
    return replace(record, steps=(*record.steps[:-1], last))


def _leased(record: RunRecord, event: Event) -> RunRecord:
    return replace(record, fence=event.facts["fence"])


def _prepared(record: RunRecord, event: Event) -> RunRecord:
    facts = event.facts
    return replace(
        record,
        branch=facts["branch"],
        fence=facts.get("fence", record.fence),
        relation={name: facts.get(name) for name in ("ahead", "behind", "conflicts")},
    )


def _agent_started(record: RunRecord, event: Event) -> RunRecord:
    seen = {name: value for name, value in event.facts.items() if value}
    return replace(record, agent={**record.agent, **seen})


def _turn_started(record: RunRecord, event: Event) -> RunRecord:
    started = replace(record, turns=record.turns + 1)
    if event.facts["ask"] == "repair":
        red = "; ".join(gate["summary"] for gate in record.gates if gate["color"] in {"red", "error"})
        place = f" at task {event.facts['task']}" if event.facts.get("task") else ""
        note = f"Repair round {event.facts['round']}{place}: the agent was handed back what the gates found ({red})."
        started = replace(started, notes=(*started.notes, note))
    return _with_task(
        started, event.facts.get("task", ""), lambda task: replace(task, state="working", turns=task.turns + 1)
    )


def _turn_ended(record: RunRecord, event: Event) -> RunRecord:
    usage = dict(record.usage)
    for name, value in (event.facts.get("usage") or {}).items():
        if value is not None:
            usage[name] = (usage.get(name) or 0) + value
    seconds = event.facts.get("seconds", 0.0)
    spent = replace(record, usage=usage)
    return _with_task(spent, event.facts.get("task", ""), lambda task: replace(task, seconds=task.seconds + seconds))


def _inspected(record: RunRecord, event: Event) -> RunRecord:
    task = event.facts.get("task") or "the repair"
    undone = tuple(f"Undone in {task}: {finding['title']}" for finding in event.facts.get("undone", ()))
    claims = tuple(
        f"Put back in {task}: {path} (only the worker edits the spec)" for path in event.facts.get("claims", ())
    )
    left = tuple(f"Left out of the commit of {task}: {path}" for path in event.facts.get("left_out", ()))
    return replace(record, notes=(*record.notes, *undone, *claims, *left))


def _cleaned(record: RunRecord, event: Event) -> RunRecord:
    facts = event.facts
    what = ", ".join(f"{each['count']} × {each['kind']}" for each in facts["removed"])
    note = f"Hidden text was taken out of {facts['source']} before the agent could read it: {what}."
    return replace(record, notes=(*record.notes, note))


def _synced(record: RunRecord, event: Event) -> RunRecord:
    facts = event.facts
    versions = " and ".join(f"{power['name']} {power['version']}" for power in facts["powers"])
    clear = [file for file in facts["files"] if file["outcome"] != "conflict"]
    told = ", ".join(f"{file['outcome']} {file['path']}" for file in clear)
    brought = (f"Steering files were brought up to {versions}: {told}",) if clear else ()
    clashes = tuple(
        f"{UNSETTLED}{file['path']} tells what this repository and {versions} both changed"
        for file in facts["files"]
        if file["outcome"] == "conflict"
    )
    waiting = tuple(f"{UNSETTLED}{file['path']}: {file['reason']}" for file in facts["waiting"])
    return replace(record, notes=(*record.notes, *brought, *clashes, *waiting))


def _refused(record: RunRecord, event: Event) -> RunRecord:
    facts = event.facts
    note = f"Refused in {facts['task'] or 'the repair'}: {facts['asked']} ({facts['rule']}: {facts['reason']})"
    return replace(record, notes=(*record.notes, note))


def _committed(record: RunRecord, event: Event) -> RunRecord:
    facts = event.facts
    commit = CommitRecord(
        oid=facts["oid"],
        subject=facts["subject"],
        task=facts.get("task", ""),
        kind=facts["kind"],
        files=facts.get("files", 0),
        added=facts.get("added", 0),
        deleted=facts.get("deleted", 0),
    )
    state = {"task": "done", "checkpoint": "done", "partial": "partial"}.get(commit.kind)

    def mark(task: TaskRecord) -> TaskRecord:
        return replace(
            task,
            state=state or task.state,
            commits=(*task.commits, commit.oid),
            files=task.files + commit.files,
            added=task.added + commit.added,
            deleted=task.deleted + commit.deleted,
        )

    taken_back = _without_ticks(record, frozenset(facts.get("unticked", ())))
    return _with_task(replace(taken_back, commits=(*record.commits, commit)), commit.task, mark)


def _without_ticks(record: RunRecord, tasks: frozenset[str]) -> RunRecord:
    def take_back(task: TaskRecord) -> TaskRecord:
        return replace(task, state="failed") if task.id in tasks else task

    return replace(record, tasks=tuple(map(take_back, record.tasks)), before=tuple(map(take_back, record.before)))


def _pushed(record: RunRecord, _: Event) -> RunRecord:
    return replace(record, commits=tuple(replace(commit, pushed=True) for commit in record.commits))


def _judged(record: RunRecord, event: Event) -> RunRecord:
    facts = event.facts
    fresh = tuple(facts["results"])
    names = {result["gate"] for result in fresh}
    # At the end every gate is asked anew: what one said of an earlier commit is no word about this one.
    others = () if facts.get("scope") == "final" else (gate for gate in record.gates if gate["gate"] not in names)
    return replace(
        record,
        gates=(*others, *fresh),
        judged=facts.get("commit", ""),
        looked=facts.get("looked") or record.looked,
        change=facts.get("change") or record.change,
    )


def _proved(record: RunRecord, event: Event) -> RunRecord:
    return replace(record, evidence=event.facts["evidence"])


def _published(record: RunRecord, event: Event) -> RunRecord:
    facts = event.facts
    shown = PullRequestRecord(
        number=facts["number"],
        url=facts["url"],
        change=facts["change"],
        draft=facts["draft"],
        title=facts.get("title", ""),
    )
    return replace(record, pull_request=shown, notes=(*record.notes, *facts.get("notes", ())))


def _noted(record: RunRecord, event: Event) -> RunRecord:
    return replace(record, notes=(*record.notes, event.facts["note"]))


def _decided(record: RunRecord, event: Event) -> RunRecord:
    facts = event.facts
    decided = replace(
        record,
        verdict=facts["verdict"],
        exit_status=facts["exit_status"],
        cause=facts.get("cause"),
        seconds=facts["seconds"],
    )
    failed = (facts.get("cause") or {}).get("task", "")
    return _with_task(decided, failed, lambda task: task if task.state == "partial" else replace(task, state="failed"))


def _kept(record: RunRecord, event: Event) -> RunRecord:
    return replace(record, kept_workspace=event.facts["path"])


def _ended(record: RunRecord, event: Event) -> RunRecord:
    return replace(record, state="ended", ended=event.at, seconds=event.facts["seconds"])


def _with_task(record: RunRecord, task: str, change: Callable[[TaskRecord], TaskRecord]) -> RunRecord:
    return replace(record, tasks=tuple(change(each) if each.id == task else each for each in record.tasks))


_TAKES: Mapping[str, Callable[[RunRecord, Event], RunRecord]] = {
    "run.started": _run_started,
    "run.admitted": _admitted,
    "run.noted": _noted,
    "run.decided": _decided,
    "run.ended": _ended,
    "step.started": _step_started,
    "step.ended": _step_ended,
    "lease.taken": _leased,
    "workspace.prepared": _prepared,
    "workspace.kept": _kept,
    "agent.started": _agent_started,
    "turn.started": _turn_started,
    "turn.ended": _turn_ended,
    "changes.inspected": _inspected,
    "commit.made": _committed,
    "branch.pushed": _pushed,
    "gates.judged": _judged,
    "evidence.judged": _proved,
    "permission.refused": _refused,
    "steering.synced": _synced,
    "text.cleaned": _cleaned,
    "pull-request.published": _published,
}
