"""The run as a pure function: from where it stands and what happened, to where it stands and what comes next."""

from kiro_worker.agent.port import TurnOutcome
from kiro_worker.gate.port import Color, Finding, GateResult
from kiro_worker.run import why
from kiro_worker.run.approval import Choice
from kiro_worker.run.facts import (
    STEP_NAMES,
    Admit,
    Admitted,
    Answered,
    Ask,
    Cause,
    CheckGates,
    Clean,
    Cleaned,
    CommitKind,
    Committed,
    Consult,
    End,
    Fact,
    Failed,
    GatesJudged,
    Implement,
    Inspect,
    Inspected,
    Leaf,
    Leased,
    MakeCommit,
    Prepare,
    Prepared,
    Publish,
    Published,
    Purpose,
    Report,
    Reported,
    Rules,
    Scope,
    Steer,
    Steered,
    Step,
    Stopped,
    TakeLease,
    TurnOver,
)
from kiro_worker.run.verdict import Verdict
from kiro_worker.value import dataclass, field, replace


class ImpossibleFact(AssertionError):
    """A fact came that the current step cannot have; the shell has a bug."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Where a run stands.

    Attributes:
        step: what is being done.
        at: index in `plan` of the leaf being done.
        told: whether the agent has already been told once what was wrong with this leaf.
        repairs: rounds of repair used since the gates were last green.
        done: ids of the leaves that this run committed.
        skipped: ids of those whose changes a person did not want.
        asks: what the last turn wanted and only a person could have allowed.
        said: the end of its answer.
        gates: what the gates said last.
        phantoms: ids of ticked tasks that nothing backs, as was seen last.
        feedback: what was said on the pull request and is not yet seen to.
        answering: whether the agent is at it.
        answered: whether a commit came of it.
        published: the branch holds something that a pull request can show.
        stopping: why the run is to end as soon as the commit under way is made.
    """

    step: Step = field(default_factory=Admit)
    plan: tuple[Leaf, ...] = ()
    rules: Rules = field(default_factory=Rules)
    open_besides: int = 0
    worked_before: bool = False
    at: int = 0
    told: bool = False
    repairs: int = 0
    done: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    asks: tuple[Finding, ...] = ()
    said: str = ""
    gates: tuple[GateResult, ...] = ()
    phantoms: tuple[str, ...] = ()
    feedback: tuple[Finding, ...] = ()
    answering: bool = False
    answered: bool = False
    prepared: bool = False
    stopping: Cause | None = None
    cause: Cause | None = None
    verdict: Verdict | None = None

    @property
    def leaf(self) -> Leaf | None:
        """The leaf being done, None before the first and after the last."""
        return self.plan[self.at] if self.at < len(self.plan) else None

    @property
    def draft(self) -> bool:
        """Whether the pull request is to be a draft: always, unless all is done and nothing else is open."""
        good = self.verdict in {Verdict.DONE, Verdict.ALREADY_DONE}
        return not good or self.open_besides > 0


def advance(run: Run, fact: Fact) -> tuple[Run, Step]:
    """Take in one fact; returns where the run stands now and the step to take.

    Raises:
        ImpossibleFact: for a fact that the current step cannot have.
    """
    moved = _advance(run, fact)
    return moved, moved.step


