"""Compares trees through one long-lived `git diff-tree --stdin`."""

import asyncio
import secrets
from collections.abc import Iterator
from pathlib import Path

from kiro_worker.git.conversation import Conversation
from kiro_worker.git.fault import GitFailed, OutputTooLarge
from kiro_worker.git.object import empty_tree
from kiro_worker.git.program import Git
from kiro_worker.ids import Oid
from kiro_worker.value import dataclass

_PIECE = 256 * 1024
_LARGEST = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One path that differs between two trees.

    Attributes:
        path: its bytes.
        letter: git's own: A, M, D or T.
        added: lines; None for a binary file, as is `deleted`.
    """

    path: bytes
    letter: str
    old_mode: int
    mode: int
    old_oid: Oid
    oid: Oid
    added: int | None = 0
    deleted: int | None = 0


class TreeComparison:
    """Compares trees of one repository, without renames and without asking the trees' own attributes.

    An agent that calls its sources binary in a `.gitattributes` would hide their lines otherwise.

    Args:
        git: starts the process.
        git_dir: the repository.
        algorithm: its hash.
        largest: bytes that one answer may have.
    """

    def __init__(self, git: Git, git_dir: Path, *, algorithm: str, largest: int = _LARGEST) -> None:
        self._largest = largest
        # It echoes what is no object id, and says all it has to say first: that ends an answer.
        self._end = f"over-{secrets.token_hex(16)}\n".encode()
        # Attributes come from a tree (since git 2.41) and from the index; there are to be none.
        self.environment = {
            "GIT_ATTR_SOURCE": empty_tree(algorithm),
            "GIT_INDEX_FILE": str(git_dir / "no-index"),
        }
        self._conversation = Conversation(
            git,
            ("diff-tree", "--stdin", "-r", "--no-renames", "--raw", "--no-abbrev", "--numstat", "-z"),
            git_dir=git_dir,
            environment=self.environment,
        )

    async def compare(self, old: Oid, new: Oid) -> tuple[Difference, ...]:
        """What differs between two trees, in git's order.

        Raises:
            OutputTooLarge: the names alone fill more than 64 MiB.
            GitFailed: one of them is not there, or cannot be read.
        """
        if old == new:
            return ()
        async with self._conversation.ask(f"{old} {new}\n".encode() + self._end) as answer:
            said = bytearray()
            while not said.endswith(self._end):
                piece = await answer.read(_PIECE)
                if not piece:
                    raise asyncio.IncompleteReadError(bytes(said[-_PIECE:]), None)
                said += piece
                if len(said) > self._largest:
                    raise OutputTooLarge("diff-tree", self._largest)
        header, parted, fields = bytes(said[: -len(self._end)]).partition(b"\n")
        if not parted or header != f"{old} {new}".encode():
            # It answers nothing at all about a tree that it does not find.
            raise GitFailed("diff-tree", status=0, words=f"one of {old} and {new} is no tree of this repository")
        return tuple(_differences(fields))

    async def close(self) -> None:
        """End the process; a later question starts another."""
        await self._conversation.close()


def _differences(said: bytes) -> Iterator[Difference]:
    """Read raw entries (`:modes ids letter`, path), then `added TAB deleted TAB path` of each."""
    fields = said.split(b"\0")[:-1]
    # A path may begin with a colon too: only the place tells a raw entry from what follows it.
    end = 0
    while end < len(fields) and fields[end].startswith(b":"):
        end += 2
    lines = {path: (added, deleted) for added, deleted, path in (field.split(b"\t", 2) for field in fields[end:])}
    for told, path in zip(fields[0:end:2], fields[1:end:2], strict=True):
        old_mode, mode, old_oid, oid, letter = told[1:].decode().split(" ")
        added, deleted = lines.get(path, (b"0", b"0"))
        yield Difference(
            path=path,
            letter=letter,
            old_mode=int(old_mode, 8),
            mode=int(mode, 8),
            old_oid=Oid(old_oid),
            oid=Oid(oid),
            added=None if added == b"-" else int(added),
            deleted=None if deleted == b"-" else int(deleted),
        )
