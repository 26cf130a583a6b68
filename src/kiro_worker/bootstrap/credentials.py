"""The worker's credentials from where AWS keeps them: fetched when they are needed, and hidden before they are used."""

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from kiro_worker.config.credentials import credential_names
from kiro_worker.config.settings import Config
from kiro_worker.error import WorkerError
from kiro_worker.value import dataclass, replace

if TYPE_CHECKING:
    from kiro_worker.agent.profile import Profile
    from kiro_worker.bootstrap.workshop import Workshop
    from kiro_worker.redact import Secret
    from kiro_worker.secret.form import AppSignIn, GitSignIn
    from kiro_worker.secret.place import Place

Read = TypeVar("Read")

# Seconds. Fetching costs some tens of milliseconds, and each command that speaks to the remote asks.
_FRESH = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What was fetched; nothing of it is in any process's environment.

    Attributes:
        app: signs in to the forge as an App; None leaves that to the settings.
        git: signs in to the remote; None leaves that to the forge's credential.
        agent: variables for the agent, and for nobody else.
        at: when they were fetched, on the clock's own scale; None where nothing was.
    """

    app: "AppSignIn | None" = None
    git: "GitSignIn | None" = None
    agent: "tuple[Secret, ...]" = ()
    at: float | None = None

    def known_to(self, profile: "Profile") -> "Profile":
        """The profile with these variables as its own credential, which what it has run for it does not get."""
        names = tuple(secret.name for secret in self.agent if secret.name not in profile.credentials)
        return replace(profile, credentials=(*profile.credentials, *names)) if names else profile


async def fetch_credentials(shop: "Workshop", config: Config) -> None:
    """Fetch what the settings name, make it known to the redactor, and give it to the workshop.

    Without `secret.store: aws` this does nothing. It may be called again: what was changed meanwhile counts then.

    Raises:
        SecretNotFetched, SecretStoreUnwell, SecretMalformed: for what is named and cannot be used.
        AwsLibraryMissing: there is no library to ask with.
    """
    if config.secret.store != "aws":
        return
    from kiro_worker.secret.aws import AwsSecrets
    from kiro_worker.secret.form import agent_variables, app_sign_in, git_sign_in

    wanted = places_of(config)
    kept = AwsSecrets(shop.aws, wanted)
    fetched = {name: await kept.find(name) for name in wanted}
    # The whole document first: should a part of it be malformed, a fault is written by then.
    shop.keep_out(secret for secret in fetched.values() if secret is not None)

    def read(setting: str, reader: "Callable[[Secret, Place], Read]") -> Read | None:
        name = _name(config, setting)
        secret = fetched.get(name)
        return None if secret is None else reader(secret, wanted[name])

    credentials = Credentials(
        app=read("github_app_place", app_sign_in),
        git=read("git_credentials_place", git_sign_in),
        agent=read("agent_credentials_place", agent_variables) or (),
        at=shop.clock.monotonic(),
    )
    shop.keep_out(_parts(credentials, config))
    shop.credentials = credentials


async def refresh_credentials(shop: "Workshop", config: Config, *, after: float = _FRESH) -> None:
    """Fetch them once more where some time has passed: somebody may have changed them while a long build ran.

    A store that does not answer just now changes nothing: what is known may still be good.

    Args:
        shop: gets what is new.
        config: names the places.
        after: seconds since they were fetched.
    """
    at = shop.credentials.at
    if at is None or shop.clock.monotonic() - at < after:
        return
    with contextlib.suppress(WorkerError):
        await fetch_credentials(shop, config)


def places_of(config: Config) -> "dict[str, Place]":
    """Where each secret that the settings name a place for is kept, by what the worker calls it."""
    from kiro_worker.secret.place import place_of

    places = {
        setting: place_of(getattr(config.secret, setting))
        for setting in ("github_token_place", "github_app_place", "git_credentials_place", "agent_credentials_place")
    }
    return {_name(config, setting): place for setting, place in places.items() if place is not None}


def _name(config: Config, setting: str) -> str:
    """What the worker calls a secret; the forge's token has the name by which it is looked for."""
    if setting == "github_token_place":
        return credential_names(config.environment, config.forge.token_variable)[0]
    return setting.removesuffix("_place").replace("_", "-")


def _parts(credentials: Credentials, config: Config) -> "tuple[Secret, ...]":
    """Each part by itself: it is written without the rest of its document."""
    from kiro_worker.redact import Secret

    found = list(credentials.agent)
    if credentials.git is not None:
        found.append(Secret("git-password", credentials.git.password))
    if credentials.app is not None:
        key = credential_names(config.environment, config.forge.private_key_variable)[0]
        found.append(Secret(key, credentials.app.private_key))
    return tuple(found)
