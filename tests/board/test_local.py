import pytest

from kiro_worker.board import (
    BoardSetting,
    CardId,
    CardRefused,
    CardUnknown,
    Column,
    ColumnMissing,
    Columns,
    NewWork,
    Note,
)
from kiro_worker.board.local import LocalBoard, NewCard
from kiro_worker.state import open_state
from kiro_worker.testing.board_contract import NAMES, BoardContract
from kiro_worker.testing.clock import HandClock


class LocalSide:
    def __init__(self, state):
        self.state = state
        self.clock = HandClock()
        self.people = self.board()

    def board(self):
        return LocalBoard(self.state, Columns(NAMES), self.clock)

    async def add(self, title, *, column="", branch="feature/x", blocked_by=None, **more):
        blockers = () if blocked_by is None else (blocked_by,)
        new = NewCard(
            title=title, repository="/srv/git/engine", branch=branch, place=column, blocked_by=blockers, **more
        )
        return (await self.people.add(new)).id

    async def propose(self, title, branch):
        return NewWork(title=title, repository="/srv/git/engine", branch=branch, pull_request=1)

    async def drag(self, card, name):
        await self.people.place(card, name)

    async def settle(self, card, *, closed):
        await self.people.settle(card, closed=closed)

    async def remove(self, card):
        await self.people.remove(card)

    async def notes(self, card):
        return tuple(text for _, text, _ in await self.people.notes(card))

    def pass_time(self):
        self.clock.advance(60)

    def lose_answers(self, count, *, done):
        """A transaction of this process has no answer that could be lost."""


@pytest.fixture
def state(tmp_path):
    opened = open_state(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def side(state):
    return LocalSide(state)


class TestLocalBoard(BoardContract):
    pass


async def test_another_process_sees_the_same_board(side, tmp_path):
    card = await side.add("Login", labels=("a", "a", "b"))
    other = open_state(tmp_path)
    try:
        found = await LocalBoard(other, Columns(NAMES)).read(card)
    finally:
        other.close()
    assert found.labels == ("a", "b")


@pytest.mark.parametrize("name", ["for implementation", "READY ", "ready", " For  Implementation"])
async def test_a_column_is_known_by_its_name_in_any_case_and_by_what_it_is_for(side, name):
    card = await side.add("Login", column="done")
    assert (await side.people.read(card)).place == "Done"
    if name == "READY ":
        name = "For Implementation "
    assert (await side.people.place(card, name)).column is Column.READY


async def test_a_column_that_is_not_there_is_named_with_those_that_are(side):
    with pytest.raises(ColumnMissing, match=r"it has no 'Doing'. It has: 'Backlog', 'For Implementation'") as caught:
        await side.add("Login", column="Doing")
    assert "board.column_*" in caught.value.next_step


async def test_what_is_done_no_longer_blocks(side):
    first = await side.add("First")
    second = await side.add("Second", blocked_by=first)
    await side.drag(first, "Done")
    assert [each.done for each in (await side.people.read(second)).blocked_by] == [True]
    await side.remove(first)
    assert (await side.people.read(second)).blocked_by == ()


@pytest.mark.parametrize("card", ["7", "x", "", "-1", "٣", "9" * 40])
async def test_people_are_told_which_card_is_not_there(side, card):
    for call in (side.people.place(CardId(card), "Done"), side.settle(CardId(card), closed=True), side.remove(card)):
        with pytest.raises(CardUnknown, match="There is no card"):
            await call
    with pytest.raises(CardUnknown):
        await side.add("Login", blocked_by=CardId(card))
    assert await side.people.all_cards() == ()


@pytest.mark.parametrize("new", [{"title": " "}, {"title": "x" * 251}, {"branch": ""}, {"body": "x" * 100_001}])
async def test_a_card_without_a_title_or_a_branch_or_of_any_length_is_refused(side, new):
    with pytest.raises(CardRefused, match="The card was not added: its "):
        await side.add(**{"title": "Login", **new})


async def test_a_number_is_never_given_twice_and_takes_its_notes_with_it(side):
    card = await side.add("Login")
    await side.people.tell(card, Note(key="a", text="b"))
    await side.remove(card)
    again = await side.add("Login")
    assert again != card
    assert await side.notes(again) == await side.notes(card) == ()


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({Column.FAILED: "in  review"}, "'in  review' is the name of the column for review too"),
        ({Column.FAILED: " "}, "board.column_failed cannot be used: it names no column"),
        ({Column.NEEDS_INPUT: ""}, "board.column_needs_input cannot be used"),
    ],
)
def test_each_column_has_a_name_of_its_own(changed, told):
    with pytest.raises(BoardSetting, match=told):
        Columns({**NAMES, **changed})
