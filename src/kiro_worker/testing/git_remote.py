"""Remote repositories for tests: real bare ones, people who push to them, and a server that fails on request."""

import atexit
import base64
import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, Self, cast
from urllib.parse import unquote, urlsplit

from kiro_worker.git.object import FILE, LINK, PROGRAM, SUBMODULE
from kiro_worker.value import dataclass, field

_PIECE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Blob:
    """A file's content and git mode, for what is no plain file."""

    content: bytes
    mode: int = FILE


def program(content: bytes) -> Blob:
    """A file that may be executed."""
    return Blob(content, PROGRAM)


def link(target: str) -> Blob:
    """A symbolic link."""
    return Blob(target.encode(), LINK)


def submodule(oid: str) -> Blob:
    """A gitlink to a commit of another repository."""
    return Blob(oid.encode(), SUBMODULE)


Files = Mapping[str | bytes, bytes | Blob | None]


class BareRemote:
    """A bare repository, and what people do to it.

    Args:
        path: where it is; made when nothing is there.
        branch: what its HEAD names.
        object_format: `sha1` or `sha256`.
    """

    def __init__(self, path: Path, *, branch: str = "main", object_format: str = "sha1") -> None:
        self.path = path
        self.branch = branch
        if not path.exists():
            shutil.copytree(_new(branch, object_format), path)

    @property
    def url(self) -> str:
        """Its address for git: the path."""
        return str(self.path)

    def git(self, *args: str, stdin: bytes | None = None) -> str:
        """Run git inside it and return what it said."""
        return self._run(args, cwd=self.path, stdin=stdin).decode("utf-8", "surrogateescape").strip()

    def commit(
        self,
        files: Files,
        *,
        branch: str | None = None,
        message: str = "A person's commit",
        author: str = "Person <person@example.org>",
        onto: str | None = None,
    ) -> str:
        """Commit to a branch as a person would who pushed, and return the new commit.

        Args:
            files: path to content; None removes a path.
            branch: by default the one that HEAD names; it is made when it is not there.
            message: the commit's.
            author: name and address.
            onto: another parent than the branch's tip (a force push); empty for none.
        """
        ref = f"refs/heads/{branch or self.branch}"
        parent = self.tip(branch or self.branch) if onto is None else onto
        self.git("fast-import", "--quiet", "--force", "--done", stdin=_stream(ref, parent, message, author, files))
        made = self.tip(branch or self.branch)
        assert made is not None
        return made

    def tip(self, branch: str | None = None) -> str | None:
        """A branch's commit; None when there is no such branch.

        Read as gitrepository-layout(5) says where it lies: a process for each look is most of what many tests cost.
        """
        ref = f"refs/heads/{branch or self.branch}"
        try:
            return (self.path / ref).read_text("ascii").strip()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            packed = self.path / "packed-refs"
            lines = packed.read_text("utf-8", "surrogateescape").splitlines() if packed.exists() else []
            return next((oid for oid, _, name in (line.partition(" ") for line in lines) if name == ref), None)

    def refs(self) -> dict[str, str]:
        """Every ref and what it points to."""
        lines = self.git("for-each-ref", "--format=%(refname) %(objectname)").splitlines()
        return dict(line.rsplit(" ", 1) for line in lines)

    def read(self, path: str, branch: str | None = None) -> bytes:
        """A file as it is on a branch."""
        return self._run(("cat-file", "blob", f"refs/heads/{branch or self.branch}:{path}"), cwd=self.path)

    def hook(self, name: str, script: str) -> None:
        """Set a server-side hook, such as `pre-receive`; an empty script takes it away."""
        hook = self.path / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        if not script:
            hook.unlink(missing_ok=True)
            return
        # Renamed into place: a hook that is open for writing cannot be executed.
        draft = hook.with_name(f".{name}.new")
        draft.write_text(f"#!/bin/sh\n{script}\n")
        draft.chmod(0o755)
        draft.rename(hook)

    @staticmethod
    def _run(args: tuple[str, ...], *, cwd: Path, stdin: bytes | None = None) -> bytes:
        over = subprocess.run(
            ("git", *args), cwd=cwd, input=stdin or b"", capture_output=True, env=clean_environment(cwd), check=False
        )
        if over.returncode:
            raise AssertionError(f"git {args[0]} failed: {over.stderr.decode(errors='replace')}")
        return over.stdout


