"""A fake GitHub that speaks real HTTP, and goes wrong on demand in every way the real one does."""

import json
import re
import socket
import struct
import threading
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from kiro_worker.testing.github_model import GitHubModel
from kiro_worker.testing.github_reply import Call, Reply
from kiro_worker.testing.github_schema import GitHubSchemas
from kiro_worker.value import dataclass, field

_VERSION = "2022-11-28"
_ENTERPRISE = "/api/v3"


class Act(Enum):
    """How a request goes wrong."""

    ANSWER = auto()
    """Another answer than the real one."""
    RESET = auto()
    """The connection is reset, without a byte of an answer."""
    TRUNCATE = auto()
    """The answer ends in the middle."""
    STALL = auto()
    """No answer comes, and the connection stays."""
    DRIP = auto()
    """The answer comes a byte at a time."""
    FLOOD = auto()
    """The answer does not end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What goes wrong with the next requests that match.

    Attributes:
        times: for how many requests.
        after: the request is carried out first, so that only its answer is lost.
        document: what a GraphQL document has to hold.
        status, headers, body: of an `ANSWER`.
    """

    act: Act = Act.ANSWER
    method: str = "[A-Z]+"
    path: str = ".*"
    times: int = 1
    after: bool = False
    document: str = ""
    status: int = 502
    headers: dict[str, str] = field(default_factory=dict)
    body: str = '{"message": "Server Error"}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A request as it came in."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


