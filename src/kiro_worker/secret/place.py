"""Where AWS keeps a secret, as a setting names it: pure."""

import re
from typing import Literal

from kiro_worker.value import dataclass

_SECRET = re.compile(r"[A-Za-z0-9/_+=.@-]{1,512}")
_PARAMETER = re.compile(r"/?[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*")
_ARN = re.compile(r"arn:aws[a-z-]*:(?P<service>secretsmanager|ssm):[a-z0-9-]*:[0-9]*:(?:secret:|parameter/).+")
_KEY = re.compile(r"[^\s#]{1,200}")
_OF_PARAMETERS = "ssm:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One place.

    Attributes:
        store: Secrets Manager, or Systems Manager's parameters.
        name: the name or the ARN there.
        key: of the JSON object that is kept there; empty takes what is kept as it is.
    """

    store: Literal["secrets-manager", "parameter"]
    name: str
    key: str = ""

    def __str__(self) -> str:
        return f"{self.name}{'#' if self.key else ''}{self.key}"


def place_of(text: str) -> Place | None:
    """The place that a text names; None where it names none.

    >>> place_of("kiro-worker-test-github-token")
    Place(store='secrets-manager', name='kiro-worker-test-github-token', key='')
    >>> place_of("ssm:/kiro-worker/test/token#value")
    Place(store='parameter', name='/kiro-worker/test/token', key='value')
    """
    name, separator, key = text.partition("#")
    if separator and not _KEY.fullmatch(key):
        return None
    if arn := _ARN.fullmatch(name):
        return Place(store="parameter" if arn["service"] == "ssm" else "secrets-manager", name=name, key=key)
    if name.startswith(_OF_PARAMETERS):
        name = name.removeprefix(_OF_PARAMETERS)
        return Place(store="parameter", name=name, key=key) if _PARAMETER.fullmatch(name) else None
    return Place(store="secrets-manager", name=name, key=key) if _SECRET.fullmatch(name) else None
