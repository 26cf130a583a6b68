"""Go, Rust, Maven, Gradle, sbt, .NET and CTest."""

import re
from collections.abc import Iterable

from kiro_worker.expression import expression
from kiro_worker.gate.output.told import Told, bounded, failure, named, number
from kiro_worker.gate.port import TestCase, TestCounts

_GO_TEST = expression(r"\s*--- (PASS|FAIL|SKIP): (\S+) \([\d.]+s\)")
_GO_PACKAGE = expression(r"(ok|FAIL|\?)\s+\t?(\S+)\s+(?:\(cached\)|[\d.]+s|\[.*\]).*")
GO_PLACE = expression(r"\s+(\S+\.go):(\d+): (.*)")

_CARGO = expression(r"test result: (?:ok|FAILED)\. (\d+) passed; (\d+) failed; (\d+) ignored;.*")
_CARGO_TEST = expression(r"test (.+?) \.\.\. FAILED")
_CARGO_PASSED = expression(r"test (.+?)(?: - should panic)? \.\.\. (ok|ignored)(?:,.*)?")
_CARGO_PANIC = expression(r"thread '(.+?)'(?: \(\d+\))? panicked at (?:'.*', )?(\S+?):(\d+):\d+:?")

_MAVEN = expression(r"(?:\[\w+\] )?Tests run: (\d+), Failures: (\d+), Errors: (\d+), Skipped: (\d+)\s*")
_MAVEN_TEST = expression(r"\[ERROR\]\s+(?:(\w+)\.(\S+?):(\d+)(?:->\S+)? ?(.*))")

_GRADLE = expression(r"(\d+) tests? completed(?:, (\d+) failed)?(?:, (\d+) skipped)?")
_GRADLE_TEST = expression(r"(\S+) > (.+?)(?:\(\))? FAILED")

_SBT = expression(
    r"\[(?:info|error)\] (?:Passed|Failed|Error): Total (\d+), Failed (\d+), Errors (\d+), Passed (\d+)"
    r"(?:, (?:Skipped|Ignored) (\d+))?.*"
)
_SBT_TEST = expression(r"\[(?:info|error)\] (.+?) \*\*\* FAILED \*\*\*")

_DOTNET = expression(r"(?:Passed|Failed)!\s+- Failed:\s+(\d+), Passed:\s+(\d+), Skipped:\s+(\d+), Total:\s+\d+.*")
_DOTNET_TEST = expression(r"\s+Failed (\S+?)(?:\(.*\))? \[[^\]]*s\]")

_CTEST = expression(r"\d+% tests passed, (\d+) tests? failed out of (\d+)")
_CTEST_TEST = expression(r"\s*\d+ - (\S+) \((.+)\)")


def go(lines: list[str]) -> Told | None:
    """`--- FAIL` lines, and the line of each package; without -v passing tests are not named."""
    packages = [found for line in lines if (found := _GO_PACKAGE.fullmatch(line))]
    if not packages:
        return None
    ended = {"PASS": 0, "FAIL": 0, "SKIP": 0}
    failures = []
    for at, line in enumerate(lines):
        if found := _GO_TEST.fullmatch(line):
            ended[found[1]] += 1
            if found[1] == "FAIL":
                where = next((hit for told in lines[at + 1 : at + 20] if (hit := GO_PLACE.fullmatch(told))), None)
                path, place, message = (where[1], where[2], where[3]) if where else ("", "0", "")
                failures.append(failure(found[2], message, path=path, line=place))
    broken = [found[2] for found in packages if found[1] == "FAIL" and "[" in found[0]]
    failures += [failure("(build)", "the package does not build", suite=name, error=True) for name in broken]
    passed = ended["PASS"] or sum(found[1] == "ok" and "[no tests to run]" not in found[0] for found in packages)
    counts = TestCounts(
        passed=passed, failed=ended["FAIL"], errors=len(broken), skipped=ended["SKIP"], counted=bool(ended["PASS"])
    )
    return Told(form="go", counts=counts, failures=bounded(failures))


