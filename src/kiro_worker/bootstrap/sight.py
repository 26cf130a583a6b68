"""What the dispatcher looks at, on the real machine: mirrors, leases, forges, and the list of runs."""

import re
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import datetime
from typing import Any

from kiro_worker.board.port import CardId
from kiro_worker.bootstrap.adapters import forge_for, leases_for
from kiro_worker.bootstrap.looking import GitLooking, Looking, Recalling, clone_address
from kiro_worker.bootstrap.machine import Machine
from kiro_worker.bootstrap.settings import settings_at
from kiro_worker.bootstrap.workshop import Workshop
from kiro_worker.config.settings import Config
from kiro_worker.dispatch.branch import facts_of_branch
from kiro_worker.dispatch.eligibility import Facts
from kiro_worker.dispatch.item import WorkItem
from kiro_worker.dispatch.reconcile import PullState
from kiro_worker.dispatch.sight import LeaseSight, RunSight
from kiro_worker.error import Fault, WorkerError
from kiro_worker.forge.port import PullRequest
from kiro_worker.git.name import branch_ref
from kiro_worker.launch.inline import is_over
from kiro_worker.lease.port import Leases
from kiro_worker.run.journal import FILE_NAME, read_events
from kiro_worker.run.record import RunRecord, fold
from kiro_worker.run.registry import RunUnknown
from kiro_worker.run.start import Source
from kiro_worker.run.steps.take_lease import lease_key
from kiro_worker.run.verdict import Verdict
from kiro_worker.value import replace
from kiro_worker.workspace.snapshot import Snapshot

INLINE = "inline"
"""Below the state folder: the last words of runs that were started as processes of a dispatcher."""

_NAMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}/[A-Za-z0-9._-]{1,100}")


class MachineSight:
    """See `dispatch.sight.Sight`.

    Args:
        shop: the machine.
        machine: with the operator's settings as they were read last.
        config: what those say.
        flags: settings of the command line that hold for each run, too.
        looking: how repositories are looked into; with git where nothing else is said.
    """

    def __init__(
        self,
        shop: Workshop,
        machine: Machine,
        config: Config,
        flags: Mapping[str, Any],
        looking: Looking | None = None,
    ) -> None:
        self._shop, self._machine, self._config, self._flags = shop, machine, config, flags
        self._looking = looking or GitLooking(shop, config)
        self._open = AsyncExitStack()
        self._fetched: dict[str, Recalling | WorkerError] = {}
        self._leases: dict[str, Leases] = {}

    async def anew(self) -> None:
        """See `Sight.anew`."""
        self._fetched.clear()
        await self._open.aclose()
        self._open = AsyncExitStack()

    def address(self, repository: str) -> str | None:
        """See `Sight.address`."""
        if _NAMED.fullmatch(repository):
            return clone_address(self._config, repository)
        # This machine's board is kept by its own people; on a server's, anybody may have written an address.
        return repository if self._config.board.kind == "local" and repository else None

    async def facts(self, item: WorkItem) -> Facts:
        """See `Sight.facts`."""
        base = self._config.branch.base
        try:
            # A card may name anything; that is no fault of the repository's.
            branch_ref(item.branch)
        except WorkerError as error:
            return Facts(bad_name=error.message)
        try:
            workspaces, snapshot = await self._snapshot(item.repository, item.branch)
        except WorkerError as error:
            return Facts(fault=error.message)
        try:
            loaded = await settings_at(self._machine, workspaces, snapshot, self._flags)
        except WorkerError as error:
            return Facts(unusable=error.message) if error.fault is Fault.CONFIG else Facts(fault=error.message)
        facts = await facts_of_branch(
            workspaces, snapshot, loaded.config.spec, branch=item.branch, base=base, repository=item.repository
        )
        if loaded.config.forge.create_pull_request or item.pull_request:
            return facts
        state = await self.pull_request(item.repository, item.branch)
        if state is PullState.UNKNOWN:
            return Facts(fault="Whether the branch has a pull request could not be asked.")
        return replace(facts, pull_request=state is PullState.OPEN)

    async def _snapshot(self, repository: str, branch: str) -> tuple[Recalling, Snapshot]:
        """A branch as it is now; the repository is fetched when this tick first asks, and its fault is kept, too."""
        known, base = self._fetched.get(repository), self._config.branch.base or None
        if isinstance(known, WorkerError):
            raise known
        if known is not None:
            return known, await known.recall(branch, base)
        try:
            opened = self._looking.into(Source(url=repository, branch=branch))
            workspaces = await self._open.enter_async_context(opened)
            snapshot = await workspaces.snapshot(branch, base)
        except WorkerError as error:
            self._fetched[repository] = error
            raise
        self._fetched[repository] = workspaces
        return workspaces, snapshot

    async def branch(self, repository: str, branch: str) -> bool | None:
        """See `Sight.branch`."""
        try:
            return await self._looking.has(Source(url=repository, branch=branch))
        except WorkerError:
            return None

    async def pull_request(self, repository: str, branch: str) -> PullState:
        """See `Sight.pull_request`."""
        try:
            forge = forge_for(self._shop, self._config, repository)
            try:
                return _state(await forge.find(branch))
            finally:
                await forge.close()
        except WorkerError:
            return PullState.UNKNOWN

    async def lease(self, repository: str, branch: str) -> LeaseSight:
        """See `Sight.lease`."""
        key = lease_key(self._config.lease.store, repository, branch)
        try:
            if repository not in self._leases:
                self._leases[repository] = leases_for(self._shop, self._config, Source(url=repository, branch=branch))
            # Kept from look to look: that a lease is dead shows in what does not move for as long as it is watched.
            lease = await self._leases[repository].look(key)
        except WorkerError:
            return LeaseSight(held=None)
        if lease is None:
            return LeaseSight(held=False)
        return LeaseSight(held=lease.expires > self._shop.clock.now(), holder=lease.holder.run)

    def run(self, run: str) -> RunSight:
        """See `Sight.run`."""
        try:
            entry = self._shop.registry.find(run)
        except RunUnknown:
            # It may have been killed before it could so much as tell its name.
            return RunSight(state="died" if is_over(self._machine.state / INLINE, run) else "unknown")
        return RunSight(
            state=entry.state,
            item=CardId(str(entry.options.get("item", ""))),
            verdict=Verdict(entry.verdict) if entry.verdict else None,
            ended=datetime.fromisoformat(entry.ended) if entry.ended else None,
        )

    def record(self, run: str) -> RunRecord | None:
        """See `Sight.record`."""
        path = self._machine.runs / run / FILE_NAME
        return fold(read_events(path)) if path.exists() else None


def _state(pull: PullRequest | None) -> PullState:
    if pull is None:
        return PullState.NONE
    if pull.open:
        return PullState.OPEN
    return PullState.MERGED if pull.merged else PullState.CLOSED
