"""A project of a fake GitHub (Projects v2): its fields and cards, what they stand for, and what is said on them."""

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from kiro_worker.clock import Clock
from kiro_worker.testing import github_graphql as graphql
from kiro_worker.testing.github_access import Grant
from kiro_worker.testing.github_graphql import Refused, connection
from kiro_worker.testing.github_reply import Reply
from kiro_worker.value import dataclass, field

if TYPE_CHECKING:
    from graphql import GraphQLSchema

PLACES = ("Backlog", "For Implementation", "In Progress", "In Review", "Needs Input", "Failed", "Done")
PRIORITIES = ("P1", "P2", "P3")

_HOUR = 3600
_HOSTED = "https://github.test"
_BODY_LIMIT = 65_536
_TERM = re.compile(r'([\w-]+):("[^"]*"(?:,"[^"]*")*|\S+)')


@dataclass(slots=True)
class FakeContent:
    """An issue, a pull request or a draft.

    Attributes:
        branches: linked to an issue, each with its repository; None is one that was deleted.
        closed_by: pull requests.
        head: of a pull request.
        head_repository: None for a fork that was deleted.
        visible: whether the worker's credential may see it.
        locked: why nothing can be said on it; empty when it can.
    """

    kind: str
    id: str
    title: str
    number: int = 0
    body: str = ""
    state: str = "OPEN"
    repository: str = "acme/engine"
    archived_repository: bool = False
    author: str = "ada"
    labels: list[str] = field(default_factory=list)
    branches: list[tuple[str, str] | None] = field(default_factory=list)
    closed_by: list["FakeContent"] = field(default_factory=list)
    blocked_by: list["FakeContent"] = field(default_factory=list)
    comments: list[dict[str, Any]] = field(default_factory=list)
    head: str = ""
    head_repository: str | None = "acme/engine"
    created: str = ""
    updated: str = ""
    visible: bool = True
    locked: str = ""


@dataclass(slots=True)
class FakeCard:
    """One item of the project.

    Attributes:
        values: by the name of the field: an option's name, a number or a text.
    """

    id: str
    content: FakeContent
    values: dict[str, Any] = field(default_factory=dict)
    archived: bool = False
    updated: str = ""
    project: str = "PVT_1"


