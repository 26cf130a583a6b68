"""Fences and evidence on a remote that stand beside branches which are not there any more.

A new branch's fence is there before the branch is, and evidence is meant to outlive a branch for a while. So nothing
goes by absence alone: each ref must be old, and is deleted only from the very value that was looked at.
"""

import json
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kiro_worker.clock import Clock
from kiro_worker.git import Git, RefUpdate, look, push, remote_url
from kiro_worker.git.reader import ObjectReader
from kiro_worker.ids import Oid
from kiro_worker.orphan.port import Kind, Orphan
from kiro_worker.workspace.evidence import EVIDENCE, evidence_ref
from kiro_worker.workspace.fence import fence_ref
from kiro_worker.workspace.mirror import FENCE

_HEADS = "refs/heads/"


class LoneRefs:
    """See `Finder`.

    Args:
        git: runs the commands, with what the remote wants to see.
        url: the remote.
        least: how old a ref must be.
        clock: the present.
    """

    def __init__(self, git: Git, url: str, least: timedelta, clock: Clock) -> None:
        self._git, self._url, self._least, self._clock = git, url, least, clock
        self._seen: dict[str, Oid] = {}

    async def find(self) -> tuple[Orphan, ...]:
        """See `Finder.find`."""
        self._seen = await self._lone()
        if not self._seen:
            return ()
        dates = await self._dates()
        now = self._clock.now()
        told = []
        for ref in sorted(self._seen):
            date = dates.get(ref)
            if date is not None and now - date < self._least:
                continue
            spared = "" if date is not None else "Nobody can tell how old it is."
            age = now - date if date is not None else None
            why = f"Its branch is not on {self._url} any more."
            told.append(Orphan(kind=Kind.REF, what=ref, age=age, why=why, spared=spared))
        return tuple(told)

    async def remove(self, orphan: Orphan) -> bool:
        """See `Finder.remove`."""
        again = await self._lone()
        oid = self._seen.get(orphan.what)
        if oid is None or again.get(orphan.what) != oid:
            return False
        with tempfile.TemporaryDirectory(prefix="kiro-worker-") as folder:
            await self._init(Path(folder))
            update = RefUpdate(ref=orphan.what, new=None, expected=oid)
            answer = await push(self._git, self._url, (update,), git_dir=Path(folder))
        return answer.moved

    async def _lone(self) -> dict[str, Oid]:
        """The refs of ours beside which no branch stands."""
        remote = await self._git.retrying(lambda: look(self._git, self._url, f"{_HEADS}*", f"{FENCE}*", f"{EVIDENCE}*"))
        branches = [ref.removeprefix(_HEADS) for ref in remote.refs if ref.startswith(_HEADS)]
        needed = {make(branch) for branch in branches for make in (fence_ref, evidence_ref)}
        ours = {ref: oid for ref, oid in remote.refs.items() if ref.startswith((FENCE, EVIDENCE))}
        # A remote that shows no branch at all is more likely broken than abandoned.
        return {ref: oid for ref, oid in ours.items() if ref not in needed} if branches else {}

    async def _dates(self) -> Mapping[str, datetime]:
        """When each was written, by its own content."""
        dates = {}
        with tempfile.TemporaryDirectory(prefix="kiro-worker-") as folder:
            store = Path(folder)
            await self._init(store)
            specs = [f"+{ref}:{ref}" for ref in self._seen]
            options = ("--quiet", "--depth=1", "--no-tags", "--no-write-fetch-head", "--end-of-options")
            await self._git.run(("fetch", *options, remote_url(self._url), *specs), git_dir=store, network=True)
            reader = ObjectReader(self._git, store)
            try:
                for ref in self._seen:
                    found = await reader.find(ref)
                    if found is not None and (date := _date_of(found.kind, found.content)) is not None:
                        dates[ref] = date
            finally:
                await reader.close()
        return dates

    async def _init(self, store: Path) -> None:
        algorithm = "sha256" if any(len(oid) == 64 for oid in self._seen.values()) else "sha1"
        await self._git.run(("init", "--quiet", "--bare", "--template=", f"--object-format={algorithm}", str(store)))


def _date_of(kind: str, content: bytes) -> datetime | None:
    """When a fence's commit was made, or evidence was; None for anything else, which is not ours to judge."""
    try:
        if kind == "blob":
            return datetime.fromisoformat(json.loads(content)["made_at"]).astimezone(UTC)
        head = content.partition(b"\n\n")[0].splitlines()
        committer = next(line for line in head if line.startswith(b"committer "))
        return datetime.fromtimestamp(int(committer.rsplit(b" ", 2)[1]), UTC) if kind == "commit" else None
    except (ValueError, KeyError, TypeError, LookupError, StopIteration, OverflowError):
        return None
