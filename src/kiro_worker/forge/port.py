"""Pull requests and commit statuses, wherever they live."""

from enum import StrEnum
from typing import Protocol

from kiro_worker.forge.conversation import Activity, Conversation
from kiro_worker.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequest:
    """A pull request as it stands on the forge."""

    number: int
    url: str
    title: str
    body: str
    branch: str
    base: str
    draft: bool
    open: bool
    merged: bool = False
    head: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What a pull request is to say; the forge makes it so, once, however often it is asked.

    Attributes:
        title: used when the pull request is created; a person's later change of it stays.
        block: the worker's own part of the body, without markers; everything outside it belongs to people.
        commit: the head that this proposal speaks of.
    """

    branch: str
    base: str
    title: str
    block: str
    draft: bool
    commit: str
    run: str


DESCRIPTION_LIMIT = 140
"""Characters of a commit status's description; longer ones are shortened."""


class StatusState(StrEnum):
    """A commit status, in GitHub's words."""

    PENDING = "pending"
    SUCCESS = "success"
    FAILURE = "failure"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitStatus:
    """One line beside a commit: at most `DESCRIPTION_LIMIT` characters of description."""

    commit: str
    state: StatusState
    description: str
    url: str = ""
    context: str = "kiro-worker"


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What became of a proposal.

    Attributes:
        change: "created", "updated" or "unchanged".
        notes: what could not be had and what was done instead (drafts or statuses refused, text of a person kept).
    """

    pull_request: PullRequest
    change: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgeCheck:
    """Whether the forge can be used, found out by reading only.

    Attributes:
        passing: what stands in the way may go by itself: no answer, or a limit for now.
    """

    ready: bool
    account: str = ""
    detail: str = ""
    cure: str = ""
    passing: bool = False


class Conversations(Protocol):
    """What people and checks say on one repository's pull requests, and the worker's answers.

    Raises:
        ForgeFault: from every method, after three tries.
    """

    async def activity(self) -> tuple[Activity, ...]:
        """The open pull requests of this very repository, the last changed first, at most fifty: one cheap request."""
        ...

    async def conversation(self, number: int) -> Conversation | None:
        """All that is said on a pull request; None when there is none of that number."""
        ...

    async def may_write(self, account: str) -> bool:
        """Whether an account may push to the repository; False where the forge does not say so."""
        ...

    async def notice(self, remark: str) -> bool:
        """Show with 👀 that a remark was taken up, once; False where that cannot be shown."""
        ...

    async def answer(self, number: int, key: str, text: str) -> str:
        """Make an answer stand on a pull request once: written, or its text made this one, or left as it is.

        Returns its address, empty where nothing can be said, such as on a locked conversation.
        """
        ...


class Forge(Conversations, Protocol):
    """One repository's pull requests and commit statuses, and what is said on them.

    Writes are never repeated blindly: after a lost answer the forge is read again, by head branch, and only what
    is still missing is done. So `publish` may be called any number of times, by any number of runs.
    """

    @property
    def name(self) -> str:
        """For people: `github.com`, `local`."""
        ...

    async def check(self) -> ForgeCheck:
        """Look, without writing, whether the repository and the rights are there."""
        ...

    async def find(self, branch: str) -> PullRequest | None:
        """The branch's open pull request, else its newest closed one, else None.

        Raises:
            ForgeFault: after three tries; names the request and the forge's own words.
        """
        ...

    async def publish(self, proposal: Proposal) -> Published:
        """Create or update the one pull request of a branch.

        Raises:
            ForgeFault: after three tries; says what was kept.
        """
        ...

    async def report(self, status: CommitStatus) -> bool:
        """Set a commit status; False when this forge or this token cannot have one."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
