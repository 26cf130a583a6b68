"""A port of this machine on which nobody listens."""

import contextlib
import random
import socket

# Below those that connections of others are given (Linux begins at 32768), so that it stays free for a while.
_PORTS = range(20_000, 32_000)
_TRIES = 200


class NoFreePort(Exception):
    """Somebody listens on every port that was tried."""


def free_port() -> int:
    """A port that was free a moment ago, on 127.0.0.1.

    Raises:
        NoFreePort: there is none.
    """
    for port in random.SystemRandom().sample(_PORTS, _TRIES):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise NoFreePort("no free port below 32000 on this machine")
