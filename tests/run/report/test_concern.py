from dataclasses import asdict, replace

import pytest

from kiro_worker.changeset import ChangedFile, ChangeSet, How, Hunk
from kiro_worker.evidence.model import State
from kiro_worker.gate.tamper.judge import judge_tamper
from kiro_worker.run.report.concern import Weight, concerns
from run.report.proven import COUNTS, HEAD, criterion, finding, judged, proven


def quiet(run):
    gates = ({**run.gates[0], "tests": {**COUNTS, "skipped": 0, "flaky": 0}}, run.gates[1])
    return replace(run, notes=(), gates=gates)


def gate(name, color="green", *findings):
    return {
        "gate": name, "color": color, "summary": f"{name} says {color}", "seconds": 0.1, "findings": list(findings),
        "findings_left_out": 0, "command": "", "tests": None, "coverage": None,
    }  # fmt: skip


def with_gates(run, *gates):
    return replace(quiet(run), gates=(*quiet(run).gates, *gates))


def titles(run):
    return [concern.title for concern in concerns(run)]


def test_where_all_is_well_nothing_needs_anybody(run):
    assert concerns(proven(quiet(run), [criterion("1.1")])) == ()


def test_what_blocks_comes_before_what_is_only_told(run):
    found = concerns(
        with_gates(
            run, gate("scope", "green", finding("a.py is named by no task")), gate("tamper", "red", finding("skip"))
        )
    )
    assert [(each.weight, each.title) for each in found] == [
        (Weight.BLOCKS, "Tests or checks were weakened"),
        (Weight.LOOK, "Files that no task names"),
    ]


def test_a_gate_that_could_not_look_blocks_even_without_a_finding(run):
    (found,) = concerns(with_gates(run, gate("lint", "error")))
    assert (found.weight, found.title, found.items[0].text) == (Weight.BLOCKS, "lint could not look", "lint says error")


@pytest.mark.parametrize(
    ("state", "title"),
    [
        (State.MISSING, "Criteria that nothing shows"),
        (State.STALE, "Criteria whose proof is out of date"),
        (State.WEAK, "Criteria that are only weakly shown"),
        (State.NOT_TESTABLE, "Criteria for a person to look at"),
    ],
)
def test_each_criterion_that_is_not_proved_is_named_with_why(run, state, title):
    (found,) = concerns(proven(quiet(run), [criterion("1.1"), criterion("1.2", state)]))
    assert found.title == title
    assert [(item.lead, bool(item.text)) for item in found.items] == [("1.2", True)]


def test_a_criterion_whose_task_is_still_open_is_no_concern(run):
    assert concerns(proven(quiet(run), [criterion("1.1", State.MISSING, done=False)])) == ()


def test_a_changed_file_that_tests_hardly_run_is_named_with_its_lines_and_a_covered_one_is_not(run):
    (found,) = [each for each in concerns(judged(run)) if "no test runs" in each.title]
    (item,) = found.items
    assert (item.path, item.line) == ("src/lock.py", 14)
    assert item.text == "11 of 22 runnable changed lines run; lines 14-19, 40-44 never run"


def test_a_file_above_the_threshold_of_the_change_is_no_concern(run):
    told = judged(run)
    coverage = {**told.gates[1]["coverage"], "changed_threshold": 50.0}
    run = replace(told, gates=(told.gates[0], {**told.gates[1], "coverage": coverage}))
    assert "Changed lines that no test runs" not in titles(run)


def test_lines_that_nothing_saw_are_counted(run):
    (found,) = concerns(replace(quiet(run), looked={"lines": 40, "tests": 30, "nothing": 4}))
    assert found.items[0].text.startswith("4 of 40 changed lines of code: run by no test")


def test_lines_are_not_said_to_be_run_by_no_test_where_that_was_not_measured(run):
    (found,) = concerns(replace(quiet(run), looked={"lines": 3, "nothing": 3}))
    assert found.title == "Lines that nothing is known to have looked at"
    assert "what tests run was not measured" in found.items[0].text


def test_the_sentences_of_a_short_detail_are_set_side_by_side(run):
    said = finding("test_sub", detail="It passes without the change.\nIt speaks for criterion 1.1.")
    told = replace(quiet(run), gates=(gate("bite", "red", said),))
    (found,) = concerns(told)
    assert found.items[0].text == "test_sub: It passes without the change. It speaks for criterion 1.1."


def test_a_branch_that_does_not_merge_by_itself_is_for_a_person(run):
    told = replace(quiet(run), relation={"ahead": 1, "behind": 2, "conflicts": ["src/lock.py", "README.md"]})
    (found,) = concerns(told)
    assert (found.title, found.weight) == ("Merging main conflicts", Weight.LOOK)
    assert [item.path for item in found.items] == ["src/lock.py", "README.md"]
    assert not concerns(replace(quiet(run), relation={"ahead": 1, "behind": 2, "conflicts": []}))


def test_flaky_tests_are_counted_unless_a_gate_names_them(run):
    assert "Tests that are flaky, or gone" in titles(judged(run))
    named = replace(judged(run), gates=(*judged(run).gates, gate("flaky", "green", finding("t", code="tests.flaky"))))
    assert "Tests that are flaky, or gone" not in titles(named)


def test_ticks_that_nothing_backs_block_and_those_of_people_are_told(run):
    found = concerns(proven(quiet(run), [criterion("1.1")], unbacked=("3.1",), phantoms=("2",)))
    assert [(each.weight, each.items[0].lead or each.items[0].text) for each in found] == [
        (Weight.BLOCKS, "2"),
        (Weight.KNOW, "1 task: 3.1"),
    ]


