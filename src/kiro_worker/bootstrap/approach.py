"""The first steps of a run, taken before the rest of it is loaded: find the repository, and begin to fetch."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from kiro_worker.bootstrap.credentials import fetch_credentials
from kiro_worker.bootstrap.repository import workspaces_for
from kiro_worker.bootstrap.settings import early_settings
from kiro_worker.bootstrap.workshop import Workshop
from kiro_worker.config.credentials import credential_variables
from kiro_worker.config.settings import Config
from kiro_worker.run.start import Source, Whence, find_source
from kiro_worker.value import dataclass, replace
from kiro_worker.workspace.git_workspaces import GitWorkspaces

if TYPE_CHECKING:
    from kiro_worker.git.local import LocalClone
    from kiro_worker.workspace.snapshot import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Approach:
    """A repository that is being fetched.

    Attributes:
        early: the settings that are known before the repository is.
        look: waits for the fetch and tells what the remote looked like, or raises what went wrong.
    """

    early: Config
    source: Source
    workspaces: GitWorkspaces
    look: "Callable[[], Awaitable[Snapshot]]"


@contextlib.asynccontextmanager
async def approach(
    shop: Workshop, whence: Whence, flags: Mapping[str, Any], clone: "LocalClone | None"
) -> AsyncIterator[Approach]:
    """Find repository and branch, and begin to fetch while the caller does something else.

    Raises:
        WorkerError: for settings, a clone or a branch that cannot be used.
    """
    early = early_settings(shop.machine, flags)
    wanted = replace(whence, remote=whence.remote or early.remote, branch=whence.branch or early.branch.name)
    source = await find_source(wanted, shop.git, clone)
    # Before anything can be written: what stands in a file is in no variable that the redactor knows.
    shop.keep_out(shop.machine.filed(*credential_variables(early)))
    await fetch_credentials(shop, early)
    async with workspaces_for(shop, source, early) as workspaces, asyncio.TaskGroup() as group:
        fetching = group.create_task(_caught(workspaces.snapshot(source.branch, early.branch.base or None)))
        # Git is started here; loading the rest would keep it waiting.
        await asyncio.sleep(0)

        async def look() -> "Snapshot":
            snapshot = await fetching
            if isinstance(snapshot, Exception):
                raise snapshot
            return snapshot

        try:
            yield Approach(early=early, source=source, workspaces=workspaces, look=look)
        finally:
            fetching.cancel()


async def _caught(snapshot: "Awaitable[Snapshot]") -> "Snapshot | Exception":
    """What went wrong is kept for whoever looks: raised here, it would end the group in the middle of loading."""
    try:
        return await snapshot
    except Exception as error:  # noqa: BLE001  # it is raised again where it is waited for
        return error
