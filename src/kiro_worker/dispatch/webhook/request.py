"""One HTTP request, read within bounds; no more of HTTP than a forge needs to deliver."""

import asyncio
from collections.abc import Mapping
from hashlib import sha256

from kiro_worker.dispatch.webhook.signature import Signing
from kiro_worker.value import dataclass

_LINE = 8 * 1024
_HEADERS = 100
# GitHub sends none that are larger.
LARGEST = 25 * 1024 * 1024
# What is longer is hashed as it comes and not kept: strangers must not fill the memory before they are turned away.
_KEPT = 1024 * 1024
_PIECE = 64 * 1024


class Unfit(Exception):
    """The request is answered with a status, and nothing else follows from it."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status, self.why = status, why


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What came.

    Attributes:
        headers: names in lower case.
        body: empty where it is too long to be kept.
        signature: that the body has with the secret.
        digest: of the body, SHA-256 in hex.
    """

    headers: Mapping[str, str]
    body: bytes
    signature: str
    digest: str


async def read_request(reader: asyncio.StreamReader, secret: bytes, *, path: str, largest: int = LARGEST) -> Delivery:
    """Read a request; one that is for nobody here is refused before its body is read.

    Raises:
        Unfit: with the status that it is answered with.
    """
    words = (await _line(reader)).split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise Unfit(400, "This is no HTTP/1 request.")
    method, target, _ = words
    headers = await _headers(reader)
    if target.partition("?")[0] != path:
        raise Unfit(404, "There is nothing here.")
    if method != "POST":
        raise Unfit(405, "Deliveries are posted.")
    if "transfer-encoding" in headers:
        raise Unfit(411, "A delivery says how long it is.")
    length = headers.get("content-length", "")
    if not (length.isascii() and length.isdecimal()) or len(length) > 12:
        raise Unfit(411, "A delivery says how long it is.")
    if int(length) > largest:
        raise Unfit(413, "That is too large.")
    return await _with_body(reader, secret, headers, int(length))


async def _with_body(reader: asyncio.StreamReader, secret: bytes, headers: Mapping[str, str], length: int) -> Delivery:
    signing, digest, kept = Signing(secret), sha256(), bytearray()
    left = length
    while left:
        piece = await reader.read(min(_PIECE, left))
        if not piece:
            raise Unfit(400, "It ended early.")
        signing.update(piece)
        digest.update(piece)
        if length <= _KEPT:
            kept += piece
        left -= len(piece)
    return Delivery(headers=headers, body=bytes(kept), signature=signing.signature, digest=digest.hexdigest())


async def _headers(reader: asyncio.StreamReader) -> Mapping[str, str]:
    headers: dict[str, str] = {}
    for _ in range(_HEADERS):
        line = await _line(reader)
        if not line:
            return headers
        name, separator, value = line.partition(":")
        name = name.lower()
        if not separator or not name or name != name.strip() or name in headers:
            # Two of one name could be read differently by whoever stands in front.
            raise Unfit(400, "A header is none, or there are two of it.")
        headers[name] = value.strip()
    raise Unfit(431, "There are too many headers.")


async def _line(reader: asyncio.StreamReader) -> str:
    try:
        line = await reader.readuntil(b"\n")
    except asyncio.LimitOverrunError as error:
        raise Unfit(431, "A line is too long.") from error
    except asyncio.IncompleteReadError as error:
        raise Unfit(400, "It ended early.") from error
    if len(line) > _LINE:
        raise Unfit(431, "A line is too long.")
    return line.decode("latin-1").rstrip("\r\n")
