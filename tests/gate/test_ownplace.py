from pathlib import Path

from gate.test_project import project_of
from kiro_worker.gate import Color
from kiro_worker.gate.ownplace import relative_words

_BY_PATH = """import glob, os
import pytest

@pytest.mark.parametrize("path", sorted(glob.glob(os.path.join(os.path.dirname(os.path.abspath(__file__)), "*.txt"))))
def test_sample(path):
    assert not open(path).read(), path
"""


async def test_what_a_gate_says_does_not_tell_where_the_run_lies(project, children, tmp_path):
    project.write({"tests/test_samples.py": _BY_PATH, "tests/a.txt": "", "tests/b.txt": "wrong"})
    made = project_of(project, children, tmp_path, worker=project.environment())
    await made.prepare(project.tree)
    tests, _ = await made.judge(project.tree, "")
    assert tests.color is Color.RED
    assert str(tmp_path) not in repr((tests.findings, tests.output, tests.cases, tests.command))
    assert sorted(case.name for case in tests.cases) == ["test_sample[tests/a.txt]", "test_sample[tests/b.txt]"]
    assert [finding.title for finding in tests.findings] == ["tests.test_samples::test_sample[tests/b.txt]"]


async def test_what_the_set_up_says_does_not_either(project, children, tmp_path):
    project.write({"run.sh": ""})
    made = project_of(project, children, tmp_path, setup_command='pwd; echo "$HOME"; false', test_command="sh run.sh")
    prepared = await made.prepare(project.tree)
    assert prepared.color is Color.ERROR
    assert str(tmp_path) not in repr((prepared.output, prepared.findings, prepared.summary))


def test_what_lies_below_the_home_of_whoever_runs_the_worker_is_told_from_there():
    tell = relative_words(Path("/home/ada/trees/r-1"), home="/home/ada")
    assert (
        tell("/home/ada/.venv/bin/python /home/ada/trees/r-1/a.py /home/adam") == "~/.venv/bin/python a.py /home/adam"
    )
    assert relative_words(Path("/t"), home="")("/usr/bin") == "/usr/bin"


def test_a_folder_that_only_begins_the_same_is_another_one():
    tell = relative_words(Path("/var/trees/r-1"), Path("/var/gates/r-1"))
    assert tell("/var/trees/r-12/a.py and /var/gates/r-1.old/b") == "/var/trees/r-12/a.py and /var/gates/r-1.old/b"
    assert tell("It is in /var/trees/r-1. See /var/gates/r-1.") == "It is in .. See …."
