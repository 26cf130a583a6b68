"""`kiro-worker board`, on this machine's board and on a project of a server that answers as GitHub does."""

import pytest

from e2e.test_github import SCHEMAS
from e2e.world import BRANCH
from kiro_worker.testing.clock import HandClock
from kiro_worker.testing.github_access import Grant
from kiro_worker.testing.github_model import GitHubModel
from kiro_worker.testing.github_projects import FakeProject
from kiro_worker.testing.github_schema import GitHubSchemas
from kiro_worker.testing.github_server import GitHubServer
from kiro_worker.testing.github_side import TOKEN


def test_an_empty_board_says_so_and_is_an_empty_document(fresh):
    said = fresh("board", "list")
    assert (said.status, said.out, said.err) == (0, "", "There is no card in these columns.\n")
    told = fresh("board", "list", "--json").json
    assert told == {"schema": "kiro-worker/board-list/1", "board": "local", "cards": [], "notes": []}


def test_a_card_for_the_branch_that_is_checked_out_is_ready_to_be_worked_on(fresh):
    assert fresh("board", "add", "--title", "Greet", "--priority", "2", "--label", "kiro").lines == [
        "#1 is in For Implementation."
    ]
    told = fresh("board", "show", "1", "--json").json
    assert (told["schema"], told["title"], told["column"]) == ("kiro-worker/board-show/1", "Greet", "ready")
    assert told["repository"] == fresh.world.remote.url
    assert [each["name"] for each in told["branches"]] == [BRANCH]
    assert (told["labels"], told["priority"]) == (["kiro"], {"rank": 2, "name": "2"})
    heading, row = fresh("board", "list").lines
    assert heading.split() == ["CARD", "COLUMN", "PRIORITY", "BRANCH", "TITLE"]
    assert row.split() == ["#1", "For", "Implementation", "2", BRANCH, "Greet"]


def test_a_card_is_named_after_its_branch_and_may_wait_for_another(fresh):
    for more in ((), ("--blocked-by", "1", "--column", "backlog")):
        assert fresh("board", "add", "--branch", "main", *more).status == 0
    lines = fresh("board", "show", "#2").lines
    assert lines[0] == "#2 main"
    assert "  blocked by: #1 (open)" in lines
    assert fresh("board", "list", "--all").lines[2].endswith("main (waits for #1)")
    assert "  column: Backlog" in lines


def test_a_card_moves_by_a_column_s_name_or_what_it_is_for(fresh):
    fresh("board", "add")
    assert fresh("board", "move", "1", "in progress").lines == ["#1 is in In Progress."]
    assert fresh("board", "list", "--column", "working", "--json").json["cards"][0]["place"] == "In Progress"
    assert fresh("board", "list", "--column", "ready").out == ""
    assert fresh("board", "move", "#1", "needs-input", "--json").json["column"] == "needs-input"
    assert fresh("board", "move", "1", "done").lines == ["#1 is in Done."]
    assert fresh("board", "list").out == ""
    assert "Done" in fresh("board", "list", "--all").lines[1]
    assert "Done" in fresh("board", "list", "--column", "DONE").lines[1]


def test_columns_have_the_names_that_are_set(fresh):
    fresh.world.environment |= {"KIRO_WORKER_BOARD_COLUMN_READY": "Bereit"}
    assert fresh("board", "add").lines == ["#1 is in Bereit."]
    assert fresh("board", "check", "--json").json["columns"][:2] == ["Backlog", "Bereit"]


