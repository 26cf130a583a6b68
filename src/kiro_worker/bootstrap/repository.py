"""The git side of a repository: its workspaces, and what git signs in with."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from kiro_worker.bootstrap.credentials import refresh_credentials
from kiro_worker.bootstrap.workshop import Workshop
from kiro_worker.config.settings import Config
from kiro_worker.git.name import http_header
from kiro_worker.git.program import Secrets as GitSecrets
from kiro_worker.run.start import Source
from kiro_worker.workspace.git_workspaces import GitWorkspaces
from kiro_worker.workspace.remote import Identity, Remote

if TYPE_CHECKING:
    from kiro_worker.forge.github import Credential
    from kiro_worker.forge.repository import GitHubRepository


@contextlib.asynccontextmanager
async def workspaces_for(shop: Workshop, source: Source, early: Config) -> AsyncIterator[GitWorkspaces]:
    """The workspaces of one repository, under the settings that are known before it is."""
    commit = early.commit
    author = Identity(name=commit.author_name, email=commit.author_email)
    committer = Identity(
        name=commit.committer_name or commit.author_name, email=commit.committer_email or commit.author_email
    )
    async with GitWorkspaces(
        shop.git.with_secrets(git_secrets(shop, source, early)),
        Remote(url=source.url),
        shop.machine.state,
        author=author,
        committer=committer,
        shallow=early.workspace.mirror == "shallow",
    ) as workspaces:
        yield workspaces


def git_secrets(shop: Workshop, source: Source, config: Config) -> GitSecrets:
    """What git gets to sign in with: what the address held, else what AWS keeps for it, else the forge's token.

    The latter two only for a remote that is reached over HTTPS.

    Without either, git asks the helpers and keys of the worker's own user.
    """
    is_private = source.url.startswith("https://")
    if not source.secrets and shop.credentials.git is not None and (is_private or _is_here(source.url)):
        return _kept_sign_in(shop, source, config)
    if source.secrets or not is_private:
        return source.secrets
    from kiro_worker.config.credentials import CredentialMissing
    from kiro_worker.forge.fault import ForgeUnknown
    from kiro_worker.forge.repository import github_repository, parse_remote

    try:
        repository = github_repository(parse_remote(source.url))
        credential = github_credential(shop, config, repository)
    except (CredentialMissing, ForgeUnknown):
        return {}

    async def header() -> Mapping[str, str]:
        nonlocal credential
        if shop.credentials.at is not None and shop.credentials.app is None:
            await refresh_credentials(shop, config)
            credential = github_credential(shop, config, repository)
        return http_header(source.url, f"Authorization: Basic {_basic('x-access-token', await credential.token())}")

    return header


def _is_here(url: str) -> bool:
    """Whether what is sent there passes no network: a proxy of this machine, which adds the TLS."""
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    return parts.scheme == "http" and parts.username is None and parts.hostname in {"127.0.0.1", "::1"}


async def _looked_up_again(shop: Workshop, config: Config, name: str) -> str:
    """The token as it is kept now; the same as before unless its new one is hidden in everything that is written.

    Whoever writes got their redactor as the run began: it knows a new token by its shape alone.
    """
    from kiro_worker.redact import Redactor

    before = shop.known_secret(name)
    await refresh_credentials(shop, config, after=0)
    now = shop.known_secret(name)
    if now is None or before is None or Redactor().text(now.value) == now.value:
        return before.value if before else ""
    return now.value


def _kept_sign_in(shop: Workshop, source: Source, config: Config) -> GitSecrets:
    async def header() -> Mapping[str, str]:
        await refresh_credentials(shop, config)
        own = shop.credentials.git
        assert own is not None
        return http_header(source.url, f"Authorization: Basic {_basic(own.username, own.password)}")

    return header


def _basic(name: str, password: str) -> str:
    from base64 import b64encode

    return b64encode(f"{name}:{password}".encode()).decode()


def github_credential(
    shop: Workshop, config: Config, repository: "GitHubRepository", *, rights: Mapping[str, str] | None = None
) -> "Credential":
    """What the worker signs in to GitHub with.

    Args:
        shop: the machine, whose secrets are looked up.
        config: names the secret.
        repository: where an App's tokens are good for.
        rights: what an App's tokens are asked for, in all of its repositories; None is a forge's, in this one.

    Raises:
        CredentialMissing: none is set for this environment.
        ForgeCredential: it cannot be one.
    """
    from kiro_worker.config.credentials import find_credential
    from kiro_worker.forge.github import AppInstallation, AppKey, Token

    settings, look = config.forge, shop.known_secret
    kept = shop.credentials.app
    app_id, installation = (kept.app_id, kept.installation_id) if kept else (settings.app_id, settings.installation_id)
    if not app_id:
        found = find_credential(config.environment, settings.token_variable, look)
        return Token(found.value, source=found.name, again=partial(_looked_up_again, shop, config, found.name))
    found = find_credential(config.environment, settings.private_key_variable, look)
    key = AppKey(app_id, found.value, source=found.name, clock=shop.clock)
    more: dict[str, Any] = {} if rights is None else {"rights": rights, "everywhere": True}
    return AppInstallation(repository, key, clock=shop.clock, installation_id=installation, **more)