def test_what_the_agent_was_not_let_do_is_good_to_know(run):
    (found,) = [each for each in concerns(run) if each.title.startswith("The agent was stopped")]
    assert found.weight is Weight.KNOW
    assert found.items[0].text == run.notes[0]


def test_findings_that_the_record_left_out_are_counted(run):
    (found,) = concerns(with_gates(run, {**gate("lint", "red", finding("E501")), "findings_left_out": 9}))
    assert found.count == 10


def test_evidence_of_a_shape_that_nobody_knows_is_none(run):
    assert concerns(replace(quiet(run), evidence={"schema": "kiro-worker/evidence/9", "requirements": 3})) == ()


def test_criteria_of_which_the_same_is_said_stand_in_one_line_with_their_number(run):
    weak = [criterion(f"1.{nth}", State.WEAK) for nth in range(1, 41)]
    (found,) = concerns(proven(quiet(run), weak))
    (item,) = found.items
    assert item.lead.startswith("1.1, 1.2, 1.3, ")
    assert item.lead.endswith(", 1.30 and 10 more:")
    assert (found.count, item.path) == (40, "")
    two = concerns(proven(quiet(run), weak[:2]))[0].items
    assert [(each.lead, each.path, each.line) for each in two] == [
        ("1.1", "tests/test_lock.py", 12),
        ("1.2", "tests/test_lock.py", 12),
    ]


def test_what_a_red_gate_only_tells_does_not_look_as_if_it_blocked(run):
    findings = (
        finding("a", code="tamper.skipped", detail="now: skip"),
        finding("b", code="tamper.skipped", detail="now: skip\nasked for by task 2.1"),
        finding("c", code="tamper.setting", detail="now: 3\ntold only"),
    )
    found = concerns(with_gates(run, gate("tamper", "red", *findings)))
    assert [(each.weight, [item.text[0] for item in each.items]) for each in found] == [
        (Weight.BLOCKS, ["a"]),
        (Weight.LOOK, ["b", "c"]),
    ]
    bite = gate("bite", "red", finding("h", code="bite.hollow"), finding("s", code="bite.smoke"))
    lint = gate("ruff", "red", finding("E1", code="lint.found"), finding("W1", code="check.told"))
    found = concerns(with_gates(run, bite, lint))
    assert [(each.weight, each.items[0].text) for each in found] == [
        (Weight.BLOCKS, "h"),
        (Weight.BLOCKS, "E1"),
        (Weight.LOOK, "s"),
        (Weight.LOOK, "W1"),
    ]


@pytest.mark.parametrize(("task", "weight"), [("", Weight.BLOCKS), ("2.1", Weight.LOOK)])
def test_the_tamper_gate_says_what_it_only_tells_in_the_words_that_are_looked_for(run, task, weight):
    body = b"def test_a():\n    assert f() == 1\n"
    skipped = b"import pytest\n\n\n@pytest.mark.skip\n" + body
    file = ChangedFile(path="tests/test_a.py", how=How.MODIFIED, before=body, after=skipped, hunks=(Hunk(0, 0, 1, 4),))
    result = judge_tamper(
        ChangeSet(base="b" * 40, head="c" * 40, base_tree="d" * 40, files=(file,)), "block", asked=lambda _: task
    )
    # Another sign could have made it red.
    (found,) = (
        each
        for each in concerns(with_gates(run, gate("tamper", "red", *map(asdict, result.findings))))
        if each.items[0].path
    )
    assert found.weight is weight


def test_a_few_words_of_a_tool_stand_in_the_line_and_many_are_kept_apart(run):
    few = finding("test_a is skipped now.", detail="before: def test_a():\nnow: @skip")
    short, long = finding("test_b", detail="assert 1 == 2"), finding("test_c", detail="E\n" * 9)
    (found,) = concerns(with_gates(run, gate("lint", "red", few, short, long)))
    assert [(item.text, bool(item.detail)) for item in found.items] == [
        ("test_a is skipped now. before: def test_a():; now: @skip", False),
        ("test_b: assert 1 == 2", False),
        ("test_c", True),
    ]


def test_commits_that_were_made_after_the_gates_had_looked_are_named(run):
    (first,) = run.commits
    more = [
        replace(first, oid=each * 40, subject=f"engine: {each}", kind=kind)
        for each, kind in (("b", "checkpoint"), ("c", "task"), ("d", "partial"))
    ]
    judged_at = replace(quiet(run), commits=(first, *more), judged=first.oid)
    (found,) = concerns(judged_at)
    assert (found.weight, found.title) == (Weight.LOOK, "Commits that no gate has seen")
    assert [item.lead for item in found.items] == ["c" * 10, "d" * 10]
    assert concerns(replace(judged_at, judged="d" * 40)) == ()
    assert concerns(replace(judged_at, commits=(first, more[0]))) == (), "a tick that green gates back is no work"


def test_of_many_lines_that_never_run_the_first_are_named(run):
    told = judged(run)
    files = [{"path": "a.py", "covered": 0, "total": 100, "missing": list(range(1, 200, 2))}]
    coverage = {**told.gates[1]["coverage"], "files": files}
    (found,) = [
        each
        for each in concerns(replace(told, gates=(told.gates[0], {**told.gates[1], "coverage": coverage})))
        if "no test runs" in each.title
    ]
    assert found.items[0].text.endswith("; lines 1, 3, 5, 7, 9, 11, 13, 15 and more never run")


def test_evidence_of_an_earlier_commit_than_the_gates_looked_at_says_so(run):
    told = proven(quiet(run), [criterion("1.1")])
    assert concerns(replace(told, judged=HEAD)) == ()
    (found,) = concerns(replace(told, judged="e" * 40))
    assert found.title == "The evidence is of an earlier commit"
