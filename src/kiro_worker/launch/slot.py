"""Slots: N files, of which each run holds one for as long as it lives.

A worker locks a slot and hands its descriptor on to the run, so both hold the one lock: whoever of them is killed, the
kernel lets go of it with the last of them, at once, and who then gets it knows that the run is over.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kiro_worker.error import Fault, WorkerError


class SlotsUnusable(WorkerError):
    """The folder of slots cannot be used."""

    code = "launch.slots"
    fault = Fault.INTERNAL

    def __init__(self, *, folder: Path, reason: str) -> None:
        super().__init__(
            f"The folder {folder}, by which runs are kept apart, cannot be used: {reason}.",
            kept="What is in the queue stays there.",
            next_step=f"Look at the folder and its disk: ls -la {folder}; df -h {folder}",
        )


class Slot:
    """A slot that is held."""

    def __init__(self, number: int, descriptor: int) -> None:
        self.number = number
        # Whoever inherits it holds the slot too.
        self.descriptor = descriptor

    def free(self) -> None:
        """Let go, as far as this process is concerned."""
        if self.descriptor >= 0:
            with suppress(OSError):
                os.close(self.descriptor)
            self.descriptor = -1


class Slots:
    """All slots of a machine.

    Args:
        folder: where they lie; the files are never removed, for a lock is on a file and not on its name.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def hold(self, number: int) -> Slot | None:
        """Hold one; None when somebody has it.

        Raises:
            SlotsUnusable: the file system says no.
        """
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            descriptor = os.open(self.folder / f"slot-{number}", flags, 0o600)
        except OSError as error:
            raise SlotsUnusable(folder=self.folder, reason=error.strerror or str(error)) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        except OSError as error:
            os.close(descriptor)
            raise SlotsUnusable(folder=self.folder, reason=error.strerror or str(error)) from error
        return Slot(number, descriptor)

    def hold_any(self, most: int) -> Slot | None:
        """Hold the first free one of `most`; None when all are taken."""
        return next((slot for number in range(1, most + 1) if (slot := self.hold(number)) is not None), None)

    @contextmanager
    def held(self, number: int) -> Iterator[bool]:
        """Hold one for a moment; whether that was to be had."""
        slot = self.hold(number)
        try:
            yield slot is not None
        finally:
            if slot is not None:
                slot.free()

    def free_ones(self, most: int) -> int:
        """How many nobody has just now."""
        free = 0
        for number in range(1, most + 1):
            with self.held(number) as got:
                free += got
        return free
