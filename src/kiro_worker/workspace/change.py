"""What changed in a tree and in a history, as values."""

from collections.abc import Mapping
from enum import StrEnum

from kiro_worker.changeset import Hunk
from kiro_worker.ids import Oid
from kiro_worker.value import dataclass


class ChangeKind(StrEnum):
    """What happened to a path, with git's own letters."""

    ADDED = "A"
    MODIFIED = "M"
    DELETED = "D"
    TYPE_CHANGED = "T"


class Hazard(StrEnum):
    """What makes a changed path one to refuse, or to tell a person about."""

    LINK_LEAVES = "link-leaves"  #: a link whose target is absolute, outside of the tree, or in its `.git`
    SUBMODULE = "submodule"  #: another repository: a changed submodule, or a `.git` that the agent made
    FILTERED = "filtered"  #: an attribute such as LFS's filter should have changed its content, and was not run
    CASE_COLLISION = "case-collision"  #: another path differs from it only in case, or in how its signs are composed


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One changed path.

    Attributes:
        path: relative to the root, with `/`; bytes that are no UTF-8 are kept as surrogates (`os.fsdecode`).
        added: lines added, None for a binary file or one of more than 32 MiB.
        mode: the new git mode, such as 0o100644, 0o100755, 0o120000 (link), 0o160000 (submodule).
        size: bytes of a file in the working tree; 0 for all else, and when two commits are compared.
        target: where a link points to.
    """

    path: str
    kind: ChangeKind
    added: int | None = 0
    deleted: int | None = 0
    mode: int = 0o100644
    old_mode: int = 0
    size: int = 0
    target: str = ""
    hazards: frozenset[Hazard] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitText:
    """A commit's message: a subject, a body and trailers, in that order."""

    subject: str
    body: str = ""
    trailers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseRelation:
    """How the branch stands to its base.

    Attributes:
        merge_base: None when the two share no history, or it is not known in a shallow copy.
        conflicts: paths that would conflict when the base is merged in.
        conflicts_known: False when they were not looked for: this git is older than 2.38.
    """

    ahead: int
    behind: int
    merge_base: Oid | None
    conflicts: tuple[str, ...] = ()
    conflicts_known: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """One commit of the branch, with the trailers that make the branch a journal."""

    oid: Oid
    subject: str
    author: str
    trailers: tuple[tuple[str, str], ...] = ()

    def trailer(self, name: str) -> str | None:
        """The last value of a trailer, as git has it."""
        return next((value for key, value in reversed(self.trailers) if key.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitLines:
    """One commit of the branch with the lines that it changed.

    Attributes:
        merge: whether it brought another branch in; its lines are then those against the branch's own side.
        files: every path that it touches, with the lines of it; none for a binary file or a changed mode.
    """

    commit: Commit
    merge: bool
    files: Mapping[str, tuple[Hunk, ...]]
