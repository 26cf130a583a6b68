"""Maven and Gradle: classes and methods by their own options."""

from dataclasses import replace

from kiro_worker.gate.plan import Plan
from kiro_worker.gate.port import TestCase


def maven(plan: Plan, tests: tuple[TestCase, ...]) -> Plan | None:
    """See `select`."""
    wanted = ",".join(sorted({f"{test.suite}#{_method(test)}" for test in tests}))
    *before, words = plan.commands
    options = (f"-Dtest={wanted}", "-Dsurefire.failIfNoSpecifiedTests=false", "-DfailIfNoTests=false", "-fae")
    return replace(plan, commands=(*before, (*words, *options)))


def gradle(plan: Plan, tests: tuple[TestCase, ...]) -> Plan | None:
    """See `select`; `--tests` belongs to the task that it stands behind."""
    wanted = sorted({f"{test.suite}.{_method(test)}" for test in tests})
    *before, words = plan.commands
    at = words.index("test") + 1 if "test" in words else len(words)
    options = tuple(part for name in wanted for part in ("--tests", name))
    return replace(plan, commands=(*before, (*words[:at], *options, *words[at:])))


def _method(test: TestCase) -> str:
    """A method without what a parametrised test adds to its name.

    >>> _method(TestCase(name="adds(int)[1]"))
    'adds'
    """
    return test.name.partition("(")[0].partition("[")[0].strip()
