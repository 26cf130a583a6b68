"""The attacker's own servers, and what a machine has besides: all on this machine, all gone with the field."""

import contextlib
import json
import os
import socket
import socketserver
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class Drop:
    """Takes what the attacker sends home, by TCP and as questions to a name server."""

    def __init__(self) -> None:
        self.told: list[tuple[float, Mapping[str, Any]]] = []
        self.questions: list[bytes] = []
        drop = self

        class Taking(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                for line in self.rfile:
                    with contextlib.suppress(ValueError):
                        drop.told.append((time.monotonic(), json.loads(line)))

        class Asked(socketserver.DatagramRequestHandler):
            def handle(self) -> None:
                drop.questions.append(self.request[0])

        self._servers = (
            _Threading(("127.0.0.1", 0), Taking),
            socketserver.UDPServer(("127.0.0.1", 0), Asked),
        )
        for server in self._servers:
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def tcp(self) -> tuple[str, int]:
        return self._servers[0].server_address[:2]

    @property
    def udp(self) -> tuple[str, int]:
        return self._servers[1].server_address[:2]

    def close(self) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()


class _Threading(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False


class Service:
    """Tells a secret to whoever connects: a key agent behind a socket file, or a service behind an abstract name."""

    def __init__(self, address: Path | str, secret: str) -> None:
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(address) if isinstance(address, Path) else f"\0{address}")
        if isinstance(address, Path):
            address.chmod(0o600)
        self._listening.listen()
        self._secret = secret.encode()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                door, _ = self._listening.accept()
                with contextlib.suppress(OSError), door:
                    door.sendall(self._secret)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()


def fresh_secret(start: str) -> str:
    """One that no other place has; 36 signs, as a forge's token."""
    return start + os.urandom(18).hex()
