"""Jest and Vitest, Mocha, and Node's own test runner."""

import re

from kiro_worker.expression import expression
from kiro_worker.gate.output.told import Told, bounded, failure, number
from kiro_worker.gate.port import TestCase, TestCounts

# "Tests:       1 failed, 1 skipped, 2 passed, 4 total" (Jest), "     Tests  1 failed | 2 passed (3)" (Vitest)
_TESTS = expression(r"\s*Tests:?\s+((?:\d+ [a-z]+(?:, | \| )?)+).*")
_NONE = expression(r"No tests? (?:files? )?found.*")
_COUNT = expression(r"(\d+) (passed|failed|skipped|pending|todo)")
_JEST_NAME = expression(r"  ● (.+)")
_JEST_PLACE = expression(r"\s+at .*?\(?([^\s()]+\.[cm]?[jt]sx?):(\d+):\d+\)?")
_VITEST_NAME = expression(r"\s*FAIL\s+(\S+\.[cm]?[jt]sx?) > (.+)")
_VITEST_PLACE = expression("\\s*\u276f " r"(\S+\.[cm]?[jt]sx?):(\d+):\d+")

_PASSING = expression(r"\s+(\d+) passing(?: \(.*\))?")
_FAILING = expression(r"\s+(\d+) failing")
_PENDING = expression(r"\s+(\d+) pending")
_MOCHA_NAME = expression(r"\s{2}(\d+)\) (.+)")

_NODE = expression("(?:\u2139|#) " r"(tests|pass|fail|cancelled|skipped|todo) (\d+)")
_NODE_NAME = expression(r"\s*✖ (.+?) \([\d.]+ms\)")
_NODE_PLACE = expression(r"test at (.+?):(\d+):\d+")


def jest(lines: list[str]) -> Told | None:
    """Jest's and Vitest's closing `Tests` line."""
    closing = next((found for line in reversed(lines[-300:]) if (found := _TESTS.fullmatch(line))), None)
    if closing is None:
        none = any(_NONE.match(line) for line in lines[-50:])
        return Told(form="jest", counts=TestCounts()) if none else None
    counts = {name: number(count) for count, name in _COUNT.findall(closing[1])}
    if not counts:
        return None
    return Told(
        form="jest",
        counts=TestCounts(
            passed=counts.get("passed", 0),
            failed=counts.get("failed", 0),
            skipped=counts.get("skipped", 0) + counts.get("pending", 0) + counts.get("todo", 0),
        ),
        failures=bounded((*_named(lines, _VITEST_NAME, _VITEST_PLACE), *_bullets(lines))),
    )


def mocha(lines: list[str]) -> Told | None:
    """`n passing`, `n failing`, and the numbered list below."""
    at = next((number for number in range(len(lines) - 1, -1, -1) if _PASSING.fullmatch(lines[number])), None)
    if at is None:
        return None
    counts = {"passing": 0, "failing": 0, "pending": 0}
    for line in lines[at : at + 5]:
        for name, form in (("passing", _PASSING), ("failing", _FAILING), ("pending", _PENDING)):
            if found := form.fullmatch(line):
                counts[name] = number(found[1])
    failures = []
    for place in range(at, len(lines)):
        if found := _MOCHA_NAME.fullmatch(lines[place]):
            title = [found[2].removesuffix(":")]
            message: list[str] = []
            for line in lines[place + 1 : place + 30]:
                if _MOCHA_NAME.fullmatch(line):
                    break
                if line.strip().endswith(":") and not message:
                    title.append(line.strip().removesuffix(":"))
                else:
                    message.append(line.strip())
            failures.append(failure(" ".join(title), "\n".join(message)))
    return Told(
        form="mocha",
        counts=TestCounts(passed=counts["passing"], failed=counts["failing"], skipped=counts["pending"]),
        failures=bounded(failures),
    )


def node(lines: list[str]) -> Told | None:
    """The counts that Node's `spec` and `tap` reporters close with."""
    counts: dict[str, int] = {}
    for line in lines[-400:]:
        if found := _NODE.fullmatch(line):
            counts[found[1]] = number(found[2])
    if "tests" not in counts or "pass" not in counts:
        return None
    failures: list[TestCase] = []
    place = ("", "0")
    for line in lines[_start_of_list(lines) :]:
        if found := _NODE_PLACE.fullmatch(line):
            place = (found[1], found[2])
        elif found := _NODE_NAME.fullmatch(line):
            failures.append(failure(found[1], path=place[0], line=place[1]))
    return Told(
        form="node",
        counts=TestCounts(
            passed=counts["pass"],
            failed=counts.get("fail", 0) + counts.get("cancelled", 0),
            skipped=counts.get("skipped", 0) + counts.get("todo", 0),
        ),
        failures=bounded(failures),
    )


def _start_of_list(lines: list[str]) -> int:
    return next((at for at in range(len(lines) - 1, -1, -1) if lines[at].startswith("✖ failing tests")), 0)


def _named(lines: list[str], name: re.Pattern[str], place: re.Pattern[str]) -> list[TestCase]:
    found: list[TestCase] = []
    for at, line in enumerate(lines):
        heading = name.fullmatch(line)
        if heading is None:
            continue
        below = lines[at + 1 : at + 40]
        where = next((hit for told in below if (hit := place.match(told))), None)
        message = next((told for told in below if told.strip()), "")
        path, number_ = (where[1], where[2]) if where else (heading[1], "0")
        found.append(failure(heading[2], message, suite=heading[1], path=path, line=number_))
    return found


def _bullets(lines: list[str]) -> list[TestCase]:
    found: list[TestCase] = []
    for at, line in enumerate(lines):
        heading = _JEST_NAME.fullmatch(line)
        if heading is None or heading[1].startswith(("Console", "Test suite failed")):
            continue
        below = lines[at + 1 : at + 60]
        where = next(
            (hit for told in below if (hit := _JEST_PLACE.fullmatch(told)) and "node_modules" not in told), None
        )
        message = "\n".join(told.strip() for told in below[:8] if told.strip())
        path, number_ = (where[1], where[2]) if where else ("", "0")
        found.append(failure(heading[1], message, path=path, line=number_))
    return found
