"""The calls about what is said on pull requests; answers that are lost are looked for before anything is done twice."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from kiro_worker.forge import escape
from kiro_worker.forge.conversation import (
    OWN_CHECKS,
    Activity,
    CheckState,
    Conversation,
    OtherCheck,
    Remark,
    RemarkKind,
    answer_body,
    answered,
)
from kiro_worker.forge.fault import ForgeFault
from kiro_worker.forge.github.documents import ACTIVITY, ADD_ANSWER, CONVERSATION, EDIT_ANSWER, NOTICE
from kiro_worker.forge.github.exchange import TRIES, Exchange
from kiro_worker.forge.github.limit import graphql_errors
from kiro_worker.forge.github.refusal import fault_of, words
from kiro_worker.forge.github.transport import AnswerLost
from kiro_worker.forge.github.wire import Answer, Request, at, text_at
from kiro_worker.forge.repository import GitHubRepository

# https://docs.github.com/en/graphql/reference/enums#commentauthorassociation
_MEMBERS = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})
_WRITERS = frozenset({"admin", "write"})
_BAD = frozenset({"FAILURE", "TIMED_OUT", "STARTUP_FAILURE", "ACTION_REQUIRED"})
_STATES = {
    "SUCCESS": CheckState.GOOD,
    "FAILURE": CheckState.BAD,
    "ERROR": CheckState.BAD,
}
_LINE = 300


class Talk:
    """What is said on one repository's pull requests."""

    def __init__(self, exchange: Exchange, repository: GitHubRepository) -> None:
        self._exchange, self._repository = exchange, repository

    async def activity(self) -> tuple[Activity, ...]:
        """See `Conversations.activity`."""
        answer = await self._ask(ACTIVITY, "look for what is new on pull requests")
        found = _nodes(answer.payload, "data", "repository", "pullRequests")
        # A branch of a fork is nobody's whom the worker works for.
        return tuple(_activity(each) for each in found if each.get("isCrossRepository") is False)

    async def conversation(self, number: int) -> Conversation | None:
        """See `Conversations.conversation`."""
        purpose = f"read what is said on pull request #{number}"
        answer = await self._ask(CONVERSATION, purpose, may_lack=True, number=number)
        pull = at(answer.payload, "data", "repository", "pullRequest")
        return _conversation(pull) if isinstance(pull, dict) else None

    async def may_write(self, account: str) -> bool:
        """See `Conversations.may_write`."""
        path = f"/repos/{self._repository}/collaborators/{quote(account, safe='')}/permission"
        request = Request(method="GET", path=path, purpose=f"ask what {escape.line(account, limit=60)} may do")
        answer = await self._exchange.read(request)
        if answer.status == 404:
            return False
        if not answer.ok:
            raise fault_of(request, answer, self._exchange.credential)
        return text_at(answer.payload, "permission") in _WRITERS

    async def notice(self, remark: str) -> bool:
        """See `Conversations.notice`; GitHub itself lets one account react in one way once."""
        async with self._exchange.writing():
            answer = await self._write(NOTICE, "show that a remark was taken up", subject=remark)
        return answer is not None and answer.ok and not graphql_errors(answer)

    async def answer(self, number: int, key: str, text: str) -> str:
        """See `Conversations.answer`."""
        body, purpose = answer_body(key, text), f"answer on pull request #{number}"
        async with self._exchange.writing():
            for nth in range(TRIES):
                if nth:
                    await self._exchange.back_off(nth - 1)
                await self._exchange.pace()
                address = await self._answer(number, key, body, purpose)
                if address is not None:
                    return address
        raise self._exchange.unreachable(_request(ADD_ANSWER, purpose, {}), "nobody knows whether it was written")

    async def _answer(self, number: int, key: str, body: str, purpose: str) -> str | None:
        """Look, and write what is missing; None when it has to be looked at again."""
        answer = await self._ask(
            CONVERSATION, f"read what is said on pull request #{number}", may_lack=True, number=number
        )
        pull = at(answer.payload, "data", "repository", "pullRequest")
        if not isinstance(pull, dict):
            return ""
        standing = _standing(pull, key)
        if standing and answered(text_at(standing, "body")) == answered(body):
            return text_at(standing, "url")
        if standing:
            written = await self._write(EDIT_ANSWER, purpose, comment=text_at(standing, "id"), body=body)
        else:
            written = await self._write(ADD_ANSWER, purpose, subject=text_at(pull, "id"), body=body)
        if written is None:
            return None
        if not written.ok or graphql_errors(written):
            # A conversation that is locked, a right that is missing: the work itself is done all the same.
            return ""
        made = at(written.payload, "data", "addComment", "commentEdge", "node")
        return text_at(made, "url") or text_at(standing, "url")

    async def _write(self, document: str, purpose: str, **variables: object) -> Answer | None:
        """One write; None when nobody knows whether it was carried out."""
        try:
            return await self._exchange.write(_request(document, purpose, variables))
        except AnswerLost:
            return None

    async def _ask(self, document: str, purpose: str, *, may_lack: bool = False, **variables: object) -> Answer:
        names = {"owner": self._repository.owner, "name": self._repository.name}
        request = _request(document, purpose, {**names, **variables})
        answer = await self._exchange.read(request)
        if not answer.ok:
            raise fault_of(request, answer, self._exchange.credential)
        errors = [error for error in graphql_errors(answer) if not (may_lack and error.get("type") == "NOT_FOUND")]
        if errors and not isinstance(at(answer.payload, "data", "repository"), dict):
            raise ForgeFault(
                purpose=purpose,
                request=str(request),
                said=f"{words(answer)}.",
                status=answer.status,
                request_id=answer.request_id,
            )
        return answer


