"""Makes a cassette from a live session of any agent that speaks the Agent Client Protocol."""

from kiro_worker.agent.record.recording import Recording, record

__all__ = ["Recording", "record"]
