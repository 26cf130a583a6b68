"""What a remote can do to a fetch or a push, over HTTP and by its hooks."""

import pytest

from kiro_worker.git import (
    Git,
    GitDenied,
    GitUnreachable,
    RepositoryMissing,
    http_header,
    split_credentials,
)
from kiro_worker.testing.git_remote import GitHttpServer, HttpFault, HttpFaultKind
from kiro_worker.testing.workspace_contract import BRANCH, TEXT, prepared, tip
from kiro_worker.workspace import BranchMoved, Claim, FenceLost, PushRefused
from kiro_worker.workspace.fault import _cure


@pytest.fixture
def server(tmp_path, remote):
    with GitHttpServer(folder=tmp_path / "served") as server:
        yield server


@pytest.fixture
def workspaces(make, server, remote, state):
    return make(state, url=server.url(remote))


async def with_a_commit(workspaces):
    workspace = await prepared(workspaces)
    (workspace.path / "a").write_text("a")
    await workspace.commit(TEXT)
    return workspace


@pytest.mark.parametrize(
    "kind", [HttpFaultKind.STATUS, HttpFaultKind.RESET, HttpFaultKind.LOST_ANSWER, HttpFaultKind.CUT]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_fetch_that_fails_twice_in_passing_works_the_third_time(workspaces, server, clock, kind, method):
    server.faults.append(HttpFault(kind=kind, where="git-upload-pack", method=method, times=2))
    assert (await workspaces.snapshot(BRANCH, None)).head is not None
    assert clock.slept == [1, 2]


async def test_three_failures_are_told_with_what_helps(workspaces, server, clock):
    server.faults.append(HttpFault(kind=HttpFaultKind.STATUS, times=9))
    with pytest.raises(GitUnreachable, match="503"):
        await workspaces.snapshot(BRANCH, None)
    assert clock.slept == [1, 2]


@pytest.mark.parametrize(
    "kind", [HttpFaultKind.STATUS, HttpFaultKind.RESET, HttpFaultKind.LOST_ANSWER, HttpFaultKind.CUT]
)
async def test_a_push_whose_answer_is_lost_is_looked_up_and_made_once(workspaces, server, remote, kind):
    workspace = await with_a_commit(workspaces)
    server.requests.clear()
    server.faults.append(HttpFault(kind=kind, where="git-receive-pack", method="POST"))
    await workspace.push()
    assert tip(remote) == workspace.head
    pushes = [request for request in server.requests if request.startswith("POST") and "receive-pack" in request]
    done = kind in {HttpFaultKind.LOST_ANSWER, HttpFaultKind.CUT}
    assert len(pushes) == (1 if done else 2)
    (workspace.path / "a").write_text("b")
    await workspace.commit(TEXT)
    await workspace.push()
    assert tip(remote) == workspace.head


async def test_a_claim_whose_answer_is_lost_is_not_mistaken_for_another_holders(workspaces, server, remote):
    snapshot = await workspaces.snapshot(BRANCH, None)
    server.faults.append(HttpFault(kind=HttpFaultKind.LOST_ANSWER, where="git-receive-pack", method="POST"))
    workspace = await workspaces.prepare(snapshot, Claim(run="r-1", fence=5))
    assert (workspace.fence, (await workspaces.snapshot(BRANCH, None)).fence) == (5, 5)


async def test_a_push_that_never_gets_through_is_unreachable_and_can_be_tried_later(workspaces, server, remote):
    workspace = await with_a_commit(workspaces)
    server.faults.append(HttpFault(kind=HttpFaultKind.STATUS, where="git-receive-pack", method="POST", times=3))
    with pytest.raises(GitUnreachable) as told:
        await workspace.push()
    assert workspace.head[:12] in told.value.kept
    assert str(workspace.path.parent) in told.value.kept
    assert not workspace.pushed
    await workspace.push()
    assert tip(remote) == workspace.head


async def test_somebody_elses_push_behind_a_lost_answer_is_seen(workspaces, server, remote):
    workspace = await with_a_commit(workspaces)
    theirs = remote.commit({"theirs": b"x"}, branch=BRANCH)
    server.faults.append(HttpFault(kind=HttpFaultKind.RESET, where="git-receive-pack", method="POST"))
    with pytest.raises(BranchMoved):
        await workspace.push()
    assert tip(remote) == theirs


@pytest.mark.parametrize(("status", "fault"), [(401, GitDenied), (403, GitDenied), (404, RepositoryMissing)])
async def test_what_trying_again_cannot_help_is_told_at_once(workspaces, server, clock, status, fault):
    server.faults.append(HttpFault(kind=HttpFaultKind.STATUS, status=status, times=9))
    with pytest.raises(fault):
        await workspaces.snapshot(BRANCH, None)
    assert clock.slept == []


async def test_a_password_is_handed_over_in_no_argument_list_and_shown_nowhere(make, server, remote, calls, state):
    server.user, server.password = "robot", "hunter2-hunter2"
    url = server.url(remote)
    with pytest.raises(GitDenied) as told:
        await make(url=url).snapshot(BRANCH, None)
    assert "hunter2" not in "".join(told.value.lines())
    secrets = http_header(url, server.authorization())
    workspaces = make(state, url=url, remote={"secrets": secrets})
    workspace = await with_a_commit(workspaces)
    await workspace.push()
    assert tip(remote) == workspace.head
    header = server.authorization().rpartition(" ")[2]
    for call in calls:
        assert header not in " ".join(call.args)
        assert "hunter2" not in " ".join(call.args)
    kept = [path for path in state.rglob("*") if path.is_file() and header.encode() in path.read_bytes()]
    assert kept == []


async def test_credentials_in_an_address_become_a_header_for_that_server_alone(make, server, remote, state):
    server.user, server.password = "robot", "p@ss:word"
    with_password = server.url(remote).replace("http://", "http://robot:p%40ss%3Aword@")
    with pytest.raises(Exception, match="carries credentials") as told:
        make(url=with_password)
    assert "p%40ss" not in str(told.value)
    url, secrets = split_credentials(with_password)
    assert url == server.url(remote)
    assert (await make(state, url=url, remote={"secrets": secrets}).snapshot(BRANCH, None)).head == tip(remote)


async def test_secrets_that_expire_are_asked_for_before_each_command(git: Git, make, server, remote, state):
    asked = []

    async def fresh():
        asked.append(1)
        return http_header(server.url(remote), f"X-Try: {len(asked)}")

    git.secrets = fresh
    workspace = await with_a_commit(make(state, url=server.url(remote)))
    before = len(asked)
    await workspace.push()
    assert len(asked) == before + 1


async def test_a_server_that_holds_a_ref_for_a_moment_is_tried_again(workspaces, remote, clock):
    workspace = await with_a_commit(workspaces)
    lock = remote.path / "refs/heads" / f"{BRANCH}.lock"
    lock.touch()
    clock_sleep = clock.sleep

    async def unlocking(seconds):
        lock.unlink(missing_ok=True)
        await clock_sleep(seconds)

    clock.sleep = unlocking
    await workspace.push()
    assert tip(remote) == workspace.head


@pytest.mark.parametrize(
    ("script", "cure"),
    [
        ("echo 'GH013: Repository rule violations found'; echo 'Push cannot contain secrets'", "secret"),
        ("echo 'refusing to allow an OAuth App to create or update workflow without `workflow` scope'", "workflows"),
        ("echo 'GH001: Large files detected.'", "too large"),
        ("echo 'GH013: Repository rule violations found for refs/heads/x'", "rule"),
        ("echo 'Commits must have verified signatures'", "signed"),
        ("echo 'GitLab: You are not allowed to push code to protected branches on this project.'", "protected"),
        ("echo 'This repository was archived so it is read-only.'", "writable"),
        ("echo 'house rule 7'", "its words"),
    ],
)
async def test_each_refusal_has_its_cure(workspaces, remote, clock, script, cure):
    workspace = await with_a_commit(workspaces)
    remote.hook("pre-receive", f"{script}; exit 1")
    with pytest.raises(PushRefused) as told:
        await workspace.push()
    assert cure in told.value.next_step
    assert str(workspace.path.parent) in told.value.kept
    assert clock.slept == []


def test_a_refusal_in_words_nobody_foresaw_still_says_what_to_do():
    assert "remote's words" in _cure("computer says no")


async def test_a_refused_claim_is_no_lost_fence(workspaces, remote):
    snapshot = await workspaces.snapshot(BRANCH, None)
    remote.git("config", "receive.hideRefs", "refs/kiro-worker")
    with pytest.raises(PushRefused) as told:
        await workspaces.prepare(snapshot, Claim(run="r-1", fence=1))
    assert "refs/kiro-worker/*" in told.value.next_step


async def test_a_refused_claim_leaves_no_workspace_behind(workspaces, remote, state):
    snapshot = await workspaces.snapshot(BRANCH, None)
    remote.hook("pre-receive", "exit 1")
    with pytest.raises(PushRefused):
        await workspaces.prepare(snapshot, Claim(run="r-1", fence=1))
    assert list((state / "workspaces").iterdir()) == []
    remote.hook("pre-receive", "")
    await workspaces.prepare(snapshot, Claim(run="r-1", fence=1))


async def test_a_fence_that_was_taken_away_is_a_lost_one(workspaces, remote):
    workspace = await with_a_commit(workspaces)
    remote.git("update-ref", "-d", f"refs/kiro-worker/fence/{BRANCH}")
    with pytest.raises(FenceLost, match="somebody removed its ref") as told:
        await workspace.push()
    assert told.value.next_step.endswith(f"kiro-worker resume {BRANCH}")


async def test_a_fence_that_another_run_took_says_how_machines_wait_for_one_another(workspaces, remote):
    workspace = await with_a_commit(workspaces)
    await workspaces.prepare(await workspaces.snapshot(BRANCH, None), Claim(run="r-2", fence=workspace.fence + 1))
    with pytest.raises(FenceLost, match="another run took the branch") as told:
        await workspace.push()
    assert "lease.store gitref" in told.value.next_step


async def test_a_fence_ref_that_somebody_else_wrote_counts_from_zero(workspaces, remote):
    remote.git("update-ref", f"refs/kiro-worker/fence/{BRANCH}", tip(remote))
    snapshot = await workspaces.snapshot(BRANCH, None)
    assert (snapshot.fence, snapshot.fence_oid) == (0, tip(remote))
    assert (await workspaces.prepare(snapshot, Claim(run="r-1", fence=1))).fence == 1
