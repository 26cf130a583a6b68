"""Pull requests and commit statuses on github.com, ghe.com and GitHub Enterprise Server."""

from typing import Any
from urllib.parse import quote

from kiro_worker.clock import Clock, SystemClock
from kiro_worker.forge import escape
from kiro_worker.forge.conversation import Activity, Conversation
from kiro_worker.forge.fault import ForgeFault
from kiro_worker.forge.github.access import look
from kiro_worker.forge.github.credential import Credential
from kiro_worker.forge.github.exchange import TRIES, Exchange, Manner
from kiro_worker.forge.github.pulls import AlreadyThere, Pulls
from kiro_worker.forge.github.refusal import fault_of, words
from kiro_worker.forge.github.talk import Talk
from kiro_worker.forge.github.transport import AnswerLost, Bounds, Transport
from kiro_worker.forge.github.wire import Listed, Request
from kiro_worker.forge.plan import Create, Leave, Plan, Update, pick, plan
from kiro_worker.forge.port import (
    DESCRIPTION_LIMIT,
    CommitStatus,
    ForgeCheck,
    Proposal,
    Published,
    PullRequest,
)
from kiro_worker.forge.repository import GitHubRepository
from kiro_worker.value import dataclass

_CONTEXT_LIMIT = 255


@dataclass(slots=True)
class _Effort:
    """What one call of `publish` has done so far."""

    change: str = "unchanged"
    notes: tuple[str, ...] = ()
    failures: int = 0
    last: str = ""


