"""One process attending one turn: its prompt, its outputs, its limits, and the end of its tree whatever happens."""

import asyncio
import contextlib
from collections.abc import Callable

from kiro_worker.agent.acp.ending import TurnOver
from kiro_worker.agent.acp.hearing import Hearing
from kiro_worker.agent.acp.watch import Watch
from kiro_worker.agent.closing import to_the_end
from kiro_worker.agent.kiro_headless.dialect import Dialect
from kiro_worker.agent.kiro_headless.ending import Signs, ending
from kiro_worker.agent.kiro_headless.output import Output
from kiro_worker.agent.port import AgentStarted, Hear, Turn, TurnOutcome
from kiro_worker.agent.profile import Profile
from kiro_worker.clock import Clock
from kiro_worker.process import Child, Children

_PIECE = 256 * 1024
_LAST_WORDS_SECONDS = 0.5
_TERM_GRACE_SECONDS = 2.0


class Running:
    """Runs one turn over one started process.

    Args:
        typed: what goes to its standard input; empty when its arguments hold the prompt.

    Attributes:
        output: what it said.
    """

    def __init__(
        self,
        *,
        profile: Profile,
        dialect: Dialect,
        children: Children,
        child: Child,
        turn: Turn,
        hear: Hear,
        clock: Clock,
        started: AgentStarted,
        typed: str,
    ) -> None:
        self._dialect, self._children, self._child, self._typed = dialect, children, child, typed
        self._over: asyncio.Future[TurnOver] = asyncio.get_running_loop().create_future()
        self._hearing = Hearing(hear, profile.quirks)
        self._hearing.meter.prompted()
        self.output = Output(
            dialect,
            self._hearing,
            started=started,
            over_texts=profile.quirks.over_texts,
            structured=bool(dialect.events) and dialect.events in child.command.argv,
            hear=hear,
            decide=self._decide,
        )
        self._watch = Watch(turn.limits, clock, busy=lambda: self._hearing.calls.running, over=self._decide)
        self._watch.prompted()

    async def until_over(self) -> TurnOver:
        """Carry the turn through; when this returns or raises, no process of it is left."""
        try:
            await self._attend()
        except ExceptionGroup as several:
            raise several.exceptions[0] from None
        finally:
            at_once = self._child.status is not None or self._is(TurnOutcome.OVER_BUDGET)
            await to_the_end(self._children.end(self._child, grace=0 if at_once else _TERM_GRACE_SECONDS))
        self.output.close()
        return self._over.result() if self._over.done() else self._judge()

    async def _attend(self) -> None:
        child = self._child
        async with asyncio.TaskGroup() as group:
            reading = (
                group.create_task(self._read(child.stdout, self._take_answer)),
                group.create_task(self._read(child.stderr, self.output.take_complaint)),
            )
            exited = group.create_task(child.wait())
            others = (
                group.create_task(self._feed()),
                group.create_task(self._watch.keep()),
                group.create_task(self._watch_interruption()),
            )
            await asyncio.wait((exited, self._over), return_when=asyncio.FIRST_COMPLETED)
            # What it wrote is in the pipes by now, though a descendant may hold them open for as long as it lives.
            await asyncio.wait(reading, timeout=_LAST_WORDS_SECONDS if exited.done() else 0)
            for task in (*reading, *others, exited):
                task.cancel()

    async def _read(self, reader: asyncio.StreamReader | None, take: Callable[[bytes], None]) -> None:
        while reader is not None and (piece := await reader.read(_PIECE)):
            if not self._watch.heard(len(piece)):
                return  # reading on would only help it to flood
            take(piece)

    def _take_answer(self, piece: bytes) -> None:
        self._watch.sign()
        self.output.take_answer(piece)

    async def _feed(self) -> None:
        stdin = self._child.stdin
        assert stdin is not None
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            if self._typed:
                # A lone surrogate, as in a file name that is no UTF-8, cannot be sent.
                stdin.write(self._typed.encode("utf-8", "replace") + b"\n")
                await stdin.drain()
        stdin.close()

    async def _watch_interruption(self) -> None:
        await self._hearing.answerless.wait()
        self._decide(
            TurnOver(TurnOutcome.REFUSED, "It was interrupted, and now waits for a prompt that does not come.")
        )

    def _decide(self, over: TurnOver) -> None:
        if not self._over.done():
            self._over.set_result(over)

    def _is(self, outcome: TurnOutcome) -> bool:
        return self._over.done() and self._over.result().outcome is outcome

    def _judge(self) -> TurnOver:
        output = self.output
        assert self._child.status is not None
        signs = Signs(
            status=self._child.status,
            said=output.said,
            words=self._hearing.words,
            spoke=output.spoke,
            worked=output.worked,
            structured=output.ends,
            finished=output.finished,
            error=output.error,
        )
        return ending(self._dialect, signs)
