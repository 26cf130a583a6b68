"""Which sources of settings there are from where a person stands: their own, and those of the repository."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kiro_worker.bootstrap.repository import workspaces_for
from kiro_worker.bootstrap.settings import early_settings, operator_sources, sources_at
from kiro_worker.bootstrap.workshop import Workshop
from kiro_worker.config import Config, ConfigInvalid, Sources, repository_paths
from kiro_worker.doctor.project import look_at_your_clone
from kiro_worker.git.local import NotInClone, look_at_clone
from kiro_worker.run.start import Source, Whence, find_source
from kiro_worker.value import dataclass, replace

# No settings file is larger; what is, is read as far as the reader needs to refuse it.
_MOST = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Found:
    """Sources, and what a person should know of how they were found."""

    sources: Sources
    note: str = ""


async def sources_here(shop: Workshop, whence: Whence, flags: Mapping[str, Any], *, local: bool) -> Found:
    """All sources of settings.

    Args:
        shop: runs git, and keeps the mirror.
        whence: the repository and the branch, as for a run.
        flags: settings of the command line.
        local: take the files as they are in the working tree, and ask no remote. Nothing is known of the base
            branch then, so settings that guard are only checked.

    Raises:
        WorkerError: the repository cannot be read.
    """
    own = operator_sources(shop.machine, flags)
    early = _early(shop, flags)
    whence = replace(whence, remote=whence.remote or early.remote, branch=whence.branch or early.branch.name)
    try:
        if local:
            return _of_tree(own, (await look_at_clone(shop.git, whence.folder)).top)
        source = await _source(shop, whence)
    except NotInClone:
        return Found(own, f"{whence.folder} is in no clone, so no repository's settings are shown.")
    async with workspaces_for(shop, source, early) as workspaces:
        snapshot = await workspaces.snapshot(source.branch, early.branch.base or None)
        found = await sources_at(shop.machine, workspaces, snapshot, flags)
    if source.branch and snapshot.head is None:
        return Found(found, f"The remote has no branch {source.branch}; these are the settings of a new one.")
    return Found(found)


def _early(shop: Workshop, flags: Mapping[str, Any]) -> Config:
    try:
        return early_settings(shop.machine, flags)
    except ConfigInvalid:
        # What is wrong is told with the rest, once the rest is read.
        return Config()


async def _source(shop: Workshop, whence: Whence) -> Source:
    if whence.repository:
        source = await find_source(replace(whence, new_branch=True), shop.git, None)
        return replace(source, branch=whence.branch or None)
    clone = await look_at_your_clone(shop, whence)
    branch = None if whence.new_branch else whence.branch or clone.branch
    return Source(url=clone.urls[whence.remote], branch=branch, secrets=clone.secrets.get(whence.remote, {}))


def _of_tree(own: Sources, top: Path) -> Found:
    files = {path: _content(top / path) for path in repository_paths()}
    return Found(replace(own, branch=files, base=None))


def _content(path: Path) -> bytes | None:
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return file.read(_MOST)
