"""Rust: exact names; every test binary is asked for them."""

from dataclasses import replace

from kiro_worker.gate.plan import Plan
from kiro_worker.gate.port import TestCase


def select(plan: Plan, tests: tuple[TestCase, ...]) -> Plan | None:
    """See `select`; `--no-fail-fast` asks the other binaries too when one of them has failed."""
    names = sorted({test.name for test in tests})
    *before, words = plan.commands
    return replace(plan, commands=(*before, (*words, "--no-fail-fast", "--", "--exact", *names)))
