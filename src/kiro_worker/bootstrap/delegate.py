"""Carries a delegation out: branch, files, pull request and card, so that nothing half-made is worked on."""

from kiro_worker.board.port import Change, NewWork
from kiro_worker.bootstrap.adapters import forge_for
from kiro_worker.bootstrap.boards import board_for
from kiro_worker.bootstrap.repository import workspaces_for
from kiro_worker.bootstrap.workshop import Workshop
from kiro_worker.config.settings import Config
from kiro_worker.dispatch.delegate import Form, Idea, branch_of, checked, files_of, opening_of
from kiro_worker.error import WorkerError
from kiro_worker.forge.port import Proposal, PullRequest
from kiro_worker.forge.repository import github_repository, parse_remote
from kiro_worker.ids import new_run_id
from kiro_worker.run.reading import head_of
from kiro_worker.run.start import Source
from kiro_worker.value import dataclass
from kiro_worker.workspace import Claim, CommitText, Workspace
from kiro_worker.workspace.git_workspaces import GitWorkspaces

_SUBJECT = 72
# What the first words of a pull request are by, until a run has more to tell.
_RUN = "delegated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegated:
    """What was made.

    Attributes:
        card: the board's id of it; empty where the board has to be told by a person.
        place: the column that it is in.
        note: what is left for a person to do.
    """

    pull_request: PullRequest
    card: str = ""
    place: str = ""
    note: str = ""


async def delegate(shop: Workshop, config: Config, source: Source, idea: Idea, form: Form) -> Delegated:
    """Make a branch with what was asked for, its pull request, and its card, which begins the work.

    Raises:
        WorkerError: naming what was made before it.
    """
    return await _Delegation(shop, config, source, _redacted(shop, checked(idea))).carry_out(form)


@dataclass(frozen=True, slots=True)
class _Delegation:
    shop: Workshop
    config: Config
    source: Source
    idea: Idea

    async def carry_out(self, form: Form) -> Delegated:
        files = files_of(self.idea, form)
        async with workspaces_for(self.shop, self.source, self.config) as workspaces:
            tree, base = await self._branch(workspaces)
            try:
                for path, content in files.items():
                    await tree.write(path, content)
                await tree.commit(CommitText(subject=f"feat: {self.idea.title}"[:_SUBJECT]))
                await tree.push()
                pull = await self._publish(tree, base)
            finally:
                await tree.close(keep=False)
        # The card comes last: whoever sees it finds everything that a run needs.
        return await self._card(pull)

    async def _branch(self, workspaces: GitWorkspaces) -> tuple[Workspace, str]:
        base, now = self.config.branch.base, self.shop.clock.now()
        snapshot = await workspaces.snapshot(None, base or None)
        head_of(snapshot, branch=None, base=base, repository=self.source.url)
        claim = Claim(run=new_run_id(now), fence=0)
        tree = await workspaces.prepare(snapshot, claim, new_branch=branch_of(self.idea.title, now))
        return tree, snapshot.base_branch

    async def _publish(self, tree: Workspace, base: str) -> PullRequest:
        forge = forge_for(self.shop, self.config, self.source.url)
        try:
            proposal = Proposal(
                branch=tree.branch,
                base=base,
                title=self.idea.title,
                block=opening_of(self.idea),
                draft=True,
                commit=tree.head,
                run=_RUN,
            )
            return (await forge.publish(proposal)).pull_request
        finally:
            await forge.close()

    async def _card(self, pull: PullRequest) -> Delegated:
        board = board_for(self.shop, self.config)
        try:
            moved = await board.bring(
                NewWork(
                    title=self.idea.title,
                    repository=self._repository(),
                    branch=pull.branch,
                    pull_request=pull.number,
                    body=self.idea.objective,
                )
            )
        except WorkerError as error:
            # The pull request is there, and whoever asked has to hear of it.
            return Delegated(pull_request=pull, note=self._by_hand(board.name, pull, error.message))
        finally:
            await board.close()
        if moved.card is None or moved.change not in {Change.DONE, Change.UNCHANGED}:
            return Delegated(pull_request=pull, note=self._by_hand(board.name, pull, moved.why))
        return Delegated(pull_request=pull, card=moved.card.id, place=moved.card.place)

    def _by_hand(self, board: str, pull: PullRequest, why: str) -> str:
        ready = self.config.board.column_ready
        return f"It is not on {board} yet: {why} Put {pull.url} into {ready} there; that begins the work."

    def _repository(self) -> str:
        if self.config.board.kind == "local":
            return self.source.url
        settings = self.config.forge
        found = github_repository(
            parse_remote(self.source.url), api_url=settings.api_url, repository=settings.repository
        )
        return f"{found.owner}/{found.name}"


def _redacted(shop: Workshop, idea: Idea) -> Idea:
    redact = shop.redactor.text
    return Idea(
        title=redact(idea.title),
        objective=redact(idea.objective),
        constraints=redact(idea.constraints),
        acceptance=tuple(map(redact, idea.acceptance)),
    )
