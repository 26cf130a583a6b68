"""A repository looked into through the API is the one that git shows."""

import contextlib
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.things import card
from e2e.world import FOLDER, REQUIREMENTS, TASKS
from forge.conftest import *  # noqa: F403  # the fake GitHub of the forge's own tests
from kiro_worker.bootstrap.looking import ForgeLooking, GitLooking
from kiro_worker.bootstrap.machine import this_machine
from kiro_worker.bootstrap.settings import early_settings
from kiro_worker.bootstrap.sight import MachineSight
from kiro_worker.bootstrap.workshop import workshop
from kiro_worker.dispatch.item import WorkItem
from kiro_worker.error import WorkerError
from kiro_worker.forge.fault import ForgeFault
from kiro_worker.forge.github.content import Kept
from kiro_worker.run.start import Source
from kiro_worker.testing.git_remote import BareRemote, link, program, submodule
from kiro_worker.testing.github_contents import FakeContents
from kiro_worker.testing.github_server import Act, Trouble
from kiro_worker.testing.github_side import TOKEN

SPEC = {f"{FOLDER}/requirements.md": REQUIREMENTS, f"{FOLDER}/tasks.md": TASKS}
URL = "https://github.com/ada/engine.git"
BRANCH = "feature/greeting"
ODD = {
    "README.md": b"# Engine\n",
    "bytes.bin": bytes(range(256)) * 40,
    "latin.txt": "größer\n".encode("latin-1"),
    "empty": b"",
    "run.sh": program(b"#!/bin/sh\n"),
    "docs/link": link("../README.md"),
    "linked": link("docs"),
    "vendor": submodule("1" * 40),
    ".kiro/specs/ä b/tasks.md": b"- [ ] 1. x\n",
}
PATHS = (
    *ODD,
    "docs/",
    "linked/",
    "linked/link",
    "vendor/",
    ".kiro/specs/",
    ".kiro/specs/ä b/",
    "none",
    "README.md/x",
    "/",
)


@pytest.fixture
def remote(tmp_path):
    remote = BareRemote(tmp_path / "origin.git")
    remote.commit(ODD)
    return remote


@pytest.fixture
def hub(side, schemas, remote):
    side.model.contents = FakeContents(side.model, schemas.graphql, remote)
    side.server.seen.clear()
    return side