def test_a_closed_card_is_told_as_such_and_can_be_opened_again_or_removed(fresh):
    fresh("board", "add", "--title", "Greet")
    assert fresh("board", "close", "1").lines == ["#1 is closed."]
    assert fresh("board", "list").lines[1].endswith("Greet (closed)")
    assert any("in the way: It is closed." in each for each in fresh("board", "show", "1").lines)
    assert fresh("board", "reopen", "1").lines == ["#1 is open."]
    assert fresh("board", "remove", "1").lines == ["#1 was removed."]
    assert fresh("board", "show", "1").status == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("show", "7"), "board.card-unknown: There is no card '7' on the board local."),
        (("move", "7", "ready"), "board.card-unknown"),
        (("close", "7"), "board.card-unknown"),
        (("add", "--column", "Doing"), "it has no 'Doing'. It has: 'Backlog', 'For Implementation'"),
        (("add", "--blocked-by", "7"), "board.card-unknown"),
        (("list", "--board", "github"), "board.owner cannot be used: '' is no organisation or person."),
        (("list", "--board", "github", "--board-owner", "acme"), "board.number cannot be used: it is not set."),
        (("list", "--board-column-ready", "Failed"), "'Failed' is the name of the column for ready too"),
    ],
)
def test_what_cannot_be_done_is_told_with_a_way_on_and_no_document(fresh, words, told):
    said = fresh("board", *words, "--json")
    assert (said.status, said.out) == (2, "")
    assert told in said.err
    assert "next: " in said.err


def test_texts_of_others_do_nothing_to_a_terminal(fresh):
    fresh("board", "add", "--title", "\x1b[31mred\x1b[0m\nnext", "--body", "\x1b]0;owned\x07text")
    for words in (("list",), ("show", "1")):
        said = fresh("board", *words, terminal=True, NO_COLOR="1")
        assert "\x1b" not in said.out
        assert "red" in said.out


@pytest.fixture
def project(fresh):
    schemas = GitHubSchemas(SCHEMAS)
    model = GitHubModel(clock=HandClock(hurried=True))
    model.tokens[TOKEN] = Grant(scopes=("project", "repo"))
    model.project = FakeProject(schemas.graphql, model.clock)
    with GitHubServer(model, schemas) as server:
        fresh.world.environment |= {
            "KIRO_WORKER_BOARD_KIND": "github",
            "GITHUB_PROJECT_OWNER": "https://github.com/orgs/acme/projects/4/views/1",
            "KIRO_WORKER_FORGE_API_URL": server.address,
            "GITHUB_TOKEN": TOKEN,
        }
        yield model.project
    assert server.violations == []


def test_a_session_with_a_project_of_github(fresh, project):
    content = project.content("Issue", "Login", branches=[("feature/login", "acme/engine")])
    card = project.add(content, Status="For Implementation", Priority="P1").id
    said = fresh("board", "check")
    assert said.lines[0] == (
        "✓ 127.0.0.1/acme/projects/4: Engine works (https://github.test/orgs/acme/projects/4), "
        "a project of an organisation, signed in with the classic token from GITHUB_TOKEN."
    )
    assert fresh("board", "list").lines[1].split() == [
        "acme/engine#1", "For", "Implementation", "P1", "feature/login", "Login",
    ]  # fmt: skip
    assert fresh("board", "move", card, "working").lines == ["acme/engine#1 is in In Progress."]
    assert project.cards[0].values["Status"] == "In Progress"
    assert fresh("board", "show", card, "--json").json["place"] == "In Progress"
    assert fresh("board", "show", "PVTI_9").status == 2


@pytest.mark.parametrize("words", [("add",), ("close", "x"), ("list", "--all"), ("move", "x", "Done")])
def test_what_people_do_on_github_s_pages_is_left_to_them(fresh, project, words):
    said = fresh("board", *words)
    assert said.status == 2
    assert "has web pages of its own" in said.err


def test_a_project_that_cannot_be_used_is_not_ready(fresh, project):
    project.fields["Status"] = ("Todo", "Done")
    said = fresh("board", "check", "--json")
    assert (said.status, said.json["ready"]) == (2, False)
    assert "it has no 'For Implementation', 'In Progress'" in said.json["detail"]
    assert TOKEN not in said.out + said.err


def test_an_archived_card_is_not_moved_and_it_is_said_why(fresh, project):
    card = project.add(project.content("Issue", "Login"), Status="For Implementation")
    card.archived = True
    said = fresh("board", "move", card.id, "working")
    assert said.status == 2
    assert "The card is archived, so it cannot be moved." in said.err
