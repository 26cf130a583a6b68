"""Namespaces of its own for each process, made by bubblewrap: it sees the system, its tree and its HOME."""

import os
import shutil
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from kiro_worker.isolation.environment import sieved
from kiro_worker.isolation.estate import Estate
from kiro_worker.isolation.fault import OutOfReach
from kiro_worker.isolation.ownership import has_shared_files, own_copies
from kiro_worker.isolation.port import Ground, Probe
from kiro_worker.isolation.tools import program_behind
from kiro_worker.isolation.view import is_seen, view
from kiro_worker.process import Account, Children, Command, Limits, NotStarted

_TRIAL = Limits(wall=10, kept_output=4096)
_PACKS = Path(".git/objects/pack")
_SHARED = Path(".git/objects/info")


class BubblewrapIsolation:
    """See `Isolation`. Of a worker that is root, the process also gets an account of its own.

    The session of its own, without which it could type into the worker's terminal, is `Children`'s doing: a second
    one would cut an agent that is driven by a terminal off from it.

    Args:
        account: whom processes run as where the worker is root.
        state: the worker's state folder, below which trees and homes lie.
        search_path: where bubblewrap is looked for.
    """

    name = "bubblewrap"

    def __init__(self, account: Account, *, state: Path, search_path: str) -> None:
        self._state = state
        self._program = shutil.which("bwrap", path=search_path) or "bwrap"
        self._dropping = shutil.which("setpriv", path=f"{search_path}:/usr/bin:/bin")
        self._account = account if os.geteuid() == 0 else None
        self._estate = Estate(account, state, reached_by_name=False) if self._account else None

    @property
    def own_account(self) -> bool:
        """See `Isolation.own_account`."""
        return self._account is not None

    async def probe(self, children: Children) -> Probe:
        """See `Isolation.probe`."""
        if not sys.platform.startswith("linux"):
            return Probe(works=False, reason="only Linux has namespaces")
        if not Path(self._program).is_absolute():
            return Probe(works=False, reason="bubblewrap is not installed (apt install bubblewrap)")
        if self._account is not None and self._dropping is None:
            return Probe(works=False, reason="setpriv is not installed, which a worker that is root needs (util-linux)")
        trial = Command(argv=("/bin/sh", "-c", "id -u"), cwd=Path("/"), environment={"PATH": os.defpath})
        try:
            over = await children.run(self.confine(trial, Ground(tree=Path("/nonexistent"), network=False)), _TRIAL)
        except NotStarted as error:
            return Probe(works=False, reason=error.message.rstrip("."))
        if not over.ok:
            words = over.stderr.decode("utf-8", "replace").strip().removeprefix("bwrap: ").splitlines()
            return Probe(works=False, reason=_explained(words[0] if words else f"it ended with status {over.status}"))
        return Probe(works=True)

    def confine(self, command: Command, ground: Ground) -> Command:
        """See `Isolation.confine`."""
        environment = sieved(command.environment)
        own = ground.own(command)
        program = self._program_of(command, ground, own)
        words = [self._program, *view(ground, own, packs=self._packs(ground)), "--die-with-parent"]
        words += ["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
        if self._account is None:
            words += ["--unshare-user"]
        if not ground.network:
            words += ["--unshare-net"]
        words += ["--chdir", str(command.cwd if is_seen(command.cwd, ground, own) else "/"), "--", *self._dropped()]
        return replace(
            command,
            argv=(*words, program, *command.argv[1:]),
            cwd=Path("/"),
            environment=environment,
            kept_in=True,
        )

    def settle(self, ground: Ground) -> None:
        """See `Isolation.settle`."""
        if self._estate is not None:
            self._estate.settle(ground)
        else:
            self._put_packs_apart(ground.tree)

    def regain(self, ground: Ground) -> None:
        """See `Isolation.regain`."""
        if self._estate is not None:
            self._estate.regain(ground)

    def lend(self, home: Path) -> None:
        """See `Isolation.lend`."""
        if self._estate is not None:
            self._estate.lend(home)

    def close(self, home: Path) -> None:
        """See `Isolation.close`."""
        if self._estate is not None:
            self._estate.close(home)

    def restore(self, ground: Ground) -> None:
        """See `Isolation.restore`."""
        if self._estate is not None:
            self._estate.restore(ground)
            return
        apart, place = _apart(ground.tree), ground.tree / _PACKS
        if apart.is_dir() and place.is_dir() and not place.is_symlink():
            with suppress(OSError):  # not empty: whoever wrote there was not confined
                place.rmdir()
                apart.rename(place)

    def _program_of(self, command: Command, ground: Ground, own: tuple[Path, ...]) -> str:
        """The program's absolute path: bubblewrap's own search would find another one, and tell of none."""
        name = command.argv[0]
        found = shutil.which(name if "/" not in name else str(command.cwd / name), path=command.environment.get("PATH"))
        if found is None:
            raise NotStarted(command, "No such file or directory, or it is no program")
        program = Path(os.path.normpath(command.cwd / found))
        for place in program_behind(program):
            if not is_seen(place, ground, own):
                raise OutOfReach(
                    command,
                    isolation=self.name,
                    program=program,
                    barrier=f"{place} is not shown to it",
                    cure=f"Show its folder to isolated processes: --isolation-visible {place.parent}",
                )
        return str(program)

    def _dropped(self) -> tuple[str, ...]:
        if self._account is None or self._dropping is None:
            return ()
        who = (f"--reuid={self._account.uid}", f"--regid={self._account.gid}", "--clear-groups")
        return (self._dropping, *who, "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all", "--")

    def _packs(self, ground: Ground) -> Path | None:
        apart = _apart(ground.tree)
        return apart if self._account is None and apart.is_dir() else None

    def _put_packs_apart(self, tree: Path) -> None:
        """Keep the packs, which the mirror shares, where the process cannot put something else in their place.

        They belong to the same user as the process, so only a read-only mount keeps it from writing into them.
        """
        place, apart = tree / _PACKS, _apart(tree)
        if apart.exists() or not tree.is_relative_to(self._state) or not has_shared_files(place):
            return
        own_copies(tree / _SHARED)
        place.rename(apart)
        place.mkdir()


def _apart(tree: Path) -> Path:
    return tree.with_name("packs")


def _explained(words: str) -> str:
    if "nknown option" in words:
        return f"{words}: bubblewrap 0.5 or newer is needed"
    if any(said in words for said in ("not permitted", "ermission denied", "No permissions")):
        return (
            f"{words} (the kernel or the container forbids namespaces: /proc/sys/user/max_user_namespaces, "
            "kernel.apparmor_restrict_unprivileged_userns, or the container's seccomp profile)"
        )
    return words
