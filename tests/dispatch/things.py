"""Cards and items for tests, with all that does not matter filled in."""

from kiro_worker.board.port import Card, CardBranch, CardContent, CardId, Column, Link, Priority
from kiro_worker.dispatch.item import WorkItem

REPOSITORY = "https://forge.example/acme/shop"


def card(name: str = "c1", **given) -> Card:
    facts = {
        "content": CardContent.ISSUE,
        "title": "Log in",
        "place": "For Implementation",
        "column": Column.READY,
        "repository": "acme/shop",
        "author": "ada",
        "created": "2026-11-01T08:00:00Z",
        "branches": (CardBranch(name="feature/login", link=Link.LINKED),),
    }
    return Card(id=CardId(name), **(facts | given))


def item(
    name: str = "c1", *, repository: str = REPOSITORY, branch: str = "", rank: float | None = None, **given
) -> WorkItem:
    priority = None if rank is None else Priority(rank=rank, name=str(rank))
    return WorkItem(
        card=card(name, priority=priority, **given), repository=repository, branch=branch or f"feature/{name}"
    )
