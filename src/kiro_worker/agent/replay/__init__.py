"""A recorded agent: an executable that speaks the Agent Client Protocol and plays a cassette.

Nothing is imported here that the executable does not need at once: it is started for every turn.
"""

from kiro_worker.agent.replay.cassette import WORKSPACE, Cassette, Condition, RecordedTurn, Step
from kiro_worker.agent.replay.executable import main
from kiro_worker.agent.replay.notation import CassetteUnreadable, load, parse, render

__all__ = [
    "WORKSPACE",
    "Cassette",
    "CassetteUnreadable",
    "Condition",
    "RecordedTurn",
    "Step",
    "load",
    "main",
    "parse",
    "render",
]
