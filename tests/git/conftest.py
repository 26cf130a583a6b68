from pathlib import Path

import pytest

from kiro_worker.git import Git, GitCall
from kiro_worker.process import Children
from kiro_worker.testing.clock import HandClock
from kiro_worker.testing.git_remote import BareRemote


@pytest.fixture
async def children():
    async with Children() as owner:
        yield owner


@pytest.fixture
def calls() -> list[GitCall]:
    return []


@pytest.fixture
def clock() -> HandClock:
    return HandClock(hurried=True)


@pytest.fixture
def git(children: Children, tmp_path: Path, calls, clock) -> Git:
    return Git(children, home=tmp_path / "git-home", observe=calls.append, clock=clock)


@pytest.fixture
def remote(tmp_path: Path) -> BareRemote:
    return BareRemote(tmp_path / "remote.git")
