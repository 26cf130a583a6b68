"""The way to GitHub's GraphQL: what the board needs of it, and nothing of how it is reached."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from kiro_worker.value import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One document with its variables.

    Attributes:
        purpose: for people, after "Could not": `read the cards of acme's project 4`.
    """

    document: str
    variables: Mapping[str, Any]
    purpose: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One error that GraphQL answered with.

    Attributes:
        kind: `NOT_FOUND`, `FORBIDDEN`, `INSUFFICIENT_SCOPES` …; empty where there is none.
        code: of a document that the server does not understand, such as `undefinedField`.
        subject: the field or argument that it speaks of, where it names one.
    """

    message: str
    kind: str = ""
    code: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer with status 200.

    Attributes:
        data: empty when there was none.
        refusals: may be there beside data, which is then incomplete.
        scopes: of a classic token; None for every other kind, which have none.
        request_id: GitHub's own id, which its support asks for.
    """

    data: Mapping[str, Any] = field(default_factory=dict)
    refusals: tuple[Refusal, ...] = ()
    scopes: frozenset[str] | None = None
    request_id: str = ""

    @property
    def words(self) -> str:
        """What GitHub itself says."""
        return "; ".join(dict.fromkeys(refusal.message for refusal in self.refusals)) or "it gave no reason"

    def misses(self, subject: str) -> bool:
        """Whether the server is too old for a field or an argument."""
        return any(refusal.code and refusal.subject == subject for refusal in self.refusals)


class Line(Protocol):
    """Questions to one GitHub, signed in, with every wait and retry that it asks for.

    Raises:
        BoardUnreachable: no usable answer came, or the query was too heavy for the server.
        BoardLimited: a rate limit lasts too long.
        WorkerError: the credential is not taken.
    """

    @property
    def host(self) -> str:
        """For people: `github.com`."""
        ...

    @property
    def kind(self) -> str:
        """The kind of credential, for people: `classic token`, `GitHub App`."""
        ...

    @property
    def source(self) -> str:
        """Where the credential can be changed, such as a variable's name."""
        ...

    async def read(self, query: Query) -> Answer:
        """Ask something that changes nothing, up to three times."""
        ...

    async def write(self, query: Query) -> Answer | None:
        """Change something, inside `writing`; None when nobody knows whether it was carried out."""
        ...

    def writing(self) -> AbstractAsyncContextManager[None]:
        """Be the only writer of this process, from reading what is there to the last write."""
        ...

    async def pace(self) -> None:
        """Wait until the next write is polite; before the read that it rests on."""
        ...

    async def back_off(self, nth: int) -> None:
        """Wait after the nth failure."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
