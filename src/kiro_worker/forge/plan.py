"""What has to be done so that a branch has its one pull request: the same rules for every forge."""

from kiro_worker.forge import body, escape
from kiro_worker.forge.port import Proposal, PullRequest
from kiro_worker.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Create:
    """Open a new pull request."""

    title: str
    body: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """Change an open one; None leaves a thing as it is, and at least one is not None."""

    pull: PullRequest
    body: str | None = None
    base: str | None = None
    draft: bool | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """Write nothing."""

    pull: PullRequest
    notes: tuple[str, ...] = ()


Plan = Create | Update | Leave


def plan(proposal: Proposal, pulls: tuple[PullRequest, ...]) -> Plan:
    """Decide what is still missing.

    Args:
        proposal: what the pull request is to say.
        pulls: every pull request of the branch, open or not, newest first.
    """
    ours = tuple(pull for pull in pulls if pull.branch == proposal.branch)
    pull = pick_open(ours, proposal.base)
    if pull is not None:
        return _update(proposal, pull)
    ended = ours[0] if ours else None
    if ended is not None and _is_answered(proposal, ended):
        return Leave(pull=ended, notes=(_ended(ended, proposal),))
    merged = body.merge("", proposal.block, run=proposal.run)
    before = (
        () if ended is None else (f"Pull request #{ended.number} of this branch {_fate(ended)}; this is a new one.",)
    )
    return Create(title=escape.title(proposal.title), body=merged.body, notes=before + merged.notes)


def pick(pulls: tuple[PullRequest, ...]) -> PullRequest | None:
    """The pull request that stands for a branch: the open one, else the newest."""
    return pick_open(pulls, base=None) or (pulls[0] if pulls else None)


def pick_open(pulls: tuple[PullRequest, ...], base: str | None) -> PullRequest | None:
    """The open pull request to keep true: one to this base, else one with the worker's block, else the newest."""
    still_open = [pull for pull in pulls if pull.open]
    to_base = [pull for pull in still_open if pull.base == base]
    marked = [pull for pull in still_open if body.find_block(pull.body)]
    return next(iter([*to_base, *marked, *still_open]), None)


def _update(proposal: Proposal, pull: PullRequest) -> Update | Leave:
    merged = body.merge(pull.body, proposal.block, run=proposal.run)
    notes = merged.notes
    base = None
    if pull.base != proposal.base:
        if body.find_block(pull.body):
            base = proposal.base
            notes += (f"Pull request #{pull.number} went to {pull.base}; it was pointed to {proposal.base}.",)
        else:
            # A person opened it and chose where it goes.
            notes += (f"Pull request #{pull.number} goes to {pull.base}, not to {proposal.base}; this was left so.",)
    new_body = None if body.same(merged.body, pull.body) else merged.body
    draft = None if pull.draft == proposal.draft else proposal.draft
    if new_body is None and base is None and draft is None:
        return Leave(pull=pull, notes=notes)
    return Update(pull=pull, body=new_body, base=base, draft=draft, notes=notes)


def _is_answered(proposal: Proposal, ended: PullRequest) -> bool:
    """Whether a person's decision on this very work stands: closing it is a no, merging it a yes.

    Another run with new commits is new work, which nobody has decided on.
    """
    block = body.find_block(ended.body)
    same_run = block is not None and block.run == body.run_name(proposal.run)
    return same_run or (bool(proposal.commit) and ended.head == proposal.commit)


def _fate(ended: PullRequest) -> str:
    return "was merged" if ended.merged else "was closed without being merged"


def _ended(ended: PullRequest, proposal: Proposal) -> str:
    if ended.merged:
        return f"Pull request #{ended.number} {_fate(ended)} already; nothing was changed."
    return (
        f"Pull request #{ended.number} {_fate(ended)}, and that is taken as an answer: nothing was changed. "
        f"Reopen it, or push a commit to {proposal.branch} and run again, to have one."
    )