def _advance(run: Run, fact: Fact) -> Run:
    match run.step, fact:
        case _, Stopped(cause):
            return _stop(run, cause)
        case Publish() | Report() | Clean(), Failed(cause):
            return _carry_on(run, cause)
        case _, Failed(cause):
            return _finish(run, cause.verdict, cause)
        case Admit(), Admitted():
            return replace(
                run,
                step=TakeLease(),
                plan=fact.plan,
                rules=fact.rules,
                open_besides=fact.open_besides,
                worked_before=fact.worked_before,
                feedback=fact.feedback,
            )
        case TakeLease(), Leased():
            return replace(run, step=Prepare())
        case Prepare(), Prepared():
            # A branch that is only looked at stays as it is.
            ready = replace(run, prepared=True)
            return replace(ready, step=Steer()) if run.rules.steers and run.plan else _begin_leaf(ready)
        case Steer(), Steered():
            return _begin_leaf(run)
        case Implement() as asked, TurnOver():
            return _after_turn(run, asked, fact)
        case Inspect() as looked, Inspected():
            return _after_inspection(run, looked, fact)
        case Consult() as asked, Answered():
            return _after_answer(run, asked, fact)
        case MakeCommit() as made, Committed():
            return _after_commit(run, made)
        case CheckGates() as asked, GatesJudged(results, phantoms):
            return _after_gates(replace(run, gates=results, phantoms=phantoms), asked, results)
        case Publish(), Published():
            return replace(run, step=Report())
        case Report(), Reported():
            return replace(run, step=Clean())
        case Clean(), Cleaned():
            return replace(run, step=End())
        case step, _:
            raise ImpossibleFact(f"{type(fact).__name__} during {STEP_NAMES[type(step)]}")


# The leaves, one after another


def _begin_leaf(run: Run) -> Run:
    if run.stopping is not None:
        return _finish(run, run.stopping.verdict, run.stopping)
    leaf = run.leaf
    if leaf is None and run.feedback:
        asked = Implement(leaf=None, ask=Ask.FEEDBACK, findings=run.feedback)
        return replace(run, step=asked, feedback=(), answering=True, told=False)
    if leaf is None:
        return replace(run, step=CheckGates(scope=Scope.FINAL))
    if leaf.purpose is Purpose.CHECKPOINT:
        return replace(run, step=CheckGates(scope=Scope.CHECKPOINT, leaf=leaf))
    return replace(run, step=Implement(leaf=leaf), told=False)


def _next_leaf(run: Run, done: Leaf) -> Run:
    return _begin_leaf(replace(run, at=run.at + 1, done=(*run.done, done.id), told=False, repairs=0))


# After a turn


def _after_turn(run: Run, asked: Implement, turn: TurnOver) -> Run:
    if turn.outcome is TurnOutcome.CUT_SHORT and not run.told:
        again = replace(asked, ask=Ask.CUT_SHORT)
        return replace(run, step=again, told=True)
    if turn.outcome is TurnOutcome.THROTTLED and asked.attempt < run.rules.throttle_retries:
        return replace(run, step=replace(asked, attempt=asked.attempt + 1))
    if turn.spoilt:
        return _finish(run, Verdict.BUDGET, why.disk_filled(asked, turn))
    if turn.outcome is not TurnOutcome.ENDED:
        return _salvage(run, asked.leaf, why.turn_failed(asked, turn))
    if turn.question:
        return _salvage(run, asked.leaf, why.agent_asked(asked, turn.question))
    return replace(run, step=Inspect(leaf=asked.leaf), asks=turn.asks, said=turn.output)


def _salvage(run: Run, leaf: Leaf | None, cause: Cause) -> Run:
    return replace(run, step=Inspect(leaf=leaf, salvage=True), stopping=cause)


# After a look at the changes


def _after_inspection(run: Run, looked: Inspect, seen: Inspected) -> Run:
    if looked.salvage:
        return _save(run, looked, seen)
    if looked.drop:
        return _skip(run, looked.leaf)
    if seen.over:
        return _save(replace(run, stopping=why.budget_spent(looked, seen.over)), looked, seen)
    if seen.undone:
        return _after_undoing(run, looked, seen)
    if seen.asks and not run.rules.guided:
        return _save(replace(run, stopping=why.unapproved(looked, seen.asks)), looked, seen)
    if seen.changed and (run.rules.guided or seen.asks):
        return replace(run, step=Consult(leaf=looked.leaf, asks=seen.asks))
    # All of it may have been there when it broke off: the agent was told, looked, and found nothing missing.
    whole = bool(seen.saved) and not run.asks and not run.rules.guided
    return _go_on(run, looked.leaf, changed=bool(seen.changed) or whole)


