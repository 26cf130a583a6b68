"""Verbs called in this process, as a person on one machine would call them, with real runs to look at."""

import io
import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from e2e.world import World
from kiro_worker.cli.main import main


class Paper(io.TextIOWrapper):
    """A standard stream that keeps what is written; a terminal, if it is told to be one."""

    def __init__(self, *, terminal: bool = False) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", newline="", write_through=True)
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal

    def read_back(self) -> str:
        return self.buffer.getvalue().decode("utf-8", "replace")  # type: ignore[attr-defined]  # it is a BytesIO


@dataclass(frozen=True)
class Said:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


@dataclass
class Place:
    """One machine and a folder on it.

    Attributes:
        ids: the runs that it has seen, by what became of them.
    """

    world: World
    clone: Path
    ids: Mapping[str, str]
    machine: str = "laptop"

    @property
    def state(self) -> Path:
        return self.world.folder / self.machine / "state" / "kiro-worker"

    def folder_of(self, run: str) -> Path:
        return self.state / "runs" / self.ids[run]

    def __call__(
        self,
        *words: str,
        cwd: Path | None = None,
        terminal: bool = False,
        stdin: str | None = None,
        **variables: str,
    ) -> Said:
        out, err = Paper(terminal=terminal), Paper(terminal=terminal)
        with _standing(cwd or self.clone, {**self.world.variables(self.machine), **variables}, out, err, stdin):
            try:
                status = main(words)
            except SystemExit as ended:
                status = int(ended.code or 0)
        return Said(status, out.read_back(), err.read_back())


@contextmanager
def _standing(cwd: Path, environment: Mapping[str, str], out: Paper, err: Paper, stdin: str | None) -> Iterator[None]:
    before = (Path.cwd(), dict(os.environ), sys.stdin, sys.stdout, sys.stderr)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    sys.stdin, sys.stdout, sys.stderr = io.StringIO(stdin or ""), out, err
    try:
        yield
    finally:
        os.chdir(before[0])
        os.environ.clear()
        os.environ.update(before[1])
        _, _, sys.stdin, sys.stdout, sys.stderr = before


def in_terminal(words: Sequence[str], environment: Mapping[str, str]) -> tuple[str, int]:
    """What a program writes to a real terminal, and its exit status."""
    master, slave = pty.openpty()
    with subprocess.Popen(words, env=environment, stdin=slave, stdout=slave, stderr=slave) as process:
        os.close(slave)
        seen = b""
        while True:
            try:
                piece = os.read(master, 65536)
            except OSError:
                break
            if not piece:
                break
            seen += piece
    os.close(master)
    return seen.decode(), process.returncode
