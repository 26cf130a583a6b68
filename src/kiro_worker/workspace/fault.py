"""What can go wrong between a workspace and its remote, each with the words a person needs.

* BranchMoved        somebody else pushed to the branch
* FenceLost          another holder has the branch's fence
* PushRefused        the remote said no
* BranchExists       a new branch's name is taken
* RepositoryUnfit    a repository, or a commit in it, that cannot be worked on
* MergeConflict      the base does not merge into the branch by itself
* NothingToCommit    the tree is what it was
* WorkspaceTampered  the agent reached for what is the worker's
* WorkspaceAlive     a living process works in this run's workspace
"""

import re
from pathlib import Path

from kiro_worker.error import Fault, WorkerError
from kiro_worker.ids import Oid

_NAMED = 10


def _several(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:_NAMED])
    return shown if len(names) <= _NAMED else f"{shown} and {len(names) - _NAMED} more"


class BranchMoved(WorkerError):
    """Somebody pushed to the branch while the run worked on it."""

    code = "workspace.branch-moved"
    fault = Fault.BRANCH_MOVED

    def __init__(self, branch: str, *, expected: Oid | None, found: Oid | None, kept: str) -> None:
        self.branch, self.expected, self.found = branch, expected, found
        now = f"is at {found[:12]} now" if found else "is not there any more"
        was = f"was at {expected[:12]}" if expected else "was not there"
        resume = f"kiro-worker resume {branch}"
        if found or expected is None:
            who, next_step = "pushed", f"Start again from what is there: {resume}"
        else:
            back = f"git push origin {expected}:refs/heads/{branch}"
            who, next_step = (
                "deleted it",
                f"If it is still wanted, put it back where it was: {back}; then run: {resume}",
            )
        super().__init__(
            f"{branch} {was} and {now}: somebody else {who}. Nothing of theirs was overwritten.",
            kept=kept,
            next_step=next_step,
        )


class FenceLost(WorkerError):
    """Another holder took the branch; this one may not write to it any more."""

    code = "workspace.fence-lost"
    fault = Fault.LEASE_LOST

    def __init__(self, branch: str, *, fence: int, found: Oid | None, kept: str) -> None:
        self.branch, self.fence, self.found = branch, fence, found
        if found:
            why = "another run took the branch"
            # The fence stops a run of any machine, while most leases are only seen on one.
            next_step = (
                "Leave it to the other run; kiro-worker list shows it if it is one of this machine. Machines that "
                "share a repository wait for one another with lease.store gitref."
            )
        else:
            why = "somebody removed its ref from the remote"
            next_step = f"Find out who removes refs/kiro-worker/*, then run: kiro-worker resume {branch}"
        super().__init__(
            f"Fence {fence} on {branch} is lost: {why}. Nothing was written after that.", kept=kept, next_step=next_step
        )


class PushRefused(WorkerError):
    """The remote said no to a push, in its own words."""

    code = "workspace.push-refused"
    fault = Fault.GIT

    def __init__(self, branch: str, *, words: str, kept: str) -> None:
        self.branch, self.words = branch, words
        super().__init__(f"The remote refused the push to {branch}: {words}", kept=kept, next_step=_cure(words))


