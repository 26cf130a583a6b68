import asyncio
import gc
import os
from pathlib import Path

import pytest

from kiro_worker.git import (
    DiskFull,
    Git,
    GitDenied,
    GitFailed,
    GitTooOld,
    GitTooSlow,
    GitUnreachable,
    MirrorBroken,
    NotWritable,
    OutputTooLarge,
    RepositoryMissing,
)
from kiro_worker.git.environment import HomeTampered
from kiro_worker.git.words import words_of
from kiro_worker.process import Limits, NotStarted

# What git and the servers really say (LC_ALL=C), and what helps.
SAID = {
    "fatal: unable to access 'https://x/': Could not resolve host: x": GitUnreachable,
    "fatal: unable to access 'https://x/': Failed to connect to x port 443 after 2 ms: Couldn't connect to server": GitUnreachable,
    "error: RPC failed; HTTP 502 curl 22 The requested URL returned error: 502": GitUnreachable,
    "fatal: unable to access 'https://x/': The requested URL returned error: 429": GitUnreachable,
    "error: RPC failed; curl 56 GnuTLS recv error (-54): Error in the pull function.": GitUnreachable,
    "fetch-pack: unexpected disconnect while reading sideband packet\nfatal: early EOF": GitUnreachable,
    "ssh: connect to host x port 22: Connection timed out": GitUnreachable,
    "kex_exchange_identification: Connection closed by remote host\nfatal: Could not read from remote repository.": GitUnreachable,
    "fatal: unable to access 'https://x/': Operation too slow. Less than 200 bytes/sec transferred": GitUnreachable,
    "remote: Invalid username or password.\nfatal: Authentication failed for 'https://x/'": GitDenied,
    "fatal: could not read Username for 'https://x': terminal prompts disabled": GitDenied,
    "git@x: Permission denied (publickey).\nfatal: Could not read from remote repository.": GitDenied,
    "remote: Permission to o/r.git denied to robot.\nfatal: unable to access 'https://x/': The requested URL returned error: 403": GitDenied,
    "Host key verification failed.\nfatal: Could not read from remote repository.": GitDenied,
    "remote: Repository not found.\nfatal: repository 'https://x/' not found": RepositoryMissing,
    "ERROR: Repository not found.\nfatal: Could not read from remote repository.": RepositoryMissing,
    "fatal: '/x' does not appear to be a git repository\nfatal: Could not read from remote repository.": RepositoryMissing,
    "fatal: write error: No space left on device": DiskFull,
    "error: file write error: Disk quota exceeded": DiskFull,
    "error: insufficient permission for adding an object to repository database ./objects": NotWritable,
    "fatal: could not create work tree dir 'x': Read-only file system": NotWritable,
    "fatal: could not open '/x/index' for writing: Permission denied": NotWritable,
    "error: packfile ./objects/pack/pack-1.pack is far too short to be a packfile": MirrorBroken,
    "fatal: bad object refs/heads/main": MirrorBroken,
    "fatal: bad config line 1 in file ./config": MirrorBroken,
    "remote: fatal: write error: No space left on device\nerror: remote unpack failed": GitFailed,
    "something nobody foresaw": GitFailed,
}


def talking(tmp_path: Path, script: str) -> str:
    program = tmp_path / f"git-{len(list(tmp_path.iterdir()))}"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return str(program)


@pytest.mark.parametrize("said", SAID)
async def test_what_git_says_is_told_apart_by_what_helps(children, tmp_path, said):
    (tmp_path / "said").write_text(said)
    git = Git(children, home=tmp_path / "home", program=talking(tmp_path, f"cat {tmp_path}/said >&2; exit 128"))
    with pytest.raises(Exception, match=r"\w") as told:
        await git.run(("fetch",), network=True)
    assert type(told.value) is SAID[said]
    assert told.value.next_step
    if isinstance(told.value, GitFailed):
        assert told.value.transient == (SAID[said] is GitUnreachable)


async def test_near_files_the_network_is_never_to_blame(children, tmp_path):
    git = Git(children, home=tmp_path / "home", program=talking(tmp_path, "echo 'early EOF, error: 503' >&2; exit 1"))
    with pytest.raises(GitFailed) as told:
        await git.run(("status",))
    assert type(told.value) is GitFailed


async def test_statuses_that_are_no_fault_are_given_back(children, tmp_path):
    git = Git(children, home=tmp_path / "home", program=talking(tmp_path, "exit 1"))
    assert (await git.run(("diff",), accept=(0, 1))).status == 1


