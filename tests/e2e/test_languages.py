"""One whole run in each language, with its own tools: a test that proves nothing is handed back, a real one is published."""

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
def test_a_hollow_test_is_handed_back_and_an_honest_one_proves_its_criterion(world, language):
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
    world.environment["PATH"] = f"{language.tools()}:{os.environ['PATH']}"
    first = {**language.code, language.test: language.hollow}
    world.turn("1", *({"write": path, "content": text} for path, text in first.items()))
    world.turn(None, {"write": language.test, "content": language.honest})
    ran = world.run("--repair-rounds", "1", *language.flags())
    assert ran.all("gates.judged"), ran.cause
    before, *_, after = (Colors(event) for event in ran.all("gates.judged"))
    assert (before["tests"], before["bite"]) == ("green", "red"), before
    assert set(after.values()) <= {"green", "not-applicable"}, after
    assert (after["tests"], after["bite"], ran.verdict) == ("green", "green", "DONE")
    assert after["coverage"] == ("not-applicable" if "coverage: off" in language.settings else "green")
    ((criterion,),) = (each["criteria"] for each in ran.event("evidence.judged")["evidence"]["requirements"])
    (test,) = (test for test in criterion["tests"] if test["path"] == language.test)
    assert (criterion["state"], test["bound"], test["bite"]) == ("proved", "tag", "bites"), criterion


class Colors(dict):
    """What each gate said."""

    def __init__(self, event):
        super().__init__({result["gate"]: result["color"] for result in event["results"]})
        self._event = event

    def __repr__(self):
        return str(self._event)
