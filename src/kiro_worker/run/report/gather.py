"""The record of the run as its receipt tells it so far."""

from kiro_worker.run.record import RunRecord, fold
from kiro_worker.run.undertaking import Undertaking


def gather(work: Undertaking) -> RunRecord:
    """Fold the receipt: what people are shown is what is written there."""
    return fold(work.journal.events)
