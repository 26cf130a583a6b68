"""A pseudo-terminal with a program at its other end, attached to the running event loop."""

import asyncio
import fcntl
import os
import re
import struct
import termios
from collections.abc import Callable

from kiro_worker.agent.pty.queries import Queries

_PIECE = 64 * 1024
# Reads in a row before other work gets its turn.
_READS = 16
_MOST_UNSENT = 4 * 1024 * 1024

_PASTE_MODE = re.compile(rb"\x1b\[\?2004([hl])")
_PASTE_BEGIN, _PASTE_END = b"\x1b[200~", b"\x1b[201~"
# The kernel keeps at most 4095 bytes of a line that it lets somebody edit, and loses the rest.
_LONGEST_EDITED_LINE = 2000
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Terminal:
    """The worker's side of a pseudo-terminal.

    Args:
        columns: its width.
        rows: its height.
        take: told each piece of output as it comes.
        cursor: where the cursor is, for programs that ask.

    Attributes:
        program_side: the descriptor for the program; the caller closes it once the program has started.
        closed: done once the last holder of the other side is gone.
    """

    def __init__(
        self, *, columns: int, rows: int, take: Callable[[bytes], None], cursor: Callable[[], tuple[int, int]]
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._mine, self.program_side = os.openpty()
        fcntl.ioctl(self.program_side, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        os.set_blocking(self._mine, False)
        self._take = take
        self._queries = Queries((columns, rows), cursor)
        self._unsent = bytearray()
        self._pastes = False
        self._open = True
        self._end_of_last = b""
        self.closed: asyncio.Future[None] = self._loop.create_future()
        self._loop.add_reader(self._mine, self._readable)

    def press(self, keys: str) -> None:
        """Type keys as they are."""
        self._write(keys.encode())

    def paste(self, text: str) -> None:
        """Put a text into the program's input, without sending it and without a key that it could be taken for.

        A program that knows pasting gets the text whole. One that does not would take each line for a prompt of its
        own, so it gets one line.
        """
        text = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\t", "    "))
        if self._pastes:
            self._write(_PASTE_BEGIN + text.encode("utf-8", "replace") + _PASTE_END)
            return
        line = " ".join(text.split("\n")).encode("utf-8", "replace")
        if len(line) > _LONGEST_EDITED_LINE:
            self._lift_line_limit()
        self._write(line)

    def close(self) -> None:
        """Hang up."""
        if self._open:
            self._open = False
            self._loop.remove_reader(self._mine)
            self._loop.remove_writer(self._mine)
            os.close(self._mine)
        if not self.closed.done():
            self.closed.set_result(None)

    def _lift_line_limit(self) -> None:
        attributes = termios.tcgetattr(self._mine)
        attributes[3] &= ~termios.ICANON
        termios.tcsetattr(self._mine, termios.TCSANOW, attributes)

    def _readable(self) -> None:
        for _ in range(_READS):
            try:
                piece = os.read(self._mine, _PIECE)
            except BlockingIOError:
                return
            except OSError:  # EIO: nobody holds the other side any more
                piece = b""
            if not piece:
                self._loop.remove_reader(self._mine)
                if not self.closed.done():
                    self.closed.set_result(None)
                return
            self._note_paste_mode(piece)
            self._take(piece)
            if answers := self._queries.answers(piece):
                self._write(answers)

    def _note_paste_mode(self, piece: bytes) -> None:
        seam = self._end_of_last + piece
        if b"2004" in seam:
            for found in _PASTE_MODE.finditer(seam):
                self._pastes = found[1] == b"h"
        self._end_of_last = piece[-16:]

    def _write(self, data: bytes) -> None:
        if not self._open or len(self._unsent) + len(data) > _MOST_UNSENT:
            return
        self._unsent += data
        self._flush()

    def _flush(self) -> None:
        try:
            sent = os.write(self._mine, self._unsent)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._unsent.clear()
            sent = 0
        del self._unsent[:sent]
        if self._unsent:
            self._loop.add_writer(self._mine, self._flush)
        else:
            self._loop.remove_writer(self._mine)