def _request(document: str, purpose: str, variables: Mapping[str, object]) -> Request:
    body = {"query": document, "variables": dict(variables)}
    return Request(method="POST", path="/graphql", purpose=purpose, body=body, graphql=True)


def _activity(pull: Mapping[str, Any]) -> Activity:
    # Checks that end do not count as a change of the pull request, so what they say is part of the stamp.
    commits = _nodes(pull, "commits")
    state = text_at(commits[0], "commit", "statusCheckRollup", "state") if commits else ""
    stamp = "|".join((text_at(pull, "updatedAt"), text_at(pull, "headRefOid"), state))
    return Activity(number=_number(pull, "number"), branch=text_at(pull, "headRefName"), stamp=stamp)


def _conversation(pull: Mapping[str, Any]) -> Conversation:
    commits = _nodes(pull, "commits")
    threads = _nodes(pull, "reviewThreads")
    counted = (("comments", 100), ("reviews", 50), ("reviewThreads", 50))
    return Conversation(
        id=text_at(pull, "id"),
        number=_number(pull, "number"),
        url=text_at(pull, "url"),
        branch=text_at(pull, "headRefName"),
        head=text_at(pull, "headRefOid"),
        open=text_at(pull, "state") == "OPEN",
        remarks=tuple(
            sorted(
                (
                    *(_remark(each, RemarkKind.COMMENT) for each in _nodes(pull, "comments")),
                    *(_review(each) for each in _nodes(pull, "reviews")),
                    *(remark for thread in threads for remark in _lines(thread)),
                ),
                key=lambda each: each.created,
            )
        ),
        checks=tuple(_checks(commits[0])) if commits else (),
        left_out=any(_number(at(pull, name), "totalCount") > most for name, most in counted),
    )


def _review(node: Mapping[str, Any]) -> Remark:
    wants = text_at(node, "state") == "CHANGES_REQUESTED"
    return _remark(
        node, RemarkKind.REVIEW, wants_changes=wants, settled=text_at(node, "state") in {"PENDING", "DISMISSED"}
    )


def _lines(thread: Mapping[str, Any]) -> Iterator[Remark]:
    settled = thread.get("isResolved") is True or thread.get("isOutdated") is True
    for node in _nodes(thread, "comments"):
        yield _remark(
            node, RemarkKind.LINE, path=text_at(thread, "path"), line=_number(thread, "line"), settled=settled
        )


def _remark(node: Mapping[str, Any], kind: RemarkKind, **more: Any) -> Remark:
    return Remark(
        id=text_at(node, "id"),
        kind=kind,
        author=text_at(node, "author", "login"),
        body=text_at(node, "body"),
        url=text_at(node, "url"),
        created=text_at(node, "createdAt"),
        # Bots, and accounts that are gone, are no people.
        person=text_at(node, "author", "__typename") == "User",
        own=node.get("viewerDidAuthor") is True,
        member=text_at(node, "authorAssociation") in _MEMBERS,
        noticed=_has_reacted(node),
        **more,
    )


def _has_reacted(node: Mapping[str, Any]) -> bool:
    groups = node.get("reactionGroups")
    return isinstance(groups, list) and any(
        isinstance(group, dict) and group.get("content") == "EYES" and group.get("viewerHasReacted") is True
        for group in groups
    )


def _checks(commit: Mapping[str, Any]) -> Iterator[OtherCheck]:
    for node in _nodes(commit, "commit", "statusCheckRollup", "contexts"):
        is_run = node.get("__typename") == "CheckRun"
        name = text_at(node, "name" if is_run else "context")
        if name.startswith(OWN_CHECKS):
            continue
        yield OtherCheck(
            name=escape.line(name, limit=_LINE),
            state=_state_of_run(node) if is_run else _STATES.get(text_at(node, "state"), CheckState.PENDING),
            url=text_at(node, "detailsUrl" if is_run else "targetUrl"),
            says=escape.line(text_at(node, "title" if is_run else "description"), limit=_LINE),
        )


def _state_of_run(node: Mapping[str, Any]) -> CheckState:
    if text_at(node, "status") != "COMPLETED":
        return CheckState.PENDING
    return CheckState.BAD if text_at(node, "conclusion") in _BAD else CheckState.GOOD


def _standing(pull: Mapping[str, Any], key: str) -> Mapping[str, Any] | None:
    """The worker's own answer of that key, the oldest first; others may write the mark, and do not count."""
    return next(
        (
            node
            for node in _nodes(pull, "comments")
            if node.get("viewerDidAuthor") is True and answered(text_at(node, "body"))[0] == key
        ),
        None,
    )


def _nodes(payload: Any, *path: str) -> tuple[Mapping[str, Any], ...]:
    found = at(payload, *path, "nodes")
    return tuple(each for each in found if isinstance(each, dict)) if isinstance(found, list) else ()


def _number(payload: Any, name: str) -> int:
    found = at(payload, name)
    return found if isinstance(found, int) and not isinstance(found, bool) else 0
