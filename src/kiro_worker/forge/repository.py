"""Which forge a git remote belongs to, read from its address alone."""

import re
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from kiro_worker.expression import expression
from kiro_worker.forge.fault import ForgeSetting, ForgeUnknown
from kiro_worker.value import dataclass

_GITHUB_HOSTS = frozenset({"github.com", "www.github.com", "ssh.github.com"})
# GitHub Enterprise Cloud with data residency: https://SUBDOMAIN.ghe.com, its API at https://api.SUBDOMAIN.ghe.com
_GHE_CLOUD = ".ghe.com"
_SCHEMES = frozenset({"https", "http", "ssh", "git", "git+ssh", "ssh+git", "git+https", "ftp", "ftps"})
# git's own rule: it is `host:path` only when no slash comes before the first colon.
_SCP_LIKE = expression(r"^(?:[^@/:\s]+@)?(?P<host>\[[0-9a-fA-F:.]+\]|[^/:\s\[\]]+):(?P<path>(?!//).*)$", re.DOTALL)
# `.` and `..` would climb out of the request's path.
_NAME = expression(r"^(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$")


class ForgeKind(StrEnum):
    """The forges there are."""

    GITHUB = "github"
    LOCAL = "local"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteAddress:
    """A git remote's address, taken apart; never with a credential in it.

    Attributes:
        host: in lower case, empty for a path on this machine.
        port: None when the address names none.
        path: without a leading or trailing slash and without `.git` for a host; as it was for a path.
    """

    host: str
    path: str
    port: int | None = None

    @property
    def is_local(self) -> bool:
        """Whether it is a path on this machine."""
        return not self.host

    @property
    def owner(self) -> str:
        """The first part of `owner/name`, empty when the path has not exactly two."""
        return self._owner_and_name()[0]

    @property
    def name(self) -> str:
        """The second part of `owner/name`."""
        return self._owner_and_name()[1]

    def _owner_and_name(self) -> tuple[str, str]:
        parts = self.path.split("/")
        if self.is_local or len(parts) != 2 or not all(_NAME.match(part) for part in parts):
            return "", ""
        return parts[0], parts[1]

    def __str__(self) -> str:
        port = f":{self.port}" if self.port else ""
        return f"{self.host}{port}/{self.path}" if self.host else self.path


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHubRepository:
    """A repository on github.com, ghe.com or GitHub Enterprise Server.

    Attributes:
        api_url: the REST address without a trailing slash, such as `https://api.github.com`.
    """

    api_url: str
    owner: str
    name: str

    @property
    def graphql_url(self) -> str:
        """Where GraphQL is answered; on Enterprise Server it lies beside REST's `/api/v3`."""
        if self.api_url.endswith("/api/v3"):
            return self.api_url.removesuffix("/v3") + "/graphql"
        return f"{self.api_url}/graphql"

    @property
    def host(self) -> str:
        """The host that people know: `github.com`, `ghe.example.com`."""
        host = urlsplit(self.api_url).hostname or ""
        return host.removeprefix("api.") if host.endswith((".github.com", _GHE_CLOUD)) else host

    def __str__(self) -> str:
        return f"{self.owner}/{self.name}"


def parse_remote(url: str) -> RemoteAddress:
    """Take apart an address as git takes it; a user name and a password in it are left out.

    >>> str(parse_remote("git@github.com:ada/engine.git"))
    'github.com/ada/engine'
    >>> parse_remote("/srv/git/engine.git").is_local
    True
    """
    url = url.strip()
    scheme, separator, rest = url.partition("://")
    if separator and scheme.lower() == "file":
        return RemoteAddress(host="", path=unquote(rest) or "/")
    if separator and scheme.lower() in _SCHEMES:
        return _from_url(url)
    scp = None if separator else _SCP_LIKE.match(url)
    if scp is not None:
        return RemoteAddress(host=scp["host"].strip("[]").lower(), path=_repository_path(scp["path"]))
    return RemoteAddress(host="", path=url)


def choose_forge(kind: str, address: RemoteAddress, api_url: str = "") -> ForgeKind:
    """The forge that a setting of `auto`, `github` or `local` means for a remote.

    Raises:
        ForgeUnknown: `auto` cannot tell.
    """
    if kind != "auto":
        return ForgeKind(kind)
    if address.is_local or _is_loopback(address.host):
        # An API that was named is meant, wherever the repository itself is served from.
        return ForgeKind.GITHUB if api_url and not address.is_local else ForgeKind.LOCAL
    if _is_github(address.host) or (api_url and _same_site(address.host, api_url)):
        return ForgeKind.GITHUB
    raise ForgeUnknown(remote=str(address), reason=f"{address.host} is no forge that the worker knows by its address")


def github_repository(address: RemoteAddress, *, api_url: str = "", repository: str = "") -> GitHubRepository:
    """The GitHub repository of a remote; the two settings win over what the address says.

    Raises:
        ForgeSetting: a setting is malformed, or would send the token unencrypted.
        ForgeUnknown: neither the address nor the settings name an owner and a repository.
    """
    owner, name = _named(repository) if repository else (address.owner, address.name)
    if not owner:
        raise ForgeUnknown(remote=str(address), reason="its address names no owner and repository")
    return GitHubRepository(api_url=_checked(api_url) if api_url else _api_of(address), owner=owner, name=name)


def _from_url(url: str) -> RemoteAddress:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:  # a port that is no number, a bracket that does not close
        return RemoteAddress(host="", path=re.sub(r"//[^/@]*@", "//", url))
    return RemoteAddress(host=(parts.hostname or "").lower(), port=port, path=_repository_path(unquote(parts.path)))


def _repository_path(path: str) -> str:
    return path.strip("/").removesuffix(".git").strip("/")


def _is_loopback(host: str) -> bool:
    return host in {"localhost", "::1"} or bool(re.fullmatch(r"127(?:\.\d{1,3}){3}", host))


def _is_github(host: str) -> bool:
    return host in _GITHUB_HOSTS or host.endswith(_GHE_CLOUD)


def _same_site(host: str, api_url: str) -> bool:
    api_host = (urlsplit(api_url).hostname or "").lower()
    return api_host in {host, f"api.{host}"}


def _api_of(address: RemoteAddress) -> str:
    if address.host in _GITHUB_HOSTS or address.is_local:
        return "https://api.github.com"
    if address.host.endswith(_GHE_CLOUD):
        return f"https://api.{address.host}"
    # An ssh remote's port is not the API's.
    return f"https://{address.host}/api/v3"


def _named(repository: str) -> tuple[str, str]:
    owner, _, name = repository.strip().removesuffix(".git").partition("/")
    if not _NAME.match(owner) or not _NAME.match(name):
        raise ForgeSetting(
            setting="repository", reason=f"{repository[:80]!r} is not owner/name", cure="Write it as owner/name."
        )
    return owner, name


def _checked(api_url: str) -> str:
    example = "Write it as https://api.github.com or https://HOST/api/v3, without a user name."
    try:
        parts = urlsplit(api_url.strip())
        host, user = parts.hostname or "", parts.username or parts.password
    except ValueError:
        host, user, parts = "", None, urlsplit("")
    if not host or parts.scheme not in {"http", "https"} or parts.query or parts.fragment or user:
        raise ForgeSetting(setting="api_url", reason="it is no plain http(s) address", cure=example)
    if parts.scheme == "http" and not _is_loopback(host):
        raise ForgeSetting(setting="api_url", reason="it would send the token unencrypted", cure=example)
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