# Told by the words of GitHub, GitLab, Bitbucket and git's own server; the first that fits counts.
_CURES: tuple[tuple[str, str], ...] = (
    (
        r"secret|GITHUB PUSH PROTECTION",
        "A secret is in the commits: take it out of the branch and revoke it, then run again.",
    ),
    (
        r"without .?workflows?.? (?:scope|permission)|refusing to allow .* workflow",
        "Give the token the permission to change workflows, or keep .github/workflows out of the task.",
    ),
    (
        r"GH001|[Ll]arge files? detected|exceeds .*file size limit|file size limit of",
        "A file is too large for the host: take it out of the branch or keep it in LFS, then run again.",
    ),
    (
        r"GH007|email privacy",
        "Set commit.author_email to an address that the host lets through (its no-reply address), then run again.",
    ),
    (r"[Vv]erified signature|must be signed", "The branch wants signed commits: exempt the worker's account there."),
    (
        r"GH006|[Pp]rotected branch|protected branches",
        "The branch is protected: let the worker's account push to it, or have it make a new branch.",
    ),
    (r"GH013|[Rr]ule violations|ruleset", "A rule of the repository forbids it: exempt the worker's account there."),
    (r"archived|read-only", "The repository takes no changes: make it writable, then run again."),
    (
        r"hidden ref|refs/kiro-worker/\S+ \[remote rejected\] \((?!pre-receive|hook|atomic)",
        "The host must let the worker's account write refs/kiro-worker/*: allow them, then run again.",
    ),
    (r"does not support --atomic", "The host cannot move two refs at once; the worker needs a git server that can."),
    (r"shallow update not allowed", "Set workspace.mirror to full, then run again."),
    (r"quota|storage limit", "The host has no room left for the repository: make some, then run again."),
    (r"hook declined|pre-receive|fsck", "A check of the host refused it: read its words above, mend it, run again."),
)


def _cure(words: str) -> str:
    fitting = (cure for pattern, cure in _CURES if re.search(pattern, words))
    return next(fitting, "Read the remote's words above, change what they name, then run: kiro-worker resume")


class BranchExists(WorkerError):
    """The name chosen for a new branch is taken, or lies below or above one that is."""

    code = "workspace.branch-exists"
    fault = Fault.GIT

    def __init__(self, branch: str, *, other: str) -> None:
        self.branch, self.other = branch, other
        which = "there is one of that name" if branch == other else f"{other} is in its way"
        super().__init__(
            f"The branch {branch} cannot be made: {which}.",
            next_step="Choose another name, or work on the branch that is there: kiro-worker run --branch NAME",
        )


class RepositoryUnfit(WorkerError):
    """There is nothing to work on, or not in a form that can be worked on."""

    code = "workspace.repository-unfit"
    fault = Fault.GIT

    def __init__(self, url: str, reason: str, *, next_step: str) -> None:
        self.reason = reason
        super().__init__(f"{url}: {reason}.", next_step=next_step)


class MergeConflict(WorkerError):
    """The base branch and the branch changed the same lines."""

    code = "workspace.merge-conflict"
    fault = Fault.GIT

    def __init__(self, branch: str, base_branch: str, files: tuple[str, ...]) -> None:
        self.branch, self.base_branch, self.files = branch, base_branch, files
        super().__init__(
            f"{base_branch} does not merge into {branch} by itself; both changed {_several(files)}.",
            kept="The branch is as it was.",
            next_step=f"Merge it yourself and push: git switch {branch} && git pull && git merge origin/{base_branch}",
        )


class NothingToCommit(WorkerError):
    """The tree is what it is at the head already."""

    code = "workspace.nothing-to-commit"
    fault = Fault.INTERNAL

    def __init__(self, branch: str) -> None:
        super().__init__(
            f"Nothing differs from the head of {branch}, so no commit was made.",
            next_step="Report this: the worker must look at the changes before it commits.",
        )


class WorkspaceTampered(WorkerError):
    """What the agent left cannot be read safely, or it reached the worker's own objects."""

    code = "workspace.tampered"
    fault = Fault.GIT

    def __init__(self, reason: str, *, tree: Path, kept: str = "") -> None:
        self.reason = reason
        super().__init__(
            f"The workspace was tampered with: {reason}.",
            kept=kept or "What was pushed before is on the remote.",
            next_step=f"Look at what the agent did in {tree}, then run again.",
        )


class WorkspaceAlive(WorkerError):
    """Another process on this machine works in the same run's workspace."""

    code = "workspace.alive"
    fault = Fault.BUSY

    def __init__(self, run: str) -> None:
        super().__init__(
            f"Run {run} has a living workspace on this machine already.",
            next_step=f"Wait for it, or end it: kiro-worker cancel {run}",
        )
