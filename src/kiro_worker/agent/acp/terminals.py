"""Commands run for an agent that leaves running them to its client.

Each is a process tree of its own under the turn's owner of processes, so none outlives the turn.
"""

import asyncio
import secrets
import shlex
import shutil
import signal
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

from kiro_worker.agent.acp import wire
from kiro_worker.agent.acp.connection import Refused
from kiro_worker.expression import expression
from kiro_worker.process import Child, Children, Command, NotStarted
from kiro_worker.process.tail import Tail

_MOST_TERMINALS = 64
_KEPT = 1024 * 1024
_CHUNK = 256 * 1024
_LAST_WORDS_SECONDS = 0.25
_VARIABLE = expression(r"[A-Za-z_][A-Za-z0-9_]*")


def command_line(asked: wire.CreateTerminal) -> str:
    """The command as a shell would be given it, variables in front: what policy judges.

    A command without a list of arguments is a shell's text, as several agents send one.

    Raises:
        Refused: when a variable's name could pass for something else in that text.
    """
    for variable in asked.env or ():
        if not _VARIABLE.fullmatch(variable.name):
            raise Refused(wire.INVALID_PARAMS, f"{variable.name!r} is no name for a variable")
    words = asked.command if not asked.args else shlex.join((asked.command, *asked.args))
    variables = [f"{variable.name}={shlex.quote(variable.value)}" for variable in asked.env or ()]
    return " ".join((*variables, words))


class _Terminal:
    def __init__(self, child: Child, kept: Tail) -> None:
        self.child = child
        self.kept = kept
        self.over = asyncio.Event()

    @property
    def exit(self) -> wire.TerminalExit | None:
        status = self.child.status
        if status is None or not self.over.is_set():
            return None
        if status >= 0:
            return wire.TerminalExit(exit_code=status)
        return wire.TerminalExit(signal=_signal_name(-status))


class Terminals:
    """The terminals of one turn.

    Args:
        environment: the commands' whole environment, before what a request adds.
        start: owns the reading of their output.
        most_output: bytes after which a command is ended.
    """

    def __init__(
        self,
        children: Children,
        environment: Mapping[str, str],
        start: Callable[[Coroutine[Any, Any, None]], object],
        most_output: int,
    ) -> None:
        self._children, self._environment, self._start = children, environment, start
        self._most_output = most_output
        self._terminals: dict[str, _Terminal] = {}

    @property
    def running(self) -> bool:
        """Whether a command is in progress."""
        return any(not terminal.over.is_set() for terminal in self._terminals.values())

    async def create(self, asked: wire.CreateTerminal, cwd: Path) -> wire.TerminalStarted:
        """Start a command.

        Raises:
            Refused: when there are too many, or the program is not there.
        """
        if len(self._terminals) >= _MOST_TERMINALS:
            raise Refused(wire.REFUSED, f"{_MOST_TERMINALS} terminals are open; release one first")
        added = {variable.name: variable.value for variable in asked.env or ()}
        environment = {**self._environment, **added}
        argv = (asked.command, *asked.args) if asked.args else (_shell(environment), "-c", asked.command)
        number = f"term-{secrets.token_hex(4)}"
        try:
            child = await self._children.start(Command(argv=argv, cwd=cwd, environment={**self._environment, **added}))
        except (NotStarted, ValueError) as error:  # ValueError: a NUL in an argument
            raise Refused(wire.INVALID_PARAMS, str(error)) from error
        if child.stdin is not None:
            child.stdin.close()
        limit = _KEPT if asked.output_byte_limit is None else min(max(0, asked.output_byte_limit), _KEPT)
        terminal = self._terminals[number] = _Terminal(child, Tail(limit))
        self._start(self._attend(terminal))
        return wire.TerminalStarted(terminal_id=number)

    def output(self, number: str) -> wire.TerminalShown:
        """What a command said so far, and how it ended if it did."""
        terminal = self._named(number)
        return wire.TerminalShown(terminal.kept.text(), terminal.kept.cut, terminal.exit)

    async def wait_for_exit(self, number: str) -> wire.TerminalExit:
        """How a command ended, once it did."""
        terminal = self._named(number)
        await terminal.over.wait()
        return terminal.exit or wire.TerminalExit()

    async def kill(self, number: str) -> wire.Done:
        """End a command with all it started; its output can still be read."""
        await self._children.end(self._named(number).child)
        return wire.Done()

    async def release(self, number: str) -> wire.Done:
        """End a command and forget it."""
        terminal = self._named(number)
        await self._children.end(terminal.child)
        self._terminals.pop(number, None)
        return wire.Done()

    async def end_all(self) -> None:
        """End every command at once; for the end of the turn."""
        ends = (self._children.end(terminal.child, grace=0) for terminal in self._terminals.values())
        await asyncio.gather(*ends)
        self._terminals.clear()

    def _named(self, number: str) -> _Terminal:
        if number not in self._terminals:
            raise Refused(wire.NOT_FOUND, f"there is no terminal {number}")
        return self._terminals[number]

    async def _attend(self, terminal: _Terminal) -> None:
        child = terminal.child

        async def drain(reader: asyncio.StreamReader | None) -> None:
            while reader is not None and (piece := await reader.read(_CHUNK)):
                terminal.kept.add(piece)
                if terminal.kept.seen > self._most_output:
                    await self._children.end(child, grace=0)

        async with asyncio.TaskGroup() as group:
            reading = {group.create_task(drain(child.stdout)), group.create_task(drain(child.stderr))}
            await child.wait()
            # A descendant may hold the pipe for as long as it lives; what the command itself said is there by now.
            await asyncio.wait(reading, timeout=_LAST_WORDS_SECONDS)
            terminal.over.set()


def _shell(environment: Mapping[str, str]) -> str:
    # Agents write for bash; where there is none, they get what there is.
    return shutil.which("bash", path=environment.get("PATH", "")) or "/bin/sh"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)
