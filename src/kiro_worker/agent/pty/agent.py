"""Any terminal program, driven through a pseudo-terminal: for agents that offer nothing better."""

import asyncio
import contextlib
import os
from collections.abc import Mapping
from dataclasses import replace

from kiro_worker.agent.acp.ending import TurnOver
from kiro_worker.agent.acp.located import at_home, located
from kiro_worker.agent.acp.watch import Watch
from kiro_worker.agent.check import look_at
from kiro_worker.agent.closing import to_the_end
from kiro_worker.agent.failure import failure_in
from kiro_worker.agent.fate import fate_of, signal_of
from kiro_worker.agent.port import AgentCheck, AgentEvent, AgentSaid, AgentStarted, Hear, Turn, TurnEnd, TurnOutcome
from kiro_worker.agent.profile import Profile
from kiro_worker.agent.pty.conversation import Conversation
from kiro_worker.agent.pty.habits import Habits, habits_of
from kiro_worker.agent.pty.terminal import Terminal
from kiro_worker.agent.pty.view import LineView, ScreenView, View
from kiro_worker.clock import Clock, SystemClock
from kiro_worker.process import Child, Children, Command, NotStarted
from kiro_worker.process.tail import Tail

_MOST_SAID = 64 * 1024
_SHOWN = 2000
_QUIT_SECONDS = 1.0
_TERM_GRACE_SECONDS = 2.0
_LAST_WORDS_SECONDS = 0.25

# What programs take this terminal for.
_TERMINAL = {"TERM": "xterm-256color"}


class PtyAgent:
    """A terminal program; see `Agent`.

    Args:
        profile: what is known of it; `settings` say how it looks (see `Habits`).
        children: owns its processes.
        args: further arguments.
        model: a model's id; empty leaves it to the program.
        clock: what limits are kept by.

    Raises:
        ArgumentRefused: when one of the further arguments would undo what the worker relies on.
        ScreenUnknown, ProfileUnreadable: when the profile does not say how the program looks.
    """

    def __init__(
        self,
        profile: Profile,
        children: Children,
        *,
        args: tuple[str, ...] = (),
        model: str = "",
        clock: Clock | None = None,
    ) -> None:
        self._profile, self._children = profile, children
        self._habits = habits_of(profile)
        self._command, self._args, self._model = profile.command, profile.accept(args), model
        self._clock = clock or SystemClock()

    @property
    def name(self) -> str:
        """See `Agent.name`."""
        return self._profile.name

    async def check(self, environment: Mapping[str, str]) -> AgentCheck:
        """See `Agent.check`."""
        return await look_at(self._profile, self._children, {**self._profile.environment, **environment})

    async def turn(self, turn: Turn, hear: Hear) -> TurnEnd:
        """See `Agent.turn`; sessions are not continued."""
        began = self._clock.monotonic()
        turn = replace(turn, environment={**self._profile.environment, **turn.environment, **_TERMINAL})
        said = Tail(_MOST_SAID)

        def keep(event: AgentEvent) -> None:
            if isinstance(event, AgentSaid):
                said.add(event.text.encode("utf-8", "replace"))
            hear(event)

        sitting = _Sitting(
            habits=self._habits,
            children=self._children,
            turn=turn,
            hear=keep,
            clock=self._clock,
            started=AgentStarted(name=self.name, model=turn.model or self._model),
        )
        over = await sitting.until_over(self._words(turn))
        return TurnEnd(
            outcome=over.outcome, said=said.text(), detail=over.detail, seconds=self._clock.monotonic() - began
        )

    def _words(self, turn: Turn) -> tuple[str, ...]:
        program, *words = self._command
        model = turn.model or self._model
        chosen = (self._habits.model, model) if model else ()
        return (located(program, turn.environment), *at_home((*words, *chosen, *self._args), turn.environment))


