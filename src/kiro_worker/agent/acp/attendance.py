"""One agent process attending one turn: the wire, the limits, and the end of its process tree whatever happens."""

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any, TypeVar

import msgspec

from kiro_worker.agent.acp import wire
from kiro_worker.agent.acp.connection import Call, CallFailed, Connection, Tap
from kiro_worker.agent.acp.ending import (
    SUPPOSED,
    TurnOver,
    after_error,
    after_exit,
    after_stop,
    continuation,
    with_words,
)
from kiro_worker.agent.acp.files import WorkspaceFiles
from kiro_worker.agent.acp.hearing import Hearing
from kiro_worker.agent.acp.lines import Lines
from kiro_worker.agent.acp.resuming import resumed
from kiro_worker.agent.acp.service import Service
from kiro_worker.agent.acp.session import Session
from kiro_worker.agent.acp.terminals import Terminals
from kiro_worker.agent.acp.watch import Watch
from kiro_worker.agent.closing import to_the_end
from kiro_worker.agent.mcp import McpServer
from kiro_worker.agent.port import AgentStarted, Hear, SessionId, Turn, TurnOutcome
from kiro_worker.agent.profile import Profile
from kiro_worker.clock import Clock
from kiro_worker.process import Child, Children

_CHUNK = 1024 * 1024
_MOST_CONTINUATIONS = 2
_MOST_UNSENT = 64 * 1024 * 1024
_LONGEST_ERROR_LINE = 64 * 1024

# Seconds. Agents that honour a cancel do so within half a second; several end by themselves at the end of their input.
_CANCEL_GRACE = 1.0
_EXIT_GRACE = 0.5
_TERM_GRACE = 2.0
# What was written before an end may still be in the pipe.
_LAST_WORDS = 0.25
# An agent that says it waits for a prompt may be about to answer the last one all the same.
_ANSWER_AFTER_ALL = 1.0
_RESUME_MOST = 20.0

_Part = TypeVar("_Part", bound=msgspec.Struct)


