"""The agent's clone: a real one, with packs shared by hard links and no way back to the mirror or the remote."""

import errno
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from kiro_worker.git import Git
from kiro_worker.git.fault import writing
from kiro_worker.ids import Oid
from kiro_worker.workspace.remote import Identity


async def make_clone(git: Git, mirror: Path, tree: Path, *, tag: str) -> None:
    """Clone a mirror at a tag; git links the packs by itself where both are on one file system.

    The tag makes the commit certain: a branch may be moved by another run's fetch at any moment.
    """
    await git.run(
        (
            *("clone", "--quiet", "--no-tags", "--single-branch", "--no-recurse-submodules", "--template="),
            *("--branch", tag, "--", str(mirror), str(tree)),
        )
    )


def link_clone(mirror: Path, clone: Path) -> None:
    """Make the `.git` that git itself would make of a mirror on the same file system, before it checks anything out.

    What it says of itself is for `settle` to write.

    Args:
        mirror: whose packs it shares.
        clone: the `.git` folder; nothing may be there.

    Raises:
        OSError: they are on two file systems, or something in there is neither a file nor a folder.
    """
    clone.mkdir()
    (clone / "refs").mkdir()
    _link_all(mirror / "objects", clone / "objects")


def _link_all(source: Path, target: Path) -> None:
    target.mkdir()
    with os.scandir(source) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                _link_all(Path(entry.path), target / entry.name)
            elif not entry.is_file(follow_symlinks=False):
                raise FileExistsError(errno.EEXIST, "neither a file nor a folder", entry.path)
            elif not entry.name.startswith("tmp_"):
                os.link(entry.path, target / entry.name, follow_symlinks=False)


def settings_of(clone: Path) -> str:
    """What git found out about the file system and the hash when it cloned: sections `core` and `extensions`."""
    kept = []
    wanted = False
    for line in (clone / "config").read_text().splitlines():
        if line.startswith("["):
            wanted = line in {"[core]", "[extensions]"}
        if wanted:
            kept.append(line)
    return "\n".join(kept) + "\n"


def minimal_settings(algorithm: str) -> str:
    """What a git directory must say of its hash before anything is known of the file system."""
    if algorithm == "sha1":
        return "[core]\n\trepositoryformatversion = 0\n"
    return f"[core]\n\trepositoryformatversion = 1\n[extensions]\n\tobjectformat = {algorithm}\n"


def settle(clone: Path, *, settings: str, branch: str, head: Oid, remote: Mapping[str, Oid], by: Identity) -> None:
    """Make a fresh clone look like one of the branch, and take out every trace of where it came from.

    Args:
        clone: the `.git` folder.
        settings: see `settings_of`.
        branch: what its HEAD is to name.
        head: that branch's commit.
        remote: branches to show below `origin/`, so that an agent can compare; there is no such remote.
        by: who commits when the agent does.
    """
    own = f"[user]\n\tname = {_quoted(by.name)}\n\temail = {_quoted(by.email)}\n"
    with writing(clone):
        (clone / "config").write_text(f"{settings}{own}[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n")
        for folder in ("logs", "refs/heads", "refs/tags", "refs/remotes"):
            shutil.rmtree(clone / folder, ignore_errors=True)
        packed = sorted(f"{oid} refs/remotes/origin/{name}" for name, oid in remote.items())
        packed.sort(key=lambda line: line.partition(" ")[2])
        text = "# pack-refs with: peeled fully-peeled sorted \n" + "".join(f"{line}\n" for line in packed)
        (clone / "packed-refs").write_text(text)
        ref = clone / "refs/heads" / branch
        ref.parent.mkdir(parents=True)
        ref.write_text(f"{head}\n")
        (clone / "refs/tags").mkdir()
        (clone / "info").mkdir(exist_ok=True)
        (clone / "HEAD").write_text(f"ref: refs/heads/{branch}\n")


def _quoted(text: str) -> str:
    """A value as git's configuration takes it."""
    plain = " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{plain}"'
