"""What is said on a fake GitHub's pull requests: comments, reviews, checks and reactions, and who may push."""

import itertools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kiro_worker.testing import github_graphql as graphql
from kiro_worker.testing import github_json as shape
from kiro_worker.testing.github_access import Grant
from kiro_worker.testing.github_graphql import Refused, connection
from kiro_worker.testing.github_reply import Call, Reply, error
from kiro_worker.value import dataclass, field

if TYPE_CHECKING:
    from graphql import GraphQLSchema

    from kiro_worker.testing.github_model import GitHubModel

_DOCUMENTS = ("query Activity", "query Conversation", "mutation Notice", "mutation AddAnswer", "mutation EditAnswer")
_HOSTED = "https://github.test"


@dataclass(slots=True)
class Said:
    """One comment, review, or remark beside a line.

    Attributes:
        kind: `comment`, `review` or `line`.
        eyes: the accounts that reacted with 👀.
    """

    id: str
    pull: int
    kind: str
    login: str
    body: str
    association: str = "MEMBER"
    bot: bool = False
    state: str = "COMMENTED"
    path: str = ""
    line: int = 0
    resolved: bool = False
    created: str = ""
    eyes: set[str] = field(default_factory=set)


class FakeTalk:
    """Conversations of the model's pull requests.

    Attributes:
        permissions: of each account, in GitHub's words; who is not there has none.
        checks: of each commit, as GraphQL tells them.
        locked: numbers of pull requests on which nothing can be said.
    """

    def __init__(self, model: "GitHubModel", schema: "GraphQLSchema") -> None:
        self.model, self.schema = model, schema
        self.said: list[Said] = []
        self.permissions: dict[str, str] = {}
        self.checks: dict[str, list[dict[str, Any]]] = {}
        self.locked: set[int] = set()
        self.updated: dict[int, str] = {}
        self._ids = itertools.count(1)
        self._ticks = itertools.count(1)

    def handles(self, document: str) -> bool:
        """Whether a document is about conversations."""
        return document.lstrip().startswith(_DOCUMENTS)

    # What people and their checks do.

    def say(self, pull: int, login: str, body: str, **more: Any) -> Said:
        """Somebody says something."""
        said = Said(
            id=f"IC_{next(self._ids)}", pull=pull, kind=more.pop("kind", "comment"), login=login, body=body, **more
        )
        said.created = self.updated[pull] = self._now()
        self.said.append(said)
        return said

    def check(self, commit: str, name: str, conclusion: str | None, *, title: str = "") -> None:
        """A check run begins, or ends with a conclusion."""
        runs = self.checks.setdefault(commit, [])
        runs[:] = [run for run in runs if run.get("name") != name]
        runs.append(
            {
                "__typename": "CheckRun",
                "name": name,
                "status": "COMPLETED" if conclusion else "IN_PROGRESS",
                "conclusion": conclusion,
                "detailsUrl": f"{_HOSTED}/checks/{name}",
                "title": title or None,
            }
        )

    # What programs ask.

    def permission(self, _: Call, login: str) -> Reply:
        """What an account may do."""
        if login not in self.permissions:
            return error(404, "Not Found")
        may = self.permissions[login]
        told = {"permission": may, "role_name": may, "user": {**shape.user(login), "role_name": may}}
        return Reply(status=200, payload=told)

    def answer(self, document: str, variables: Mapping[str, Any], grant: Grant) -> Reply:
        """Carry a document out."""
        root = {
            "repository": lambda _, **of: self._repository(of, grant),
            "addReaction": lambda _, **of: self._react(of["input"], grant),
            "addComment": lambda _, **of: self._add(of["input"], grant),
            "updateIssueComment": lambda _, **of: self._edit(of["input"], grant),
        }
        return graphql.executed(self.schema, document, variables, root)

    def _repository(self, of: Mapping[str, Any], grant: Grant) -> dict[str, Any] | None:
        here = self.model.repository
        if (of["owner"], of["name"]) != (here.owner, here.name):
            raise Refused("NOT_FOUND", f"Could not resolve to a Repository with the name '{of['owner']}/{of['name']}'.")
        return {
            "pullRequest": lambda _, number: self._numbered(number, grant),
            "pullRequests": lambda _, states=(), **page: connection(self._listed(states, grant), **page),
        }

    def _listed(self, states: Any, grant: Grant) -> list[dict[str, Any]]:
        pulls = [pull for pull in self.model.repository.pulls if pull["state"].upper() in states]
        pulls.sort(key=lambda pull: self.updated.get(pull["number"], ""), reverse=True)
        return [self._pull(pull, grant) for pull in pulls]

    def _numbered(self, number: int, grant: Grant) -> dict[str, Any]:
        for pull in self.model.repository.pulls:
            if pull["number"] == number:
                return self._pull(pull, grant)
        raise Refused("NOT_FOUND", f"Could not resolve to a PullRequest with the number of {number}.")

    def _pull(self, pull: Mapping[str, Any], grant: Grant) -> dict[str, Any]:
        number, sha = pull["number"], pull["head"]["sha"]
        of = [said for said in self.said if said.pull == number]

        def told(kind: str) -> list[dict[str, Any]]:
            return [_node(said, grant.login) for said in of if said.kind == kind]

        threads = [
            {
                "isResolved": said.resolved,
                "isOutdated": False,
                "path": said.path,
                "line": said.line,
                "comments": lambda _, said=said, **page: connection([_node(said, grant.login)], **page),
            }
            for said in of
            if said.kind == "line"
        ]
        checks = self.checks.get(sha, [])
        rollup = {"state": _rollup(checks), "contexts": lambda _, **page: connection(checks, **page)}
        commit = {"oid": sha, "statusCheckRollup": rollup if checks else None}
        return {
            "id": pull["node_id"],
            "number": number,
            "url": pull["html_url"],
            "state": pull["state"].upper(),
            "headRefName": pull["head"]["ref"],
            "headRefOid": sha,
            "isCrossRepository": False,
            "updatedAt": self.updated.get(number, "2026-11-21T09:30:00Z"),
            "comments": lambda _, **page: connection(told("comment"), **page),
            "reviews": lambda _, **page: connection(told("review"), **page),
            "reviewThreads": lambda _, **page: connection(threads, **page),
            "commits": lambda _, **page: connection([{"commit": commit}], **page),
        }

    def _react(self, wanted: Mapping[str, Any], grant: Grant) -> dict[str, Any]:
        said = next((said for said in self.said if said.id == wanted["subjectId"]), None)
        if said is None:
            raise Refused("NOT_FOUND", f"Could not resolve to a node with the global id of '{wanted['subjectId']}'")
        said.eyes.add(grant.login)
        return {"reaction": {"content": wanted["content"]}}

    def _add(self, wanted: Mapping[str, Any], grant: Grant) -> dict[str, Any]:
        pull = next((pull for pull in self.model.repository.pulls if pull["node_id"] == wanted["subjectId"]), None)
        if pull is None:
            raise Refused("NOT_FOUND", f"Could not resolve to a node with the global id of '{wanted['subjectId']}'")
        if pull["number"] in self.locked:
            raise Refused("FORBIDDEN", "Unable to create comment because issue is locked.")
        said = self.say(pull["number"], grant.login, wanted["body"])
        return {"commentEdge": {"node": {"id": said.id, "url": _url(said)}}}

    def _edit(self, wanted: Mapping[str, Any], grant: Grant) -> dict[str, Any]:
        said = next((said for said in self.said if said.id == wanted["id"] and said.login == grant.login), None)
        if said is None:
            raise Refused("FORBIDDEN", f"{grant.login} does not have permission to update the comment.")
        said.body = wanted["body"]
        self.updated[said.pull] = self._now()
        return {"issueComment": {"id": said.id, "url": _url(said)}}

    def _now(self) -> str:
        return f"2026-11-21T10:{next(self._ticks) // 60:02}:{next(self._ticks) % 60:02}Z"


def _node(said: Said, viewer: str) -> dict[str, Any]:
    return {
        "id": said.id,
        "url": _url(said),
        "body": said.body,
        "state": said.state,
        "createdAt": said.created,
        "authorAssociation": said.association,
        "viewerDidAuthor": said.login == viewer,
        "author": {"__typename": "Bot" if said.bot else "User", "login": said.login} if said.login else None,
        "reactionGroups": [
            {"content": "THUMBS_UP", "viewerHasReacted": False},
            {"content": "EYES", "viewerHasReacted": viewer in said.eyes},
        ],
    }


def _url(said: Said) -> str:
    return f"{_HOSTED}/ada/engine/pull/{said.pull}#issuecomment-{said.id}"


def _rollup(checks: list[dict[str, Any]]) -> str:
    conclusions = {check.get("conclusion") or check.get("state") for check in checks}
    if conclusions & {"FAILURE", "TIMED_OUT", "ERROR"}:
        return "FAILURE"
    return "PENDING" if None in conclusions or "PENDING" in conclusions else "SUCCESS"
