"""Signing in as a GitHub App: a key signs for a minute, which buys a token for an hour."""

import asyncio
import base64
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from kiro_worker.clock import Clock
from kiro_worker.error import Fault
from kiro_worker.forge.fault import ForgeCredential, ForgeSetting
from kiro_worker.forge.github.exchange import Exchange, Manner
from kiro_worker.forge.github.refusal import fault_of, words
from kiro_worker.forge.github.transport import Bounds, Transport
from kiro_worker.forge.github.wire import Answer, Request
from kiro_worker.forge.repository import GitHubRepository

# A token is asked for what the worker does, whatever else the App may do.
RIGHTS: Mapping[str, str] = {
    "checks": "read",
    "contents": "write",
    "metadata": "read",
    "pull_requests": "write",
    "statuses": "write",
}
# What the worker can do without, in the order in which it does; asked for as long as the App has it.
_WITHOUT = ((), ("checks",), ("statuses",), ("checks", "statuses"))

_PAGE_WORDS = {"statuses": "commit statuses", "organization_projects": "projects of the organisation"}

_MARGIN = timedelta(minutes=5)
_UNTOLD_LIFE = timedelta(minutes=50)
# A clock that runs ahead would make `iat` lie in the future; a JWT may live ten minutes in all.
_BACKDATED = timedelta(seconds=60)
_SIGNED_FOR = timedelta(minutes=9)
_NOTED_SKEW = timedelta(seconds=5)


class ExtraMissing(ForgeSetting):
    """The libraries for signing are not installed."""

    code = "forge.app-extra"
    fault = Fault.CONFIG

    def __init__(self) -> None:
        super().__init__(
            setting="app_id",
            reason="signing in as a GitHub App needs a library that is not installed",
            cure="Install it: pip install 'kiro-worker[github-app]'",
        )


class AppKey:
    """An App's private key: signs the short tokens that only minting takes."""

    kind = "GitHub App's key"

    def __init__(self, app_id: str, private_key: str, *, source: str, clock: Clock) -> None:
        r"""Take a key.

        Args:
            app_id: the App's id or client id.
            private_key: PEM; with `\n` for its line ends, or in base64, as variables sometimes hold it.
            source: the name of the variable it came from.
            clock: stamps what is signed.

        Raises:
            ExtraMissing: the libraries are not there.
            ForgeCredential: the key cannot be read.
        """
        self.source = source
        self._app_id = app_id
        # Read once: to read a key is to check it, which takes twenty times as long as to sign.
        self._key: Any = _pem(private_key)
        self._clock = clock
        self._skew = timedelta()
        self._sign()

    def __repr__(self) -> str:
        return f"AppKey({self._app_id}, source={self.source!r})"

    async def token(self) -> str:
        """See `Credential.token`."""
        return self._sign()

    async def refused(self, answer: Answer) -> bool:
        """See `Credential.refused`: when this machine's clock is wrong, GitHub's is gone by."""
        try:
            theirs = parsedate_to_datetime(answer.headers.get("date", ""))
        except (ValueError, TypeError, IndexError):
            return False
        skew = theirs.astimezone(UTC) - self._clock.now()
        changed = abs(skew - self._skew) > _NOTED_SKEW
        self._skew = skew
        return changed

    async def close(self) -> None:
        """See `Credential.close`."""

    def _sign(self) -> str:
        try:
            import jwt
        except ImportError:
            raise ExtraMissing from None
        now = self._clock.now() + self._skew
        claims = {
            "iat": int((now - _BACKDATED).timestamp()),
            "exp": int((now + _SIGNED_FOR).timestamp()),
            "iss": self._app_id,
        }
        try:
            if isinstance(self._key, str):
                self._key = jwt.get_algorithm_by_name("RS256").prepare_key(self._key)
            return jwt.encode(claims, self._key, algorithm="RS256")
        except NotImplementedError:  # PyJWT without cryptography
            raise ExtraMissing from None
        except (jwt.InvalidKeyError, ValueError, TypeError) as error:
            # Not the error's own words, which may quote the key.
            raise ForgeCredential(
                purpose="sign in to GitHub as an App",
                request="nothing was sent",
                said=f"the private key in {self.source} cannot be read ({type(error).__name__}).",
                next_step=f"Put the whole PEM file that GitHub gave for the App into {self.source}.",
            ) from None


