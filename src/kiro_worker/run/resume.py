"""Finds out how to go on with a run: from what this machine remembers, or from the branch alone."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from kiro_worker.error import Fault, WorkerError
from kiro_worker.git import Git
from kiro_worker.git.local import LocalClone, NotInClone, look_at_clone
from kiro_worker.ids import Oid, begins_run_id
from kiro_worker.run.journal import FILE_NAME, Event, read_events
from kiro_worker.run.registry import Registry, RunEntry, RunUnknown
from kiro_worker.run.start import RemoteMissing, Whence, address_of
from kiro_worker.value import dataclass, replace

# A run that is older than so many others is asked for by its id.
_LOOKED_AT = 500


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
    asked: str, *, registry: Registry, runs: Path, git: Git, folder: Path, repository: str = "", remote: str = "origin"
) -> Resumable:
    """Find what to go on with.

    A run that this machine knows brings its options along; of several it is the newest, of the given repository or of
    the one around `folder`. A branch that this machine does not know is taken from there, too: the branch's own
    trailers tell the rest.

    Raises:
        RunAlive: when the run still runs.
        RunUnknown: when there is neither such a run nor a clone to find the branch in.
    """
    clone = await _clone_around(git, folder)
    here = frozenset([address_of(repository, folder)] if repository else clone.urls.values() if clone else ())
    try:
        entry = _entry_for(asked, registry, here)
    except RunUnknown:
        # The id of a run that another machine has seen, or its beginning, is no branch's name.
        if not asked or begins_run_id(asked):
            raise
        url = repository or _url_of(clone, remote, folder)
        whence = Whence(folder=folder, repository=url, branch=asked)
        return Resumable(whence=_signed_in(whence, clone), flags={})
    if entry.state == "running":
        raise RunAlive(run=entry.run, pid=entry.holder.pid)
    found = _of_entry(entry, runs, folder)
    return replace(found, whence=_signed_in(found.whence, clone))


def _entry_for(asked: str, registry: Registry, here: frozenset[str]) -> RunEntry:
    """The run that was asked for: by its id, or the newest of a branch or of all, but of a repository that is meant.

    Branches of two repositories may have one name; to go on with the other's would surprise whoever stands here.
    """
    for entry in registry.newest(_LOOKED_AT) if here else ():
        if entry.repository in here and asked in {"", entry.branch}:
            return entry
    if here and not asked:
        raise RunUnknown(asked="", repository=", ".join(sorted(here)))
    entry = registry.find(asked)
    if here and asked and entry.branch == asked:
        raise RunUnknown(asked=asked)
    return entry


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


def unpushed_of(folder: Path) -> Oid | None:
    """The last commit of a run that it did not push, by its receipt; None where it left none on this machine."""
    path = folder / FILE_NAME
    return _last_commit(tuple(read_events(path)))[1] if path.exists() else None


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


async def _clone_around(git: Git, folder: Path) -> LocalClone | None:
    try:
        return await look_at_clone(git, folder)
    except NotInClone:
        return None


def _signed_in(whence: Whence, clone: LocalClone | None) -> Whence:
    """With what the clone around the folder signs in to the same repository: no registry keeps that."""
    if clone is None:
        return whence
    secrets = next((clone.secrets.get(name, {}) for name, url in clone.urls.items() if url == whence.repository), {})
    return replace(whence, secrets=secrets)


def _url_of(clone: LocalClone | None, remote: str, folder: Path) -> str:
    if clone is None:
        raise NotInClone(folder)
    if remote not in clone.urls:
        raise RemoteMissing(remote=remote, there=tuple(clone.urls), top=clone.top)
    return clone.urls[remote]
