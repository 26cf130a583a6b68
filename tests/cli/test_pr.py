import pytest

from kiro_worker.testing.git_remote import BareRemote


@pytest.fixture
def own(kiro, tmp_path):
    """The same machine; what a test changes of the pull request it changes back."""
    yield kiro
    kiro("pr", "reopen", "1")
    kiro("pr", "ready", "1")


def test_pull_requests_of_the_clone_one_stands_in_are_listed(kiro):
    heading, row = kiro("pr", "list").lines
    assert heading.split() == ["NUMBER", "STAGE", "BRANCH", "BASE", "TITLE"]
    assert row.split()[:4] == ["#1", "open", "feature/greeting", "main"]
    told = kiro("pr", "list", "--json").json
    assert told["schema"] == "kiro-worker/pr-list/1"
    assert [(each["number"], "body" in each) for each in told["pull_requests"]] == [(1, False)]


def test_a_repository_can_be_named_in_place_of_the_clone(kiro, tmp_path):
    assert len(kiro("pr", "list", "--repository", kiro.world.remote.url, cwd=tmp_path).lines) == 2
    other = BareRemote(tmp_path / "other.git")
    said = kiro("pr", "list", "--repository", other.url, cwd=tmp_path)
    assert (said.status, said.out) == (0, "")
    assert f"has none yet for {other.url}" in said.err


@pytest.mark.parametrize("which", [(), ("1",), ("#1",), ("feature/greeting",)])
def test_one_is_shown_by_number_by_branch_or_as_the_newest(kiro, which):
    said = kiro("pr", "show", *which)
    assert said.lines[0].startswith("#1 greeting: ")
    assert "✓ kiro-worker: DONE" in said.out


def test_one_as_a_document_has_its_body_and_the_statuses_of_its_head(kiro):
    told = kiro("pr", "show", "--json").json
    assert (told["schema"], told["stage"]) == ("kiro-worker/pr-show/1", "open")
    assert "Kiro Worker: DONE" in told["body"]
    assert [(each["context"], each["state"]) for each in told["statuses"]] == [
        ("kiro-worker", "success"),
        ("kiro-worker/evidence", "success"),
    ]


def test_one_as_a_page(kiro, tmp_path):
    said = kiro("pr", "show", "--html", str(tmp_path / "page.html"))
    assert said.lines == [str(tmp_path / "page.html")]
    assert (tmp_path / "page.html").read_text().startswith("<!doctype html>")


@pytest.mark.parametrize("asked", ["7", "feature/none"])
def test_an_unknown_one_is_an_error(kiro, asked):
    said = kiro("pr", "show", asked, "--json")
    assert (said.status, said.out) == (2, "")
    assert "pr.unknown" in said.err
    assert "kiro-worker pr list" in said.err


def test_a_repository_of_a_real_forge_is_told_where_to_look(kiro):
    said = kiro("pr", "list", "--repository", "https://github.com/ada/engine.git")
    assert "Those of github.com are on github.com." in said.err


def test_a_person_can_make_it_a_draft_close_it_and_open_it_again(own):
    assert own("pr", "draft", "1").lines == ["#1 is draft."]
    assert own("pr", "ready", "feature/greeting").lines == ["#1 is open."]
    assert own("pr", "close", "1").lines == ["#1 is closed."]
    assert len(own("pr", "list", "--open").lines) == 0
    assert own("pr", "reopen", "1").lines == ["#1 is open."]


def test_a_merged_one_stays_merged(fresh):
    fresh.world.honest()
    assert fresh.world.run().status == 0
    assert fresh("pr", "merged", "1").lines == ["#1 is merged."]
    for verb in ("close", "reopen"):
        said = fresh("pr", verb, "1")
        assert said.status == 32
        assert "it was merged" in said.err
    assert fresh("pr", "merge", "1").lines == ["#1 is merged."]


def test_outside_of_a_clone_the_way_in_is_named(kiro, tmp_path):
    said = kiro("pr", "list", "--json", cwd=tmp_path)
    assert (said.status, said.out) == (2, "")
    assert "git.not-in-clone" in said.err
    assert "--repository URL" in said.err
    assert "kiro-worker run" not in said.err


def test_a_verb_is_needed(kiro):
    said = kiro("pr")
    assert (said.status, said.out) == (2, "")