def _go_on(run: Run, leaf: Leaf | None, *, changed: bool) -> Run:
    if leaf is None or leaf.purpose is Purpose.CHECKPOINT:
        return _after_repair(run, leaf, changed=changed)
    return _with_changes(run, leaf) if changed else _after_nothing(run, leaf)


# After a person's answer


def _after_answer(run: Run, asked: Consult, answer: Answered) -> Run:
    match answer.choice:
        case Choice.APPROVE:
            return _go_on(run, asked.leaf, changed=True)
        case Choice.MODIFY:
            wish = Finding(code="approval.modify", title="What is to be different", detail=answer.words)
            return replace(run, step=Implement(leaf=asked.leaf, ask=Ask.MODIFY, findings=(wish,), round=run.repairs))
        case Choice.SKIP:
            return replace(run, step=Inspect(leaf=asked.leaf, drop=True))
        case Choice.STOP:
            return _salvage(run, asked.leaf, why.stopped_by_person(asked))


def _skip(run: Run, leaf: Leaf | None) -> Run:
    if leaf is None and run.answering:
        return _begin_leaf(replace(run, answering=False))
    if leaf is None or leaf.purpose is Purpose.CHECKPOINT:
        return _red(run, run.gates, leaf)
    # What was skipped is open work that nobody selected any more.
    skipped = (*run.skipped, leaf.id)
    return _begin_leaf(
        replace(run, at=run.at + 1, skipped=skipped, open_besides=run.open_besides + 1, told=False, repairs=0)
    )


def _save(run: Run, looked: Inspect, seen: Inspected) -> Run:
    if not seen.changed:
        return _begin_leaf(run)
    stopping = why.with_changes(run.stopping, seen.changed) if run.stopping else None
    return replace(run, step=MakeCommit(leaf=looked.leaf, kind=CommitKind.PARTIAL), stopping=stopping)


def _after_undoing(run: Run, looked: Inspect, seen: Inspected) -> Run:
    if not run.told:
        again = Implement(leaf=looked.leaf, ask=Ask.UNDONE, findings=seen.undone, round=run.repairs)
        return replace(run, step=again, told=True)
    cause = why.did_it_again(looked.leaf, seen.undone[0])
    return _finish(run, Verdict.REFUSED, cause)


def _after_nothing(run: Run, leaf: Leaf) -> Run:
    if not run.told:
        return replace(run, step=Implement(leaf=leaf, ask=Ask.NOTHING_CHANGED), told=True)
    if run.asks:
        # It did not only claim: it wanted to do something that only a person could have allowed.
        return _finish(run, Verdict.NEEDS_INPUT, why.not_permitted(leaf, run.asks))
    return _finish(run, Verdict.PHANTOM, why.nothing_done(leaf, run.said))


def _with_changes(run: Run, leaf: Leaf) -> Run:
    if leaf.purpose is Purpose.MUST_FAIL:
        return replace(run, step=CheckGates(scope=Scope.MUST_FAIL, leaf=leaf))
    if run.rules.gate_each_task:
        return replace(run, step=CheckGates(scope=Scope.TASK, leaf=leaf))
    return replace(run, step=MakeCommit(leaf=leaf, kind=CommitKind.TASK))


def _after_repair(run: Run, leaf: Leaf | None, *, changed: bool) -> Run:
    if run.answering:
        # Words alone may be all that it takes; the gates then say what the branch is worth.
        step = MakeCommit(leaf=None, kind=CommitKind.FEEDBACK) if changed else CheckGates(scope=Scope.FINAL)
        return replace(run, step=step, answering=changed)
    if changed:
        return replace(run, step=MakeCommit(leaf=leaf, kind=CommitKind.REPAIR, round=run.repairs))
    # Nothing was changed, so the gates would say the same again.
    return _red(run, run.gates, leaf)


# After a commit


