"""The owner of every process that a run starts.

A process group does not hold a coding agent: agents put their commands into sessions of their own, and some start
themselves anew. So the worker becomes the child subreaper: whatever an agent leaves behind becomes the worker's own
child, and a tree is over only when its last descendant is.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Iterable
from functools import partial
from types import TracebackType
from typing import ClassVar, Self

from kiro_worker.clock import Clock, SystemClock
from kiro_worker.error import Fault, WorkerError
from kiro_worker.process import kernel, table
from kiro_worker.process.command import Command, Ending, Exit, Limits
from kiro_worker.process.tail import HeadAndTail

# Marks which tree an orphan came from, so that ending one tree spares another that still runs.
TREE_VARIABLE = "KIRO_WORKER_TREE"

# Tells which worker a process belongs to, as `<pid>-<start>`, for the time after that worker was killed.
OWNER_VARIABLE = "KIRO_WORKER_OWNER"

# Marks a process that sees to its own end in good order, such as a run that another worker launched.
ENDS_ITSELF_VARIABLE = "KIRO_WORKER_ENDS_ITSELF"

_GRACE_SECONDS = 2.0
_KILL_SECONDS = 10.0
_DRAIN_SECONDS = 1.0
_PIPE_LIMIT = 1024 * 1024

OnOutput = Callable[[str, bytes], None]


class NotStarted(WorkerError):
    """A program could not be started at all."""

    code = "process.not-started"
    fault = Fault.CONFIG

    def __init__(self, command: Command, reason: str) -> None:
        self.command = command
        super().__init__(
            f"{command.argv[0]} could not be started in {command.cwd}: {reason}.",
            next_step="Install it or give its full path in the settings, then run again.",
        )


class StillAlive(WorkerError):
    """A process outlived every signal."""

    code = "process.still-alive"
    fault = Fault.INTERNAL

    def __init__(self, pids: Iterable[int]) -> None:
        told = ", ".join(str(pid) for pid in sorted(pids))
        super().__init__(
            f"Processes {told} did not end {_KILL_SECONDS:.0f} s after SIGKILL.",
            next_step=f"The kernel holds them (a dead disk or mount?). Look: ps -o pid,stat,wchan,cmd -p {told}",
        )


class Child:
    """One started process with its pipes and, through `Children`, its whole tree."""

    def __init__(self, command: Command, popen: subprocess.Popen[bytes], tree: str) -> None:
        self.command = command
        self.pid = popen.pid
        self.tree = tree
        self.stdin: asyncio.StreamWriter | None = None
        self.stdout: asyncio.StreamReader | None = None
        self.stderr: asyncio.StreamReader | None = None
        self._popen = popen
        self._exited: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._transports: list[asyncio.BaseTransport] = []
        # Pipes that no transport owns yet.
        self._loose = [pipe for pipe in (popen.stdout, popen.stderr, popen.stdin) if pipe is not None]

    @property
    def status(self) -> int | None:
        """The exit status once the process itself is over; negative for a signal."""
        return self._popen.returncode

    async def wait(self) -> int:
        """Wait for the process itself, whoever else still holds its pipes."""
        return await asyncio.shield(self._exited)

    def close_pipes(self) -> None:
        """Let go of the pipes, whoever else still holds them."""
        for transport in self._transports:
            transport.close()
        for pipe in self._loose:
            pipe.close()
        self._loose.clear()

    async def attach(self) -> None:
        """Hang the process and its pipes on the running loop; called once, by `Children`."""
        self._watch()
        await self._connect()

    def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        if not hasattr(os, "pidfd_open"):
            loop.run_in_executor(None, self._popen.wait).add_done_callback(lambda _: self._reap())
            return
        watched = os.pidfd_open(self.pid)

        def over() -> None:
            loop.remove_reader(watched)
            os.close(watched)
            self._reap()

        loop.add_reader(watched, over)

    def _reap(self) -> None:
        self._popen.wait()
        if not self._exited.done():
            self._exited.set_result(self._popen.returncode)

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        for name in ("stdout", "stderr"):
            pipe = getattr(self._popen, name)
            if pipe is None:
                continue
            self._loose.remove(pipe)
            reader = asyncio.StreamReader(limit=_PIPE_LIMIT)
            protocol = asyncio.StreamReaderProtocol(reader)
            transport, _ = await loop.connect_read_pipe(partial(_same, protocol), pipe)
            self._transports.append(transport)
            setattr(self, name, reader)
        if self._popen.stdin is not None:
            self._loose.remove(self._popen.stdin)
            writing, flow = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, self._popen.stdin)
            self._transports.append(writing)
            self.stdin = asyncio.StreamWriter(writing, flow, None, loop)


class Children:
    """Starts processes and leaves none behind.

    Use as an async context manager: leaving it ends every tree that is still there, whatever happened inside.
    """

    # Trees of every instance in this process: an orphan of a live tree is spared by the others.
    _live: ClassVar[dict[str, Child]] = {}

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._mine: set[str] = set()
        self._owner = f"{os.getpid()}-{kernel.birth(os.getpid()) or ''}"

    async def __aenter__(self) -> Self:
        self.holds_orphans = kernel.become_subreaper()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for tree in tuple(self._mine):
            await self.end(self._live[tree], grace=0)

    async def foresee(self, command: Command) -> None:
        """Look whether a command can be started here, as far as that can be told without doing it.

        Raises:
            NotStarted: or the subclass that fits; it cannot.
        """

    async def start(
        self,
        command: Command,
        *,
        stdin: int | None = None,
        stdout: int | None = None,
        owned: bool = True,
        farewell: signal.Signals = signal.SIGKILL,
    ) -> Child:
        """Start a process, in a session of its own, with pipes unless descriptors are given.

        Args:
            command: what to start.
            stdin: a descriptor to use in place of a pipe; a terminal becomes the process's own.
            stdout: a descriptor to use in place of pipes for both outputs.
            owned: whether the kernel is to end it should this worker be killed.
            farewell: the signal that it then gets.

        Raises:
            NotStarted: when the program is not there or cannot be executed.
        """
        tree = os.urandom(8).hex()
        pipe = subprocess.PIPE
        try:
            popen = subprocess.Popen(  # noqa: ASYNC220  # vfork and exec take a millisecond; asyncio's own waits for pipes
                command.argv,
                cwd=command.cwd,
                env={**command.environment, TREE_VARIABLE: tree, OWNER_VARIABLE: self._owner},
                stdin=pipe if stdin is None else stdin,
                stdout=pipe if stdout is None else stdout,
                stderr=pipe if stdout is None else stdout,
                start_new_session=True,
                preexec_fn=_preparation(  # noqa: PLW1509  # no thread of ours holds a lock here
                    command,
                    farewell=farewell if owned else None,
                    terminal=stdin is not None and os.isatty(stdin),
                ),
            )
        except OSError as error:
            raise NotStarted(command, error.strerror or str(error)) from error
        except subprocess.SubprocessError as error:
            raise NotStarted(command, "the system does not let it be held to its limits") from error
        child = Child(command, popen, tree)
        self._live[tree] = child
        self._mine.add(tree)
        try:
            await child.attach()
        except BaseException:
            # Cancelled before its pipes hung on the loop: nobody else knows this child.
            await asyncio.shield(self.end(child, grace=0))
            raise
        return child

    async def run(
        self,
        command: Command,
        limits: Limits | None = None,
        *,
        on_output: OnOutput | None = None,
        whole_tree: bool = True,
        owned: bool | None = None,
    ) -> Exit:
        """Run a command to its end and collect what it says.

        When a limit is reached, or this call is cancelled, its tree is ended first.

        Args:
            command: what to run.
            limits: how long and how much.
            on_output: called with "stdout" or "stderr" and each piece as it comes.
            whole_tree: also end what the command leaves behind; programs that leave nothing, such as git, are
                spared the look at the process table.
            owned: whether the kernel is to kill it should this worker be killed; by default as `whole_tree`.
        """
        limits = limits or Limits()
        started = self._clock.monotonic()
        child = await self.start(
            command,
            stdin=subprocess.DEVNULL if command.stdin is None else None,
            owned=whole_tree if owned is None else owned,
        )
        kept = {"stdout": HeadAndTail(limits.kept_output), "stderr": HeadAndTail(limits.kept_output)}
        heard = asyncio.Event()

        async def drain(name: str, reader: asyncio.StreamReader | None) -> None:
            while reader is not None and (piece := await reader.read(_PIPE_LIMIT)):
                heard.set()
                kept[name].add(piece)
                if on_output is not None:
                    on_output(name, piece)

        async def feed() -> None:
            if child.stdin is None:
                return
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                if command.stdin:
                    child.stdin.write(command.stdin)
                    await child.stdin.drain()
            child.stdin.close()

        async def watch_silence(seconds: float) -> None:
            with contextlib.suppress(TimeoutError):
                while True:
                    heard.clear()
                    async with asyncio.timeout(seconds):
                        await heard.wait()

        ending = Ending.EXITED
        try:
            async with asyncio.TaskGroup() as group:
                talking = [
                    group.create_task(drain("stdout", child.stdout)),
                    group.create_task(drain("stderr", child.stderr)),
                    group.create_task(feed()),
                ]
                over = group.create_task(child.wait())
                quiet = group.create_task(watch_silence(limits.silence)) if limits.silence else None
                waited = {over, quiet} - {None}
                await asyncio.wait(waited, timeout=limits.wall, return_when=asyncio.FIRST_COMPLETED)  # type: ignore[type-var]  # None was taken out
                if not over.done():
                    ending = Ending.SILENT if quiet is not None and quiet.done() else Ending.TIMED_OUT
                if whole_tree or not over.done():
                    await self._end_tree(child, grace=0 if over.done() else _GRACE_SECONDS)
                if quiet is not None:
                    quiet.cancel()
                await asyncio.wait(talking, timeout=_DRAIN_SECONDS)
                for task in talking:
                    task.cancel()
        finally:
            await asyncio.shield(self._forget(child, whole_tree=whole_tree))
        assert child.status is not None
        return Exit(
            ending=ending,
            status=child.status,
            stdout=kept["stdout"].bytes(),
            stderr=kept["stderr"].bytes(),
            seconds=self._clock.monotonic() - started,
            dropped=kept["stdout"].dropped + kept["stderr"].dropped,
        )

    async def end(self, child: Child, *, grace: float = _GRACE_SECONDS, whole_tree: bool = True) -> None:
        """End a process and all its descendants: TERM, then KILL until none is left.

        Args:
            child: what to end.
            grace: seconds between the two signals.
            whole_tree: as for `run`; without it the process alone is killed.

        Raises:
            StillAlive: when a process does not go; only the kernel can hold one that long.
        """
        if whole_tree:
            await self._end_tree(child, grace=grace)
        elif child.status is None:
            self._signal((child.pid,), signal.SIGKILL)
            await child.wait()
        self._let_go(child)

    async def _end_tree(self, child: Child, *, grace: float) -> None:
        if grace and (members := self._members(child)):
            self._signal(members - {child.pid} if child.command.kept_in else members, signal.SIGTERM)
            await self._gone(child, grace)
        until = self._clock.monotonic() + _KILL_SECONDS
        while members := self._members(child):
            self._signal(members, signal.SIGKILL)
            await self._gone(child, 0.05)
            if self._clock.monotonic() > until:
                raise StillAlive(members)
        if child.status is None:
            await child.wait()

    async def _forget(self, child: Child, *, whole_tree: bool) -> None:
        if child.tree in self._live and (whole_tree or child.status is None):
            # Git, which leaves nothing behind, takes its locks away when it is asked to end, and only then.
            await self._end_tree(child, grace=0 if whole_tree else _GRACE_SECONDS)
        self._let_go(child)

    def _let_go(self, child: Child) -> None:
        child.close_pipes()
        self._live.pop(child.tree, None)
        self._mine.discard(child.tree)

    async def _gone(self, child: Child, seconds: float) -> None:
        until = self._clock.monotonic() + seconds
        pause = 0.002
        while self._members(child) and self._clock.monotonic() < until:
            await asyncio.sleep(pause)
            pause = min(pause * 2, 0.05)

    def _members(self, child: Child) -> frozenset[int]:
        """The living processes of a tree: descendants, and orphans that came from it."""
        started = {other.pid for other in self._live.values()}
        seen = table.look()
        members: set[int] = set()
        for process in seen.children(os.getpid()):
            orphan = process.pid not in started
            if process.pid != child.pid and not (orphan and self.holds_orphans and self._came_from(process.pid, child)):
                continue
            members.update(member.pid for member in seen.tree(process) if not member.over)
            if orphan and process.over:
                # Nobody else waits for an adopted child; without this it stays in the process table.
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(process.pid, os.WNOHANG)
        return frozenset(members)

    def _came_from(self, orphan: int, child: Child) -> bool:
        """Whether an orphan is this tree's, or nobody's: a hidden origin is no protection."""
        tree = table.environment_of(orphan).get(TREE_VARIABLE)
        return tree == child.tree or tree not in self._live

    @staticmethod
    def _signal(members: Iterable[int], number: signal.Signals) -> None:
        for pid in members:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)


def _preparation(command: Command, *, farewell: signal.Signals | None, terminal: bool) -> Callable[[], None] | None:
    """What the child does between fork and exec."""
    hooks = tuple(
        filter(
            None,
            (
                kernel.take_terminal() if terminal else None,
                kernel.hold(command.restraint) if command.restraint else None,
                # Last: the kernel forgets it when a process changes its account.
                kernel.die_with_parent(farewell) if farewell is not None else None,
            ),
        )
    )
    if not hooks:
        return None

    def prepare() -> None:
        for hook in hooks:
            hook()

    return prepare


def _same(protocol: asyncio.StreamReaderProtocol) -> asyncio.StreamReaderProtocol:
    return protocol
