"""What goes over the wire to GitHub and comes back, before and after anybody believes it."""

from collections.abc import Mapping
from typing import Any

from kiro_worker.forge.port import PullRequest
from kiro_worker.value import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request.

    Attributes:
        path: under the API's address, without a query.
        purpose: for people, after "Could not": `list the pull requests of kiro/x`.
        kept: what a person still has when this request fails for good.
        graphql: whether it goes to the GraphQL address, with `path` only for people.
    """

    method: str
    path: str
    purpose: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    kept: str = ""
    graphql: bool = False

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer, of any status.

    Attributes:
        headers: names in lower case.
        payload: the JSON; None when the body is no JSON.
        text: the beginning of a body that is no JSON.
        moved: a redirect was followed on the way here.
    """

    status: int
    headers: Mapping[str, str]
    payload: Any = None
    text: str = ""
    moved: bool = False

    @property
    def ok(self) -> bool:
        """Whether it is a success."""
        return 200 <= self.status < 300

    @property
    def request_id(self) -> str:
        """GitHub's own id, which its support asks for."""
        return self.headers.get("x-github-request-id", "")[:80]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A pull request with what only GitHub's own calls need.

    Attributes:
        node: its GraphQL id.
        own: whether its branch is in this very repository, and not in a fork.
    """

    pull: PullRequest
    node: str
    own: bool


def read_pull(payload: Any) -> Listed | None:
    """A pull request as REST tells it; unknown fields are passed over, None without a number and a branch."""
    number, branch = at(payload, "number"), text_at(payload, "head", "ref")
    if not isinstance(number, int) or not branch:
        return None
    pull = PullRequest(
        number=number,
        url=text_at(payload, "html_url"),
        title=text_at(payload, "title"),
        body=text_at(payload, "body"),
        branch=branch,
        base=text_at(payload, "base", "ref"),
        draft=at(payload, "draft") is True,
        open=text_at(payload, "state") == "open",
        # `merged` is not in lists, and `merge_commit_sha` is gone from later versions of the API.
        merged=bool(text_at(payload, "merged_at")),
        head=text_at(payload, "head", "sha"),
    )
    # A deleted fork leaves no repository behind.
    own = at(payload, "head", "repo", "id") == at(payload, "base", "repo", "id") is not None
    return Listed(pull=pull, node=text_at(payload, "node_id"), own=own)


def at(payload: Any, *path: str) -> Any:
    """What stands at a place in an answer, None where there is nothing."""
    for name in path:
        if not isinstance(payload, dict):
            return None
        payload = payload.get(name)
    return payload


def text_at(payload: Any, *path: str) -> str:
    """The text at a place in an answer, empty where there is none."""
    found = at(payload, *path)
    return found if isinstance(found, str) else ""
