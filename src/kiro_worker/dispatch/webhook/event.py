"""Which webhooks are worth a look: the board, issues, reviews, comments, checks, branches, pull requests."""

from collections.abc import Mapping
from typing import Any

# https://docs.github.com/en/webhooks/webhook-events-and-payloads
# None takes every action. What is not here wakes nobody: the worker does not act on it, or wrote it itself.
_ACTIONS: Mapping[str, frozenset[str] | None] = {
    "projects_v2_item": frozenset({"created", "edited", "archived", "restored", "deleted", "converted"}),
    "issues": frozenset({"opened", "edited", "closed", "reopened", "labeled", "unlabeled", "deleted", "transferred"}),
    "issue_comment": frozenset({"created", "edited"}),
    "pull_request": frozenset({"opened", "closed", "reopened", "edited", "labeled", "unlabeled", "synchronize"}),
    "pull_request_review": frozenset({"submitted", "edited"}),
    "pull_request_review_comment": frozenset({"created", "edited"}),
    "pull_request_review_thread": frozenset({"unresolved"}),
    "check_run": frozenset({"completed"}),
    "check_suite": frozenset({"completed"}),
    "status": None,
    "push": None,
    "delete": None,
}
_OWN_CHECKS = "kiro-worker"


def wakes(event: str, payload: Any) -> bool:
    """Whether a look is worth it; a payload that is not understood is worth one.

    >>> wakes("ping", {}), wakes("push", {}), wakes("check_run", {"action": "created"})
    (False, True, False)
    """
    if event not in _ACTIONS:
        return False
    if not isinstance(payload, dict):
        return True
    actions = _ACTIONS[event]
    if actions is not None and payload.get("action") not in actions:
        return False
    if event == "issue_comment":
        # On an issue that is no pull request nobody speaks to the worker.
        issue = payload.get("issue")
        return not isinstance(issue, dict) or "pull_request" in issue
    if event == "status":
        own = str(payload.get("context", "")).startswith(_OWN_CHECKS)
        return not own and payload.get("state") != "pending"
    return True


def repository_of(payload: Any) -> str:
    """The repository that a payload is about, `owner/name`; empty where it does not say."""
    found = payload.get("repository") if isinstance(payload, dict) else None
    name = found.get("full_name") if isinstance(found, dict) else None
    return name if isinstance(name, str) else ""