class FakeProject:
    """One project of one owner.

    Attributes:
        schema: GraphQL as this server knows it; an older one lacks what is newer.
        filter: whether the server's filter finds a card.
        before_write, after_write: what people and other workers do at that moment, each once.
        asks_scopes: whether a classic token's scopes are looked at.
        heaviest: a page with more cards than this fails, as heavy ones do.
        lag: how many readings of cards still show them as they were before the last move.
        fields: by name; options of a single-select one, else the word for its kind.
    """

    def __init__(self, schema: "GraphQLSchema", clock: Clock, *, owner: str = "acme", number: int = 4) -> None:
        self.schema = schema
        self.clock = clock
        self.owner, self.number = owner, number
        self.of_person = False
        self.can_update = True
        self.closed = False
        self.filter: Callable[[FakeCard, str], bool] = self.fits
        self.before_write: list[Callable[[], object]] = []
        self.after_write: list[Callable[[], object]] = []
        self.asks_scopes = True
        self.heaviest = 100
        self.lag = 0
        self.fields: dict[str, tuple[str, ...] | str] = {
            "Title": "TITLE",
            "Status": PLACES,
            "Priority": PRIORITIES,
            "Branch": "TEXT",
        }
        self.cards: list[FakeCard] = []
        self.contents: dict[str, FakeContent] = {}
        self.limit: int | None = 5000
        self.used = 0
        self.ids: Iterator[int] = itertools.count(1)
        self._before: dict[str, str] = {}

    # What people do on the web pages.

    def now(self) -> str:
        """This second, as GitHub tells it."""
        return self.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")

    def content(self, kind: str, title: str, **more: Any) -> FakeContent:
        """Make an issue, a pull request or a draft."""
        number = next(self.ids)
        made = FakeContent(kind, f"{kind}_{number}", title, created=self.now(), updated=self.now(), **more)
        made.number = 0 if kind == "DraftIssue" else number
        self.contents[made.id] = made
        return made

    def propose(self, number: int, title: str, *, head: str, repository: str) -> FakeContent:
        """A pull request was opened in a repository, which the project may have cards of from now on."""
        made = self.content("PullRequest", title, head=head, repository=repository, head_repository=repository)
        made.number = number
        return made

    def add(self, content: FakeContent, **values: Any) -> FakeCard:
        """Put a card on the board; values by the names of fields."""
        card = FakeCard(f"PVTI_{next(self.ids)}", content, {k: v for k, v in values.items() if v}, updated=self.now())
        self.cards.append(card)
        return card

    def card(self, card: str) -> FakeCard:
        """One card."""
        return next(each for each in self.cards if each.id == card)

    def drag(self, card: str, place: str) -> None:
        """Move a card to a column."""
        found = self.card(card)
        found.values["Status"] = place
        found.updated = self.now()

    def comment(self, content: FakeContent, login: str, body: str) -> None:
        """Say something on an issue."""
        url = f"{_HOSTED}/{content.repository}/issues/{content.number}#issuecomment-{len(content.comments)}"
        content.comments.append({"id": f"IC_{next(self.ids)}", "url": url, "body": body, "login": login})
        content.updated = self.now()

    # What programs ask.

    def answer(self, document: str, variables: Mapping[str, Any], grant: Grant) -> Reply:
        """Carry a document out."""
        writes = document.lstrip().startswith("mutation")
        refusal = self._refusal(document, grant, writes=writes)
        if refusal is not None:
            return refusal
        if int(variables.get("first", 0)) > self.heaviest:
            return Reply(status=502, payload={"message": "Something went wrong while executing your query."})
        points = 1 if writes else graphql.cost(self.schema, document, variables)
        self.used += points
        while writes and self.before_write:
            self.before_write.pop(0)()
        root = {**self._queries(grant, points), **self._mutations(grant)}
        reply = graphql.executed(self.schema, document, variables, root)
        while writes and self.after_write:
            self.after_write.pop(0)()
        return Reply(status=reply.status, payload=reply.payload, headers=grant.headers())

    def _refusal(self, document: str, grant: Grant, *, writes: bool) -> Reply | None:
        if "rojectV2" not in document or grant.kind != "classic" or not self.asks_scopes:
            return None
        enough = {"project"} if writes else {"project", "read:project"}
        if enough & set(grant.scopes):
            return None
        message = (
            "Your token has not been granted the required scopes to execute this query. The 'projectV2' field requires "
            f"one of the following scopes: {sorted(enough)}, but your token has only been granted the: "
            f"{list(grant.scopes)} scopes. Please modify your token's scopes at: {_HOSTED}/settings/tokens."
        )
        errors = [{"type": "INSUFFICIENT_SCOPES", "message": message}]
        return Reply(status=200, payload={"errors": errors}, headers=grant.headers())

    def _queries(self, grant: Grant, points: int) -> dict[str, Any]:
        return {
            "rateLimit": lambda *_, **__: self._rate(points),
            "viewer": {"login": grant.login},
            "repository": lambda _, **of: self._repository(f"{of['owner']}/{of['name']}"),
            "repositoryOwner": lambda _, login: self._owner(login, grant),
            "node": lambda _, **of: self._node(of["id"], grant),
            "nodes": lambda _, ids: self._nodes(ids, grant),
        }

    def _repository(self, name: str) -> dict[str, Any]:
        pulls = {each.number: each for each in self.contents.values() if each.kind == "PullRequest"}

        def numbered(_: object, number: int) -> dict[str, Any]:
            if number not in pulls or pulls[number].repository != name:
                raise Refused("NOT_FOUND", f"Could not resolve to a PullRequest with the number of {number}.")
            return {"id": pulls[number].id}

        return {"pullRequest": numbered}

    def _rate(self, points: int) -> dict[str, Any] | None:
        if self.limit is None:
            return None
        begun = self.clock.now().timestamp() // _HOUR * _HOUR
        ends = self.clock.now().fromtimestamp(begun + _HOUR, self.clock.now().tzinfo)
        told = {"cost": points, "limit": self.limit, "used": self.used, "remaining": max(0, self.limit - self.used)}
        return {**told, "resetAt": ends.strftime("%Y-%m-%dT%H:%M:%SZ")}

    def _owner(self, login: str, grant: Grant) -> dict[str, Any] | None:
        if login.lower() != self.owner.lower():
            return None
        kind = "User" if self.of_person else "Organization"
        return {"__typename": kind, "projectV2": lambda _, number: self._project(number, grant)}

    def _project(self, number: int, grant: Grant) -> dict[str, Any]:
        self._allowed(grant, "read")
        if number != self.number or (self.of_person and grant.kind != "classic"):
            raise Refused("NOT_FOUND", f"Could not resolve to a ProjectV2 with the number {number}.")
        return self._whole(grant)

    def _allowed(self, grant: Grant, level: str) -> None:
        if grant.kind != "classic" and not self.of_person:
            refused = grant.refusal(f"organization_projects={level}")
            if refused:
                raise Refused("FORBIDDEN", refused[1])

    def _whole(self, grant: Grant) -> dict[str, Any]:
        where = "users" if self.of_person else "orgs"
        return {
            "__typename": "ProjectV2",
            "id": "PVT_1",
            "title": "Engine works",
            "url": f"{_HOSTED}/{where}/{self.owner}/projects/{self.number}",
            "closed": self.closed,
            "viewerCanUpdate": self.can_update and grant.may_push,
            "fields": lambda _, **page: connection(list(map(self._field, self.fields)), **page),
            "items": lambda _, query="", **page: self._items(query, page),
        }

    def _items(self, query: str, page: Mapping[str, Any]) -> dict[str, Any]:
        cards = connection([card for card in self.cards if self.filter(card, query)] if query else self.cards, **page)
        return {**cards, "nodes": [self._item(card) for card in cards["nodes"]]}

    def _field(self, name: str) -> dict[str, Any]:
        kind = self.fields[name]
        if isinstance(kind, str):
            return {"__typename": "ProjectV2Field", "id": f"PVTF_{name}", "name": name, "dataType": kind}
        options = [{"id": _option(name, option), "name": option} for option in kind]
        return {
            "__typename": "ProjectV2SingleSelectField",
            "id": f"PVTSSF_{name}",
            "name": name,
            "options": options,
        }

    @staticmethod
    def fits(card: FakeCard, query: str) -> bool:
        """GitHub's own filter: every term has to fit, with any of its values."""
        for name, values in _TERM.findall(query):
            wanted = [value.strip('"').lower() for value in re.findall(r'"[^"]*"|[^,]+', values)]
            if str(_value(card, name)).lower() not in wanted:
                return False
        return True

    def _item(self, card: FakeCard) -> dict[str, Any]:
        content = card.content
        kinds = {"Issue": "ISSUE", "PullRequest": "PULL_REQUEST", "DraftIssue": "DRAFT_ISSUE"}
        values = dict(card.values)
        if self.lag > 0 and card.id in self._before:
            values["Status"] = self._before[card.id]
        return {
            "__typename": "ProjectV2Item",
            "id": card.id,
            "type": kinds[content.kind] if content.visible else "REDACTED",
            "isArchived": card.archived,
            "updatedAt": card.updated,
            "project": {"id": card.project},
            "fieldValueByName": lambda _, name: self._field_value(values, name),
            "content": self._content(content) if content.visible else None,
        }

    def _field_value(self, values: Mapping[str, Any], name: str) -> dict[str, Any] | None:
        value, kind = values.get(name), self.fields.get(name)
        if value is None or kind is None:
            return None
        if isinstance(kind, tuple):
            kind_of_value = "ProjectV2ItemFieldSingleSelectValue"
            return {"__typename": kind_of_value, "optionId": _option(name, value), "name": value}
        if kind == "NUMBER":
            return {"__typename": "ProjectV2ItemFieldNumberValue", "number": value}
        return {"__typename": "ProjectV2ItemFieldTextValue", "text": value}

    def _content(self, content: FakeContent) -> dict[str, Any]:
        author = {"__typename": "User", "login": content.author} if content.author else None
        return {
            "__typename": content.kind,
            "id": content.id,
            "number": content.number,
            "title": content.title,
            "body": content.body,
            "url": f"{_HOSTED}/{content.repository}/issues/{content.number}",
            "state": content.state,
            "createdAt": content.created,
            "updatedAt": content.updated,
            "author": author,
            "creator": author,
            "repository": {"nameWithOwner": content.repository, "isArchived": content.archived_repository},
            "headRefName": content.head,
            "headRepository": {"nameWithOwner": content.head_repository} if content.head_repository else None,
            "labels": lambda _, **page: connection([{"name": label} for label in content.labels], **page),
            "linkedBranches": lambda _, **page: connection(list(map(_linked, content.branches)), **page),
            "closedByPullRequestsReferences": lambda _, **page: connection(
                [self._content(pull) for pull in content.closed_by], **page
            ),
            "blockedBy": lambda _, **page: connection([self._content(each) for each in content.blocked_by], **page),
        }

    def _node(self, node: str, grant: Grant) -> dict[str, Any]:
        if node == "PVT_1":
            return self._whole(grant)
        content = self.contents.get(node)
        if content is None:
            raise Refused("NOT_FOUND", f"Could not resolve to a node with the global id of '{node}'.")
        own = [
            {
                **comment,
                "viewerDidAuthor": comment["login"] == grant.login.removesuffix("[bot]"),
                "author": {"__typename": "User", "login": comment["login"]},
            }
            for comment in content.comments
        ]
        return {"__typename": content.kind, "comments": lambda _, **page: connection(own, **page)}

    def _nodes(self, ids: list[str], grant: Grant) -> list[Any]:
        seen = grant.kind == "classic" or not (self.of_person or grant.refusal("organization_projects=read"))
        known = {card.id: card for card in self.cards if seen}
        # As on the real one, each that is not there is null, with an error of its own.
        told = [self._item(known[each]) if each in known else _missing(each) for each in ids]
        self.lag = max(0, self.lag - 1)
        return told

    def _mutations(self, grant: Grant) -> dict[str, Any]:
        made: dict[str, Callable[..., Any]] = {
            "updateProjectV2ItemFieldValue": lambda _, **of: self._move(of["input"], grant),
            "addProjectV2ItemById": lambda _, **of: self._add_item(of["input"], grant),
            "addComment": lambda _, **of: self._add_comment(of["input"], grant),
            "deleteIssueComment": lambda _, **of: self._delete_comment(of["input"]),
            "updateIssueComment": lambda _, **of: self._edit_comment(of["input"], grant),
            "updateProjectV2DraftIssue": lambda _, **of: self._edit_draft(of["input"], grant),
        }
        return made

    def _move(self, wanted: Mapping[str, Any], grant: Grant) -> dict[str, Any]:
        self._allowed(grant, "write")
        card = next((each for each in self.cards if each.id == wanted["itemId"]), None)
        if card is None:
            raise Refused("NOT_FOUND", f"Could not resolve to a node with the global id of '{wanted['itemId']}'")
        if card.archived:
            raise Refused("VALIDATION", "The item is archived and cannot be updated")
        if not self.can_update:
            raise Refused("FORBIDDEN", f"{grant.login} does not have permission to update this project")
        places = self.fields["Status"]
        place = next(
            (name for name in places if _option("Status", name) == wanted["value"]["singleSelectOptionId"]), ""
        )
        if not place:
            raise Refused("VALIDATION", "The single select option Id does not belong to the field")
        self._before[card.id] = str(card.values.get("Status", ""))
        self.drag(card.id, place)
        return {"projectV2Item": {"id": card.id}}

    def _add_item(self, wanted: Mapping[str, Any], grant: Grant) -> dict[str, Any]:
        self._allowed(grant, "write")
        content = self.contents.get(wanted["contentId"])
        if content is None:
            raise Refused("NOT_FOUND", f"Could not resolve to a node with the global id of '{wanted['contentId']}'")
        # As on the real one, what is there already is not added again.
        there = next((card for card in self.cards if card.content is content), None) or self.add(content)
        return {"item": {"id": there.id}}

    def _add_comment(self, wanted: Mapping[str, Any], grant: Grant) -> dict[str, Any]:
        content = self._speaking(wanted["subjectId"], wanted["body"], grant)
        self.comment(content, grant.login.removesuffix("[bot]"), wanted["body"])
        return {"commentEdge": {"node": content.comments[-1]}}

    def _edit_comment(self, wanted: Mapping[str, Any], grant: Grant) -> dict[str, Any]:
        for content in self.contents.values():
            for comment in content.comments:
                if comment["id"] == wanted["id"]:
                    self._speaking(content.id, wanted["body"], grant)
                    comment["body"] = wanted["body"]
                    return {"issueComment": comment}
        raise Refused("NOT_FOUND", f"Could not resolve to a node with the global id of '{wanted['id']}'")

    def _delete_comment(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        for content in self.contents.values():
            content.comments[:] = [comment for comment in content.comments if comment["id"] != wanted["id"]]
        return {"clientMutationId": None}

    def _edit_draft(self, wanted: Mapping[str, Any], grant: Grant) -> dict[str, Any]:
        self._allowed(grant, "write")
        draft = self.contents[wanted["draftIssueId"]]
        draft.body, draft.updated = wanted["body"], self.now()
        return {"draftIssue": {"id": draft.id}}

    def _speaking(self, subject: str, body: str, grant: Grant) -> FakeContent:
        content = self.contents[subject]
        right = "issues=write" if content.kind == "Issue" else "pull_requests=write"
        refused = grant.refusal(right)
        if refused:
            raise Refused("FORBIDDEN", refused[1])
        if content.locked:
            raise Refused("UNPROCESSABLE", content.locked)
        if len(body) > _BODY_LIMIT:
            raise Refused("UNPROCESSABLE", "Body is too long (maximum is 65536 characters)")
        return content


def _value(card: FakeCard, name: str) -> Any:
    return next((value for key, value in card.values.items() if key.lower() == name.lower()), None)


def _option(field: str, name: str) -> str:
    return f"{field}:{name}".encode().hex()[:40]


def _linked(branch: tuple[str, str] | None) -> dict[str, Any]:
    if branch is None:
        return {"ref": None}
    return {"ref": {"name": branch[0], "repository": {"nameWithOwner": branch[1]}}}


def _missing(node: str) -> Refused:
    # A value that is an exception fails its place in the list alone.
    return Refused("NOT_FOUND", f"Could not resolve to a node with the global id of '{node}'.")
