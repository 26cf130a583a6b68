import pytest

from kiro_worker.testing.git_remote import BareRemote, GitHttpServer
from kiro_worker.testing.workspace_contract import WorkspacesContract, furnish


class TestGitWorkspaces(WorkspacesContract):
    @pytest.fixture
    def remote(self, tmp_path) -> BareRemote:
        (tmp_path / "served").mkdir()
        made = BareRemote(tmp_path / "served" / "repo.git")
        furnish(made)
        return made

    @pytest.fixture
    def workspaces(self, make, state):
        return make(state)

    @pytest.fixture
    def elsewhere(self, make):
        return make


class TestShallowGitWorkspaces(TestGitWorkspaces):
    @pytest.fixture
    def workspaces(self, make, state):
        return make(state, shallow=True)


class TestGitWorkspacesOfSha256(TestGitWorkspaces):
    @pytest.fixture
    def remote(self, tmp_path) -> BareRemote:
        (tmp_path / "served").mkdir()
        made = BareRemote(tmp_path / "served" / "repo.git", object_format="sha256")
        furnish(made)
        return made


class TestGitWorkspacesOverHttp(TestGitWorkspaces):
    @pytest.fixture
    def server(self, tmp_path, remote):
        with GitHttpServer(folder=tmp_path / "served") as server:
            yield server

    @pytest.fixture
    def workspaces(self, make, state, server, remote):
        return make(state, url=server.url(remote))
