"""Which Python a project's tests run by, and what can be imported there; asked of that interpreter in isolation."""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from kiro_worker.gate.command import find_program
from kiro_worker.gate.detect.model import Python
from kiro_worker.gate.libraries import Libraries
from kiro_worker.process import Children, Command, Limits, NotStarted

# `-I`: neither the tree nor the environment can put a module of theirs before the standard library. What setup made
# lies where an agent and the tests can write; its sources are sealed, and of compiled files only those that set-up left
# elsewhere, sealed as well. Nothing is compiled to there: it would break the seal.
_APART = ("-I",)
_OF_SETUP_APART = ("-I", "-B", "-X")

# The answer of a broken interpreter is not waited for.
_PROBE = Limits(wall=30, kept_output=64 * 1024)

_BY_SETUP = "the environment that setup made"
_MODULES = ("pytest", "pytest_cov", "coverage")

_QUESTION = """
import importlib.util, json, sys
from importlib.machinery import PathFinder
modules = {}
for name in sys.argv[1:]:
    if importlib.util.find_spec(name) is not None:
        version = ""
        try:
            from importlib.metadata import version as look
            version = look(name.replace("_", "-"))
        except Exception:
            pass
        modules[name] = version
print(json.dumps({"version": list(sys.version_info[:2]), "modules": modules}))
"""


async def find_python(
    tree: Path, environment: Mapping[str, str], children: Children, *, libraries: Libraries | None = None
) -> Python | None:
    """The interpreter that setup prepared (VIRTUAL_ENV), else `python3` or `python` on the search path.

    A `.venv` in the tree that setup did not make was made by an agent or committed, and is not used.

    Args:
        tree: the working tree.
        environment: the whole environment.
        children: ask the interpreter.
        libraries: what setup compiled; read for as long as it is sound, and it is removed when it is not.
    """
    compiled = str(libraries.folder) if libraries is not None and libraries.are_sound() else os.devnull
    for command, because in _candidates(environment):
        apart = (*_OF_SETUP_APART, f"pycache_prefix={compiled}") if because == _BY_SETUP else _APART
        if (told := await _ask((command, *apart), tree, environment, children)) is not None:
            return Python(
                command=command,
                because=because,
                version=told[0],
                modules=told[1],
                apart=apart,
            )
    return None


def shadow_of(tree: Path, modules: Iterable[str], *, own: Iterable[str] = ()) -> str:
    """The first module of a test tool that the tree holds; `python -m` would import that in the tool's place.

    A plain folder of that name, such as JavaScript's `coverage/`, is none.

    Args:
        tree: the working tree.
        modules: the tools.
        own: paths of the base branch: a project that is itself the tool holds its modules.
    """
    forms = ("{}.py", "{}/__init__.py", "{}.pyc", "{}/__init__.pyc", "{}.so")
    named = [form.format(name) for name in modules for form in forms]
    native = [path.name for name in modules for path in tree.glob(f"{name}.*.so")]
    known = frozenset(own)
    return next((path for path in (*named, *native) if path not in known and (tree / path).exists()), "")


def _candidates(environment: Mapping[str, str]) -> list[tuple[str, str]]:
    prepared = environment.get("VIRTUAL_ENV")
    found = [(f"{prepared}/bin/python", _BY_SETUP)] if prepared else []
    path = environment.get("PATH", "")
    programs = ((find_program(name, path), name) for name in ("python3", "python"))
    return [*found, *((program, f"{name} on the search path") for program, name in programs if program is not None)]


async def _ask(
    python: tuple[str, ...], tree: Path, environment: Mapping[str, str], children: Children
) -> tuple[tuple[int, int], Mapping[str, str]] | None:
    asked = Command(argv=(*python, "-c", _QUESTION, *_MODULES), cwd=tree, environment=environment)
    try:
        over = await children.run(asked, _PROBE)
        told: Any = json.loads(over.stdout) if over.ok else {}
        major, minor = told["version"]
        return (int(major), int(minor)), {str(name): str(version) for name, version in told["modules"].items()}
    except (NotStarted, ValueError, LookupError, TypeError, AttributeError):
        # Whatever stands at this place, it is no interpreter that could be used.
        return None
