"""Between a worker and the emulator of AWS: loses what a test names, answers in its place, and tells another time.

What is lost before the emulator has it was never carried out; what is lost after it was, and nobody hears of it.
"""

import contextlib
import http.client
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal
from urllib.parse import urlsplit
from wsgiref.handlers import format_date_time

from kiro_worker.value import dataclass, field

# Belong to one connection, or are told anew.
_NOT_HANDED_ON = frozenset({"connection", "content-length", "date", "keep-alive", "server", "transfer-encoding"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What is to become of the next request that is meant.

    Attributes:
        of: what stands in the request's method, path or target, such as `UpdateItem`.
        lost: the question, or its answer; empty where `status` answers in the emulator's place.
        status: of HTTP.
        code: the error's code, in the form of services that speak JSON.
        words: its message.
    """

    of: str
    lost: Literal["", "question", "answer"] = ""
    status: int = 400
    code: str = ""
    words: str = ""


@dataclass(slots=True)
class AwsWire:
    """A way to the emulator.

    Attributes:
        url: where it is asked.
        troubles: what is still to come; each once, in their order.
        asked: the targets, or methods and paths, of all requests.
        now: what the answers' header `Date` tells, in seconds since 1970; None leaves it out.
    """

    url: str
    troubles: list[Trouble] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    now: Callable[[], float | None] = time.time

    def met(self, request: str) -> Trouble | None:
        """Note a request; the trouble that it meets."""
        self.asked.append(request)
        if self.troubles and self.troubles[0].of in request:
            return self.troubles.pop(0)
        return None


@contextlib.contextmanager
def aws_wire(emulator: str) -> Iterator[AwsWire]:
    """Lay a wire to the emulator at an address of this machine."""
    there = urlsplit(emulator)
    assert there.hostname is not None

    class Handler(_Handler):
        host, port = str(there.hostname), there.port or 80

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    wire = AwsWire(url=f"http://127.0.0.1:{server.server_port}")
    Handler.wire = wire
    listening = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    listening.start()
    try:
        yield wire
    finally:
        server.shutdown()
        server.server_close()
        listening.join()


class _Handler(BaseHTTPRequestHandler):
    """One connection of a worker's, with one to the emulator."""

    protocol_version = "HTTP/1.1"
    # Without this each answer waits for the other side to acknowledge its header.
    wbufsize = -1
    disable_nagle_algorithm = True
    wire: AwsWire
    host: str
    port: int
    _there: http.client.HTTPConnection | None = None

    def _carry(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        target = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        trouble = self.wire.met(target or f"{self.command} {self.path}")
        if trouble is not None and trouble.lost == "question":
            self._hang_up()
            return
        if trouble is not None and not trouble.lost:
            told = f'{{"__type":"com.amazonaws.fake#{trouble.code}","message":"{trouble.words}"}}'
            self._answer(trouble.status, [("Content-Type", "application/x-amz-json-1.0")], told.encode())
            return
        status, headers, content = self._ask(body)
        if trouble is not None:
            self._hang_up()
            return
        self._answer(status, headers, content)

    def _ask(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        if self._there is None:
            self._there = http.client.HTTPConnection(self.host, self.port, timeout=60)
        self._there.request(self.command, self.path, body, dict(self.headers.items()))
        answer = self._there.getresponse()
        return answer.status, answer.getheaders(), answer.read()

    def _answer(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in _NOT_HANDED_ON:
                self.send_header(name, value)
        if (now := self.wire.now()) is not None:
            self.send_header("Date", format_date_time(now))
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _hang_up(self) -> None:
        self.close_connection = True

    def finish(self) -> None:
        if self._there is not None:
            self._there.close()
        super().finish()

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _carry  # noqa: N815  # the server's names