class Attendance:
    """Runs one turn over one started process.

    Attributes:
        hearing: what was heard.
        session: the conversation.
        kept_going: prompts that were sent after the first.
    """

    def __init__(
        self,
        *,
        profile: Profile,
        children: Children,
        child: Child,
        turn: Turn,
        hear: Hear,
        clock: Clock,
        tap: Tap | None,
        own_agent: str = "",
        servers: tuple[McpServer, ...] = (),
    ) -> None:
        self._children, self._child, self._turn, self._clock = children, child, turn, clock
        self._over: asyncio.Future[TurnOver] = asyncio.get_running_loop().create_future()
        self._tasks: set[asyncio.Task[None]] = set()
        self._reading: list[asyncio.Task[None]] = []
        self._group = asyncio.TaskGroup()
        self._prompting: Call | None = None
        self._is_supposed = not profile.about
        self.kept_going = 0
        self.hearing = Hearing(hear, profile.quirks, servers=frozenset(server.name for server in servers))
        commands = {name: text for name, text in turn.environment.items() if name not in profile.credentials}
        self._terminals = Terminals(children, commands, self._start, turn.limits.output)
        self._service = Service(
            profile=profile,
            permit=turn.permit,
            hearing=self.hearing,
            files=WorkspaceFiles(turn.workspace),
            terminals=self._terminals,
            servers=servers,
            consult=turn.consult,
        )
        self._connection = Connection(self._write, self._service, self._start, tap)
        self._watch = Watch(turn.limits, clock, busy=self._is_busy, over=self._end)
        self.session = Session(
            ask=self._ask,
            note=self.hearing.note,
            profile=profile,
            workspace=turn.workspace,
            variables=turn.environment.keys(),
            own_agent=own_agent,
            servers=servers,
            told=commands,
        )

    async def run(self, *, mode: str, model: str, resume: SessionId | None) -> TurnOver:
        """Carry the turn through; when this returns or raises, no process of it is left.

        Raises:
            SessionLost: when the old session cost the process.
        """
        try:
            async with self._group:
                over: TurnOver | None = None
                try:
                    self._reading = [self._start(self._read()), self._start(self._read_errors())]
                    self._start(self._attend_end(self._start(self._wait_for_exit())))
                    watching = self._start(self._watch.keep())
                    over = await self._begin(mode=mode, model=model, resume=resume)
                    if over is None:
                        watching.cancel()  # it sleeps towards the limit of the start
                        self._watch.prompted()
                        self._start(self._watch.keep())
                        over = await self._converse()
                except TurnOver as seen:
                    over = seen
                finally:
                    await to_the_end(self._wind_down(at_once=_is_flood(over)))
                    for task in self._tasks:
                        task.cancel()
        except ExceptionGroup as several:
            raise several.exceptions[0] from None
        self.hearing.release()
        return with_words(over, self.hearing.words, self._hint())

    async def _begin(self, *, mode: str, model: str, resume: SessionId | None) -> TurnOver | None:
        """Get to where a prompt is taken; why not, otherwise."""
        try:
            await self.session.greet()
            most = min(_RESUME_MOST, self._turn.limits.start.total_seconds() / 2)
            if resume is None or not await resumed(self.session, self.hearing, resume, most=most):
                await self.session.open()
            self.hearing.session = self.session.id
            await self.session.choose_mode(mode)
            await self.session.choose_model(model)
        except CallFailed as failed:
            return after_error(failed, self.hearing.words)
        if self.hearing.over is not None:
            return self.hearing.over  # it came together with the answer, and nothing has been asked yet
        session = self.session
        self.hearing.begin(
            AgentStarted(
                name=session.name, version=session.version, mode=session.mode, model=session.model, session=session.id
            )
        )
        return None

    async def _converse(self) -> TurnOver:
        self.hearing.meter.prompted()
        over = await self._prompt(self._turn.prompt)
        while self._goes_on(over):
            self.kept_going += 1
            over = await self._prompt(continuation(list(self.hearing.rejections)))
        return over

    def _goes_on(self, over: TurnOver) -> bool:
        """Whether the agent stopped only because it was refused something, and may be told why."""
        stopped = over.outcome in {TurnOutcome.ENDED, TurnOutcome.REFUSED, TurnOutcome.CANCELLED}
        return stopped and self.hearing.ended_on_rejection and self.kept_going < _MOST_CONTINUATIONS

    async def _prompt(self, text: str) -> TurnOver:
        self.hearing.ended_on_rejection = False
        self.hearing.rejections.clear()
        self.hearing.answerless.clear()
        self._prompting = self._connection.call(wire.PROMPT, self.session.prompt(text))
        answerless = self._start(self._hear_answerless())
        ends: set[asyncio.Future[Any]] = {self._prompting, self._over}
        await asyncio.wait({*ends, answerless}, return_when=asyncio.FIRST_COMPLETED)
        if answerless.done():
            await asyncio.wait(ends, timeout=_ANSWER_AFTER_ALL, return_when=asyncio.FIRST_COMPLETED)
        answerless.cancel()
        self.hearing.calls.close()
        self.session.id = self.hearing.session or self.session.id
        if self._prompting.done():
            return self._stopped(self._prompting.result())
        return self._over.result() if self._over.done() else after_stop("refusal", "", self.hearing.words)

    def _stopped(self, answer: msgspec.Raw | CallFailed) -> TurnOver:
        if isinstance(answer, CallFailed):
            return after_error(answer, self.hearing.words)
        try:
            ended = wire.part(answer, wire.PromptEnded)
        except wire.UNREADABLE:
            ended = wire.PromptEnded()
        if not isinstance(ended.stop_reason, str):
            self.hearing.note("the agent answered the prompt without saying why it stopped")
        self.hearing.usage_changed(changed=self.hearing.meter.take_answer(ended))
        hearing = self.hearing
        return after_stop(ended.stop_reason, hearing.said, hearing.words, acted=hearing.calls.announced > 0)

    async def _hear_answerless(self) -> None:
        await self.hearing.answerless.wait()

    async def _ask(self, method: str, params: msgspec.Struct, shape: type[_Part]) -> _Part:
        call = self._connection.call(method, params)
        ends: set[asyncio.Future[Any]] = {call, self._over}
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        if not call.done():
            raise self._over.result()
        answer = call.result()
        if isinstance(answer, CallFailed):
            raise answer
        try:
            return wire.part(answer, shape)
        except wire.UNREADABLE as error:
            self.hearing.hear_noise(bytes(answer), f"the answer to {method}: {error}")
            return shape()

    async def _read(self) -> None:
        assert self._child.stdout is not None
        lines = Lines()
        while piece := await self._child.stdout.read(_CHUNK):
            if not self._watch.heard(len(piece)):
                return  # reading on would only help it to flood
            self._receive(lines.feed(piece))
        self._receive(lines.rest())
        if lines.left_out:
            self.hearing.note(f"{lines.left_out} lines were too long to be read")

    def _receive(self, block: bytes) -> None:
        if not block:
            return
        before = self._connection.messages
        self._connection.receive(block)
        if self._connection.messages > before:
            self._watch.sign()
        if self.hearing.over is not None:
            self._end(self.hearing.over)

    async def _read_errors(self) -> None:
        assert self._child.stderr is not None
        lines = Lines(_LONGEST_ERROR_LINE)
        while piece := await self._child.stderr.read(_CHUNK):
            if not self._watch.heard(len(piece)):
                return
            if block := lines.feed(piece):
                self.hearing.hear_errors(block)
        if rest := lines.rest():
            self.hearing.hear_errors(rest)

    async def _wait_for_exit(self) -> None:
        await self._child.wait()

    async def _attend_end(self, exited: asyncio.Task[None]) -> None:
        """Notice the end of the process even while a descendant of it holds its pipes."""
        await asyncio.wait({self._reading[0], exited}, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait({*self._reading, exited}, timeout=_LAST_WORDS)
        self._end(
            after_exit(
                self._child.status,
                messages=self._connection.messages,
                noise=self.hearing.noise,
                words=self.hearing.words,
                hint=self._hint(),
            )
        )

    def _hint(self) -> str:
        return SUPPOSED if self._is_supposed and not self._connection.messages else ""

    def _end(self, over: TurnOver) -> None:
        if not self._over.done():
            self._over.set_result(over)

    def _is_busy(self) -> bool:
        return self.hearing.calls.running or self._terminals.running or self._service.waiting

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._group.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _write(self, line: bytes) -> None:
        stdin = self._child.stdin
        if stdin is None or stdin.is_closing():
            return
        stdin.write(line)
        if stdin.transport.get_write_buffer_size() > _MOST_UNSENT:
            self._end(TurnOver(TurnOutcome.PROTOCOL, "The agent asks without reading the answers."))

    async def _wind_down(self, *, at_once: bool) -> None:
        """Cancel, close, then end every process; what the agent still says meanwhile is heard."""
        self._service.cancelled = True
        alive = self._child.status is None and not at_once
        if alive and self._prompting is not None and not self._prompting.done() and self.session.id is not None:
            self._connection.tell(wire.CANCEL, wire.Cancel(self.session.id))
            await asyncio.wait({self._prompting}, timeout=_CANCEL_GRACE)
        if self._child.stdin is not None:
            self._child.stdin.close()
        if alive:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_EXIT_GRACE):
                    await self._child.wait()
                    await asyncio.wait(self._reading, timeout=_LAST_WORDS)
        await self._terminals.end_all()
        await self._children.end(self._child, grace=0.2 if at_once else _TERM_GRACE)
        await asyncio.wait(self._reading, timeout=_LAST_WORDS)


def _is_flood(over: TurnOver | None) -> bool:
    return over is not None and over.outcome is TurnOutcome.OVER_BUDGET
