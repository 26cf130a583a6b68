"""Steering files: a repository's standards, which of them an agent is sent, and how they are kept up to date."""

from typing import TYPE_CHECKING

from kiro_worker.later import later

if TYPE_CHECKING:
    from kiro_worker.steering.choice import About, Choice, Chosen, Rank, choose
    from kiro_worker.steering.reader import AGENTS, Inclusion, SteeringFile, read_steering_file
    from kiro_worker.steering.render import BUDGET, LeftOut, Resolved, Sent, needed, resolved

__all__ = [
    "AGENTS", "BUDGET", "About", "Choice", "Chosen", "Inclusion", "LeftOut", "Rank", "Resolved", "Sent", "SteeringFile",
    "choose", "needed", "read_steering_file", "resolved",
]  # fmt: skip

# `steering check` is called by hooks and builds: it loads no rule of what an agent is sent.
__getattr__ = later(
    __name__,
    {
        **dict.fromkeys(("About", "Choice", "Chosen", "Rank", "choose"), "choice"),
        **dict.fromkeys(("AGENTS", "Inclusion", "SteeringFile", "read_steering_file"), "reader"),
        **dict.fromkeys(("BUDGET", "LeftOut", "Resolved", "Sent", "needed", "resolved"), "render"),
    },
)
