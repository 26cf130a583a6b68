import pytest

from e2e.world import World
from kiro_worker.testing.git_remote import BareRemote


@pytest.fixture
def world(tmp_path):
    return World(folder=tmp_path, remote=BareRemote(tmp_path / "origin.git"))
