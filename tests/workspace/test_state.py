"""The state directory: full, read-only, and cleared up without hurry."""

import asyncio
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kiro_worker.git import DiskFull, Git, NotWritable
from kiro_worker.git.fault import writing
from kiro_worker.testing.workspace_contract import BRANCH, TEXT, prepared
from kiro_worker.workspace import Remote
from kiro_worker.workspace.git_workspaces import GitWorkspaces
from kiro_worker.workspace.trash import Trash

_CODE = """
import asyncio, os, sys
from pathlib import Path
from kiro_worker.error import WorkerError
from kiro_worker.git import Git
from kiro_worker.process import Children
from kiro_worker.testing.workspace_contract import TEXT, prepared
from kiro_worker.workspace import Remote
from kiro_worker.workspace.git_workspaces import GitWorkspaces
async def main(url, state, home):
    async with Children() as children:
        workspaces = GitWorkspaces(Git(children, home=Path(home)), Remote(url=url), Path(state))
        try:
            workspace = await prepared(workspaces)
            (workspace.path / "big").write_bytes(os.urandom(int(sys.argv[4])))
            await workspace.changes()
            await workspace.commit(TEXT)
        except WorkerError as error:
            print(error.code)
        except OSError as error:
            print("the agent's own", error.errno)
asyncio.run(main(*sys.argv[1:4]))
"""


def run_in_namespace(tmp_path: Path, mount: str, *args: str) -> str:
    """Run the code above where a small file system lies on its state directory."""
    if shutil.which("unshare") is None:
        pytest.skip("needs unshare(1) to mount a small file system")
    script = f'{mount} && exec "$0" -c "$1" "$2" "$3" "$4" "$5"'
    command = ("unshare", "-rm", "sh", "-c", script, sys.executable, _CODE, *args)
    over = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    if "unshare" in over.stderr or "mount" in over.stderr:
        pytest.skip(f"this machine lets nobody mount: {over.stderr.strip()}")
    assert over.stderr == ""
    return over.stdout.strip()


@pytest.mark.parametrize(("size", "big"), [("200k", "1"), ("1300k", "500000")])
def test_a_full_disk_is_named(tmp_path, remote, size, big):
    state = tmp_path / "small"
    state.mkdir()
    remote.commit({"filler": os.urandom(300_000)}, branch=BRANCH)
    said = run_in_namespace(
        tmp_path, f"mount -t tmpfs -o size={size} none {state}", remote.url, str(state), str(tmp_path / "home"), big
    )
    assert said == "git.disk-full"


def test_a_read_only_state_directory_is_named(tmp_path, remote):
    state = tmp_path / "ro"
    state.mkdir()
    said = run_in_namespace(
        tmp_path, f"mount -t tmpfs -o ro none {state}", remote.url, str(state), str(tmp_path / "home"), "1"
    )
    assert said == "git.not-writable"


def test_no_space_and_no_permission_are_told_apart(tmp_path):
    with pytest.raises(DiskFull, match="No space"), writing(tmp_path), Path("/dev/full").open("wb", 0) as full:
        full.write(b"x")
    with pytest.raises(NotWritable, match="File exists"), writing(tmp_path):
        tmp_path.mkdir()
    with pytest.raises(OSError, match="Bad file"), writing(tmp_path):
        os.write(-1, b"x")


async def test_a_file_where_the_state_directory_should_be_is_named(make, tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(NotWritable):
        await make(tmp_path / "taken").snapshot(BRANCH, None)


async def test_commits_that_a_full_disk_does_not_let_the_mirror_take_stay_where_they_are(children, tmp_path, remote):
    full = tmp_path / "full"
    program = tmp_path / "git"
    program.write_text(f"""#!/bin/sh
case "$*" in *refs/local/kept/*) test ! -e {full} || {{ echo 'No space left on device' >&2; exit 128; }};; esac
exec {shutil.which("git")} "$@"
""")
    program.chmod(0o755)
    git = Git(children, home=tmp_path / "home", program=str(program))
    async with GitWorkspaces(git, Remote(url=remote.url), tmp_path / "state") as workspaces:
        workspace = await prepared(workspaces)
        await workspace.write("note", b"x")
        head = await workspace.commit(TEXT)
        full.touch()
        assert await workspace.close(keep=False) == workspace.path
        assert await workspaces.adopt("r-1", head) is None
        full.unlink()
        assert await workspaces.adopt("r-1", head) == head


async def test_nothing_is_deleted_while_workspaces_are_made_and_closed(make, state):
    workspaces = make(state)
    for number in range(3):
        await (await prepared(workspaces, f"r-{number}")).close(keep=False)
    assert len(list((state / "trash").iterdir())) >= 3
    await workspaces.close()
    assert list((state / "trash").iterdir()) == []


async def test_a_tree_that_an_agent_closed_or_made_deep_is_deleted_too(children, tmp_path):
    trash = Trash(children, tmp_path / "trash")
    tree = tmp_path / "tree"
    closed = tree / "a/b/c"
    closed.mkdir(parents=True)
    (closed / "file").write_text("x")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("x")
    (tree / "link").symlink_to(outside)
    closed.chmod(0)
    (tree / "a").chmod(0)
    place = os.open(tree, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("d", dir_fd=place)
        inner = os.open("d", os.O_RDONLY, dir_fd=place)
        os.close(place)
        place = inner
    os.close(place)
    trash.take(tree)
    assert not tree.exists()
    await trash.empty(30)
    assert list((tmp_path / "trash").iterdir()) == []
    assert (outside / "kept").exists()


async def test_emptying_stops_in_time_and_does_no_harm(children, tmp_path):
    trash = Trash(children, tmp_path / "trash")
    await trash.empty(1)
    trash.take(tmp_path / "nothing")
    for number in range(40):
        folder = tmp_path / f"t{number}"
        folder.mkdir()
        for name in range(100):
            (folder / str(name)).touch()
        trash.take(folder)
    began = time.monotonic()
    await trash.empty(0.001)
    assert time.monotonic() - began < 10
    await asyncio.sleep(0)
    await trash.empty(30)
    assert list((tmp_path / "trash").iterdir()) == []
