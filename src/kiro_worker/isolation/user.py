"""An account of its own, for a worker that is root, as in a build container where no namespace is to be had."""

import os
import shutil
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from kiro_worker.isolation.environment import sieved
from kiro_worker.isolation.estate import Estate
from kiro_worker.isolation.fault import OutOfReach
from kiro_worker.isolation.port import Ground, Probe
from kiro_worker.isolation.reach import barrier
from kiro_worker.process import Account, Children, Command, Limits, NotStarted, Restraint

_TRIAL = Limits(wall=10, kept_output=4096)


class UserIsolation:
    """See `Isolation`. The kernel's own line between accounts keeps the process from everything that is not its own.

    Args:
        account: whom processes run as.
        state: the worker's state folder, below which trees and homes lie.
        programs: have to be reached for this isolation to be of use.
    """

    name = "user"
    own_account = True

    def __init__(self, account: Account, *, state: Path, programs: Iterable[Path] = ()) -> None:
        self.account, self._state, self._programs = account, state, tuple(programs)
        self._estate = Estate(account, state, reached_by_name=True)

    async def probe(self, children: Children) -> Probe:
        """See `Isolation.probe`."""
        if not sys.platform.startswith("linux") or os.geteuid() != 0:
            return Probe(works=False, reason="only a worker that is root can start processes as another user")
        trial = Command(argv=("/bin/sh", "-c", "id -u"), cwd=Path("/"), environment={"PATH": os.defpath})
        try:
            over = await children.run(replace(trial, restraint=Restraint(account=self.account)), _TRIAL)
        except NotStarted:
            return Probe(works=False, reason="this container does not let root become another user (CAP_SETUID)")
        if over.stdout.strip() != str(self.account.uid).encode():
            return Probe(works=False, reason="the account was not taken")
        above = next(folder for folder in self._state.parents if folder.is_dir())
        if closed := barrier(above, self.account, execute=False):
            cure = "set XDG_STATE_HOME to a folder that others may enter, such as /var/lib"
            return Probe(works=False, reason=f"no other user gets through {closed} to the state folder; {cure}")
        for program in self._programs:
            if program.exists() and (found := barrier(program, self.account)):
                cure = "install it where every user may run it, such as /usr/local or /opt"
                return Probe(works=False, reason=f"no other user gets to {program}: {found} is closed to it; {cure}")
        return Probe(works=True)

    def confine(self, command: Command, ground: Ground) -> Command:  # noqa: ARG002  # the port's
        """See `Isolation.confine`."""
        program = Path(command.cwd, shutil.which(command.argv[0], path=command.environment.get("PATH")) or "")
        if program.is_file() and (found := barrier(program, self.account)):
            raise OutOfReach(
                command,
                isolation=self.name,
                program=program,
                barrier=f"{found} is closed to user {self.account.uid}",
                cure=f"Install it where every user may run it, such as /usr/local or /opt, or open {found} "
                f"(chmod o+x {found}), or use --isolation bubblewrap, which can show it to the process.",
            )
        restraint = replace(command.restraint or Restraint(), account=self.account)
        return replace(command, environment=sieved(command.environment), restraint=restraint)

    def settle(self, ground: Ground) -> None:
        """See `Isolation.settle`."""
        self._estate.settle(ground)

    def regain(self, ground: Ground) -> None:
        """See `Isolation.regain`."""
        self._estate.regain(ground)

    def lend(self, home: Path) -> None:
        """See `Isolation.lend`."""
        self._estate.lend(home)

    def close(self, home: Path) -> None:
        """See `Isolation.close`."""
        self._estate.close(home)

    def restore(self, ground: Ground) -> None:
        """See `Isolation.restore`."""
        self._estate.restore(ground)
