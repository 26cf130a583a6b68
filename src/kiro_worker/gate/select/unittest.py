"""unittest: dotted names in the place of discovery."""

from dataclasses import replace

from kiro_worker.gate.plan import Plan
from kiro_worker.gate.port import TestCase


def select(plan: Plan, tests: tuple[TestCase, ...]) -> Plan | None:
    """See `select`; names are told relative to the folder in which discovery began, which `-s` puts on the path."""
    *before, words = plan.commands
    if "discover" not in words or any(not test.suite for test in tests):
        return None
    at = words.index("discover")
    # Each class is asked for by the end of its name: `-k` is a pattern, and knows of no folder.
    patterns = tuple(part for test in tests for part in ("-k", f"{test.suite}.{test.name}"))
    return replace(plan, commands=(*before, (*words[: at + 1], *patterns, *words[at + 1 :])))
