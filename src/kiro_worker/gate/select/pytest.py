"""pytest: files as arguments, and a plug-in of ours that leaves out what was not asked for.

Arguments such as `file.py::name` would end the whole run where one name is not there, as it may be while the change is
taken back; and an error while one file is collected must not keep the others from being run.
"""

import json
from dataclasses import replace
from importlib.resources import files

from kiro_worker.gate.plan import Plan
from kiro_worker.gate.port import TestCase

_PLUGIN = "kiro_worker_selection"
_OPTIONS = ("--maxfail=0", "--tb=no", "--continue-on-collection-errors", "-p", _PLUGIN)


def select(plan: Plan, tests: tuple[TestCase, ...]) -> Plan | None:
    """See `select`."""
    if any(not test.path for test in tests):
        return None
    wanted = sorted({node_of(test) for test in tests})
    paths = sorted({test.path for test in tests})
    plugin = files("kiro_worker.gate.select").joinpath("plugin.py").read_bytes()
    *before, words = plan.commands
    return replace(
        plan,
        commands=(*before, (*words, *_OPTIONS, *_arguments(paths))),
        files={**plan.files, f"{_PLUGIN}.py": plugin, f"{_PLUGIN}.json": json.dumps(wanted).encode()},
        environment={**plan.environment, "PYTHONPATH": "{scratch}"},
    )


def node_of(test: TestCase) -> str:
    """What pytest calls a test, without its parameters.

    >>> node_of(TestCase(name="test_a[1-x]", suite="tests.test_m.TestB", path="tests/test_m.py"))
    'tests/test_m.py::TestB::test_a'
    >>> node_of(TestCase(name="shop.price", suite="shop", path="shop.py"))
    'shop.py::shop.price'
    """
    module = test.path.removesuffix(".py").replace("/", ".")
    inner = test.suite.removeprefix(module).strip(".")
    classes = inner.split(".") if inner else []
    return "::".join((test.path, *classes, test.name.partition("[")[0]))


def _arguments(paths: list[str]) -> list[str]:
    # A path that begins with a dash would be taken for an option.
    return [f"./{path}" if path.startswith("-") else path for path in paths]
