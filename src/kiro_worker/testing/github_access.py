"""Who may do what on a fake GitHub: tokens of each kind, and an App's key."""

import base64
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Literal

from kiro_worker.value import dataclass, field

# DER of "this is a SHA-256 digest", RFC 8017, 9.2
_DIGEST_HEADER = bytes.fromhex("3031300d060960864801650304020105000420")
_LIFE = timedelta(hours=1)
_LONGEST_JWT = 600

_NEEDED = {"contents": "write", "pull_requests": "write", "statuses": "write"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a token may do.

    Attributes:
        scopes: of a classic token.
        rights: of the other kinds, `pull_requests` to `write` and so on.
        sso: where to authorise the token for the organisation's single sign-on; empty when it is.
    """

    kind: Literal["classic", "fine-grained", "installation", "app"] = "classic"
    login: str = "worker"
    scopes: tuple[str, ...] = ("repo",)
    rights: Mapping[str, str] = field(default_factory=lambda: dict(_NEEDED))
    may_push: bool = True
    sso: str = ""

    def headers(self) -> dict[str, str]:
        """What answers tell of the token itself."""
        return {"X-OAuth-Scopes": ", ".join(self.scopes)} if self.kind == "classic" else {}

    def refusal(self, right: str) -> tuple[int, str, dict[str, str]] | None:
        """Status, message and headers of a no; None for a yes."""
        name, _, level = right.partition("=")
        if self.sso:
            return (
                403,
                "Resource protected by organization SAML enforcement.",
                {"X-GitHub-SSO": f"required; url={self.sso}"},
            )
        if right == "app" or self.kind == "app":
            return None if right == "app" and self.kind == "app" else (401, "A JSON web token could not be decoded", {})
        if self.kind == "classic":
            return None if {"repo", "public_repo"} & set(self.scopes) else (404, "Not Found", {})
        if name == "metadata" or self.rights.get(name) in {level, "write"}:
            return None
        asked = "integration" if self.kind == "installation" else "personal access token"
        return 403, f"Resource not accessible by {asked}", {"X-Accepted-GitHub-Permissions": right}


@dataclass(frozen=True, slots=True, kw_only=True)
class AppKey:
    """A GitHub App and the public half of its key."""

    id: int
    installation: int
    modulus: int
    exponent: int
    slug: str = "kiro-worker[bot]"
    permissions: dict[str, str] = field(default_factory=lambda: {**_NEEDED, "metadata": "read", "checks": "read"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Minted:
    """An installation token in use."""

    grant: Grant
    expires: datetime

    @property
    def told_expiry(self) -> str:
        """As answers say it."""
        return self.expires.strftime("%Y-%m-%dT%H:%M:%SZ")


def mint(app: AppKey, rights: Mapping[str, str], now: datetime) -> tuple[str, Minted]:
    """A token in today's long form, and what it is good for."""
    claims = _encode(json.dumps({"iat": now.timestamp(), "rights": dict(rights)}).encode())
    token = f"ghs_{app.id}_{_encode(b'{}' * 100)}.{claims}.{_encode(b'signature' * 10)}"
    return token, Minted(grant=Grant(kind="installation", login=app.slug, rights=rights), expires=now + _LIFE)


def signed_app(token: str, app: AppKey, now: datetime) -> str:
    """Why an App's signed token is not taken; empty when it is."""
    try:
        header, claims, signature = token.split(".")
        told: dict[str, Any] = json.loads(_decode(claims))
        algorithm = json.loads(_decode(header))["alg"]
        issued, expires = float(told["iat"]), float(told["exp"])
    except (ValueError, KeyError, TypeError):
        return "A JSON web token could not be decoded"
    if algorithm != "RS256" or not _is_signed(f"{header}.{claims}".encode(), _decode(signature), app):
        return "A JSON web token could not be decoded"
    if str(told.get("iss")) != str(app.id):
        return "Integration not found"
    if issued > now.timestamp():
        return "'Issued at' claim ('iat') must be an Integer representing a time in the past"
    if expires > now.timestamp() + _LONGEST_JWT:
        return "'Expiration time' claim ('exp') is too far in the future"
    return "'Expiration' claim ('exp') must be a numeric value in the future" if expires <= now.timestamp() else ""


def _is_signed(message: bytes, signature: bytes, app: AppKey) -> bool:
    """RSASSA-PKCS1-v1_5 with SHA-256, RFC 8017, 8.2.2."""
    size = (app.modulus.bit_length() + 7) // 8
    opened = pow(int.from_bytes(signature), app.exponent, app.modulus).to_bytes(size)
    wanted = _DIGEST_HEADER + sha256(message).digest()
    return opened == b"\x00\x01" + b"\xff" * (size - len(wanted) - 3) + b"\x00" + wanted


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
