"""What can be wrong with the keys of receipts, and with what was asked about one.

* WorkerError
  + KeyUnusable      a file or secret is no Ed25519 key
  + KeyThere         a new key would take the place of another
  + KeyUnwritable    a new key's place takes no file
  + LibraryMissing   signing was asked for, and the library that does it is not installed
  + ReceiptMissing   there is no receipt where one was named
"""

import shlex
from pathlib import Path

from kiro_worker.error import Fault, WorkerError


class KeyUnusable(WorkerError):
    """What should be a key for receipts is none."""

    code = "receipt.key-unusable"
    fault = Fault.CREDENTIAL

    def __init__(self, *, source: str, reason: str) -> None:
        self.source, self.reason = source, reason
        super().__init__(
            f"{source} is no key for receipts: {reason}.",
            kept="Nothing was begun: a run that should be signed does not go unsigned.",
            next_step="Make a pair: kiro-worker receipt key new",
        )


class KeyThere(WorkerError):
    """There is a key already, and what it signed could not be checked without it."""

    code = "receipt.key-there"
    fault = Fault.CONFIG

    def __init__(self, *, path: Path) -> None:
        super().__init__(
            f"{path} is there already.",
            kept="It was left as it is.",
            next_step=f"Move both files of the old pair away, and keep the public one: what it signed needs it. "
            f"Or name another place: kiro-worker receipt key new --to {shlex.quote(f'{path}.new')}",
        )


class KeyUnwritable(WorkerError):
    """A new key could not be written where it was to lie."""

    code = "receipt.key-unwritable"
    fault = Fault.CONFIG

    def __init__(self, *, path: Path, reason: str) -> None:
        super().__init__(
            f"{path} could not be written: {reason}.",
            kept="No half-written key was left.",
            next_step="Name a place that you can write: kiro-worker receipt key new --to FILE",
        )


class LibraryMissing(WorkerError):
    """Signing needs a library that is not installed."""

    code = "receipt.library-missing"
    fault = Fault.CONFIG

    def __init__(self) -> None:
        super().__init__(
            "Signing receipts, and checking signatures, needs the library cryptography.",
            kept="Nothing was begun: a run that should be signed does not go unsigned.",
            next_step="pip install 'kiro-worker[receipt]'",
        )


class ReceiptMissing(WorkerError):
    """There is no receipt to look at."""

    code = "receipt.missing"
    fault = Fault.CONFIG

    def __init__(self, *, path: Path, reason: str) -> None:
        super().__init__(
            f"There is no receipt to read at {path}: {reason}.",
            next_step="Name a run (kiro-worker list shows them), or the file events.jsonl of one.",
        )
