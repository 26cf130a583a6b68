"""A run that sees to what was said on its pull request."""

import re

from e2e.world import BRANCH


def said(world, *words):
    over = world.call("pr", "comment", "1", *words, "--repository", world.remote.url)
    assert over.status == 0, over.err
    return over.out.strip()


def done(world):
    world.spec()
    world.honest()
    assert world.run().verdict == "DONE"
    world.turns.clear()


def feedback_turn(world, *steps):
    import json

    world.turns.append(json.dumps({"turn": "feedback", "match": "Reviewers of its pull request"}))
    world.turns.extend(json.dumps(step) for step in steps)


def test_a_review_is_seen_to_in_one_commit_and_the_gates_judge_it(world):
    done(world)
    remark = said(world, "Greet more loudly!", "--path", "loud.txt", "--line", "1")
    feedback_turn(world, {"write": "loud.txt", "content": "HELLO\n"}, {"say": "Louder."})
    over = world.run("--feedback", remark)
    assert (over.status, over.verdict) == (0, "DONE"), over.out[-2000:]
    assert over.event("feedback.read")["remarks"][0]["path"] == "loud.txt"
    last = world.log()[-1]
    assert (last["Kiro-Kind"], last["subject"]) == ("feedback", "greeting: what was asked for on the pull request")
    prompts = sorted((world.folder / "laptop").rglob("prompts/*-feedback.txt"))
    assert "Greet more loudly!" in prompts[0].read_text()


def test_a_review_that_only_needs_words_leaves_the_branch_as_it_is(world):
    done(world)
    before = world.log()
    remark = said(world, "Why is that so?", "--review")
    feedback_turn(world, {"say": "Because of the spec."})
    over = world.run("--feedback", remark)
    assert (over.verdict, world.log()) == ("ALREADY_DONE", before)


def test_what_makes_the_tests_red_is_repaired_or_published_as_a_draft(world):
    done(world)
    remark = said(world, "Drop the exclamation mark.", "--review")
    feedback_turn(world, {"write": "RED", "content": ""}, {"say": "Dropped."})
    world.turn(None, {"say": "It stays."})
    over = world.run("--feedback", remark)
    assert (over.verdict, over.event("pull-request.published")["draft"]) == ("TESTS_RED", True)


def test_a_remark_that_is_not_there_is_nothing_to_do(world):
    done(world)
    over = world.run("--feedback", "1/99")
    assert (over.verdict, over.event("feedback.read")["remarks"]) == ("ALREADY_DONE", [])
    assert re.search(BRANCH, over.out)
