"""The gate over ticks."""

from dataclasses import replace

from kiro_worker.evidence.gate import judge_ticks, taken_back, with_criteria
from kiro_worker.evidence.model import Phantom
from kiro_worker.gate.port import Color, Finding, GateResult
from kiro_worker.testing.evidence_sample import sample_evidence

NO_WORK = Phantom(task="1.1", commit="a", why="Its commits change nothing besides the spec.", criteria=("1.1",))
NO_TEST = Phantom(task="1.2", commit="b", why="No passing test …", worked=True, criteria=("1.2", "1.3"))
EVIDENCE = replace(sample_evidence(), phantoms=(NO_WORK, NO_TEST))


def test_ticks_that_nothing_backs_are_red_and_are_taken_back():
    result = judge_ticks(EVIDENCE)
    assert (result.gate, result.color) == ("evidence", Color.RED)
    assert result.summary == "2 ticked tasks that nothing backs: 1.1, 1.2"
    assert [finding.code for finding in result.findings] == ["evidence.no-work", "evidence.no-test"]
    assert "Validates: 1.2, 1.3" in result.findings[1].cure
    assert result.findings[0].path == ".kiro/specs/parcel-rates/tasks.md"
    assert taken_back(EVIDENCE) == ("1.1", "1.2")


def test_a_tick_without_a_test_may_only_be_told_and_one_without_work_never():
    result = judge_ticks(EVIDENCE, tests_block=False)
    assert (result.color, result.summary) == (Color.RED, "1 ticked task that nothing backs: 1.1")
    assert [finding.code for finding in result.findings] == ["evidence.no-work", "evidence.no-test.told"]
    assert taken_back(EVIDENCE, tests_block=False) == ("1.1",)
    told = judge_ticks(replace(EVIDENCE, phantoms=(NO_TEST,)), tests_block=False)
    assert (told.color, told.summary) == (Color.GREEN, "1 ticked without a test")


def test_where_every_tick_is_backed_it_is_green():
    result = judge_ticks(replace(EVIDENCE, phantoms=()))
    assert (result.color, result.findings, result.summary) == (Color.GREEN, (), "every tick of the worker is backed")


def test_a_finding_about_a_test_says_which_criterion_it_speaks_for():
    first = next(each for each in EVIDENCE.criteria if each.tests)
    hollow = Finding(code="bite.hollow", title=first.tests[0].id, detail="It passes without the change.")
    other = Finding(code="bite.none", title="Nothing bites.")
    bite, tests = with_criteria(
        (
            GateResult(gate="bite", color=Color.RED, summary="", findings=(hollow, other)),
            GateResult(gate="tests", color=Color.RED, summary="", findings=(hollow,)),
        ),
        EVIDENCE,
    )
    assert bite.findings[0].detail == f"It passes without the change.\nIt speaks for criterion {first.id}."
    assert (bite.findings[1], tests.findings) == (other, (hollow,))
