import os
import time
from datetime import timedelta
from pathlib import Path

import pytest

from kiro_worker.bootstrap.machine import this_machine
from kiro_worker.bootstrap.workshop import workshop
from kiro_worker.orphan.machine import Wanted, sweep_machine
from kiro_worker.testing.git_remote import BareRemote
from kiro_worker.testing.workspace_contract import furnished
from kiro_worker.workspace import Remote
from kiro_worker.workspace.git_workspaces import GitWorkspaces


@pytest.fixture
async def shop(tmp_path):
    machine = this_machine({"HOME": str(tmp_path / "home"), "PATH": os.environ["PATH"]})
    async with workshop(machine) as shop:
        yield shop


@pytest.fixture
def state(shop) -> Path:
    return shop.machine.state


@pytest.fixture
def remote(tmp_path) -> BareRemote:
    return furnished(tmp_path / "repo.git")


@pytest.fixture
async def workspaces(shop, remote, state):
    async with GitWorkspaces(shop.git, Remote(url=remote.url), state) as made:
        yield made


@pytest.fixture
def swept(shop):
    async def sweep(*, dry_run=False, **wanted):
        return await sweep_machine(shop, Wanted(**wanted), dry_run=dry_run)

    return sweep


@pytest.fixture
def made(state):
    """Make a file below the state directory that was last touched some time ago, and what it lies in as well."""

    def make(name: str, ago: timedelta, content: str = "x") -> Path:
        path = state / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        for each in (path, path.parent):
            touch(each, ago)
        return path

    return make


def age(path: Path, ago: timedelta) -> None:
    """Let a file or folder, and what is right in it, look as if nobody had touched it for so long."""
    for each in (*(path.iterdir() if path.is_dir() else ()), path):
        touch(each, ago)


def touch(path: Path, ago: timedelta) -> None:
    moment = time.time() - ago.total_seconds()
    os.utime(path, (moment, moment), follow_symlinks=False)


def told(orphans) -> list[tuple[str, str]]:
    return sorted((str(orphan.kind), Path(orphan.what).name) for orphan in orphans)
