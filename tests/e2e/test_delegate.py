"""From an idea to a pull request that is ready: the "Generate Code & PR" of a service, in one command and a poll."""

import json
import re

import pytest

from e2e.world import CHECK, WORKER

IDEA = (
    "--title", "Add Export Button", "--objective", "Add an export button to the UI", "--constraints",
    "Use existing button styles", "--acceptance", "Button appears in header", "--acceptance", "Exports data as JSON",
)  # fmt: skip


@pytest.fixture
def shop(world):
    world.remote.commit({"check.sh": CHECK, "greet.sh": b"line\n" * 10, ".kiro/worker.yaml": WORKER})
    world.turn("1", {"write": "button.txt", "content": "hello\n"}, {"say": "Done."})
    return world


def delegated(world, *words):
    said = world.call("delegate", "--repository", world.remote.url, "--json", *words)
    return said, json.loads(said.out) if said.out else {}


def poll(world):
    said = world.call("poll", "--agent", world.agent, "--json")
    assert said.status == 0, said.err
    return [each["deed"] for each in json.loads(said.out)["actions"]]


@pytest.mark.parametrize("form", ["task-file", "spec"])
def test_an_idea_becomes_a_pull_request_at_once_and_the_next_poll_carries_it_out(shop, form):
    said, made = delegated(shop, *IDEA, "--form", form)
    assert said.status == 0, said.err
    branch = made["branch"]
    assert re.fullmatch(r"feature/add-export-button-\d{13}", branch)
    assert made["pull_request"] == {"number": 1, "url": f"local:{shop.remote.url}/pull/1", "draft": True}
    assert (made["card"], made["column"]) == ("1", "For Implementation")
    path = "TASK.md" if form == "task-file" else ".kiro/specs/add-export-button/requirements.md"
    assert b"Exports data as JSON" in shop.remote.read(path, branch)
    shown = shop.call("pr", "show", "1", "--repository", shop.remote.url).out
    assert "Kiro Worker has this to do" in shown
    assert poll(shop) == ["begun", "settled"]
    assert json.loads(shop.call("board", "show", "1", "--json").out)["column"] == "review"
    there = shop.remote.git("ls-tree", "-r", "--name-only", branch).split()
    assert ("button.txt" in there, "TASK.md" in there) == (True, False)
    pull = json.loads(shop.call("pr", "show", "1", "--repository", shop.remote.url, "--json").out)
    assert (pull["stage"], "Kiro Worker: DONE" in pull["body"]) == ("open", True)
    assert "has this to do" not in pull["body"]


def test_people_read_the_address_and_what_comes_next(shop):
    said = shop.call("delegate", "--repository", shop.remote.url, *IDEA)
    assert said.out.strip() == f"local:{shop.remote.url}/pull/1"
    assert "Card 1 is in For Implementation." in said.err


def test_an_idea_comes_from_a_file_and_a_secret_in_it_goes_nowhere(shop, tmp_path):
    shop.environment["DEPLOY_TOKEN"] = "0123456789-very-secret"
    idea = {"title": "Deploy", "objective": "With 0123456789-very-secret", "acceptance": "- It runs\n- It stops"}
    (tmp_path / "idea.json").write_text(json.dumps(idea))
    said, made = delegated(shop, "--file", str(tmp_path / "idea.json"))
    assert said.status == 0, said.err
    content = shop.remote.read("TASK.md", made["branch"])
    assert b"very-secret" not in content
    assert content.endswith(b"- It runs\n- It stops\n")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((), "There is no title"),
        (("--title", "x" * 201), "is most"),
        (("--file", "/nowhere.json"), "cannot be read"),
        (
            (
                "--title",
                "T _Requirements: 7.7_",
                "--acceptance",
                "a\n2. b",
                "--form",
                "spec",
                "--constraints",
                "_Requirements: 9_",
            ),
            "",
        ),
    ],
)
def test_what_cannot_be_made_into_a_spec_leaves_nothing_behind(shop, words, why):
    said, made = delegated(shop, *words)
    if why:
        assert (said.status, made) == (2, {})
        assert why in said.err
        assert shop.remote.git("for-each-ref").count("\n") <= 1
    else:
        assert said.status == 0
