"""The machine itself: programs, the state folder, what the kernel offers, and what dead runs left."""

import os
import platform
import shutil
from pathlib import Path

from kiro_worker.bootstrap.workshop import Workshop
from kiro_worker.doctor.check import Check, doubtful, good
from kiro_worker.error import Fault, WorkerError
from kiro_worker.git.fault import DiskFull, GitTooOld
from kiro_worker.git.program import OLDEST
from kiro_worker.process.leftover import leftovers
from kiro_worker.run.report.present import resumable
from kiro_worker.run.report.words import counted
from kiro_worker.workspace.lock import is_held

# `git merge-tree --write-tree`, which tells of conflicts before they happen.
_WANTED_GIT = (2, 38)
_MIB = 1024 * 1024
_LEAST_SPACE = 256 * _MIB
_WANTED_SPACE = 2048 * _MIB
_KEPT_APART = ("mirrors", "workspaces", "runs", "trash", "gates")
_RUNS = 500


class StateApart(WorkerError):
    """The state folder reaches over several file systems."""

    code = "doctor.state-apart"
    fault = Fault.CONFIG

    def __init__(self, *, state: Path, apart: str) -> None:
        super().__init__(
            f"{state / apart} is on another file system than {state}; hard links and renames do not reach there.",
            next_step=f"Move all of {state} to one file system (XDG_STATE_HOME says where it is).",
        )


def look_at_python() -> Check:
    """The Python that runs this, and the system below it."""
    says = f"{platform.python_version()} on {platform.system()} {platform.release()}"
    if platform.system() == "Linux":
        return good("python", says)
    return doubtful("python", f"{says}: it works, but agents cannot be kept apart from your own files here")


async def look_at_git(shop: Workshop) -> Check:
    """The git program.

    Raises:
        WorkerError: there is none, or it is too old.
    """
    version = await shop.git.version()
    told = ".".join(map(str, version))
    if version < OLDEST:
        raise GitTooOld(version, OLDEST, "the worker")
    if version < _WANTED_GIT:
        wanted = ".".join(map(str, _WANTED_GIT))
        return doubtful("git", f"{told}; from {wanted} on it also tells of conflicts with the base", "Update git.")
    return good("git", told)


def look_at_state(state: Path) -> Check:
    """The state folder: room, one file system, and nobody else's business. That it can be written was seen before.

    Raises:
        StateApart: it is on several file systems.
        DiskFull: there is hardly any room.
    """
    device = state.stat().st_dev
    for name in _KEPT_APART:
        if (state / name).exists() and (state / name).stat().st_dev != device:
            raise StateApart(state=state, apart=name)
    free = shutil.disk_usage(state).free
    if free < _LEAST_SPACE:
        raise DiskFull(state)
    says = f"{state}, readable by you alone, {free // _MIB:,} MiB free"
    if free < _WANTED_SPACE:
        return doubtful("state", says, "Make room: a mirror and a clone of the repository have to fit.")
    return good("state", says)


def look_at_processes(shop: Workshop) -> Check:
    """Whether the worker can keep hold of everything that it starts."""
    can_wait = hasattr(os, "pidfd_open")
    if shop.children.holds_orphans and can_wait:
        return good("processes", "the worker keeps hold of all that an agent starts")
    lacks = "child subreaper" if not shop.children.holds_orphans else "pidfd"
    return doubtful("processes", f"this system has no {lacks}: an agent's strays may outlive their run")


def look_at_leftovers(shop: Workshop) -> Check:
    """What runs that were killed left behind: processes, runs to go on with, and working trees."""
    died = resumable(shop.registry.newest(_RUNS))
    processes = leftovers()
    trees = _kept_trees(shop.machine.state / "workspaces")
    told = []
    cures = []
    if died:
        told.append(f"runs that were killed: {', '.join(entry.run for entry in died)}")
        cures.append(f"kiro-worker resume {died[0].run}")
    if processes:
        told.append(f"their processes {', '.join(map(str, processes))}")
        cures.append("kiro-worker resume ends them")
    if trees:
        told.append(f"{counted(len(trees), 'kept working tree')} in {shop.machine.state / 'workspaces'}")
        cures.append("look at them, or leave them: they go after 14 days")
    if not told:
        return good("leftovers", "none")
    return doubtful("leftovers", "; ".join(told), "; ".join(cures))


def _kept_trees(workspaces: Path) -> tuple[Path, ...]:
    if not workspaces.is_dir():
        return ()
    return tuple(folder for folder in sorted(workspaces.iterdir()) if not is_held(folder / "alive"))
