"""Looks at one thing after another; a fault in one keeps only those from being looked at that need it."""

import contextlib
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from secrets import token_hex
from typing import Any, TypeVar

from kiro_worker.bootstrap.credentials import fetch_credentials, places_of
from kiro_worker.bootstrap.machine import Machine
from kiro_worker.bootstrap.repository import workspaces_for
from kiro_worker.bootstrap.settings import early_settings
from kiro_worker.bootstrap.workshop import Workshop, workshop
from kiro_worker.config import Config, ConfigInvalid, Loaded
from kiro_worker.doctor.board import look_at_board
from kiro_worker.doctor.check import Check, faulty, good, skipped
from kiro_worker.doctor.isolation import look_at_isolation
from kiro_worker.doctor.machine import (
    look_at_git,
    look_at_leftovers,
    look_at_processes,
    look_at_python,
    look_at_state,
)
from kiro_worker.doctor.project import (
    look_at_agent,
    look_at_checks,
    look_at_forge,
    look_at_settings,
    look_at_snapshot,
    look_at_spec,
    look_at_tests,
    look_at_your_clone,
)
from kiro_worker.doctor.standards import look_at_standards
from kiro_worker.error import WorkerError
from kiro_worker.git.local import LocalClone
from kiro_worker.ids import Oid
from kiro_worker.run.start import HeadDetached, Source, Whence, find_source
from kiro_worker.state import open_state
from kiro_worker.workspace.port import Snapshot, Workspaces

_Found = TypeVar("_Found")


class _Unknown(Exception):
    """Something that an earlier look would have found is not known."""

    def __init__(self, earlier: str) -> None:
        self.earlier = earlier
        super().__init__(earlier)


async def examine(
    machine: Machine, whence: Whence, flags: Mapping[str, Any], *, begin: Callable[[str], None]
) -> AsyncIterator[Check]:
    """Look at everything, and tell of each thing as soon as it is known.

    Nothing is written but the worker's own state: a mirror of the repository, as the run would have it too.

    Args:
        machine: where this runs.
        whence: the repository and the branch, as for a run.
        flags: settings of the command line.
        begin: told the name of what is looked at next, for what takes its time.
    """
    yield look_at_python()
    async with contextlib.AsyncExitStack() as stack:
        machine, state = _with_state(machine, stack)
        shop = await stack.enter_async_context(workshop(machine))
        examination = _Examination(shop, whence, flags, stack)
        yield await _told("git", lambda: look_at_git(shop))
        yield state
        yield look_at_processes(shop)
        yield await _told("isolation", examination.look_at_isolation)
        yield look_at_leftovers(shop)
        for name, look in examination.looks():
            begin(name)
            yield await _told(name, look)


def _with_state(machine: Machine, stack: contextlib.AsyncExitStack) -> tuple[Machine, Check]:
    """The machine with a state folder that can be used; where its own cannot, all else is looked at with another."""
    try:
        open_state(machine.state).close()
        return machine, look_at_state(machine.state)
    except WorkerError as error:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="kiro-worker-doctor-"))
        return replace(machine, state=Path(folder)), faulty("state", error)


async def _told(name: str, look: Callable[[], Awaitable[Check]]) -> Check:
    try:
        return await look()
    except _Unknown as unknown:
        return skipped(name, f"see {unknown.earlier}")
    except WorkerError as error:
        return faulty(name, error)
    except ExceptionGroup as group:
        fault = group.exceptions[0]
        if isinstance(fault, WorkerError):
            return faulty(name, fault)
        raise


