"""Any agent that speaks the Agent Client Protocol."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from kiro_worker.agent.acp.located import at_home, located
from kiro_worker.agent.check import look_at
from kiro_worker.agent.kiro_settings.preflight import looked_at, shadowed
from kiro_worker.agent.mcp import McpServer
from kiro_worker.agent.port import AgentCheck, AgentNoted, Hear, SessionId, Turn, TurnEnd, TurnOutcome
from kiro_worker.agent.profile import Profile
from kiro_worker.clock import Clock, SystemClock
from kiro_worker.process import Child, Children, Command, NotStarted

if TYPE_CHECKING:
    from kiro_worker.agent.acp.connection import Tap


class AcpAgent:
    """See `Agent`. A turn is one process, one session, one prompt, and up to two that explain a refusal.

    Args:
        profile: the agent, and how it differs from its protocol.
        children: the owner of its processes.
        args: further arguments for its command.
        model: the model to set; empty leaves its own.
        mode: the mode to set in place of the profile's asking one.
        own_agent: the name of the agent that the worker wrote into the HOMEs, where the profile takes one.
        servers: the MCP servers that it gets.
        clock: what limits are kept by.
        tap: sees every line on the wire, unredacted, with its sender: "client" or "agent".

    Raises:
        ArgumentRefused: for an argument that the profile refuses.
    """

    def __init__(
        self,
        profile: Profile,
        children: Children,
        *,
        args: tuple[str, ...] = (),
        model: str = "",
        mode: str = "",
        own_agent: str = "",
        servers: tuple[McpServer, ...] = (),
        clock: Clock | None = None,
        tap: "Tap | None" = None,
    ) -> None:
        self._profile, self._children = profile, children
        self._own, self._servers = own_agent, servers
        self._argv = (*profile.command, *(("--agent", own_agent) if own_agent else ()), *profile.accept(args))
        self._model, self._mode = model, mode
        self._clock = clock or SystemClock()
        self._tap = tap

    @property
    def name(self) -> str:
        """See `Agent.name`."""
        return self._profile.name

    async def check(self, environment: Mapping[str, str]) -> AgentCheck:
        """See `Agent.check`."""
        environment = {**self._profile.environment, **environment}
        found = await look_at(self._profile, self._children, environment)
        return await looked_at(found, self._profile, self._children, environment, self._own)

    async def turn(self, turn: Turn, hear: Hear) -> TurnEnd:
        """See `Agent.turn`."""
        began = self._clock.monotonic()
        turn = replace(turn, environment={**self._profile.environment, **turn.environment})
        if reason := shadowed(turn.workspace, self._own):
            return TurnEnd(outcome=TurnOutcome.CONFIG, detail=reason)
        end = await self._attend(turn, hear, turn.resume)
        if end is None:
            hear(AgentNoted(f"the agent did not outlive session {turn.resume}; a new process begins a new one"))
            end = await self._attend(turn, hear, None)
            assert end is not None
        return replace(end, seconds=self._clock.monotonic() - began)

    async def _attend(self, turn: Turn, hear: Hear, resume: SessionId | None) -> TurnEnd | None:
        """One process and its turn; None when it did not outlive the session that it was to resume."""
        try:
            child = await self._start(turn)
        except NotStarted as fault:
            return TurnEnd(outcome=TurnOutcome.NOT_STARTED, detail=fault.message)
        # What speaks to it is loaded while it starts.
        from kiro_worker.agent.acp.attendance import Attendance
        from kiro_worker.agent.acp.resuming import SessionLost

        attendance = Attendance(
            profile=self._profile,
            children=self._children,
            child=child,
            turn=turn,
            hear=hear,
            clock=self._clock,
            tap=self._tap,
            own_agent=self._own,
            servers=self._servers,
        )
        try:
            over = await attendance.run(mode=self._mode, model=turn.model or self._model, resume=resume)
        except SessionLost:
            return None
        return TurnEnd(
            outcome=over.outcome,
            said=attendance.hearing.said,
            detail=over.detail,
            session=attendance.session.id,
            usage=attendance.hearing.meter.usage,
            kept_going=attendance.kept_going,
        )

    async def _start(self, turn: Turn) -> Child:
        argv = (located(self._argv[0], turn.environment), *at_home(self._argv[1:], turn.environment))
        return await self._children.start(Command(argv=argv, cwd=turn.workspace, environment=turn.environment))
