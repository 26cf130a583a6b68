"""The refs that hold leases on a remote: found, read, and moved by compare-and-swap.

Their commits have no files and no parents, so nothing grows: what a ref no longer points to is for the remote's own
`git gc` to remove. Here they pass through a small bare repository of the worker's own.
"""

import asyncio
import hashlib
import re
import secrets
import shutil
import time
from collections.abc import Coroutine
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from kiro_worker.git import Git, GitTooSlow, PushAnswer, RefUpdate, look, push
from kiro_worker.git.fault import writing
from kiro_worker.git.object import Signature, commit_content, commit_message, empty_tree, hash_name, write_object
from kiro_worker.ids import Oid
from kiro_worker.lease.port import LeaseKey

_PREFIX = "refs/kiro-worker/lease/"
# What git forbids in a ref's name (git-check-ref-format(1)), and `%` itself. `/` is taken out too: a ref cannot be
# there beside one below it, and a branch that was deleted still has its lease's fence.
_QUOTED = re.compile(r"[\x00-\x20\x7f~^:?*\[\\%/@\ud800-\udfff]|\.(?=\.|$|lock$)|^[.-]")
_LONGEST = 200
_HASHES = ("sha1", "sha256")
_OLD_SECONDS = 86_400

_Answer = TypeVar("_Answer")


def lease_ref(key: LeaseKey) -> str:
    """The ref of a key's lease: no two keys share one.

    >>> lease_ref(LeaseKey("feature/login"))
    'refs/kiro-worker/lease/feature%2Flogin'
    """
    name = _QUOTED.sub(lambda found: "".join(f"%{byte:02X}" for byte in _bytes(found.group())), key)
    if len(name.encode()) > _LONGEST:
        # Refs are files on most remotes, and a file's name has its limit.
        kept = name.encode()[: _LONGEST - 66].decode("utf-8", "ignore").rstrip(".%")
        name = f"{kept}%.{hashlib.sha256(_bytes(key)).hexdigest()}"
    return _PREFIX + name


class LeaseRefs:
    """The lease refs of one remote."""

    def __init__(self, git: Git, url: str, folder: Path, *, patience: float) -> None:
        """Name the remote; nothing is done yet.

        Args:
            git: runs git.
            url: the remote.
            folder: where the repository that commits pass through is made; one folder serves many remotes.
            patience: seconds after which one exchange with the remote is given up.
        """
        self._git = git
        self._url = url
        self._folder = folder
        self._name = hashlib.sha256(url.encode()).hexdigest()[:16]
        self._patience = patience
        self._ready: set[Path] = set()
        self._making = asyncio.Lock()

    async def find(self, ref: str) -> Oid | None:
        """What a ref points to now.

        Raises:
            GitFailed: the remote could not be asked.
        """
        answer = await self._in_time("ls-remote", look(self._git, self._url, ref))
        return answer.refs.get(ref)

    async def message(self, ref: str, oid: Oid) -> str | None:
        """The message of the commit that a ref points to; None when it points elsewhere by now, or to no commit.

        Raises:
            GitFailed: the remote could not be asked.
        """
        store = await self._made(hash_name(oid))
        content = await self._content(store, oid)
        if content is None:
            await self._in_time("fetch", self._fetch(store, ref))
            content = await self._content(store, oid)
        return None if content is None else commit_message(content)

    async def write(self, text: str, when: datetime, *, beside: Oid | None) -> Oid:
        """Make a commit that says `text`.

        Args:
            text: its message.
            when: its time.
            beside: what the ref points to now, to know the remote's hash by.

        Raises:
            DiskFull, NotWritable: the folder takes no more.
        """
        algorithm = hash_name(beside) if beside else await self._remote_hash()
        store = await self._made(algorithm)
        who = Signature(name="Kiro Worker", email="kiro-worker@localhost", when=when)
        tree = empty_tree(algorithm)
        content = commit_content(tree=tree, parents=(), author=who, committer=who, message=text)
        return await asyncio.to_thread(write_object, store / "objects", "commit", content, algorithm)

    async def move(self, ref: str, new: Oid, expected: Oid | None) -> PushAnswer:
        """Point a ref to a commit that `write` made, if it is what is expected.

        Raises:
            GitFailed: no answer came, or it is not about the ref; when it is `transient`, the ref may have moved.
        """
        update = RefUpdate(ref=ref, new=new, expected=expected)
        store = self._store(hash_name(new))
        return await self._in_time("push", push(self._git, self._url, (update,), git_dir=store))

    async def _in_time(self, verb: str, asking: Coroutine[Any, Any, _Answer]) -> _Answer:
        try:
            async with asyncio.timeout(self._patience):
                return await asking
        except TimeoutError as error:
            raise GitTooSlow(verb, status=-1, words=f"no answer within {self._patience:.0f} s") from error

    async def _fetch(self, store: Path, ref: str) -> None:
        # Not --depth=1: it takes a lock for the whole repository, and a killed worker would leave it locked.
        # Unpacked, so that what is old can be removed piece by piece; `-c` would be told as the command's name.
        unpacked = "--config-env=fetch.unpackLimit=KIRO_WORKER_UNPACK"
        options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--end-of-options")
        args = (unpacked, "fetch", *options, self._url, ref)
        await self._git.run(args, git_dir=store, environment={"KIRO_WORKER_UNPACK": "100"}, network=True)

    async def _content(self, store: Path, oid: Oid) -> bytes | None:
        shown = await self._git.run(("cat-file", "commit", oid), git_dir=store, accept=(0, 1, 128))
        return shown.stdout if shown.status == 0 else None

    def _store(self, algorithm: str) -> Path:
        return self._folder / f"{self._name}-{algorithm}.git"

    async def _remote_hash(self) -> str:
        """The remote's hash; asked for once, from the length of any branch's id."""
        for algorithm in _HASHES:
            if self._store(algorithm).exists():
                return algorithm
        answer = await self._in_time("ls-remote", look(self._git, self._url, "refs/heads/*"))
        return next((hash_name(oid) for oid in answer.refs.values()), _HASHES[0])

    async def _made(self, algorithm: str) -> Path:
        """The repository for a hash, made whole or not at all, and cleared of what is old."""
        store = self._store(algorithm)
        async with self._making:
            if store not in self._ready:
                if not store.exists():
                    await self._make(store, algorithm)
                await asyncio.to_thread(write_object, store / "objects", "tree", b"", algorithm)
                await asyncio.to_thread(_clear, store / "objects", keep=empty_tree(algorithm))
                self._ready.add(store)
        return store

    async def _make(self, store: Path, algorithm: str) -> None:
        draft = store.with_name(f"{store.name}.{secrets.token_hex(4)}")
        with writing(store.parent):
            store.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft.mkdir(mode=0o700)
        await self._git.run(("init", "--quiet", "--bare", "--template=", f"--object-format={algorithm}", str(draft)))
        _settle(draft, store)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _settle(draft: Path, final: Path) -> None:
    try:
        draft.rename(final)
    except OSError:  # another worker was quicker
        shutil.rmtree(draft, ignore_errors=True)


def _clear(objects: Path, *, keep: Oid) -> None:
    """Remove what is more than a day old: no commit is needed here for longer than a push takes."""
    before = time.time() - _OLD_SECONDS
    for path in objects.glob("*/*"):
        if path.parent.name + path.name != keep and path.stat().st_mtime < before:
            path.unlink(missing_ok=True)
