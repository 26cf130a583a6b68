"""The record of the run as it stands in its receipt."""

from kiro_worker.run.journal import FILE_NAME, read_events
from kiro_worker.run.record import RunRecord, fold
from kiro_worker.run.undertaking import Undertaking


def gather(work: Undertaking) -> RunRecord:
    """Fold the receipt on the disk: what people are shown is what is written there."""
    return fold(read_events(work.folder / FILE_NAME))
