import pytest

from kiro_worker.git.program import Git
from kiro_worker.power.source.signature import Signatures
from kiro_worker.power.store import PowerStore
from kiro_worker.process import Children
from kiro_worker.testing.git_remote import BareRemote, clean_environment


@pytest.fixture
async def git(tmp_path):
    async with Children() as children:
        yield Git(children, home=tmp_path / "git-home", environment=clean_environment(tmp_path))


@pytest.fixture
def signatures(git, tmp_path):
    return Signatures(git, environment=clean_environment(tmp_path), scratch=tmp_path / "scratch")


@pytest.fixture
def remote(tmp_path):
    return BareRemote(tmp_path / "standards.git")


@pytest.fixture
def store(tmp_path):
    return PowerStore(tmp_path / "powers")
