"""What is loaded when: a verb that is called from a hook or a completion must not pay for what it does not use."""

import json
import subprocess
import sys

import pytest

from e2e.world import BRANCH

# Each costs ten milliseconds to more than a second to import.
HEAVY = frozenset({
    "acp", "aiohttp", "boto3", "botocore", "cryptography", "defusedxml", "fastapi", "httpx", "jinja2", "jsonschema",
    "lizard", "markdown_it", "psutil", "pydantic", "pydantic_core", "pyte", "requests", "rich", "tree_sitter",
    "tree_sitter_bash", "yaml",
})  # fmt: skip

# Calls the worker and tells which modules are loaded: at its end, or when it starts the first program of that name.
LOOK = """
import json, os, sys
from contextlib import redirect_stdout

def tell():
    print(json.dumps(sorted(sys.modules)), file=sys.__stdout__, flush=True)

until = sys.argv.pop(1)
if until:
    def hook(event, arguments):
        if event == "subprocess.Popen" and str(arguments[0]).rpartition("/")[2] == until:
            tell()
            os._exit(0)
    sys.addaudithook(hook)
from kiro_worker.cli.main import main
with redirect_stdout(sys.stderr):
    status = main(sys.argv[1:])
if not until:
    tell()
raise SystemExit(status)
"""


@pytest.fixture
def loaded(fresh):
    def look(*words: str, until: str = "") -> frozenset[str]:
        over = subprocess.run(
            [sys.executable, "-c", LOOK, until, *words], cwd=fresh.clone, env=fresh.world.variables("laptop"),
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert over.returncode == 0, over.stderr
        return frozenset(json.loads(over.stdout))

    return look


def heavy(modules: frozenset[str]) -> set[str]:
    return {module for module in modules if module.partition(".")[0] in HEAVY}


@pytest.mark.parametrize("words", [("--help",), ("--version",), ()])
def test_help_and_version_load_nothing_but_themselves(loaded, words):
    modules = loaded(*words)
    ours = {module for module in modules if module.startswith("kiro_worker")}
    assert ours <= {"kiro_worker", "kiro_worker.cli", "kiro_worker.cli.main", "kiro_worker.cli.verbs"}
    # Only what Python's own start brings along besides.
    assert not {"argparse", "asyncio", "dataclasses", "typing", "enum", "importlib.metadata"} & (modules - STARTED)


# What the site of this interpreter loads before the first line of ours, and the looking itself.
STARTED = frozenset(
    json.loads(
        subprocess.run(
            [sys.executable, "-c", "import json, sys, contextlib; print(json.dumps(sorted(sys.modules)))"],
            capture_output=True, text=True, check=True,
        ).stdout
    )
)  # fmt: skip


@pytest.mark.parametrize("words", [("spec", "show"), ("spec", "list"), ("spec", "check"), ("spec", "show", "--json")])
def test_the_spec_verbs_load_nothing_of_a_run(loaded, words):
    modules = loaded(*words)
    assert heavy(modules) == set()
    assert not {"asyncio", "sqlite3", "msgspec", "subprocess"} & (modules - STARTED)
    parts = {module.split(".")[1] for module in modules if module.startswith("kiro_worker.")}
    assert parts <= {"cli", "error", "forge", "spec", "value"}


@pytest.mark.parametrize("words", [("list",), ("status",)])
def test_verbs_that_only_look_load_nothing_heavy(loaded, words):
    assert heavy(loaded(*words)) == set()


def test_a_run_loads_nothing_heavy_before_its_first_git_process(fresh, loaded):
    fresh.world.honest()
    modules = loaded("run", "--agent", fresh.world.agent, until="git")
    assert heavy(modules) == set()
    assert not {module for module in modules if module.startswith(("kiro_worker.agent.acp", "kiro_worker.testing"))}


# What is needed once the repository was fetched, and loaded while git does that.
AFTER_FETCHING = frozenset({
    "kiro_worker.bootstrap.run", "kiro_worker.cli.follow", "kiro_worker.config.buildspec", "kiro_worker.document",
    "kiro_worker.config.repository", "kiro_worker.git.local", "kiro_worker.git.object",
    "kiro_worker.git.remote", "kiro_worker.git.words", "kiro_worker.workspace.clone", "kiro_worker.workspace.fence",
    "kiro_worker.workspace.hazard", "kiro_worker.workspace.pack", "kiro_worker.workspace.preparation",
    "kiro_worker.workspace.publish", "kiro_worker.workspace.stage", "kiro_worker.workspace.upkeep",
})  # fmt: skip


def test_a_run_of_a_named_repository_is_fetched_before_anything_else_is_loaded(fresh, loaded):
    world = fresh.world
    world.honest()
    words = ("--repository", world.remote.url, "--branch", BRANCH, "--agent", world.agent)
    modules = loaded("run", *words, until="git")
    assert heavy(modules) == set()
    assert not modules & AFTER_FETCHING


def test_a_whole_run_on_this_machine_needs_no_network_library_and_no_models(fresh, loaded):
    fresh.world.honest()
    modules = loaded("run", "--branch", BRANCH, "--agent", fresh.world.agent)
    assert heavy(modules) <= {name for name in modules if name.partition(".")[0] in {"jinja2", "psutil", "yaml"}}
