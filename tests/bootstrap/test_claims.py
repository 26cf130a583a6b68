import pytest

from kiro_worker.board.columns import Columns
from kiro_worker.board.local import LocalBoard, NewCard
from kiro_worker.board.port import CardId, Column
from kiro_worker.bootstrap.claims import claim_on
from kiro_worker.state import open_state

COLUMNS = Columns({column: column.value.title() for column in Column})
BRANCH = "feature/login"


@pytest.fixture
def board(tmp_path):
    state = open_state(tmp_path)
    yield LocalBoard(state, COLUMNS)
    state.close()


@pytest.fixture
async def card(board):
    made = await board.add(NewCard(title="Log in", repository="/srv/shop.git", branch=BRANCH))
    return made.id


async def place(board, card):
    return (await board.read(card)).column


async def test_a_card_that_is_ready_is_taken_and_shows_it(board, card):
    claim = await claim_on(board, card, branch=BRANCH, again=False)
    assert (claim.lost, claim.place) == ("", "Working")
    assert await place(board, card) is Column.WORKING


async def test_a_card_that_another_is_working_on_is_lost_and_stays_where_it_is(board, card):
    await claim_on(board, card, branch=BRANCH, again=False)
    claim = await claim_on(board, card, branch=BRANCH, again=False)
    assert "is in Working" in claim.lost
    assert await place(board, card) is Column.WORKING


async def test_who_goes_on_with_what_was_begun_takes_it_where_it_is(board, card):
    await board.move(card, Column.WORKING)
    assert (await claim_on(board, card, branch=BRANCH, again=True)).lost == ""


@pytest.mark.parametrize("column", [Column.REVIEW, Column.FAILED, Column.NEEDS_INPUT])
@pytest.mark.parametrize("again", [True, False])
async def test_a_card_that_was_moved_on_is_lost(board, card, column, again):
    await board.move(card, column)
    assert (await claim_on(board, card, branch=BRANCH, again=again)).lost
    assert await place(board, card) is column


async def test_a_card_that_was_closed_or_asks_for_something_else_is_not_even_moved(board, card):
    assert "asks for feature/login now" in (await claim_on(board, card, branch="other", again=False)).lost
    await board.settle(card, closed=True)
    assert "closed" in (await claim_on(board, card, branch=BRANCH, again=False)).lost
    assert await place(board, card) is Column.READY


async def test_a_card_that_is_not_there_is_lost(board):
    assert "no such card" in (await claim_on(board, CardId("99"), branch=BRANCH, again=False)).lost
