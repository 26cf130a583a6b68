"""pytest and unittest."""

from collections.abc import Iterator

from kiro_worker.expression import expression
from kiro_worker.gate.output.told import Told, bounded, failure, named, number
from kiro_worker.gate.port import TestCase, TestCounts

# "=== 1 failed, 2 passed, 1 warning in 0.12s ===", and with -q without the rule around it.
_CLOSING = expression(r"(?:=+ )?((?:\d+ [a-z]+(?:, )?)+|no tests ran) in \d+(?:\.\d+)?s\b.*")
_COUNT = expression(r"(\d+) (passed|failed|errors?|skipped|xfailed|xpassed)")
_SHORT = expression(r"(FAILED|ERROR) (\S+?\.py)(?:::(.*?))?(?: - (.*))?")
_PLACE = expression(r"(\S+\.py):(\d+): (?:\w+(?:Error|Exception|Exit|Failed)\b.*|AssertionError.*|in .*)?")

_BLOCK = expression(r"_{3,} (?:ERROR at \w+ of |ERROR collecting )?(\S.*?) _{3,}")
_LONGEST_BLOCK = 200

_RAN = expression(r"Ran (\d+) tests? in [\d.]+s")
_VERDICT = expression(r"(?:OK|FAILED|NO TESTS RAN)(?: \((.*)\))?")
# With -v: `test_a (tests.test_m.TestB.test_a) ... ok`; a docstring's first line may stand between the two.
_NAMED = expression(r"(\w+) \(([\w.]+)\)(?: \.\.\. (.*))?")
_ENDED = expression(r"(?:.* \.\.\. |.*\b)?(ok|FAIL|ERROR|skipped .*|expected failure|unexpected success)")
_PART = expression(r"(failures|errors|skipped|expected failures|unexpected successes)=(\d+)")
_HEADING = expression(r"(FAIL|ERROR): (\S+) \((.+?)\)(?: .*)?")
_FRAME = expression(r'  File "(.+?)", line (\d+), in .*')


def pytest(lines: list[str]) -> Told | None:
    """The closing line and the short summary."""
    closing = next((told for line in reversed(lines[-200:]) if (told := _CLOSING.fullmatch(line))), None)
    if closing is None:
        return None
    counts = {
        name.rstrip("s") if name.startswith("error") else name: number(count)
        for count, name in _COUNT.findall(closing[1])
    }
    places = {found[1]: found[2] for line in lines if (found := _PLACE.fullmatch(line))}
    blocks = _pytest_blocks(lines)
    failures = []
    for line in lines:
        if found := _SHORT.fullmatch(line):
            kind, path, name, message = found.groups()
            suite = path.removesuffix(".py").replace("/", ".")
            said = blocks.get((name or "").replace("::", "."), message or "")
            at = places.get(path, "0")
            failures.append(failure(name or path, said, suite=suite, path=path, line=at, error=kind == "ERROR"))
    return Told(
        form="pytest",
        counts=TestCounts(
            passed=counts.get("passed", 0) + counts.get("xpassed", 0),
            failed=counts.get("failed", 0),
            errors=counts.get("error", 0),
            skipped=counts.get("skipped", 0) + counts.get("xfailed", 0),
        ),
        failures=bounded(failures),
    )


def _pytest_blocks(lines: list[str]) -> dict[str, str]:
    """The text below each `____ name ____`, by name."""
    blocks: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line in lines:
        if heading := _BLOCK.fullmatch(line):
            current = blocks.setdefault(heading[1], [])
        elif line.startswith("===="):
            current = None
        elif current is not None and len(current) < _LONGEST_BLOCK:
            current.append(line)
    return {name: "\n".join(block) for name, block in blocks.items()}


def unittest(lines: list[str]) -> Told | None:
    """`Ran n tests`, the verdict below it, and the block of each failure."""
    at = next((number for number in range(len(lines) - 1, -1, -1) if _RAN.fullmatch(lines[number])), None)
    if at is None:
        return None
    ran = _RAN.fullmatch(lines[at])
    verdict = next((found for line in lines[at + 1 : at + 5] if (found := _VERDICT.fullmatch(line))), None)
    if ran is None or verdict is None:
        return None
    parts = {name: number(count) for name, count in _PART.findall(verdict[1] or "")}
    failed = parts.get("failures", 0) + parts.get("unexpected successes", 0)
    errors = parts.get("errors", 0)
    skipped = parts.get("skipped", 0) + parts.get("expected failures", 0)
    return Told(
        form="unittest",
        counts=TestCounts(
            passed=max(0, number(ran[1]) - failed - errors - skipped), failed=failed, errors=errors, skipped=skipped
        ),
        failures=bounded(_blocks(lines[:at])),
        passed=named(_unittest_passed(lines[:at])),
    )


def _unittest_passed(lines: list[str]) -> Iterator[tuple[str, str, bool]]:
    """The tests that `-v` tells as passed or skipped; what they print may stand before that word."""
    open_test: tuple[str, str] | None = None
    for line in lines:
        said = line
        if hit := _NAMED.fullmatch(line):
            open_test = (hit[2].removesuffix(f".{hit[1]}"), hit[1])
            said = hit[3] or ""
        elif line.startswith("======"):
            return
        ended = _ENDED.fullmatch(said) if open_test is not None else None
        if open_test is not None and ended is not None:
            if ended[1] == "ok" or ended[1].startswith(("skipped", "expected")):
                yield (*open_test, ended[1] != "ok")
            open_test = None


def _blocks(lines: list[str]) -> list[TestCase]:
    found: list[TestCase] = []
    for at, line in enumerate(lines):
        heading = _HEADING.fullmatch(line)
        if heading is None:
            continue
        block = []
        for told in lines[at + 1 : at + 200]:
            if told.startswith("======"):
                break
            block.append(told)
        # The innermost frame of the project's own is where the test failed.
        places = [place for told in block if (place := _FRAME.fullmatch(told)) and "/lib/python" not in place[1]]
        path, number_ = (places[-1][1], places[-1][2]) if places else ("", "0")
        message = "\n".join(told for told in block if told and not told.startswith(("-----", "Traceback")))
        suite = heading[3].removesuffix(f".{heading[2]}")
        found.append(failure(heading[2], message, suite=suite, path=path, line=number_, error=heading[1] == "ERROR"))
    return found
