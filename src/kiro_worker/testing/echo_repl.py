"""A terminal program that answers with what it was told: the smallest thing a pseudo-terminal can be tried on.

It comes in three styles: `lines` reads whole lines as `cat` does, `edits` reads them with the readline library, and
`draws` keeps a screen with a spinner, an input box and the habits of the programs that do so.
"""

import argparse
import os
import select
import sys
import termios
import time
import tty
from collections.abc import Sequence
from pathlib import Path

READY = "ready> "
DONE = "[done]"

#: The `settings` of a profile for each style.
LINES = {
    "draws": False,
    "ready": r"^ready> \Z",
    "done": r"^\[done\]$",
    "approval": r"^Allow(?: command `(?P<command>.*)`| writing (?P<path>\S+)|(?P<question> this))\? \[y/n\] \Z",
    "allow": "y\r",
    "reject": "n\r",
    "questions": [{"pattern": r"^Do you trust this folder\? \[y/n\] \Z", "answer": "y\r"}],
}
SCREEN = {
    "ready": r"> Type a message",
    "done": r"> Type a message",
    "busy": r"esc to cancel",
    "approval": r"Allow command\?\s+\$ (?P<command>.+)",
    "allow": "\r",
    "reject": "\x1b",
    "questions": [{"pattern": r"Do you trust this folder\?", "answer": "\r"}],
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program."""
    options = _options().parse_args(arguments)
    if options.refuses:
        print(options.refuses)  # noqa: T201  # a terminal program's own output
        return 1
    (_Drawing if options.style == "draws" else _Printing)(options).run()
    return 0


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="echo-repl", description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--style", choices=["lines", "edits", "draws"], default="lines")
    parser.add_argument("--starts", type=float, default=0.0, metavar="SECONDS", help="time until it takes input")
    parser.add_argument("--works", type=float, default=0.0, metavar="SECONDS", help="time until it answers")
    parser.add_argument("--prints", type=int, default=0, metavar="BYTES", help="how much it prints before the answer")
    parser.add_argument("--asks", action="append", default=[], metavar="COMMAND", help="what it asks to run")
    parser.add_argument("--asks-vaguely", action="store_true", help="ask without saying for what")
    parser.add_argument("--trust", action="store_true", help="first ask whether the folder is trusted")
    parser.add_argument("--refuses", default="", metavar="TEXT", help="say this and end")
    parser.add_argument("--flashes", action="store_true", help="show the sign of the end for one frame too early")
    parser.add_argument("--crashes", action="store_true", help="end in the middle of the answer")
    parser.add_argument("--hangs", action="store_true", help="never answer")
    parser.add_argument("--daemon", action="store_true", help="leave a process behind that holds the terminal")
    parser.add_argument("--stamp", type=Path, default=None, help="a file for the moment when the answer was complete")
    parser.add_argument("--model", default="", help="shown in the greeting")
    return parser


class _Repl:
    """What all styles have in common.

    Attributes:
        options: how it was started.
    """

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options

    def misbehave(self) -> None:
        """Do what a test wants to go wrong."""
        if self.options.daemon and os.fork() == 0:
            os.setsid()
            time.sleep(60)
            os._exit(0)
        if self.options.crashes:
            os._exit(7)
        while self.options.hangs:
            time.sleep(3600)

    def stamp(self) -> None:
        """Leave the moment behind."""
        if self.options.stamp is not None:
            self.options.stamp.write_text(str(time.monotonic()))

    def flood(self) -> None:
        """Print as much as was asked for."""
        line = "x" * 98 + "\r\n"
        for begin in range(0, self.options.prints, 65_000):
            size = min(65_000, self.options.prints - begin)
            show(line * (size // len(line)) + "x" * (size % len(line)))


def show(text: str) -> None:
    """Write to the terminal at once."""
    data = text.encode()
    while data:
        data = data[os.write(1, data) :]


class _Printing(_Repl):
    """Line after line."""

    def run(self) -> None:
        if self.options.style == "edits":
            import readline  # noqa: F401  # imported for what it does to input()
        show(f"echo 1.0\r\nModel: {self.options.model or 'none'}\r\n")
        time.sleep(self.options.starts)
        termios.tcflush(0, termios.TCIFLUSH)
        if self.options.trust and self.ask("Do you trust this folder? [y/n] ") != "y":
            return
        while (told := self.ask(READY)) is not None:
            self.answer(told)

    def ask(self, question: str) -> str | None:
        try:
            if self.options.style == "edits":
                return input(question)
            show(question)
            return sys.stdin.readline().removesuffix("\n") or None
        except EOFError:
            return None

    def answer(self, told: str) -> None:
        if self.options.flashes:
            show("[done]\r")
            time.sleep(0.01)
            show("\x1b[Kstill at it\r\n")
            time.sleep(0.2)
        self.misbehave()
        self.flood()
        time.sleep(self.options.works)
        for command in self.options.asks:
            answer = self.ask(f"Allow command `{command}`? [y/n] ")
            show(f"{'ran' if answer == 'y' else 'left out'} {command}\r\n")
        if self.options.asks_vaguely:
            answer = self.ask("Allow? [y/n] ")
            show(f"{'did' if answer == 'y' else 'did not do'} it\r\n")
        show(f"you said: \x1b[1m{told}\x1b[0m\r\n")
        self.stamp()
        show(f"{DONE}\r\n")


class _Drawing(_Repl):
    """A screen with a box to type in, which asks the terminal what it is before it draws anything."""

    def run(self) -> None:
        before = termios.tcgetattr(0)
        tty.setraw(0)
        try:
            show("\x1b[?1049h\x1b[?2004h\x1b[>4;1m\x1b[?4m\x1b[>1u\x1b[6n\x1b[c\x1b]11;?\x07")
            self.await_answers()
            time.sleep(self.options.starts)
            termios.tcflush(0, termios.TCIFLUSH)
            if self.options.trust:
                self.draw("Do you trust this folder?", box="(enter: yes, esc: no)")
                if self.key() != "\r":
                    return
            self.converse()
        finally:
            termios.tcsetattr(0, termios.TCSANOW, before)

    def await_answers(self) -> None:
        """Wait until the terminal has told the cursor, its kind and its background, as real programs do."""
        told = b""
        until = time.monotonic() + 5
        while not (b"R" in told and b"c" in told and b"rgb:" in told):
            if not select.select([0], [], [], max(0.0, until - time.monotonic()))[0]:
                sys.exit("this is no terminal: it answers nothing")
            told += os.read(0, 1024)

    def converse(self) -> None:
        log = ["echo 1.0", f"Model: {self.options.model or 'none'}"]
        while True:
            self.draw(*log, box="> Type a message")
            told = self.typed(log)
            log.append(f"> {told.splitlines()[0] if told else ''}")
            self.work(log)
            log.append(f"you said: {' '.join(told.split())}")
            self.stamp()

    def typed(self, log: list[str]) -> str:
        text = ""
        while (key := self.key()) != "\r":
            text += key
            self.draw(*log, box=f"> {' '.join(text.split())[-60:]}")
        return text

    def work(self, log: list[str]) -> None:
        if self.options.flashes:
            self.draw(*log, box="> Type a message")
            time.sleep(0.02)
        self.misbehave()
        until = time.monotonic() + max(self.options.works, 0.1)
        frame = 0
        while time.monotonic() < until:
            frame += 1
            self.draw(*log, f"{'⠋⠙⠹⠸'[frame % 4]} working (esc to cancel, {frame // 20}s)", box="> Type a message")
            time.sleep(0.05)
        self.flood()
        for command in self.options.asks:
            self.draw(*log, "Allow command?", f"  $ {command}", box="(enter: yes, esc: no)")
            log.append(f"{'ran' if self.key() == chr(13) else 'left out'} {command}")
            self.draw(*log, "⠋ working (esc to cancel, 1s)", box="> Type a message")
            time.sleep(0.1)

    def key(self) -> str:
        """The next key, or all of a pasted text."""
        key = os.read(0, 65536)
        if key.startswith(b"\x1b[200~"):
            while b"\x1b[201~" not in key:
                key += os.read(0, 65536)
            return key.removeprefix(b"\x1b[200~").partition(b"\x1b[201~")[0].decode()
        return key.decode()

    def draw(self, *log: str, box: str) -> None:
        width = os.get_terminal_size(0).columns - 2
        lines = [
            *(line[:width] for line in log[-12:]),
            f"╭{'─' * width}╮",
            f"│{box[:width]:<{width}}│",
            f"╰{'─' * width}╯",
        ]
        show("\x1b[H" + "\r\n".join(f"\x1b[2K\x1b[38:5:7m{line}\x1b[0m" for line in lines) + "\x1b[J")


if __name__ == "__main__":
    sys.exit(main())
