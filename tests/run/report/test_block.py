import re
from dataclasses import replace

import pytest

from kiro_worker.evidence.model import State
from kiro_worker.forge.body import LIMIT, find_block, merge
from kiro_worker.forge.fences import open_fence
from kiro_worker.forge.render import as_html
from kiro_worker.run.record import TaskRecord
from kiro_worker.run.report.block import block, proposal_title
from kiro_worker.run.report.block.detail import ROOM
from kiro_worker.run.report.page import page
from kiro_worker.run.verdict import Verdict
from run.report.proven import HEAD, criterion, finding, judged, proven


def plain(text: str) -> str:
    return text.replace("\\", "").replace("\u200b", "")


def red(run, **cause):
    told = {"code": "tests.failed", "message": "1 of 3 tests failed", "kept": "pushed", "next_step": "mend it", **cause}
    return replace(run, verdict="TESTS_RED", exit_status=10, cause=told)


def test_a_title_says_what_the_branch_does(run):
    assert proposal_title(run, ("Lock the door", "Open it")) == "engine: Lock the door, Open it"
    assert len(proposal_title(run, ("x" * 500,))) <= 100
    assert proposal_title(run, ()) == "engine: implementation"


def test_the_section_names_tasks_criteria_and_commits(run):
    text = plain(block(run))
    assert "| ✅ | 1.1 Add a lock | 1.1 | aaaaaaaaaa | 2 files, +10 −1 |" in text
    assert "| 1.1 | WHEN two come, THE Lock SHALL hold one | ✅ 1.1 | aaaaaaaaaa |" in text
    assert "1 criterion of the spec is referred to by no task of this branch so far" in text


def test_what_earlier_runs_did_for_the_branch_is_part_of_the_evidence(run):
    before = TaskRecord(id="0", title="Lay the ground", state="done", criteria=("1.2",), commits=("c" * 40,))
    text = plain(block(replace(run, before=(before,))))
    assert "3 of 3 tasks of the spec `engine` are done, 1 by an earlier run (" in text
    assert "): *Lay the ground*, *Add a lock*." in text
    assert "| ✅ | 0 Lay the ground *(by an earlier run)* | 1.2 | cccccccccc |  |" in text
    assert "| 1.2 | THE Lock SHALL open | ✅ 0 | cccccccccc |" in text
    alone = plain(block(replace(run, before=(before,), tasks=())))
    assert "1 of 1 task of the spec `engine` is done, 1 by an earlier run" in alone
    assert "Lay the ground" in alone


def test_tests_and_coverage_are_told(run):
    text = plain(block(run))
    assert "12 tests passed" in text
    assert "| 91.2 % (threshold 80.0 %) |" in text


def test_the_build_is_linked(run):
    assert "[open](https://console.example.com/build/1)" in block(run)
    assert "javascript" not in block(replace(run, build_url="javascript:alert(1)"))


def test_a_failed_task_is_named_with_step_cause_and_last_output(run):
    text = plain(block(red(run, task="1.1", step="test", output="assert 1 == 2")))
    for words in ("TESTS_RED", "1 of 3 tests failed", "task `1.1`", "step `test`", "Next: mend it", "assert 1 == 2"):
        assert words in text


def test_what_was_refused_is_told(run):
    assert "Refused in 1.1: rm -rf /" in plain(block(run))


def test_findings_are_shown_and_many_are_counted(run):
    findings = [{"title": f"test_{n} failed", "detail": "assert", "path": "a.py", "line": n} for n in range(30)]
    gates = ({**run.gates[0], "color": "red", "findings": findings},)
    text = plain(block(replace(red(run), gates=gates)))
    assert "<sub>⛔ blocks · ℹ️ good to know</sub>" in text
    assert "**Tests fail** (30)" in text
    assert "test_7 failed" in text
    assert "test_8 failed" not in text.partition("<details>")[0]
    assert "and 22 more" in text


def test_a_run_that_ended_before_its_gates_says_so(run):
    assert "No gate was run" in block(replace(red(run), gates=()))


@pytest.mark.parametrize(
    "hostile", ["<!-- kiro:end -->", "@ada fixes #1", "| a | b |", "<img src=x onerror=alert(1)>", "```\n# x"]
)
def test_text_from_outside_does_nothing_in_the_section(run, hostile):
    task = TaskRecord(id="1.1", title=hostile, state="failed")
    text = block(replace(red(run, message=hostile, output=hostile), tasks=(task,), notes=(hostile,), spec=hostile))
    body = merge("People's text.", text, run="r-01").body
    found = find_block(body)
    assert found is not None
    assert found.intact
    # Inside a code span neither does anything, and the name of the spec is shown as one.
    active = re.sub(r"`[^`]*`", "", body)
    assert "<img" not in active
    assert "@ada" not in active


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_can_be_told(run, verdict):
    assert f"Kiro Worker: {verdict}" in block(replace(run, verdict=verdict.value))