class _Sitting:
    """One program at one terminal, from its start to the end of its tree."""

    def __init__(
        self, *, habits: Habits, children: Children, turn: Turn, hear: Hear, clock: Clock, started: AgentStarted
    ) -> None:
        self._habits, self._children, self._turn, self._hear, self._started = habits, children, turn, hear, started
        self._over: asyncio.Future[TurnOver] = asyncio.get_running_loop().create_future()
        self._view: View = (
            ScreenView(columns=habits.columns, rows=habits.rows, aside=habits.aside) if habits.draws else LineView()
        )
        self._watch = Watch(turn.limits, clock, busy=lambda: self._conversation.waiting, over=self._decide)
        self._prompted = asyncio.Event()
        self._ended = False

    async def until_over(self, argv: tuple[str, ...]) -> TurnOver:
        """Carry the turn through; when this returns or raises, no process of it is left."""
        terminal = Terminal(
            columns=self._habits.columns, rows=self._habits.rows, take=self._take, cursor=self._view.cursor
        )
        self._conversation = Conversation(
            habits=self._habits,
            terminal=terminal,
            view=self._view,
            permit=self._turn.permit,
            consult=self._turn.consult,
            hear=self._hear,
            sign=self._watch.sign,
            began=self._begin,
        )
        try:
            child = await self._start(argv, terminal)
            try:
                await self._attend(child, terminal)
            finally:
                at_once = self._over.done() and self._over.result().outcome is TurnOutcome.OVER_BUDGET
                await to_the_end(self._children.end(child, grace=0 if at_once else _TERM_GRACE_SECONDS))
        except NotStarted as missing:
            return TurnOver(TurnOutcome.NOT_STARTED, missing.message)
        finally:
            terminal.close()
        return self._over.result()

    async def _start(self, argv: tuple[str, ...], terminal: Terminal) -> Child:
        command = Command(argv=argv, cwd=self._turn.workspace, environment=self._turn.environment)
        try:
            return await self._children.start(command, stdin=terminal.program_side, stdout=terminal.program_side)
        finally:
            os.close(terminal.program_side)

    async def _attend(self, child: Child, terminal: Terminal) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                tasks = (
                    group.create_task(self._converse(child, terminal)),
                    group.create_task(self._keep_limits()),
                    group.create_task(self._attend_end(child, terminal)),
                )
                await asyncio.wait((self._over,))
                for task in tasks:
                    task.cancel()
        except ExceptionGroup as several:
            raise several.exceptions[0] from None

    async def _keep_limits(self) -> None:
        # Anew once the prompt was taken: the limit that counts then may be nearer than the one it sleeps for.
        async with asyncio.TaskGroup() as group:
            starting = group.create_task(self._watch.keep())
            await self._prompted.wait()
            starting.cancel()
        await self._watch.keep()

    async def _converse(self, child: Child, terminal: Terminal) -> None:
        await self._conversation.run(self._turn.prompt)
        self._ended = True
        if self._habits.quit:
            terminal.press(self._habits.quit)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_QUIT_SECONDS):
                    await child.wait()
        self._decide(TurnOver(TurnOutcome.ENDED))

    async def _attend_end(self, child: Child, terminal: Terminal) -> None:
        status = await child.wait()
        if self._ended:
            return
        # A descendant may hold the terminal for as long as it lives.
        await asyncio.wait((terminal.closed,), timeout=_LAST_WORDS_SECONDS)
        shown = self._shown()
        # Later, what is visible may be the model's own words.
        known = None if self._prompted.is_set() else failure_in(shown)
        crashed = self._prompted.is_set() or signal_of(status) > 0
        outcome = known or (TurnOutcome.CRASHED if crashed else TurnOutcome.NOT_STARTED)
        self._decide(TurnOver(outcome, f"It {fate_of(status)}. {shown}"))

    def _begin(self) -> None:
        self._hear(self._started)
        self._watch.prompted()
        self._prompted.set()

    def _take(self, piece: bytes) -> None:
        if self._watch.heard(len(piece)):
            self._conversation.take(piece)

    def _shown(self) -> str:
        return self._view.text().strip()[-_SHOWN:]

    def _decide(self, over: TurnOver) -> None:
        if not self._over.done():
            self._over.set_result(self._explained(over))

    def _explained(self, over: TurnOver) -> TurnOver:
        """An end by a limit, with what was visible then; a question that nobody foresaw stands there."""
        if over.outcome not in {TurnOutcome.NOT_STARTED, TurnOutcome.SILENT, TurnOutcome.TIMED_OUT}:
            return over
        shown = self._shown()
        known = failure_in(shown) if over.outcome is TurnOutcome.NOT_STARTED else None
        return TurnOver(known or over.outcome, f"{over.detail} {shown}")
