"""A project of GitHub's as the worker's board: the forge's way to GitHub, lent to the board."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any
from urllib.parse import urlsplit

from kiro_worker.board.columns import Columns
from kiro_worker.board.fault import BoardLimited, BoardSetting, BoardUnreachable
from kiro_worker.board.github import Answer, GitHubBoard, Project, Query, Refusal
from kiro_worker.bootstrap.repository import github_credential
from kiro_worker.bootstrap.workshop import Workshop
from kiro_worker.clock import Clock
from kiro_worker.config.settings import BoardSettings, Config
from kiro_worker.forge.escape import line as one_line
from kiro_worker.forge.fault import ForgeLimited, ForgeUnreachable
from kiro_worker.forge.github.credential import Credential
from kiro_worker.forge.github.exchange import Exchange, Manner
from kiro_worker.forge.github.limit import graphql_errors
from kiro_worker.forge.github.refusal import fault_of
from kiro_worker.forge.github.transport import AnswerLost, Bounds, Transport
from kiro_worker.forge.github.wire import Answer as HttpAnswer
from kiro_worker.forge.github.wire import Request
from kiro_worker.forge.repository import GitHubRepository, RemoteAddress, github_repository

RIGHTS = {"issues": "write", "metadata": "read", "organization_projects": "write", "pull_requests": "write"}
"""What an App's tokens are asked for, for the cards of all repositories that it is installed on."""

_SCOPED = frozenset({"classic token", "OAuth token"})


class ForgeLine:
    """See `board.github.Line`: the forge's transport, waits and credential."""

    def __init__(
        self,
        repository: GitHubRepository,
        credential: Credential,
        *,
        clock: Clock,
        manner: Manner | None = None,
        bounds: Bounds | None = None,
    ) -> None:
        self._repository = repository
        self._credential = credential
        self._transport = Transport(repository, bounds)
        self._exchange = Exchange(self._transport, credential, clock, manner)

    @property
    def host(self) -> str:
        """See `Line.host`."""
        return self._repository.host

    @property
    def kind(self) -> str:
        """See `Line.kind`."""
        return self._credential.kind

    @property
    def source(self) -> str:
        """See `Line.source`."""
        return self._credential.source

    async def read(self, query: Query) -> Answer:
        """See `Line.read`."""
        request = _request(query)
        try:
            return self._answer(request, await self._exchange.read(request))
        except ForgeUnreachable as fault:
            raise _unreachable(query, fault) from None
        except ForgeLimited as fault:
            raise _limited(query, fault) from None

    async def write(self, query: Query) -> Answer | None:
        """See `Line.write`."""
        request = _request(query)
        try:
            return self._answer(request, await self._exchange.write(request))
        except AnswerLost:
            return None
        except ForgeUnreachable as fault:
            raise _unreachable(query, fault) from None
        except ForgeLimited as fault:
            raise _limited(query, fault) from None

    def writing(self) -> AbstractAsyncContextManager[None]:
        """See `Line.writing`."""
        return self._exchange.writing()

    async def pace(self) -> None:
        """See `Line.pace`."""
        await self._exchange.pace()

    async def back_off(self, nth: int) -> None:
        """See `Line.back_off`."""
        await self._exchange.back_off(nth)

    async def close(self) -> None:
        """See `Line.close`."""
        await self._transport.close()
        await self._credential.close()

    def _answer(self, request: Request, answer: HttpAnswer) -> Answer:
        if not answer.ok:
            raise fault_of(request, answer, self._credential)
        data = answer.payload.get("data") if isinstance(answer.payload, dict) else None
        scopes = answer.headers.get("x-oauth-scopes")
        if not scopes and self._credential.kind not in _SCOPED:
            # Sent empty with tokens that have rights in place of scopes.
            scopes = None
        return Answer(
            data=data if isinstance(data, dict) else {},
            refusals=tuple(map(_refusal, graphql_errors(answer))),
            scopes=None if scopes is None else frozenset(scope.strip() for scope in scopes.split(",")),
            request_id=answer.request_id,
        )


def project_board(shop: Workshop, config: Config, columns: Columns) -> GitHubBoard:
    """The project that the settings name.

    Raises:
        BoardSetting: they name none.
        CredentialMissing: there is nothing to sign in with.
    """
    settings = config.board
    project = project_of(settings, columns)
    # Only the API's address matters; the name is that of no repository.
    of = RemoteAddress(host=(urlsplit(settings.owner).hostname or "github.com"), path="")
    repository = github_repository(of, api_url=config.forge.api_url, repository=f"{project.owner}/-")
    credential = github_credential(shop, config, repository, rights=RIGHTS)
    line = ForgeLine(repository, credential, clock=shop.clock)
    return GitHubBoard(line, project, points_per_hour=settings.points_per_hour, clock=shop.clock)


def project_of(settings: BoardSettings, columns: Columns) -> Project:
    """Which project, out of the settings; a web address of it may stand in place of the owner.

    Raises:
        BoardSetting: they name none.
    """
    owner, number = settings.owner.strip(), settings.number
    if "/" in owner:
        owner, number = _of_address(owner)
    if not owner or not all(sign.isalnum() or sign in "-_" for sign in owner) or not owner.isascii():
        raise BoardSetting(
            setting="owner",
            reason=f"{settings.owner[:80]!r} is no organisation or person",
            cure="Set it, or the whole address of the project: https://github.com/orgs/OWNER/projects/NUMBER.",
        )
    if not number:
        raise BoardSetting(setting="number", reason="it is not set", cure="It is in the address of the project.")
    return Project(
        owner=owner,
        number=number,
        columns=columns,
        status=settings.status_field,
        priority=settings.priority_field,
        branch=settings.branch_field,
        repositories=settings.repositories,
    )


def _of_address(address: str) -> tuple[str, int]:
    """Owner and number out of `https://github.com/orgs/acme/projects/4/views/1`."""
    parts = urlsplit(address).path.strip("/").split("/")
    if len(parts) >= 4 and parts[0] in {"orgs", "users"} and parts[2] == "projects" and parts[3].isdecimal():
        return parts[1], int(parts[3][:9])
    return "", 0


def _request(query: Query) -> Request:
    body: dict[str, Any] = {"query": query.document, "variables": dict(query.variables)}
    return Request(method="POST", path="/graphql", purpose=query.purpose, body=body, graphql=True)


def _refusal(error: Mapping[str, Any]) -> Refusal:
    extensions = error.get("extensions")
    told = extensions if isinstance(extensions, dict) else {}
    return Refusal(
        message=one_line(str(error.get("message", ""))) or "it gave no reason",
        kind=str(error.get("type", "")),
        code=str(told.get("code", "")),
        subject=str(told.get("argumentName") or told.get("fieldName") or ""),
    )


def _unreachable(query: Query, fault: ForgeUnreachable) -> BoardUnreachable:
    told = BoardUnreachable(
        purpose=query.purpose,
        said=fault.said,
        next_step="Look at the network, the proxy and GitHub's status page, then try again.",
    )
    # A query that is too heavy is answered with 502, 504, or words of GraphQL's own.
    told.heavy = "HTTP 50" in fault.said or "went wrong" in fault.said.lower()
    return told


def _limited(query: Query, fault: ForgeLimited) -> BoardLimited:
    return BoardLimited(
        purpose=query.purpose,
        said=fault.said,
        request_id=fault.request_id,
        next_step="Wait that long, or ask less often; `kiro-worker board check` tells what is left.",
    )
