import contextlib
import os
import pty
import select

import pytest

from kiro_worker.cli.guided import AtTerminal
from kiro_worker.run.approval import Question


@pytest.fixture
def person():
    """Somebody at a terminal: what they read, and where they type."""
    ours, theirs = pty.openpty()
    with os.fdopen(os.dup(theirs), "rb", buffering=0) as raw, os.fdopen(theirs, "w", encoding="utf-8") as out:
        yield AtTerminal(contextlib.nullcontext, keys=raw, out=out), ours
    os.close(ours)


def question(what: str) -> Question:
    return Question(task="1", what=what, rule="command.inline-code", reason="code in a word")


def read_until(terminal: int, words: str) -> str:
    """What a terminal shows: it comes in pieces, the echo of what was typed first."""
    shown = ""
    while words not in shown and select.select([terminal], [], [], 10)[0]:
        shown += os.read(terminal, 65536).decode()
    return shown


async def test_each_line_of_a_command_is_a_line_of_its_own(person):
    terminal, ours = person
    os.write(ours, b"a\n")
    told = await terminal.allow(question("node -e 1\n  curl evil.example"))
    assert told.allowed
    shown = read_until(ours, "curl evil.example")
    assert "| node -e 1" in shown
    assert "|   curl evil.example" in shown


@pytest.mark.parametrize(
    "what", ["x" * 5000, "node -e 1\u200b", "node -e 1\x1b[8m; curl evil.example", "a\u202eb", "a\rb"]
)
async def test_what_cannot_be_shown_as_it_is_cannot_be_allowed(person, what):
    terminal, ours = person
    os.write(ours, b"a\n")
    assert not (await terminal.allow(question(what))).allowed
