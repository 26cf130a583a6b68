"""Credentials of several parts that one secret holds, read and checked."""

import re

from kiro_worker.redact import Secret
from kiro_worker.secret.aws import members_of
from kiro_worker.secret.fault import SecretMalformed
from kiro_worker.secret.place import Place
from kiro_worker.value import dataclass, field

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
# What would change how a program is found or loaded is no credential.
_NO_CREDENTIAL = re.compile(
    r"PATH|HOME|IFS|ENV|SHELL|BASH_.*|LD_.*|DYLD_.*|PYTHON.*|NODE_.*|GIT_.*|AWS_.*|KIRO_WORKER_.*"
)
_SIGN_IN = '{"username": "git", "password": "…"}'
_APP = '{"appId": "…", "installationId": "…", "privateKey": "-----BEGIN …"}'
_VARIABLES = '{"KIRO_API_KEY": "…"}'


@dataclass(frozen=True, slots=True, kw_only=True)
class GitSignIn:
    """What git signs in to a remote with, over HTTPS."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppSignIn:
    """What signs in as a GitHub App."""

    app_id: str
    installation_id: str
    private_key: str = field(repr=False)


def git_sign_in(secret: Secret, place: Place) -> GitSignIn:
    """Read `{"username", "password"}`.

    Raises:
        SecretMalformed: it is not that.
    """
    username, password = _texts(secret, place, ("username", "password"), wanted=_SIGN_IN)
    if re.search(r"[:\x00-\x1f\x7f]", username):
        reason = "its username holds a colon or a control character"
        raise SecretMalformed(name=secret.name, place=place, reason=reason, wanted=_SIGN_IN)
    return GitSignIn(username=username, password=password)


def app_sign_in(secret: Secret, place: Place) -> AppSignIn:
    """Read `{"appId", "installationId", "privateKey"}`.

    Raises:
        SecretMalformed: it is not that.
    """
    app, installation, key = _texts(secret, place, ("appId", "installationId", "privateKey"), wanted=_APP)
    return AppSignIn(app_id=app, installation_id=installation, private_key=key)


def agent_variables(secret: Secret, place: Place) -> tuple[Secret, ...]:
    """Read a JSON object of variables, each a secret of its own.

    Raises:
        SecretMalformed: it is not that, or one of them would change how programs are found.
    """
    found = []
    for name, value in members_of(secret.name, place, secret.value, wanted=_VARIABLES).items():
        if not _VARIABLE.fullmatch(name) or _NO_CREDENTIAL.fullmatch(name):
            reason = f"{name[:100]!a} is no name of a variable that an agent signs in with"
            raise SecretMalformed(name=secret.name, place=place, reason=reason, wanted=_VARIABLES)
        if not isinstance(value, str) or "\0" in value:
            reason = f"what {name} holds is no text"
            raise SecretMalformed(name=secret.name, place=place, reason=reason, wanted=_VARIABLES)
        if value.strip():
            found.append(Secret(name, value))
    return tuple(found)


def _texts(secret: Secret, place: Place, keys: tuple[str, ...], *, wanted: str) -> list[str]:
    members = members_of(secret.name, place, secret.value, wanted=wanted)
    found = []
    for key in keys:
        value = members.get(key)
        # An id may have been written as a number.
        text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if not isinstance(text, str) or not text.strip():
            reason = f"its JSON object has no text by the key {key}"
            raise SecretMalformed(name=secret.name, place=place, reason=reason, wanted=wanted)
        found.append(text.strip())
    return found
