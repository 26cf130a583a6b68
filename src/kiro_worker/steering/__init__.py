"""Steering files: a repository's standards, which of them an agent is sent, and how they are kept up to date."""

from kiro_worker.steering.choose import AGENTS, About, Choice, Chosen, Rank, choose
from kiro_worker.steering.reader import Inclusion, SteeringFile, read_steering_file
from kiro_worker.steering.render import BUDGET, LeftOut, Resolved, Sent, needed, resolved

__all__ = [
    "AGENTS", "BUDGET", "About", "Choice", "Chosen", "Inclusion", "LeftOut", "Rank", "Resolved", "Sent", "SteeringFile",
    "choose", "needed", "read_steering_file", "resolved",
]  # fmt: skip
