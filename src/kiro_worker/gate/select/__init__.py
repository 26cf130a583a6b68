"""A plan that runs only some of the tests, where their runner can be asked for that."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from kiro_worker.gate.plan import Plan
from kiro_worker.gate.port import TestCase
from kiro_worker.gate.select import gotest, javascript, jvm, pytest, rust, unittest

_Select = Callable[[Plan, tuple[TestCase, ...]], Plan | None]

_RUNNERS: Mapping[str, _Select] = {
    "pytest": pytest.select,
    "unittest": unittest.select,
    "node": javascript.node,
    "vitest": javascript.vitest,
    "jest": javascript.jest,
    "go": gotest.select,
    "cargo": rust.select,
    "maven": jvm.maven,
    "gradle": jvm.gradle,
}


def select(plan: Plan, tests: Iterable[TestCase]) -> Plan | None:
    """The plan for these tests alone; None where the runner cannot be asked, such as a command from the settings.

    More tests than these may be run, never fewer: some runners are asked for whole files. Coverage is not looked at.
    """
    wanted = tuple(tests)
    chosen = _RUNNERS.get(plan.runner)
    if chosen is None or not wanted:
        return None
    found = chosen(plan, wanted)
    return None if found is None else replace(found, follow=(), coverage=(), own_coverage=False, raw_coverage=False)
