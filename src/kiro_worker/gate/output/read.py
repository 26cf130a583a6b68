"""Trying every form of output that is known; the one that is the runner's own goes first."""

from collections.abc import Callable, Mapping

from kiro_worker.gate.output import compiled, javascript, python, scripted
from kiro_worker.gate.output.told import Told, lines_of

_Form = Callable[[list[str]], Told | None]

_FORMS: Mapping[str, _Form] = {
    "pytest": python.pytest,
    "unittest": python.unittest,
    "jest": javascript.jest,
    "node": javascript.node,
    "mocha": javascript.mocha,
    "cargo": compiled.cargo,
    "maven": compiled.maven,
    "go": compiled.go,
    "gradle": compiled.gradle,
    "sbt": compiled.sbt,
    "dotnet": compiled.dotnet,
    "ctest": compiled.ctest,
    "rspec": scripted.rspec,
    "phpunit": scripted.phpunit,
    "tap": scripted.tap,
}
_RUNNERS = {"vitest": "jest", "bats": "tap"}


def read_output(text: str, *, runner: str = "") -> Told | None:
    """What printed text tells of a test run; None when no form of it is known.

    Args:
        text: both outputs as they came; only its last 100,000 lines are looked at.
        runner: whose output it is, when that is known; then no other form is tried.

    >>> read_output("2 passed, 1 failed in 0.01s").counts
    TestCounts(passed=2, failed=1, errors=0, skipped=0, counted=True)
    """
    lines = lines_of(text)
    known = _RUNNERS.get(runner, runner)
    forms = (_FORMS[known],) if known in _FORMS else _FORMS.values()
    told = [found for form in forms if (found := form(lines)) is not None]
    # A script that runs two suites prints two closings; the one that tells of failures must not be overlooked.
    return max(told, key=lambda one: (one.is_red, one.counts.total), default=None)