class GitHubServer:
    """Serves a `GitHubModel` on a port of this machine; use as a context manager.

    Attributes:
        seen: every request, in order.
        violations: what GitHub's published description does not allow in what was sent or answered.
    """

    def __init__(self, model: GitHubModel | None = None, schemas: GitHubSchemas | None = None) -> None:
        self.model = model or GitHubModel()
        self.schemas = schemas
        self.seen: list[Seen] = []
        self.violations: list[str] = []
        self.stopping = threading.Event()
        self._troubles: list[list[Any]] = []
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.fake = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def address(self) -> str:
        """Without a path: the API of github.com is here, that of an Enterprise Server at `/api/v3`."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        """Stop listening and let go of what hangs."""
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()

    def trouble(self, *troubles: Trouble) -> None:
        """Make the next matching requests go wrong; each request meets at most one trouble."""
        with self._lock:
            self._troubles += [[trouble, trouble.times] for trouble in troubles]

    def trouble_for(self, seen: Seen) -> Trouble | None:
        """Take the trouble that waits for a request."""
        document = str(seen.body.get("query", "")) if isinstance(seen.body, dict) else ""
        with self._lock:
            for waiting in self._troubles:
                trouble = waiting[0]
                if (
                    waiting[1] > 0
                    and re.fullmatch(trouble.method, seen.method)
                    and re.search(trouble.path, seen.path)
                    and re.search(trouble.document, document)
                ):
                    waiting[1] -= 1
                    return trouble if isinstance(trouble, Trouble) else None
        return None

    def answer(self, seen: Seen) -> Reply:
        """Carry a request out, and hold both sides against the published description."""
        token = seen.headers.get("authorization", "").removeprefix("Bearer ")
        call = Call(method=seen.method, path=seen.path, query=seen.query, body=seen.body, token=token)
        self._check_request(seen, token)
        reply = self.model.handle(call)
        if self.schemas is not None and seen.path != "/graphql":
            self.violations += self.schemas.answer_faults(seen.method, seen.path, reply.status, reply.payload)
        if self.schemas is not None and seen.path == "/graphql" and reply.status == 200:
            faults = self.schemas.graphql_faults(
                seen.body["query"],
                seen.body.get("variables") or {},
                None if reply.payload.get("errors") else reply.payload["data"],
            )
            self.violations += faults
        return reply

    def _check_request(self, seen: Seen, token: str) -> None:
        wanted = {"accept": "application/vnd.github+json", "x-github-api-version": _VERSION}
        wrong = [name for name, value in wanted.items() if seen.headers.get(name) != value]
        self.violations += [f"{seen.method} {seen.path}: header {name} is not {wanted[name]}" for name in wrong]
        if not seen.headers.get("user-agent", "").startswith("kiro-worker/"):
            self.violations.append(f"{seen.method} {seen.path}: the user agent does not tell who asks")
        if token and token in f"{seen.path} {seen.query}":
            self.violations.append(f"{seen.method} {seen.path}: a token is in the address")
        if self.schemas is not None and seen.path != "/graphql" and not seen.path.startswith("/repositories/"):
            self.violations += self.schemas.request_faults(seen.method, seen.path, seen.query, seen.body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    fake: GitHubServer

    def shutdown_request(self, request: Any) -> None:
        # Without the usual half-close first, so that a connection that is to be reset is.
        self.close_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is what many tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and content are two writes; together with delayed acknowledgement Nagle's algorithm costs 40 ms each time.
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PATCH(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the name is the base class's
        """Quiet."""

    def _serve(self) -> None:
        fake, seen = self.server.fake, self._read()
        fake.seen.append(seen)
        trouble = fake.trouble_for(seen)
        reply = fake.answer(seen) if trouble is None or trouble.after else None
        if trouble is None:
            assert reply is not None
            self._send(reply.status, json.dumps(reply.payload).encode(), dict(reply.headers))
            return
        self._go_wrong(trouble, reply)

    def _read(self) -> Seen:
        parts = urlsplit(self.path)
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = parts.path.removeprefix(_ENTERPRISE) if parts.path.startswith(_ENTERPRISE) else parts.path
        return Seen(
            method=self.command,
            path="/graphql" if path == "/api/graphql" else path,
            query=dict(parse_qsl(parts.query)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=json.loads(content) if content else None,
        )

    def _go_wrong(self, trouble: Trouble, reply: Reply | None) -> None:
        content = json.dumps(reply.payload if reply else []).encode()
        match trouble.act:
            case Act.ANSWER:
                self._send(trouble.status, trouble.body.encode(), trouble.headers)
            case Act.RESET:
                self._reset()
            case Act.TRUNCATE:
                self._start(reply.status if reply else 200, {"Content-Length": str(len(content) + 100)})
                self.wfile.write(content[: len(content) // 2])
                self.close_connection = True
            case Act.STALL:
                self.server.fake.stopping.wait(60)
                self.close_connection = True
            case Act.DRIP:
                self._trickle(b" ", pause=0.02)
            case Act.FLOOD:
                self._trickle(b" " * 1_000_000, pause=0)

    def _send(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        if "Location" in headers:
            prefix = _ENTERPRISE if self.path.startswith(_ENTERPRISE) else ""
            headers["Location"] = _absolute(self.server.fake.address + prefix, headers["Location"])
        if "Link" in headers:
            headers["Link"] = headers["Link"].replace("<", f"<{self.server.fake.address}", 1)
        kind = {} if "Content-Type" in headers else {"Content-Type": "application/json; charset=utf-8"}
        self._start(status, {**kind, **headers, "Content-Length": str(len(content))})
        self.wfile.write(content)

    def _start(self, status: int, headers: dict[str, str]) -> None:
        fake = self.server.fake
        # The base class would add the machine's own date.
        self.send_response_only(status)
        told = {
            "Date": fake.model.clock.now().strftime("%a, %d %b %Y %H:%M:%S GMT"),
            "X-GitHub-Request-Id": f"FAKE:{len(fake.seen):04X}",
            **headers,
        }
        for name, value in told.items():
            self.send_header(name, value)
        self.end_headers()

    def _trickle(self, piece: bytes, *, pause: float) -> None:
        self._start(200, {"Transfer-Encoding": "chunked", "Content-Type": "application/json"})
        while not self.server.fake.stopping.wait(pause):
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))

    def _reset(self) -> None:
        # Lingering for no time makes the kernel answer with a reset in place of an orderly end.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True


def _absolute(address: str, location: str) -> str:
    return location if "://" in location else address + location
