"""The user's own clone, looked at and never touched: three git commands that only read."""

from collections.abc import Mapping
from pathlib import Path

from kiro_worker.error import Fault, WorkerError
from kiro_worker.git.fault import GitFailed
from kiro_worker.git.name import plain_url, split_credentials
from kiro_worker.git.program import Git
from kiro_worker.ids import Oid
from kiro_worker.value import dataclass, field


class NotInClone(WorkerError):
    """The folder is in no git working tree."""

    code = "git.not-in-clone"
    fault = Fault.CONFIG

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"{folder} is not inside the working tree of a git repository.",
            next_step="Go into your clone, or name the repository where the command takes one: --repository URL",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """The remote branch that a local one follows, as the clone last saw it.

    Attributes:
        name: such as `origin/main`.
        ahead: commits that only the clone has; None when the remote branch is gone.
        behind: commits that only the remote had.
    """

    name: str
    ahead: int | None
    behind: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalClone:
    """What `kiro-worker run` needs to know of the clone it was started in.

    Attributes:
        top: the working tree's root.
        branch: its short name; None when HEAD is detached.
        head: None before the first commit.
        upstream: None when the branch follows none, which usually means that it was never pushed.
        urls: remote name to address, without credentials; local paths are made absolute.
        secrets: remote name to what its address held of credentials, as environment variables for git.
        uncommitted: changed and untracked paths below the folder that was asked about.
        user_name, user_email: empty where git has none.
    """

    top: Path
    branch: str | None
    head: Oid | None
    upstream: Upstream | None
    urls: Mapping[str, str]
    uncommitted: tuple[str, ...] = ()
    user_name: str = ""
    user_email: str = ""
    shallow: bool = False
    secrets: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)

    @property
    def pushed(self) -> bool:
        """Whether the remote had everything of the branch when the clone last looked."""
        return self.upstream is not None and self.upstream.ahead == 0


async def look_at_clone(git: Git, folder: Path, *, under: str = "") -> LocalClone:
    """Look at the clone around a folder; nothing in it is written, not even the index's cached times.

    Args:
        git: runs the commands.
        folder: any folder of the working tree.
        under: a path below the root; only changes there are told. Empty tells none.

    Raises:
        NotInClone: the folder is in no working tree.
    """
    top, shallow = await _root(git, folder)
    status = await _status(git, top, under)
    settings = await _settings(git, top)
    parted = {
        name.removeprefix("remote.").removesuffix(".url"): split_credentials(value)
        for name, value in settings.items()
        if name.startswith("remote.") and name.endswith(".url")
    }
    return LocalClone(
        top=top,
        branch=None if status.branch == "(detached)" else status.branch,
        head=None if status.head == "(initial)" else Oid(status.head),
        upstream=status.upstream,
        urls={name: _absolute(url, top) for name, (url, _) in parted.items()},
        uncommitted=status.changed if under else (),
        user_name=settings.get("user.name", ""),
        user_email=settings.get("user.email", ""),
        shallow=shallow,
        secrets={name: secret for name, (_, secret) in parted.items() if secret},
    )


async def _root(git: Git, folder: Path) -> tuple[Path, bool]:
    try:
        over = await git.ask(("rev-parse", "--show-toplevel", "--is-shallow-repository"), cwd=folder)
    except GitFailed as error:
        if "not a git repository" in error.words or "must be run in a work tree" in error.words:
            raise NotInClone(folder) from error
        raise
    top, _, shallow = over.stdout.rstrip(b"\n").rpartition(b"\n")
    return Path(top.decode("utf-8", "surrogateescape")), shallow == b"true"


@dataclass(frozen=True, slots=True)
class _Status:
    branch: str
    head: str
    upstream: Upstream | None
    changed: tuple[str, ...]


async def _status(git: Git, top: Path, under: str) -> _Status:
    # Without a path to ask about, only the branch's lines are wanted, and no file is looked at.
    scope = ("--untracked-files=all", "--", under) if under else ("--untracked-files=no", "--", ":(exclude)*")
    over = await git.ask(
        ("status", "--porcelain=v2", "--branch", "-z", "--no-renames", "--ignore-submodules=all", *scope), cwd=top
    )
    told: dict[str, str] = {}
    changed: list[str] = []
    for field_ in over.stdout.decode("utf-8", "surrogateescape").split("\0"):
        kind, _, rest = field_.partition(" ")
        if kind == "#":
            name, _, value = rest.partition(" ")
            told[name] = value
        elif kind in _PATH_AT:
            changed.append(field_.split(" ", _PATH_AT[kind])[-1])
    return _Status(told["branch.head"], told["branch.oid"], _upstream(told), tuple(changed))


# After how many spaces the path begins, by the kind of line (git-status(1), porcelain version 2).
_PATH_AT = {"1": 8, "2": 9, "u": 10, "?": 1}


def _upstream(told: Mapping[str, str]) -> Upstream | None:
    if "branch.upstream" not in told:
        return None
    if "branch.ab" not in told:
        return Upstream(name=told["branch.upstream"], ahead=None, behind=None)
    ahead, behind = told["branch.ab"].split(" ")
    return Upstream(name=told["branch.upstream"], ahead=abs(int(ahead)), behind=abs(int(behind)))


async def _settings(git: Git, top: Path) -> Mapping[str, str]:
    # 1: none of them is set, which is no fault.
    over = await git.ask(
        ("config", "-z", "--get-regexp", r"^(remote\..*\.url|user\.(name|email))$"), cwd=top, accept=(0, 1)
    )
    settings: dict[str, str] = {}
    for line in over.stdout.decode("utf-8", "surrogateescape").split("\0"):
        name, parted, value = line.partition("\n")
        if parted and not (name.startswith("remote.") and name in settings):
            # A remote's first address is the one that is fetched from; of other names the last one counts.
            settings[name] = value
    return settings


def _absolute(url: str, top: Path) -> str:
    """A local path as seen from anywhere; what names a host stays."""
    is_path = "://" not in url and (":" not in url.split("/", 1)[0])
    return str((top / Path(url).expanduser()).resolve()) if is_path else plain_url(url)