def test_a_very_long_run_still_fits(run):
    tasks = tuple(TaskRecord(id=f"{n}", title="t" * 200, state="done", commits=("c" * 40,)) for n in range(2000))
    assert len(merge("", block(replace(run, tasks=tasks)), run="r-01").body) <= 60_000


PAGES = "https://github.com/ada/engine"


def part(text, heading):
    """One section of the block."""
    return text.partition(f"### {heading}")[2].partition("\n### ")[0]


def test_a_title_counts_what_does_not_fit_and_cuts_no_word_of_the_others(run):
    titles = (
        "Lock the door of the house",
        "Open it",
        "Tell who came in",
        "Ring the bell",
        "Close it for the whole of the night",
    )
    assert proposal_title(run, titles) == (
        "engine: Lock the door of the house, Open it, Tell who came in, Ring the bell and 1 more"
    )
    long = proposal_title(run, ("x" * 500, "Open it"))
    assert long.endswith("… and 1 more")
    assert len(long) <= 100


def test_the_first_two_sentences_say_what_was_done_and_whether_it_is_safe(run):
    told = proven(judged(run), [criterion("1.1"), criterion("1.2")], [criterion("2.1", State.WEAK)])
    told = replace(told, change={"files": 3, "added": 40, "deleted": 2, "commits": 2})
    sentences = plain(block(told)).split("\n\n")[1]
    assert sentences == (
        "2 of 2 tasks of the spec `engine` are done (2 commits, 3 files, +40 −2 lines): *Lock number 1*, *Lock number 2*. "
        "All 14 tests passed (6 new); tests run 73.1 % of the changed lines; 2 of 3 criteria are proved (1 weak)."
    )


def test_the_figures_tell_coverage_before_and_after_and_of_the_change(run):
    text = plain(block(proven(judged(run), [criterion("1.1")])))
    assert (
        "| 2 of 2 tasks | 1 of 1 | 14 passed, 1 skipped, 6 new, 1 fixed | 73.1 % (30 of 41 runnable changed lines) "
        "| 84.1 % → 86.3 % (threshold 80.0 %) | 1 min 1 s, 1.50 credits |"
    ) in text


def test_what_needs_eyes_stands_before_the_evidence_and_leads_to_the_lines(run):
    text = block(proven(judged(run), [criterion("1.1"), criterion("1.2", State.WEAK)]))
    assert text.index("### What needs your eyes") < text.index("### Evidence") < text.index("### Gates")
    eyes = part(text, "What needs your eyes")
    assert f"[src/lock.py:14]({PAGES}/blob/{HEAD}/src/lock.py#L14): 11 of 22 runnable changed lines run" in eyes
    assert f"**1.2** [tests/test_lock.py:12]({PAGES}/blob/{HEAD}/tests/test_lock.py#L12)" in eyes


def test_where_nothing_stands_out_it_is_said_who_looked(run):
    text = block(proven(replace(run, notes=(), gates=run.gates[1:]), [criterion("1.1")]))
    assert "Nothing stands out. Nothing was found by: coverage." in text
    # Of a run that ended badly nobody may read that.
    assert "Nothing stands out" not in block(red(replace(run, notes=(), gates=run.gates[1:])))


def test_the_evidence_leads_from_the_criterion_to_commit_test_and_lines(run):
    evidence = part(block(proven(run, [criterion("1.1")])), "Evidence")
    assert "<details><summary>✅ 1 Lock number 1: 1 of 1 proved</summary>" in evidence
    (row,) = [line for line in evidence.splitlines() if line.startswith("| ✅")]
    assert row == (
        f"| ✅ | **1.1** WHEN 1.1 comes, THE Lock SHALL open | 1.1<br>[aaaaaaaaaa]({PAGES}/commit/{'a' * 40}) "
        f"| ✅ [test_opens_1_1]({PAGES}/blob/{HEAD}/tests/test_lock.py#L12): new, fails without the change "
        f"| [lock.py]({PAGES}/blob/{HEAD}/src/lock.py#L3-L9) 7 of 8 |"
    )


