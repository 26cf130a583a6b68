"""What is wrong with the settings: everything at once, each with its place and its cure."""

from collections.abc import Iterable

from kiro_worker.error import Fault, WorkerError
from kiro_worker.flaw import Flaw, Place, nearest, quoted

__all__ = ["ConfigInvalid", "Flaw", "Place", "nearest", "quoted"]


class ConfigInvalid(WorkerError):
    """Settings that cannot be used; nothing was started."""

    code = "config.invalid"
    fault = Fault.CONFIG

    def __init__(self, flaws: Iterable[Flaw]) -> None:
        from kiro_worker.redact import Redactor

        # A person may have put a token where a setting belongs; the fault must not show it to everybody.
        redactor = Redactor()
        self.flaws = tuple(Flaw(flaw.where, redactor.text(flaw.what)) for flaw in dict.fromkeys(flaws))
        many = f"{len(self.flaws)} settings cannot be used" if len(self.flaws) > 1 else "A setting cannot be used"
        super().__init__(
            "\n  ".join((f"{many}; nothing was started.", *map(str, self.flaws))),
            next_step="Correct what is named, then look again: kiro-worker config check",
        )
