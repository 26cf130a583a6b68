"""Whether the worker may do its work on a repository, found out by reading only."""

from kiro_worker.forge.fault import ForgeFault, ForgeLimited, ForgeUnreachable
from kiro_worker.forge.github.documents import VIEWER
from kiro_worker.forge.github.exchange import Exchange
from kiro_worker.forge.github.refusal import fault_of
from kiro_worker.forge.github.wire import Answer, Request, text_at
from kiro_worker.forge.port import ForgeCheck
from kiro_worker.forge.repository import GitHubRepository

_PAGE = "docs/reference/github.md"
_REPOSITORY_SCOPES = frozenset({"repo", "public_repo"})


async def look(exchange: Exchange, repository: GitHubRepository) -> ForgeCheck:
    """See `Forge.check`; what cannot be known without writing is said to be unknown."""
    try:
        answer = await _get(exchange, repository, "", "look at the repository")
        await _get(exchange, repository, "/pulls", "read the pull requests")
        account = await _account(exchange)
    except ForgeFault as fault:
        passing = isinstance(fault, (ForgeUnreachable, ForgeLimited))
        return ForgeCheck(ready=False, detail=fault.message, cure=fault.next_step, passing=passing)
    kind, source = exchange.credential.kind, exchange.credential.source
    problem, cure = _problem(answer, kind=kind, source=source)
    if problem:
        return ForgeCheck(ready=False, account=account, detail=f"{repository}: {problem}", cure=cure)
    told = f"{repository} on {repository.host}, signed in with the {kind} from {source}"
    if not _tells_rights(answer, kind):
        told += "; whether it may write is only seen when it does"
    return ForgeCheck(ready=True, account=account, detail=f"{told}.")


async def _get(exchange: Exchange, repository: GitHubRepository, path: str, purpose: str) -> Answer:
    query = {"per_page": "1"} if path else {}
    request = Request(method="GET", path=f"/repos/{repository}{path}", purpose=purpose, query=query)
    answer = await exchange.read(request)
    if not answer.ok:
        raise fault_of(request, answer, exchange.credential)
    return answer


async def _account(exchange: Exchange) -> str:
    """Who the credential belongs to; works for people and for Apps, which REST's `/user` does not."""
    purpose = "ask who is signed in"
    request = Request(method="POST", path="/graphql", purpose=purpose, body={"query": VIEWER}, graphql=True)
    try:
        answer = await exchange.read(request)
    except ForgeUnreachable:  # a name is worth no more than this
        return ""
    return text_at(answer.payload, "data", "viewer", "login")


def _problem(answer: Answer, *, kind: str, source: str) -> tuple[str, str]:
    """What stands in the way, and its cure; empty when nothing is known to."""
    payload = answer.payload if isinstance(answer.payload, dict) else {}
    if payload.get("archived") is True:
        return "it is archived, so nothing can be written.", "Unarchive it, or work on another repository."
    scopes = _scopes(answer)
    if scopes is not None and not scopes & _REPOSITORY_SCOPES:
        return f"the {kind} has not the scope `repo`.", f"Make one that has, and put it into {source}; see {_PAGE}."
    if scopes is not None and payload.get("private") is True and "repo" not in scopes:
        return f"it is private, and the {kind} has only `public_repo`.", f"Make one with `repo`, in {source}."
    permissions = payload.get("permissions")
    # An App's answer holds its installation's account here, which says nothing of the App.
    is_person = "App" not in kind
    if is_person and isinstance(permissions, dict) and permissions.get("push") is False:
        return "the account may read it and not push to it.", f"Give the account of {source} the role Write or more."
    return "", ""


def _tells_rights(answer: Answer, kind: str) -> bool:
    """Whether the answers told all there is to know; the rights of finer tokens are nowhere to be read."""
    return _scopes(answer) is not None and "App" not in kind


def _scopes(answer: Answer) -> frozenset[str] | None:
    """The scopes of a classic token; None for every other kind, which have none."""
    told = answer.headers.get("x-oauth-scopes")
    return None if told is None else frozenset(scope.strip() for scope in told.split(","))
