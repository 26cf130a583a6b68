"""node:test, Vitest and Jest: whole files, for titles are made by code and may be anything."""

from dataclasses import replace

from kiro_worker.gate.plan import Plan
from kiro_worker.gate.port import TestCase


def node(plan: Plan, tests: tuple[TestCase, ...]) -> Plan | None:
    """See `select`; the files that the script itself names are left out."""
    paths = _paths(tests)
    *before, words = plan.commands
    options = tuple(word for at, word in enumerate(words[2:], start=2) if word.startswith("-") or _is_value(words, at))
    return replace(plan, commands=(*before, (*words[:2], *options, *paths))) if paths else None


def vitest(plan: Plan, tests: tuple[TestCase, ...]) -> Plan | None:
    """See `select`; a word after the options is a part of a path to Vitest."""
    paths = _paths(tests)
    return _with(plan, "--bail=0", *paths) if paths else None


def jest(plan: Plan, tests: tuple[TestCase, ...]) -> Plan | None:
    """See `select`."""
    paths = _paths(tests)
    return _with(plan, "--bail=0", "--runTestsByPath", *paths) if paths else None


def _with(plan: Plan, *words: str) -> Plan:
    *before, last = plan.commands
    return replace(plan, commands=(*before, (*last, *words)))


def _paths(tests: tuple[TestCase, ...]) -> tuple[str, ...]:
    """The tests' files; none where one of them does not say where it is."""
    paths = sorted({test.path for test in tests})
    return tuple(f"./{path}" if path.startswith("-") else path for path in paths) if all(paths) else ()


def _is_value(words: tuple[str, ...], at: int) -> bool:
    """Whether a word is the value of the option before it, such as `--import tsx`."""
    return words[at - 1] in {"--import", "--require", "-r", "--loader", "--experimental-loader", "--conditions", "-C"}