async def test_a_command_that_takes_too_long_is_ended(children, tmp_path):
    git = Git(children, home=tmp_path / "home", program=talking(tmp_path, "exec sleep 60"))
    with pytest.raises(GitTooSlow) as told:
        await git.run(("fetch",), network=True, limits=Limits(wall=0.2))
    assert told.value.transient


async def test_more_output_than_is_kept_is_no_answer(children, tmp_path):
    git = Git(children, home=tmp_path / "home", program=talking(tmp_path, "head -c 100000 /dev/zero"))
    with pytest.raises(OutputTooLarge):
        await git.run(("log",), limits=Limits(kept_output=1000))


async def test_a_secret_in_gits_words_is_not_shown(children, tmp_path):
    program = talking(tmp_path, "echo 'fatal: https://u:hunter2@x/ is gone' >&2; exit 1")
    git = Git(children, home=tmp_path / "home", program=program, redact=lambda text: text.replace("hunter2", "***"))
    with pytest.raises(GitFailed) as told:
        await git.run(("fetch",))
    assert "hunter2" not in "".join(told.value.lines())
    assert "***" in told.value.words


async def test_a_git_that_is_not_installed_is_named(children, tmp_path):
    with pytest.raises(NotStarted, match="no-such-git"):
        await Git(children, home=tmp_path / "home", program="no-such-git").version()


async def test_the_version_is_asked_for_once(git, calls):
    assert await git.version() == await git.version() >= (2, 31)
    assert len(calls) == 1
    await git.require(2, 31, purpose="this")
    with pytest.raises(GitTooOld, match=r"99\.1 or newer"):
        await git.require(99, 1, purpose="this")


async def test_a_version_that_cannot_be_read_is_too_old(children, tmp_path):
    git = Git(children, home=tmp_path / "home", program=talking(tmp_path, "echo who knows"))
    with pytest.raises(GitTooOld, match="git unknown"):
        await git.require(2, 31, purpose="this")


async def test_a_home_somebody_wrote_into_stops_every_command(git):
    await git.version()
    git.home.config.chmod(0o600)
    git.home.config.write_text("[alias]")
    with pytest.raises(HomeTampered):
        await git.run(("version",))


async def test_without_a_home_a_temporary_one_is_made_and_goes_with_its_last_user(children):
    git = Git(children)
    other = git.with_secrets({})
    path = git.home.path
    await git.version()
    assert (path / "gitconfig").is_file()
    del git
    await other.run(("version",))
    assert path.exists()
    del other
    gc.collect()
    assert not path.exists()


async def test_a_passing_failure_is_tried_three_times_one_and_two_seconds_apart(git, clock):
    tried = []

    async def fails():
        tried.append(1)
        raise GitUnreachable("fetch", status=1, words="x")

    with pytest.raises(GitUnreachable):
        await git.retrying(fails)
    assert (len(tried), clock.slept) == (3, [1, 2])


async def test_a_lasting_failure_is_tried_once(git, clock):
    async def fails():
        raise GitDenied("fetch", status=1, words="x")

    with pytest.raises(GitDenied):
        await git.retrying(fails)
    assert clock.slept == []


async def test_success_after_a_failure_is_success(git, clock):
    answers = [GitUnreachable("fetch", status=1, words="x"), "yes"]

    async def answer():
        told = answers.pop(0)
        if isinstance(told, GitFailed):
            raise told
        return told

    assert await git.retrying(answer) == "yes"
    assert clock.slept == [1]


async def test_cancelling_ends_git(children, tmp_path):
    mark = tmp_path / "pid"
    git = Git(children, home=tmp_path / "home", program=talking(tmp_path, f"echo $$ > {mark}; exec sleep 60"))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await git.run(("fetch",))
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)


async def test_the_environment_of_a_secret_reaches_remote_commands_only(children, tmp_path):
    git = Git(
        children,
        home=tmp_path / "home",
        program=talking(tmp_path, "env"),
        secrets={"TOKEN": "hunter2"},
        environment={"PATH": os.environ["PATH"], "HOME": "/home/ada"},
    )
    near, far = (await git.run(("x",))).stdout, (await git.run(("x",), network=True)).stdout
    assert b"hunter2" not in near
    assert b"/home/ada" not in near
    assert b"TOKEN=hunter2" in far
    assert b"HOME=/home/ada" in far


def test_progress_and_control_characters_are_not_shown():
    said = b"remote: Counting objects: 10% (1/10)\rremote: Counting objects: 100% (10/10), done.\nfatal: \x1b[31mno\x07\n\n"
    assert words_of(said) == "fatal: ?[31mno?"
    assert len(words_of(b"x" * 100_000)) < 2000
