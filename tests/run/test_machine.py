"""Every hard question of a run, as a table without any I/O."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiro_worker.agent.port import TurnOutcome
from kiro_worker.error import Fault
from kiro_worker.gate.port import Color, Finding, GateResult
from kiro_worker.run.facts import (
    Admit,
    Admitted,
    Ask,
    Cause,
    CheckGates,
    Clean,
    Cleaned,
    CommitKind,
    Committed,
    End,
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
    Stopped,
    TakeLease,
    TurnOver,
)
from kiro_worker.run.machine import ImpossibleFact, Run, advance
from kiro_worker.run.verdict import MEANINGS, Verdict, exit_status, verdict_of

ONE, TWO = Leaf("1.1", "one"), Leaf("1.2", "two")
CHECKPOINT = Leaf("2", "Checkpoint", Purpose.CHECKPOINT)
SHOWS_BUG = Leaf("1", "Write a test that shows the bug", Purpose.MUST_FAIL)

LOOKED = Inspected(changed=3)
NOTHING = Inspected(changed=0)
SPOKE = TurnOver(outcome=TurnOutcome.ENDED)


def gate(name: str, color: Color) -> GateResult:
    found = () if color is Color.GREEN else (Finding(code=f"{name}.bad", title="bad", cure="mend it"),)
    return GateResult(gate=name, color=color, summary=f"{name} is {color}", findings=found)


def judged(tests: Color = Color.GREEN, coverage: Color = Color.GREEN, **others: Color) -> GatesJudged:
    more = tuple(gate(name, color) for name, color in others.items())
    return GatesJudged((gate("tests", tests), gate("coverage", coverage), *more))


GREEN = judged()
RED = judged(tests=Color.RED)
TERM = Stopped(Cause(verdict=Verdict.INTERRUPTED, code="run.interrupted", message="SIGTERM"))


def started(*plan: Leaf, rules: Rules | None = None, **more) -> Run:
    admitted = Admitted(plan=plan, rules=rules or Rules(), **more)
    return after(Run(), admitted, Leased(), Prepared())


def after(run: Run, *facts) -> Run:
    for fact in facts:
        run, step = advance(run, fact)
        assert step == run.step
    return run


def steps(run: Run, *facts) -> list:
    taken = [run.step]
    for fact in facts:
        run, step = advance(run, fact)
        taken.append(step)
    return taken


ENDING = (Published(), Reported(), Cleaned())


def test_a_run_of_two_tasks_goes_the_whole_way():
    assert steps(
        Run(), Admitted(plan=(ONE, TWO)), Leased(), Prepared(),
        SPOKE, LOOKED, Committed(), SPOKE, LOOKED, Committed(), GREEN, *ENDING,
    ) == [
        Admit(), TakeLease(), Prepare(),
        Implement(leaf=ONE), Inspect(leaf=ONE), MakeCommit(leaf=ONE, kind=CommitKind.TASK),
        Implement(leaf=TWO), Inspect(leaf=TWO), MakeCommit(leaf=TWO, kind=CommitKind.TASK),
        CheckGates(scope=Scope.FINAL), Publish(), Report(), Clean(), End(),
    ]  # fmt: skip


STEERED = Rules(steers=True)


def test_standards_are_brought_up_to_date_before_the_first_task():
    assert steps(Run(), Admitted(plan=(ONE,), rules=STEERED), Leased(), Prepared(), Steered())[2:] == [
        Prepare(), Steer(), Implement(leaf=ONE),
    ]  # fmt: skip


def test_a_branch_that_is_only_looked_at_is_not_steered():
    assert started(rules=STEERED).step == CheckGates(scope=Scope.FINAL)


@pytest.mark.parametrize("fact", [TERM, Failed(Cause(verdict=Verdict.CONFIG, code="power.refused", message="hostile"))])
def test_a_run_that_ends_while_it_is_steered_has_asked_no_agent(fact):
    run = after(started(ONE, rules=STEERED), fact)
    assert (run.step, run.verdict, run.cause) == (Publish(), fact.cause.verdict, fact.cause)


def test_all_tasks_done_and_gates_green_is_done_and_ready():
    run = after(started(ONE), SPOKE, LOOKED, Committed(), GREEN)
    assert (run.verdict, run.draft, run.done) == (Verdict.DONE, False, ("1.1",))


def test_a_done_selection_stays_a_draft_while_other_required_tasks_are_open():
    run = after(started(ONE, open_besides=1), SPOKE, LOOKED, Committed(), GREEN)
    assert (run.verdict, run.draft) == (Verdict.DONE, True)


def test_nothing_open_still_asks_the_gates():
    run = started()
    assert run.step == CheckGates(scope=Scope.FINAL)
    assert after(run, GREEN).verdict is Verdict.ALREADY_DONE
    assert after(run, RED).verdict is Verdict.TESTS_RED


def test_red_gates_are_repaired_on_a_branch_that_a_worker_has_worked_on():
    run = after(started(worked_before=True), RED)
    assert isinstance(run.step, Implement)
    assert run.step.ask is Ask.REPAIR


@pytest.mark.parametrize(
    ("results", "verdict"),
    [
        (RED, Verdict.TESTS_RED),
        (judged(tests=Color.ERROR), Verdict.TESTS_RED),
        (judged(coverage=Color.RED), Verdict.COVERAGE_LOW),
        (judged(coverage=Color.ERROR), Verdict.COVERAGE_LOW),
        (judged(lint=Color.RED), Verdict.GATE_RED),
        (judged(tests=Color.RED, coverage=Color.RED, lint=Color.RED), Verdict.TESTS_RED),
        (judged(evidence=Color.RED, lint=Color.RED), Verdict.PHANTOM),
        (judged(evidence=Color.RED, coverage=Color.RED), Verdict.COVERAGE_LOW),
        (judged(coverage=Color.NOT_APPLICABLE), Verdict.DONE),
    ],
)
def test_gates_decide_the_verdict_when_no_repair_is_left(results, verdict):
    run = after(started(ONE, rules=Rules(repair_rounds=0)), SPOKE, LOOKED, Committed(), results)
    assert run.verdict is verdict
    assert run.draft is (verdict is not Verdict.DONE)


def test_red_gates_are_handed_back_at_most_as_often_as_set():
    run = after(started(ONE, rules=Rules(repair_rounds=2)), SPOKE, LOOKED, Committed())
    for number in (1, 2):
        run = after(run, RED)
        assert run.step == Implement(
            leaf=None, ask=Ask.REPAIR, findings=gate("tests", Color.RED).findings, round=number
        )
        run = after(run, SPOKE, LOOKED)
        assert run.step == MakeCommit(leaf=None, kind=CommitKind.REPAIR, round=number)
        run = after(run, Committed())
    assert after(run, GREEN).verdict is Verdict.DONE
    assert after(run, RED).verdict is Verdict.TESTS_RED


def test_a_repair_that_changes_nothing_is_not_judged_again():
    run = after(started(ONE), SPOKE, LOOKED, Committed(), RED, SPOKE, NOTHING)
    assert (run.step, run.verdict) == (Publish(), Verdict.TESTS_RED)
    assert run.cause is not None
    assert run.cause.next_step == "mend it"


def test_a_tick_that_nothing_backs_is_handed_back_and_then_taken_back():
    red = GatesJudged(judged(evidence=Color.RED).results, phantoms=("1.2",))
    run = after(started(ONE, TWO, rules=Rules(repair_rounds=1)), SPOKE, LOOKED, Committed(), SPOKE, LOOKED, Committed())
    run = after(run, red)
    assert run.step == Implement(leaf=None, ask=Ask.REPAIR, findings=gate("evidence", Color.RED).findings, round=1)
    assert after(run, SPOKE, LOOKED, Committed(), GREEN).verdict is Verdict.DONE
    for again in ((SPOKE, NOTHING), (SPOKE, LOOKED, Committed(), red)):
        ended = after(run, *again)
        assert ended.step == MakeCommit(leaf=None, kind=CommitKind.UNTICK, unticked=("1.2",))
        ended = after(ended, Committed())
        assert (ended.step, ended.verdict, ended.draft, ended.done) == (Publish(), Verdict.PHANTOM, True, ("1.1",))


def test_a_task_file_leaves_the_branch_once_all_is_done_and_never_before():
    rules = Rules(repair_rounds=0, sheds_task_file=True)
    done = after(started(ONE, rules=rules), SPOKE, LOOKED, Committed(), GREEN)
    assert done.step == MakeCommit(leaf=None, kind=CommitKind.TASK_FILE)
    ended = after(done, Committed())
    assert (ended.step, ended.verdict, ended.draft) == (Publish(), Verdict.DONE, False)
    red = GatesJudged(judged(tests=Color.RED).results)
    assert after(started(ONE, rules=rules), SPOKE, LOOKED, Committed(), red).step == Publish()


REMARK = Finding(code="feedback.remark", title="A reviewer (ada) says", detail="Louder!")


def test_feedback_is_seen_to_after_the_plan_and_the_gates_decide_what_it_came_to():
    begun = started(ONE, feedback=(REMARK,))
    asked = after(begun, SPOKE, LOOKED, Committed())
    assert asked.step == Implement(leaf=None, ask=Ask.FEEDBACK, findings=(REMARK,))
    changed = after(asked, SPOKE, LOOKED)
    assert changed.step == MakeCommit(leaf=None, kind=CommitKind.FEEDBACK)
    assert after(changed, Committed(), GREEN).verdict is Verdict.DONE
    red = GatesJudged(judged(tests=Color.RED).results)
    assert after(changed, Committed(), red).step == Implement(
        leaf=None, ask=Ask.REPAIR, findings=gate("tests", Color.RED).findings, round=1
    )


def test_feedback_that_changes_nothing_is_judged_like_a_branch_that_was_done():
    asked = after(started(feedback=(REMARK,)), SPOKE)
    ended = after(asked, NOTHING, GREEN)
    assert (ended.verdict, ended.answering) == (Verdict.ALREADY_DONE, False)


def test_no_tick_is_taken_back_twice_and_none_by_a_run_that_may_not_repair():
    red = GatesJudged(judged(evidence=Color.RED).results, phantoms=("1.2",))
    assert after(started(), red).step == MakeCommit(leaf=None, kind=CommitKind.UNTICK, unticked=("1.2",))
    ended = after(started(), red, Committed())
    assert (ended.step, ended.verdict, ended.phantoms) == (Publish(), Verdict.PHANTOM, ())


def test_a_leaf_without_a_change_is_asked_for_once_more_and_then_a_phantom():
    run = after(started(ONE, TWO), SPOKE, NOTHING)
    assert run.step == Implement(leaf=ONE, ask=Ask.NOTHING_CHANGED)
    assert after(run, SPOKE, LOOKED).step == MakeCommit(leaf=ONE, kind=CommitKind.TASK)
    ended = after(run, TurnOver(outcome=TurnOutcome.ENDED, output="Which one? Tell me."), NOTHING)
    assert (ended.verdict, ended.step, ended.draft) == (Verdict.PHANTOM, Publish(), True)
    assert ended.cause is not None
    assert ended.cause.task == "1.1"
    # It is not said to have claimed anything: a person reads what it said.
    assert ended.cause.message == "The agent ended task 1.1 twice and left no change behind."
    assert ended.cause.output == "Which one? Tell me."


def test_a_leaf_of_which_all_was_saved_when_it_broke_off_is_done_and_the_gates_judge_it():
    begun = replace(ONE, begun=True)
    whole = Inspected(changed=0, saved=2)
    assert after(started(begun), SPOKE, whole).step == MakeCommit(leaf=begun, kind=CommitKind.TASK)
    # What somebody took back since is not there.
    assert after(started(begun), SPOKE, NOTHING).step == Implement(leaf=begun, ask=Ask.NOTHING_CHANGED)
    # Without what only a person could have allowed, it is not whole; and somebody who looks at each diff has none here.
    wanting = replace(SPOKE, asks=(Finding(code="permission.needs-person", title="npm install"),))
    assert isinstance(after(started(begun), wanting, whole).step, Implement)
    assert isinstance(after(started(begun, rules=Rules(guided=True)), SPOKE, whole).step, Implement)


def test_each_leaf_has_its_own_second_chance():
    run = after(started(ONE, TWO), SPOKE, NOTHING, SPOKE, LOOKED, Committed(), SPOKE, NOTHING)
    assert run.step == Implement(leaf=TWO, ask=Ask.NOTHING_CHANGED)


def test_a_violation_is_undone_and_told_once_and_a_repeat_is_refused():
    undone = Inspected(changed=1, undone=(Finding(code="path.outside", title="wrote outside", cure="Stay inside."),))
    run = after(started(ONE), SPOKE, undone)
    assert run.step == Implement(leaf=ONE, ask=Ask.UNDONE, findings=undone.undone)
    assert after(run, SPOKE, LOOKED).step == MakeCommit(leaf=ONE, kind=CommitKind.TASK)
    refused = after(run, SPOKE, undone)
    assert (refused.verdict, refused.step) == (Verdict.REFUSED, Publish())
    # What the agent is told is nothing that a person could do.
    assert "Stay inside" not in refused.cause.next_step
    assert refused.cause.next_step.endswith("Then run: kiro-worker resume")


def test_a_prompt_that_the_service_turned_away_is_asked_again_so_often_and_no_more():
    away = TurnOver(outcome=TurnOutcome.THROTTLED)
    run = started(ONE, rules=Rules(throttle_retries=2))
    for attempt in (1, 2):
        run = after(run, away)
        assert run.step == Implement(leaf=ONE, attempt=attempt)
    assert after(run, SPOKE).step == Inspect(leaf=ONE)
    assert after(run, away).step == Inspect(leaf=ONE, salvage=True)


def test_files_that_fill_the_disk_are_not_even_looked_at():
    ended = after(started(ONE), TurnOver(outcome=TurnOutcome.OVER_BUDGET, detail="too much", spoilt=True))
    assert (ended.verdict, ended.cause.code, ended.step) == (Verdict.BUDGET, "agent.fills-disk", Publish())


def test_changes_that_use_up_a_budget_are_saved_and_end_the_run():
    over = Inspected(changed=3, over="50 of the 40 changed lines for task 1.1 are used (125 %)")
    saved = after(started(ONE, TWO), SPOKE, over)
    assert saved.step == MakeCommit(leaf=ONE, kind=CommitKind.PARTIAL)
    ended = after(saved, Committed())
    assert (ended.verdict, ended.cause.code, ended.done) == (Verdict.BUDGET, "run.budget", ())


@pytest.mark.parametrize(
    ("outcome", "verdict"),
    [
        (TurnOutcome.SILENT, Verdict.STALLED),
        (TurnOutcome.TIMED_OUT, Verdict.TIMEOUT),
        (TurnOutcome.OVER_BUDGET, Verdict.BUDGET),
        (TurnOutcome.CRASHED, Verdict.AGENT_FAULT),
        (TurnOutcome.CONFIG, Verdict.CONFIG),
        (TurnOutcome.LOGGED_OUT, Verdict.AGENT_FAULT),
        (TurnOutcome.THROTTLED, Verdict.AGENT_FAULT),
        (TurnOutcome.EXHAUSTED, Verdict.AGENT_FAULT),
        (TurnOutcome.PROTOCOL, Verdict.AGENT_FAULT),
        (TurnOutcome.REFUSED, Verdict.AGENT_FAULT),
    ],
)
def test_a_turn_that_breaks_off_saves_its_work_without_a_tick(outcome, verdict):
    turn = TurnOver(outcome=outcome, detail="its own words", output="first\nlast")
    run = after(started(ONE, TWO, rules=Rules(throttle_retries=0)), turn)
    assert (run.stopping.task, run.stopping.step, run.stopping.output) == ("1.1", "implement", "first\nlast")
    assert run.step == Inspect(leaf=ONE, salvage=True)
    saved = after(run, LOOKED)
    assert saved.step == MakeCommit(leaf=ONE, kind=CommitKind.PARTIAL)
    ended = after(saved, Committed())
    assert (ended.verdict, ended.step, ended.done) == (verdict, Publish(), ())
    assert ended.cause.kept == "What was finished is pushed, and what was begun, without its tick."
    assert after(run, NOTHING).step == Publish()


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (TurnOutcome.LOGGED_OUT, "Log the agent in"),
        (TurnOutcome.NOT_STARTED, "kiro-worker doctor"),
        (TurnOutcome.THROTTLED, "Wait a while"),
        (TurnOutcome.EXHAUSTED, "allowance"),
        (TurnOutcome.SILENT, "limits.silence"),
        (TurnOutcome.TIMED_OUT, "limits.turn"),
        (TurnOutcome.CRASHED, "Run: kiro-worker resume"),
    ],
)
def test_a_turn_that_breaks_off_says_what_to_do_before_going_on(outcome, words):
    run = after(started(ONE, rules=Rules(throttle_retries=0)), TurnOver(outcome=outcome, detail="its own words"))
    assert words in run.stopping.next_step
    assert run.stopping.next_step.endswith("un: kiro-worker resume")


def test_many_lines_about_a_turn_make_one_sentence_and_the_rest_of_them_an_output():
    detail = "It ended with status 3. Error: no such file\nat main.js:3"
    run = after(started(ONE), TurnOver(outcome=TurnOutcome.CRASHED, detail=detail))
    assert run.stopping.message == "The agent ended with status 3. Error: no such file"
    assert run.stopping.output == "at main.js:3"


def test_an_agent_that_never_began_and_left_changes_is_told_with_them():
    silent = TurnOver(outcome=TurnOutcome.NOT_STARTED, detail="It ended with status 1.")
    looked = after(started(ONE), silent)
    assert after(looked, Inspected(changed=0)).cause.message == "The agent ended with status 1."
    for changed, files in ((1, "1 file"), (3, "3 files")):
        told = after(looked, Inspected(changed=changed)).stopping.message
        assert told == f"The agent ended with status 1. By then it had changed {files}."
    crashed = after(started(ONE), TurnOver(outcome=TurnOutcome.CRASHED, detail=silent.detail), Inspected(changed=1))
    assert crashed.stopping.message == "The agent ended with status 1."


def test_an_answer_cut_short_is_continued_once():
    short = TurnOver(outcome=TurnOutcome.CUT_SHORT)
    run = after(started(ONE), short)
    assert run.step == Implement(leaf=ONE, ask=Ask.CUT_SHORT)
    assert after(run, short, NOTHING).verdict is Verdict.AGENT_FAULT


def test_a_question_of_the_agent_needs_input():
    run = after(started(ONE), TurnOver(outcome=TurnOutcome.ENDED, question="Which database?"), NOTHING)
    assert run.verdict is Verdict.NEEDS_INPUT
    assert run.cause is not None
    assert run.cause.message == "Which database?"


def test_a_checkpoint_calls_no_agent_while_the_tests_are_green():
    run = started(CHECKPOINT)
    assert run.step == CheckGates(scope=Scope.CHECKPOINT, leaf=CHECKPOINT)
    ticked = after(run, judged(coverage=Color.RED))
    assert ticked.step == MakeCommit(leaf=CHECKPOINT, kind=CommitKind.CHECKPOINT)


def test_a_red_checkpoint_is_repaired_and_looked_at_again():
    run = after(started(CHECKPOINT), RED)
    assert isinstance(run.step, Implement)
    assert run.step.leaf == CHECKPOINT
    again = after(run, SPOKE, LOOKED, Committed())
    assert again.step == CheckGates(scope=Scope.CHECKPOINT, leaf=CHECKPOINT)
    assert after(again, GREEN, Committed()).step == CheckGates(scope=Scope.FINAL)


def test_the_repairs_of_a_checkpoint_are_not_taken_from_the_end():
    run = after(
        started(CHECKPOINT, rules=Rules(repair_rounds=1)), RED, SPOKE, LOOKED, Committed(), GREEN, Committed(), RED
    )
    assert isinstance(run.step, Implement)


def test_the_test_of_a_bug_must_fail_before_the_fix():
    run = after(started(SHOWS_BUG), SPOKE, LOOKED)
    assert run.step == CheckGates(scope=Scope.MUST_FAIL, leaf=SHOWS_BUG)
    assert after(run, RED).step == MakeCommit(leaf=SHOWS_BUG, kind=CommitKind.TASK)
    told = after(run, GREEN)
    assert told.step == Implement(leaf=SHOWS_BUG, ask=Ask.STILL_PASSES)
    asked = after(told, SPOKE, LOOKED, GREEN, LOOKED, Committed())
    assert (asked.verdict, asked.done) == (Verdict.NEEDS_INPUT, ())


def test_gates_after_each_task_when_set():
    run = after(started(ONE, rules=Rules(gate_each_task=True, repair_rounds=1)), SPOKE, LOOKED)
    assert run.step == CheckGates(scope=Scope.TASK, leaf=ONE)
    assert after(run, GREEN).step == MakeCommit(leaf=ONE, kind=CommitKind.TASK)
    repaired = after(run, RED, SPOKE, LOOKED)
    assert repaired.step == CheckGates(scope=Scope.TASK, leaf=ONE)
    saved = after(repaired, RED)
    assert saved.step == Inspect(leaf=ONE, salvage=True)
    assert after(saved, LOOKED, Committed()).verdict is Verdict.TESTS_RED


def test_being_stopped_during_a_turn_saves_the_work():
    run = after(started(ONE), TERM)
    assert run.step == Inspect(leaf=ONE, salvage=True)
    ended = after(run, LOOKED, Committed())
    assert (ended.verdict, ended.step) == (Verdict.INTERRUPTED, Publish())


def test_being_stopped_during_a_commit_lets_the_commit_finish():
    run = after(started(ONE, TWO), SPOKE, LOOKED, TERM)
    assert run.step == MakeCommit(leaf=ONE, kind=CommitKind.TASK)
    ended = after(run, Committed())
    assert (ended.verdict, ended.done) == (Verdict.INTERRUPTED, ("1.1",))


@pytest.mark.parametrize("facts", [(), (Admitted(plan=(ONE,)),), (Admitted(plan=(ONE,)), Leased())])
def test_being_stopped_before_there_is_work_publishes_nothing(facts):
    assert after(Run(), *facts, TERM).step == Report()


def test_being_stopped_while_ending_changes_nothing():
    run = after(started(ONE), SPOKE, LOOKED, Committed(), GREEN)
    assert after(run, TERM) == run


@pytest.mark.parametrize("verdict", [Verdict.LEASE_LOST, Verdict.BRANCH_MOVED, Verdict.GIT_FAULT])
def test_nothing_is_published_when_the_branch_is_not_what_we_made(verdict):
    lost = Failed(Cause(verdict=verdict, code="x", message="x"))
    run = after(started(ONE), SPOKE, LOOKED, lost)
    assert (run.step, run.verdict) == (Report(), verdict)


def test_a_good_verdict_does_not_survive_a_forge_that_fails():
    fault = Failed(Cause(verdict=Verdict.FORGE_FAULT, code="forge.fault", message="503"))
    good = after(started(ONE), SPOKE, LOOKED, Committed(), GREEN, fault)
    assert (good.verdict, good.step) == (Verdict.FORGE_FAULT, Report())
    red = after(started(ONE, rules=Rules(repair_rounds=0)), SPOKE, LOOKED, Committed(), RED, fault)
    assert red.verdict is Verdict.TESTS_RED


def test_a_fact_that_cannot_be_is_a_bug_of_the_shell():
    with pytest.raises(ImpossibleFact, match="Committed during admit"):
        advance(Run(), Committed())


ANY = (
    Leased(), Prepared(), Steered(), SPOKE, LOOKED, NOTHING, Committed(), GREEN, RED, TERM, *ENDING,
    TurnOver(outcome=TurnOutcome.CRASHED), Inspected(changed=1, undone=(Finding(code="c", title="t"),)),
    Failed(Cause(verdict=Verdict.GIT_FAULT, code="g", message="m")),
)  # fmt: skip


@given(st.lists(st.sampled_from(ANY), max_size=60))
def test_whatever_happens_in_possible_order_a_run_ends_with_a_verdict(facts):
    run = after(Run(), Admitted(plan=(ONE, CHECKPOINT, TWO), rules=STEERED))
    for fact in facts:
        try:
            run, _ = advance(run, fact)
        except ImpossibleFact:
            continue
    if isinstance(run.step, End | Report | Clean | Publish):
        assert run.verdict is not None
        assert run.verdict in {Verdict.DONE, Verdict.ALREADY_DONE} or run.cause is not None


def test_every_verdict_has_a_meaning_and_only_success_exits_with_zero():
    assert set(MEANINGS) == set(Verdict)
    assert {verdict for verdict in Verdict if exit_status(verdict) == 0} == {Verdict.DONE, Verdict.ALREADY_DONE}
    statuses = [exit_status(verdict) for verdict in Verdict if exit_status(verdict)]
    assert len(statuses) == len(set(statuses))
    assert exit_status(Verdict.INTERRUPTED, terminated=True) == 143


def test_every_fault_has_a_verdict():
    assert all(verdict_of(fault) in Verdict for fault in Fault)
