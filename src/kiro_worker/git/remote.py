"""A remote repository's refs: looked at, and moved by compare-and-swap only."""

import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from kiro_worker.git.fault import GitUnreachable
from kiro_worker.git.name import full_ref, object_id, remote_url
from kiro_worker.git.program import Git
from kiro_worker.ids import Oid
from kiro_worker.value import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteRefs:
    """What a remote answered.

    Attributes:
        refs: full name to object id, of those that were asked for.
        head: the branch that the remote's HEAD names (its short name); None when it names none.
    """

    refs: Mapping[str, Oid] = field(default_factory=dict)
    head: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefUpdate:
    """One ref's move on the remote: from what it must be there to what it is to be; None is absence."""

    ref: str
    new: Oid | None
    expected: Oid | None


class RefOutcome(StrEnum):
    """What the remote made of one update."""

    MOVED = "moved"
    STALE = "stale"  #: the ref is not what was expected, or somebody is moving it right now
    REFUSED = "refused"  #: the remote said no: a rule, a hook, a lock
    BYSTANDER = "bystander"  #: nothing was wrong with this one, but the push was atomic


@dataclass(frozen=True, slots=True, kw_only=True)
class PushAnswer:
    """What the remote made of a push: all moved, or none.

    Attributes:
        outcomes: by full ref.
        words: what the remote said, redacted; for a person.
    """

    outcomes: Mapping[str, RefOutcome]
    words: str = ""

    @property
    def moved(self) -> bool:
        """Whether every ref is now as it was to be."""
        return all(outcome is RefOutcome.MOVED for outcome in self.outcomes.values())

    @property
    def stale(self) -> bool:
        """Whether a ref was not what was expected."""
        return RefOutcome.STALE in self.outcomes.values()


async def look(git: Git, url: str, *patterns: str) -> RemoteRefs:
    """Ask a remote for refs, and for what its HEAD names.

    Args:
        git: runs the command.
        url: the remote.
        patterns: full refs or globs such as `refs/heads/*`; HEAD is always looked at.

    Raises:
        GitFailed: or the subclass that fits; an empty repository is no fault.
    """
    for pattern in patterns:
        full_ref(pattern.replace("*", "x"))
    over = await git.run(
        ("ls-remote", "--quiet", "--symref", "--end-of-options", remote_url(url), "HEAD", *patterns), network=True
    )
    refs: dict[str, Oid] = {}
    head = None
    for line in over.stdout.decode("utf-8", "surrogateescape").splitlines():
        value, _, name = line.partition("\t")
        if name == "HEAD" and value.startswith("ref: refs/heads/"):
            head = value.removeprefix("ref: refs/heads/")
        elif name.startswith("refs/"):
            refs[name] = object_id(value)
    wanted = tuple(_matcher(pattern) for pattern in patterns)
    # ls-remote matches tails: asked for refs/heads/a it also tells refs/x/refs/heads/a.
    return RemoteRefs(
        refs={name: oid for name, oid in refs.items() if any(m.fullmatch(name) for m in wanted)}, head=head
    )


def _matcher(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in pattern.split("*")), re.DOTALL)


async def push(git: Git, url: str, updates: tuple[RefUpdate, ...], *, git_dir: Path) -> PushAnswer:
    """Move refs on a remote in one atomic push; the remote compares each with what is expected of it.

    Give each update a new value: the remote does not look at a ref that needs no move. Nothing is forced past
    an unexpected value, but from the expected one a ref may move anywhere: that a branch only grows is for the
    caller to see to. Try again only after a look: the answer to a push that worked may have been lost.

    Raises:
        GitFailed: or the subclass that fits, when the remote gave no answer about the refs.
    """
    leases = tuple(f"--force-with-lease={full_ref(update.ref)}:{update.expected or ''}" for update in updates)
    moves = tuple(f"{update.new or ''}:{update.ref}" for update in updates)
    args = ("push", "--porcelain", "--atomic", "--no-verify", "--no-progress", *leases)
    over = await git.run(
        (*args, "--end-of-options", remote_url(url), *moves), git_dir=git_dir, network=True, accept=(0, 1)
    )
    words = _words(git, over.stderr)
    if not over.status:
        return PushAnswer(outcomes={update.ref: RefOutcome.MOVED for update in updates}, words=words)
    outcomes = _outcomes(over.stdout)
    if not outcomes.keys() >= {update.ref for update in updates}:
        raise git.fault("push", over, place=git_dir, network=True)
    if b"[remote failure]" in over.stdout:
        raise GitUnreachable("push", status=over.status, words=words)
    return PushAnswer(outcomes=outcomes, words="\n".join(filter(None, (git.redacted(_reasons(over.stdout)), words))))


def _words(git: Git, said: bytes) -> str:
    if not said:
        return ""
    from kiro_worker.git.words import words_of

    return git.redacted(words_of(said))


def _outcomes(porcelain: bytes) -> dict[str, RefOutcome]:
    """Read `git push --porcelain`: a flag, `from:to` and a summary, parted by tabs."""
    outcomes = {}
    for line in porcelain.decode("utf-8", "surrogateescape").splitlines():
        flag, _, rest = line.partition("\t")
        moved, tab, summary = rest.partition("\t")
        if not tab or len(flag) != 1:
            continue
        outcomes[moved.partition(":")[2]] = _outcome(flag, summary)
    return outcomes


# What servers say when their own comparison fails, after git's client found nothing wrong.
_STALE = (
    "(stale info)",
    "(fetch first)",
    "(remote ref updated since checkout)",
    "failed to update ref",
    "cannot lock ref",
    "failed to lock",
    "incorrect old value",
    "already exists",
    # Of an atomic push all refs are told this when one was locked or not as expected.
    "atomic transaction failed",
)


def _outcome(flag: str, summary: str) -> RefOutcome:
    if flag != "!":
        return RefOutcome.MOVED
    if any(told in summary for told in _STALE):
        return RefOutcome.STALE
    return RefOutcome.BYSTANDER if "atomic" in summary else RefOutcome.REFUSED


def _reasons(porcelain: bytes) -> str:
    lines = porcelain.decode("utf-8", "replace").splitlines()
    return "\n".join(line.split("\t", 1)[1].replace("\t", " ") for line in lines if line.startswith("!\t"))
