import pytest

from kiro_worker.forge.fault import ForgeCredential, ForgeFault, ForgeUnreachable
from kiro_worker.forge.github.branching import GitHubBranching
from kiro_worker.forge.github.content import GitHubContent
from kiro_worker.testing.git_remote import BareRemote
from kiro_worker.testing.github_access import Grant
from kiro_worker.testing.github_contents import FakeContents
from kiro_worker.testing.github_server import Act
from kiro_worker.testing.github_side import TOKEN

FILES = {"TASK.md": b"# Do\n", "docs/\xe4.txt": bytes(range(256))}


@pytest.fixture
def remote(side, schemas, tmp_path):
    remote = BareRemote(tmp_path / "engine.git")
    remote.commit({"README.md": b"# Engine"})
    side.model.contents = FakeContents(side.model, schemas.graphql, remote)
    return remote


@pytest.fixture
def branching(side, remote):
    exchange = side.forge()._exchange
    return GitHubBranching(exchange, side.repository, GitHubContent(exchange, side.repository))


async def test_a_branch_is_made_at_a_commit_and_files_are_put_on_it_in_one(branching, remote):
    base = remote.tip()
    await branching.make("feature/do", base)
    made = await branching.commit("feature/do", base, FILES, "feat: do")
    assert remote.tip("feature/do") == made
    assert [remote.read(path, "feature/do") for path in FILES] == list(FILES.values())
    assert remote.git("log", "--format=%s", f"{base}..feature/do") == "feat: do"


@pytest.mark.parametrize("done", [True, False])
async def test_an_answer_that_was_lost_is_looked_for_before_anything_is_done_again(branching, remote, side, done):
    base = remote.tip()
    side.lose_answers(1, done=done)
    await branching.make("feature/do", base)
    side.fail(act=Act.RESET, path="/graphql", document="mutation Commit", after=done)
    made = await branching.commit("feature/do", base, FILES, "feat: do")
    assert remote.git("rev-list", "--count", f"{base}..feature/do") == "1"
    assert remote.tip("feature/do") == made


async def test_a_branch_that_somebody_else_has_made_is_left_alone(branching, remote):
    base = remote.tip()
    theirs = remote.commit({"a.txt": b"a"}, branch="feature/do", onto=base)
    with pytest.raises(ForgeFault, match="already exists"):
        await branching.make("feature/do", base)
    with pytest.raises(ForgeFault, match="Expected branch to point to"):
        await branching.commit("feature/do", base, FILES, "feat: do")
    assert remote.tip("feature/do") == theirs


async def test_a_token_without_the_right_is_told_and_nothing_is_made(branching, remote, side):
    side.model.tokens[TOKEN] = Grant(kind="fine-grained", rights={"contents": "read"})
    base = remote.tip()
    with pytest.raises(ForgeCredential):
        await branching.make("feature/do", base)
    remote.git("update-ref", "refs/heads/feature/do", base)
    with pytest.raises(ForgeFault, match="not accessible"):
        await branching.commit("feature/do", base, FILES, "feat: do")
    assert remote.tip("feature/do") == base


async def test_a_forge_that_never_answers_is_given_up_after_three_tries(branching, remote, side):
    side.lose_answers(9, done=False)
    with pytest.raises(ForgeUnreachable):
        await branching.make("feature/do", remote.tip())
    side.server._troubles.clear()
    remote.git("update-ref", "refs/heads/feature/do", remote.tip())
    side.fail(act=Act.RESET, path="/graphql", document="mutation Commit", times=9)
    with pytest.raises(ForgeUnreachable):
        await branching.commit("feature/do", remote.tip(), FILES, "feat: do")
