"""Go: packages, and a pattern for the tests' names; a subtest is run with the whole of its test."""

import re
from dataclasses import replace

from kiro_worker.gate.plan import Plan
from kiro_worker.gate.port import TestCase


def select(plan: Plan, tests: tuple[TestCase, ...]) -> Plan | None:
    """See `select`."""
    if any(not test.suite for test in tests):
        return None
    names = sorted({test.name.partition("/")[0] for test in tests})
    *before, words = plan.commands
    pattern = "^(?:" + "|".join(re.escape(name) for name in names) + ")$"
    kept = tuple(word for word in words if word != "./...")
    return replace(plan, commands=(*before, (*kept, "-run", pattern, *sorted({test.suite for test in tests}))))