@cache
def _new(branch: str, object_format: str) -> Path:
    """An empty bare repository to copy: git takes ten times as long to make one."""
    folder = Path(tempfile.mkdtemp(prefix="kiro-worker-remote-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    words = (
        "git",
        "init",
        "-q",
        "--bare",
        "--template=",
        f"--object-format={object_format}",
        f"--initial-branch={branch}",
    )
    subprocess.run((*words, str(folder / "new.git")), env=clean_environment(folder), check=True)
    return folder / "new.git"


def clean_environment(folder: Path) -> dict[str, str]:
    """What test helpers give to git: nobody's configuration."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder / "no-home"),
        "XDG_CONFIG_HOME": str(folder / "no-home"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
        "GIT_AUTHOR_NAME": "Person",
        "GIT_AUTHOR_EMAIL": "person@example.org",
        "GIT_COMMITTER_NAME": "Person",
        "GIT_COMMITTER_EMAIL": "person@example.org",
    }


def _stream(ref: str, parent: str | None, message: str, author: str, files: Files) -> bytes:
    """A commit in the format of git-fast-import(1)."""
    when = "1700000000 +0000"
    told = message.encode()
    lines = [b"commit %b" % ref.encode(), f"author {author} {when}".encode(), f"committer {author} {when}".encode()]
    lines.append(b"data %d\n%b" % (len(told), told))
    if parent:
        lines.append(b"from %b" % parent.encode())
    for name, content in files.items():
        path = _quoted(name.encode("utf-8", "surrogateescape") if isinstance(name, str) else name)
        if content is None:
            lines.append(b"D " + path)
            continue
        blob = content if isinstance(content, Blob) else Blob(content)
        if blob.mode == SUBMODULE:
            lines.append(b"M 160000 %b %b" % (blob.content, path))
        else:
            lines.append(b"M %o inline %b\ndata %d\n%b" % (blob.mode, path, len(blob.content), blob.content))
    return b"\n".join((*lines, b"done\n"))


def _quoted(path: bytes) -> bytes:
    return b'"%b"' % path.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")


class HttpFaultKind(StrEnum):
    """How a server fails."""

    STATUS = "status"  #: answers with a status instead of doing anything
    RESET = "reset"  #: drops the connection before anything was done
    LOST_ANSWER = "lost-answer"  #: does everything, then drops the connection
    CUT = "cut"  #: sends only the first half of the answer
    HANG = "hang"  #: says nothing until the server is closed


@dataclass(slots=True, kw_only=True)
class HttpFault:
    """A fault to come.

    Attributes:
        where: part of the request's path and query, such as `git-receive-pack`; empty for any.
        method: GET or POST; empty for either.
        times: how many requests it hits.
        status: for `STATUS`.
    """

    kind: HttpFaultKind
    where: str = ""
    method: str = ""
    times: int = 1
    status: int = 503


@dataclass(slots=True, kw_only=True)
class GitHttpServer:
    """Serves every repository below a folder over HTTP, by `git http-backend`.

    Use as a context manager. With a password, requests without it are answered with 401.

    Attributes:
        faults: served in order, each to the next request it fits; append to it at any time.
        requests: method and target of each request so far.
    """

    folder: Path
    user: str = ""
    password: str = ""
    faults: list[HttpFault] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    _server: "_Server | None" = None
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.settings = self
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server is not None
        assert self._thread is not None
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def url(self, remote: BareRemote) -> str:
        """A repository's address on this server, without credentials."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_address[1]}/{remote.path.relative_to(self.folder)}"

    def authorization(self) -> str:
        """The header that lets a request in."""
        pair = f"{self.user}:{self.password}".encode()
        return f"Authorization: Basic {base64.b64encode(pair).decode()}"

    def next_fault(self, method: str, target: str) -> HttpFault | None:
        """Take the next fault that fits a request."""
        with self.lock:
            self.requests.append(f"{method} {target}")
            for fault in self.faults:
                if fault.times and fault.where in target and fault.method in {"", method}:
                    fault.times -= 1
                    return fault
        return None


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True
    request_queue_size = 128
    settings: GitHttpServer

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that go away are what the faults are for."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def log_message(self, *_: object) -> None:
        pass

    def _serve(self) -> None:
        settings = cast("_Server", self.server).settings
        self.close_connection = True
        with tempfile.TemporaryFile() as body:
            self._read_into(body)
            fault = settings.next_fault(self.command, self.path)
            match fault.kind if fault else None:
                case HttpFaultKind.STATUS:
                    assert fault is not None
                    self._answer(fault.status, b"")
                    return
                case HttpFaultKind.RESET:
                    self._drop()
                    return
                case HttpFaultKind.HANG:
                    settings.closing.wait()
                    return
            if settings.password and self.headers.get("Authorization") != settings.authorization().partition(": ")[2]:
                self._answer(401, b"", ("WWW-Authenticate", 'Basic realm="git"'))
                return
            self._run_backend(settings, body, fault)

    def _read_into(self, body: IO[bytes]) -> None:
        for piece in self._pieces():
            body.write(piece)
        body.seek(0)

    def _pieces(self) -> Iterator[bytes]:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            while size := int(self.rfile.readline().split(b";")[0], 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return
        left = int(self.headers.get("Content-Length", "0"))
        while left and (piece := self.rfile.read(min(left, _PIECE))):
            left -= len(piece)
            yield piece

    def _run_backend(self, settings: GitHttpServer, body: IO[bytes], fault: HttpFault | None) -> None:
        size = body.seek(0, os.SEEK_END)
        body.seek(0)
        with tempfile.TemporaryFile() as answer:
            subprocess.run(
                ("git", "http-backend"), stdin=body, stdout=answer, env=self._variables(settings, size), check=False
            )
            answer.seek(0)
            status, headers = 200, []
            for line in iter(answer.readline, b"\r\n"):
                if not line:
                    break
                name, _, value = line.decode("latin-1").strip().partition(": ")
                if name.lower() == "status":
                    status = int(value.split(" ")[0])
                else:
                    headers.append((name, value))
            content = answer.read()
        if fault is not None and fault.kind is HttpFaultKind.LOST_ANSWER:
            self._drop()
            return
        cut = len(content) // 2 if fault is not None and fault.kind is HttpFaultKind.CUT else None
        self._answer(status, content, *headers, cut=cut)

    def _variables(self, settings: GitHttpServer, size: int) -> dict[str, str]:
        target = urlsplit(self.path)
        return {
            **clean_environment(settings.folder),
            "GIT_PROJECT_ROOT": str(settings.folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": unquote(target.path),
            "QUERY_STRING": target.query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(size) if self.command == "POST" else "",
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_USER": settings.user or "person",
            "REMOTE_ADDR": "127.0.0.1",
        }

    def _answer(self, status: int, content: bytes, *headers: tuple[str, str], cut: int | None = None) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content if cut is None else content[:cut])

    def _drop(self) -> None:
        # Lingering for no time makes the kernel send a reset in place of an orderly end.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RD)
        self.connection.close()


def copy_of(remote: BareRemote, path: Path) -> BareRemote:
    """Another remote with the same content."""
    shutil.copytree(remote.path, path)
    return BareRemote(path, branch=remote.branch)
