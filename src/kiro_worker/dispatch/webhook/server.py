"""Listens for webhooks and rings; whatever comes, nothing is done that the next look would not have done by itself."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from kiro_worker.clock import Clock
from kiro_worker.dispatch.webhook.deliveries import Deliveries
from kiro_worker.dispatch.webhook.event import wakes
from kiro_worker.dispatch.webhook.request import LARGEST, Delivery, Unfit, read_request
from kiro_worker.dispatch.webhook.signature import is_right
from kiro_worker.error import Fault, WorkerError
from kiro_worker.value import dataclass

PATH = "/webhook"
_REASONS = {
    200: "OK", 202: "Accepted", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 405: "Method Not Allowed",
    408: "Request Timeout", 411: "Length Required", 413: "Content Too Large", 431: "Request Header Fields Too Large",
    503: "Service Unavailable",
}  # fmt: skip
_LINE_LIMIT = 16 * 1024


class CannotListen(WorkerError):
    """The address for webhooks cannot be used."""

    code = "webhook.cannot-listen"
    fault = Fault.CONFIG

    def __init__(self, *, address: str, why: str) -> None:
        super().__init__(
            f"Webhooks cannot be heard at {address}: {why}.",
            kept="Nothing was begun.",
            next_step="Give an address and a port that are free here, such as --listen 127.0.0.1:8780",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How much a stranger may take.

    Attributes:
        seconds: for one delivery, from its first byte to its last.
        most: connections at once.
        largest: bytes of a body.
        gap: seconds between two rings, at least; deliveries in between ring together at its end.
    """

    seconds: float = 10.0
    most: int = 32
    largest: int = LARGEST
    gap: float = 2.0


class Hooks:
    """Answers deliveries.

    Attributes:
        heard: deliveries that rang.
        refused: those that were not signed with the secret.
    """

    def __init__(
        self, secret: bytes, deliveries: Deliveries, clock: Clock, ring: Callable[[], None], manner: Manner
    ) -> None:
        self._secret, self._deliveries, self._clock, self._ring = secret, deliveries, clock, ring
        self._manner = manner
        self._open = 0
        self._rang = float("-inf")
        self._late: asyncio.TimerHandle | None = None
        self.heard = self.refused = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one delivery."""
        self._open += 1
        try:
            if self._open > self._manner.most:
                await _answer(writer, 503, "Too many at once.")
                return
            await _answer(writer, *await self._outcome(reader))
        except (OSError, ConnectionError):
            # Whoever it was has gone; polling is the truth.
            return
        finally:
            self._open -= 1
            writer.close()
            with contextlib.suppress(OSError, ConnectionError):
                await writer.wait_closed()

    async def _outcome(self, reader: asyncio.StreamReader) -> tuple[int, str]:
        try:
            async with asyncio.timeout(self._manner.seconds):
                delivery = await read_request(reader, self._secret, path=PATH, largest=self._manner.largest)
        except Unfit as unfit:
            return unfit.status, unfit.why
        except TimeoutError:
            return 408, "That took too long."
        return await self._take(delivery)

    async def _take(self, delivery: Delivery) -> tuple[int, str]:
        if not is_right(delivery.headers.get("x-hub-signature-256", ""), delivery.signature):
            self.refused += 1
            return 401, "The signature is not that of the secret."
        event, name = delivery.headers.get("x-github-event", ""), delivery.headers.get("x-github-delivery", "")
        if not event or not name or len(name) > 100:
            return 400, "It does not say which delivery it is, or of what."
        now = self._clock.now()
        if not await asyncio.to_thread(self._deliveries.is_new, name, delivery.digest, at=now):
            return 200, "It was heard before."
        if not wakes(event, _payload(delivery)):
            return 200, "Nothing follows from it."
        self.heard += 1
        self._ring_in_time()
        return 202, "Heard."

    def _ring_in_time(self) -> None:
        """Ring now, or once at the end of the gap: a busy repository must not keep the board busy."""
        loop = asyncio.get_running_loop()
        if self._late is not None:
            return
        left = self._rang + self._manner.gap - loop.time()
        if left <= 0:
            self._ring_now()
        else:
            self._late = loop.call_later(left, self._ring_now)

    def _ring_now(self) -> None:
        self._late = None
        self._rang = asyncio.get_running_loop().time()
        self._ring()

    def close(self) -> None:
        """Ring no more."""
        if self._late is not None:
            self._late.cancel()


@contextlib.asynccontextmanager
async def hooks(
    address: tuple[str, int],
    secret: bytes,
    *,
    deliveries: Deliveries,
    clock: Clock,
    ring: Callable[[], None],
    manner: Manner | None = None,
) -> AsyncIterator[tuple[Hooks, int]]:
    """Listen until it is left; gives the port, too, which is free to choose when 0 was asked for.

    Raises:
        CannotListen: the address is taken, or none of this machine's.
    """
    host, port = address
    made = Hooks(secret, deliveries, clock, ring, manner or Manner())
    try:
        server = await asyncio.start_server(made.serve, host, port, limit=_LINE_LIMIT)
    except OSError as error:
        raise CannotListen(address=f"{host}:{port}", why=error.strerror or str(error)) from error
    async with server:
        try:
            yield made, server.sockets[0].getsockname()[1]
        finally:
            made.close()


def _payload(delivery: Delivery) -> Any:
    """The payload; None where it cannot be read, which is looked into all the same."""
    body = delivery.body
    if delivery.headers.get("content-type", "").partition(";")[0].strip() == "application/x-www-form-urlencoded":
        from urllib.parse import parse_qs

        body = parse_qs(body.decode("utf-8", "replace"), max_num_fields=10).get("payload", [""])[0].encode()
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


async def _answer(writer: asyncio.StreamWriter, status: int, says: str) -> None:
    body = says.encode()
    head = (
        f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: text/plain; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    writer.write(head.encode() + body)
    await writer.drain()
