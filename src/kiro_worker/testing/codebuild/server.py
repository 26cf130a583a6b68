"""A loopback endpoint of CodeBuild, beside an emulator of everything else."""

import json
import threading
import uuid
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from kiro_worker.testing.codebuild.build import Build
from kiro_worker.testing.codebuild.cloud import Cloud
from kiro_worker.testing.codebuild.fault import ApiFault, mistaken
from kiro_worker.testing.codebuild.projects import Projects
from kiro_worker.testing.codebuild.rights import Rights
from kiro_worker.testing.codebuild.runner import Surroundings
from kiro_worker.testing.codebuild.service import Service
from kiro_worker.testing.codebuild.shapes import OffModel, shapes
from kiro_worker.value import dataclass

_TARGET = "CodeBuild_20161006."
_CREDENTIALS = "/credentials/"
_JSON = "application/x-amz-json-1.1"
_SIGNING = frozenset({"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What goes wrong with the next requests of an operation.

    Attributes:
        code: what is answered; empty closes the connection without an answer.
        after: the request is carried out first, so that only its answer is lost.
        meanwhile: what happens while the caller waits, such as its own end.
    """

    operation: str
    code: str = ""
    after: bool = False
    times: int = 1
    meanwhile: Callable[[], object] | None = None


class CodeBuildServer:
    """CodeBuild on a port of this machine; use as a context manager.

    Args:
        folder: where builds live; each has a folder of its own in it.
        emulator: how the emulator is reached, as variables of the SDK; None where builds ask nobody. May be said later,
            by `attach`, so that the emulator can be started with this server's address.
        projects: projects by name, as `CreateProject` takes them; others are asked of the emulator.
        tools: variables that a build's image would set, such as PATH.
        sources: where on this machine an address of a project's source is found.
        minute: how many seconds a minute of a timeout takes.
        capacity: how many builds run at once.
        enforces: whether callers need the right to what they ask for: each request is shown to the emulator first,
            which checks its signature and its caller's policies as it does for its own services.

    Attributes:
        seen: operation and arguments of every request, in order.
        violations: what the service's model does not allow in what was answered.
    """

    def __init__(
        self,
        folder: Path,
        emulator: Mapping[str, str] | None = None,
        *,
        projects: Mapping[str, Mapping[str, Any]] | None = None,
        tools: Mapping[str, str] | None = None,
        sources: Mapping[str, str] | None = None,
        minute: float = 60.0,
        capacity: int = 20,
        enforces: bool = False,
    ) -> None:
        self.seen: list[tuple[str, dict[str, Any]]] = []
        self.violations: list[str] = []
        self._shapes, self._enforces = shapes(), enforces
        self._emulator: Mapping[str, str] = emulator or {}
        self._rights = Rights(self._emulator)
        self._handed: dict[str, Cloud] = {}
        self._troubles: list[list[Any]] = []
        self._lock = threading.Lock()
        around = Surroundings(folder=folder, tools=tools or {}, sources=sources or {}, minute=minute)
        cloud = Cloud(emulator) if emulator else None
        self.service = Service(Projects(projects or {}, cloud), around, self._hand_over, capacity)
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
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def environment(self) -> dict[str, str]:
        """What leads an SDK here for CodeBuild, and to the emulator for the rest."""
        return {**self._emulator, "AWS_ENDPOINT_URL_CODEBUILD": self.url}

    def attach(self, emulator: Mapping[str, str]) -> None:
        """Say how the emulator is reached."""
        self._emulator, self._rights = emulator, Rights(emulator)
        self.service.projects.cloud = Cloud(emulator)

    def stop(self) -> None:
        """End all builds, and stop listening."""
        self.service.close()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def trouble(self, *troubles: Trouble) -> None:
        """Make the next matching requests go wrong; each request meets at most one trouble."""
        with self._lock:
            self._troubles += [[trouble, trouble.times] for trouble in troubles]

    def forgive(self) -> None:
        """Nothing goes wrong any more that was to."""
        with self._lock:
            self._troubles.clear()

    def trouble_for(self, operation: str) -> Trouble | None:
        """Take the trouble that waits for a request."""
        with self._lock:
            for waiting in self._troubles:
                if waiting[1] > 0 and waiting[0].operation == operation:
                    waiting[1] -= 1
                    found: Trouble = waiting[0]
                    return found
        return None

    def build_of(self, id_: str) -> Build:
        """A build by its id, when it is over."""
        build = self.service.builds[id_]
        if not build.over.wait(60):
            raise TimeoutError(f"{id_} is in {build.phase}")
        return build

    def answer(self, operation: str, body: bytes) -> bytes:
        """Carry a request out.

        Raises:
            ApiFault: the service says no.
        """
        given = self._shapes.read(operation, body)
        self.seen.append((operation, given))
        act: Callable[[Mapping[str, Any]], dict[str, Any]] | None = getattr(self.service, _method(operation), None)
        if act is None:
            raise mistaken(f"{operation} is not served here")
        try:
            return self._shapes.write(operation, act(given))
        except OffModel as error:
            self.violations.append(str(error))
            raise ApiFault("InternalFailure", str(error), 500) from None

    def refused(self, operation: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes] | None:
        """What the emulator's IAM has against a request; None where it has nothing, or is not to be asked."""
        return self._rights.refused(operation, path, headers, body) if self._enforces else None

    @property
    def granted(self) -> tuple[tuple[str, str], ...]:
        """Access key and operation of each request that its caller had the right to; none where rights do not count."""
        return tuple(self._rights.granted)

    @property
    def handed(self) -> tuple[str, ...]:
        """The access keys that builds were handed out, each build's own."""
        return tuple(cloud.credentials.key for cloud in self._handed.values())

    def credentials(self, path: str) -> bytes | None:
        """A container's credentials, by the address that only it knows."""
        cloud = self._handed.get(path.removeprefix(_CREDENTIALS))
        return None if cloud is None else json.dumps(cloud.credentials.as_container()).encode()

    def _hand_over(self, _build: Build, cloud: Cloud) -> dict[str, str]:
        """As a container is told of its role: by an address, never by what stands there."""
        if not self._emulator:
            return {}
        secret = uuid.uuid4().hex
        self._handed[secret] = cloud
        return {
            **{name: value for name, value in self._emulator.items() if name not in _SIGNING},
            "AWS_ENDPOINT_URL_CODEBUILD": self.url,
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{self.url}{_CREDENTIALS}{secret}",
        }


def _method(operation: str) -> str:
    return "".join(f"_{each.lower()}" if each.isupper() else each for each in operation).removeprefix("_")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    fake: CodeBuildServer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        fake = self.server.fake
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        operation = self.headers.get("X-Amz-Target", "").removeprefix(_TARGET)
        if denied := fake.refused(operation, self.path, dict(self.headers.items()), body):
            self._send(*denied)
            return
        trouble = fake.trouble_for(operation)
        if trouble is not None and not trouble.after:
            self._go_wrong(trouble)
            return
        try:
            status, said = 200, fake.answer(operation, body)
        except ApiFault as fault:
            status = fault.status
            said = json.dumps({"__type": fault.code, "message": fault.message}).encode()
        if trouble is not None:
            self._go_wrong(trouble)
            return
        self._send(status, said)

    def do_GET(self) -> None:
        said = self.server.fake.credentials(self.path)
        self._send(200 if said else 404, said or b"{}")

    def log_message(self, *_words: object) -> None:
        """Say nothing: what was asked for is in `seen`."""

    def _go_wrong(self, trouble: Trouble) -> None:
        if trouble.meanwhile is not None:
            trouble.meanwhile()
        if trouble.code:
            self._send(400, json.dumps({"__type": trouble.code, "message": "as the test wants it"}).encode())
            return
        self.close_connection = True
        self.connection.close()

    def _send(self, status: int, said: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", _JSON)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)
