"""Whole runs on a small Python project: ticks that nothing backs, evidence that a later commit makes stale, old failures."""

import json
import os
import subprocess

import pytest

from e2e.language import PYTEST
from e2e.test_languages import REQUIREMENTS
from e2e.world import BRANCH, FOLDER, Kept, new_world

TASKS = b"""# Implementation Plan

- [ ] 1. Discounts
  - [ ] 1.1 Give a discount
    - _Requirements: 1.1_
"""


@pytest.fixture
def shop(world):
    """The project on its base branch, and the spec on its own."""
    return lay(world)


def lay(world, *, settings: str = "", **more: str):
    base = {**{path: text.encode() for path, text in PYTEST.base.items()}, "check.sh": b"", "greet.sh": b""}
    worker = PYTEST.worker() + "".join(f"  {line}\n" for line in settings.splitlines()).encode()
    given = {path.replace("__", "/") + ".py": text.encode() for path, text in more.items()}
    world.spec(
        {f"{FOLDER}/requirements.md": REQUIREMENTS, f"{FOLDER}/tasks.md": TASKS},
        base={**base, **given, ".kiro/worker.yaml": worker},
    )
    world.environment["PATH"] = f"{PYTEST.tools()}:{os.environ['PATH']}"
    return world


def works(shop, *, task: str | None = "1\\.1", test: str = PYTEST.honest) -> None:
    files = {**PYTEST.code, **({PYTEST.test: test} if test else {})}
    shop.turn(task, *({"write": path, "content": text} for path, text in files.items()))


@pytest.fixture(scope="module")
def proved(tmp_path_factory):
    """A run that did its task with an honest test, and the project after it: once for the tests that go on from there."""
    shop = lay(new_world(tmp_path_factory.mktemp("proved")))
    works(shop)
    return shop.run("--repair-rounds", "0"), Kept.of(shop)


@pytest.fixture(scope="module")
def hollow(tmp_path_factory):
    """A run that did its task without a test, and the project after it."""
    shop = lay(new_world(tmp_path_factory.mktemp("hollow")))
    works(shop, test="")
    shop.turn(None, {"say": "All is done."})
    # Untested code is too little covered as well, which this is not about.
    loose = ("--set", "gates.changed_coverage_threshold=0", "--coverage-threshold", "0")
    return shop.run("--repair-rounds", "1", *loose), Kept.of(shop)


def gates(ran, name: str):
    return next(result for result in ran.event("gates.judged")["results"] if result["gate"] == name)


def test_a_tick_without_a_test_is_handed_back_and_then_taken_back(hollow):
    ran, kept = hollow
    shop = kept.again()
    assert (ran.verdict, ran.status) == ("PHANTOM", 12)
    assert ran.cause["code"] == "evidence.no-test"
    assert "1.1" in ran.cause["message"]
    asked = [turn for turn in ran.all("turn.started") if turn["ask"] == "repair"]
    assert len(asked) == 1
    assert "- [ ] 1.1 Give a discount" in shop.tasks()
    assert "- [ ] 1. Discounts" in shop.tasks()
    done, taken_back = shop.log()[-2:]
    assert (done["Kiro-Task"], taken_back["Kiro-Kind"]) == ("1.1", "untick")
    assert taken_back["subject"] == "greeting: take back the tick of 1.1"
    body = shop.call("pr", "show", BRANCH, "--repository", shop.remote.url, "--json").out
    told = json.loads(body)
    assert told["draft"]
    assert "PHANTOM" in told["body"]


def test_the_task_is_done_again_by_the_next_run_and_then_backed(hollow):
    shop = hollow[1].again()
    shop.turn("1\\.1", {"write": PYTEST.test, "content": PYTEST.honest})
    ran = shop.run()
    assert ran.verdict == "DONE", ran.cause
    assert "- [x] 1.1 Give a discount" in shop.tasks()


def test_evidence_holds_until_a_later_commit_changes_what_it_stands_on(proved):
    ran, kept = proved
    assert ran.verdict == "DONE"
    shop = kept.again()
    clone = shop.folder / "clone"
    git = ("git", "-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    subprocess.run((*git, "clone", "-q", "-b", BRANCH, shop.remote.url, str(clone)), check=True)
    holds = shop.call("evidence", "check", "-C", str(clone))
    assert (holds.status, holds.err) == (0, "")
    (path,) = PYTEST.code
    code = clone / path
    code.write_text(code.read_text().replace("(100 - percent) / 100", "(100 - percent) * 0.01"))
    subprocess.run((*git, "-C", str(clone), "commit", "-q", "-am", "Multiply"), check=True)
    stale = shop.call("evidence", "check", "-C", str(clone))
    assert stale.status == 1
    assert path in stale.out
    assert "was changed" in stale.out


OLD = "def test_that_has_been_red_for_years():\n    assert False\n"


@pytest.mark.parametrize(
    ("settings", "verdict"),
    [("", "TESTS_RED"), ("known_failures: allow", "DONE"), ("known_failures: allow\neach_task: true", "DONE")],
)
def test_a_test_that_was_red_before_blocks_unless_the_base_branch_allows_it(world, settings, verdict):
    shop = lay(world, settings=settings, tests__test_old=OLD)
    # A checkpoint knows the base as well as the end does.
    shop.remote.commit({f"{FOLDER}/tasks.md": TASKS + b"- [ ] 2. Checkpoint - Ensure all tests pass\n"}, branch=BRANCH)
    works(shop)
    ran = shop.run("--repair-rounds", "0")
    assert ran.verdict == verdict, ran.cause
    assert "red on the base too" in gates(ran, "tests")["summary"]
    assert gates(ran, "tests")["tests"]["known"] == 1


def test_the_base_is_looked_at_once_for_each_state_of_it(proved):
    shop = proved[1].again()
    kept = list((shop.folder / "laptop/state").rglob("bases/tests/*"))
    assert len(kept) == 1
    before = kept[0].read_bytes()
    assert shop.run().verdict == "ALREADY_DONE"
    assert [path.read_bytes() for path in kept] == [before]


def test_a_test_that_cannot_be_loaded_takes_no_other_test_away(shop):
    works(shop, test="from shop.nowhere import discounted\n\n\ndef test_discount():\n    assert discounted\n")
    ran = shop.run("--repair-rounds", "0")
    assert ran.verdict == "TESTS_RED"
    assert gates(ran, "tamper")["color"] == "green"
