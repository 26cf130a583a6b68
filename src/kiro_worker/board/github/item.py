"""A project's item, as GraphQL tells it, turned into a card; unknown fields are passed over."""

from collections.abc import Iterator, Mapping
from typing import Any

from kiro_worker.board.github.layout import Layout
from kiro_worker.board.github.part import nodes, number, part, text
from kiro_worker.board.port import (
    Blocker,
    Card,
    CardBranch,
    CardContent,
    CardId,
    Hindrance,
    Link,
    Obstacle,
    Priority,
)

_KINDS = {"Issue": CardContent.ISSUE, "PullRequest": CardContent.PULL_REQUEST, "DraftIssue": CardContent.DRAFT}


def read_item(item: Mapping[str, Any], layout: Layout, *, blockers_known: bool = True) -> Card:
    """One item with all that `CARDS` asks for."""
    content = part(item, "content")
    kind = _KINDS.get(text(content, "__typename"), CardContent.HIDDEN)
    repository = text(content, "repository", "nameWithOwner") or _only(layout, kind)
    place = text(item, "status", "name")
    author = "creator" if kind is CardContent.DRAFT else "author"
    count = number(content, "number")
    return Card(
        id=CardId(text(item, "id")),
        content=kind,
        title=text(content, "title"),
        place=place,
        column=layout.project.columns.of(place) if place else None,
        reference=f"{repository}#{count}" if count else "",
        # Only issues and pull requests have pages; the others are seen on the board.
        url=text(content, "url") or layout.url,
        repository=repository,
        body=text(content, "body"),
        author=text(content, author, "login"),
        labels=tuple(text(label, "name") for label in nodes(content, "labels")),
        priority=_priority(item, layout),
        branches=_once(_branches(item, content, kind, repository)),
        blocked_by=tuple(map(_blocker, nodes(content, "blockedBy"))),
        created=text(content, "createdAt"),
        changed=max(text(item, "updatedAt"), text(content, "updatedAt")),
        hindrances=tuple(_hindrances(item, content, kind, repository, layout)),
        notes=tuple(_notes(content, kind, blockers_known=blockers_known)),
    )


def _only(layout: Layout, kind: CardContent) -> str:
    """A draft has no repository; where the worker serves only one, it is meant."""
    served = layout.project.repositories
    return served[0] if kind is CardContent.DRAFT and len(served) == 1 else ""


def _priority(item: Mapping[str, Any], layout: Layout) -> Priority | None:
    value = part(item, "priority")
    if layout.priority is None or not value:
        return None
    if layout.priority.kind == "NUMBER":
        found = value.get("number")
        return Priority(rank=float(found), name=f"{found:g}") if isinstance(found, int | float) else None
    name = text(value, "name")
    return Priority(rank=layout.rank(text(value, "optionId")), name=name) if name else None


def _branches(
    item: Mapping[str, Any], content: Mapping[str, Any], kind: CardContent, repository: str
) -> Iterator[CardBranch]:
    written = text(item, "branch", "text").strip()
    if written:
        yield CardBranch(name=written, link=Link.FIELD, repository=repository)
    if kind is CardContent.PULL_REQUEST and text(content, "headRefName"):
        yield _head(content, Link.PULL_REQUEST, text(content, "pullState"))
    for linked in nodes(content, "linkedBranches"):
        if text(linked, "ref", "name"):
            of = text(linked, "ref", "repository", "nameWithOwner")
            yield CardBranch(name=text(linked, "ref", "name"), link=Link.LINKED, repository=of)
    for pull in nodes(content, "closedByPullRequestsReferences"):
        if text(pull, "headRefName") and text(pull, "state") == "OPEN":
            yield _head(pull, Link.CLOSES, "OPEN")


def _head(pull: Mapping[str, Any], link: Link, state: str) -> CardBranch:
    # A fork that was deleted leaves no repository behind.
    of = text(pull, "headRepository", "nameWithOwner")
    return CardBranch(
        name=text(pull, "headRefName"),
        link=link,
        repository=of,
        pull_request=number(pull, "number") if state == "OPEN" else 0,
    )


def _once(branches: Iterator[CardBranch]) -> tuple[CardBranch, ...]:
    """Each branch once, by its surest link, with its pull request when any of its links tells one."""
    found: dict[tuple[str, str], CardBranch] = {}
    for branch in branches:
        key = (branch.repository.lower(), branch.name)
        first = found.setdefault(key, branch)
        if branch.pull_request and not first.pull_request:
            found[key] = CardBranch(
                name=first.name, link=first.link, repository=first.repository, pull_request=branch.pull_request
            )
    return tuple(found.values())


def _blocker(issue: Mapping[str, Any]) -> Blocker:
    of = text(issue, "repository", "nameWithOwner")
    return Blocker(
        reference=f"{of}#{number(issue, 'number')}",
        title=text(issue, "title"),
        done=text(issue, "state") == "CLOSED",
    )


def _hindrances(
    item: Mapping[str, Any], content: Mapping[str, Any], kind: CardContent, repository: str, layout: Layout
) -> Iterator[Hindrance]:
    if item.get("isArchived") is True:
        cure = "Restore it on the board: the menu of the project, Archived items."
        why = "The card is archived, so it cannot be moved."
        yield Hindrance(kind=Obstacle.ARCHIVED, why=why, cure=cure, fixed=True)
    if kind is CardContent.HIDDEN:
        yield Hindrance(
            kind=Obstacle.HIDDEN,
            why="What the card stands for cannot be seen: it is in a repository that the worker's credential may "
            "not read.",
            cure="Give the credential the repository (Issues and Pull requests), or take the card off the board.",
        )
        return
    state = text(content, "state") or text(content, "pullState")
    if state in {"CLOSED", "MERGED"}:
        what = "pull request" if kind is CardContent.PULL_REQUEST else "issue"
        how = "was merged" if state == "MERGED" else "is closed"
        cure = f"Open the {what} again to have it worked on." if state == "CLOSED" else "Make a new card."
        yield Hindrance(kind=Obstacle.CLOSED, why=f"The {what} {how}.", cure=cure)
    served = layout.project.repositories
    if repository and served and repository.lower() not in {each.lower() for each in served}:
        cure = f"Add {repository} to board.repositories, or take the card off this board."
        yield Hindrance(kind=Obstacle.FOREIGN, why=f"This worker does not serve {repository}.", cure=cure)
    elif part(content, "repository").get("isArchived") is True:
        cure = "Unarchive the repository, or take the card off the board."
        yield Hindrance(kind=Obstacle.ARCHIVED, why=f"The repository {repository} is archived.", cure=cure)


def _notes(content: Mapping[str, Any], kind: CardContent, *, blockers_known: bool) -> Iterator[str]:
    if kind is CardContent.ISSUE and not blockers_known:
        yield "This server does not tell which issues block this one."
    if any(not part(linked, "ref") for linked in nodes(content, "linkedBranches")):
        yield "A branch that was linked to it is gone."
    for connection, words in (
        ("labels", "labels"),
        ("linkedBranches", "linked branches"),
        ("closedByPullRequestsReferences", "pull requests that close it"),
        ("blockedBy", "issues that block it"),
    ):
        there, read = number(content, connection, "totalCount"), len(nodes(content, connection))
        if there > read:
            yield f"Only {read} of {there} {words} could be read."
