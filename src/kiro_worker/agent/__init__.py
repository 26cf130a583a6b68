"""The coding agent: the port, what is known of each agent, and one adapter for each way to talk to one."""

from typing import TYPE_CHECKING, Any

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


def __getattr__(name: str) -> Any:
    """Import the port when a name of it is first used: the replay agent starts for every turn, and needs none."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from kiro_worker.agent import port

    return getattr(port, name)
