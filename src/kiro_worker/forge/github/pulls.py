"""The calls about pull requests, one method each; every answer is either believed or a fault."""

from dataclasses import replace
from typing import Any

from kiro_worker.forge.fault import NothingToPropose
from kiro_worker.forge.github.documents import MARK_DRAFT, MARK_READY
from kiro_worker.forge.github.exchange import Exchange
from kiro_worker.forge.github.limit import graphql_errors
from kiro_worker.forge.github.refusal import fault_of, says, words
from kiro_worker.forge.github.transport import AnswerLost
from kiro_worker.forge.github.wire import Answer, Listed, Request, read_pull
from kiro_worker.forge.plan import Create, Update
from kiro_worker.forge.port import Proposal
from kiro_worker.forge.repository import GitHubRepository

_PAGE_SIZE = 30
_MOST_PAGES = 10


class AlreadyThere(Exception):
    """GitHub refused a second pull request for the branch: look again for the first."""


class Pulls:
    """A repository's pull requests.

    Attributes:
        repository: as GitHub calls it now; a renamed one is learnt on the way.
        drafts_refused: why drafts are not to be had; empty as long as that is not known.
    """

    def __init__(self, exchange: Exchange, repository: GitHubRepository) -> None:
        self.repository = repository
        self.drafts_refused = ""
        self._exchange = exchange

    async def of_branch(self, branch: str) -> tuple[Listed, ...]:
        """Every pull request of a branch of this repository, open or not, newest first."""
        found, moved = await self._list(branch)
        if moved:
            # The owner is part of the filter, so an old name may have hidden what is there.
            await self._learn_name()
            found, _ = await self._list(branch)
        return found

    async def create(self, proposal: Proposal, planned: Create) -> tuple[Listed, tuple[str, ...]]:
        """Open a pull request; notes say what had to be done differently.

        Raises:
            AlreadyThere: somebody was quicker, or an earlier try got through.
            AnswerLost: look before trying again.
            NothingToPropose: the branch has nothing that its base has not.
        """
        draft = proposal.draft and not self.drafts_refused
        answer = await self._post(proposal, planned, draft=draft)
        if draft and answer.status == 422 and says(answer, "draft pull request"):
            self.drafts_refused = words(answer)
            answer = await self._post(proposal, planned, draft=False)
        notes = (_no_draft(self.drafts_refused),) if proposal.draft and self.drafts_refused else ()
        return self._believed(answer), notes

    async def update(self, listed: Listed, planned: Update) -> tuple[Listed, tuple[str, ...]]:
        """Make the body and the base what they are to be.

        Raises:
            AnswerLost: look before trying again.
        """
        pull = listed.pull
        wanted = {"body": planned.body, "base": planned.base}
        body = {name: value for name, value in wanted.items() if value is not None}
        notes: tuple[str, ...] = ()
        if not body:
            return listed, notes
        request = self._request("PATCH", f"/pulls/{pull.number}", f"update pull request #{pull.number}", body=body)
        answer = await self._exchange.write(request)
        if answer.status == 422 and "base" in body:
            # The base may be gone, or another pull request may have it; the text is worth having all the same.
            notes = (f"Pull request #{pull.number} still goes to {pull.base}: {words(answer)}.",)
            del body["base"]
            if not body:
                return listed, notes
            request = replace(request, body=body)
            answer = await self._exchange.write(request)
        if not answer.ok:
            raise fault_of(request, answer, self._exchange.credential)
        return self._believed(answer), notes

    async def set_draft(self, listed: Listed, *, draft: bool) -> tuple[Listed, tuple[str, ...]]:
        """Make it a draft, or ready; where that is refused it stays as it is, and a note says so.

        Raises:
            AnswerLost: look before trying again.
        """
        number = listed.pull.number
        if draft and self.drafts_refused:
            return listed, (_no_draft(self.drafts_refused),)
        request = Request(
            method="POST",
            path="/graphql",
            purpose=f"mark pull request #{number} as {'draft' if draft else 'ready'}",
            body={"query": MARK_DRAFT if draft else MARK_READY, "variables": {"pull": listed.node}},
            graphql=True,
        )
        answer = await self._exchange.write(request)
        if answer.status == 401:
            raise fault_of(request, answer, self._exchange.credential)
        if answer.ok and not graphql_errors(answer):
            return replace(listed, pull=replace(listed.pull, draft=draft)), ()
        if draft:
            self.drafts_refused = words(answer)
            return listed, (_no_draft(self.drafts_refused),)
        return listed, (f"Pull request #{number} stays a draft, though it is ready: {words(answer)}.",)

    async def _list(self, branch: str) -> tuple[tuple[Listed, ...], bool]:
        found: list[Listed] = []
        moved = False
        for page in range(1, _MOST_PAGES + 1):
            request = self._request(
                "GET",
                "/pulls",
                f"list the pull requests of {branch}",
                query={
                    # Without the owner GitHub ignores the filter and lists every pull request there is.
                    "head": f"{self.repository.owner}:{branch}",
                    "state": "all",
                    "per_page": str(_PAGE_SIZE),
                    "page": str(page),
                },
            )
            answer = await self._exchange.read(request)
            if not answer.ok or not isinstance(answer.payload, list):
                raise fault_of(request, answer, self._exchange.credential)
            moved = moved or answer.moved
            read = [read_pull(each) for each in answer.payload]
            # The filter has let other branches at the same commit through.
            found += [each for each in read if each is not None and each.own and each.pull.branch == branch]
            if 'rel="next"' not in answer.headers.get("link", ""):
                break
        return tuple(found), moved

    async def _post(self, proposal: Proposal, planned: Create, *, draft: bool) -> Answer:
        wanted = {"title": planned.title, "head": proposal.branch, "base": proposal.base, "body": planned.body}
        purpose = f"open a pull request from {proposal.branch} to {proposal.base}"
        request = self._request("POST", "/pulls", purpose, body={**wanted, "draft": draft})
        answer = await self._exchange.write(request)
        if answer.ok or (draft and answer.status == 422 and says(answer, "draft pull request")):
            return answer
        if answer.status == 422 and says(answer, "pull request already exists"):
            raise AlreadyThere
        fault = fault_of(request, answer, self._exchange.credential)
        if answer.status == 422 and says(answer, "no commits between"):
            raise NothingToPropose(
                purpose=purpose,
                request=str(request),
                said=f"{proposal.branch} has no commit that {proposal.base} has not.",
                status=answer.status,
                request_id=answer.request_id,
                next_step=f"See what differs: git log {proposal.base}..{proposal.branch}",
            )
        raise fault

    async def _learn_name(self) -> None:
        request = self._request("GET", "", "look up the repository")
        answer = await self._exchange.read(request)
        if not answer.ok or not isinstance(answer.payload, dict):
            raise fault_of(request, answer, self._exchange.credential)
        owner, _, name = str(answer.payload.get("full_name", "")).partition("/")
        if owner and name:
            self.repository = replace(self.repository, owner=owner, name=name)

    def _request(
        self,
        method: str,
        path: str,
        purpose: str,
        *,
        query: dict[str, str] | None = None,
        body: dict[str, Any] | None = None,
    ) -> Request:
        return Request(
            method=method, path=f"/repos/{self.repository}{path}", purpose=purpose, query=query or {}, body=body
        )

    @staticmethod
    def _believed(answer: Answer) -> Listed:
        listed = read_pull(answer.payload)
        if listed is None:
            raise AnswerLost("an answer that tells of no pull request")
        return listed


def _no_draft(reason: str) -> str:
    return f"It could not be made a draft, so it is open for review though it is not done: {reason}."
