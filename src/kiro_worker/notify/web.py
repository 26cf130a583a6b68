"""Posting JSON to an address that is a secret itself, as Slack's and Teams' are: no error ever quotes it."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from kiro_worker import __version__
from kiro_worker.clock import Clock
from kiro_worker.notify.fault import NotifySetting

# Seconds. The function that delivers has thirty.
_SILENCE, _WHOLE = 5.0, 10.0
_TRIES = 2
_PAUSE = 1.0
# What passes by itself.
_AGAIN = frozenset({408, 425, 429})
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class NotTaken(Exception):
    """The other side did not take it; the text says why, without the address."""


def checked(address: str, *, source: str) -> str:
    """The address, if one may be posted to: over TLS, except on this machine.

    Args:
        address: of the webhook.
        source: where it can be changed, such as a secret's name.

    Raises:
        NotifySetting: it is none.
    """
    address = address.strip()
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    safe = parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)
    if not host or not safe or not address.isascii() or not address.isprintable() or " " in address:
        raise NotifySetting(setting=source, reason="does not hold a web address that begins with https://")
    return address


async def post(address: str, content: bytes, headers: Mapping[str, str], clock: Clock, *, tries: int = _TRIES) -> None:
    """Post once, and once more after what passes by itself.

    Args:
        address: is checked already.
        content: JSON.
        headers: besides our own.
        clock: waits in between.
        tries: in all; 1 where twice would be one too many.

    Raises:
        NotTaken: neither was answered with a success.
    """
    said = ""
    for nth in range(tries):
        if nth:
            await clock.sleep(_PAUSE)
        status, said = await _once(address, content, headers)
        if 200 <= status < 300:
            return
        if 0 < status < 500 and status not in _AGAIN:
            break
    raise NotTaken(said)


def encoded(body: Mapping[str, Any]) -> bytes:
    """The bytes of a document."""
    return json.dumps(body, ensure_ascii=True, separators=(",", ":")).encode()


async def _once(address: str, content: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
    """Status and what to say of it; status 0 is no answer."""
    import httpx

    own = {"Content-Type": "application/json", "User-Agent": f"kiro-worker/{__version__}"}
    try:
        # A redirect would take the notice to who knows where.
        async with asyncio.timeout(_WHOLE), httpx.AsyncClient(timeout=_SILENCE, follow_redirects=False) as client:
            answer = await client.post(address, content=content, headers={**own, **headers})
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as error:
        # The library's words quote the address.
        return 0, f"it did not answer ({type(error).__name__})"
    return answer.status_code, f"it answered with HTTP {answer.status_code}"
