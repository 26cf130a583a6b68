import re


def test_runs_are_listed_newest_first_with_what_became_of_them(kiro):
    heading, died, done = kiro("list").lines
    assert heading.split() == ["RUN", "STATE", "VERDICT", "BRANCH", "SPEC", "AGENT", "BEGAN", "TOOK"]
    assert died.split()[:3] == [kiro.ids["died"], "died", "feature/killed"]
    assert done.split()[:6] == [kiro.ids["done"], "ended", "DONE", "feature/greeting", "greeting", "kiro-worker-replay"]
    assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d  [\d.]+ s$", done)


def test_the_list_as_a_document(kiro):
    told = kiro("list", "--json").json
    assert told["schema"] == "kiro-worker/list/1"
    died, done = told["runs"]
    assert (died["state"], died["verdict"], died["ended"], died["seconds"]) == ("died", None, None, None)
    assert (done["state"], done["verdict"]) == ("ended", "DONE")
    assert done["seconds"] > 0
    assert done["folder"] == str(kiro.folder_of("done"))


def test_only_so_many_are_listed_as_asked_for(kiro):
    assert [each["run"] for each in kiro("list", "--limit", "1", "--json").json["runs"]] == [kiro.ids["died"]]


def test_a_limit_that_is_no_number_is_refused(kiro):
    for wrong in ("0", "-1", "many", "٣"):
        said = kiro("list", "--limit", wrong)
        assert (said.status, said.out) == (2, "")
        assert "is no number from 1 on" in said.err or "expected one argument" in said.err


def test_a_machine_without_runs_says_so_and_keeps_standard_output_clean(fresh):
    said = fresh("list")
    assert (said.status, said.out) == (0, "")
    assert "kiro-worker run" in said.err
    assert fresh("list", "--json").json == {"schema": "kiro-worker/list/1", "runs": []}


def test_colours_only_on_a_terminal_and_never_with_no_color(kiro):
    assert "\x1b[" not in kiro("list").out
    assert "\x1b[31m" in kiro("list", terminal=True).out
    assert "\x1b[" not in kiro("list", terminal=True, NO_COLOR="1").out
    assert "\x1b[31m" in kiro("list", terminal=True, NO_COLOR="").out
    assert "\x1b[" not in kiro("list", terminal=True, TERM="dumb").out
