import subprocess
import sys

import pytest

import kiro_worker
from kiro_worker.cli.verbs import VERBS


def test_help_names_every_verb(unrun):
    said = unrun("--help")
    assert said.status == 0
    assert all(f"  {name}" in said.out for name in VERBS)
    assert unrun().out == unrun("help").out == said.out


def test_the_version_is_told(unrun):
    assert unrun("--version").lines == [f"kiro-worker {kiro_worker.__version__}"]
    over = subprocess.run([sys.executable, "-m", "kiro_worker", "-V"], capture_output=True, text=True, check=True)
    assert over.stdout == f"kiro-worker {kiro_worker.__version__}\n"


@pytest.mark.parametrize("name", sorted(VERBS))
def test_each_verb_has_help_of_its_own(unrun, name):
    said = unrun(name, "--help")
    assert said.status == 0
    assert said.out.startswith(f"usage: kiro-worker {name} ")


def test_a_slip_of_the_pen_is_answered_with_what_was_meant(unrun):
    said = unrun("staus")
    assert (said.status, said.out) == (2, "")
    assert "Did you mean status?" in said.err
    assert "Did you mean" not in unrun("xyzzy").err


def test_an_unknown_option_is_a_fault_of_usage(unrun):
    said = unrun("list", "--colour")
    assert (said.status, said.out) == (2, "")
    assert "--colour" in said.err


def test_a_misspelt_option_is_answered_in_two_lines_with_what_was_meant(unrun):
    said = unrun("run", "--agnt", "kiro")
    assert (said.status, said.out) == (2, "")
    first, second = said.err.splitlines()
    assert first.endswith("unrecognized arguments: --agnt kiro. Did you mean --agent?")
    assert second == "kiro-worker run --help tells what it takes."
    assert "Did you mean" not in unrun("run", "--xyzzy").err


def test_a_value_that_looks_like_an_option_is_answered_with_how_it_is_written(unrun):
    said = unrun("run", "--agent-args", "--effort")
    assert (said.status, said.out) == (2, "")
    assert said.err.splitlines()[0].endswith(
        "expected one argument. A value that begins with a dash is joined to it: --agent-args=--value"
    )


@pytest.mark.parametrize("words", [("run",), ("resume",), ("doctor",), ("config", "show"), ("pr", "list")])
def test_a_folder_that_is_not_there_is_named(unrun, words):
    said = unrun(*words, "-C", "/not/there")
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith("cli.option: -C /not/there is no folder.")


# A program that calls the worker as the console script does, and tells whether Python goes on after it.
ENTRY = """
import atexit, sys, threading, time
atexit.register(print, "said good-bye")
{before}
from kiro_worker.cli.main import main
status = main()
print("went on")
sys.exit(status)
"""


def as_a_program(*words: str, before: str = "") -> subprocess.CompletedProcess[str]:
    program = ENTRY.format(before=before)
    return subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("words", "status"), [(("list",), 0), (("show", "nothing", "-C", "/not/there"), 2)])
def test_a_process_ends_with_its_verb_and_leaves_nothing_unsaid(tmp_path, monkeypatch, words, status):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    over = as_a_program(*words)
    assert over.returncode == status
    assert over.stdout.endswith("said good-bye\n")
    assert "went on" not in over.stdout


@pytest.mark.parametrize(
    "before",
    [
        "threading.Thread(target=lambda: [time.sleep(0.01) for _ in iter(lambda: 'status' in globals(), True)]).start()",
        "sys.settrace(lambda *_: None)",
        "sys.setprofile(lambda *_: None)",
    ],
)
def test_a_process_that_is_watched_or_has_something_running_ends_as_python_ends_it(tmp_path, monkeypatch, before):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    over = as_a_program("list", before=before)
    assert (over.returncode, over.stdout.splitlines()[-2:]) == (0, ["went on", "said good-bye"])