def test_a_requirement_shows_the_worst_of_its_criteria_and_each_says_why(run):
    criteria = [criterion("1.1"), criterion("1.2", State.WEAK), criterion("1.3", State.MISSING)]
    evidence = part(block(proven(run, criteria)), "Evidence")
    assert "<summary>❌ 1 Lock number 1: 1 of 3 proved, 1 weak, 1 missing</summary>" in evidence
    assert "<br>*Its test is bound by its task only.*" in evidence
    assert "calls the change, would not notice a fault in it, bound by its task only" in evidence
    assert "🕒" not in evidence, "nobody needs the legend of what is not there"


def test_tests_and_files_that_the_evidence_left_out_are_counted_here_and_on_the_page(run):
    told = proven(run, [criterion("1.1")])
    told.evidence["requirements"][0]["criteria"][0] |= {"tests_left_out": 3, "files_left_out": 2}
    evidence = part(block(told), "Evidence")
    assert "fails without the change<br>+3 more |" in evidence
    assert "7 of 8<br>+2 more |" in evidence
    assert "and 3 more" in page(told)
    assert "and 2 more" in page(told)


def test_the_cases_of_one_test_stand_in_one_line_unless_one_of_them_is_another(run):
    one = criterion("1.1")
    cases = tuple(replace(one.tests[0], id=f"tests.test_lock::test_opens[{nth}-a::b]") for nth in range(4))
    evidence = part(block(proven(run, [replace(one, tests=cases)])), "Evidence")
    assert f"| ✅ [test_opens (4 cases)]({PAGES}/blob/{HEAD}/tests/test_lock.py#L12): new, fails" in evidence
    mixed = (*cases[:3], replace(cases[3], result="failed"))
    evidence = plain(part(block(proven(run, [replace(one, tests=mixed)])), "Evidence"))
    assert "[test_opens (3 cases)](" in evidence
    assert "❌ [test_opens[3-a::b]](" in evidence


def test_of_a_run_that_did_not_end_well_nothing_is_said_to_be_safe(run):
    sentences = plain(block(red(proven(judged(run), [criterion("1.1")])))).split("\n\n")[1]
    assert sentences.endswith("Tests fail; the pull request is a draft with the findings.")
    assert "passed" not in sentences


def test_where_no_pages_are_known_places_are_plain_text(run):
    text = block(replace(proven(judged(run), [criterion("1.1")]), repository="/srv/engine.git"))
    assert "`src/lock.py:14`" in text
    assert "| src/lock.py 7 of 8 |" in text
    assert "](" not in text.replace(f"]({run.build_url})", "")


def test_the_pages_that_the_run_was_told_of_win_over_its_address(run):
    told = replace(proven(run, [criterion("1.1")]), web="https://ghe.example.com/ada/engine")
    assert f"](https://ghe.example.com/ada/engine/commit/{'a' * 40})" in block(told)
    assert "](https://github.com" in block(replace(told, web="javascript:alert(1)"))


def test_tasks_that_are_left_are_seen_without_asking(run):
    left = TaskRecord(id="3", title="Ring the bell")
    tasks = part(block(replace(run, tasks=(*run.tasks, left), open_besides=2)), "Tasks")
    seen = tasks.partition("<details>")[0]
    assert "| ⬜ | 3 Ring the bell |" in seen
    assert "Add a lock" not in seen
    assert "2 other required tasks of the spec are still open" in seen


def test_a_branch_with_open_tasks_does_not_pass_for_a_whole_spec(run):
    told = replace(run, open_besides=1)
    first = plain(block(told)).splitlines()[2]
    assert "2 of 2 chosen tasks of the spec `engine` are done" in first
    assert "1 other required task of the spec is still open." in first
    assert "2 of 2 chosen tasks of the spec engine are done" in page(told)
    assert "1 other required task of the spec is still open." in page(told)


def test_where_no_gate_was_run_none_is_said_to_have_been(run):
    ended = replace(run, gates=())
    assert "No gate was run." in block(ended)
    assert "No gate was run." in page(ended)
    assert "As the worker ran them" not in block(ended)


def test_how_to_see_it_for_oneself_is_told(run):
    text = block(proven(run, [criterion("1.1")]))
    assert f"```sh\ngit fetch origin feature/x && git switch --detach {HEAD[:10]}\npytest\n```" in text


def test_what_was_looked_at_by_what_is_told(run):
    looked = {"lines": 40, "tests": 36, "lint": 40, "nothing": 0}
    gates = part(block(replace(proven(run, [criterion("1.1")]), looked=looked)), "Gates")
    assert (
        f"Judged at [ffffffffff]({PAGES}/commit/{HEAD}). Of 40 changed lines of code 36 were seen by tests, 40 by lint."
        in gates
    )


