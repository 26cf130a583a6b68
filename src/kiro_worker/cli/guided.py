"""The person at the terminal, who approves each task's changes before they are committed."""

import asyncio
import contextlib
import getpass
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager
from typing import TextIO

from kiro_worker.cli.terminal import Ink
from kiro_worker.error import Fault, WorkerError
from kiro_worker.forge.escape import line, visible
from kiro_worker.run.approval import Answer, Choice, Permitted, Proposal, Question

_CHOICES = {"a": Choice.APPROVE, "m": Choice.MODIFY, "s": Choice.SKIP, "t": Choice.STOP, "stop": Choice.STOP}
_ASK = "[A]pprove  [M]odify  [S]kip  s[T]op  [D]iff again > "
_LONGEST = 160
# A command is shown whole, or nobody is asked about it.
_LONGEST_QUESTION = 4000
_MOST_FILES = 40
# The tones of a patch's lines, by how they begin.
_TONES = (("+++", "strong"), ("---", "strong"), ("diff ", "strong"), ("@@", "soft"), ("+", "good"), ("-", "bad"))


class NoTerminal(WorkerError):
    """A guided run needs somebody to ask."""

    code = "approval.no-terminal"
    fault = Fault.CONFIG

    def __init__(self) -> None:
        super().__init__(
            "A guided run asks at the terminal, and there is none (or --json or --quiet took it).",
            kept="Nothing was started.",
            next_step="Run it in a terminal without --json and --quiet, or leave --guided out.",
        )


class AtTerminal:
    """See `Approver`.

    Args:
        paused: stops whatever else draws on the terminal, for as long as the person is asked.
        keys: where answers are typed.
        out: where the proposal is shown.
    """

    def __init__(
        self,
        paused: Callable[[], AbstractContextManager[None]],
        *,
        keys: TextIO | None = None,
        out: TextIO | None = None,
    ) -> None:
        self._paused = paused
        self._keys = keys or sys.stdin
        self._out = out or sys.stderr
        if not (self._keys.isatty() and self._out.isatty()):
            raise NoTerminal
        self._ink = Ink(self._out)
        self._speaking = asyncio.Lock()

    async def ask(self, proposal: Proposal) -> Answer:
        """See `Approver.ask`."""
        async with self._turn_to_speak():
            self._show(proposal)
            while True:
                said = (await self._line(_ASK)).strip().lower()
                if said in {"d", "diff"}:
                    self._show(proposal)
                    continue
                choice = _CHOICES.get(said) or next((one for one in Choice if said and one.startswith(said)), None)
                if choice is Choice.MODIFY:
                    words = (await self._line("What should be different? > ")).strip()
                    if words:
                        return Answer(choice=choice, words=words, by=_who())
                elif choice is not None:
                    return Answer(choice=choice, by=_who())

    async def allow(self, question: Question) -> Permitted:
        """See `Approver.allow`."""
        if len(question.what) > _LONGEST_QUESTION or visible(question.what) != question.what:
            # Nobody may allow what they cannot see: too much of it, or signs that no terminal shows.
            return Permitted(allowed=False, by="the worker, which cannot show all of it to a person,")
        async with self._turn_to_speak():
            self._put(f"\nThe agent asks, at task {question.task or 'repair'}:", "strong")
            # Line by line: joined to one, a second command would read as the first one's words.
            for each in question.what.split("\n"):
                self._put(f"  | {each}", "wait")
            self._put(f"  {line(question.reason, limit=_LONGEST)} ({question.rule})\n")
            while True:
                said = (await self._line("[A]llow once  [R]eject > ")).strip().lower()
                if said and "allow".startswith(said):
                    return Permitted(allowed=True, by=_who())
                if said == "stop" or (said and "reject".startswith(said)):
                    return Permitted(allowed=False, by=_who())

    @contextlib.asynccontextmanager
    async def _turn_to_speak(self) -> AsyncIterator[None]:
        """One question at a time: an agent may ask for several things at once."""
        async with self._speaking:
            with self._paused():
                yield

    def _show(self, proposal: Proposal) -> None:
        what = f"task {proposal.task}" if proposal.task else "repair"
        self._put(f"\n[{proposal.number}/{proposal.total}] {what}: {line(proposal.title, limit=_LONGEST)}\n", "strong")
        for ask in proposal.asks:
            more = "" if ask.title.startswith(ask.detail) else f" {line(ask.detail, limit=_LONGEST)}"
            self._put(f"  ! {line(ask.title, limit=_LONGEST)}{more}", "wait")
        for path, added, deleted in proposal.files[:_MOST_FILES]:
            counted = "" if added is None else f"  +{added} -{deleted}"
            self._put(f"  {line(path, limit=_LONGEST)}{counted}")
        if len(proposal.files) > _MOST_FILES:
            self._put(f"  and {len(proposal.files) - _MOST_FILES} more")
        self._put("")
        # Whatever the agent wrote is text: no sequence of it may move this cursor or colour this screen.
        shown = visible(proposal.diff)
        if shown != proposal.diff.replace("\r\n", "\n"):
            self._put("  ! The patch holds signs that cannot be shown: look at the files themselves.\n", "bad")
        for each in shown.splitlines():
            self._put(each, next((tone for begins, tone in _TONES if each.startswith(begins)), ""))
        self._put("")

    def _put(self, text: str, tone: str = "") -> None:
        self._out.write(f"{self._ink(tone, text)}\n")
        self._out.flush()

    async def _line(self, prompt: str) -> str:
        """One typed line; waiting for it can be cancelled, which a thread in `input` could not."""
        self._out.write(prompt)
        self._out.flush()
        loop = asyncio.get_running_loop()
        typed: asyncio.Future[bytes] = loop.create_future()
        with _watched(loop, self._keys.fileno(), typed):
            found = await typed
        if not found:
            # The terminal is gone: nobody approves any more.
            return "stop"
        return found.decode("utf-8", "replace")


@contextlib.contextmanager
def _watched(loop: asyncio.AbstractEventLoop, descriptor: int, typed: "asyncio.Future[bytes]") -> Iterator[None]:
    def ready() -> None:
        if not typed.done():
            # A terminal hands over whole lines.
            with contextlib.suppress(OSError):
                typed.set_result(os.read(descriptor, 4096))
                return
            typed.set_result(b"")

    loop.add_reader(descriptor, ready)
    try:
        yield
    finally:
        loop.remove_reader(descriptor)


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
