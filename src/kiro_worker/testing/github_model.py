"""What a fake GitHub knows and how it behaves, without any network."""

import re
import threading
from collections.abc import Callable, Mapping
from typing import Any

from kiro_worker.clock import Clock, SystemClock
from kiro_worker.testing import github_json as shape
from kiro_worker.testing.github_access import AppKey, Grant, Minted, mint, signed_app
from kiro_worker.testing.github_contents import FakeContents
from kiro_worker.testing.github_projects import FakeProject
from kiro_worker.testing.github_reply import Call, Reply, error, graphql_error, invalid, page, too_long
from kiro_worker.testing.github_talk import FakeTalk
from kiro_worker.value import dataclass, field

_STATUS_LIMIT = 140


@dataclass(slots=True)
class FakeRepository:
    """A repository of the fake.

    Attributes:
        branches: name to commits, oldest first.
        drafts: whether drafts are to be had, as on plans that lack them they are not.
        lag: how many lists of pull requests still show the state before the last creation.
    """

    owner: str
    name: str
    id: int = 1
    private: bool = True
    archived: bool = False
    drafts: bool = True
    lag: int = 0
    branches: dict[str, list[str]] = field(default_factory=lambda: {"main": ["0" * 40]})
    pulls: list[dict[str, Any]] = field(default_factory=list)
    statuses: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


