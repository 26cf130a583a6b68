"""One process for each prompt: the prompt on standard input, the answer on standard output.

Nothing can be asked in the middle of such a turn, so `Turn.permit` is never called: what the agent may do is decided
by its isolation and by the look at the diff afterwards.
"""

import contextlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from kiro_worker.agent.acp.located import at_home, located
from kiro_worker.agent.ansi import plain
from kiro_worker.agent.check import look_at
from kiro_worker.agent.kiro_headless.dialect import dialect_of, lists
from kiro_worker.agent.kiro_headless.running import Running
from kiro_worker.agent.kiro_settings.preflight import looked_at, shadowed
from kiro_worker.agent.port import (
    AgentCheck,
    AgentNoted,
    AgentStarted,
    Hear,
    SessionId,
    Turn,
    TurnEnd,
    TurnOutcome,
)
from kiro_worker.agent.profile import Profile
from kiro_worker.clock import Clock, SystemClock
from kiro_worker.process import Children, Command, Limits, NotStarted

# Stands for the prompt in the command line of a program that does not read its standard input.
PROMPT = "{prompt}"

# What comes of a session that is gone, that a dead process still holds, or that is never done loading.
_LOST = frozenset({TurnOutcome.CRASHED, TurnOutcome.NOT_STARTED, TurnOutcome.SILENT})

_HELP = Limits(wall=30.0, kept_output=256 * 1024)


class HeadlessAgent:
    """Any program that takes a prompt on standard input and ends when it is done; see `Agent`.

    Args:
        profile: what is known of it; `settings.dialect` names how it wants to be called.
        children: owns its processes.
        args: further arguments.
        model: a model's id; empty leaves it to the program.
        own_agent: the name of the agent that the worker wrote into the HOMEs, where the profile takes one: it is
            trusted with what its file says, and without one, with everything.
        has_servers: whether that file names MCP servers, all of which have to start.
        clock: what limits are kept by.

    Raises:
        ArgumentRefused: when one of the further arguments would undo what the worker relies on.
    """

    def __init__(
        self,
        profile: Profile,
        children: Children,
        *,
        args: tuple[str, ...] = (),
        model: str = "",
        own_agent: str = "",
        has_servers: bool = False,
        clock: Clock | None = None,
    ) -> None:
        self._profile, self._children, self._args, self._model = profile, children, profile.accept(args), model
        self._clock = clock or SystemClock()
        self._own = own_agent
        self._dialect = dialect_of(profile, own_agent=own_agent, has_servers=has_servers)
        self._version = ""
        self._help: str | None = None
        self._ready_with: Mapping[str, str] | None = None

    @property
    def name(self) -> str:
        """See `Agent.name`."""
        return self._profile.name

    async def check(self, environment: Mapping[str, str]) -> AgentCheck:
        """See `Agent.check`."""
        environment = {**self._profile.environment, **environment}
        found = await look_at(self._profile, self._children, environment)
        found = await looked_at(found, self._profile, self._children, environment, self._own)
        self._version = found.version
        self._ready_with = environment if found.outcome is None else None
        return found

    async def turn(self, turn: Turn, hear: Hear) -> TurnEnd:
        """See `Agent.turn`; a session is continued where the program knows how, and begun anew where that fails."""
        began = self._clock.monotonic()
        turn = replace(turn, environment={**self._profile.environment, **turn.environment})
        if reason := shadowed(turn.workspace, self._own):
            return TurnEnd(outcome=TurnOutcome.CONFIG, detail=reason)
        if self._profile.check.login and self._ready_with != turn.environment:
            ready = await self.check(turn.environment)
            if ready.outcome is not None:
                return TurnEnd(outcome=ready.outcome, detail=f"{ready.detail} {ready.cure}".strip())
        end = await self._turn(turn, hear, await self._flags(turn))
        return replace(end, seconds=self._clock.monotonic() - began)

    async def _turn(self, turn: Turn, hear: Hear, flags: str) -> TurnEnd:
        resume = turn.resume if self._dialect.resume and lists(flags, self._dialect.resume) else None
        end, worked = await self._attempt(turn, hear, self._arguments(flags, resume, turn.model))
        if resume is not None and not worked and end.outcome in _LOST:
            hear(AgentNoted(f"session {resume} could not be continued ({end.detail}); a new one is begun"))
            end, _ = await self._attempt(turn, hear, self._arguments(flags, None, turn.model))
        return end

    async def _attempt(self, turn: Turn, hear: Hear, arguments: tuple[str, ...]) -> tuple[TurnEnd, bool]:
        """Run the program once; also whether there is a sign that a model was asked."""
        try:
            child = await self._children.start(self._command(turn, arguments))
        except NotStarted as missing:
            detail = f"{missing.message} {self._profile.check.cure}".strip()
            return TurnEnd(outcome=TurnOutcome.NOT_STARTED, detail=detail), False
        asked = any(PROMPT in word for word in (*self._profile.command, *arguments))
        running = Running(
            profile=self._profile,
            typed="" if asked else turn.prompt,
            dialect=self._dialect,
            children=self._children,
            child=child,
            turn=turn,
            hear=hear,
            clock=self._clock,
            started=AgentStarted(name=self.name, version=self._version, model=turn.model or self._model),
        )
        over = await running.until_over()
        end = TurnEnd(
            outcome=over.outcome,
            said=running.output.said,
            detail=over.detail,
            session=running.output.session,
            usage=running.output.usage,
        )
        return end, running.output.worked

    def _arguments(self, flags: str, resume: SessionId | None, model: str) -> tuple[str, ...]:
        dialect, model = self._dialect, model or self._model
        return (
            *dialect.arguments(flags),
            *((dialect.model, model) if model else ()),
            *((dialect.resume, resume) if resume is not None else ()),
            *self._args,
        )

    def _command(self, turn: Turn, arguments: tuple[str, ...], cwd: Path | None = None) -> Command:
        program, *first = self._profile.command
        # The kernel takes no NUL in an argument, and a lone surrogate cannot be sent.
        prompt = turn.prompt.replace("\0", "").encode("utf-8", "replace").decode()
        words = (word.replace(PROMPT, prompt) for word in at_home((*first, *arguments), turn.environment))
        argv = (located(program, turn.environment), *words)
        return Command(argv=argv, cwd=cwd or turn.workspace, environment=turn.environment)

    async def _flags(self, turn: Turn) -> str:
        """What the program's help says, learnt once, outside of the workspace."""
        if self._help is None:
            self._help = ""
            if self._dialect.help:
                with contextlib.suppress(NotStarted):
                    told = await self._children.run(self._command(turn, self._dialect.help, Path("/")), _HELP)
                    self._help = plain((told.stdout + told.stderr).decode("utf-8", "replace"))
        return self._help
