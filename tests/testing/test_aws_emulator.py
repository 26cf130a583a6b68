"""The emulator of AWS that the tests share: apart from whoever started it, gone with them, and one account per test."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from kiro_worker.aws import Aws, AwsDenied
from kiro_worker.process import Children, Command
from kiro_worker.testing.aws_emulator import REGION, EmulatorMissing, aws_emulator
from kiro_worker.testing.nobodys_child import NobodysChild

_TABLE = {
    "KeySchema": [{"AttributeName": "key", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "key", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}
_SAYS_ITS_PID = "import os, sys, time; print(os.getpid(), file=sys.stderr, flush=True); time.sleep(60)"


def _is_over(pid):
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _wait_for(condition):
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


async def test_what_is_made_in_one_account_is_not_in_another(aws, aws_account, monkeypatch):
    await Aws().ask("dynamodb", "CreateTable", TableName="leases", **_TABLE)
    assert (await Aws().ask("dynamodb", "ListTables"))["TableNames"] == ["leases"]
    assert (await Aws().ask("sts", "GetCallerIdentity"))["Account"] == aws_account
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", aws.account())
    assert (await Aws().ask("dynamodb", "ListTables"))["TableNames"] == []


async def test_it_listens_on_this_machine_alone(aws):
    listening = {each.laddr.ip for each in psutil.net_connections("tcp") if f":{each.laddr.port}" in aws.url}
    assert listening == {"127.0.0.1"}


async def test_where_rights_are_enforced_a_user_without_any_is_denied(enforced_aws, monkeypatch):
    for name, value in enforced_aws.environment().items():
        monkeypatch.setenv(name, value)
    await Aws().ask("iam", "CreateUser", UserName="nobody")
    key = (await Aws().ask("iam", "CreateAccessKey", UserName="nobody"))["AccessKey"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
    with pytest.raises(AwsDenied, match="ListTables"):
        await Aws().ask("dynamodb", "ListTables")


def test_where_it_is_not_installed_the_fault_says_how_to(monkeypatch, tmp_path):
    monkeypatch.setenv("KIRO_WORKER_EMULATOR", str(tmp_path / "none"))
    with pytest.raises(EmulatorMissing, match="run: make infra"), aws_emulator():
        pass


@pytest.fixture
def started(tmp_path):
    """A program that says its pid and then sleeps."""
    log = tmp_path / "log"
    child = NobodysChild((sys.executable, "-c", _SAYS_ITS_PID), environment={}, folder=tmp_path, log=log)
    _wait_for(lambda: log.read_text().endswith("\n"))
    yield child, int(log.read_text())
    child.stop()


def test_stopping_it_ends_it_at_once(started):
    child, pid = started
    assert child.alive
    child.stop()
    assert not child.alive
    assert _is_over(pid)


async def test_a_tree_that_ends_in_this_process_does_not_take_it_along(started, tmp_path):
    child, _ = started
    async with Children() as children:
        await children.run(Command(argv=("true",), cwd=tmp_path, environment={}))
    assert child.alive


def test_a_program_that_ends_by_itself_is_not_alive(started):
    child, pid = started
    os.kill(pid, signal.SIGKILL)
    _wait_for(lambda: not child.alive)


def test_it_is_gone_when_the_process_that_started_it_was_killed(tmp_path):
    source = f"""
import sys, time
from pathlib import Path
from kiro_worker.testing.nobodys_child import NobodysChild
folder = Path({str(tmp_path)!r})
child = NobodysChild((sys.executable, "-c", {_SAYS_ITS_PID!r}), environment={{}}, folder=folder, log=folder / "log")
time.sleep(60)
"""
    log = tmp_path / "log"
    with subprocess.Popen((sys.executable, "-c", source)) as owner:
        _wait_for(lambda: log.exists() and log.read_text().endswith("\n"))
        pid = int(log.read_text())
        assert not _is_over(pid)
        owner.kill()
    _wait_for(lambda: _is_over(pid))


def test_its_environment_leads_nowhere_else(aws):
    told = aws.environment()
    assert told["AWS_ENDPOINT_URL"] == aws.url
    assert (told["AWS_REGION"], told["AWS_EC2_METADATA_DISABLED"]) == (REGION, "true")
