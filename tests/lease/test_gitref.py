import asyncio
import os

import pytest

from kiro_worker.git import Git, GitDenied, GitTooSlow, GitUnreachable
from kiro_worker.lease.gitref import GitRefLeases, LeaseRefRefused
from kiro_worker.lease.refs import LeaseRefs, lease_ref
from kiro_worker.process import Children
from kiro_worker.testing.clock import HandClock
from kiro_worker.testing.git_remote import BareRemote, GitHttpServer, HttpFault, HttpFaultKind
from kiro_worker.testing.lease_contract import ANNA, BEN, KEY, SharedLeasesContract, taken

REF = lease_ref(KEY)
HOUR = 3600
PUSHED = "git-receive-pack"


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture
def remote(tmp_path):
    """A bare repository with one branch."""
    bare = BareRemote(tmp_path / "remote.git")
    bare.commit({"README.md": b"hello"})
    return bare


@pytest.fixture
async def children():
    async with Children() as owner:
        yield owner


@pytest.fixture
def calls():
    """The git commands that were run, one word each."""
    return []


@pytest.fixture
def machine(children, remote, tmp_path, calls):
    """Make a machine's leases: a clock and a state folder of its own, one remote for all."""

    def made(clock, name="here", url=remote.url, **more):
        home = tmp_path / name
        git = Git(
            children,
            home=home / "git",
            clock=HandClock(hurried=True),
            observe=lambda call: calls.append(next(arg for arg in call.args if not arg.startswith("-"))),
            **more,
        )
        return GitRefLeases(git, url, home / "lease", clock)

    return made


@pytest.fixture
def leases(machine, clock):
    return machine(clock)


@pytest.fixture
def server(tmp_path):
    """The remote over HTTP; it fails on request."""
    with GitHttpServer(folder=tmp_path) as serving:
        yield serving


@pytest.fixture
def over_http(machine, clock, server, remote):
    return machine(clock, url=server.url(remote))


def fails(server, kind, where="", **more):
    server.faults.append(HttpFault(kind=kind, where=where, **more))


class TestGitRefLeases(SharedLeasesContract):
    steps_in_every_order = 2

    @pytest.fixture
    def reopened(self, machine, clock):
        return lambda: machine(clock, "there")

    @pytest.fixture
    def opening(self, tmp_path, remote):
        return f"""
from pathlib import Path
from kiro_worker.clock import SystemClock
from kiro_worker.git.program import Git
from kiro_worker.lease.gitref import GitRefLeases
from kiro_worker.process import Children
home = Path({str(tmp_path / "shared")!r})
leases = GitRefLeases(Git(Children(), home=home / "git"), {remote.url!r}, home / "lease", SystemClock())
"""


async def test_a_take_costs_two_git_processes_and_a_beat_one(leases, calls):
    await leases.look(KEY)
    await leases.release(await taken(leases, KEY, ANNA))
    calls.clear()
    lease = await taken(leases, KEY, ANNA)
    assert calls == ["ls-remote", "push"]
    calls.clear()
    assert await leases.renew(lease) is not None
    assert calls == ["push"]


async def test_the_remote_keeps_one_small_commit_without_files_or_history(leases, remote):
    lease = await taken(leases, KEY, ANNA)
    for _ in range(3):
        await leases.renew(lease)
    assert remote.git("rev-list", "--count", REF) == "1"
    assert remote.git("ls-tree", REF) == ""
    assert '"run":"r-anna"' in remote.git("log", "-1", "--format=%B", REF)
    assert remote.git("for-each-ref", "--format=%(refname)", "refs/kiro-worker") == REF
    assert remote.git("fsck", "--strict", "--no-dangling") == ""


@pytest.mark.parametrize("kind", [HttpFaultKind.LOST_ANSWER, HttpFaultKind.CUT])
async def test_a_push_whose_answer_was_lost_is_looked_up(over_http, server, kind):
    def lose_the_answer():
        fails(server, kind, PUSHED, method="POST")

    lose_the_answer()
    lease = await taken(over_http, KEY, ANNA)
    assert await over_http.take(KEY, BEN) is None
    lose_the_answer()
    assert await over_http.renew(lease) is not None
    lose_the_answer()
    await over_http.release(lease)
    assert await over_http.take(KEY, BEN) is not None
    assert all(fault.times == 0 for fault in server.faults)


