import subprocess
import sys

import pytest

import kiro_worker
from kiro_worker.cli.verbs import VERBS


def test_help_names_every_verb(kiro):
    said = kiro("--help")
    assert said.status == 0
    assert all(f"  {name}" in said.out for name in VERBS)
    assert kiro().out == kiro("help").out == said.out


def test_the_version_is_told(kiro):
    assert kiro("--version").lines == [f"kiro-worker {kiro_worker.__version__}"]
    over = subprocess.run([sys.executable, "-m", "kiro_worker", "-V"], capture_output=True, text=True, check=True)
    assert over.stdout == f"kiro-worker {kiro_worker.__version__}\n"


@pytest.mark.parametrize("name", sorted(VERBS))
def test_each_verb_has_help_of_its_own(kiro, name):
    said = kiro(name, "--help")
    assert said.status == 0
    assert said.out.startswith(f"usage: kiro-worker {name} ")


def test_a_slip_of_the_pen_is_answered_with_what_was_meant(kiro):
    said = kiro("staus")
    assert (said.status, said.out) == (2, "")
    assert "Did you mean status?" in said.err
    assert "Did you mean" not in kiro("xyzzy").err


def test_an_unknown_option_is_a_fault_of_usage(kiro):
    said = kiro("list", "--colour")
    assert (said.status, said.out) == (2, "")
    assert "--colour" in said.err


def test_a_misspelt_option_is_answered_in_two_lines_with_what_was_meant(kiro):
    said = kiro("run", "--agnt", "kiro")
    assert (said.status, said.out) == (2, "")
    first, second = said.err.splitlines()
    assert first.endswith("unrecognized arguments: --agnt kiro. Did you mean --agent?")
    assert second == "kiro-worker run --help tells what it takes."
    assert "Did you mean" not in kiro("run", "--xyzzy").err


@pytest.mark.parametrize("words", [("run",), ("resume",), ("doctor",), ("config", "show"), ("pr", "list")])
def test_a_folder_that_is_not_there_is_named(kiro, words):
    said = kiro(*words, "-C", "/not/there")
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith("cli.option: -C /not/there is no folder.")