@pytest.fixture
async def shop(tmp_path, hub):
    # No program is to be had there: nothing that the forge can tell needs one.
    environment = {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state"), "PATH": str(tmp_path / "nothing")}
    environment |= {"GITHUB_TOKEN": TOKEN, "GITHUB_API_URL": hub.api_url}
    async with workshop(this_machine(environment)) as shop:
        shop.clock = hub.clock
        yield shop


@pytest.fixture
def looking(shop):
    return ForgeLooking(shop, early_settings(shop.machine, {}), Kept())


@contextlib.asynccontextmanager
async def by_git(tmp_path, remote):
    machine = this_machine({"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "git"), "PATH": os.environ["PATH"]})
    async with workshop(machine) as shop:
        looking = GitLooking(shop, early_settings(machine, {}))
        async with looking.into(Source(url=remote.url, branch=BRANCH)) as reading:
            yield reading


def branched(remote):
    """A branch with commits of its own, a merge from a base that has moved on, and trailers of every kind."""
    first = remote.commit(
        SPEC, branch=BRANCH, onto=remote.tip(), message="feat: one\n\nKiro-Spec: greeting\nKiro-Fence: 3"
    )
    remote.commit({"a.txt": b"a"}, message="base moves\n\nKiro-Spec: other")
    remote.commit({"b.txt": b"b"}, branch=BRANCH, message="two\nlines\n\nSome text.\nNot: one\nbut text")
    tree = remote.git("rev-parse", f"{BRANCH}^{{tree}}")
    merge = remote.git("commit-tree", tree, "-p", BRANCH, "-p", "main", "-m", "Merge\n\nSigned-off-by: a <a@b>\nplain")
    remote.git("update-ref", f"refs/heads/{BRANCH}", merge)
    remote.commit({"c.txt": b"c"}, message="base moves again")
    return first


async def test_branches_folders_files_and_history_are_those_that_git_shows(looking, remote, tmp_path):
    branched(remote)
    async with by_git(tmp_path, remote) as git, looking.into(Source(url=URL, branch=BRANCH)) as forge:
        for branch, base in ((BRANCH, None), (BRANCH, "main"), ("none", None), (BRANCH, "none"), (None, None)):
            assert await forge.snapshot(branch, base) == await git.snapshot(branch, base)
        there = await git.snapshot(BRANCH, None)
        for commit in (there.head, there.base):
            assert await forge.read(commit, PATHS) == await git.read(commit, PATHS)
        for since in (there.base, None):
            assert await forge.history(there.head, since) == await git.history(there.head, since)
        assert [each.trailer("Kiro-Spec") for each in await forge.history(there.head, there.base)] == [
            None, None, "greeting",
        ]  # fmt: skip
        assert await forge.history(there.head, None, 2) == await git.history(there.head, None, 2)


WORDS = st.text(alphabet="aB-: \n\t.()", max_size=12)
LINES = st.sampled_from(
    [
        "Kiro-Spec: login",
        "Signed-off-by: a <b@c>",
        "a: b",
        "plain words",
        "  folded",
        "",
        "",
        "x:",
        "(cherry picked from commit 1)",
    ]
)


@given(subject=st.sampled_from(["feat: x", "two\nlines", "a: b"]), lines=st.lists(LINES, max_size=8))
def test_messages_are_taken_apart_as_git_does(subject, lines):
    import subprocess

    from kiro_worker.workspace.message import trailers_of

    message = subject + "\n\n" + "\n".join(lines)
    command = ["git", "interpret-trailers", "--parse", "--no-divider"]
    told = subprocess.run(command, input=f"{message}\n", capture_output=True, text=True, check=True).stdout.splitlines()
    parted = [line.partition(":") for line in told if ":" in line]
    # git shows "(cherry picked …)" as a line without a colon; it is no name and value.
    assert list(trailers_of(message)) == [(name.strip(), value.strip()) for name, _, value in parted]


async def test_what_was_read_once_is_not_asked_for_again_whoever_asks(looking, remote, hub):
    branched(remote)
    for turn in range(2):
        async with looking.into(Source(url=URL, branch=BRANCH)) as forge:
            there = await forge.snapshot(BRANCH, None)
            assert (await forge.read(there.head, ("README.md", "bytes.bin")))["bytes.bin"] == ODD["bytes.bin"]
            asked = [seen.path for seen in hub.server.seen if "/git/" in seen.path]
            assert len(asked) == len(set(asked)) == 3, turn


async def test_many_who_ask_for_one_file_at_once_ask_once(looking, remote, hub):
    async with looking.into(Source(url=URL, branch="main")) as forge:
        there = await forge.snapshot("main", None)
        await forge.read(there.head, ("README.md", "empty", "run.sh", "README.md", "latin.txt"))
    asked = [seen.path for seen in hub.server.seen if "/git/" in seen.path]
    assert len(asked) == len(set(asked)) == 5


async def test_a_branch_that_moves_while_it_is_looked_at_is_read_by_the_next_look(looking, remote):
    branched(remote)
    async with looking.into(Source(url=URL, branch=BRANCH)) as forge:
        there = await forge.snapshot(BRANCH, None)
        remote.commit({"new.txt": b""}, branch=BRANCH)
        with pytest.raises(ForgeFault, match="moved while"):
            await forge.history(there.head, there.base)


async def test_a_tag_of_the_branchs_name_is_not_taken_for_the_branch(looking, remote):
    branched(remote)
    remote.git("tag", BRANCH, "main")
    async with looking.into(Source(url=URL, branch=BRANCH)) as forge:
        there = await forge.snapshot(BRANCH, None)
        assert there.head == remote.git("rev-parse", f"refs/heads/{BRANCH}")
        with pytest.raises(ForgeFault, match="moved while"):
            await forge.history(there.head, there.base)


async def test_a_history_of_many_pages_is_followed_to_its_end(looking, remote, tmp_path):
    stream = b"".join(
        b"commit refs/heads/%b\ncommitter a <a@b> %d +0000\ndata 2\nxx\n%b"
        % (BRANCH.encode(), 1_700_000_000 + nth, b"" if nth else b"from refs/heads/main^0\n")
        for nth in range(230)
    )
    remote.git("fast-import", "--quiet", "--force", stdin=stream)
    async with looking.into(Source(url=URL, branch=BRANCH)) as forge:
        there = await forge.snapshot(BRANCH, None)
        assert len(await forge.history(there.head, there.base)) == 230
        assert len(await forge.history(there.head, None)) == 231


async def read(looking, *paths):
    async with looking.into(Source(url=URL, branch="main")) as forge:
        there = await forge.snapshot("main", None)
        return await forge.read(there.head, paths)


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        (
            Trouble(path="/git/blobs", body='{"sha": "x", "content": "eA==", "encoding": "base64"}', status=200),
            "not what",
        ),
        (Trouble(path="/git/trees", status=404, times=9), "Could not read a folder"),
        (Trouble(path="/git/blobs", act=Act.RESET, times=9), "no usable answer"),
        (Trouble(path="/graphql", status=200, body='{"errors": [{"message": "Nope", "type": "X"}]}'), "Nope"),
    ],
)
async def test_an_answer_that_cannot_be_is_a_fault_and_no_file(looking, hub, trouble, told):
    hub.server.trouble(trouble)
    with pytest.raises(WorkerError, match=told):
        await read(looking, "README.md")


async def test_a_folder_that_is_larger_than_can_be_told_is_not_taken_for_a_smaller_one(looking, hub):
    hub.model.contents.larger_trees = True
    async with looking.into(Source(url=URL, branch="main")) as forge:
        there = await forge.snapshot("main", None)
        with pytest.raises(ForgeFault, match="more entries"):
            await forge.read(there.head, ("README.md",))


async def test_the_dispatcher_sees_the_same_facts_without_git(shop, looking, remote):
    branched(remote)
    config = early_settings(shop.machine, {})
    eye = MachineSight(shop, shop.machine, config, {}, looking)
    facts = await eye.facts(WorkItem(card=card(), repository=URL, branch=BRANCH))
    assert (facts.spec, facts.open, facts.criteria, facts.fault, facts.unusable) == ("greeting", 4, 3, "", "")
    assert [await eye.branch(URL, name) for name in (BRANCH, "none")] == [True, False]
    assert not (await eye.facts(WorkItem(card=card(), repository=URL, branch="none"))).branch
    await eye.anew()


async def test_what_the_forge_does_not_tell_is_unknown(shop, looking, hub):
    hub.model.tokens.clear()
    eye = MachineSight(shop, shop.machine, early_settings(shop.machine, {}), {}, looking)
    assert await eye.branch(URL, "main") is None
    assert (
        "Could not look at the branches"
        in (await eye.facts(WorkItem(card=card(), repository=URL, branch=BRANCH))).fault
    )
    await eye.anew()


def test_what_is_kept_stays_within_its_bound_and_loses_the_oldest():
    kept = Kept(most=10)
    for name in "abc":
        kept.keep(name, name, 4)
    assert [kept.find(name) for name in "abc"] == [None, "b", "c"]
    kept.find("b")
    kept.keep("d", "d", 4)
    assert [kept.find(name) for name in "bcd"] == ["b", None, "d"]
    kept.keep("e", "e", 11)
    assert kept.find("e") is None