def _after_commit(run: Run, made: MakeCommit) -> Run:
    match made.kind:
        case CommitKind.TASK | CommitKind.CHECKPOINT:
            assert made.leaf is not None
            return _next_leaf(run, made.leaf)
        case CommitKind.PARTIAL | CommitKind.UNTICK:
            return _begin_leaf(run)
        case CommitKind.FEEDBACK:
            return _begin_leaf(replace(run, answering=False, answered=True))
        case CommitKind.TASK_FILE:
            assert run.verdict is not None
            return _finish(run, run.verdict, None)
        case CommitKind.REPAIR:
            if run.stopping is not None:
                return _begin_leaf(run)
            scope = Scope.FINAL if made.leaf is None else Scope.CHECKPOINT
            return replace(run, step=CheckGates(scope=scope, leaf=made.leaf))


# After the gates


def _after_gates(run: Run, asked: CheckGates, results: tuple[GateResult, ...]) -> Run:
    if asked.scope is Scope.MUST_FAIL:
        assert asked.leaf is not None
        return _after_must_fail(run, asked.leaf, results)
    judged = results if asked.scope is Scope.FINAL else _only_tests(results)
    if red_verdict(judged) is not None:
        return _repair_or_red(run, asked, judged)
    match asked.scope:
        case Scope.TASK:
            return replace(run, step=MakeCommit(leaf=asked.leaf, kind=CommitKind.TASK))
        case Scope.CHECKPOINT:
            return replace(run, step=MakeCommit(leaf=asked.leaf, kind=CommitKind.CHECKPOINT))
        case _:
            # Work of an earlier attempt counts: a resumed run that only had gates left has done the spec.
            done = bool(run.done) or bool(run.repairs) or run.answered
            if run.skipped and not done:
                return _finish(run, Verdict.NEEDS_INPUT, why.all_skipped(run.skipped))
            return _all_good(run, Verdict.DONE if done else Verdict.ALREADY_DONE)


def _all_good(run: Run, verdict: Verdict) -> Run:
    if run.rules.sheds_task_file and not run.open_besides:
        return replace(run, step=MakeCommit(leaf=None, kind=CommitKind.TASK_FILE), verdict=verdict)
    return _finish(run, verdict, None)


def _repair_or_red(run: Run, asked: CheckGates, results: tuple[GateResult, ...]) -> Run:
    # A spec with nothing open and no work of ours on its branch is reported, not rewritten.
    may_repair = bool(run.plan) or run.worked_before
    if not may_repair or run.repairs >= run.rules.repair_rounds:
        return _red(run, results, asked.leaf)
    findings = tuple(finding for result in results if result.color in _BAD for finding in result.findings)
    step = Implement(leaf=asked.leaf, ask=Ask.REPAIR, findings=findings, round=run.repairs + 1)
    return replace(run, step=step, repairs=run.repairs + 1, told=False)


def _red(run: Run, results: tuple[GateResult, ...], leaf: Leaf | None) -> Run:
    verdict = red_verdict(results) or Verdict.GATE_RED
    worst = next((result for result in results if result.color in _BAD), None)
    first = worst.findings[0] if worst and worst.findings else None
    cause = Cause(
        verdict=verdict,
        code=first.code if first else f"gate.{worst.gate}" if worst else "gate.red",
        message=worst.summary if worst else "A gate is red.",
        kept="The work is pushed; the pull request is a draft with the findings.",
        next_step=first.cure if first and first.cure else "Mend it on the branch, then run: kiro-worker resume",
        task=leaf.id if leaf else "",
        step="test",
        output=why.last_lines(worst.output if worst else ""),
    )
    if leaf is not None and leaf.purpose is Purpose.WORK:
        return _salvage(run, leaf, cause)
    if run.phantoms and leaf is None:
        taken_back = MakeCommit(leaf=None, kind=CommitKind.UNTICK, unticked=run.phantoms)
        done = tuple(task for task in run.done if task not in run.phantoms)
        return replace(run, step=taken_back, stopping=cause, done=done, phantoms=())
    return _finish(run, verdict, cause)


