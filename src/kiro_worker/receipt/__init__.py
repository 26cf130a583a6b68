"""The receipt of a run: the chain of its events, its closing line and signature, and what both can show."""

from kiro_worker.receipt.chain import FILE_NAME, GENESIS, Event, read_events
from kiro_worker.receipt.closing import CLOSED, Closing, Signer

__all__ = ["CLOSED", "FILE_NAME", "GENESIS", "Closing", "Event", "Signer", "read_events"]
