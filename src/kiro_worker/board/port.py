"""Work items on a board, wherever it lives."""

from enum import StrEnum
from typing import NewType, Protocol

from kiro_worker.value import dataclass

# What the board's own server calls a card; nothing is read out of it.
CardId = NewType("CardId", str)


class Column(StrEnum):
    """What a column is for; how the board calls it is a setting."""

    READY = "ready"
    WORKING = "working"
    REVIEW = "review"
    FAILED = "failed"
    NEEDS_INPUT = "needs-input"


class CardContent(StrEnum):
    """What a card stands for; on GitLab a pull request is a merge request."""

    ISSUE = "issue"
    PULL_REQUEST = "pull-request"
    DRAFT = "draft"
    HIDDEN = "hidden"


class Obstacle(StrEnum):
    """Why nobody can work on a card, as far as the board itself tells."""

    HIDDEN = "hidden"
    ARCHIVED = "archived"
    CLOSED = "closed"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hindrance:
    """One obstacle, with what a person can do about it.

    Attributes:
        fixed: the card itself cannot be moved.
    """

    kind: Obstacle
    why: str
    cure: str
    fixed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Priority:
    """How urgent a card is: the smaller the rank, the sooner."""

    rank: float
    name: str


class Link(StrEnum):
    """How a branch belongs to a card, the surest way first."""

    FIELD = "field"
    """A person wrote it on the card."""
    PULL_REQUEST = "pull-request"
    """The card is the branch's pull request."""
    LINKED = "linked"
    """The branch is linked to the issue."""
    CLOSES = "closes"
    """A pull request of the branch closes the issue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardBranch:
    """A branch that a card names.

    Attributes:
        repository: `owner/name`, or an address; empty where the card does not say.
        pull_request: the number of its open pull request, 0 when the board tells of none.
    """

    name: str
    link: Link
    repository: str = ""
    pull_request: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocker:
    """What has to be done before a card can be.

    Attributes:
        reference: for people, such as `owner/name#7`.
    """

    reference: str
    title: str
    done: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A work item as it stands on the board. All its texts were written by people whom nobody vouches for.

    Attributes:
        place: the column's name as the board shows it; empty when the card is in none.
        column: what that column is for; None for one that is not the worker's.
        reference: for people, such as `owner/name#7`.
        repository: `owner/name`, or an address; empty for a draft and for what is hidden.
        author: who made what the card stands for.
        branches: the surest first, each once.
        blocked_by: also those that are done.
        created: when what it stands for was made, RFC 3339; empty when that is hidden.
        hindrances: why nobody can work on it, as far as the board tells.
        notes: what could not be read, or not all of it.
    """

    id: CardId
    content: CardContent
    title: str = ""
    place: str = ""
    column: Column | None = None
    reference: str = ""
    url: str = ""
    repository: str = ""
    body: str = ""
    author: str = ""
    labels: tuple[str, ...] = ()
    priority: Priority | None = None
    branches: tuple[CardBranch, ...] = ()
    blocked_by: tuple[Blocker, ...] = ()
    created: str = ""
    changed: str = ""
    hindrances: tuple[Hindrance, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The cards of some columns, in the order in which they are to be worked on.

    Attributes:
        notes: what a person should know of how the board was read.
    """

    cards: tuple[Card, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWork:
    """Something that is to be worked on and is not on the board yet.

    Attributes:
        repository: `owner/name` where the board's server has it, else its address.
        branch: what carries the spec.
        pull_request: the number of the branch's pull request.
        body: what else a person should know.
    """

    title: str
    repository: str
    branch: str
    pull_request: int
    body: str = ""


class Change(StrEnum):
    """What became of a write."""

    DONE = "done"
    UNCHANGED = "unchanged"
    """It was so already."""
    ELSEWHERE = "elsewhere"
    """The card is not where it was expected, so nothing was written."""
    GONE = "gone"
    """There is no such card any more."""
    REFUSED = "refused"
    """The board does not take it; the reason is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What became of a move.

    Attributes:
        card: as it stands after it, read again; None when it is gone.
        why: only for what was refused.
    """

    change: Change
    card: Card | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something to tell on a card, once.

    Attributes:
        key: what it is about, of small letters, digits, `.`, `:` and `-`; the same key never stands on a card twice.
        text: Markdown, already redacted, and made harmless where it quotes others.
    """

    key: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What became of a note.

    Attributes:
        url: where it stands, as far as the board tells.
        why: only for what was refused.
    """

    change: Change
    url: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardCheck:
    """Whether the board can be used, found out by reading only.

    Attributes:
        columns: the names of the board's columns, in its order.
        notes: what works less well than it could, and what is only seen when it is done.
    """

    ready: bool
    detail: str = ""
    cure: str = ""
    account: str = ""
    columns: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Boards(Protocol):
    """One board of work items.

    A column is never a lock: two workers may both see a card and both move it. Who works on it is settled by the
    lease; the move only shows it. Reads may be answered a moment late; `move` and `tell` read again what they
    wrote, and after a lost answer they look before they do anything twice.

    Raises:
        WorkerError: from every method, when the board cannot be asked.
    """

    @property
    def name(self) -> str:
        """For people: `local`, `github.com/orgs/acme/projects/4`."""
        ...

    async def check(self) -> BoardCheck:
        """Look, without writing, whether the board, its columns and the rights are there; never raises for those."""
        ...

    async def cards(self, *columns: Column) -> Listing:
        """Every card of these columns, of all the worker's columns when none is named, in turn."""
        ...

    async def read(self, card: CardId) -> Card | None:
        """One card as it stands now; None only when the board can be seen and it is not there."""
        ...

    async def move(self, card: CardId, to: Column, *, only_from: Column | None = None) -> Moved:
        """Put a card into a column; with `only_from`, only if it is still there."""
        ...

    async def bring(self, work: NewWork) -> Moved:
        """Put a branch's pull request on the board once, into the column for what is ready.

        What is in a column of the worker's already is left where it is.
        """
        ...

    async def tell(self, card: CardId, note: Note) -> Told:
        """Make a note stand on a card once: written, or its text made this one, or left as it is.

        Raises:
            CardRefused: the key is none.
        """
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