def _after_must_fail(run: Run, leaf: Leaf, results: tuple[GateResult, ...]) -> Run:
    tests = _only_tests(results)
    if any(result.color is Color.ERROR for result in tests) or not tests:
        return _red(run, results, leaf)
    if any(result.color is Color.RED for result in tests):
        return replace(run, step=MakeCommit(leaf=leaf, kind=CommitKind.TASK))
    if not run.told:
        return replace(run, step=Implement(leaf=leaf, ask=Ask.STILL_PASSES), told=True)
    cause = Cause(
        verdict=Verdict.NEEDS_INPUT,
        code="task.bug-not-shown",
        message=f"The test of task {leaf.id} passes on the unfixed code, so it does not show the bug.",
        kept="The test is pushed, the task stays open.",
        next_step="Say in bugfix.md how the bug shows itself, push, then run: kiro-worker resume",
        task=leaf.id,
        step="test",
    )
    return _salvage(run, leaf, cause)


_BAD = frozenset({Color.RED, Color.ERROR})

# The gate that is red where a tick has nothing behind it.
_EVIDENCE = "evidence"


def red_verdict(results: tuple[GateResult, ...]) -> Verdict | None:
    """The verdict that gate results call for, None when all are green or have nothing to look at."""
    bad = {result.gate for result in results if result.color in _BAD}
    if "tests" in bad:
        return Verdict.TESTS_RED
    if "coverage" in bad:
        return Verdict.COVERAGE_LOW
    if _EVIDENCE in bad:
        return Verdict.PHANTOM
    return Verdict.GATE_RED if bad else None


def _only_tests(results: tuple[GateResult, ...]) -> tuple[GateResult, ...]:
    # Half-built code is rarely covered yet: coverage and the rest are asked for at the end.
    return tuple(result for result in results if result.gate == "tests")


# The end


# After these nothing more may be written to the forge: the branch is not ours, or is not what we made.
_NOT_PUBLISHED = frozenset({Verdict.LEASE_LOST, Verdict.BUSY, Verdict.BRANCH_MOVED, Verdict.GIT_FAULT})


def _finish(run: Run, verdict: Verdict, cause: Cause | None) -> Run:
    ended = replace(run, verdict=verdict, cause=cause, stopping=None)
    publish = run.prepared and verdict not in _NOT_PUBLISHED
    return replace(ended, step=Publish() if publish else Report())


def _stop(run: Run, cause: Cause) -> Run:
    match run.step:
        case Implement() | Consult() as asked:
            return _salvage(run, asked.leaf, replace(cause, task=asked.leaf.id if asked.leaf else ""))
        case Inspect() | MakeCommit():
            return run if run.stopping else replace(run, stopping=cause)
        case Publish() | Report() | Clean() | End():
            return run
        case CheckGates(leaf=leaf) if leaf is not None and leaf.purpose is not Purpose.CHECKPOINT:
            return _salvage(run, leaf, replace(cause, task=leaf.id))
        case _:
            return _finish(run, cause.verdict, cause)


def _carry_on(run: Run, cause: Cause) -> Run:
    """A step of the ending failed: the rest of it is still done, and a good verdict does not survive it."""
    spoilt = run.verdict in {Verdict.DONE, Verdict.ALREADY_DONE} or cause.verdict is Verdict.LEASE_LOST
    marked = replace(run, verdict=cause.verdict, cause=cause) if spoilt or run.cause is None else run
    match run.step:
        case Publish():
            return replace(marked, step=Report())
        case Report():
            return replace(marked, step=Clean())
        case _:
            return replace(marked, step=End())


def findings_of(results: tuple[GateResult, ...]) -> tuple[Finding, ...]:
    """All that the gates found, worst gates first."""
    return tuple(
        finding for result in sorted(results, key=lambda each: each.color not in _BAD) for finding in result.findings
    )
