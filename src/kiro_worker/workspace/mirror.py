"""One bare copy of a remote repository, owned by the worker and shared by all its runs on this machine.

    <state>/mirrors/<hash>.git                    the repository; its objects are packs only
    <state>/mirrors/<hash>.git/kiro-worker/       packs.json, fetched, default-branch, runs/<run>, template
    refs/heads/*, refs/kiro-worker/fence/*        as the remote has them
    refs/tags/kiro-worker/<run>/*                 what a run's own git directory borrows
    refs/local/kept/<run>                         commits of a run that could not push them

Whoever writes to it (fetch, repack) holds it alone; whoever clones from it holds it together with others.
"""

import asyncio
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from kiro_worker.clock import SystemClock
from kiro_worker.expression import expression
from kiro_worker.git import (
    Git,
    GitFailed,
    MirrorBroken,
    branch_ref,
    object_id,
    remote_url,
)
from kiro_worker.git.fault import writing
from kiro_worker.git.name import BadName
from kiro_worker.git.program import OLDEST
from kiro_worker.ids import Oid
from kiro_worker.workspace.lock import SharedLock

if TYPE_CHECKING:
    from kiro_worker.git.reader import ObjectReader
    from kiro_worker.workspace.pack import PackLedger

FENCE = "refs/kiro-worker/fence/"
PINNED = "refs/tags/kiro-worker/"
KEPT = "refs/local/kept/"
_HEAD = "refs/local/head"
_RUN = expression(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_PROGRESS = expression(rb"(?:remote: )?([A-Z][a-z]+ (?:objects|deltas): +\d+%)")

Progress = Callable[[str], None]


def run_name(run: str) -> str:
    """A run's id, unchanged when it can be a folder and a part of a ref."""
    if not _RUN.fullmatch(run) or ".." in run or run.endswith((".", ".lock")):
        raise BadName("run id", run, "only letters, digits, dots, dashes and underscores are allowed")
    return run


def unheard(_: str) -> None:
    """Nobody wants to know how far a fetch is."""


class Mirror:
    """The full mirror: every branch, with its history.

    Args:
        git: runs the commands.
        url: the remote's, without credentials.
        state: the worker's state directory.
        discard: takes folders that are done with.
        progress: told how far a fetch is.
    """

    suffix: ClassVar[str] = ""

    def __init__(
        self, git: Git, url: str, state: Path, *, discard: Callable[[Path], None], progress: Progress = unheard
    ) -> None:
        self.git = git
        self.url = remote_url(url)
        key = sha256(url.encode()).hexdigest()[:24] + self.suffix
        self.path = state / "mirrors" / f"{key}.git"
        self.lock = SharedLock(state / "mirrors" / f"{key}.lock")
        self._quarantine = state / "quarantine"
        self._discard = discard
        self._progress = progress

    @cached_property
    def reader(self) -> "ObjectReader":
        """Reads objects."""
        from kiro_worker.git.reader import ObjectReader

        return ObjectReader(self.git, self.path)

    @property
    def algorithm(self) -> str:
        """The repository's hash."""
        return "sha256" if b"objectformat = sha256" in (self.path / "config").read_bytes() else "sha1"

    @property
    def ledger(self) -> "PackLedger":
        """What the shared files must be."""
        from kiro_worker.workspace.pack import PackLedger

        return PackLedger(self.path, algorithm=self.algorithm)

    @property
    def runs(self) -> Path:
        """The folder of marks of runs that have a clone of this mirror."""
        return self.path / "kiro-worker" / "runs"

    async def refresh(self, asked: float, *, branch: str | None = None, base_branch: str | None = None) -> None:
        """Fetch, unless somebody began to after `asked` (see `moment`): who waits for the same answer shares it.

        Args:
            asked: when the caller wanted to know.
            branch: not looked at: everything is fetched.
            base_branch: the same.

        Raises:
            GitFailed: after three tries, or at once when trying again cannot help.
        """
        del branch, base_branch
        async with self.lock.exclusive():
            if self._fetched() >= asked:
                return
            began = moment()
            try:
                await self._update()
            except GitFailed as error:
                # An empty repository tells its hash with its first commit.
                if not isinstance(error, MirrorBroken) and not _is_other_hash(error):
                    raise
                await self._rename_aside()
                await self._update()
            self.ledger.note()
            self._put("fetched", f"{boot()} {began!r}")

    async def _update(self) -> None:
        if not self.path.exists():
            await self._make()
            return
        await self.git.retrying(self._fetch_cleared)

    async def _make(self) -> None:
        """Build it beside its place, so that what stands there is whole."""
        await self._check_git()
        draft = self.path.with_name(self.path.name + ".new")
        self._discard(draft)
        try:
            await self._init(draft, "sha1")
            await self.git.retrying(lambda: self._fetch(draft))
        except GitFailed as error:
            if not _is_other_hash(error):
                raise
            self._discard(draft)
            await self._init(draft, "sha256")
            await self.git.retrying(lambda: self._fetch(draft))
        await self.git.run(("pack-refs", "--all"), git_dir=draft, owned=True)
        draft.rename(self.path)

    async def _check_git(self) -> None:
        await self.git.require(*OLDEST, purpose="running safely near an agent's files")

    async def _init(self, path: Path, algorithm: str) -> None:
        with writing(path):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        await self.git.run(
            ("init", "--quiet", "--bare", "--template=", f"--object-format={algorithm}", "--", str(path)),
            environment={"GIT_DEFAULT_REF_FORMAT": "files"},
        )
        with writing(path):
            (path / "kiro-worker" / "runs").mkdir(parents=True)
            # For a person who runs git here by hand: nothing of it may go while runs borrow from it.
            with (path / "config").open("a") as config:
                config.write("[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n")

    async def _fetch_cleared(self) -> None:
        try:
            await self._fetch(self.path)
        except GitFailed as error:
            if ".lock': File exists" not in error.words:
                raise
            # This process holds the mirror alone, and git dies with its worker: whoever left the lock is gone.
            for lock in (*self.path.glob("*.lock"), *(self.path / "refs").rglob("*.lock")):
                lock.unlink(missing_ok=True)
            await self._fetch(self.path)

    async def _fetch(self, path: Path) -> None:
        specs = ("+refs/heads/*:refs/heads/*", f"+{FENCE}*:{FENCE}*")
        try:
            await self._fetch_refs(path, "--prune", "--update-shallow", specs=(*specs, f"+HEAD:{_HEAD}"))
        except GitFailed as error:
            if "remote ref HEAD" not in error.words:
                raise
            # An empty repository, or one whose HEAD names a branch that is not there.
            await self._fetch_refs(path, "--prune", "--update-shallow", specs=specs)

    async def _fetch_refs(self, path: Path, *options: str, specs: tuple[str, ...]) -> None:
        told = ""

        def on_output(_: str, piece: bytes) -> None:
            nonlocal told
            found = _PROGRESS.findall(piece)
            if found and (text := found[-1].decode()) != told:
                told = text
                self._progress(text)

        await self.git.run(
            (
                *("fetch", "--progress", "--force", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules"),
                *("--refmap=", "--no-auto-maintenance", *options, "--end-of-options", self.url, *specs),
            ),
            git_dir=path,
            network=True,
            owned=True,
            on_output=on_output,
        )

    async def branches(self) -> Mapping[str, Oid]:
        """The branches as they were fetched."""
        over = await self.git.run(
            ("for-each-ref", "--format=%(objectname) %(refname)", "refs/heads/"), git_dir=self.path
        )
        lines = over.stdout.decode("utf-8", "surrogateescape").splitlines()
        return {line.partition(" refs/heads/")[2]: object_id(line.partition(" ")[0]) for line in lines}

    async def tip(self, ref: str) -> Oid | None:
        """What a ref points to, as it was fetched."""
        found = await self.reader.find(ref)
        return None if found is None else found.oid

    async def default_branch(self) -> str | None:
        """The branch that the remote's HEAD names; None when it names none.

        A fetch tells HEAD's commit but not its branch, so the branch is asked for once, and again when its tip is
        not HEAD's any more.
        """
        noted = self.path / "kiro-worker" / "default-branch"
        head = await self.tip(_HEAD)
        if noted.exists() and head is not None:
            name = noted.read_text()
            if await self.tip(branch_ref(name)) == head:
                return name
        from kiro_worker.git.remote import look

        name_now = (await self.git.retrying(lambda: look(self.git, self.url))).head
        if name_now is not None:
            self._put("default-branch", name_now)
        return name_now

    def pin(self, run: str, oids: Mapping[str, Oid]) -> str:
        """Keep commits, and all they lead to, as long as a run lives; returns the prefix of their tags.

        To be called with the mirror held, shared or alone. The files are what git itself would write.
        """
        folder = self.path / PINNED / run
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            for name, oid in oids.items():
                draft = self.path / "kiro-worker" / f"pin-{os.urandom(8).hex()}"
                draft.write_text(f"{oid}\n")
                draft.rename(folder / name)
        return f"{PINNED.removeprefix('refs/tags/')}{run}"

    async def keep(self, run: str, git_dir: Path) -> None:
        """Take over the commits that a run made and did not push."""
        async with self.lock.exclusive():
            await self.git.run(
                (
                    *("fetch", "--quiet", "--force", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance"),
                    *("--update-shallow", "--end-of-options", str(git_dir), f"+refs/heads/work:{KEPT}{run}"),
                ),
                git_dir=self.path,
                owned=True,
            )
            self.ledger.note()

    def register(self, run: str) -> None:
        """Note that a run shares this mirror's packs, until it has looked that they are as they were."""
        with writing(self.runs):
            (self.runs / run).touch()

    def forget(self, run: str) -> None:
        """Note that a run is over and left all as it was; nothing happens when the mirror was set aside."""
        with suppress(FileNotFoundError):
            (self.runs / run).unlink()

    def unpin(self, run: str) -> None:
        """Let go of what a run needed; nothing happens when it needed nothing."""
        self._discard(self.path / PINNED / run)

    async def unsound(self, is_alive: Callable[[str], bool]) -> str | None:
        """What a run changed that died before it could look; None when all is well, or no run died like that.

        To be called with the mirror held, before it is cloned.
        """
        dead = tuple(mark for mark in self.runs.iterdir() if not is_alive(mark.name))
        if not dead:
            return None
        from kiro_worker.workspace.pack import shared_files

        files = {entry.name: Path(entry.path) for entry in shared_files(self.path)}
        found = await asyncio.to_thread(self.ledger.broken, files)
        if found is None:
            for mark in dead:
                mark.unlink(missing_ok=True)
        return found

    async def set_aside(self, *, place: int) -> None:
        """Move a mirror that cannot be trusted out of the way; the next fetch makes it anew.

        Args:
            place: the inode of the folder that was found wanting: another may stand there by now.
        """
        async with self.lock.exclusive():
            if self.path.exists() and self.path.stat().st_ino == place:
                await self._rename_aside()

    async def _rename_aside(self) -> None:
        await self.reader.close()
        with writing(self._quarantine):
            self._quarantine.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.path.rename(self._quarantine / f"{self.path.stem}-{os.urandom(8).hex()}.git")

    def _fetched(self) -> float:
        """When the last fetch began, on the clock of `moment`; long ago when that was before the last boot."""
        try:
            on, _, began = (self.path / "kiro-worker" / "fetched").read_text().partition(" ")
        except FileNotFoundError:
            return float("-inf")
        return float(began) if on == boot() else float("-inf")

    def _put(self, name: str, text: str) -> None:
        path = self.path / "kiro-worker" / name
        with writing(path):
            draft = path.with_name(f"{name}.{os.urandom(8).hex()}")
            draft.write_text(text)
            draft.rename(path)

    async def complete(self, _commit: Oid, _other: Oid | None) -> None:
        """See to it that the history between two commits is there, down to where they meet."""

    async def close(self) -> None:
        """End what is kept running."""
        await self.reader.close()


def _is_other_hash(error: GitFailed) -> bool:
    return "mismatched algorithms" in error.words


def moment() -> float:
    """Seconds that all processes of this machine count alike."""
    return SystemClock().monotonic()


def boot() -> str:
    """Tells one boot of the machine from another; where there is no such thing, one process from another."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return f"process-{os.getpid()}"
