"""The fake GitHub's project as the board's contract wants it: people who drag cards, and a network that loses."""

from typing import Any

from kiro_worker.board import CardId, Columns, NewWork
from kiro_worker.board.github import GitHubBoard, Project
from kiro_worker.bootstrap.project import ForgeLine
from kiro_worker.forge.github.credential import Credential, Token
from kiro_worker.forge.github.exchange import Manner
from kiro_worker.forge.github.transport import Bounds
from kiro_worker.forge.repository import GitHubRepository
from kiro_worker.testing.board_contract import NAMES
from kiro_worker.testing.github_access import Grant
from kiro_worker.testing.github_projects import FakeCard, FakeProject
from kiro_worker.testing.github_server import Act, GitHubServer, Trouble

TOKEN = "ghp_0123456789abcdefghijABCDEFGHIJ012345"

_BOUNDS = Bounds(silence=5, whole=10, size=4_000_000)
_PRIORITIES = {None: None, 1: "P1", 2: "P2", 3: "P3"}


class GitHubBoardSide:
    """See `board_contract.BoardSide`.

    Attributes:
        wanted: which project the boards that are made here are of; a test may change it.
    """

    def __init__(self, server: GitHubServer, project: FakeProject) -> None:
        server.model.tokens[TOKEN] = Grant(scopes=("project", "repo"))
        server.model.project = project
        self.server = server
        self.project = project
        self.clock = server.model.clock
        self.wanted = Project(owner="acme", number=4, columns=Columns(NAMES))
        self._boards: list[GitHubBoard] = []

    def board(
        self,
        credential: Credential | None = None,
        *,
        points_per_hour: int = 0,
        manner: Manner | None = None,
    ) -> GitHubBoard:
        """One more worker's board, closed by `close`."""
        line = ForgeLine(
            GitHubRepository(api_url=self.server.address, owner="acme", name="-"),
            credential or Token(TOKEN, source="GITHUB_TOKEN"),
            clock=self.clock,
            manner=manner,
            bounds=_BOUNDS,
        )
        made = GitHubBoard(line, self.wanted, points_per_hour=points_per_hour, clock=self.clock)
        self._boards.append(made)
        return made

    async def close(self) -> None:
        """Close every board that was made here."""
        for board in self._boards:
            await board.close()

    async def add(
        self,
        title: str,
        *,
        column: str = "For Implementation",
        branch: str = "",
        priority: int | None = None,
        blocked_by: CardId | None = None,
        **more: Any,
    ) -> CardId:
        """See `BoardSide.add`."""
        linked = [(branch, "acme/engine")] if branch else []
        blockers = [self.card(blocked_by).content] if blocked_by else []
        more["labels"] = list(more.get("labels", ()))
        content = self.project.content("Issue", title, branches=linked, blocked_by=blockers, **more)
        return CardId(self.project.add(content, Status=column, Priority=_PRIORITIES[priority]).id)

    async def propose(self, title: str, branch: str) -> NewWork:
        """See `BoardSide.propose`."""
        content = self.project.content("PullRequest", title, head=branch)
        return NewWork(title=title, repository="acme/engine", branch=branch, pull_request=content.number)

    def card(self, card: CardId) -> FakeCard:
        """One card as GitHub knows it."""
        return self.project.card(card)

    async def drag(self, card: CardId, name: str) -> None:
        """See `BoardSide.drag`."""
        self.project.drag(card, name)

    async def settle(self, card: CardId, *, closed: bool) -> None:
        """See `BoardSide.settle`."""
        content = self.card(card).content
        content.state, content.updated = "CLOSED" if closed else "OPEN", self.project.now()

    async def remove(self, card: CardId) -> None:
        """See `BoardSide.remove`."""
        self.project.cards.remove(self.card(card))

    async def notes(self, card: CardId) -> tuple[str, ...]:
        """See `BoardSide.notes`."""
        return tuple(str(comment["body"]) for comment in self.card(card).content.comments)

    def pass_time(self) -> None:
        """See `BoardSide.pass_time`."""
        advance: Any = getattr(self.clock, "advance")  # noqa: B009  # a clock of the tests
        advance(61)

    def lose_answers(self, count: int, *, done: bool) -> None:
        """See `BoardSide.lose_answers`."""
        self.fail(act=Act.RESET, document="^\\s*mutation", times=count, after=done)

    def fail(self, **trouble: Any) -> None:
        """Make the next requests go wrong, see `Trouble`."""
        self.server.trouble(Trouble(**trouble))

    def asked(self) -> list[str]:
        """The names of the documents that were sent, in order."""
        return [str(seen.body["query"]).split("(")[0].split()[-1] for seen in self.server.seen if seen.body]
