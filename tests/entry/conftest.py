from pathlib import Path

import pytest

from entry.place import Place, opened
from kiro_worker.testing.clock import HandClock
from kiro_worker.testing.github_model import GitHubModel
from kiro_worker.testing.github_schema import GitHubSchemas
from kiro_worker.testing.github_server import GitHubServer


@pytest.fixture(scope="session")
def schemas():
    return GitHubSchemas(Path(__file__).parent.parent / "schemas" / "github")


@pytest.fixture
def place(aws, aws_account, schemas, tmp_path):
    """A deployment; what its GitHub was sent has to be what GitHub describes."""
    model = GitHubModel("acme", "engine", clock=HandClock(hurried=True))
    with GitHubServer(model, schemas) as hub, opened(Place(aws, aws_account, hub, schemas, tmp_path)) as made:
        yield made
    assert hub.violations == []
    assert made.builds.violations == []
