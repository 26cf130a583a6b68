"""How the dispatcher looks into repositories: with git and a mirror, or, where there is neither, through the forge."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Protocol

from kiro_worker.bootstrap.repository import git_secrets, github_credential, workspaces_for
from kiro_worker.bootstrap.workshop import Workshop
from kiro_worker.config.settings import Config
from kiro_worker.forge.fault import ForgeSetting, ForgeUnknown
from kiro_worker.forge.repository import github_repository, parse_remote
from kiro_worker.git import look
from kiro_worker.git.name import branch_ref
from kiro_worker.ids import Oid
from kiro_worker.run.start import Source
from kiro_worker.workspace.change import Commit
from kiro_worker.workspace.message import subject_of, trailers_of
from kiro_worker.workspace.port import Reading
from kiro_worker.workspace.snapshot import Snapshot

if TYPE_CHECKING:
    from kiro_worker.forge.github.content import GitHubContent, Kept, Leaf, Told

_FILES = frozenset({"100644", "100755", "100664"})
_FOLDER = "040000"


def clone_address(config: Config, repository: str) -> str:
    """Where git finds a repository that is called owner/name."""
    try:
        host = github_repository(parse_remote("https://github.com/owner/name"), api_url=config.forge.api_url).host
    except (ForgeSetting, ForgeUnknown):
        host = "github.com"
    return config.dispatch.clone_address.format(host=host, repository=repository)


class Recalling(Reading, Protocol):
    """A repository that is looked at several times in one tick."""

    async def recall(self, branch: str | None, base_branch: str | None) -> Snapshot:
        """Another branch, not older than the last snapshot; asked anew only where nothing was kept."""
        ...


class Looking(Protocol):
    """How repositories are looked into."""

    def into(self, source: Source) -> AbstractAsyncContextManager[Recalling]:
        """One repository, for the time of a tick."""
        ...

    async def has(self, source: Source) -> bool:
        """Whether a branch is there.

        Raises:
            WorkerError: that cannot be asked.
        """
        ...


class GitLooking:
    """See `Looking`: with git, in this machine's mirrors."""

    def __init__(self, shop: Workshop, config: Config) -> None:
        self._shop, self._config = shop, config

    def into(self, source: Source) -> AbstractAsyncContextManager[Recalling]:
        """See `Looking.into`."""
        return workspaces_for(self._shop, source, self._config)

    async def has(self, source: Source) -> bool:
        """See `Looking.has`."""
        git = self._shop.git.with_secrets(git_secrets(self._shop, source, self._config))
        ref = branch_ref(source.branch or "")
        return ref in (await look(git, source.url, ref)).refs


class ForgeLooking:
    """See `Looking`: through GitHub's API, by who has neither git nor a disk.

    Args:
        shop: the machine.
        config: names the credential.
        kept: what was read before, by anybody of this process.
    """

    def __init__(self, shop: Workshop, config: Config, kept: "Kept") -> None:
        self._shop, self._config, self._kept = shop, config, kept

    @asynccontextmanager
    async def into(self, source: Source) -> AsyncIterator[Recalling]:
        """See `Looking.into`."""
        from kiro_worker.forge.github.content import GitHubContent
        from kiro_worker.forge.github.exchange import Exchange
        from kiro_worker.forge.github.transport import Transport

        forge = self._config.forge
        repository = github_repository(parse_remote(source.url), api_url=forge.api_url, repository=forge.repository)
        credential = github_credential(self._shop, self._config, repository)
        transport = Transport(repository)
        try:
            yield ForgeReading(GitHubContent(Exchange(transport, credential, self._shop.clock), repository, self._kept))
        finally:
            await transport.close()
            await credential.close()

    async def has(self, source: Source) -> bool:
        """See `Looking.has`."""
        async with self.into(source) as reading:
            return (await reading.snapshot(source.branch, None)).head is not None


class ForgeReading:
    """See `Recalling`: one repository of GitHub's."""

    def __init__(self, content: "GitHubContent") -> None:
        self._content = content
        # Which branches commits were the tips of: histories are compared by the branches' names.
        self._tips: dict[str, str] = {}

    async def snapshot(self, branch: str | None, base_branch: str | None) -> Snapshot:
        """See `Reading.snapshot`; fences are for who writes."""
        for name in filter(None, (branch, base_branch)):
            branch_ref(name)
        tips = await self._content.tips(branch, base_branch)
        named = ((tips.base, tips.base_branch), (tips.head, branch))
        self._tips |= {oid: name for oid, name in named if oid and name}
        return Snapshot(
            branch=branch or "",
            head=Oid(tips.head) if tips.head else None,
            base_branch=tips.base_branch,
            base=Oid(tips.base) if tips.base else None,
        )

    async def recall(self, branch: str | None, base_branch: str | None) -> Snapshot:
        """See `Recalling.recall`: nothing of other branches was fetched with the first."""
        return await self.snapshot(branch, base_branch)

    async def read(self, commit: Oid, paths: tuple[str, ...]) -> Mapping[str, bytes | None]:
        """See `Reading.read`."""
        # All are waited for, and the first that failed speaks for them.
        told = await asyncio.gather(*(self._read(commit, path) for path in paths), return_exceptions=True)
        found: dict[str, bytes | None] = {}
        for path, content in zip(paths, told, strict=True):
            if isinstance(content, BaseException):
                raise content
            found[path] = content
        return found

    async def _read(self, commit: Oid, path: str) -> bytes | None:
        found = await self._content.entry(commit, path)
        if path.endswith("/"):
            if found is None or found.mode != _FOLDER:
                return None
            return b"".join(_line(name, leaf) for name, leaf in (await self._content.folder(found.oid)).items())
        return await self._content.blob(found.oid) if found is not None and found.mode in _FILES else None

    async def history(self, commit: Oid, since: Oid | None, limit: int = 1000) -> tuple[Commit, ...]:
        """See `Reading.history`."""
        if since is None:
            told = await self._content.history(commit, limit)
        else:
            told = await self._content.between(
                self._tips.get(since, ""), self._tips.get(commit, ""), since=since, commit=commit
            )
        return tuple(map(_commit, told[:limit]))


def _line(name: str, leaf: "Leaf") -> bytes:
    return f"{name}{'/' if leaf.mode == _FOLDER else ''}\n".encode("utf-8", "surrogateescape")


def _commit(told: "Told") -> Commit:
    subject, trailers = subject_of(told.message), trailers_of(told.message)
    return Commit(oid=Oid(told.oid), subject=subject, author=told.author, trailers=trailers)
