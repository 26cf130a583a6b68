"""The shapes of a fake GitHub's answers: every field that the published description requires, as plain as may be."""

from typing import Any

_WHEN = "2026-11-21T09:30:00Z"

_USER_LINKS = "avatar events followers following gists organizations received_events repos starred subscriptions"
_REPOSITORY_LINKS = (
    "archive assignees blobs branches collaborators comments commits compare contents contributors deployments "
    "downloads events forks git_commits git_refs git_tags git hooks issue_comment issue_events issues keys labels "
    "languages merges milestones notifications pulls releases ssh clone stargazers statuses subscribers subscription "
    "svn tags teams trees"
)
_COUNTS = (
    "forks forks_count open_issues open_issues_count size stargazers_count watchers watchers_count network_count "
    "subscribers_count"
)


def user(login: str) -> dict[str, Any]:
    """A person or a bot."""
    return {
        **{f"{link}_url": f"https://api.github.test/users/{login}/{link}" for link in _USER_LINKS.split()},
        "gravatar_id": "",
        "html_url": f"https://github.test/{login}",
        "id": 1,
        "login": login,
        "node_id": f"U_{login}",
        "site_admin": False,
        "type": "Bot" if login.endswith("[bot]") else "User",
        "url": f"https://api.github.test/users/{login}",
    }


def repository(owner: str, name: str, **more: object) -> dict[str, Any]:
    """A repository; `more` are the fields that a test cares about."""
    address = f"https://api.github.test/repos/{owner}/{name}"
    return {
        **{f"{link}_url": f"{address}/{link}" for link in _REPOSITORY_LINKS.split()},
        **dict.fromkeys(_COUNTS.split(), 0),
        **dict.fromkeys(("created_at", "pushed_at", "updated_at"), _WHEN),
        **dict.fromkeys(("description", "homepage", "language", "license", "mirror_url")),
        **dict.fromkeys(("disabled", "fork", "has_discussions", "has_downloads", "has_pages"), False),
        **dict.fromkeys(("has_issues", "has_projects", "has_wiki"), True),
        "archived": False,
        "default_branch": "main",
        "full_name": f"{owner}/{name}",
        "html_url": f"https://github.test/{owner}/{name}",
        "name": name,
        "node_id": f"R_{owner}_{name}",
        "owner": user(owner),
        "private": False,
        "url": address,
        **more,
    }


def pull_request(
    number: int, *, repo: dict[str, Any], head: str, base: str, sha: str, **more: object
) -> dict[str, Any]:
    """A pull request, whole; lists leave the last group of fields out, see `in_a_list`."""
    api, page = f"{repo['url']}/pulls/{number}", f"{repo['html_url']}/pull/{number}"
    links = ("html", "self", "issue", "comments", "review_comments", "review_comment", "commits", "statuses")
    return {
        **{f"{link}_url": f"{api}/{link}" for link in ("comments", "commits", "diff", "patch", "issue", "statuses")},
        **{f"{link}_url": f"{api}/{link}" for link in ("review_comment", "review_comments")},
        **dict.fromkeys(("assignee", "milestone", "auto_merge", "closed_at", "merged_at", "merge_commit_sha")),
        **dict.fromkeys(("additions", "changed_files", "comments", "commits", "deletions", "review_comments"), 0),
        "_links": {link: {"href": f"{api}/{link}"} for link in links},
        "author_association": "MEMBER",
        "base": _end(repo, base, "0" * 40),
        "created_at": _WHEN,
        "head": _end(repo, head, sha),
        "html_url": page,
        "id": 1000 + number,
        "labels": [],
        "locked": False,
        "maintainer_can_modify": False,
        "mergeable": None,
        "mergeable_state": "unknown",
        "merged": False,
        "merged_by": None,
        "node_id": f"PR_{number}",
        "number": number,
        "updated_at": _WHEN,
        "url": api,
        **more,
    }


def in_a_list(pull: dict[str, Any]) -> dict[str, Any]:
    """A pull request as lists show it."""
    whole = ("additions", "changed_files", "comments", "commits", "deletions", "review_comments", "merged", "merged_by")
    left_out = {*whole, "mergeable", "mergeable_state", "maintainer_can_modify"}
    return {key: value for key, value in pull.items() if key not in left_out}


def status(number: int, *, sha: str, creator: str, **more: object) -> dict[str, Any]:
    """A commit status."""
    return {
        "avatar_url": None,
        "created_at": _WHEN,
        "creator": user(creator),
        "description": None,
        "id": number,
        "node_id": f"S_{number}",
        "target_url": None,
        "updated_at": _WHEN,
        "url": f"https://api.github.test/statuses/{sha}",
        **more,
    }


def installation(number: int, *, app: int, account: str, permissions: dict[str, str]) -> dict[str, Any]:
    """A GitHub App's installation."""
    links = {
        f"{link}_url": f"https://api.github.test/installations/{number}/{link}" for link in ("html", "repositories")
    }
    return {
        **links,
        **dict.fromkeys(("single_file_name", "suspended_at", "suspended_by")),
        "access_tokens_url": f"https://api.github.test/app/installations/{number}/access_tokens",
        "account": user(account),
        "app_id": app,
        "app_slug": "kiro-worker",
        "created_at": _WHEN,
        "events": [],
        "id": number,
        "permissions": permissions,
        "repository_selection": "selected",
        "target_id": 1,
        "target_type": "Organization",
        "updated_at": _WHEN,
    }


def _end(repo: dict[str, Any], branch: str, sha: str) -> dict[str, Any]:
    owner = repo["owner"]
    return {"label": f"{owner['login']}:{branch}", "ref": branch, "repo": repo, "sha": sha, "user": owner}
