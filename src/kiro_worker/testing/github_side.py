"""The fake GitHub as the forge's contract wants it: people who edit, a network that loses, workers that publish."""

import itertools
from typing import Any

from kiro_worker.forge import CommitStatus, GitHubRepository, PullRequest, StatusState
from kiro_worker.forge.conversation import CheckState
from kiro_worker.forge.github.credential import Credential, Token
from kiro_worker.forge.github.exchange import Manner
from kiro_worker.forge.github.forge import GitHubForge
from kiro_worker.forge.github.transport import Bounds
from kiro_worker.forge.github.wire import read_pull
from kiro_worker.testing.github_access import Grant
from kiro_worker.testing.github_server import Act, GitHubServer, Trouble
from kiro_worker.testing.github_talk import FakeTalk

TOKEN = "ghp_0123456789abcdefghijABCDEFGHIJ012345"

_BOUNDS = Bounds(silence=5, whole=10, size=1_000_000)


class GitHubSide:
    """See `forge_contract.ForgeSide`.

    Attributes:
        api_url: where the forges that are made here find their API.
    """

    def __init__(self, server: GitHubServer) -> None:
        server.model.tokens[TOKEN] = Grant()
        if server.schemas is not None:
            server.model.talk = FakeTalk(server.model, server.schemas.graphql)
        self.server = server
        self.model = server.model
        self.clock = server.model.clock
        self.api_url = server.address
        self._forges: list[GitHubForge] = []
        self._commits = (f"{number:040x}" for number in itertools.count(1))

    @property
    def repository(self) -> GitHubRepository:
        """The fake's repository as it was called at first."""
        return GitHubRepository(api_url=self.api_url, owner="ada", name="engine")

    def forge(
        self, credential: Credential | None = None, *, manner: Manner | None = None, bounds: Bounds | None = None
    ) -> GitHubForge:
        """One more worker's forge, closed by `close`."""
        made = GitHubForge(
            self.repository,
            credential or Token(TOKEN, source="GITHUB_TOKEN"),
            clock=self.clock,
            manner=manner,
            bounds=bounds or _BOUNDS,
        )
        self._forges.append(made)
        return made

    async def close(self) -> None:
        """Close every forge that was made here."""
        for forge in self._forges:
            await forge.close()

    def push(self, branch: str) -> str:
        """See `ForgeSide.push`."""
        commit = next(self._commits)
        self.model.push(branch, commit)
        return commit

    def lose_answers(self, count: int, *, done: bool) -> None:
        """See `ForgeSide.lose_answers`; minting a token for an App is no write of the forge's."""
        wanted = "^/(repos|graphql)"
        self.server.trouble(Trouble(act=Act.RESET, method="POST|PATCH", path=wanted, times=count, after=done))

    def fail(self, **trouble: Any) -> None:
        """Make the next requests go wrong, see `Trouble`."""
        self.server.trouble(Trouble(**trouble))

    async def pulls(self) -> tuple[PullRequest, ...]:
        """See `ForgeSide.pulls`."""
        read = (read_pull(pull) for pull in reversed(self.model.repository.pulls))
        return tuple(listed.pull for listed in read if listed is not None)

    async def edit(self, number: int, **changes: Any) -> None:
        """See `ForgeSide.edit`."""
        self.model.edit(number, **changes)

    async def settle(self, number: int, *, merged: bool) -> None:
        """See `ForgeSide.settle`."""
        self.model.settle(number, merged=merged)

    async def statuses(self, commit: str) -> tuple[CommitStatus, ...]:
        """See `ForgeSide.statuses`."""
        latest = {status["context"]: status for status in reversed(self.model.repository.statuses.get(commit, []))}
        return tuple(
            CommitStatus(
                commit=commit,
                state=StatusState(status["state"]),
                description=status["description"],
                url=status["target_url"] or "",
                context=context,
            )
            for context, status in latest.items()
        )

    async def say(self, number: int, author: str, body: str, **more: Any) -> str:
        """See `ForgeSide.say`."""
        return self._talk.say(number, author, body, **more).id

    async def let(self, account: str, *, may_write: bool) -> None:
        """See `ForgeSide.let`."""
        self._talk.permissions[account] = "write" if may_write else "read"

    async def check(self, commit: str, name: str, state: CheckState, says: str = "") -> None:
        """See `ForgeSide.check`."""
        conclusion = {CheckState.GOOD: "SUCCESS", CheckState.BAD: "FAILURE", CheckState.PENDING: None}[state]
        self._talk.check(commit, name, conclusion, title=says)

    @property
    def _talk(self) -> FakeTalk:
        assert self.model.talk is not None
        return self.model.talk

    def writes(self) -> list[str]:
        """What was sent to change something, as method and path."""
        return [f"{seen.method} {seen.path}" for seen in self.server.seen if seen.method != "GET"]
