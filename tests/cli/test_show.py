import json

import pytest


def test_a_run_is_shown_by_its_summary_and_where_its_files_are(kiro):
    said = kiro("show", kiro.ids["done"])
    assert said.lines[0] == "# DONE: greeting on feature/greeting"
    assert "- [x] 1.1 Greet a name  (1 file, +1 -0)" in said.lines
    assert said.lines[-1] == f"Files: {kiro.folder_of('done')}"
    assert said.err == ""


@pytest.mark.parametrize("part", ["id", "beginning", "without r-", "end", "branch"])
def test_a_run_is_found_by_its_id_a_part_of_it_or_its_branch(kiro, part):
    run = kiro.ids["done"]
    # Ids of one session begin alike: their first characters are the time.
    asked = {"id": run, "beginning": run[:-2], "without r-": run[2:-2], "end": run[-6:], "branch": "feature/greeting"}[
        part
    ]
    assert kiro("show", asked, "--json").json["run"] == run


def test_without_a_name_it_is_the_newest(kiro):
    assert kiro("show", "--json").json["run"] == kiro.ids["died"]


def test_a_part_that_fits_several_runs_is_refused_with_their_names(kiro):
    said = kiro("show", "r-")
    assert (said.status, said.out) == (2, "")
    assert "run.ambiguous" in said.err
    assert f"fits {len(kiro.ids)} runs: " in said.err
    assert all(run in said.err for run in kiro.ids.values())
    # What tells them apart, for people who remember no ids.
    assert f"{kiro.ids['done']} (DONE on feature/greeting)" in said.err


def test_an_unknown_run_is_an_error_and_leaves_standard_output_empty(kiro):
    said = kiro("show", "r-nothing", "--json")
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith("run.unknown: ")
    assert "kiro-worker list" in said.err


def test_a_killed_run_is_shown_as_far_as_it_came_with_what_to_do_next(kiro):
    said = kiro("show", kiro.ids["died"])
    assert said.lines[0] == "# RUNNING: greeting on feature/killed"
    assert "- [~] 1.1 Greet a name" in said.out
    assert f"kiro-worker resume {kiro.ids['died']}" in said.out
    assert said.err == ""


def test_the_document_is_run_json(kiro):
    told = kiro("show", kiro.ids["done"], "--json").json
    assert told == json.loads((kiro.folder_of("done") / "run.json").read_text())
    assert (told["schema"], told["verdict"]) == ("kiro-worker/run/1", "DONE")


def test_the_page_is_named_and_a_missing_one_is_explained(kiro):
    assert kiro("show", kiro.ids["done"], "--page").lines == [str(kiro.folder_of("done") / "run.html")]
    said = kiro("show", kiro.ids["died"], "--page")
    assert (said.status, said.out) == (2, "")
    assert "run.file-missing" in said.err
    assert "was killed before" in said.err


def test_the_diff_is_the_patch_itself(kiro):
    said = kiro("show", kiro.ids["done"], "--diff")
    assert "+++ b/greet.txt" in said.lines
    assert said.out.encode() == (kiro.folder_of("done") / "changes.diff").read_bytes()


def test_the_diff_shows_no_terminal_code_on_a_terminal(kiro, tmp_path):
    path = kiro.folder_of("done") / "changes.diff"
    kept = path.read_bytes()
    path.write_bytes(b"+\x1b]0;owned\x07evil <!-- seen -->\xff\n")
    try:
        assert kiro("show", kiro.ids["done"], "--diff", terminal=True).out == "+evil <!-- seen -->\ufffd\n"
        assert "\x1b]0;owned" in kiro("show", kiro.ids["done"], "--diff").out
    finally:
        path.write_bytes(kept)


def test_prompts_are_shown_for_one_task_or_for_all(kiro):
    one = kiro("show", kiro.ids["done"], "--prompt", "1.2").out
    assert one.startswith("=== turn 2: 1.2 (first)\n")
    assert "Task ID: 1.2" in one
    every = kiro("show", kiro.ids["done"], "--prompt").out
    assert every.count("=== turn ") == 3


def test_a_receipt_that_was_changed_is_told(kiro):
    path = kiro.folder_of("done") / "events.jsonl"
    kept = path.read_bytes()
    path.write_bytes(kept.replace(b'"verdict":"DONE"', b'"verdict":"BUSY"', 1))
    try:
        said = kiro("show", kiro.ids["done"])
        assert said.status == 0
        assert "The receipt is not what the worker wrote: line" in said.err
        assert "not what the worker wrote" in kiro("show", kiro.ids["done"], "--json").err
        path.unlink()
        assert "is not there" in kiro("show", kiro.ids["done"]).err
    finally:
        path.write_bytes(kept)


def test_a_line_that_a_kill_cut_off_is_no_fault_of_the_receipt(kiro):
    path = kiro.folder_of("died") / "events.jsonl"
    kept = path.read_bytes()
    path.write_bytes(kept + b'{"n":99,"at":')
    try:
        assert kiro("show", kiro.ids["died"]).err == ""
    finally:
        path.write_bytes(kept)
