"""Names that go into git's argument lists, checked before they get there.

An argument list keeps a shell out, but git itself reads a leading `-` as an option, `ext::` as a program to start
and `..` as a range. What does not look like a name is refused here, whoever gave it.
"""

import base64
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit, urlunsplit

from kiro_worker.error import Fault, WorkerError
from kiro_worker.expression import expression
from kiro_worker.ids import Oid

_HEADS = "refs/heads/"
_OID = expression(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
# What git-check-ref-format(1) forbids, as one expression over the whole name.
_NO_REF = expression(r"[\x00-\x20\x7f~^:?*\[\\\ud800-\udfff]|\.\.|@\{|//|^/|/$|\.$|(?:^|/)\.|\.lock(?:/|$)")
_SCHEMES = frozenset({"https", "http", "ssh", "git", "file"})
_SCHEME = expression(r"([A-Za-z][A-Za-z0-9+.-]*)://")
# Ref names become file names; with git's own `.lock` they must still fit into 255 bytes.
_LONGEST_PART = 250
_LONGEST_NAME = 1000


class BadName(WorkerError):
    """A name that git would misread."""

    code = "git.bad-name"
    fault = Fault.CONFIG

    def __init__(self, kind: str, name: str, reason: str) -> None:
        self.kind, self.name, self.reason = kind, name, reason
        super().__init__(
            f"{name[:200]!a} cannot be used as a {kind}: {reason}.",
            next_step="Choose another name; git check-ref-format --branch NAME tells whether git takes it."
            if kind == "branch"
            else "Correct it in the settings or in the repository, then run again.",
        )


def branch_ref(branch: str) -> str:
    """The full ref of a branch's short name.

    >>> branch_ref("kiro/user-auth")
    'refs/heads/kiro/user-auth'

    Raises:
        BadName: git would not take it, or would take it for something else.
    """
    if branch.startswith("-"):
        raise BadName("branch", branch, "it begins with a dash")
    if branch in {"@", "HEAD"}:
        raise BadName("branch", branch, "git uses this name itself")
    _check("branch", branch)
    return _HEADS + branch


def full_ref(ref: str) -> str:
    """A ref below `refs/`, unchanged when it is a valid one."""
    if not ref.startswith("refs/") or ref.count("/") < 2:
        raise BadName("ref", ref, "it does not begin with refs/ and a kind")
    _check("ref", ref)
    return ref


def _check(kind: str, name: str) -> None:
    if not name:
        raise BadName(kind, name, "it is empty")
    if found := _NO_REF.search(name):
        raise BadName(kind, name, f"git does not allow {found.group()!a} there")
    encoded = name.encode()
    if len(encoded) > _LONGEST_NAME or any(len(part) > _LONGEST_PART for part in encoded.split(b"/")):
        raise BadName(kind, name[:80], "it is too long")


def object_id(text: str) -> Oid:
    """A full object id, unchanged when it is one."""
    if not _OID.fullmatch(text):
        raise BadName("object id", text, "it is not 40 or 64 hexadecimal digits")
    return Oid(text)


def tree_path(path: str) -> str:
    """A path inside a working tree, unchanged when it cannot lead out of it or into a `.git`.

    >>> tree_path("src/main.py")
    'src/main.py'
    """
    parts = path.split("/")
    if not path or path.startswith("/") or "\0" in path:
        raise BadName("path", path, "it is not relative to the tree")
    if any(part in {"", ".", ".."} for part in parts):
        raise BadName("path", path, "it is not in its shortest form")
    if any(part.lower() == ".git" for part in parts):
        raise BadName("path", path, "it lies in a git directory")
    return path


def remote_url(url: str) -> str:
    """An address or local path of a repository, unchanged when git reads it as nothing else and it holds no secret.

    Raises:
        BadName: a helper address such as `ext::`, an unknown scheme, an embedded password, a leading dash.
    """
    if not url or url.startswith("-") or any(ord(letter) < 32 or ord(letter) == 127 for letter in url):
        raise BadName("repository address", plain_url(url), "it is empty, begins with a dash or has control characters")
    if "::" in url.split("/", 1)[0]:
        raise BadName("repository address", plain_url(url), "addresses that start a helper program are not allowed")
    scheme = _SCHEME.match(url)
    if scheme and scheme.group(1).lower() not in _SCHEMES:
        raise BadName("repository address", plain_url(url), f"the scheme {scheme.group(1)} is not known")
    if split_credentials(url)[0] != url:
        raise BadName("repository address", plain_url(url), "it carries credentials; hand them over apart from it")
    return url


def plain_url(url: str) -> str:
    """An address as it may be shown: without user and password.

    >>> plain_url("https://someone:secret@example.org/a.git")
    'https://example.org/a.git'
    """
    return split_credentials(url)[0]


def split_credentials(url: str) -> tuple[str, Mapping[str, str]]:
    """Part an http(s) address from the user and password in it.

    The second value holds them as environment variables for git (`http_header`), empty when there were none.
    A user alone in `ssh://` is part of the address and stays; a password there is dropped, ssh takes none.
    """
    if not _SCHEME.match(url):
        return url, {}
    try:
        parts = urlsplit(url)
        user, password = parts.username, parts.password
    except ValueError:
        return _SCHEME.match(url).group(), {}  # type: ignore[union-attr]  # it matched above
    host = parts.netloc.rpartition("@")[2]
    if parts.scheme.lower() not in {"http", "https"}:
        kept = f"{parts.netloc.rpartition('@')[0].split(':', 1)[0]}@{host}" if user else host
        return (urlunsplit(parts._replace(netloc=kept)), {}) if password is not None else (url, {})
    if "@" not in parts.netloc:
        return url, {}
    plain = urlunsplit(parts._replace(netloc=host))
    pair = f"{unquote(user or '')}:{unquote(password or '')}"
    return plain, http_header(plain, f"Authorization: Basic {base64.b64encode(pair.encode()).decode()}")


def http_header(url: str, header: str) -> Mapping[str, str]:
    """One HTTP header for one server, as environment variables: in no argument list, file or address.

    The header is only sent to addresses that begin with the scheme and host of `url`.
    """
    parts = urlsplit(url)
    return {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"http.{parts.scheme}://{parts.netloc}/.extraHeader",
        "GIT_CONFIG_VALUE_0": header,
    }
