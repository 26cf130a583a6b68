"""What a fake GitHub is asked and answers, in GitHub's forms."""

from collections.abc import Mapping
from typing import Any

from kiro_worker.value import dataclass, field

_DOCS = "https://docs.github.test/rest"
_BODY_LIMIT = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request as the model sees it."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    token: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer."""

    status: int
    payload: Any
    headers: Mapping[str, str] = field(default_factory=dict)


def page(call: Call, found: list[dict[str, Any]]) -> Reply:
    """One page of a list, and the way to the next."""
    size, page = int(call.query.get("per_page", 30)), int(call.query.get("page", 1))
    more = len(found) > size * page
    query = "&".join(f"{key}={value}" for key, value in {**call.query, "page": str(page + 1)}.items())
    headers = {"Link": f'<{call.path}?{query}>; rel="next"'} if more else {}
    return Reply(status=200, payload=found[size * (page - 1) : size * page], headers=headers)


def too_long(wanted: Mapping[str, Any]) -> Reply | None:
    """GitHub's refusal of a body that is too long; it calls the thing an issue."""
    if len(wanted.get("body") or "") <= _BODY_LIMIT:
        return None
    return invalid("Issue", "body is too long (maximum is 65536 characters)", field="body")


def error(status: int, message: str, **headers: str) -> Reply:
    """A refusal in GitHub's form."""
    told = {"message": message, "documentation_url": _DOCS, "status": str(status)}
    return Reply(status=status, payload=told, headers={key.replace("_", "-"): value for key, value in headers.items()})


def invalid(resource: str, message: str = "", *, field: str = "", code: str = "custom") -> Reply:
    """A failed validation in GitHub's form."""
    error = {"resource": resource, "code": code}
    error |= {"field": field} if field else {}
    error |= {"message": message} if message else {}
    payload = {"message": "Validation Failed", "errors": [error], "documentation_url": _DOCS, "status": "422"}
    return Reply(status=422, payload=payload)


def graphql_error(kind: str, message: str, path: str = "") -> Reply:
    """A refusal of GraphQL's, which comes with 200."""
    error: dict[str, Any] = {"type": kind, "message": message} | ({"path": [path]} if path else {})
    return Reply(status=200, payload={"data": {path: None} if path else None, "errors": [error]})
