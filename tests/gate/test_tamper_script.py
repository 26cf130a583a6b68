import pytest

from kiro_worker.changeset import ChangedFile, ChangeSet, How, Hunk
from kiro_worker.gate.tamper import Asking, asked_by
from kiro_worker.gate.tamper.script import script_signs, scripts_of
from kiro_worker.ids import Oid

BEFORE, AFTER = b"#!/bin/sh\nset -e\npython -m checks\n", b"#!/bin/sh\nset -e\nexit 0\n"


def change(path: str, before: bytes | None = BEFORE) -> ChangeSet:
    file = ChangedFile(
        path=path,
        how=How.MODIFIED if before else How.ADDED,
        before=before,
        after=AFTER,
        hunks=(Hunk(3, 1, 3, 1),),
    )
    return ChangeSet(base=Oid("a" * 40), head=Oid("b" * 40), files=(file,), base_tree=Oid("c" * 40))


@pytest.mark.parametrize("command", ["sh check.sh", "./check.sh --all", ("bash", "check.sh"), "cd . && sh 'check.sh'"])
def test_a_script_that_the_test_command_runs_is_a_sign_when_it_changes(command):
    (sign,) = script_signs(command, change("check.sh"))
    assert (sign.code, sign.path, sign.line) == ("tamper.command", "check.sh", 3)
    assert (sign.before, sign.now) == ("python -m checks", "exit 0")


@pytest.mark.parametrize("command", ["sh other.sh", "pytest", ("check.sh.bak",)])
def test_another_file_is_none(command):
    assert scripts_of(command, change("check.sh")) == ()


def test_a_script_that_the_base_did_not_have_decides_nothing_there():
    assert scripts_of("sh check.sh", change("check.sh", before=None)) == ()


def test_a_task_can_ask_for_it():
    (sign,) = script_signs("sh check.sh", change("check.sh"))
    assert asked_by(Asking(tasks=(("1", "Change `check.sh` so that it looks at both greetings"),)))(sign) == "1"
    assert asked_by(Asking(tasks=(("1", "Greet in two languages"),)))(sign) == ""