class GitHubForge:
    """One repository's pull requests on GitHub.

    `publish` reads what is there, does what is missing, and looks again whenever it cannot know what became of a
    write. GitHub itself refuses a second open pull request from one branch to one base, which settles the rest.

    Attributes:
        refusal: why the last `report` came back False.
    """

    def __init__(
        self,
        repository: GitHubRepository,
        credential: Credential,
        *,
        clock: Clock | None = None,
        manner: Manner | None = None,
        bounds: Bounds | None = None,
    ) -> None:
        """Use a repository.

        Args:
            repository: where it is.
            credential: closed together with the forge.
            clock: for every wait.
            manner: how long to wait for what.
            bounds: how much one request may take.
        """
        self.refusal = ""
        self._clock = clock or SystemClock()
        self._credential = credential
        self._transport = Transport(repository, bounds)
        self._exchange = Exchange(self._transport, credential, self._clock, manner)
        self._pulls = Pulls(self._exchange, repository)
        self._talk = Talk(self._exchange, repository)

    @property
    def name(self) -> str:
        """See `Forge.name`."""
        return self._pulls.repository.host

    async def check(self) -> ForgeCheck:
        """See `Forge.check`."""
        return await look(self._exchange, self._pulls.repository)

    async def find(self, branch: str) -> PullRequest | None:
        """See `Forge.find`."""
        return pick(tuple(listed.pull for listed in await self._pulls.of_branch(branch)))

    async def publish(self, proposal: Proposal) -> Published:
        """See `Forge.publish`."""
        effort = _Effort()
        try:
            async with self._exchange.writing():
                while True:
                    published = await self._step(proposal, effort)
                    if published is not None:
                        return published
        except ForgeFault as fault:
            fault.kept = fault.kept or f"The commits are on {proposal.branch}; running again finds what was written."
            raise

    async def report(self, status: CommitStatus) -> bool:
        """See `Forge.report`."""
        body = {
            "state": status.state.value,
            "context": status.context[:_CONTEXT_LIMIT],
            "description": escape.line(status.description, limit=DESCRIPTION_LIMIT),
        }
        if status.url.startswith(("https://", "http://")):
            body["target_url"] = status.url
        path = f"/repos/{self._pulls.repository}/statuses/{quote(status.commit, safe='')}"
        request = Request(method="POST", path=path, purpose=f"set the status of commit {status.commit[:12]}", body=body)
        async with self._exchange.writing():
            return await self._set_status(request, status.commit)

    async def activity(self) -> tuple[Activity, ...]:
        """See `Conversations.activity`."""
        return await self._talk.activity()

    async def conversation(self, number: int) -> Conversation | None:
        """See `Conversations.conversation`."""
        return await self._talk.conversation(number)

    async def may_write(self, account: str) -> bool:
        """See `Conversations.may_write`."""
        return await self._talk.may_write(account)

    async def notice(self, remark: str) -> bool:
        """See `Conversations.notice`."""
        return await self._talk.notice(remark)

    async def answer(self, number: int, key: str, text: str) -> str:
        """See `Conversations.answer`."""
        return await self._talk.answer(number, key, text)

    async def close(self) -> None:
        """See `Forge.close`."""
        await self._transport.close()
        await self._credential.close()

    async def _step(self, proposal: Proposal, effort: _Effort) -> Published | None:
        """Look, and do the one thing that is missing; None when it has to be looked at again."""
        await self._exchange.pace()
        listed = await self._pulls.of_branch(proposal.branch)
        planned = plan(proposal, tuple(each.pull for each in listed))
        if isinstance(planned, Leave):
            return Published(pull_request=planned.pull, change=effort.change, notes=_once(effort.notes, planned.notes))
        try:
            done, notes = await self._carry_out(proposal, planned, listed)
        except AlreadyThere:
            effort.last = "GitHub says that one exists, and does not list it"
        except AnswerLost as lost:
            # It may well have been done: what is found next was then this call's work.
            effort.change, effort.notes, effort.last = _change_of(planned), planned.notes, str(lost)
        else:
            wrote = isinstance(planned, Create) or done.pull != planned.pull
            if wrote and effort.change != "created":
                effort.change = _change_of(planned)
            notes = _once(effort.notes, planned.notes, notes)
            return Published(pull_request=done.pull, change=effort.change, notes=notes)
        effort.failures += 1
        if effort.failures >= TRIES:
            request = Request(
                method="POST", path=f"/repos/{self._pulls.repository}/pulls", purpose=f"publish {proposal.branch}"
            )
            raise self._exchange.unreachable(request, effort.last)
        await self._exchange.back_off(effort.failures - 1)
        return None

    async def _carry_out(
        self, proposal: Proposal, planned: Create | Update, listed: tuple[Listed, ...]
    ) -> tuple[Listed, tuple[str, ...]]:
        if isinstance(planned, Create):
            return await self._pulls.create(proposal, planned)
        found = next(each for each in listed if each.pull.number == planned.pull.number)
        done, notes = await self._pulls.update(found, planned)
        if planned.draft is None:
            return done, notes
        # The text first: whoever is asked to review finds it whole.
        done, more = await self._pulls.set_draft(done, draft=planned.draft)
        return done, notes + more

    async def _set_status(self, request: Request, commit: str) -> bool:
        said = ""
        for nth in range(TRIES):
            await self._exchange.pace()
            if nth and await self._is_set(request, commit):
                return True
            try:
                answer = await self._exchange.write(request)
            except AnswerLost as lost:
                said = str(lost)
                await self._exchange.back_off(nth)
                continue
            if answer.ok:
                return True
            if answer.status in {403, 404, 422}:
                self.refusal = words(answer)
                return False
            raise fault_of(request, answer, self._credential)
        raise self._exchange.unreachable(request, said)

    async def _is_set(self, request: Request, commit: str) -> bool:
        """Whether the latest status of this context is the wanted one already."""
        assert request.body is not None
        path = f"/repos/{self._pulls.repository}/commits/{quote(commit, safe='')}/statuses"
        look_up = Request(method="GET", path=path, purpose=request.purpose, query={"per_page": "100"})
        answer = await self._exchange.read(look_up)
        found = answer.payload if answer.ok and isinstance(answer.payload, list) else []
        latest: dict[str, Any] = next((each for each in found if each.get("context") == request.body["context"]), {})
        return all(latest.get(key) == value for key, value in request.body.items())


def _change_of(planned: Plan) -> str:
    return "created" if isinstance(planned, Create) else "updated"


def _once(*notes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(note for each in notes for note in each))