def cargo(lines: list[str]) -> Told | None:
    """The result of each test binary, added up."""
    results = [found for line in lines if (found := _CARGO.fullmatch(line))]
    if not results:
        return None
    panics = {
        found[1]: (found[2], found[3], at) for at, line in enumerate(lines) if (found := _CARGO_PANIC.match(line))
    }
    failures = []
    for line in lines:
        if found := _CARGO_TEST.fullmatch(line):
            path, place, at = panics.get(found[1], ("", "0", -1))
            message = "\n".join(lines[at + 1 : at + 5]) if at >= 0 else ""
            failures.append(failure(found[1], message, path=path, line=place))
    passed, failed, ignored = (sum(number(found[at]) for found in results) for at in (1, 2, 3))
    return Told(
        form="cargo",
        counts=TestCounts(passed=passed, failed=failed, skipped=ignored),
        failures=bounded(failures),
        passed=named(("", hit[1], hit[2] != "ok") for line in lines if (hit := _CARGO_PASSED.fullmatch(line))),
    )


def maven(lines: list[str]) -> Told | None:
    """Surefire's total of each module: the count line without a class behind it."""
    totals = [found for line in lines if (found := _MAVEN.fullmatch(line))]
    if not totals:
        return None
    ran, failed, errors, skipped = (sum(number(found[at]) for found in totals) for at in (1, 2, 3, 4))
    failures = [
        failure(found[2], found[4], suite=found[1], path=f"{found[1]}.java", line=found[3])
        for line in lines
        if (found := _MAVEN_TEST.fullmatch(line))
    ]
    counts = TestCounts(passed=max(0, ran - failed - errors - skipped), failed=failed, errors=errors, skipped=skipped)
    return Told(form="maven", counts=counts, failures=bounded(failures))


def gradle(lines: list[str]) -> Told | None:
    """Gradle prints counts only when a test failed."""
    return _table("gradle", lines, _GRADLE, _GRADLE_TEST, total=1, failed=2, skipped=3)


def sbt(lines: list[str]) -> Told | None:
    """The `Passed: Total` line."""
    return _table("sbt", lines, _SBT, _SBT_TEST, total=1, failed=2, errors=3, skipped=5)


def dotnet(lines: list[str]) -> Told | None:
    """The closing line of each test assembly."""
    return _table("dotnet", lines, _DOTNET, _DOTNET_TEST, passed=2, failed=1, skipped=3)


def ctest(lines: list[str]) -> Told | None:
    """`n% tests passed`, and the list below it."""
    return _table("ctest", lines, _CTEST, _CTEST_TEST, total=2, failed=1)


def _table(form: str, lines: list[str], closing: re.Pattern[str], pattern: re.Pattern[str], **at: int) -> Told | None:
    """Counts from closing lines by the number of the group that holds each, and the tests named as failed."""
    found = [hit for line in lines if (hit := closing.fullmatch(line))]
    if not found:
        return None
    counted = {what: sum(number(hit[group]) for hit in found) for what, group in at.items()}
    bad = counted.get("failed", 0) + counted.get("errors", 0) + counted.get("skipped", 0)
    return Told(
        form=form,
        counts=TestCounts(
            passed=counted.get("passed", max(0, counted.get("total", 0) - bad)),
            failed=counted.get("failed", 0),
            errors=counted.get("errors", 0),
            skipped=counted.get("skipped", 0),
        ),
        failures=bounded(_failed(lines, pattern)),
    )


def _failed(lines: Iterable[str], form: re.Pattern[str]) -> list[TestCase]:
    found = []
    for line in lines:
        if hit := form.fullmatch(line):
            suite, name = (hit[1], hit[2]) if form is _GRADLE_TEST else ("", hit[1])
            found.append(failure(name, hit[2] if form is _CTEST_TEST else "", suite=suite))
    return found
