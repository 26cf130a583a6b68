"""One whole run in each language, with its own tools: the gates say no to wrong work, and yes once it is mended."""

import os

import pytest

from e2e.language import LANGUAGES
from e2e.world import FOLDER

REQUIREMENTS = b"""# Requirements Document

### Requirement 1: Discounts

#### Acceptance Criteria

1. WHEN a discount is given, THE Cart SHALL take that percentage off the total
"""

TASKS = b"""# Implementation Plan

- [ ] 1. Give a discount, with tests
  - _Requirements: 1.1_
"""


@pytest.mark.parametrize("language", [pytest.param(each, id=each.name) for each in LANGUAGES])
def test_wrong_work_is_handed_back_and_mended_work_is_published(world, language):
    language.require()
    world.spec(
        {f"{FOLDER}/requirements.md": REQUIREMENTS, f"{FOLDER}/tasks.md": TASKS},
        base={
            **{path: text.encode() for path, text in language.base.items()},
            ".kiro/worker.yaml": language.worker(),
            "check.sh": b"",
            "greet.sh": b"",
        },
    )
    world.environment |= language.variables()
    world.environment["PATH"] = f"{language.tools(world.folder)}:{os.environ['PATH']}"
    world.turn("1", *({"write": path, "content": text} for path, text in language.wrong.items()))
    world.turn(None, *({"write": path, "content": text} for path, text in language.right.items()))
    ran = world.run("--repair-rounds", "1", *language.flags())
    assert ran.all("gates.judged"), ran.cause
    first, *_, last = ran.all("gates.judged")
    assert colour(first, "tests") == "red", ran.err
    assert (colour(last, "tests"), ran.verdict) == ("green", "DONE"), (gate(last, "tests"), ran.err)
    assert gate(last, "tests")["summary"].startswith("2 tests passed")
    if "coverage: off" not in language.settings:
        assert colour(last, "coverage") == "green"


def gate(event, name):
    return next(result for result in event["results"] if result["gate"] == name)


def colour(event, name):
    return gate(event, name)["color"]
