"""Each isolation is tried, not guessed."""

import os
from dataclasses import replace

import pytest

from kiro_worker.bootstrap.machine import this_machine
from kiro_worker.bootstrap.workshop import workshop
from kiro_worker.config.settings import Config, IsolationSettings
from kiro_worker.doctor.check import Health
from kiro_worker.doctor.isolation import look_at_isolation
from kiro_worker.isolation.account import AccountUnfit
from kiro_worker.isolation.fault import IsolationMissing


@pytest.fixture
async def shop(tmp_path):
    variables = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    async with workshop(this_machine(variables)) as shop:
        yield shop


def config(**settings) -> Config:
    return replace(Config(), isolation=IsolationSettings(**settings))


async def test_each_isolation_is_told_of_with_what_keeps_it_from_working(shop):
    told = await look_at_isolation(shop, config())
    names = [row.partition(":")[0] for row in told.says.splitlines()[1:4]]
    assert names == ["bubblewrap", "user", "none"]
    assert "limits: memory" in told.says


async def test_where_nothing_stronger_works_it_is_a_warning(shop, tmp_path):
    # No bubblewrap on the search path, and a state folder that other users do not get to.
    shop.machine = replace(shop.machine, environment={"PATH": str(tmp_path)}, state=tmp_path / "a/state")
    tmp_path.chmod(0o700)
    told = await look_at_isolation(shop, config())
    assert told.health is Health.WARNING
    assert "bubblewrap is not installed" in told.says
    assert "could read what you can" in told.says


async def test_an_isolation_that_is_asked_for_and_does_not_work_is_a_fault(shop, tmp_path):
    shop.machine = replace(shop.machine, environment={"PATH": str(tmp_path)})
    with pytest.raises(IsolationMissing, match="bubblewrap is not installed"):
        await look_at_isolation(shop, config(kind="bubblewrap"))


@pytest.mark.skipif(os.geteuid() != 0, reason="accounts are looked up for a worker that is root")
async def test_an_account_that_is_not_there_is_a_fault(shop):
    with pytest.raises(AccountUnfit, match="no user of this machine"):
        await look_at_isolation(shop, config(account="nobody-of-that-name"))
    with pytest.raises(AccountUnfit, match="root"):
        await look_at_isolation(shop, config(account="root"))
