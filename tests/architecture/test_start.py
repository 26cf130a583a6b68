"""What is loaded when: a verb that is called from a hook or a completion must not pay for what it does not use."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import kiro_worker
from e2e.world import BRANCH

# Each costs ten milliseconds to more than a second to import.
HEAVY = frozenset({
    "acp", "aiohttp", "boto3", "botocore", "cryptography", "defusedxml", "fastapi", "httpx", "jinja2", "jsonschema",
    "lizard", "markdown_it", "psutil", "psycopg", "psycopg_binary", "pydantic", "pydantic_core", "pyte", "requests",
    "rich", "tree_sitter", "tree_sitter_bash", "yaml",
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
    assert parts <= {"cli", "error", "expression", "forge", "spec", "value"}


def test_the_check_of_steering_files_loads_nothing_of_a_run(loaded):
    modules = loaded("steering", "check")
    assert heavy(modules) == set()
    assert not {"asyncio", "sqlite3", "yaml", "subprocess"} & (modules - STARTED)
    parts = {module.split(".")[1] for module in modules if module.startswith("kiro_worker.")}
    assert parts <= {"cli", "error", "expression", "later", "power", "steering", "value"}


@pytest.mark.parametrize(
    "words", [("list",), ("status",), ("board", "list"), ("power", "list"), ("queue", "list"), ("gc", "--dry-run")]
)
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


# What is needed once the agent works, and loaded while it does; what speaks to it, while it starts.
AFTER_THE_AGENT_STARTED = frozenset({
    "kiro_worker.agent.acp.attendance", "kiro_worker.agent.acp.connection", "kiro_worker.gate.coverage.read",
    "kiro_worker.gate.execution", "kiro_worker.gate.output", "kiro_worker.gate.reports", "kiro_worker.git.words",
    "kiro_worker.run.report.page", "kiro_worker.run.steps.check_gates", "kiro_worker.run.steps.commit",
    "kiro_worker.run.steps.inspect", "kiro_worker.run.steps.publish", "kiro_worker.run.steps.report",
})  # fmt: skip


def test_the_agent_is_started_before_what_follows_its_work_is_loaded(fresh, loaded):
    fresh.world.honest()
    words = ("--branch", BRANCH, "--agent", fresh.world.agent, "--isolation", "none")
    modules = loaded("run", *words, until="kiro-worker-replay")
    assert heavy(modules) <= {name for name in modules if name.partition(".")[0] == "yaml"}
    assert not modules & AFTER_THE_AGENT_STARTED


# A kind of value that is compiled while it is loaded costs half a millisecond; value.py says why these may.
STANDARD_DATACLASSES = frozenset({"flaw.py", "gate/base.py", "policy/policy.py", "value.py"})


def test_kinds_of_values_are_made_by_our_own_dataclass():
    package = Path(kiro_worker.__file__).parent
    users = {
        str(file.relative_to(package))
        for file in package.rglob("*.py")
        if re.search(r"^from dataclasses import .*\bdataclass\b", file.read_text("utf-8"), re.MULTILINE)
    }
    assert {each for each in users if not each.startswith(("testing/", "demo/"))} <= STANDARD_DATACLASSES


def test_a_whole_run_on_this_machine_needs_no_network_library_and_no_models(fresh, loaded):
    fresh.world.honest()
    modules = loaded("run", "--branch", BRANCH, "--agent", fresh.world.agent)
    assert heavy(modules) <= {name for name in modules if name.partition(".")[0] in {"jinja2", "yaml"}}
