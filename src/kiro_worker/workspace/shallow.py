"""The mirror where no disk outlives the run: only the tips are fetched, and history when it is asked for."""

from collections.abc import Mapping
from typing import ClassVar

from kiro_worker.git import RemoteRefs, branch_ref, look
from kiro_worker.ids import Oid
from kiro_worker.workspace.mirror import FENCE, Mirror

# How many commits further each time; the last fetch takes all there is.
_STEPS = (50, 200, 1000, None)


class ShallowMirror(Mirror):
    """The branch's tip, the base's tip and the fences.

    What it knows of the remote is what it was told when it last asked; nothing is shared with other processes.
    """

    suffix: ClassVar[str] = "-shallow"

    _seen = RemoteRefs()
    _specs: tuple[str, ...] = ()

    async def refresh(self, asked: float, *, branch: str | None = None, base_branch: str | None = None) -> None:
        """Look at the remote, then fetch the two tips.

        Args:
            asked: not looked at: each run has other tips to fetch.
            branch: the one to work on; None for none.
            base_branch: None for the remote's default.
        """
        del asked
        async with self.lock.exclusive():
            self._seen = await self.git.retrying(lambda: look(self.git, self.url, "refs/heads/*", f"{FENCE}*"))
            wanted = {branch_ref(name) for name in (branch, base_branch or self._seen.head) if name}
            fences = {ref for ref in self._seen.refs if ref.startswith(FENCE)}
            there = sorted((wanted | fences) & self._seen.refs.keys())
            self._specs = tuple(f"+{ref}:{ref}" for ref in there)
            if not self.path.exists():
                await self._make_new(next(iter(self._seen.refs.values()), None))
            if self._specs:
                await self.git.retrying(lambda: self._fetch_refs(self.path, "--depth=1", specs=self._specs))
            self.ledger.note()

    async def _make_new(self, any_oid: Oid | None) -> None:
        draft = self.path.with_name(self.path.name + ".new")
        self._discard(draft)
        await self._check_git()
        await self._init(draft, "sha256" if any_oid is not None and len(any_oid) > 40 else "sha1")
        draft.rename(self.path)

    async def branches(self) -> Mapping[str, Oid]:
        """The branches that the remote told of."""
        heads = "refs/heads/"
        return {ref.removeprefix(heads): oid for ref, oid in self._seen.refs.items() if ref.startswith(heads)}

    async def tip(self, ref: str) -> Oid | None:
        """What the remote said a ref points to."""
        return self._seen.refs.get(ref)

    async def default_branch(self) -> str | None:
        """The branch that the remote's HEAD names."""
        return self._seen.head

    async def complete(self, commit: Oid, other: Oid | None) -> None:
        """Fetch more history, step by step, until it no longer ends between the two commits."""
        async with self.lock.exclusive():
            for step in _STEPS:
                if not await self._is_cut(commit, other):
                    return
                deeper = "--unshallow" if step is None else f"--deepen={step}"
                await self.git.retrying(lambda deeper=deeper: self._fetch_refs(self.path, deeper, specs=self._specs))  # type: ignore[misc]  # the default binds the step
                self.ledger.note()

    async def _is_cut(self, commit: Oid, other: Oid | None) -> bool:
        try:
            ends = set((self.path / "shallow").read_text().split())
        except FileNotFoundError:
            return False
        between = f"{commit}...{other}" if other else commit
        over = await self.git.run(("rev-list", "--end-of-options", between), git_dir=self.path)
        return not ends.isdisjoint(over.stdout.decode().split())
