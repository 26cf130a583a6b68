"""JSON-RPC over lines: our calls and their answers, the agent's requests and ours to them.

It knows nothing of processes or of what the methods mean, waits for nothing by itself, and takes any bytes: what is
no message goes to the peer as noise, and the next line counts again.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

import msgspec

from kiro_worker.agent.acp import wire
from kiro_worker.expression import expression

Tap = Callable[[str, bytes], None]

# Requests whose answer takes time (a command in a terminal); more at once is a flood.
_MOST_OPEN_REQUESTS = 256
_CODE = expression(r"-?[0-9]{1,11}")


class CallFailed(Exception):  # not a WorkerError: its reader makes an outcome of it
    """The agent answered a call with an error."""

    def __init__(self, method: str, code: int | None, message: str) -> None:
        super().__init__(message)
        self.method, self.code, self.message = method, code, message


class Refused(Exception):  # not a WorkerError: it becomes the answer to the agent
    """A request of the agent is answered with an error."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


# An error is a result here: nobody may be waiting for it any more, and that is no fault.
Call = asyncio.Future[msgspec.Raw | CallFailed]
Reply = msgspec.Struct | Coroutine[Any, Any, msgspec.Struct]


class Peer(Protocol):
    """What answers the agent."""

    def request(self, method: str, params: msgspec.Raw) -> Reply:
        """The answer to a request, at once or later.

        Raises:
            Refused: to answer with an error.
            wire.UNREADABLE: to answer that the parameters are wrong.
        """
        ...

    def notice(self, method: str, params: msgspec.Raw) -> None:
        """Take a notification.

        Raises:
            wire.UNREADABLE: when it makes no sense; it goes to `noise` then.
        """
        ...

    def noise(self, line: bytes, reason: str) -> None:
        """Take a line that is no message, or makes no sense."""
        ...


class Connection:
    """One agent's end of the wire.

    Attributes:
        messages: how many were understood so far.

    Args:
        write: sends bytes; must not block.
        peer: what answers the agent.
        start: owns the work of answers that take time.
        tap: sees every line in both directions, "client" or "agent", without its end.
    """

    def __init__(
        self,
        write: Callable[[bytes], None],
        peer: Peer,
        start: Callable[[Coroutine[Any, Any, None]], object],
        tap: Tap | None = None,
    ) -> None:
        self.messages = 0
        self._write, self._peer, self._start, self._tap = write, peer, start, tap
        self._calls: dict[int, tuple[str, Call]] = {}
        self._last_id = 0
        self._open_requests = 0

    def call(self, method: str, params: msgspec.Struct) -> Call:
        """Send a request; the future's result is the answer, be it good or an error."""
        self._last_id += 1
        answer: Call = asyncio.get_running_loop().create_future()
        self._calls[self._last_id] = (method, answer)
        self._send(wire.Request(self._last_id, method, params))
        return answer

    def tell(self, method: str, params: msgspec.Struct) -> None:
        """Send a notification."""
        self._send(wire.Notification(method, params))

    def receive(self, block: bytes) -> None:
        """Take whole lines from the agent, in order."""
        if self._tap is not None:
            for line in block.split(b"\n"):
                if line:
                    self._tap("agent", line)
        try:
            frames = wire.frames(block)
        except wire.UNREADABLE:
            self._receive_one_by_one(block)
            return
        for frame in frames:
            self._take(frame)

    def _receive_one_by_one(self, block: bytes) -> None:
        for line in block.split(b"\n"):
            if not line.strip():
                continue
            try:
                frame = wire.frame_of_any(line)
            except wire.UNREADABLE as error:
                self._peer.noise(line, str(error))
            else:
                self._take(frame)

    def _take(self, frame: wire.Frame) -> None:
        self.messages += 1
        if frame.method is None:
            self._settle(frame)
        elif frame.id is msgspec.UNSET:
            try:
                self._peer.notice(frame.method, frame.params)
            except wire.UNREADABLE as error:
                self._peer.noise(bytes(frame.params), f"{frame.method}: {error}")
        else:
            self._answer(frame)

    def _settle(self, frame: wire.Frame) -> None:
        number = _our_id(frame.id)
        method, answer = self._calls.pop(number, ("", None)) if number is not None else ("", None)
        if answer is None:
            self._peer.noise(str(frame.id).encode()[:80], "an answer to nothing that was asked")
        elif answer.done():
            return
        elif frame.error is not msgspec.UNSET and frame.error is not None:
            answer.set_result(_failure(method, frame.error))
        else:
            answer.set_result(frame.result)

    def _answer(self, frame: wire.Frame) -> None:
        assert frame.method is not None
        try:
            reply = self._peer.request(frame.method, frame.params)
        except Refused as refusal:
            self._refuse(frame.id, refusal)
        except wire.UNREADABLE as error:
            self._refuse(frame.id, Refused(wire.INVALID_PARAMS, f"{frame.method}: {error}"))
        else:
            if isinstance(reply, msgspec.Struct):
                self._send(wire.Answer(frame.id, reply))
            elif self._open_requests < _MOST_OPEN_REQUESTS:
                self._open_requests += 1
                self._start(self._answer_later(frame.id, reply))
            else:
                reply.close()
                self._refuse(frame.id, Refused(wire.INTERNAL_ERROR, "too many requests are waiting"))

    async def _answer_later(self, number: object, reply: Coroutine[Any, Any, msgspec.Struct]) -> None:
        try:
            self._send(wire.Answer(number, await reply))
        except Refused as refusal:
            self._refuse(number, refusal)
        finally:
            self._open_requests -= 1

    def _refuse(self, number: object, refusal: Refused) -> None:
        self._send(wire.ErrorAnswer(number, wire.ErrorPart(refusal.code, refusal.message)))

    def _send(self, message: msgspec.Struct) -> None:
        line = wire.encode(message)
        if self._tap is not None:
            self._tap("client", line[:-1])
        self._write(line)


def _our_id(found: object) -> int | None:
    # True equals 1 in Python, and some agents answer the number 3 with the string "3".
    if isinstance(found, str) and found.isdecimal() and len(found) < 19:
        return int(found)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def _failure(method: str, error: object) -> CallFailed:
    if not isinstance(error, dict):
        return CallFailed(method, None, str(error))
    code, message, data = error.get("code"), error.get("message"), error.get("data")
    said = [part if isinstance(part, str) else msgspec.json.encode(part).decode() for part in (message, data) if part]
    number = _CODE.fullmatch(str(code)) if isinstance(code, (int, str)) else None
    return CallFailed(method, None if number is None else int(number[0]), ": ".join(dict.fromkeys(said)))
