"""What a broken agent does: crash, hang, flood, send garbage, leave a daemon behind."""

import os
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from typing import Never

from kiro_worker.agent.replay.wire import Wire

_PIECE = 65536


def complain(text: str) -> None:
    """Write to standard error, whether or not anybody reads it."""
    sys.stderr.write(text)
    sys.stderr.flush()


def garbage(wire: Wire, lines: Iterable[str]) -> None:
    r"""Write lines that are no messages; a lone surrogate such as `\udcff` is the byte that it stands for."""
    for line in lines:
        wire.raw(line.encode("utf-8", "surrogateescape") + b"\n")


def pieces(size: int) -> Iterator[bytes]:
    """So many bytes, a piece at a time."""
    for begin in range(0, size, _PIECE):
        yield b"x" * min(_PIECE, size - begin)


def daemon(seconds: float) -> None:
    """Leave a process behind that has a session of its own and still holds this one's pipes."""
    if first := os.fork():
        os.waitpid(first, 0)
        return
    os.setsid()
    if os.fork() == 0:
        time.sleep(seconds)
    os._exit(0)


def crash(status: int) -> Never:
    """End at once; a negative status is the signal to die of."""
    if status < 0:
        os.kill(os.getpid(), -status)
        signal.pause()
    os._exit(status)


def hang(*, stubborn: bool) -> Never:
    """Answer nothing any more; a stubborn one also ignores being asked to end."""
    if stubborn:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        signal.pause()
