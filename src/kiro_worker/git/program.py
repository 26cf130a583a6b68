"""The git program: run with argument lists, in a clean environment, its failures told apart."""

import copy
import os
import re
from collections.abc import Awaitable, Callable, Collection, Mapping
from pathlib import Path
from typing import TypeVar

from kiro_worker.clock import Clock, SystemClock
from kiro_worker.error import WorkerError
from kiro_worker.git.environment import Home, local_environment, own_environment, remote_environment, temporary_home
from kiro_worker.git.fault import GitFailed, GitTooOld, OutputTooLarge
from kiro_worker.process import Child, Children, Command, Exit, Limits
from kiro_worker.value import dataclass

_MIB = 1024 * 1024
# Enough for the names of 500,000 changed files; what is larger is no change that a person reviews.
_KEPT = 64 * _MIB
_LOCAL_LIMITS = Limits(wall=600, kept_output=_KEPT)
_NETWORK_LIMITS = Limits(wall=3600, silence=300, kept_output=_KEPT)
_PAUSES = (1.0, 2.0, 4.0)
_TRIES = 3
# The first that takes configuration from GIT_CONFIG_COUNT; older ones would run a repository's hooks.
OLDEST = (2, 31)

Secrets = Mapping[str, str] | Callable[[], Awaitable[Mapping[str, str]]]
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class GitCall:
    """One git process that was started, for counting and for logs; its arguments never hold a secret.

    Attributes:
        args: the arguments after `git`.
        seconds: how long it ran; 0 for one that is kept running.
        status: its exit status; None for one that is kept running.
    """

    args: tuple[str, ...]
    network: bool
    seconds: float = 0.0
    status: int | None = None


def _same(text: str) -> str:
    return text


def _unseen(_: GitCall) -> None:
    pass


