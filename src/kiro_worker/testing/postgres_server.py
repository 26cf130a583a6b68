"""A real PostgreSQL server of a test's own, on a port of this machine; gone when the test is."""

import contextlib
import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kiro_worker.testing.free_port import free_port
from kiro_worker.value import dataclass

# Where Debian keeps the programs of each version; on the search path are only their clients.
_DEBIAN = Path("/usr/lib/postgresql")
_USER = "worker"
PASSWORD = "Sw0rdfish/with:odd@signs%"
_QUOTED_PASSWORD = "Sw0rdfish%2Fwith%3Aodd%40signs%25"
_PATIENCE = 60.0
_PR_SET_PDEATHSIG = 1

# Small, and without a promise to the disk: the data die with the test.
_QUICK = ("-c", "fsync=off", "-c", "full_page_writes=off")
_SMALL = (
    "-c",
    "shared_buffers=16MB",
    "-c",
    "max_connections=60",
    "-c",
    "autovacuum=off",
    "-c",
    "logging_collector=off",
)


class PostgresMissing(Exception):
    """The server's programs are not on this machine; says what to install."""


@dataclass(slots=True)
class PostgresServer:
    """A running server.

    Attributes:
        port: where it listens, on 127.0.0.1 alone.
        folder: what it keeps, its log beside it.
    """

    port: int
    folder: Path
    process: "subprocess.Popen[bytes]"
    durable: bool

    def address(self, database: str = "postgres", **more: str) -> str:
        """How to reach it, with the password in it, as people write such addresses."""
        query = "&".join(f"{name}={value}" for name, value in more.items())
        return f"postgresql://{_USER}:{_QUOTED_PASSWORD}@127.0.0.1:{self.port}/{database}" + (
            f"?{query}" if query else ""
        )

    def database(self, name: str) -> str:
        """Make an empty database and tell its address."""
        import psycopg
        from psycopg import sql

        with psycopg.connect(self.address(), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.address(name)

    def stop(self) -> None:
        """Shut down at once, as a machine does that loses its power."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(_PATIENCE)

    def start(self) -> None:
        """Start again, on the same port and with what was written."""
        self.process = _started(_programs(), self.folder, self.port, durable=self.durable)
        _await_ready(self)


@contextlib.contextmanager
def postgres_server(*, durable: bool = False) -> Iterator[PostgresServer]:
    """Start a server with an empty cluster; it is stopped and removed at the end.

    Args:
        durable: writes reach the disk before they are answered, as on a real one; for benchmarks.

    Raises:
        PostgresMissing: there is no server on this machine.
    """
    programs = _programs()
    # Not below a test's own folder: a server refuses to be root, and its user has to get there.
    folder = Path(tempfile.mkdtemp(prefix="kiro-worker-postgres-"))
    try:
        _make_cluster(programs, folder)
        port = free_port()
        server = PostgresServer(
            port=port, folder=folder, process=_started(programs, folder, port, durable=durable), durable=durable
        )
        try:
            _await_ready(server)
            yield server
        finally:
            with contextlib.suppress(ProcessLookupError):
                server.process.send_signal(signal.SIGQUIT)
            server.process.wait(_PATIENCE)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    """The folder with `initdb` and `postgres`."""
    on_path = shutil.which("initdb")
    if on_path is not None:
        return Path(on_path).resolve().parent
    versions = sorted(_DEBIAN.glob("*/bin/initdb"), key=lambda path: float(path.parents[1].name))
    if not versions:
        raise PostgresMissing("no PostgreSQL server on this machine; on Debian: apt-get install postgresql")
    return versions[-1].parent


def _make_cluster(programs: Path, folder: Path) -> None:
    words = folder / "password"
    words.write_text(PASSWORD + "\n")
    identity = _identity()
    if identity:
        for path in (folder, words):
            shutil.chown(path, identity["user"], identity["group"])
    made = subprocess.run(
        [
            programs / "initdb", "--pgdata", folder / "data", "--username", _USER, "--pwfile", words,
            "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync", "--no-instructions",
        ],
        check=False, capture_output=True, text=True, cwd=folder, **identity,
    )  # fmt: skip
    if made.returncode:
        raise PostgresMissing(f"initdb failed: {made.stderr.strip()}")


def _started(programs: Path, folder: Path, port: int, *, durable: bool) -> "subprocess.Popen[bytes]":
    argv = (
        programs / "postgres", "-D", folder / "data", "-p", str(port), "-c", "listen_addresses=127.0.0.1",
        "-c", "unix_socket_directories=", *_SMALL, *(() if durable else _QUICK),
    )  # fmt: skip
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            argv,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            preexec_fn=_die_with_parent,  # noqa: PLW1509  # one call of the kernel, and no lock
            **_identity(),
        )


def _identity() -> dict[str, Any]:
    """Who the server runs as: it refuses to be root, and Debian has made a user for it."""
    if os.geteuid() != 0:
        return {}
    try:
        account = pwd.getpwnam("postgres")
    except KeyError:
        raise PostgresMissing("a PostgreSQL server refuses to be root, and there is no user `postgres`") from None
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _die_with_parent() -> None:
    """A test process that was killed leaves no server behind."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)


def _await_ready(server: PostgresServer) -> None:
    import psycopg

    end = time.monotonic() + _PATIENCE
    while True:
        try:
            psycopg.connect(server.address()).close()
        except psycopg.OperationalError:
            if server.process.poll() is not None or time.monotonic() > end:
                log = (server.folder / "log").read_text(errors="replace")
                raise PostgresMissing(f"the PostgreSQL server did not start: {log[-2000:]}") from None
            time.sleep(0.05)
        else:
            return
