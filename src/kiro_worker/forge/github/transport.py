"""Sending one request to GitHub, with bounds on time and size, and telling what is known when it fails."""

import asyncio
import json
import re
import ssl
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urljoin, urlsplit

from kiro_worker import __version__
from kiro_worker.forge import escape
from kiro_worker.forge.github.wire import Answer, Request
from kiro_worker.forge.repository import GitHubRepository
from kiro_worker.forge.traffic import counting
from kiro_worker.value import dataclass

if TYPE_CHECKING:
    import httpx

API_VERSION = "2022-11-28"

_REDIRECTS = frozenset({301, 302, 307, 308})
# Those two keep the method; after the others a write would have to be guessed.
_KEEP_METHOD = frozenset({307, 308})
_MOST_REDIRECTS = 3
_CREDENTIALS = re.compile(r"//[^/\s@]+@")


class NotSent(Exception):
    """The request did not reach GitHub, so nothing was done; the text says why."""


class AnswerLost(Exception):
    """The request may have been carried out, and nobody knows; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much one request may take.

    Attributes:
        silence: seconds without a byte.
        whole: seconds in all.
        size: bytes of an answer.
    """

    silence: float = 30.0
    whole: float = 120.0
    size: int = 16 * 1024 * 1024


class Transport:
    """Connections to one GitHub's API; proxies and certificate authorities are taken from the environment."""

    def __init__(self, repository: GitHubRepository, bounds: Bounds | None = None) -> None:
        self._rest = repository.api_url
        self._graphql = repository.graphql_url
        self._bounds = bounds or Bounds()
        self._opened: httpx.AsyncClient | None = None

    async def send(self, request: Request, token: str) -> Answer:
        """Send a request and follow redirects on the same host.

        Raises:
            NotSent: nothing was done.
            AnswerLost: it may or may not have been.
        """
        traffic = counting()
        try:
            answer = await self._sent(request, token)
        except (NotSent, AnswerLost):
            if traffic is not None:
                traffic.lost()
            raise
        if traffic is not None:
            traffic.answered(answer.status, answer.headers)
        return answer

    async def _sent(self, request: Request, token: str) -> Answer:
        import httpx

        url = self._graphql if request.graphql else self._rest + request.path
        try:
            async with asyncio.timeout(self._bounds.whole):
                return await self._follow(request, url, token)
        except _never_sent() as error:
            raise NotSent(self._told(error, token)) from None
        except (httpx.HTTPError, httpx.StreamError, TimeoutError) as error:
            raise AnswerLost(self._told(error, token)) from None

    async def close(self) -> None:
        """Close every connection."""
        if self._opened is not None:
            await self._opened.aclose()

    async def _follow(self, request: Request, url: str, token: str) -> Answer:
        query = dict(request.query)
        followed = 0
        while True:
            answer = await self._once(request, url, query, token, moved=followed > 0)
            location = answer.headers.get("location", "")
            may = answer.status in (_REDIRECTS if request.method == "GET" else _KEEP_METHOD)
            if not may or not location:
                return answer
            target = urljoin(url, location)
            if followed == _MOST_REDIRECTS or _site(urlsplit(target)) != _site(urlsplit(url)):
                # The token is for this host alone.
                return answer
            url, query = target, {} if urlsplit(target).query else query
            followed += 1

    async def _once(self, request: Request, url: str, query: dict[str, str], token: str, *, moved: bool) -> Answer:
        content = None if request.body is None else json.dumps(request.body).encode()
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if content is not None:
            headers["Content-Type"] = "application/json"
        client = self._client()
        sent = client.build_request(request.method, url, params=query or None, content=content, headers=headers)
        response = await client.send(sent, stream=True)
        try:
            # An echo of the token is not to reach an error or a log.
            body = (await self._read(response)).replace(token.encode() or b"\0", b"[token]")
        finally:
            await response.aclose()
        told = {name.lower(): value for name, value in response.headers.items()}
        payload, text = _decoded(body)
        if response.is_success and payload is None and body.strip():
            raise AnswerLost(f"an answer that is no JSON: {text or 'unreadable'}")
        return Answer(status=response.status_code, headers=told, payload=payload, text=text, moved=moved)

    async def _read(self, response: "httpx.Response") -> bytes:
        body = bytearray()
        async for piece in response.aiter_bytes():
            body += piece
            if len(body) > self._bounds.size:
                raise AnswerLost(f"an answer of more than {self._bounds.size:,} bytes")
        return bytes(body)

    def _client(self) -> "httpx.AsyncClient":
        import httpx

        if self._opened is None:
            self._opened = httpx.AsyncClient(
                timeout=self._bounds.silence,
                follow_redirects=False,
                verify=_trusted(ssl.get_default_verify_paths()),
                headers={
                    "Accept": "application/vnd.github+json",
                    # Compressed answers could grow past the bound within one piece.
                    "Accept-Encoding": "identity",
                    "User-Agent": f"kiro-worker/{__version__}",
                    "X-GitHub-Api-Version": API_VERSION,
                },
            )
        return self._opened

    def _told(self, error: Exception, token: str) -> str:
        if isinstance(error, TimeoutError):
            return f"no whole answer within {self._bounds.whole:g} s"
        said = _CREDENTIALS.sub("//", str(error)) or _spaced(type(error).__name__)
        return escape.line(said.replace(token, "[token]") if token else said)


@cache
def _trusted(_places: ssl.DefaultVerifyPaths) -> ssl.SSLContext:
    """Whom connections trust, where the variables of SSL lead; to read all authorities takes longer than a request."""
    import httpx

    return httpx.create_ssl_context()


def _never_sent() -> tuple[type[Exception], ...]:
    import httpx

    before_connecting = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
    return (*before_connecting, httpx.UnsupportedProtocol, httpx.LocalProtocolError)


def _decoded(body: bytes) -> tuple[Any, str]:
    try:
        return json.loads(body), ""
    except (ValueError, RecursionError):
        text = body[:4000].decode("utf-8", "replace")
        title = re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
        return None, escape.line(title[1] if title else re.sub(r"<[^>]*>", " ", text), limit=200)


def _site(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port


def _spaced(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
