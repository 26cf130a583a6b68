"""Finds out how to go on with a run: from what this machine remembers, or from the branch alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kiro_worker.error import Fault, WorkerError
from kiro_worker.git import Git
from kiro_worker.git.local import NotInClone, look_at_clone
from kiro_worker.ids import Oid
from kiro_worker.run.journal import FILE_NAME, Event, read_events
from kiro_worker.run.registry import Registry, RunEntry, RunUnknown
from kiro_worker.run.start import RemoteMissing, Whence


class RunAlive(WorkerError):
    """The run still runs."""

    code = "resume.alive"
    fault = Fault.BUSY

    def __init__(self, *, run: str, pid: int) -> None:
        super().__init__(
            f"The run {run} still runs (process {pid}).",
            next_step=f"Follow it: kiro-worker logs --follow {run}; or stop it: kiro-worker cancel {run}",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumable:
    """A run to go on with.

    Attributes:
        run: empty when only the branch is known.
        flags: what it was started with.
        unpushed: its last commit, when it was killed before the push.
    """

    whence: Whence
    run: str = ""
    flags: Mapping[str, Any]
    unpushed: Oid | None = None


async def find_resumable(
    asked: str, *, registry: Registry, runs: Path, git: Git, folder: Path, repository: str = ""
) -> Resumable:
    """Find what to go on with.

    A run that this machine knows brings its options along. A branch that it does not know is taken from the given
    repository or from the clone around `folder`: the branch's own trailers tell the rest.

    Raises:
        RunAlive: when the run still runs.
        RunUnknown: when there is neither such a run nor a clone to find the branch in.
    """
    try:
        entry = registry.find(asked)
    except RunUnknown:
        if not asked:
            raise
        url = repository or await _url_here(git, folder)
        whence = Whence(folder=folder, repository=url, branch=asked)
        return Resumable(whence=await _signed_in(whence, git), flags={})
    if entry.state == "running":
        raise RunAlive(run=entry.run, pid=entry.holder.pid)
    found = _of_entry(entry, runs, folder)
    return replace(found, whence=await _signed_in(found.whence, git))


def _of_entry(entry: RunEntry, runs: Path, folder: Path) -> Resumable:
    path = runs / entry.run / FILE_NAME
    events = tuple(read_events(path)) if path.exists() else ()
    branch, unpushed = _last_commit(events)
    # A new branch exists on the remote from its first push on; before that, it is begun anew under another name.
    anew = bool(entry.options.get("new_branch")) and not any(event.name == "branch.pushed" for event in events)
    whence = Whence(
        folder=folder, repository=entry.repository, branch="" if anew else entry.branch or branch, new_branch=anew
    )
    flags = {name: tuple(value) if isinstance(value, list) else value for name, value in entry.options["flags"].items()}
    return Resumable(whence=whence, run=entry.run, flags=flags, unpushed=unpushed)


def _last_commit(events: Iterable[Event]) -> tuple[str, Oid | None]:
    """The branch that a run worked on, and the commit that it made last if it was not pushed."""
    branch, unpushed = "", None
    for event in events:
        match event.name:
            case "workspace.prepared":
                branch = event.facts["branch"]
            case "commit.made":
                unpushed = Oid(event.facts["oid"])
            case "branch.pushed":
                unpushed = None
    return branch, unpushed


async def _signed_in(whence: Whence, git: Git) -> Whence:
    """With what the clone around the folder signs in to the same repository: no registry keeps that."""
    try:
        clone = await look_at_clone(git, whence.folder)
    except NotInClone:
        return whence
    secrets = next((clone.secrets.get(name, {}) for name, url in clone.urls.items() if url == whence.repository), {})
    return replace(whence, secrets=secrets)


async def _url_here(git: Git, folder: Path) -> str:
    clone = await look_at_clone(git, folder)
    if "origin" not in clone.urls:
        raise RemoteMissing(remote="origin", there=tuple(clone.urls), top=clone.top)
    return clone.urls["origin"]
