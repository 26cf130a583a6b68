"""What the worker signs in to GitHub with."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from kiro_worker.forge.fault import ForgeCredential
from kiro_worker.forge.github.wire import Answer

# https://github.blog/engineering/behind-githubs-new-authentication-token-formats/
_KINDS = {
    "ghp_": "classic token",
    "github_pat_": "fine-grained token",
    "gho_": "OAuth token",
    "ghu_": "user token of an App",
    "ghs_": "installation token of an App",
}


class Credential(Protocol):
    """Gives a token for each request; the value itself is never shown."""

    @property
    def kind(self) -> str:
        """For people: `classic token`, `GitHub App`."""
        ...

    @property
    def source(self) -> str:
        """For people: where it can be changed, such as a variable's name."""
        ...

    async def token(self) -> str:
        """A token that is good now; also good for git over HTTPS, as the password of `x-access-token`.

        Raises:
            ForgeCredential: there is none to be had.
        """
        ...

    async def refused(self, answer: Answer) -> bool:
        """Learn that GitHub did not take the token; True when another one may be had."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class Token:
    """A token that a person made, or that a build was given."""

    def __init__(self, value: str, *, source: str, again: Callable[[], Awaitable[str]] | None = None) -> None:
        """Take a token.

        Args:
            value: surrounding blanks, as from a file, are dropped.
            source: the name of the variable it came from.
            again: looks it up once more, where it may have been changed while a long build used it.

        Raises:
            ForgeCredential: it is empty, or can be no token.
        """
        value = value.strip()
        problem = "is empty" if not value else "holds characters that no token has" if not _is_plain(value) else ""
        if problem:
            raise ForgeCredential(
                purpose="sign in to GitHub",
                request="nothing was sent",
                said=f"{source} {problem}.",
                next_step=f"Put a token into {source}; docs/reference/github.md tells which rights it needs.",
            )
        self._value = value
        self._source = source
        self._again = again

    def __repr__(self) -> str:
        return f"Token({self.kind}, source={self._source!r})"

    @property
    def kind(self) -> str:
        """See `Credential.kind`."""
        return next((kind for start, kind in _KINDS.items() if self._value.startswith(start)), "token")

    @property
    def source(self) -> str:
        """See `Credential.source`."""
        return self._source

    async def token(self) -> str:
        """See `Credential.token`."""
        return self._value

    async def refused(self, answer: Answer) -> bool:  # noqa: ARG002  # whatever was said, another one may do
        """See `Credential.refused`: there is another one where it was changed meanwhile."""
        newer = (await self._again()).strip() if self._again is not None else self._value
        if newer == self._value or not newer or not _is_plain(newer):
            return False
        self._value = newer
        return True

    async def close(self) -> None:
        """See `Credential.close`."""


def _is_plain(value: str) -> bool:
    # Anything else could end the header, and would be quoted in an error about it.
    return value.isascii() and value.isprintable() and " " not in value