async def test_a_push_that_never_arrived_is_sent_again(over_http, server, clock):
    fails(server, HttpFaultKind.RESET, PUSHED, method="POST")
    lease = await taken(over_http, KEY, ANNA)
    fails(server, HttpFaultKind.RESET, PUSHED, method="POST")
    async with asyncio.TaskGroup() as group:
        renewing = group.create_task(over_http.renew(lease))
        await clock.asleep()
        clock.advance(1)
    assert renewing.result() is not None
    assert clock.slept == [1]


async def test_who_cannot_ask_does_not_hold(over_http, server):
    fails(server, HttpFaultKind.STATUS, times=1000)
    with pytest.raises(GitUnreachable):
        await over_http.take(KEY, ANNA)
    with pytest.raises(GitUnreachable):
        await over_http.look(KEY)


async def test_a_renewal_waits_out_a_trouble_for_as_long_as_the_lease_holds(machine, server, remote):
    clock = HandClock(hurried=True)
    leases = machine(clock, url=server.url(remote))
    lease = await taken(leases, KEY, ANNA)
    fails(server, HttpFaultKind.STATUS, times=1000)
    assert await leases.renew(lease) is None
    assert clock.monotonic() == pytest.approx(600)
    server.faults.clear()
    assert await leases.renew(lease) is None


async def test_a_renewal_that_is_denied_is_told_at_once(over_http, server, clock):
    lease = await taken(over_http, KEY, ANNA)
    fails(server, HttpFaultKind.STATUS, PUSHED, status=403, times=1000)
    with pytest.raises(GitDenied):
        await over_http.renew(lease)
    server.faults.clear()
    assert await over_http.renew(lease) is not None


async def test_a_remote_that_never_answers_is_given_up(children, tmp_path, server, remote):
    fails(server, HttpFaultKind.HANG)
    refs = LeaseRefs(Git(children, home=tmp_path / "git"), server.url(remote), tmp_path / "lease", patience=0.3)
    with pytest.raises(GitTooSlow, match="no answer within"):
        await refs.find(REF)


async def test_an_ended_lease_whose_holder_was_never_seen_is_watched_before_it_is_taken(machine, clock):
    lease = await taken(machine(clock), KEY, ANNA)
    later = HandClock(clock.now())
    later.step(HOUR)
    newcomer = machine(later, "there")
    async with asyncio.TaskGroup() as group:
        taking = group.create_task(newcomer.take(KEY, BEN))
        await later.asleep()
        assert later.slept == [150]
        later.advance(150)
    assert taking.result().fence > lease.fence


@pytest.mark.parametrize("ahead", [HOUR, 24 * HOUR, 365 * 24 * HOUR])
async def test_a_machine_whose_clock_is_ahead_does_not_take_a_live_lease(machine, clock, ahead):
    here, wrong = machine(clock), HandClock(clock.now())
    wrong.step(ahead)
    there = machine(wrong, "there")
    lease = await taken(here, KEY, ANNA)
    async with asyncio.TaskGroup() as group:
        taking = group.create_task(there.take(KEY, BEN))
        await wrong.asleep()
        for one in (clock, wrong):
            one.advance(120)
        assert await here.renew(lease) is not None
        for one in (clock, wrong):
            one.advance(30)
        # The ref moved, so it is watched anew; the holder's beats keep coming.
        await wrong.asleep()
        for one in (clock, wrong):
            one.advance(90)
        assert await here.renew(lease) is not None
        taking.cancel()
    assert (await there.look(KEY)).holder == ANNA


async def test_a_machine_whose_clock_is_behind_takes_a_lease_that_did_not_move_for_its_whole_life(machine, clock):
    lease = await taken(machine(clock), KEY, ANNA)
    behind = HandClock(clock.now())
    behind.step(-24 * HOUR)
    there = machine(behind, "there")
    assert await there.take(KEY, BEN) is None
    behind.advance(599)
    assert await there.take(KEY, BEN) is None
    behind.advance(1)
    assert (await taken(there, KEY, BEN)).fence > lease.fence
    assert behind.slept == []


async def test_a_machine_whose_clock_was_stepped_goes_by_what_it_sees(machine, clock):
    stepped = HandClock(clock.now())
    there = machine(stepped, "there")
    await taken(machine(clock), KEY, ANNA)
    stepped.step(HOUR)
    assert await there.take(KEY, BEN) is None
    stepped.advance(600)
    assert await there.take(KEY, BEN) is not None


