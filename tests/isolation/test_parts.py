"""Accounts, reach, tools, and what files belong to."""

import os
import stat
from pathlib import Path

import pytest

from kiro_worker.isolation.account import account_for
from kiro_worker.isolation.choice import choose
from kiro_worker.isolation.fault import IsolationMissing
from kiro_worker.isolation.none import NoIsolation
from kiro_worker.isolation.ownership import give, own_copies, take, take_all
from kiro_worker.isolation.port import Probe
from kiro_worker.isolation.reach import barrier
from kiro_worker.isolation.tools import tools_for
from kiro_worker.process import Account, Children, Command, Limits, Restraint

SOMEBODY = Account(uid=1_900_000_001, gid=1_900_000_001)
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")


def test_each_run_has_an_account_of_its_own_that_owns_nothing():
    accounts = {account_for(f"r-{number}") for number in range(1000)}
    assert len(accounts) == 1000
    assert all(one.uid >= 61_184 and one.uid == one.gid for one in accounts)
    assert account_for("r-1") == account_for("r-1")
    assert account_for("r-1", named="nobody").uid != account_for("r-1").uid


@as_root
def test_files_are_given_and_taken_but_none_that_has_another_name(tmp_path):
    tree, elsewhere = tmp_path / "tree", tmp_path / "elsewhere"
    (tree / "a/b").mkdir(parents=True)
    (tree / "a/b/file").touch()
    elsewhere.touch()
    elsewhere.chmod(0o444)
    os.link(elsewhere, tree / "pack")
    (tree / "link").symlink_to(elsewhere)
    give(tree, SOMEBODY)
    owners = {path.name: path.lstat().st_uid for path in tree.rglob("*")}
    assert owners == {"a": SOMEBODY.uid, "b": SOMEBODY.uid, "file": SOMEBODY.uid, "link": SOMEBODY.uid, "pack": 0}
    assert stat.S_IMODE(tree.stat().st_mode) == 0o700
    take(tree)
    assert tree.stat().st_uid == 0
    take_all(tree, SOMEBODY)
    assert {path.lstat().st_uid for path in tree.rglob("*")} == {0}


@as_root
def test_a_shared_file_that_the_account_could_not_read_is_copied(tmp_path):
    tree, elsewhere = tmp_path / "tree", tmp_path / "elsewhere"
    tree.mkdir()
    elsewhere.write_text("packed")
    elsewhere.chmod(0o400)
    os.link(elsewhere, tree / "pack")
    give(tree, SOMEBODY)
    assert elsewhere.stat().st_nlink == 1
    assert elsewhere.stat().st_uid == 0
    assert ((tree / "pack").read_text(), (tree / "pack").stat().st_uid) == ("packed", SOMEBODY.uid)


def test_copies_take_the_place_of_shared_files(tmp_path):
    (tmp_path / "tree").mkdir()
    (tmp_path / "shared").write_text("x")
    os.link(tmp_path / "shared", tmp_path / "tree/graph")
    own_copies(tmp_path / "tree")
    assert (tmp_path / "shared").stat().st_nlink == 1
    assert (tmp_path / "tree/graph").read_text() == "x"


def test_a_tree_as_deep_as_an_agent_can_make_it_is_given_all_the_same(tmp_path):
    folder = os.open(tmp_path, os.O_RDONLY)
    for _ in range(400):  # pytest could not remove a deeper one
        os.mkdir("d", dir_fd=folder)
        inner = os.open("d", os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = inner
    os.close(folder)
    give(tmp_path, Account(uid=os.geteuid(), gid=os.getegid()))
    take(tmp_path)


def test_what_keeps_an_account_from_a_program_is_named(tmp_path):
    assert barrier(Path("/bin/sh"), SOMEBODY) is None
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    (closed / "agent").touch(0o755)
    found = barrier(closed / "agent", SOMEBODY)
    assert found in {closed, *closed.parents}


def test_a_link_and_an_interpreter_are_followed_to_their_end(tmp_path, monkeypatch):
    place = Path(os.path.realpath(tmp_path))
    program, real = place / "bin/agent", place / "lib/agent.js"
    for folder in (program.parent, real.parent, place / "node"):
        folder.mkdir()
    real.write_text(f"#!{place}/node/bin\n")
    real.chmod(0o755)
    program.symlink_to("../lib/agent.js")
    (place / "node/bin").touch(0o755)
    mine = Account(uid=os.geteuid(), gid=os.getegid())
    assert barrier(program, mine) is None
    (place / "node/bin").chmod(0o644)
    assert barrier(program, mine) == place / "node/bin"
    (place / "node/bin").chmod(0o755)
    (place / "lib").chmod(0o600)
    try:
        assert barrier(program, mine) in {place / "lib", real}
    finally:
        (place / "lib").chmod(0o755)


def test_tools_are_shown_and_no_home_and_no_login(tmp_path):
    home = tmp_path / "home"
    for name in (".local/bin", ".local/share/agent", ".cargo/bin", "node/bin", "node/lib/node_modules/agent", ".ssh"):
        (home / name).mkdir(parents=True)
    (home / "node/lib/node_modules/agent/cli.js").write_text("#!/usr/bin/env node\n")
    (home / "node/bin/agent").symlink_to("../lib/node_modules/agent/cli.js")
    path = f"{home}/.local/bin:{home}/.cargo/bin:{home}/node/bin:/usr/bin:relative:"
    shown = set(tools_for({"PATH": path}, home=home, words=("agent", f"{home}/.ssh/no-such-file")))
    assert {home / ".local/bin", home / ".cargo/bin", home / "node/bin", home / "node/lib"} <= shown
    # A script finds its packages up to the outermost folder of them.
    assert home / "node/lib/node_modules" in set(tools_for({"PATH": f"{home}/node/bin"}, home=home))
    private = {home, home / ".local", home / ".local/share", home / ".cargo", home / ".ssh", Path("/usr/bin")}
    assert not private & shown
    assert not [path for path in shown if home.is_relative_to(path)]


async def test_limits_hold_root_too():
    code = "ulimit -n; ulimit -c; head -c 2000000 /dev/zero >/tmp/kiro-worker-limit-$$; echo $?; rm /tmp/kiro-worker-limit-$$"
    import resource

    limits = ((resource.RLIMIT_NOFILE, 77), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 1_000_000))
    async with Children() as children:
        over = await children.run(
            Command(argv=("/bin/sh", "-c", code), cwd=Path("/"), environment={}, restraint=Restraint(limits=limits)),
            Limits(wall=10),
        )
    files, core, status = over.stdout.split()
    assert (files, core) == (b"77", b"0")
    assert status != b"0"


class Broken(NoIsolation):
    name = "bubblewrap"

    async def probe(self, children):
        return Probe(works=False, reason="it is broken")


async def test_the_strongest_that_works_is_taken_and_why_no_stronger_one_is_told():
    async with Children() as children:
        chosen = await choose("auto", (Broken(), NoIsolation()), children)
        assert chosen.isolation.name == "none"
        assert chosen.passed_over == {"bubblewrap": "it is broken"}
        with pytest.raises(IsolationMissing, match="bubblewrap does not work here: it is broken"):
            await choose("bubblewrap", (Broken(), NoIsolation()), children)


async def test_where_one_is_required_none_is_not_enough():
    async with Children() as children:
        with pytest.raises(IsolationMissing, match="of any kind does not work here: bubblewrap: it is broken"):
            await choose("required", (Broken(), NoIsolation()), children)