class Git:
    """Runs git.

    Args:
        children: owns the processes.
        home: a folder of the worker's own for git's empty configuration; by default a temporary one.
        program: the git to run.
        secrets: environment variables handed to commands that speak to the remote, such as those of
            `http_header`; a function is asked before each such command, for tokens that expire.
        redact: takes the secrets out of what git says before it is shown.
        observe: told of every git process.
        environment: what the user's own configuration, proxies and helpers need; by default the worker's own.
        clock: measures, and waits between tries.
        limits: for commands that stay on this machine.
        network_limits: for commands that speak to the remote.
    """

    def __init__(
        self,
        children: Children,
        *,
        home: Path | None = None,
        program: str = "git",
        secrets: Secrets | None = None,
        redact: Callable[[str], str] = _same,
        observe: Callable[[GitCall], None] = _unseen,
        environment: Mapping[str, str] | None = None,
        clock: Clock | None = None,
        limits: Limits = _LOCAL_LIMITS,
        network_limits: Limits = _NETWORK_LIMITS,
    ) -> None:
        self.clock = clock or SystemClock()
        self.limits = limits
        self.network_limits = network_limits
        self.children = children
        self._program = program
        self.secrets = secrets if secrets is not None else {}
        self._redact = redact
        self._observe = observe
        self._own = dict(os.environ if environment is None else environment)
        self.home = Home(home) if home else temporary_home()
        self._local: dict[str, str] | None = None
        self._version: tuple[int, ...] | None = None

    async def run(
        self,
        args: tuple[str, ...],
        *,
        cwd: Path | None = None,
        git_dir: Path | None = None,
        work_tree: Path | None = None,
        index: Path | None = None,
        environment: Mapping[str, str] | None = None,
        stdin: bytes | None = None,
        network: bool = False,
        accept: Collection[int] = (0,),
        limits: Limits | None = None,
        on_output: Callable[[str, bytes], None] | None = None,
        owned: bool = False,
    ) -> Exit:
        """Run one git command to its end.

        Args:
            args: what comes after `git`; options before names, names after `--` or `--end-of-options`.
            cwd: where it runs; by default the git directory, or the private home.
            git_dir: the repository, so that none is searched for.
            work_tree: the working tree, when the command needs one.
            index: another index than the repository's own.
            environment: more variables, such as an author.
            stdin: what it reads.
            network: whether it speaks to the remote: the remote profile instead of the local one.
            accept: exit statuses that are no fault.
            limits: instead of the profile's own.
            on_output: told of each piece of output as it comes.
            owned: whether git is to die with this worker, also on kill -9: for what writes to a shared repository.
                It costs some milliseconds, so a push is not: what it may still do when its worker is gone, the
                remote compares and carries out whole or not at all.

        Raises:
            GitFailed: or the subclass, or other fault, of `kiro_worker.git.fault` that fits.
        """
        limits = limits or (self.network_limits if network else self.limits)
        surroundings = await self._environment(network=network)
        surroundings.update(_place(git_dir, work_tree, index))
        surroundings.update(environment or {})
        command = Command(
            argv=(self._program, *args), cwd=cwd or git_dir or self.home.path, environment=surroundings, stdin=stdin
        )
        return await self._finish(command, limits, frozenset(accept), network=network, on_output=on_output, owned=owned)

    def with_secrets(self, secrets: Secrets) -> "Git":
        """The same git, speaking to the remote with these secrets."""
        other = copy.copy(self)
        other.secrets = secrets
        return other

    async def version(self) -> tuple[int, ...]:
        """Which git this is, such as (2, 39, 5).

        Raises:
            NotStarted: there is no git.
        """
        if self._version is None:
            said = (await self.run(("version",))).stdout.decode("utf-8", "replace")
            found = re.search(r"\d+(?:\.\d+)+", said)
            self._version = tuple(int(part) for part in found.group().split(".")) if found else ()
        return self._version

    async def require(self, *oldest: int, purpose: str) -> None:
        """See to it that this git is new enough for a purpose.

        Raises:
            GitTooOld: it is not.
        """
        if await self.version() < oldest:
            raise GitTooOld(await self.version(), oldest, purpose)

    async def ask(self, args: tuple[str, ...], *, cwd: Path, accept: Collection[int] = (0,)) -> Exit:
        """Run a command that only looks at the user's own clone: their configuration, and no lock taken."""
        self.home.ensure()
        command = Command(argv=(self._program, *args), cwd=cwd, environment=own_environment(self._own))
        return await self._finish(command, self.limits, frozenset(accept))

    async def start(self, args: tuple[str, ...], *, git_dir: Path, environment: Mapping[str, str]) -> Child:
        """Start a local command that is kept running, to be asked through its pipes."""
        surroundings = {**await self._environment(network=False), **_place(git_dir, None, None), **environment}
        child = await self.children.start(
            Command(argv=(self._program, *args), cwd=git_dir, environment=surroundings), owned=False
        )
        self._observe(GitCall(args=args, network=False))
        return child

    async def stop(self, child: Child) -> None:
        """End a command that was kept running."""
        await self.children.end(child, whole_tree=False)

    async def retrying(self, operation: Callable[[], Awaitable[_Answer]], *, tries: int = _TRIES) -> _Answer:
        """Do something up to three times, 1 and 2 seconds apart, as long as its failure is one that passes.

        The operation must be safe to repeat: it looks before it writes again.
        """
        for pause in _PAUSES[: tries - 1]:
            try:
                return await operation()
            except GitFailed as error:
                if not error.transient:
                    raise
            await self.clock.sleep(pause)
        return await operation()

    async def _environment(self, *, network: bool) -> dict[str, str]:
        self.home.ensure()
        if network:
            secrets = self.secrets if isinstance(self.secrets, Mapping) else await self.secrets()
            return remote_environment(self._own, self.home, secrets)
        if self._local is None:
            self._local = local_environment(self._own, self.home)
        return dict(self._local)

    async def _finish(
        self,
        command: Command,
        limits: Limits,
        accept: frozenset[int],
        *,
        network: bool = False,
        on_output: Callable[[str, bytes], None] | None = None,
        owned: bool = False,
    ) -> Exit:
        began = self.clock.monotonic()
        over = await self.children.run(command, limits, on_output=on_output, whole_tree=False, owned=owned)
        args = command.argv[1:]
        self._observe(GitCall(args=args, network=network, seconds=self.clock.monotonic() - began, status=over.status))
        verb = next((arg for arg in args if not arg.startswith("-")), "")
        if over.ok or (over.status in accept and over.ending == "exited"):
            if over.dropped and len(over.stdout) >= limits.kept_output:
                raise OutputTooLarge(verb, limits.kept_output)
            return over
        raise self.fault(verb, over, place=command.cwd, network=network)

    def fault(self, verb: str, over: Exit, *, place: Path, network: bool) -> WorkerError:
        """The named fault behind an exit that its caller accepted, and then could not use."""
        from kiro_worker.git.words import fault_of, words_of

        return fault_of(verb, over, self.redacted(words_of(over.stderr)), place=place, network=network)

    def redacted(self, text: str) -> str:
        """A text of git's or the remote's as it may be shown."""
        return self._redact(text)


def _place(git_dir: Path | None, work_tree: Path | None, index: Path | None) -> dict[str, str]:
    given = {"GIT_DIR": git_dir, "GIT_WORK_TREE": work_tree, "GIT_INDEX_FILE": index}
    return {name: str(path) for name, path in given.items() if path is not None}