def big(run, requirements, criteria, *, state=State.PROVED):
    """A run of a spec of that size, each thing of it as long as things get."""
    text = "WHEN somebody comes to the door and rings, THE Lock SHALL tell who it is before it opens, and wait. "
    path = "src/engine/of/a/deep/folder/lock_of_the_door.py"
    made = [
        [criterion(f"{nth}.{each}", state if each == 1 else State.PROVED, text=text * 2, path=path) for each in range(1, criteria + 1)]
        for nth in range(1, requirements + 1)
    ]  # fmt: skip
    tasks = tuple(
        TaskRecord(id=f"{nth}.{each}", title="Build the lock of the door " * 3, state="done", criteria=(f"{nth}.{each}",), commits=("a" * 40,), files=3)
        for nth in range(1, requirements + 1) for each in range(1, 4)
    )  # fmt: skip
    return replace(proven(judged(run), *made), tasks=tasks)


def check_whole(text):
    assert len(text) <= ROOM
    merged = merge("People's text.", text, run="r-01")
    assert merged.notes == (), "nothing was cut after it was made"
    assert len(merged.body) <= LIMIT
    assert open_fence(text) == ""
    assert text.count("<details>") == text.count("</details>")


@pytest.mark.parametrize("criteria", [1, 3, 5])
def test_the_evidence_of_sixty_requirements_fits_with_a_commit_and_a_test_of_each_criterion(run, criteria):
    text = block(big(run, 60, criteria))
    check_whole(text)
    assert "<summary>✅ 60 Lock number 60:" in text
    for nth in range(1, 61):
        assert f"[test_opens_{nth}_{criteria}]({PAGES}/blob/" in text
    assert text.count("aaaaaaaaaa") >= 60 * criteria
    if criteria > 1:
        assert "*To fit here, this leaves out " in text


def test_what_is_not_proved_is_told_whole_where_there_is_no_room_for_what_is(run):
    text = block(big(run, 60, 12, state=State.WEAK))
    check_whole(text)
    assert "| 🟡 | **60.1** WHEN somebody comes" in text
    assert "test_opens_60_2" not in text
    assert "run.html` and `evidence.json` of the run r-01" in text


@pytest.mark.parametrize("state", [State.MISSING, State.WEAK, State.PROVED])
def test_however_large_a_spec_is_its_section_fits(run, state):
    check_whole(block(big(run, 150, 12, state=state)))


def test_logs_and_notes_without_end_leave_room_for_the_evidence(run):
    findings = [finding(f"test_{nth} failed", detail="x\n" * 3_000, cure="Mend it") for nth in range(50)]
    gates = ({**run.gates[0], "color": "red", "findings": findings},)
    text = block(replace(big(red(run), 60, 3), gates=gates, notes=("n" * 5_000,) * 500, verdict="TESTS_RED"))
    check_whole(text)
    assert "### Evidence" in text


def test_the_same_run_gives_the_same_text_and_its_words_come_from_the_record_alone(run):
    told = big(run, 12, 3)
    assert block(told) == block(replace(told))
    body = merge("", block(told), run="r-01").body
    assert merge(body, block(told), run="r-01").body == body


@pytest.mark.parametrize(
    "hostile",
    ["<!-- kiro:end -->", "</details><script>alert(1)</script>", "@ada fixes #1", "a|b", "](javascript:alert(1))", "`x` *y*", "x\n\n# y", "\u202egnp"]
)  # fmt: skip
def test_evidence_and_findings_from_outside_do_nothing(run, hostile):
    found = finding(hostile, path=f"src/{hostile}", line=3, detail=hostile, cure=hostile)
    told = judged(
        proven(run, [criterion("1.1", text=hostile, path=hostile), criterion(hostile, State.WEAK, text=hostile)])
    )
    evidence = dict(told.evidence)
    evidence["requirements"][0]["title"] = hostile
    coverage = {**told.gates[1]["coverage"], "files": [{"path": hostile, "covered": 0, "total": 3, "missing": hostile}]}
    gates = ({**told.gates[0], "color": "red", "findings": [found]}, {**told.gates[1], "coverage": coverage})
    text = block(
        replace(told, evidence=evidence, gates=gates, looked={"lines": 3, "nothing": 1, hostile: 2}, branch=hostile)
    )
    body = merge("", text, run="r-01").body
    assert find_block(body).intact
    assert "\u202e" not in body
    drawn = as_html(body)
    assert "<script" not in drawn
    assert 'href="javascript' not in drawn
    assert drawn.count("<details>") == drawn.count("</details>") == text.count("<details>")
    assert drawn.count("<h1>") == 0
    assert not re.search(r"@ada|#1\b", re.sub(r"<pre.*?</pre>|<code>.*?</code>|<[^>]*>", "", drawn, flags=re.DOTALL))