class GitHubModel:
    """One GitHub with one repository, some tokens, and at most one App.

    Attributes:
        tokens: what each token may do.
        app: the App whose key signs in, if any.
        project: the project (Projects v2) that there is, if any.
        talk: what is said on pull requests, if anything can be.
        contents: what is in the repository, if it is a real one; its branches are then git's.
    """

    def __init__(self, owner: str = "ada", name: str = "engine", clock: Clock | None = None) -> None:
        self.repository = FakeRepository(owner=owner, name=name)
        self.tokens: dict[str, Grant] = {}
        self.minted: dict[str, Minted] = {}
        self.app: AppKey | None = None
        self.project: FakeProject | None = None
        self.talk: FakeTalk | None = None
        self.contents: FakeContents | None = None
        self.clock = clock or SystemClock()
        self.moved_from: tuple[str, str] | None = None
        self.lock = threading.RLock()

    def handle(self, call: Call) -> Reply:
        """Answer one request."""
        with self.lock:
            if self.contents is not None:
                self.contents.sync()
            if call.path == "/graphql":
                return self._graphql(call)
            if call.path.startswith("/app/"):
                return self._mint(call)
            return self._rest(call)

    # What people do on the web pages.

    def push(self, branch: str, commit: str) -> None:
        """Add a commit to a branch, which is made from main when it is not there."""
        with self.lock:
            commits = self.repository.branches.setdefault(branch, list(self.repository.branches["main"]))
            commits.append(commit)
            for pull in self.repository.pulls:
                if pull["state"] == "open" and pull["head"]["ref"] == branch:
                    pull["head"]["sha"] = commit

    def pull(self, number: int) -> dict[str, Any]:
        """One pull request as it stands."""
        return next(pull for pull in self.repository.pulls if pull["number"] == number)

    def edit(self, number: int, **changes: object) -> None:
        """Change fields of a pull request; a browser sends text with CRLF line ends."""
        with self.lock:
            base = changes.pop("base", None)
            if base is not None:
                self.pull(number)["base"]["ref"] = base
            self.pull(number).update(changes)

    def settle(self, number: int, *, merged: bool) -> None:
        """Close a pull request, merged or not."""
        when = "2026-11-21T10:00:00Z"
        self.edit(number, state="closed", closed_at=when, merged=merged, merged_at=when if merged else None)

    def rename(self, name: str) -> None:
        """Give the repository another name; the old one redirects."""
        with self.lock:
            self.moved_from = (self.repository.owner, self.repository.name)
            self.repository.name = name

    def open_by_hand(self, branch: str, base: str, *, title: str = "By hand", body: str | None = None) -> int:
        """Open a pull request as a person does."""
        with self.lock:
            return int(self._new_pull({"title": title, "head": branch, "base": base, "body": body})["number"])

    def _rest(self, call: Call) -> Reply:
        grant = self.tokens.get(call.token) or self._installed(call.token)
        if grant is None:
            return error(401, "Bad credentials")
        here = f"/repos/{self.repository.owner}/{self.repository.name}"
        if self.moved_from and call.path.startswith("/repos/{}/{}".format(*self.moved_from)):
            rest = call.path.split("/", 4)[4:]
            target = "/".join([f"/repositories/{self.repository.id}", *rest])
            return error(301 if call.method == "GET" else 307, "Moved Permanently", Location=target)
        path = call.path.replace(f"/repositories/{self.repository.id}", here, 1)
        if not path.lower().startswith(here.lower()):
            return error(404, "Not Found")
        for method, pattern, right, handler in self._routes():
            found = re.fullmatch(pattern, path[len(here) :])
            if found and method == call.method:
                refused = grant.refusal(right)
                return error(refused[0], refused[1], **refused[2]) if refused else handler(call, *found.groups())
        return error(404, "Not Found")

    def _routes(self) -> tuple[tuple[str, str, str, Callable[..., Reply]], ...]:
        return (
            ("GET", "", "metadata=read", self._get_repository),
            ("GET", "/pulls", "pull_requests=read", self._list_pulls),
            ("POST", "/pulls", "pull_requests=write", self._create_pull),
            ("PATCH", r"/pulls/(\d+)", "pull_requests=write", self._update_pull),
            ("POST", r"/statuses/([0-9a-f]+)", "statuses=write", self._create_status),
            ("GET", r"/commits/([0-9a-f]+)/statuses", "statuses=read", self._list_statuses),
            ("GET", "/installation", "app", self._get_installation),
            ("GET", r"/collaborators/([^/]+)/permission", "metadata=read", self._get_permission),
            *self._routes_of_contents(),
        )

    def _routes_of_contents(self) -> tuple[tuple[str, str, str, Callable[..., Reply]], ...]:
        if self.contents is None:
            return ()
        return (
            ("GET", r"/git/trees/([0-9a-f]+)", "contents=read", self.contents.tree),
            ("GET", r"/git/blobs/([0-9a-f]+)", "contents=read", self.contents.blob),
            ("POST", "/git/refs", "contents=write", self.contents.make_ref),
        )

    def _get_repository(self, call: Call) -> Reply:
        grant = self.tokens.get(call.token) or self._installed(call.token)
        assert grant is not None
        permissions = {"admin": False, "maintain": False, "push": grant.may_push, "triage": True, "pull": True}
        return Reply(status=200, payload=self._repository_json(permissions=permissions), headers=grant.headers())

    def _list_pulls(self, call: Call) -> Reply:
        repository, head = self.repository, call.query.get("head", "")
        pulls = [shape.in_a_list(pull) for pull in reversed(repository.pulls)]
        if repository.lag > 0:
            repository.lag -= 1
            pulls = pulls[1:]
        # As on the real one, a head without an owner filters nothing.
        if ":" in head:
            pulls = [pull for pull in pulls if pull["head"]["label"].lower() == head.lower()]
        if call.query.get("state", "open") != "all":
            pulls = [pull for pull in pulls if pull["state"] == call.query.get("state", "open")]
        return page(call, pulls)

    def _create_pull(self, call: Call) -> Reply:
        wanted, branches = call.body, self.repository.branches
        if self.repository.archived:
            return error(403, "Repository was archived so is read-only.")
        missing = [end for end in ("head", "base") if wanted[end] not in branches]
        if missing:
            return invalid("PullRequest", field=missing[0], code="invalid")
        if set(branches[wanted["head"]]) <= set(branches[wanted["base"]]):
            return invalid("PullRequest", f"No commits between {wanted['base']} and {wanted['head']}")
        for pull in self.repository.pulls:
            if pull["state"] == "open" and (pull["head"]["ref"], pull["base"]["ref"]) == (
                wanted["head"],
                wanted["base"],
            ):
                return invalid(
                    "PullRequest", f"A pull request already exists for {self.repository.owner}:{wanted['head']}."
                )
        if wanted.get("draft") and not self.repository.drafts:
            return error(422, "Draft pull requests are not supported in this repository.")
        if longer := too_long(wanted):
            return longer
        return Reply(status=201, payload=self._new_pull(wanted))

    def _update_pull(self, call: Call, number: str) -> Reply:
        pull = next((pull for pull in self.repository.pulls if pull["number"] == int(number)), None)
        if pull is None:
            return error(404, "Not Found")
        base = call.body.get("base")
        if base is not None and base not in self.repository.branches:
            return invalid("PullRequest", field="base", code="invalid")
        if longer := too_long(call.body):
            return longer
        pull.update({key: value for key, value in call.body.items() if key in {"title", "body", "state"}})
        if base is not None:
            pull["base"]["ref"] = base
        return Reply(status=200, payload=pull)

    def _create_status(self, call: Call, sha: str) -> Reply:
        if not any(sha in commits for commits in self.repository.branches.values()):
            return error(422, f"No commit found for SHA: {sha}")
        if len(call.body.get("description") or "") > _STATUS_LIMIT:
            return invalid("Status", "description is too long (maximum is 140 characters)", field="description")
        kept = self.repository.statuses.setdefault(sha, [])
        told = shape.status(len(kept) + 1, sha=sha, creator="worker", **{"context": "default", **call.body})
        kept.insert(0, told)
        return Reply(status=201, payload=told)

    def _list_statuses(self, call: Call, sha: str) -> Reply:
        return page(call, self.repository.statuses.get(sha, []))

    def _get_installation(self, _: Call) -> Reply:
        if self.app is None:
            return error(404, "Not Found")
        told = shape.installation(
            self.app.installation, app=self.app.id, account=self.repository.owner, permissions=self.app.permissions
        )
        return Reply(status=200, payload=told)

    def _get_permission(self, call: Call, login: str) -> Reply:
        return error(404, "Not Found") if self.talk is None else self.talk.permission(call, login)

    def _mint(self, call: Call) -> Reply:
        if self.app is None or (problem := signed_app(call.token, self.app, self.clock.now())):
            return error(401, problem if self.app else "A JSON web token could not be decoded")
        if call.path != f"/app/installations/{self.app.installation}/access_tokens":
            return error(404, "Not Found")
        wanted = call.body.get("permissions", self.app.permissions)
        if any(self.app.permissions.get(name) not in {right, "write"} for name, right in wanted.items()):
            return error(422, "The permissions requested are not granted to this installation.")
        token, minted = mint(self.app, wanted, self.clock.now())
        self.minted[token] = minted
        return Reply(status=201, payload={"token": token, "expires_at": minted.told_expiry, "permissions": wanted})

    def _installed(self, token: str) -> Grant | None:
        if self.app is not None and token.count(".") == 2 and not token.startswith("ghs_"):
            return None if signed_app(token, self.app, self.clock.now()) else Grant(kind="app", login=self.app.slug)
        minted = self.minted.get(token)
        if minted is None or minted.expires <= self.clock.now():
            return None
        return minted.grant

    def _graphql(self, call: Call) -> Reply:
        grant = self.tokens.get(call.token) or self._installed(call.token)
        if grant is None:
            return error(401, "Bad credentials")
        document, variables = call.body["query"], call.body.get("variables") or {}
        if self.contents is not None and self.contents.handles(document):
            return self.contents.answer(document, variables, grant)
        if self.talk is not None and self.talk.handles(document):
            return self.talk.answer(document, variables, grant)
        if self.project is not None:
            return self.project.answer(document, variables, grant)
        if re.search(r"\bviewer\b", document):
            return Reply(status=200, payload={"data": {"viewer": {"login": grant.login}}})
        for mutation, draft in (("markPullRequestReadyForReview", False), ("convertPullRequestToDraft", True)):
            if mutation in document:
                return self._set_draft(grant, mutation, variables["pull"], draft=draft)
        return graphql_error("INVALID", "The fake has no such field")

    def _set_draft(self, grant: Grant, mutation: str, node: str, *, draft: bool) -> Reply:
        refused = grant.refusal("pull_requests=write")
        if refused:
            return graphql_error("FORBIDDEN", refused[1], mutation)
        pull = next((pull for pull in self.repository.pulls if pull["node_id"] == node), None)
        if pull is None:
            return graphql_error("NOT_FOUND", f"Could not resolve to a node with the global id of '{node}'", mutation)
        if draft and not self.repository.drafts:
            return graphql_error("UNPROCESSABLE", "Draft pull requests are not supported in this repository.", mutation)
        pull["draft"] = draft
        return Reply(status=200, payload={"data": {mutation: {"pullRequest": {"isDraft": draft}}}})

    def _new_pull(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        branch = wanted["head"]
        pull = shape.pull_request(
            len(self.repository.pulls) + 1,
            repo=self._repository_json(),
            head=branch,
            base=wanted["base"],
            sha=self.repository.branches[branch][-1],
            title=wanted["title"],
            body=wanted.get("body"),
            draft=bool(wanted.get("draft")),
            state="open",
            user=shape.user("worker"),
        )
        self.repository.pulls.append(pull)
        if self.project is not None:
            here = f"{self.repository.owner}/{self.repository.name}"
            self.project.propose(pull["number"], wanted["title"], head=branch, repository=here)
        return pull

    def _repository_json(self, **more: object) -> dict[str, Any]:
        repository = self.repository
        return shape.repository(
            repository.owner,
            repository.name,
            id=repository.id,
            private=repository.private,
            archived=repository.archived,
            **more,
        )
