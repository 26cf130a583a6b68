"""A program that is no child of who started it, and yet lives no longer than that process.

A test's process ends every orphan that it finds below itself: that is what its code is for (see `kiro_worker.process`).
A server for all tests of a session must not be below it. So a keeper starts the server, is let go to the system's
first process, and kills the server when the pipe that leads to it is closed, however the test's process went.

    nobodys_child.py PROGRAM ARGUMENT…
"""

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_PR_GET_CHILD_SUBREAPER = 37
_LOOK_SECONDS = 0.5
_PATIENCE = 20.0


class NobodysChild:
    """A running program, and the pipe that it lives by."""

    def __init__(self, argv: Sequence[str], *, environment: Mapping[str, str], folder: Path, log: Path) -> None:
        """Start it, with its output in a file.

        Args:
            argv: the program and its arguments.
            environment: all that it is given.
            folder: where it runs.
            log: what its output is added to.
        """
        # Isolated and without site-packages: it needs nothing of them, and is there sooner.
        keeper = (sys.executable, "-I", "-S", __file__, *argv)
        with log.open("ab") as output, _orphans_go_to_the_first_process():
            started = subprocess.Popen(
                keeper,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                cwd=folder,
                env=dict(environment),
                start_new_session=True,
            )
            # It has made the keeper and is over; from here on nobody is the keeper's parent.
            started.wait(_PATIENCE)
        assert started.stdin is not None
        assert started.stdout is not None
        self._lives_by, self._says_over = started.stdin, started.stdout

    @property
    def alive(self) -> bool:
        """Whether it runs; what it started in its own group goes when it does."""
        return not self._says_over.closed and not select.select([self._says_over], [], [], 0)[0]

    def stop(self) -> None:
        """Kill it with all that it started; nothing happens when it is over."""
        if self._says_over.closed:
            return
        with contextlib.suppress(BrokenPipeError):
            self._lives_by.close()
        select.select([self._says_over], [], [], _PATIENCE)
        self._says_over.close()


@contextlib.contextmanager
def _orphans_go_to_the_first_process() -> Iterator[None]:
    """For a moment, this process adopts nobody."""
    if sys.platform != "linux":
        yield
        return
    kernel, adopts = ctypes.CDLL(None, use_errno=True), ctypes.c_int(0)
    kernel.prctl(_PR_GET_CHILD_SUBREAPER, ctypes.byref(adopts), 0, 0, 0)
    kernel.prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
    try:
        yield
    finally:
        kernel.prctl(_PR_SET_CHILD_SUBREAPER, adopts.value, 0, 0, 0)


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _keep(argv: Sequence[str]) -> None:
    """Run a program until it is over or nobody holds the pipe any more; then end its whole group."""
    program = subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        # The pipe that says when all is over is the keeper's alone.
        stdout=sys.stderr,
        start_new_session=True,
        preexec_fn=_die_with_parent,  # noqa: PLW1509  # one thread, one call of the kernel
    )
    while program.poll() is None and not select.select([sys.stdin], [], [], _LOOK_SECONDS)[0]:
        pass
    with contextlib.suppress(ProcessLookupError):
        os.killpg(program.pid, signal.SIGKILL)
    program.wait()


if __name__ == "__main__" and not os.fork():
    _keep(sys.argv[1:])
