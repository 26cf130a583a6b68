"""TAP (node:test, bats, prove), RSpec and PHPUnit."""

import re

from kiro_worker.expression import expression
from kiro_worker.gate.output.told import Told, bounded, failure, number
from kiro_worker.gate.port import TestCase, TestCounts

_PLAN = expression(r"1\.\.(\d+)(?:\s*#.*)?")
_POINT = expression(r"(not ok|ok)\b ?(\d+)?(?: - | )?([^#]*)(?:# ?(skip|todo)\b.*)?", re.IGNORECASE)
_BATS_PLACE = expression(r"#\s+\(?(?:in test file|from function.* in file) (\S+?), line (\d+)\)?")
_BAIL = expression(r"Bail out!.*")

_RSPEC = expression(
    r"(\d+) examples?, (\d+) failures?(?:, (\d+) pending)?(?:, (\d+) errors? occurred outside of examples)?"
)
_RSPEC_TEST = expression(r"rspec (\./\S+?):(\d+) # (.+)")

_PHPUNIT_OK = expression(r"OK \((\d+) tests?, \d+ assertions?\)")
_PHPUNIT = expression(r"Tests: (\d+), Assertions: \d+((?:, [A-Z][A-Za-z ]+: \d+)*)\.")
_PHPUNIT_PART = expression(r", ([A-Z][A-Za-z ]+): (\d+)")
_PHPUNIT_TEST = expression(r"\d+\) (\S+)::(\S+)(?: with data set .*)?")
_PHPUNIT_PLACE = expression(r"(\S+\.php):(\d+)")


def tap(lines: list[str]) -> Told | None:
    """Test points at the outer level; a plan that promises more than came is a failure."""
    plan = next((found for line in lines if (found := _PLAN.fullmatch(line))), None)
    if plan is None:
        return None
    ended = {"ok": 0, "not ok": 0, "skip": 0}
    failures = []
    for at, line in enumerate(lines):
        point = _POINT.fullmatch(line)
        if point is None:
            continue
        directive = (point[4] or "").lower()
        kind = "skip" if directive else point[1].lower()
        ended[kind] += 1
        if kind == "not ok":
            below = lines[at + 1 : at + 12]
            where = next((hit for told in below if (hit := _BATS_PLACE.match(told))), None)
            message = "\n".join(told.strip("# ") for told in below if told.startswith("#"))
            path, place = (where[1], where[2]) if where else ("", "0")
            failures.append(failure(point[3] or f"test {point[2]}", message, path=path, line=place))
    missing = max(0, number(plan[1]) - sum(ended.values()))
    if missing:
        failures.append(failure("(plan)", f"{missing} of {plan[1]} planned tests never ran", error=True))
    bailed = any(_BAIL.fullmatch(line) for line in lines)
    counts = TestCounts(
        passed=ended["ok"], failed=ended["not ok"], errors=missing or int(bailed), skipped=ended["skip"]
    )
    return Told(form="tap", counts=counts, failures=bounded(failures))


def rspec(lines: list[str]) -> Told | None:
    """`n examples, n failures` and the list of commands to rerun."""
    closing = next((found for line in reversed(lines[-300:]) if (found := _RSPEC.fullmatch(line))), None)
    if closing is None:
        return None
    total, failed, pending, errors = (number(closing[at]) for at in (1, 2, 3, 4))
    failures = [
        failure(found[3], path=found[1], line=found[2]) for line in lines if (found := _RSPEC_TEST.fullmatch(line))
    ]
    return Told(
        form="rspec",
        counts=TestCounts(passed=max(0, total - failed - pending), failed=failed, errors=errors, skipped=pending),
        failures=bounded(failures),
    )


def phpunit(lines: list[str]) -> Told | None:
    """The closing line, and the numbered list above it."""
    for line in reversed(lines[-100:]):
        if found := _PHPUNIT_OK.fullmatch(line):
            return Told(form="phpunit", counts=TestCounts(passed=number(found[1])))
        if found := _PHPUNIT.fullmatch(line):
            parts = {name: number(count) for name, count in _PHPUNIT_PART.findall(found[2])}
            failed, errors = parts.get("Failures", 0), parts.get("Errors", 0)
            skipped = parts.get("Skipped", 0) + parts.get("Incomplete", 0)
            passed = max(0, number(found[1]) - failed - errors - skipped)
            counts = TestCounts(passed=passed, failed=failed, errors=errors, skipped=skipped)
            return Told(form="phpunit", counts=counts, failures=bounded(_phpunit_list(lines)))
        if line.startswith("No tests executed"):
            return Told(form="phpunit", counts=TestCounts())
    return None


def _phpunit_list(lines: list[str]) -> list[TestCase]:
    found = []
    for at, line in enumerate(lines):
        if heading := _PHPUNIT_TEST.fullmatch(line):
            below = lines[at + 1 : at + 20]
            where = next((hit for told in below if (hit := _PHPUNIT_PLACE.fullmatch(told))), None)
            path, place = (where[1], where[2]) if where else ("", "0")
            found.append(failure(heading[2], below[0] if below else "", suite=heading[1], path=path, line=place))
    return found
