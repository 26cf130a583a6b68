"""Numbers about runs and polls, told the way that the settings name."""

import sys
from typing import TYPE_CHECKING

from kiro_worker.bootstrap.workshop import Workshop
from kiro_worker.clock import Clock
from kiro_worker.config.settings import Config

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kiro_worker.dispatch.report import Report
    from kiro_worker.forge.traffic import Traffic
    from kiro_worker.metric import Metrics
    from kiro_worker.metric.emf import Sink
    from kiro_worker.run.record import RunRecord

# The dimension's value where nobody named an environment.
_NONE_NAMED = "local"
_MIB = 1024 * 1024


def metrics_for(config: Config, clock: Clock) -> "Metrics":
    """Who is told."""
    if config.metric.kind == "emf":
        from kiro_worker.metric.emf import EmfMetrics

        return EmfMetrics(_sink(config, clock), environment=config.environment or _NONE_NAMED, clock=clock)
    from kiro_worker.metric.silent import SilentMetrics

    return SilentMetrics()


def _sink(config: Config, clock: Clock) -> "Sink":
    if not config.metric.log_group:
        return sys.stdout
    from kiro_worker.aws import Aws
    from kiro_worker.metric.log_group import LogGroup

    return LogGroup(Aws(), config.metric.log_group, clock=clock, otherwise=sys.stdout)


def tell_of_run(shop: Workshop, config: Config, record: "RunRecord") -> None:
    """A run has ended.

    Args:
        shop: the machine.
        config: says who is told.
        record: of the run.
    """
    if config.metric.kind == "none":
        return
    from kiro_worker.run.measured import measured_of

    facts = {"run": record.run, "verdict": record.verdict, "spec": record.spec}
    metrics_for(config, shop.clock).tell(measured_of(record), **facts)


def tell_of_poll(
    config: Config,
    clock: Clock,
    report: "Report",
    traffic: "Traffic",
    *,
    holding: "Iterable[str]" = (),
    memory: int = 0,
) -> None:
    """A look at the board has come to its end.

    Args:
        config: says who is told.
        clock: what ages are counted to.
        report: of the tick.
        traffic: with the forge, during it; see `forge.traffic.counted`.
        holding: ids of the runs that hold a lease.
        memory: MiB that this process may use; 0 tells nothing of it.
    """
    if config.metric.kind == "none":
        return
    from kiro_worker.dispatch.measured import measured_of
    from kiro_worker.metric import Measured, Metric

    measured = measured_of(report, traffic, holding=holding, now=clock.now())
    used = (Measured(Metric.POLLER_MEMORY, 100.0 * _most_used() / memory),) if memory else ()
    metrics_for(config, clock).tell((*measured, *used), board=report.board)


def _most_used() -> float:
    """MiB of memory that this process had at most."""
    import resource

    # In kibibytes, on Linux.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / _MIB
