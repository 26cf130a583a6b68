"""Carries a delegation out: branch, files, pull request and card, so that nothing half-made is worked on."""

from kiro_worker.board.port import Change, NewWork
from kiro_worker.bootstrap.adapters import forge_for
from kiro_worker.bootstrap.boards import board_for
from kiro_worker.bootstrap.planting import GitPlanting, Planted, Planting
from kiro_worker.bootstrap.workshop import Workshop
from kiro_worker.config.settings import Config
from kiro_worker.dispatch.delegate import Form, Idea, branch_of, checked, files_of, opening_of
from kiro_worker.error import WorkerError
from kiro_worker.forge.port import Proposal, PullRequest
from kiro_worker.forge.repository import github_repository, parse_remote
from kiro_worker.run.start import Source
from kiro_worker.value import dataclass

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


async def delegate(
    shop: Workshop,
    config: Config,
    source: Source,
    idea: Idea,
    form: Form,
    *,
    planting: Planting | None = None,
    brings: bool = True,
) -> Delegated:
    """Make a branch with what was asked for, its pull request, and its card, which begins the work.

    Args:
        shop: the machine.
        config: where it goes.
        source: the repository.
        idea: what somebody wants.
        form: how it is put on the branch.
        planting: how the branch is made; by git where nothing else is said.
        brings: whether it gets a card; without one, somebody else begins the work.

    Raises:
        WorkerError: naming what was made before it.
    """
    made = planting or GitPlanting(shop, config)
    return await _Delegation(shop, config, source, _redacted(shop, checked(idea)), made).carry_out(form, brings=brings)


@dataclass(frozen=True, slots=True)
class _Delegation:
    shop: Workshop
    config: Config
    source: Source
    idea: Idea
    planting: Planting

    async def carry_out(self, form: Form, *, brings: bool) -> Delegated:
        files = files_of(self.idea, form)
        branch = branch_of(self.idea.title, self.shop.clock.now())
        subject = f"feat: {self.idea.title}"[:_SUBJECT]
        pull = await self._publish(await self.planting.plant(self.source, branch, files, subject))
        # The card comes last: whoever sees it finds everything that a run needs.
        return await self._card(pull) if brings else Delegated(pull_request=pull)

    async def _publish(self, planted: Planted) -> PullRequest:
        forge = forge_for(self.shop, self.config, self.source.url)
        try:
            proposal = Proposal(
                branch=planted.branch,
                base=planted.base,
                title=self.idea.title,
                block=opening_of(self.idea),
                draft=True,
                commit=planted.head,
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
