"""How a branch with a few files comes to be: by git in a workspace, or through the forge where there is no git."""

from collections.abc import Mapping
from typing import Protocol

from kiro_worker.bootstrap.looking import ForgeReading
from kiro_worker.bootstrap.repository import github_credential, workspaces_for
from kiro_worker.bootstrap.workshop import Workshop
from kiro_worker.config.settings import Config
from kiro_worker.forge.repository import github_repository, parse_remote
from kiro_worker.ids import new_run_id
from kiro_worker.run.reading import head_of
from kiro_worker.run.start import Source
from kiro_worker.value import dataclass
from kiro_worker.workspace import Claim, CommitText


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """A branch that was made.

    Attributes:
        base: the branch that it was made from.
        head: its one commit.
    """

    branch: str
    base: str
    head: str


class Planting(Protocol):
    """Makes branches."""

    async def plant(self, source: Source, branch: str, files: Mapping[str, bytes], subject: str) -> Planted:
        """Make a branch from the base, with one commit that holds these files.

        Raises:
            WorkerError: it could not be made; says what is there all the same.
        """
        ...


class GitPlanting:
    """See `Planting`: by git."""

    def __init__(self, shop: Workshop, config: Config) -> None:
        self._shop, self._config = shop, config

    async def plant(self, source: Source, branch: str, files: Mapping[str, bytes], subject: str) -> Planted:
        """See `Planting.plant`."""
        base = self._config.branch.base
        async with workspaces_for(self._shop, source, self._config) as workspaces:
            snapshot = await workspaces.snapshot(None, base or None)
            head_of(snapshot, branch=None, base=base, repository=source.url)
            claim = Claim(run=new_run_id(self._shop.clock.now()), fence=0)
            tree = await workspaces.prepare(snapshot, claim, new_branch=branch)
            try:
                for path, content in files.items():
                    await tree.write(path, content)
                await tree.commit(CommitText(subject=subject))
                await tree.push()
                return Planted(branch=tree.branch, base=snapshot.base_branch, head=tree.head)
            finally:
                await tree.close(keep=False)


class ForgePlanting:
    """See `Planting`: through GitHub's API; its commit is GitHub's, and signed by it."""

    def __init__(self, shop: Workshop, config: Config) -> None:
        self._shop, self._config = shop, config

    async def plant(self, source: Source, branch: str, files: Mapping[str, bytes], subject: str) -> Planted:
        """See `Planting.plant`."""
        from kiro_worker.forge.github.branching import GitHubBranching
        from kiro_worker.forge.github.content import GitHubContent
        from kiro_worker.forge.github.exchange import Exchange
        from kiro_worker.forge.github.transport import Transport

        forge, base = self._config.forge, self._config.branch.base
        repository = github_repository(parse_remote(source.url), api_url=forge.api_url, repository=forge.repository)
        credential = github_credential(self._shop, self._config, repository)
        transport = Transport(repository)
        try:
            exchange = Exchange(transport, credential, self._shop.clock)
            content = GitHubContent(exchange, repository)
            snapshot = await ForgeReading(content).snapshot(None, base or None)
            start = head_of(snapshot, branch=None, base=base, repository=source.url)
            branching = GitHubBranching(exchange, repository, content)
            await branching.make(branch, start)
            head = await branching.commit(branch, start, files, subject)
            return Planted(branch=branch, base=snapshot.base_branch, head=head)
        finally:
            await transport.close()
            await credential.close()
