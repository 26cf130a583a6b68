"""Notices the death of workers at once, where the kernel tells of it."""

import asyncio
import os
from collections.abc import Callable, Iterable
from contextlib import suppress

from kiro_worker.lease.holder import is_gone, this_host
from kiro_worker.lease.port import Holder


class Vigil:
    """Watches processes of this host.

    Args:
        heed: called in the running loop when one of them has died.
    """

    def __init__(self, heed: Callable[[], object]) -> None:
        self._heed = heed
        self._watched: dict[int, int] = {}

    def keep(self, workers: Iterable[Holder]) -> None:
        """Watch these from now on, and no others; elsewhere than on Linux nobody is watched."""
        if not hasattr(os, "pidfd_open"):
            return
        wanted = {each.pid: each for each in workers if each.host == this_host()}
        for pid in self._watched.keys() - wanted.keys():
            self._forget(pid)
        for pid in wanted.keys() - self._watched.keys():
            self._watch(wanted[pid])

    def close(self) -> None:
        """Watch nobody any more."""
        for pid in tuple(self._watched):
            self._forget(pid)

    def _watch(self, worker: Holder) -> None:
        with suppress(OSError):
            descriptor = os.pidfd_open(worker.pid)
            # Looked at with the descriptor in hand: before, its number might have become another process's.
            if is_gone(worker):
                os.close(descriptor)
                return
            self._watched[worker.pid] = descriptor
            asyncio.get_running_loop().add_reader(descriptor, self._died, worker.pid)

    def _died(self, pid: int) -> None:
        self._forget(pid)
        self._heed()

    def _forget(self, pid: int) -> None:
        descriptor = self._watched.pop(pid)
        asyncio.get_running_loop().remove_reader(descriptor)
        os.close(descriptor)
