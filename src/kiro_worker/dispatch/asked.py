"""What a page or a program asks for over HTTP, read and checked: pure. The names that people know are taken, too."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from kiro_worker.dispatch.delegate import DelegationUnfit, Idea
from kiro_worker.value import dataclass

MOST_BYTES = 200_000

_FORM = 'Send {"title": "…", "objective": "…", "constraints": "…", "acceptance": ["…"], "repo": "…", "owner": "…"}.'
# Each member by the names that it may have.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "title": ("title", "taskTitle"),
    "objective": ("objective", "description"),
    "constraints": ("constraints",),
    "acceptance": ("acceptance", "acceptanceCriteria"),
    "owner": ("owner",),
    "repo": ("repo", "repository"),
    "callback": ("callbackUrl",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A piece of work that is asked for.

    Attributes:
        repository: `owner/name`; empty leaves it to the settings.
        callback: where to tell that a run has ended; empty for nowhere.
    """

    idea: Idea
    repository: str = ""
    callback: str = ""


def asked_of(body: bytes) -> Asked:
    r"""What a request's body says.

    Raises:
        DelegationUnfit: it is no JSON object of these, or too large a one; nothing of it is quoted but names.

    >>> asked_of(b'{"taskTitle": "Add a button", "acceptanceCriteria": "- It is there\\n- It works"}').idea.acceptance
    ('It is there', 'It works')
    """
    told = _object(body)
    unknown = sorted(set(told) - {name for names in _NAMES.values() for name in names})
    if unknown:
        raise DelegationUnfit(why=f"It says {', '.join(unknown)[:200]!a}, which is not known.", cure=_FORM)
    found = {member: _text(told, names) for member, names in _NAMES.items() if member != "acceptance"}
    owner, repo = found["owner"], found["repo"]
    if owner and not repo:
        raise DelegationUnfit(why="It names an owner and no repository.", cure=_FORM)
    return Asked(
        idea=Idea(
            title=found["title"],
            objective=found["objective"],
            constraints=found["constraints"],
            acceptance=_acceptance(told),
        ),
        repository=f"{owner}/{repo}" if owner else repo,
        callback=found["callback"],
    )


def callback_host(address: str) -> str:
    """The host of an address that may be called back; empty for an address that may not, whoever asks.

    >>> callback_host("https://hooks.example.com/done?x=1"), callback_host("http://hooks.example.com/")
    ('hooks.example.com', '')
    """
    try:
        parts = urlsplit(address)
        fits = parts.scheme == "https" and parts.port in {None, 443} and not (parts.username or parts.password)
        host = parts.hostname or ""
    except ValueError:
        return ""
    return host.lower() if fits and address.isascii() and address.isprintable() and " " not in address else ""


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        told = json.loads(body) if len(body) <= MOST_BYTES else None
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise DelegationUnfit(why=f"It is no JSON object of at most {MOST_BYTES:,} bytes.", cure=_FORM)
    return told


def _text(told: Mapping[str, Any], names: tuple[str, ...]) -> str:
    for name in names:
        value = told.get(name)
        if value is not None:
            if not isinstance(value, str):
                raise DelegationUnfit(why=f"Its {name} is no text.", cure=_FORM)
            return value.strip()
    return ""


def _acceptance(told: Mapping[str, Any]) -> tuple[str, ...]:
    for name in _NAMES["acceptance"]:
        value = told.get(name)
        if isinstance(value, str):
            # Lines of a text are as good as a list.
            return tuple(line for each in value.splitlines() if (line := each.strip().lstrip("-*").strip()))
        if value is not None:
            if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
                raise DelegationUnfit(why=f"Its {name} is neither a text nor a list of texts.", cure=_FORM)
            return tuple(value)
    return ()
