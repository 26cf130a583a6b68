from collections.abc import Callable
from pathlib import Path

import pytest

from kiro_worker.git import Git, GitCall
from kiro_worker.process import Children
from kiro_worker.testing.clock import HandClock
from kiro_worker.testing.git_remote import BareRemote
from kiro_worker.testing.workspace_contract import furnished
from kiro_worker.workspace import Remote
from kiro_worker.workspace.git_workspaces import GitWorkspaces


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
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def remote(tmp_path: Path) -> BareRemote:
    served = tmp_path / "served"
    served.mkdir()
    return furnished(served / "repo.git")


@pytest.fixture
async def make(git: Git, remote: BareRemote, tmp_path: Path):
    made: list[GitWorkspaces] = []

    def new(state: Path | None = None, *, url: str | None = None, **more) -> GitWorkspaces:
        place = state or tmp_path / f"state-{len(made)}"
        made.append(GitWorkspaces(git, Remote(url=url or remote.url, **more.pop("remote", {})), place, **more))
        return made[-1]

    yield new
    for workspaces in made:
        await workspaces.close()


@pytest.fixture
def workspaces(make: Callable[..., GitWorkspaces], state: Path) -> GitWorkspaces:
    return make(state)