class _Examination:
    """What is found out about one repository, each thing with the help of those before it."""

    def __init__(
        self, shop: Workshop, whence: Whence, flags: Mapping[str, Any], stack: contextlib.AsyncExitStack
    ) -> None:
        self._shop, self._flags, self._stack = shop, flags, stack
        self._config: Config | None = None
        try:
            self._early = early_settings(shop.machine, flags)
        except ConfigInvalid:
            # Told with all others, once the repository's are known too.
            self._early = Config()
        branch = whence.branch or ("" if whence.new_branch else self._early.branch.name)
        self._whence = replace(whence, remote=whence.remote or self._early.remote, branch=branch, push=False)
        self._clone: LocalClone | None = None
        self._source: Source | None = None
        self._workspaces: Workspaces | None = None
        self._snapshot: Snapshot | None = None
        self._head: Oid | None = None
        self._loaded: Loaded | None = None

    async def look_at_isolation(self) -> Check:
        """How a run's processes would be isolated by the settings that are known without the repository."""
        return await look_at_isolation(self._shop, self._early)

    def looks(self) -> tuple[tuple[str, Callable[[], Awaitable[Check]]], ...]:
        """What to look at, in this order."""
        kept = (("credentials", self._look_at_credentials),) if self._early.secret.store == "aws" else ()
        return (
            *kept,
            ("clone", self._look_at_clone),
            ("branch", self._look_at_branch),
            ("remote", self._look_at_remote),
            ("settings", self._look_at_settings),
            ("spec", self._look_at_spec),
            ("agent", self._look_at_agent),
            ("forge", self._look_at_forge),
            ("board", self._look_at_board),
            ("tests", self._look_at_tests),
            ("checks", self._look_at_checks),
            ("standards", self._look_at_standards),
        )

    async def _look_at_credentials(self) -> Check:
        await fetch_credentials(self._shop, self._early)
        rows = [f"{name} from {place}" for name, place in places_of(self._early).items()]
        return good("credentials", "\n".join(rows) or "none is named")

    async def _look_at_clone(self) -> Check:
        whence = self._whence
        if whence.repository:
            # An address needs no clone; a branch may still be missing, which is told of it below.
            self._source = await find_source(replace(whence, new_branch=True), self._shop.git, None)
            return good("clone", "not needed, as the repository is named")
        self._clone = await look_at_your_clone(self._shop, whence)
        url = self._clone.urls[whence.remote]
        branch = None if whence.new_branch else whence.branch or self._clone.branch
        self._source = Source(url=url, branch=branch, secrets=self._clone.secrets.get(whence.remote, {}))
        return good("clone", f"{self._clone.top}, {whence.remote} is {url}")

    async def _look_at_branch(self) -> Check:
        if self._source is None:
            raise _Unknown("clone")
        if self._whence.repository and not self._whence.branch and not self._whence.new_branch:
            raise HeadDetached(top=self._whence.folder)
        source = await find_source(self._whence, self._shop.git, self._clone)
        self._source = source
        is_here = self._clone is not None and source.branch == self._clone.branch
        return good("branch", f"{source.branch or 'a new one'}{', committed and pushed' if is_here else ''}")

    async def _look_at_remote(self) -> Check:
        source = _known(self._source, "clone")
        opened = workspaces_for(self._shop, source, self._early)
        workspaces = await self._stack.enter_async_context(opened)
        base = self._early.branch.base
        self._snapshot = await workspaces.snapshot(source.branch, base or None)
        self._workspaces = workspaces
        told, self._head = look_at_snapshot(self._snapshot, branch=source.branch, base=base, url=source.url)
        return told

    async def _look_at_settings(self) -> Check:
        if self._workspaces is None or self._snapshot is None:
            # What an operator says can be wrong whatever the repository says.
            self._config = early_settings(self._shop.machine, self._flags)
            return good("settings", "yours can be used; those of the repository are not known")
        is_here = self._clone and self._source and self._source.branch == self._clone.branch and self._snapshot.head
        told, self._loaded = await look_at_settings(
            self._shop, self._workspaces, self._snapshot, self._flags, self._clone if is_here else None
        )
        self._config = self._loaded.config
        return told

    async def _look_at_spec(self) -> Check:
        return await look_at_spec(
            _known(self._workspaces, "remote"),
            _known(self._loaded, "settings"),
            _known(self._snapshot, "remote"),
            _known(self._head, "remote"),
            branch=_known(self._source, "clone").branch or "",
        )

    async def _look_at_agent(self) -> Check:
        homes = self._shop.machine.state / "homes" / f"doctor-{token_hex(4)}"
        return await look_at_agent(self._shop, _known(self._config, "settings"), folder=homes)

    async def _look_at_forge(self) -> Check:
        return await look_at_forge(self._shop, _known(self._config, "settings"), _known(self._source, "clone").url)

    async def _look_at_board(self) -> Check:
        # The operator's alone: no repository says which board its work is taken from.
        return await look_at_board(self._shop, self._early)

    async def _look_at_tests(self) -> Check:
        snapshot = _known(self._snapshot, "remote")
        return await look_at_tests(
            self._shop,
            _known(self._workspaces, "remote"),
            _known(self._loaded, "settings"),
            _known(snapshot.base, "remote"),
            tree=self._clone.top if self._clone else None,
        )

    async def _look_at_checks(self) -> Check:
        snapshot = _known(self._snapshot, "remote")
        return await look_at_checks(
            self._shop,
            _known(self._workspaces, "remote"),
            _known(self._loaded, "settings"),
            _known(snapshot.base, "remote"),
            tree=self._clone.top if self._clone else None,
        )

    async def _look_at_standards(self) -> Check:
        snapshot = _known(self._snapshot, "remote")
        return await look_at_standards(
            self._shop,
            _known(self._workspaces, "remote"),
            _known(self._loaded, "settings"),
            _known(snapshot.base, "remote"),
            _known(self._head, "remote"),
            url=_known(self._source, "clone").url,
        )


def _known(found: _Found | None, earlier: str) -> _Found:
    if found is None:
        raise _Unknown(earlier)
    return found
