from pathlib import Path

import pytest

from kiro_worker.testing.clock import HandClock
from kiro_worker.testing.github_board_side import TOKEN, GitHubBoardSide
from kiro_worker.testing.github_model import GitHubModel
from kiro_worker.testing.github_projects import FakeProject
from kiro_worker.testing.github_schema import GitHubSchemas
from kiro_worker.testing.github_server import GitHubServer


@pytest.fixture(scope="session")
def schema_folder():
    return Path(__file__).parents[2] / "schemas" / "github"


@pytest.fixture(scope="session")
def schemas(schema_folder):
    return GitHubSchemas(schema_folder)


@pytest.fixture
def github(schemas):
    """A fake GitHub with a project; what it is told has to be what GitHub describes."""
    with GitHubServer(GitHubModel(clock=HandClock(hurried=True)), schemas) as server:
        yield server
    assert server.violations == []
    assert not [seen for seen in server.seen if TOKEN in f"{seen.path}{seen.query}{seen.body}"]


@pytest.fixture
async def side(github, schemas):
    made = GitHubBoardSide(github, FakeProject(schemas.graphql, github.model.clock))
    yield made
    await made.close()
