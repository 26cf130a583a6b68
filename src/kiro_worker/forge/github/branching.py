"""A branch with one commit, made through the API: for who has no git. GitHub signs the commit itself."""

from base64 import b64encode
from collections.abc import Mapping

from kiro_worker.forge.github.content import GitHubContent
from kiro_worker.forge.github.documents import COMMIT
from kiro_worker.forge.github.exchange import TRIES, Exchange
from kiro_worker.forge.github.limit import graphql_errors
from kiro_worker.forge.github.refusal import fault_of, says
from kiro_worker.forge.github.transport import AnswerLost
from kiro_worker.forge.github.wire import Request, text_at
from kiro_worker.forge.repository import GitHubRepository

_HEADS = "refs/heads/"


class GitHubBranching:
    """Makes branches of one repository. After an answer that was lost it looks before it does anything again."""

    def __init__(self, exchange: Exchange, repository: GitHubRepository, content: GitHubContent) -> None:
        self._exchange, self._repository, self._content = exchange, repository, content

    async def make(self, branch: str, base: str) -> None:
        """Make a branch at a commit; one that is there at just that commit was made by an earlier try.

        Raises:
            ForgeFault: it is there already, or cannot be made.
        """
        request = Request(
            method="POST",
            path=f"/repos/{self._repository}/git/refs",
            purpose=f"make the branch {branch}",
            body={"ref": f"{_HEADS}{branch}", "sha": base},
            kept="Nothing was made.",
        )
        async with self._exchange.writing():
            for nth in range(TRIES):
                try:
                    answer = await self._exchange.write(request)
                except AnswerLost:
                    await self._exchange.back_off(nth)
                    continue
                there = answer.status == 422 and says(answer, "already exists")
                if answer.ok or (there and nth and (await self._content.tips(branch, None)).head == base):
                    return
                raise fault_of(request, answer, self._exchange.credential)
        raise self._exchange.unreachable(request, "nobody knows whether it was made")

    async def commit(self, branch: str, onto: str, files: Mapping[str, bytes], subject: str) -> str:
        """Put files on a branch in one commit; its id comes back.

        Raises:
            ForgeFault: somebody else was there since, or it cannot be done.
        """
        request = self._request(branch, onto, files, subject)
        async with self._exchange.writing():
            for nth in range(TRIES):
                if nth and (found := await self._found(branch, onto)):
                    return found
                try:
                    answer = await self._exchange.write(request)
                except AnswerLost:
                    await self._exchange.back_off(nth)
                    continue
                made = text_at(answer.payload, "data", "createCommitOnBranch", "commit", "oid")
                if not answer.ok or graphql_errors(answer) or not made:
                    raise fault_of(request, answer, self._exchange.credential)
                return made
        raise self._exchange.unreachable(request, "nobody knows whether it was made")

    def _request(self, branch: str, onto: str, files: Mapping[str, bytes], subject: str) -> Request:
        additions = [{"path": path, "contents": b64encode(content).decode()} for path, content in files.items()]
        wanted = {
            "branch": {"repositoryNameWithOwner": str(self._repository), "branchName": branch},
            "expectedHeadOid": onto,
            "message": {"headline": subject},
            "fileChanges": {"additions": additions},
        }
        return Request(
            method="POST",
            path="/graphql",
            purpose=f"commit to {branch}",
            body={"query": COMMIT, "variables": {"input": wanted}},
            kept=f"The branch {branch} is there, without what was to be done.",
            graphql=True,
        )

    async def _found(self, branch: str, onto: str) -> str:
        """What an earlier try made: nobody else knows of a branch that was made just now."""
        head = (await self._content.tips(branch, None)).head
        return head if head and head != onto else ""
