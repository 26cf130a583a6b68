"""A run that sees to what was said on its pull request."""

import json
import re
import signal
import subprocess

import httpx
import pytest

from e2e.world import BIN, BRANCH, Kept, new_world, wait_for
from kiro_worker.dispatch.webhook.signature import signature_of


def said(world, *words):
    over = world.call("pr", "comment", "1", *words, "--repository", world.remote.url)
    assert over.status == 0, over.err
    return over.out.strip()


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """All tasks done and the pull request made, once for all tests that go on from there."""
    world = new_world(tmp_path_factory.mktemp("done"))
    world.spec()
    world.honest()
    assert world.run().verdict == "DONE"
    return Kept.of(world)


@pytest.fixture
def done(kept):
    """That world, as it was then."""
    return kept.again()


def feedback_turn(world, *steps):
    world.turns.append(json.dumps({"turn": "feedback", "match": "Reviewers of its pull request"}))
    world.turns.extend(json.dumps(step) for step in steps)


def test_a_review_is_seen_to_in_one_commit_and_the_gates_judge_it(done):
    remark = said(done, "Greet more loudly!", "--path", "loud.txt", "--line", "1")
    feedback_turn(done, {"write": "loud.txt", "content": "HELLO\n"}, {"say": "Louder."})
    over = done.run("--feedback", remark)
    assert (over.status, over.verdict) == (0, "DONE"), over.out[-2000:]
    assert over.event("feedback.read")["remarks"][0]["path"] == "loud.txt"
    last = done.log()[-1]
    assert (last["Kiro-Kind"], last["subject"]) == ("feedback", "greeting: what was asked for on the pull request")
    prompts = sorted((done.folder / "laptop").rglob("prompts/*-feedback.txt"))
    assert "Greet more loudly!" in prompts[0].read_text()


def test_a_review_that_only_needs_words_leaves_the_branch_as_it_is(done):
    before = done.log()
    remark = said(done, "Why is that so?", "--review")
    feedback_turn(done, {"say": "Because of the spec."})
    over = done.run("--feedback", remark)
    assert (over.verdict, done.log()) == ("ALREADY_DONE", before)


def test_what_makes_the_tests_red_is_repaired_or_published_as_a_draft(done):
    remark = said(done, "Drop the exclamation mark.", "--review")
    feedback_turn(done, {"write": "RED", "content": ""}, {"say": "Dropped."})
    done.turn(None, {"say": "It stays."})
    over = done.run("--feedback", remark)
    assert (over.verdict, over.event("pull-request.published")["draft"]) == ("TESTS_RED", True)


def test_a_remark_that_is_not_there_is_nothing_to_do(done):
    over = done.run("--feedback", "1/99")
    assert (over.verdict, over.event("feedback.read")["remarks"]) == ("ALREADY_DONE", [])
    assert re.search(BRANCH, over.out)


def board_card(world):
    added = world.call("board", "add", "--repository", world.remote.url, "--branch", BRANCH, "--json")
    assert added.status == 0, added.err


def poll(world):
    over = world.call("poll", "--agent", world.agent, "--json")
    assert over.status == 0, over.err
    return [each["deed"] for each in json.loads(over.out)["actions"]]


def column(world):
    return json.loads(world.call("board", "show", "1", "--json").out)["column"]


def conversation(world):
    over = world.call("pr", "show", "1", "--repository", world.remote.url)
    assert over.status == 0, over.err
    return over.out


def test_a_review_of_a_card_s_pull_request_is_seen_to_by_the_next_poll_and_reported_once(world):
    world.spec()
    world.honest()
    board_card(world)
    assert poll(world) == ["begun", "settled"]
    world.turns.clear()
    said(world, "Greet more loudly!", "--path", "loud.txt")
    feedback_turn(world, {"write": "loud.txt", "content": "HELLO\n"}, {"say": "Louder."})
    assert poll(world) == ["begun", "settled"]
    assert (column(world), world.log()[-1]["Kiro-Kind"]) == ("review", "feedback")
    shown = conversation(world)
    assert shown.count("Round 1 of 3") == 1
    assert "DONE" in shown.partition("Round 1 of 3")[2]
    assert poll(world) == []
    assert conversation(world) == shown


def test_a_command_is_obeyed_and_answered(done):
    board_card(done)
    done.call("board", "move", "1", "review")
    said(done, "/kiro-worker explain")
    assert poll(done) == ["told"]
    assert "Rounds so far: 0 of 3 for reviews" in conversation(done)
    said(done, "/kiro-worker retry")
    assert poll(done) == ["begun", "settled"]
    assert "ALREADY_DONE" in conversation(done).partition("A run by /kiro-worker retry")[2]


def test_a_webhook_wakes_a_watch_that_would_have_slept_for_an_hour(world):
    world.environment["KIRO_WORKER_WEBHOOK_SECRET"] = "It is a secret to everybody"
    world.spec()
    world.honest()
    words = ("watch", "--interval", "3600", "--listen", "127.0.0.1:0", "--agent", world.agent, "--json")
    watching = subprocess.Popen(
        [str(BIN / "kiro-worker"), *words], cwd=world.folder, env=world.variables("laptop"), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert watching.stderr is not None
        heard = next(found for line in watching.stderr if (found := re.search(r"http://\S+/webhook", line)))
        board_card(world)
        body = b'{"action": "created"}'
        headers = {
            "X-GitHub-Event": "projects_v2_item",
            "X-GitHub-Delivery": "1",
            "X-Hub-Signature-256": signature_of(b"It is a secret to everybody", body),
        }
        assert httpx.post(heard[0], content=body, headers={**headers, "X-Hub-Signature-256": "x"}).status_code == 401
        assert httpx.post(heard[0], content=body, headers=headers).status_code == 202
        assert watching.stdout is not None
        assert json.loads(watching.stdout.readline())["actions"][0]["deed"] == "begun"
        wait_for(lambda: column(world) == "review", 60)
    finally:
        watching.send_signal(signal.SIGTERM)
        _, said_last = watching.communicate(timeout=60)
    assert "It is a secret" not in said_last


def test_nobody_listens_without_a_secret(world):
    world.spec()
    over = world.call("watch", "--listen", "127.0.0.1:0")
    assert (over.status, "KIRO_WORKER_WEBHOOK_SECRET" in over.err) == (3, True)
