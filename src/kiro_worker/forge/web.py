"""Where a forge shows a commit, or lines of a file, to a person with a browser."""

from urllib.parse import quote

from kiro_worker.error import WorkerError
from kiro_worker.forge.repository import ForgeKind, choose_forge, github_repository, parse_remote
from kiro_worker.value import dataclass


@dataclass(frozen=True, slots=True)
class Web:
    """The pages of one repository.

    Attributes:
        base: the repository's own page, without a slash at its end.
    """

    base: str

    def commit(self, oid: str) -> str:
        """The page of one commit.

        >>> Web("https://github.com/ada/engine").commit("a1b2c3d")
        'https://github.com/ada/engine/commit/a1b2c3d'
        """
        return f"{self.base}/commit/{quote(oid, safe='')}"

    def lines(self, commit: str, path: str, first: int = 0, last: int = 0) -> str:
        """A file as it was at one commit; at its first line, or with some lines marked.

        >>> Web("https://github.com/ada/engine").lines("a1b2c3d", "src/a b.py", 3, 9)
        'https://github.com/ada/engine/blob/a1b2c3d/src/a%20b.py#L3-L9'
        """
        place = f"{self.base}/blob/{quote(commit, safe='')}/{quote(path, errors='replace')}"
        if not first:
            return place
        # Without it a rendered document, such as a README, is shown, which has no lines.
        shown = f"{place}?plain=1" if path.lower().endswith((".md", ".rst", ".markdown")) else place
        return f"{shown}#L{first}-L{last}" if last > first else f"{shown}#L{first}"


def web_of(remote: str, *, kind: str = "auto", api_url: str = "", repository: str = "") -> Web | None:
    """The pages of a remote's repository; None where nothing tells that they are GitHub's.

    Args:
        remote: its address.
        kind: of the forge, as in the settings; these win over what the address says.
        api_url: an Enterprise Server's, as in the settings.
        repository: `owner/name`, as in the settings.

    >>> web_of("git@github.com:ada/engine.git")
    Web(base='https://github.com/ada/engine')
    >>> web_of("/srv/git/engine.git") is None
    True
    """
    address = parse_remote(remote)
    try:
        if choose_forge(kind, address, api_url) is not ForgeKind.GITHUB:
            return None
        found = github_repository(address, api_url=api_url, repository=repository)
    except WorkerError:
        return None
    return Web(f"https://{found.host}/{quote(found.owner)}/{quote(found.name)}")
