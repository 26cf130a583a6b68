"""The Agent Client Protocol, version 1: any agent that speaks it, behind `Agent`."""

from kiro_worker.agent.acp.adapter import AcpAgent

__all__ = ["AcpAgent"]
