"""One turn with a terminal program: wait until it is ready, type, answer what it asks, notice that it is done.

Nothing here looks at the clock to find out whether something changed: each look follows output. A sign counts when it
still holds after a moment, since programs that redraw show many things for the time of one frame.
"""

import asyncio
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import replace

from kiro_worker.agent.port import (
    AgentSaid,
    Consult,
    Hear,
    Permission,
    PermissionDecided,
    Permit,
    ToolKind,
    ToolRequest,
)
from kiro_worker.agent.pty.habits import Habits
from kiro_worker.agent.pty.terminal import Terminal
from kiro_worker.agent.pty.view import View

_UNREADABLE = Permission(
    allowed=False,
    rule="agent.unreadable-request",
    reason="the question on the screen names nothing that could be judged",
)

# A prompt that is nowhere to be seen after so long is not echoed by this program.
_ECHO_SECONDS = 0.4
# How much of a processor drawing the screen may take: one part in five.
_REST = 4
_MOST_REST = 0.5
_FRAME_SECONDS = 0.02
_MOST_ANSWERS = 5
_LONGEST_TITLE = 2000

_BOX = re.compile(r"[\u2500-\u259f]")
_ELLIPSIS = re.compile(r"…|\.\.\.\s*$")
# Spinners and clocks move while nothing happens.
_IDLE = re.compile(r"[\d\u2800-\u28ff\u2500-\u259f|/\\\-.…·•*✶✻✽✢◐◓◑◒⣾]+|\s+")


