import pytest

from kiro_worker.git import BadName, GitUnreachable, PushAnswer, RefOutcome, RefUpdate, look, push
from kiro_worker.testing.git_remote import GitHttpServer, HttpFault, HttpFaultKind

NAME = "refs/heads/main"
OTHER = "refs/kiro-worker/fence/main"


@pytest.fixture
def commits(remote) -> tuple[str, str]:
    one = remote.commit({"a": b"1"}, branch="main")
    two = remote.commit({"a": b"2"}, branch="main")
    remote.git("update-ref", "refs/heads/main", one)
    return one, two


async def test_refs_and_head_are_told_and_nothing_that_only_ends_alike(git, remote, commits):
    remote.git("update-ref", "refs/x/refs/heads/main", commits[1])
    remote.git("update-ref", "refs/heads/feature/main", commits[1])
    assert (await look(git, remote.url, NAME)).refs == {NAME: commits[0]}
    told = await look(git, remote.url, "refs/heads/*")
    assert told.refs == {NAME: commits[0], "refs/heads/feature/main": commits[1]}
    assert told.head == "main"


async def test_an_empty_remote_has_no_refs(git, remote):
    assert (await look(git, remote.url, "refs/heads/*")).refs == {}


@pytest.mark.parametrize("pattern", ["--upload-pack=x", "main", "refs/heads/../x"])
async def test_what_is_no_ref_is_not_asked_for(git, remote, pattern):
    with pytest.raises(BadName):
        await look(git, remote.url, pattern)


async def test_refs_move_together_from_where_they_are_expected(git, remote, commits):
    one, two = commits
    updates = (RefUpdate(ref=NAME, new=two, expected=one), RefUpdate(ref=OTHER, new=two, expected=None))
    answer = await push(git, remote.url, updates, git_dir=remote.path)
    assert answer.moved
    assert remote.refs() == {NAME: two, OTHER: two}


async def test_one_unexpected_ref_stops_all(git, remote, commits):
    one, two = commits
    updates = (RefUpdate(ref=NAME, new=two, expected=one), RefUpdate(ref=OTHER, new=two, expected=one))
    answer = await push(git, remote.url, updates, git_dir=remote.path)
    assert (answer.moved, answer.stale) == (False, True)
    assert answer.outcomes[OTHER] is RefOutcome.STALE
    assert "stale info" in answer.words
    assert remote.refs() == {NAME: one}


async def test_a_ref_is_taken_away_only_from_where_it_is_expected(git, remote, commits):
    one, two = commits
    remote.git("update-ref", OTHER, two)
    assert (await push(git, remote.url, (RefUpdate(ref=OTHER, new=None, expected=one),), git_dir=remote.path)).stale
    assert (await push(git, remote.url, (RefUpdate(ref=OTHER, new=None, expected=two),), git_dir=remote.path)).moved
    assert OTHER not in remote.refs()


async def test_a_hook_that_refuses_one_ref_makes_a_bystander_of_the_other(git, remote, commits):
    one, two = commits
    remote.hook("update", f'[ "$1" != {OTHER} ] || {{ echo house rule; exit 1; }}')
    updates = (RefUpdate(ref=NAME, new=two, expected=one), RefUpdate(ref=OTHER, new=two, expected=None))
    answer = await push(git, remote.url, updates, git_dir=remote.path)
    assert answer.outcomes == {NAME: RefOutcome.BYSTANDER, OTHER: RefOutcome.REFUSED}
    assert "remote: house rule" in answer.words
    assert (answer.moved, answer.stale) == (False, False)


async def test_no_answer_is_no_refusal(git, remote, commits, tmp_path):
    one, two = commits
    with GitHttpServer(folder=tmp_path) as server:
        server.faults.append(HttpFault(kind=HttpFaultKind.LOST_ANSWER, method="POST"))
        with pytest.raises(GitUnreachable):
            await push(git, server.url(remote), (RefUpdate(ref=NAME, new=two, expected=one),), git_dir=remote.path)
    assert remote.refs() == {NAME: two}


async def test_a_hanging_server_is_given_up(git, remote, tmp_path):
    from kiro_worker.git import GitTooSlow
    from kiro_worker.process import Limits

    git.network_limits = Limits(wall=0.5)
    with (
        GitHttpServer(folder=tmp_path, faults=[HttpFault(kind=HttpFaultKind.HANG)]) as server,
        pytest.raises(GitTooSlow),
    ):
        await look(git, server.url(remote))


def test_an_answer_without_refs_has_moved_all_of_them():
    assert PushAnswer(outcomes={}).moved
