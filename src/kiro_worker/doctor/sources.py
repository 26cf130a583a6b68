"""Which sources of settings there are from where a person stands: their own, and those of the repository."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kiro_worker.bootstrap.repository import workspaces_for
from kiro_worker.bootstrap.settings import early_settings, operator_sources, sources_at
from kiro_worker.bootstrap.workshop import Workshop
from kiro_worker.config import Config, ConfigInvalid, Sources, repository_paths
from kiro_worker.doctor.project import look_at_your_clone
from kiro_worker.doctor.unseen import content, told, unseen
from kiro_worker.git.local import LocalClone, NotInClone, look_at_clone
from kiro_worker.policy.document import PATHS as POLICY_PATHS
from kiro_worker.run.start import Source, Whence, find_source
from kiro_worker.value import dataclass, field, replace
from kiro_worker.workspace.port import Snapshot


@dataclass(frozen=True, slots=True)
class Found:
    """Sources, and what a person should know of how they were found.

    Attributes:
        policy: the documents of the policy that a run would be held to.
    """

    sources: Sources
    note: str = ""
    policy: Mapping[str, bytes | None] = field(default_factory=dict)


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
        source, clone = await _source(shop, whence)
    except NotInClone:
        return Found(own, f"{whence.folder} is in no clone, so no repository's settings are shown.")
    async with workspaces_for(shop, source, early) as workspaces:
        snapshot = await workspaces.snapshot(source.branch, early.branch.base or None)
        found = await sources_at(shop.machine, workspaces, snapshot, flags)
        policy = await workspaces.read(snapshot.base, POLICY_PATHS) if snapshot.base else {}
    return Found(found, _note(source, clone, snapshot, found), policy)


def _note(source: Source, clone: LocalClone | None, snapshot: Snapshot, found: Sources) -> str:
    if source.branch and snapshot.head is None:
        return f"The remote has no branch {source.branch}; these are the settings of a new one."
    if clone and source.branch == clone.branch and (others := unseen(clone.top, found.branch)):
        return f"{told(others, str(source.branch))} To look at what is here, add --local."
    return ""


def _early(shop: Workshop, flags: Mapping[str, Any]) -> Config:
    try:
        return early_settings(shop.machine, flags)
    except ConfigInvalid:
        # What is wrong is told with the rest, once the rest is read.
        return Config()


async def _source(shop: Workshop, whence: Whence) -> tuple[Source, LocalClone | None]:
    if whence.repository:
        source = await find_source(replace(whence, new_branch=True), shop.git, None)
        return replace(source, branch=whence.branch or None), None
    clone = await look_at_your_clone(shop, whence)
    branch = None if whence.new_branch else whence.branch or clone.branch
    secrets = clone.secrets.get(whence.remote, {})
    return Source(url=clone.urls[whence.remote], branch=branch, secrets=secrets), clone


def _of_tree(own: Sources, top: Path) -> Found:
    files = {path: content(top / path) for path in repository_paths()}
    return Found(replace(own, branch=files, base=None), policy={path: content(top / path) for path in POLICY_PATHS})