class Conversation:
    """Carries one prompt through.

    Args:
        sign: told that the program showed life.
        began: told that it took the prompt.
    """

    def __init__(
        self,
        *,
        habits: Habits,
        terminal: Terminal,
        view: View,
        permit: Permit,
        consult: Consult | None,
        hear: Hear,
        sign: Callable[[], None],
        began: Callable[[], None],
    ) -> None:
        self._habits, self._terminal, self._view = habits, terminal, view
        self._permit, self._consult, self._hear, self._sign, self._began = permit, consult, hear, sign, began
        self.waiting = False
        self._changed = asyncio.Event()
        self._seen = self._life = ""
        self._asked = 0
        self._answered: ToolRequest | None = None
        self._ready, self._done = re.compile(habits.ready, re.MULTILINE), re.compile(habits.done, re.MULTILINE)
        self._busy = re.compile(habits.busy, re.MULTILINE) if habits.busy else None
        self._approval = re.compile(habits.approval, re.MULTILINE) if habits.approval else None

    def take(self, piece: bytes) -> None:
        """Take the program's next output."""
        self._view.feed(piece)
        if not self._habits.draws:
            self._sign()
        self._changed.set()

    async def run(self, prompt: str) -> None:
        """Return once the program has answered the prompt and takes another."""
        await self._become_ready()
        self._began()
        await self._type(prompt)
        await self._work()

    async def _become_ready(self) -> None:
        questions = [(re.compile(one.pattern, re.MULTILINE), one.answer) for one in self._habits.questions]
        answers, answered = 0, ""
        while True:
            asked = next(((found[0], keys) for one, keys in questions if (found := one.search(self._look()))), None)
            if asked is None:
                answered = ""
                if await self._holds(self._is_ready):
                    return
            elif asked[0] != answered and answers < _MOST_ANSWERS:
                await asyncio.sleep(self._habits.settle if self._habits.draws else self._habits.debounce)
                answers, answered = answers + 1, asked[0]
                self._view.anchor()
                self._terminal.press(asked[1])
            await self._change()

    async def _type(self, prompt: str) -> None:
        """Put the prompt in and send it, once the program shows it: keys that come in one piece are read as a text."""
        mark = f"turn-{secrets.token_hex(4)}"
        self._terminal.paste(f"{prompt.rstrip()}\n\n({mark})")
        try:
            async with asyncio.timeout(_ECHO_SECONDS):
                while mark not in re.sub(r"\s|[\u2500-\u259f]", "", self._look()):
                    await self._change()
        except TimeoutError:
            pass
        if self._habits.draws:
            await asyncio.sleep(self._habits.settle)
        self._view.anchor()
        self._terminal.press(self._habits.submit)

    async def _work(self) -> None:
        sent = time.monotonic()
        busy_seen = self._busy is None
        while True:
            busy_seen = busy_seen or self._is_busy()
            if await self._answer_question():
                await self._change()
                continue
            late = time.monotonic() - sent > self._habits.patience
            if (busy_seen or late) and await self._holds(self._is_done):
                break
            self._tell(self._view.unsaid())
            try:
                async with asyncio.timeout(None if busy_seen or late else self._habits.patience):
                    await self._change()
            except TimeoutError:
                continue
        found = self._done.search(self._look())
        self._tell(self._view.unsaid(until=found.start() if found else 0))

    async def _holds(self, is_so: Callable[[], bool]) -> bool:
        """Whether something is so, and still is after a moment."""
        if not is_so():
            return False
        await asyncio.sleep(self._habits.debounce)
        return is_so()

    def _is_ready(self) -> bool:
        return self._ready.search(self._look()) is not None

    def _is_busy(self) -> bool:
        return self._busy is not None and self._busy.search(self._look()) is not None

    def _is_done(self) -> bool:
        return self._question() is None and not self._is_busy() and self._done.search(self._look()) is not None

    def _look(self) -> str:
        text = self._view.text()
        if self._habits.draws and text != self._seen:
            self._seen = text
            told = self._told_by(text)
            if told != self._life:
                self._life = told
                self._sign()
        return text

    def _told_by(self, screen: str) -> str:
        """The screen without what moves while nothing happens: spinners, clocks, the line that says that it works."""
        if self._busy is not None:
            screen = "\n".join(line for line in screen.split("\n") if self._busy.search(line) is None)
        return _IDLE.sub("", screen)

    def _tell(self, text: str) -> None:
        if text:
            self._hear(AgentSaid(text))

    async def _change(self) -> None:
        """Wait for output; a screen is looked at again only after some rest."""
        if self._habits.draws:
            began = time.thread_time()
            self._look()
            cost = time.thread_time() - began
            await asyncio.sleep(min(_MOST_REST, max(_FRAME_SECONDS, _REST * cost)))
        await self._changed.wait()
        self._changed.clear()

    # Permission

    def _question(self) -> ToolRequest | None:
        """What is asked now; None also means that the next question is a new one, however it looks."""
        found = self._approval.search(self._look()) if self._approval is not None else None
        if found is None:
            self._answered = None
            return None
        return _request(found)

    async def _answer_question(self) -> bool:
        """Answer what is asked; whether something is, answered before or now.

        A question is answered once, and only as it stood for a moment. Were a key lost, the turn falls silent and
        ends; sent again, it might answer a question that nobody has seen.
        """
        asked = self._question()
        if asked is None or asked == self._answered:
            return asked is not None
        await asyncio.sleep(self._habits.settle if self._habits.draws else self._habits.debounce)
        if self._question() != asked:
            return True
        self._tell(self._view.unsaid())
        self._asked += 1
        request = replace(asked, call=f"question-{self._asked}")
        permission = self._permit(request) if request.readable else _UNREADABLE
        if permission.asks and self._consult is not None:
            self.waiting = True
            permission = await self._consult(request, permission)
            self.waiting = False
        self._hear(PermissionDecided(request=request, permission=permission))
        self._answered = asked if self._habits.draws else None
        self._view.anchor()
        self._terminal.press(self._habits.allow if permission.allowed else self._habits.reject)
        self._sign()
        return True


def _request(found: "re.Match[str]") -> ToolRequest:
    """What a question on the screen asks for; unreadable when that is cut off or not there."""
    groups = found.groupdict()
    command, path = _cleaned(groups.get("command")), _cleaned(groups.get("path"))
    question = _cleaned(groups.get("question"))
    kind = ToolKind.EXECUTE if command else ToolKind.EDIT if path else ToolKind.OTHER
    judged = command or path or question
    return ToolRequest(
        call="",
        kind=kind,
        title=(question or judged)[:_LONGEST_TITLE],
        command=command or None,
        paths=(path,) if path else (),
        readable=bool(judged) and not _ELLIPSIS.search(judged),
    )


def _cleaned(shown: str | None) -> str:
    """The words inside a box that was drawn around them."""
    lines = (_BOX.sub(" ", line).strip() for line in (shown or "").split("\n"))
    return "\n".join(line for line in lines if line)
