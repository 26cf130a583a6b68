"""Guided runs: a person at a real terminal says what becomes of each task's changes."""

import contextlib
import os
import pty
import re
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from e2e.world import BRANCH, World


class Person:
    """Somebody at a terminal, who reads before typing."""

    def __init__(self, process: subprocess.Popen[bytes], terminal: int) -> None:
        self.process, self._terminal = process, terminal
        self.seen = self._unread = ""

    def reads(self, wanted: str, *, seconds: float = 30) -> None:
        """Wait until this is on the screen, below what was read before."""
        until = time.monotonic() + seconds
        while wanted not in self._unread:
            assert time.monotonic() < until, f"{wanted!r} never came:\n{self.seen[-3000:]}"
            if select.select([self._terminal], [], [], 0.2)[0]:
                self._read()
            elif self.process.poll() is not None:
                raise AssertionError(f"the run ended before {wanted!r} came:\n{self.seen[-3000:]}")
        self._unread = self._unread.partition(wanted)[2]

    def types(self, text: str) -> None:
        os.write(self._terminal, f"{text}\n".encode())

    def waits_for_the_end(self) -> int:
        while self.process.poll() is None:
            if select.select([self._terminal], [], [], 0.1)[0]:
                self._read()
        return self.process.wait()

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            said = os.read(self._terminal, 65536).decode("utf-8", "replace")
            plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", said)
            self.seen += plain
            self._unread += plain


@contextmanager
def somebody(world: World, *more: str) -> Iterator[Person]:
    ours, theirs = pty.openpty()
    words = world.arguments("run", "--guided", *more, json_events=False)
    environment = {**world.variables("laptop"), "TERM": "xterm"}
    process = subprocess.Popen(
        words, cwd=world.folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    )
    os.close(theirs)
    try:
        yield Person(process, ours)
    finally:
        process.kill()
        process.wait()
        os.close(ours)


@pytest.fixture
def honest(world):
    world.spec()
    world.honest()
    return world


def test_each_task_is_shown_with_its_diff_and_committed_when_approved(honest):
    with somebody(honest) as person:
        for number, task in enumerate(("1.1 ", "1.2 ", "3 "), start=1):
            person.reads(f"task {task.strip()}: ")
            person.reads("[A]pprove")
            assert honest.done_by_worker() == (["1.1", "1.2"][: number - 1] + (["2"] if number == 3 else []))
            person.types("a")
        assert person.waits_for_the_end() == 0
    assert "+hello 1\\.1" in person.seen
    # What is typed stands behind the question, and nothing is drawn over it.
    assert person.seen.count("[D]iff again > a\r\n") == 3
    assert honest.done_by_worker() == ["1.1", "1.2", "2", "3"]
    receipt = "".join(path.read_text() for path in honest.folder.rglob("events.jsonl"))
    assert receipt.count('"approval.given"') == 3
    assert '"choice":"approve"' in receipt.replace(" ", "")


def test_what_is_skipped_is_undone_and_stays_open_and_the_pull_request_a_draft(honest):
    with somebody(honest, "--only", "1.1", "--only", "1.2") as person:
        for answer in ("s", "approve"):
            person.reads("[A]pprove")
            person.types(answer)
        assert person.waits_for_the_end() == 0
    assert honest.done_by_worker() == ["1.2"]
    assert "- [ ] 1.1" in honest.tasks()
    assert "greet.txt" not in honest.remote.git("ls-tree", "--name-only", BRANCH)
    assert "draft" in person.seen


def test_what_is_to_be_different_is_told_to_the_agent_in_the_person_s_words(world):
    world.spec()
    world.turn("1\\.1", {"write": "greet.txt", "content": "second\n"}, when={"file": "greet.txt"})
    world.turns[-2] = world.turns[-2].replace('"^Task ID: 1\\\\.1$"', '"shout it louder"')
    world.turn("1\\.1", {"write": "greet.txt", "content": "first\n"})
    with somebody(world, "--only", "1.1") as person:
        person.reads("+first")
        person.reads("[A]pprove")
        person.types("what?")
        person.reads("[A]pprove")
        person.types("m")
        person.reads("What should be different?")
        person.types("shout it louder")
        person.reads("+second")
        person.reads("[A]pprove")
        person.types("a")
        assert person.waits_for_the_end() == 0
    assert world.remote.read("greet.txt", BRANCH) == b"second\n"


@pytest.mark.parametrize("how", ["t", "a signal"])
def test_stopping_keeps_what_was_done_without_a_tick(honest, how):
    with somebody(honest) as person:
        person.reads("[A]pprove")
        if how == "t":
            person.types("t")
        else:
            person.process.send_signal(signal.SIGINT)
        assert person.waits_for_the_end() == 130
    assert honest.done_by_worker() == []
    assert "greet.txt" in honest.remote.git("ls-tree", "--name-only", BRANCH)


def test_nothing_that_an_agent_writes_can_move_the_cursor_or_forge_an_answer(world):
    world.spec()
    world.turn("1\\.1", {"write": "greet.txt", "content": "\x1b[2J\x1b[1;1H\x9b31mApproved by everybody\r\n\x07"})
    with somebody(world, "--only", "1.1") as person:
        person.reads("signs that cannot be shown")
        person.reads("Approved by everybody")
        person.reads("[A]pprove")
        person.types("s")
        assert person.waits_for_the_end() == 14
    assert "\x9b" not in person.seen
    assert "\x07" not in person.seen


@pytest.mark.parametrize("more", [(), ("--quiet",)])
def test_a_guided_run_without_a_terminal_is_refused_before_anything_is_begun(world, more):
    world.spec()
    over = world.run("--guided", *more)
    assert over.status == 2
    assert "approval.no-terminal" in over.err
