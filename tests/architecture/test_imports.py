"""The arrows between the parts, and who may know a library of somebody else's."""

from pathlib import Path

import grimp
import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).parents[2]

# Each library, and the only places that import it; everywhere else it is reached through them.
LIBRARIES = {
    "ahocorasick_rs": {"redact.search"},
    "aws_lambda_powertools": {"entry"},
    "boto3": {"aws.client"},
    "botocore": {"aws.client"},
    "cryptography": {"receipt.key"},
    "httpx": {"forge.github", "notify.web"},
    "jinja2": {"run.report.compiled", "run.report.page"},
    "jwt": {"forge.github.app"},
    "lizard": {"gate.bite.bodies", "policy.complexity"},
    "markdown_it": {"forge.render", "run.hygiene"},
    "msgspec": {"agent", "evidence.reading", "gate", "lease", "run.transcript"},
    "psutil": {"process.table", "agent"},
    "psycopg": {"lease.rows", "lease.server"},
    "pyte": {"agent.pty"},
    "rich": {"cli.live"},
    "tree_sitter": {"policy.shell"},
    "tree_sitter_bash": {"policy.shell.tree"},
    "yaml": {"document", "steering.reader"},
}


@pytest.fixture(scope="module")
def graph():
    return grimp.build_graph("kiro_worker", include_external_packages=True, cache_dir=None)


def test_every_contract_of_pyproject_holds(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    status = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    assert status == 0, capsys.readouterr().out


def product(graph) -> set[str]:
    return {module for module in graph.modules if module.startswith("kiro_worker.") and ".testing" not in module}


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_is_known_only_where_it_is_wrapped(graph, library):
    allowed = tuple(f"kiro_worker.{place}" for place in LIBRARIES[library])
    importers = product(graph) & graph.find_modules_that_directly_import(library)
    assert importers, f"{library} is not used any more"
    assert {each for each in importers if not each.startswith(allowed)} == set()


def test_no_library_is_used_that_is_not_declared(graph):
    import sys

    used = {
        module
        for module in graph.modules
        if not module.startswith("kiro_worker")
        and module not in sys.stdlib_module_names
        and product(graph) & graph.find_modules_that_directly_import(module)
    }
    assert used <= set(LIBRARIES)


def test_only_an_entry_point_looks_at_the_environment(graph):
    """Everything else is handed the variables that it may see."""
    import re

    read = re.compile(r"\bos\.(environ|getenv)\b")
    found = {
        str(path.relative_to(ROOT / "src/kiro_worker"))
        for path in (ROOT / "src/kiro_worker").rglob("*.py")
        if "testing" not in path.parts and read.search(path.read_text("utf-8"))
    }
    assert found <= {
        "bootstrap/machine.py",
        "bootstrap/run.py",
        "cli/main.py",
        "cli/terminal.py",
        "entry/delegate.py",
        "entry/notify.py",
        "entry/poll.py",
        "git/program.py",
        "agent/replay/executable.py",
    }
