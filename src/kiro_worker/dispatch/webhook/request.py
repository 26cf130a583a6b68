"""One HTTP request, read within bounds; no more of HTTP than a forge needs to deliver."""

import asyncio
from collections.abc import Mapping

from kiro_worker.value import dataclass

_LINE = 8 * 1024
_HEADERS = 100
# GitHub sends none that are larger.
LARGEST = 25 * 1024 * 1024


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
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""


async def read_request(reader: asyncio.StreamReader, *, path: str, largest: int = LARGEST) -> Delivery:
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
    try:
        body = await reader.readexactly(int(length))
    except asyncio.IncompleteReadError as error:
        raise Unfit(400, "It ended early.") from error
    return Delivery(method=method, path=path, headers=headers, body=body)


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