async def test_a_remote_that_refuses_the_ref_is_told_with_the_cure(leases, remote):
    remote.hook(
        "pre-receive",
        'while read old new ref; do case $ref in refs/kiro-worker/*) echo "not here"; exit 1;; esac; done',
    )
    with pytest.raises(LeaseRefRefused) as refused:
        await leases.take(KEY, ANNA)
    assert "not here" in refused.value.message
    assert "LEASE_STORE=sqlite" in refused.value.next_step
    assert remote.git("for-each-ref", "refs/kiro-worker") == ""


async def test_a_ref_that_the_remote_cannot_lock_is_told_in_the_end(leases, remote):
    lock = remote.path / f"{REF}.lock"
    lock.parent.mkdir(parents=True)
    lock.touch()
    with pytest.raises(LeaseRefRefused, match="lock"):
        await leases.take(KEY, ANNA)
    lock.unlink()
    lease = await taken(leases, KEY, ANNA)
    lock.touch()
    for refused in (leases.renew(lease), leases.release(lease)):
        with pytest.raises(LeaseRefRefused, match="lock"):
            await refused
    lock.unlink()
    assert await leases.renew(lease) is not None


@pytest.mark.parametrize("message", ["Merge branch 'main'", '{"schema":"kiro-worker/lease/9"}', "[" * 5000])
async def test_a_ref_that_says_nothing_readable_holds_until_it_did_not_move_for_a_life(leases, remote, clock, message):
    remote.git("update-ref", REF, remote.git("commit-tree", remote.git("mktree"), "-m", message))
    assert await leases.look(KEY) is None
    assert await leases.take(KEY, ANNA) is None
    clock.advance(600)
    assert await leases.take(KEY, ANNA) is not None


async def test_a_ref_to_something_else_than_a_commit_is_nothing_readable(leases, remote, clock):
    remote.git("update-ref", REF, remote.git("rev-parse", "refs/heads/main^{tree}"))
    assert await leases.take(KEY, ANNA) is None
    clock.advance(600)
    assert await leases.take(KEY, ANNA) is not None


async def test_a_deleted_ref_ends_the_lease_and_its_fence_does_not_come_again(leases, remote, machine, clock):
    lease = await taken(leases, KEY, ANNA)
    remote.git("update-ref", "-d", REF)
    assert await leases.renew(lease) is None
    again = await taken(leases, KEY, BEN)
    assert again.fence > lease.fence
    remote.git("update-ref", "-d", REF)
    clock.advance(5)
    assert (await taken(machine(clock, "there"), KEY, BEN)).fence > again.fence


async def test_a_remote_with_the_newer_hash_works_as_well(tmp_path, machine, clock):
    newer = BareRemote(tmp_path / "newer.git", object_format="sha256")
    newer.commit({"README.md": b"hello"})
    here, there = machine(clock, url=newer.url), machine(clock, "there", url=newer.url)
    lease = await taken(here, KEY, ANNA)
    assert await there.take(KEY, BEN) is None
    assert await here.renew(lease) is not None
    assert await taken(machine(clock, url=newer.url), "other", BEN)
    assert len(newer.git("rev-parse", REF)) == 64


async def test_what_is_old_is_removed_from_the_repository_in_between(machine, clock, tmp_path):
    leases = machine(clock)
    lease = await taken(leases, KEY, ANNA)
    for _ in range(5):
        await leases.renew(lease)
    objects = next((tmp_path / "here" / "lease").iterdir()) / "objects"
    before = [path for path in objects.glob("??/*") if path.is_file()]
    for path in before:
        os.utime(path, (0, 0))
    assert await machine(clock).renew(lease) is not None
    after = [path for path in objects.glob("??/*") if path.is_file()]
    assert len(before) == 7
    assert len(after) == 3  # the empty tree, the beat that was looked at, and the new one


async def test_of_many_workers_that_start_at_once_each_finds_the_repository_whole(machine, clock):
    workers = [machine(clock) for _ in range(4)]
    keys = [f"branch-{number}" for number in range(4)]
    await asyncio.gather(*(taken(worker, key, ANNA) for worker, key in zip(workers, keys, strict=True)))


def test_no_two_keys_share_a_ref_and_git_takes_every_one(remote):
    long = "x" * 300
    keys = [
        "a",
        "a/b",
        "a%2Fb",
        "a.lock",
        "a.",
        ".a",
        "-a",
        "a..b",
        "@",
        "a@{b",
        "a b",
        "ü",
        "a\\b",
        "\udcff",
        long,
        long + "y",
        "",
        "%",
    ]
    refs = [lease_ref(key) for key in keys if key]
    assert len(set(refs)) == len(refs)
    for ref in refs:
        remote.git("check-ref-format", ref)
        assert max(len(part.encode()) for part in ref.split("/")) <= 200
