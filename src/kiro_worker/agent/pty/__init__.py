"""Any interactive terminal program, in a pseudo-terminal."""

from kiro_worker.agent.pty.agent import PtyAgent

__all__ = ["PtyAgent"]
