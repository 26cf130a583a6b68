"""What `doctor` says of a GitHub token, asked of a server that answers as GitHub does."""

import pytest

from e2e.test_github import SCHEMAS, RemoteBranches
from kiro_worker.testing.github_access import Grant
from kiro_worker.testing.github_model import GitHubModel
from kiro_worker.testing.github_schema import GitHubSchemas
from kiro_worker.testing.github_server import GitHubServer
from kiro_worker.testing.github_side import TOKEN


@pytest.fixture
def github(fresh):
    model = GitHubModel()
    model.repository.branches = RemoteBranches(fresh.world.remote)
    model.tokens[TOKEN] = Grant()
    fresh.world.honest()
    with GitHubServer(model, GitHubSchemas(SCHEMAS)) as server:
        fresh.world.environment |= {
            "KIRO_WORKER_FORGE_KIND": "github",
            "KIRO_WORKER_FORGE_API_URL": server.address,
            "KIRO_WORKER_FORGE_REPOSITORY": "ada/engine",
        }
        yield server


def forge_of(said):
    return next(each for each in said.json["checks"] if each["name"] == "forge")


def test_a_token_that_may_do_all_that_is_needed_is_told_with_its_account(fresh, github):
    said = fresh("doctor", "--agent", fresh.world.agent, "--json", GITHUB_TOKEN=TOKEN)
    assert said.status == 0, said.out
    assert forge_of(said)["health"] == "ok"
    assert TOKEN not in said.out + said.err
    asked = [each for each in github.seen if each.method != "GET"]
    assert all(each.path.endswith("/graphql") and "mutation" not in each.body["query"] for each in asked), "only asked"


@pytest.mark.parametrize(("token", "code"), [("ghp_" + "0" * 36, "forge.not-ready"), ("", "credential.missing")])
def test_a_token_that_is_wrong_or_missing_is_a_fault_of_the_credential(fresh, github, token, code):
    said = fresh("doctor", "--agent", fresh.world.agent, "--json", GITHUB_TOKEN=token)
    assert said.status == 3
    assert (forge_of(said)["health"], forge_of(said)["code"]) == ("fault", code)
    assert forge_of(said)["cure"]
    assert not token or token not in said.out