class AppInstallation:
    """Tokens of an App's installation on one repository, minted before the last one ends."""

    kind = "GitHub App"

    def __init__(
        self,
        repository: GitHubRepository,
        key: AppKey,
        *,
        clock: Clock,
        installation_id: str = "",
        rights: Mapping[str, str] = RIGHTS,
        everywhere: bool = False,
        manner: Manner | None = None,
        bounds: Bounds | None = None,
    ) -> None:
        """Use an installation.

        Args:
            repository: the only one that the tokens are good for.
            key: the App's.
            clock: tells when a token ends.
            installation_id: empty to have it looked up.
            rights: what the tokens are asked for.
            everywhere: they are good for every repository of the installation, as a board's cards need.
            manner: how long to wait for what.
            bounds: how much one request may take.
        """
        self.source = key.source
        self._repository = repository
        self._clock = clock
        self._installation = installation_id
        self._rights = dict(rights)
        self._everywhere = everywhere
        self._transport = Transport(repository, bounds)
        self._exchange = Exchange(self._transport, key, clock, manner)
        self._one_minter = asyncio.Lock()
        self._token = ""
        self._ends = datetime.min.replace(tzinfo=UTC)

    async def token(self) -> str:
        """See `Credential.token`."""
        async with self._one_minter:
            if not self._token or self._ends - self._clock.now() < _MARGIN:
                await self._mint()
            return self._token

    async def refused(self, answer: Answer) -> bool:  # noqa: ARG002  # whatever was said, a fresh one may do
        """See `Credential.refused`: a token may end early, or by a clock that is not ours."""
        self._token = ""
        return True

    async def close(self) -> None:
        """See `Credential.close`."""
        await self._transport.close()

    async def _mint(self) -> None:
        if not self._installation:
            self._installation = str((await self._ask("GET", f"/repos/{self._repository}/installation"))["id"])
        minted = await self._granted(f"/app/installations/{self._installation}/access_tokens")
        self._token = str(minted["token"])
        self._ends = _moment(minted.get("expires_at")) or self._clock.now() + _UNTOLD_LIFE

    async def _granted(self, path: str) -> dict[str, Any]:
        """A token with all the rights that the App has of those that are wanted."""
        where = {} if self._everywhere else {"repositories": [self._repository.name]}
        *first, last = _fewer_and_fewer(self._rights)
        for rights in first:
            request = _request("POST", path, {**where, "permissions": rights})
            answer = await self._exchange.read(request)
            if answer.status != 422:
                return self._believed(request, answer)
        return await self._ask("POST", path, {**where, "permissions": last})

    async def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        request = _request(method, path, body)
        # Minting twice does no harm, so a lost answer is simply asked for again.
        return self._believed(request, await self._exchange.read(request))

    def _believed(self, request: Request, answer: Answer) -> dict[str, Any]:
        if answer.ok and isinstance(answer.payload, dict) and ("token" in answer.payload or "id" in answer.payload):
            return answer.payload
        raise self._not_signed_in(request, answer)

    def _not_signed_in(self, request: Request, answer: Answer) -> ForgeCredential:
        cures = {
            401: f"Check forge.app_id and the private key in {self.source}: they belong together.",
            404: f"Install the App on {self._repository}, or correct forge.installation_id.",
            422: f"Grant the App: {_told(self._rights)}, read and write.",
        }
        told = fault_of(request, answer, self._exchange.credential)
        return ForgeCredential(
            purpose=request.purpose,
            request=str(request),
            said=f"{words(answer)}.",
            status=answer.status,
            request_id=answer.request_id,
            next_step=cures.get(answer.status, told.next_step),
        )


def _request(method: str, path: str, body: dict[str, Any] | None) -> Request:
    return Request(method=method, path=path, purpose="sign in to GitHub as an App", body=body)


def _fewer_and_fewer(rights: Mapping[str, str]) -> list[dict[str, str]]:
    """Each set of rights to ask for, the whole first.

    >>> _fewer_and_fewer({"contents": "write", "statuses": "write"})
    [{'contents': 'write', 'statuses': 'write'}, {'contents': 'write'}]
    """
    return [
        {name: right for name, right in rights.items() if name not in without}
        for without in _WITHOUT
        if set(without) <= rights.keys()
    ]


def _told(rights: Mapping[str, str]) -> str:
    """The rights to write, as GitHub's page of an App calls them."""
    *first, last = (_PAGE_WORDS.get(name, name.replace("_", " ")) for name, right in rights.items() if right == "write")
    return f"{', '.join(first)} and {last}" if first else last


def _pem(value: str) -> str:
    value = value.strip()
    if value and not value.startswith("-----BEGIN"):
        try:
            value = base64.b64decode("".join(value.split()), validate=True).decode("ascii").strip()
        except ValueError:  # no base64, or no text in it
            return ""
    return value if "\n" in value else value.replace("\\n", "\n")


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
