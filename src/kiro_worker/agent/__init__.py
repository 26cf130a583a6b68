"""The coding agent: the port, what is known of each agent, and one adapter for each way to talk to one."""

from typing import TYPE_CHECKING

from kiro_worker.later import later

if TYPE_CHECKING:
    from kiro_worker.agent.port import (
        Agent,
        AgentCheck,
        AgentEvent,
        AgentNoted,
        AgentSaid,
        AgentStarted,
        AgentThought,
        Hear,
        Permission,
        PermissionDecided,
        Permit,
        PlanShown,
        SessionId,
        ToolCalled,
        ToolKind,
        ToolRequest,
        Turn,
        TurnEnd,
        TurnLimits,
        TurnOutcome,
        Usage,
        UsageSeen,
    )

__all__ = [
    "Agent",
    "AgentCheck",
    "AgentEvent",
    "AgentNoted",
    "AgentSaid",
    "AgentStarted",
    "AgentThought",
    "Hear",
    "Permission",
    "PermissionDecided",
    "Permit",
    "PlanShown",
    "SessionId",
    "ToolCalled",
    "ToolKind",
    "ToolRequest",
    "Turn",
    "TurnEnd",
    "TurnLimits",
    "TurnOutcome",
    "Usage",
    "UsageSeen",
]

# The replay agent starts for every turn, and needs nothing of the port.
__getattr__ = later(__name__, dict.fromkeys(__all__, "port"))
