from pathlib import Path

import pytest
from hypothesis import settings

from kiro_worker.testing.clock import HandClock
from kiro_worker.testing.github_model import GitHubModel
from kiro_worker.testing.github_schema import GitHubSchemas
from kiro_worker.testing.github_server import GitHubServer
from kiro_worker.testing.github_side import TOKEN, GitHubSide

# How long an example takes says something of the machine, not of the code.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture(scope="session")
def schema_folder():
    return Path(__file__).parent.parent / "schemas" / "github"


@pytest.fixture(scope="session")
def schemas(schema_folder):
    return GitHubSchemas(schema_folder)


@pytest.fixture
def github(schemas):
    """A fake GitHub that nobody has spoken to yet; what it is told has to be what GitHub describes."""
    with GitHubServer(GitHubModel(clock=HandClock(hurried=True)), schemas) as server:
        yield server
    assert server.violations == []
    assert not [seen for seen in server.seen if TOKEN in f"{seen.path}{seen.query}{seen.body}"]


@pytest.fixture
async def side(github):
    made = GitHubSide(github)
    yield made
    await made.close()
