import asyncio
import os
import termios

import pytest

from kiro_worker.agent.pty.terminal import Terminal


class Other:
    """The program's side of a terminal, held by the test."""

    def __init__(self):
        self.taken = []
        self.heard = asyncio.Event()
        self.terminal = Terminal(columns=100, rows=30, take=self.take, cursor=lambda: (1, 1))
        self.side = self.terminal.program_side
        attributes = termios.tcgetattr(self.side)
        attributes[0] &= ~termios.ICRNL
        attributes[3] &= ~(termios.ECHO | termios.ICANON)
        termios.tcsetattr(self.side, termios.TCSANOW, attributes)

    def take(self, piece):
        self.taken.append(piece)
        self.heard.set()

    async def print(self, data):
        os.write(self.side, data)
        await self.heard.wait()

    def typed(self):
        return os.read(self.side, 65536)


@pytest.fixture
async def other():
    one = Other()
    yield one
    one.terminal.close()
    os.close(one.side)


async def test_a_text_is_pasted_whole_where_pasting_is_known(other):
    await other.print(b"\x1b[?20")
    await other.print(b"04h")
    await asyncio.sleep(0.05)
    other.terminal.paste("one\ntwo\tthree")
    assert other.typed() == b"\x1b[200~one\ntwo    three\x1b[201~"


async def test_a_text_is_one_line_where_it_is_not(other):
    await other.print(b"\x1b[?2004h\x1b[?2004l")
    other.terminal.paste("one\ntwo")
    assert other.typed() == b"one two"


async def test_no_key_hides_in_a_text(other):
    await other.print(b"\x1b[?2004h")
    other.terminal.paste("a\x1b[201~\x03\x04\r\x7f\x9bb")
    assert other.typed() == b"\x1b[200~a[201~b\x1b[201~"


async def test_a_question_of_the_program_is_answered_into_its_input(other):
    await other.print(b"\x1b[5n")
    await asyncio.sleep(0.05)
    assert other.typed() == b"\x1b[0n"


async def test_much_text_waits_for_the_program_to_read_it(other):
    other.terminal.paste("x" * 100_000)
    seen = 0
    while seen < 100_000:
        seen += len(other.typed())
        await asyncio.sleep(0)
    assert seen == 100_000


async def test_a_long_line_is_not_cut_by_the_kernel(other):
    attributes = termios.tcgetattr(other.side)
    attributes[3] |= termios.ICANON
    termios.tcsetattr(other.side, termios.TCSANOW, attributes)
    other.terminal.paste("x" * 10_000)
    other.terminal.press("\n")
    seen = b""
    while not seen.endswith(b"\n"):
        seen += other.typed()
        await asyncio.sleep(0)
    assert len(seen) == 10_001


async def test_nothing_is_written_or_read_after_hanging_up(other):
    other.terminal.close()
    other.terminal.close()
    other.terminal.press("x")
    assert other.terminal.closed.done()
