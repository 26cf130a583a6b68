"""A definite no of GitHub's, turned into a fault with its cure."""

import re
from typing import Any
from urllib.parse import urlsplit

from kiro_worker.forge import escape
from kiro_worker.forge.fault import ForgeCredential, ForgeFault
from kiro_worker.forge.github.credential import Credential
from kiro_worker.forge.github.limit import graphql_errors
from kiro_worker.forge.github.wire import Answer, Request

_SSO = re.compile(r"\burl=(https://[^\s;,]{1,1000})")
_PAGE = "docs/reference/github.md"


def words(answer: Answer) -> str:
    """What GitHub itself says, in one line.

    >>> words(Answer(status=422, headers={}, payload={"message": "Validation Failed", "errors": [{"code": "custom",
    ... "message": "No commits between main and x"}]}))
    'Validation Failed: No commits between main and x'
    """
    errors = "; ".join(told for error in _errors(answer) if (told := _error_words(error)))
    message = answer.payload.get("message") if isinstance(answer.payload, dict) else None
    told = ": ".join(part for part in (message if isinstance(message, str) else "", errors) if part)
    return escape.line(told or answer.text or "it gave no reason", limit=400)


def says(answer: Answer, text: str) -> bool:
    """Whether GitHub's own words contain a text, in any case of letters."""
    return text.lower() in words(answer).lower()


def fault_of(request: Request, answer: Answer, credential: Credential) -> ForgeFault:
    """The fault that a refusal is."""
    kind: type[ForgeFault] = ForgeFault
    cure = ""
    if answer.status == 401:
        kind, cure = ForgeCredential, _cure_for_identity(credential)
    elif answer.status == 403 and says(answer, "archived"):
        cure = "The repository is archived: unarchive it, or work on another."
    elif answer.status == 403:
        kind, cure = ForgeCredential, _cure_for_rights(answer, credential)
    elif answer.status == 404:
        # A private repository that the token cannot see looks exactly like one that is not there.
        kind = ForgeCredential
        cure = f"Check the repository's name, and that the {credential.kind} in {credential.source} may see it."
    elif answer.status == 422:
        cure = "GitHub has read the request and refuses it: look at its words above."
    elif answer.status in {301, 302, 307, 308}:
        host = urlsplit(answer.headers.get("location", "")).hostname or "another place"
        cure = f"It sends requests on to {host}. Set forge.api_url, or forge.repository if that was renamed."
    return kind(
        purpose=request.purpose,
        request=str(request),
        said=f"{words(answer)}.",
        status=answer.status,
        request_id=answer.request_id,
        kept=request.kept,
        next_step=cure,
    )


def sign_on_page(answer: Answer) -> str:
    """Where a token is to be authorised for an organisation's single sign-on; empty when that is not the matter."""
    found = _SSO.search(answer.headers.get("x-github-sso", ""))
    return found[1] if found and urlsplit(found[1]).path.endswith("/sso") else ""


def _cure_for_identity(credential: Credential) -> str:
    if "GitHub App" in credential.kind:
        return f"Check forge.app_id and the private key in {credential.source}: they belong together."
    return (
        f"It has ended or was revoked: make a new {credential.kind} and put it into {credential.source}; see {_PAGE}."
    )


def _cure_for_rights(answer: Answer, credential: Credential) -> str:
    page = sign_on_page(answer)
    if page:
        return f"Authorise the {credential.kind} in {credential.source} for the organisation: {page}"
    needed = escape.line(answer.headers.get("x-accepted-github-permissions", ""), limit=120)
    right = f" the right {needed.replace('=', ': ')}" if needed else " the rights it lacks"
    return f"Give the {credential.kind} in {credential.source}{right}; {_PAGE} lists what is needed."


def _errors(answer: Answer) -> tuple[Any, ...]:
    errors = answer.payload.get("errors") if isinstance(answer.payload, dict) else None
    return tuple(errors[:5]) if isinstance(errors, list) else graphql_errors(answer)


def _error_words(error: Any) -> str:
    if isinstance(error, str):
        return error
    if not isinstance(error, dict):
        return ""
    if isinstance(error.get("message"), str):
        return str(error["message"])
    return " ".join(str(error[key]) for key in ("resource", "field", "code") if isinstance(error.get(key), str))
