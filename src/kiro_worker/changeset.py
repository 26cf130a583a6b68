"""What a branch changes against where it left its base: files with both their contents, and the lines between them."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cached_property

from kiro_worker.ids import Oid
from kiro_worker.value import dataclass

#: Contents of larger files are left out: nobody wrote them by hand.
MOST_BYTES = 4 * 1024 * 1024

_LINK = 0o120000
_SUBMODULE = 0o160000


class How(StrEnum):
    """What happened to a file, with git's own letters; a renamed file is one deleted and one added."""

    ADDED = "A"
    MODIFIED = "M"
    DELETED = "D"
    TYPE_CHANGED = "T"


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines that took the place of others; lines are counted from 1, and a count of 0 means that there are none.

    With an `old_count` of 0, lines were put in after `old_start`; with a `new_count` of 0, they were taken out after
    `new_start`: the numbers of a unified diff without context.
    """

    old_start: int
    old_count: int
    new_start: int
    new_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedFile:
    """One file that a branch changes.

    Attributes:
        path: relative to the root, with `/`; bytes that are no UTF-8 are kept as surrogates (`os.fsdecode`).
        before: its content at the merge base; None when it was not there, was no file, or is left out.
        after: its content at the branch's head, in the same way; of a link, where it points to.
        hunks: the lines that differ; none for a binary file.
        mode, old_mode: git modes, such as 0o100644, 0o100755, 0o120000 (link); 0 where it is not there.
        left_out: whether a content is missing because it is larger than `MOST_BYTES`.
    """

    path: str
    how: How
    before: bytes | None = None
    after: bytes | None = None
    hunks: tuple[Hunk, ...] = ()
    mode: int = 0o100644
    old_mode: int = 0o100644
    left_out: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether it is a file now, and was one if it was there: no link and no other repository."""
        return not {self.mode, self.old_mode} & {_LINK, _SUBMODULE}

    @property
    def added(self) -> frozenset[int]:
        """The numbers of the lines of `after` that are new or changed."""
        return frozenset(line for hunk in self.hunks for line in range(hunk.new_start, hunk.new_start + hunk.new_count))

    @property
    def removed(self) -> frozenset[int]:
        """The numbers of the lines of `before` that are gone or changed."""
        return frozenset(line for hunk in self.hunks for line in range(hunk.old_start, hunk.old_start + hunk.old_count))

    @property
    def old_text(self) -> str:
        """`before` as text; empty where there is none, or where it is binary."""
        return _text(self.before)

    @property
    def text(self) -> str:
        """`after` as text; empty where there is none, or where it is binary."""
        return _text(self.after)


class ChangeSet:
    """Everything that a branch changes.

    Args:
        base: the merge base: where the branch left its base branch.
        head: the commit that is looked at.
        files: sorted by path, each path once.
        base_tree: git's name for all that is in `base`; the same tree is the same project.
    """

    def __init__(self, *, base: Oid, head: Oid, files: tuple[ChangedFile, ...], base_tree: Oid) -> None:
        self.base, self.head, self.files, self.base_tree = base, head, files, base_tree

    @cached_property
    def by_path(self) -> Mapping[str, ChangedFile]:
        """Each file by its path."""
        return {file.path: file for file in self.files}

    @property
    def there(self) -> Iterator[ChangedFile]:
        """The files that are there at the head."""
        return (file for file in self.files if file.how is not How.DELETED)

    def __iter__(self) -> Iterator[ChangedFile]:
        return iter(self.files)

    def __len__(self) -> int:
        return len(self.files)


def _text(content: bytes | None) -> str:
    if content is None or b"\0" in content:
        return ""
    # What some editors put first is no part of the text, and no parser of a language takes it.
    return content.decode("utf-8", "replace").removeprefix("\ufeff")
