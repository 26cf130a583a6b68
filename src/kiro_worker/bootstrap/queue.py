"""The queue of this machine: who puts runs into it, and who carries them out."""

import sys
from collections.abc import Mapping

from kiro_worker.bootstrap.workshop import Workshop
from kiro_worker.config.settings import Config
from kiro_worker.launch.burial import bury
from kiro_worker.launch.queue import QueueLaunches
from kiro_worker.launch.slot import Slots
from kiro_worker.launch.table import Jobs
from kiro_worker.launch.worker import Worker

# The folder is the worker's own, and nothing in it may stand in for a module of ours.
_SELF = (sys.executable, "-P", "-m", "kiro_worker")


def runs_at_once(config: Config) -> int:
    """How many runs there may be at once in the queue of this machine."""
    return config.launch.parallel or config.dispatch.max_parallel


def slots_of(shop: Workshop) -> Slots:
    """Where the queue's runs are."""
    return Slots(shop.machine.state / "launch")


def queue_launches(shop: Workshop, config: Config, *, acts: bool = True) -> QueueLaunches:
    """Puts runs into the queue, and sees that somebody carries them out; the ends of those of this board are told.

    Args:
        shop: the machine.
        config: how many at once, and for which board.
        acts: whether anything may be written.
    """
    board = config.board
    asker = board.kind if board.kind == "local" else f"{board.kind}:{board.owner}/{board.number}"
    most = runs_at_once(config)
    return QueueLaunches(
        Jobs(shop.state, shop.clock),
        slots_of(shop),
        shop.clock,
        asker=asker,
        worker=(*_SELF, "queue", "work", "--until-empty", f"--for={asker}", f"--launch-parallel={most}"),
        environment=_environment(shop),
        most=most,
        acts=acts,
    )


def queue_worker(shop: Workshop, config: Config, *, lasting: bool, asker: str = "") -> Worker:
    """Carries out what is in the queue.

    Args:
        shop: the machine.
        config: how many at once.
        lasting: whether to wait for more when the queue is empty.
        asker: only what this board asked for; empty is everything.
    """
    return Worker(
        Jobs(shop.state, shop.clock),
        slots_of(shop),
        shop.children,
        shop.clock,
        program=_SELF,
        environment=_environment(shop),
        most=runs_at_once(config),
        lasting=lasting,
        asker=asker or None,
    )


def queue_of(shop: Workshop) -> Jobs:
    """What is in the queue; runs that are gone without a word are seen to first."""
    jobs = Jobs(shop.state, shop.clock)
    bury(jobs, slots_of(shop))
    return jobs


def _environment(shop: Workshop) -> Mapping[str, str]:
    return shop.machine.environment
