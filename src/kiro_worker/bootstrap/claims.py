"""The claim of a run, made on the board that the settings name."""

from kiro_worker.board.port import Boards, Card, CardId, Change, Column, Obstacle
from kiro_worker.bootstrap.boards import board_for
from kiro_worker.bootstrap.workshop import Workshop
from kiro_worker.config.settings import Config
from kiro_worker.run.claim import Claim

_OVER = frozenset({Obstacle.CLOSED, Obstacle.ARCHIVED})


class BoardClaims:
    """See `run.claim.Claims`; the board is opened when it is asked, and let go of at once."""

    def __init__(self, shop: Workshop, config: Config) -> None:
        self._shop, self._config = shop, config

    async def claim(self, item: str, *, branch: str, again: bool) -> Claim:
        """See `Claims.claim`."""
        board = board_for(self._shop, self._config)
        try:
            return await claim_on(board, CardId(item), branch=branch, again=again)
        finally:
            await board.close()


async def claim_on(board: Boards, item: CardId, *, branch: str, again: bool) -> Claim:
    """Claim a card of one board."""
    # Read first: what is plainly not ours must not be moved.
    before = await board.read(item)
    if before is None:
        return Claim(lost=f"There is no such card on {board.name}.")
    if lost := _unfit(before, branch):
        return Claim(lost=lost, place=before.place)
    moved = await board.move(item, Column.WORKING, only_from=Column.READY)
    if moved.change is Change.REFUSED:
        return Claim(lost=moved.why or "The board does not let it be moved.", place=before.place)
    card = await board.read(item)
    if card is None:
        return Claim(lost="Its card is gone from the board.")
    if moved.change is Change.ELSEWHERE and not (again and card.column is Column.WORKING):
        return Claim(lost=f"Its card is in {card.place or 'no column'}.", place=card.place)
    if card.column is not Column.WORKING:
        return Claim(lost=f"Its card was moved to {card.place or 'no column'} at the same time.", place=card.place)
    return Claim(lost=_unfit(card, branch), place=card.place)


def _unfit(card: Card, branch: str) -> str:
    if any(hindrance.kind in _OVER for hindrance in card.hindrances):
        return "Its card was closed."
    if card.branches and not any(each.name == branch for each in card.branches):
        return f"Its card asks for {card.branches[0].name} now."
    return ""
