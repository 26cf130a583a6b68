"""Pull requests of the local forge as data, and many of them at a glance."""

from collections.abc import Iterable, Sequence
from typing import Any

from kiro_worker.forge.port import CommitStatus, PullRequest
from kiro_worker.forge.render import stage

HEADINGS = ("NUMBER", "STAGE", "BRANCH", "BASE", "TITLE")


def list_document(repository: str, pulls: Iterable[PullRequest]) -> dict[str, Any]:
    """A repository's pull requests as plain JSON, without their bodies."""
    shown = [{key: value for key, value in _facts(pull).items() if key != "body"} for pull in pulls]
    return {"schema": "kiro-worker/pr-list/1", "repository": repository, "pull_requests": shown}


def pull_document(repository: str, pull: PullRequest, statuses: Sequence[CommitStatus]) -> dict[str, Any]:
    """One pull request as plain JSON, with the statuses of its head."""
    told = [
        {"context": each.context, "state": each.state.value, "description": each.description, "url": each.url}
        for each in statuses
    ]
    return {"schema": "kiro-worker/pr-show/1", "repository": repository, **_facts(pull), "statuses": told}


def list_row(pull: PullRequest) -> tuple[str, ...]:
    """One pull request as a row below `HEADINGS`."""
    return (f"#{pull.number}", stage(pull), pull.branch, pull.base, pull.title)


def _facts(pull: PullRequest) -> dict[str, Any]:
    return {
        "number": pull.number,
        "stage": stage(pull),
        "draft": pull.draft,
        "open": pull.open,
        "merged": pull.merged,
        "branch": pull.branch,
        "base": pull.base,
        "head": pull.head,
        "title": pull.title,
        "url": pull.url,
        "body": pull.body,
    }
