"""From where a person stands, or from what a build says, to an order that a run can carry out."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from kiro_worker.error import Fault, WorkerError
from kiro_worker.git import Git, plain_url, split_credentials
from kiro_worker.git.fault import GitFailed
from kiro_worker.value import dataclass, field

if TYPE_CHECKING:
    from kiro_worker.git.local import LocalClone

_SPECS = ".kiro/specs"


class RemoteMissing(WorkerError):
    """The clone has no such remote."""

    code = "start.remote-missing"
    fault = Fault.CONFIG

    def __init__(self, *, remote: str, there: tuple[str, ...], top: Path) -> None:
        names = ", ".join(there) or "none"
        super().__init__(
            f"{top} has no remote {remote!r}; it has {names}.",
            next_step="Name another with --remote, or add it: git remote add origin URL",
        )


class HeadDetached(WorkerError):
    """No branch is checked out, so there is none to work on."""

    code = "start.head-detached"
    fault = Fault.CONFIG

    def __init__(self, *, top: Path) -> None:
        super().__init__(
            f"No branch is checked out in {top}.",
            next_step="Name one (kiro-worker run --branch NAME) or begin a new one: kiro-worker run --new-branch",
        )


class SpecUncommitted(WorkerError):
    """The spec has changes that only this working tree knows; the worker works on what is pushed."""

    code = "start.spec-uncommitted"
    fault = Fault.CONFIG

    def __init__(self, *, paths: tuple[str, ...], branch: str) -> None:
        import shlex

        shown = ", ".join(paths[:5]) + (f" and {len(paths) - 5} more" if len(paths) > 5 else "")
        super().__init__(
            f"These files of a spec are not committed: {shown}.",
            kept="Nothing was changed.",
            next_step=f"git add {_SPECS} && git commit -m 'Update the spec' && git push origin {shlex.quote(branch)}",
        )


class BranchUnpushed(WorkerError):
    """The remote does not have what is checked out here."""

    code = "start.branch-unpushed"
    fault = Fault.CONFIG

    def __init__(self, *, branch: str, remote: str, ahead: int | None) -> None:
        import shlex

        told = (
            f"has {ahead} commit{'' if ahead == 1 else 's'} that {remote} does not have"
            if ahead
            else f"was never pushed to {remote}"
        )
        super().__init__(
            f"The branch {branch} {told}.",
            kept="Nothing was changed.",
            next_step=f"git push -u {shlex.quote(remote)} {shlex.quote(branch)}, or: kiro-worker run --push",
        )


class BranchDiverged(WorkerError):
    """The remote's branch and the one that is checked out have each gone their own way."""

    code = "start.branch-diverged"
    fault = Fault.CONFIG

    def __init__(self, *, branch: str, remote: str) -> None:
        import shlex

        super().__init__(
            f"The branch {branch} has commits that {remote} does not have, and {remote} has others that are not here.",
            kept="Nothing was changed.",
            next_step=f"git pull --rebase {shlex.quote(remote)} {shlex.quote(branch)}, then: kiro-worker run --push",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Whence:
    """Where a run is to take its repository from.

    Attributes:
        folder: where the command was called.
        repository: an address; empty means the clone around the folder.
        branch: an existing branch; empty means the one that is checked out.
        new_branch: begin a new one from the base.
        push: push the checked-out branch first when the remote lacks commits of it.
        secrets: what git signs in to that address with, as environment variables, where the address does not say.
    """

    folder: Path
    remote: str = ""
    repository: str = ""
    branch: str = ""
    new_branch: bool = False
    push: bool = False
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A repository and a branch of it.

    Attributes:
        url: without credentials.
        secrets: what the address held of them, as environment variables for git alone.
        branch: None for a new one.
    """

    url: str
    branch: str | None
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


async def look_around(whence: Whence, git: Git) -> "LocalClone | None":
    """Look at the clone that a run was asked for in; None when another repository was named."""
    if whence.repository:
        return None
    from kiro_worker.git.local import look_at_clone

    return await look_at_clone(git, whence.folder, under=_SPECS)


async def find_source(whence: Whence, git: Git, clone: "LocalClone | None") -> Source:
    """Find repository and branch; a person's clone is only pushed from when that was asked for.

    Raises:
        WorkerError: naming the exact command that mends it.
    """
    if clone is None:
        return _named(whence)
    url = clone.urls.get(whence.remote)
    if url is None:
        raise RemoteMissing(remote=whence.remote, there=tuple(clone.urls), top=clone.top)
    secrets = clone.secrets.get(whence.remote, {})
    if whence.new_branch:
        return Source(url=url, branch=None, secrets=secrets)
    branch = whence.branch or clone.branch
    if branch is None:
        raise HeadDetached(top=clone.top)
    if branch == clone.branch:
        await _require_pushed(whence, clone, branch, git)
    return Source(url=url, branch=branch, secrets=secrets)


def _named(whence: Whence) -> Source:
    _, secrets = split_credentials(whence.repository)
    if not whence.branch and not whence.new_branch:
        raise HeadDetached(top=whence.folder)
    branch = None if whence.new_branch else whence.branch
    return Source(url=address_of(whence.repository, whence.folder), branch=branch, secrets=secrets or whence.secrets)


async def _require_pushed(whence: Whence, clone: "LocalClone", branch: str, git: Git) -> None:
    if clone.uncommitted:
        raise SpecUncommitted(paths=clone.uncommitted, branch=branch)
    if clone.pushed or clone.head is None:
        return
    if clone.upstream and clone.upstream.ahead and clone.upstream.behind:
        raise BranchDiverged(branch=branch, remote=whence.remote)
    if not whence.push:
        ahead = clone.upstream.ahead if clone.upstream else None
        raise BranchUnpushed(branch=branch, remote=whence.remote, ahead=ahead)
    try:
        await git.ask(("push", "--quiet", "--set-upstream", whence.remote, f"refs/heads/{branch}"), cwd=clone.top)
    except GitFailed as error:
        # The clone had not looked for a while. A hook's no is told in other words, `[remote rejected]`.
        if "! [rejected]" in error.words:
            raise BranchDiverged(branch=branch, remote=whence.remote) from error
        raise


def address_of(repository: str, folder: Path) -> str:
    """A repository's address as runs know it: without credentials, and absolute where it is a path."""
    url, _ = split_credentials(repository)
    named = "://" in url or ":" in url.split("/", 1)[0]
    return plain_url(url) if named else str((folder / Path(url).expanduser()).resolve())
