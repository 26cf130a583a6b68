"""A power in a git repository of any host; its versions are tags: `v1.2.3`, or `<name>/v1.2.3` where many share one."""

import re
from collections.abc import Mapping
from pathlib import Path

from kiro_worker.git.fault import GitUnreachable
from kiro_worker.git.name import plain_url, tree_path
from kiro_worker.git.object import LINK, PROGRAM
from kiro_worker.git.program import Git
from kiro_worker.git.reader import ObjectReader
from kiro_worker.git.remote import look
from kiro_worker.ids import Oid
from kiro_worker.power.fault import SignatureUnfit, SourceUnfit
from kiro_worker.power.model import LARGEST_FILE, MOST_BYTES, MOST_FILES, Entry, Kind
from kiro_worker.power.shape import is_beside
from kiro_worker.power.source.port import Offer, Package
from kiro_worker.power.source.scratch import scratch_folder
from kiro_worker.power.source.signature import Signatures
from kiro_worker.power.version import version_or_none
from kiro_worker.process import Limits
from kiro_worker.value import dataclass

_TAGS = "refs/tags/"
# What is fetched by its commit alone goes by this name here.
_LOCKED = "refs/heads/locked"
_LINE = re.compile(rb"([0-7]{6}) (blob|commit) ([0-9a-f]{40,64}) +(-|[0-9]+)\t(.+)", re.DOTALL)
_NAMED = re.compile(r"refs/tags/([a-z0-9][a-z0-9.-]{0,63})/v[0-9]+\.[0-9]+\.[0-9]+")
# One state of a package of texts; whoever sends more is no source of one.
_FETCH = Limits(wall=300, silence=60, kept_output=1024 * 1024)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is looked for in a repository.

    Attributes:
        name: the power's, where it is known; only tags of it count when there are any.
        folder: where it lies; empty for the root.
        key: the pinned one; empty for none.
    """

    name: str = ""
    folder: str = ""
    key: str = ""


class GitSource:
    """One repository.

    Args:
        git: runs git; a repository's own configuration, hooks and filters are never used.
        url: without credentials.
        wanted: what is looked for.
        signatures: check tags.
        scratch: a folder of the worker's own; what is fetched lies there until it was read.
    """

    def __init__(self, git: Git, url: str, *, wanted: Wanted, signatures: Signatures, scratch: Path) -> None:
        self._git = git
        self._url = url
        self._wanted = wanted
        self._signatures = signatures
        self._scratch = scratch
        if wanted.folder:
            tree_path(wanted.folder)

    async def offers(self) -> tuple[Offer, ...]:
        """See `Source.offers`."""
        answer = await self._git.retrying(lambda: look(self._git, self._url, f"{_TAGS}*"))
        if found := offers_in(answer.refs, name=self._wanted.name):
            return found
        if answer.head is None:
            raise SourceUnfit(plain_url(self._url), "the repository is empty")
        ref = f"refs/heads/{answer.head}"
        heads = await self._git.retrying(lambda: look(self._git, self._url, ref))
        return tuple(Offer(version=None, place=place, commit=oid) for place, oid in heads.refs.items())

    async def fetch(self, offer: Offer) -> Package:
        """See `Source.fetch`."""
        shown = plain_url(self._url)
        if self._wanted.key and not offer.place.startswith(_TAGS):
            raise SignatureUnfit(shown, "it has no version tags, and only those can be signed")
        with scratch_folder(self._scratch, "power-") as folder:
            git_dir = folder / "power.git"
            await self._bring(git_dir, offer)
            if self._wanted.key:
                await self._signatures.check_tag(git_dir, offer.place, key=self._wanted.key, source=shown)
            entries = await self._entries(git_dir, offer.commit)
        folder_name = self._wanted.folder.rpartition("/")[2]
        return Package(entries=entries, folder=folder_name, commit=offer.commit, signer=self._wanted.key)

    async def _bring(self, git_dir: Path, offer: Offer) -> None:
        kind = "sha1" if len(offer.commit) == 40 else "sha256"
        await self._git.run(("init", "--quiet", "--bare", f"--object-format={kind}", "--template=", str(git_dir)))
        args = ("fetch", "--quiet", "--depth=1", "--no-tags", "--no-write-fetch-head", "--end-of-options")
        place = offer.place or _LOCKED
        refspec = f"+{offer.place or offer.commit}:{place}"
        await self._git.retrying(
            lambda: self._git.run((*args, self._url, refspec), git_dir=git_dir, network=True, limits=_FETCH)
        )
        over = await self._git.run(("rev-parse", "--verify", f"{place}^{{commit}}"), git_dir=git_dir)
        if over.stdout.decode().strip() != offer.commit:
            raise GitUnreachable("fetch", status=0, words=f"{place} was moved while it was fetched")

    async def _entries(self, git_dir: Path, commit: str) -> tuple[Entry, ...]:
        tree = f"{commit}:{self._wanted.folder}"
        over = await self._git.run(("ls-tree", "-r", "-z", "-l", "--full-tree", tree), git_dir=git_dir, accept=(0, 128))
        if over.status:
            raise SourceUnfit(plain_url(self._url), f"it has no folder {self._wanted.folder}")
        reader = ObjectReader(self._git, git_dir)
        found: list[Entry] = []
        room = MOST_BYTES
        try:
            for line in over.stdout.split(b"\0")[:-1]:
                each = await _entry(reader, line, room=room)
                if is_beside(each.path):
                    continue
                room -= each.size
                found.append(each)
                if len(found) > MOST_FILES or room < 0:
                    break
        finally:
            await reader.close()
        return tuple(found)


async def _entry(reader: ObjectReader, line: bytes, *, room: int) -> Entry:
    match = _LINE.fullmatch(line)
    assert match is not None, line
    mode, size = int(match[1], 8), 0 if match[4] == b"-" else int(match[4])
    path = match[5].decode("utf-8", "replace")
    if match[2] == b"commit" or mode == LINK:
        return Entry(path=path, kind=Kind.LINK if mode == LINK else Kind.OTHER)
    kind = Kind.PROGRAM if mode == PROGRAM else Kind.FILE
    if size > min(LARGEST_FILE, room):
        return Entry(path=path, kind=kind, size=size)
    blob = await reader.find(match[3].decode())
    return Entry(path=path, kind=kind, size=size, content=blob.content if blob else None)


def offers_in(refs: Mapping[str, Oid], *, name: str) -> tuple[Offer, ...]:
    """The versions among a remote's tags, the newest first.

    Tags of the power's own name count where there are any; plain ones do otherwise. Where the name is not known, the
    only name that has such tags is taken.
    """
    named = {match[1] for ref in refs if (match := _NAMED.fullmatch(ref))}
    name = name or (next(iter(named)) if len(named) == 1 else "")
    for before in (f"{name}/v", "v", "") if name else ("v", ""):
        found = [
            Offer(version=version, place=ref, commit=refs.get(f"{ref}^{{}}", oid))
            for ref, oid in refs.items()
            if ref.startswith(f"{_TAGS}{before}")
            and (version := version_or_none(ref.removeprefix(f"{_TAGS}{before}"))) is not None
        ]
        if found:
            return tuple(sorted(found, key=lambda offer: (offer.version, offer.place), reverse=True))
    return ()
