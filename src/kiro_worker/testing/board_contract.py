"""What every `Boards` promises, as tests: subclass, and give the fixture `side`."""

import asyncio
from typing import Any, Protocol

import pytest

from kiro_worker.board import CardId, CardRefused, Change, Column, Note, Obstacle
from kiro_worker.board.port import Boards, Card, NewWork

NAMES = {
    Column.READY: "For Implementation",
    Column.WORKING: "In Progress",
    Column.REVIEW: "In Review",
    Column.FAILED: "Failed",
    Column.NEEDS_INPUT: "Needs Input",
}
BRANCH = "feature/login"


class BoardSide(Protocol):
    """The other side of a board: what people and the network do to it."""

    def board(self) -> Boards:
        """The board as one more worker has it; closed by the fixture."""
        ...

    async def add(self, title: str, **more: Any) -> CardId:
        """Put a card on the board: `column`, `branch`, `labels`, `priority`, `body`, `author`, `blocked_by`.

        It is in the column for what is ready unless `column`, a name, says another; empty is none.
        """
        ...

    async def propose(self, title: str, branch: str) -> NewWork:
        """A pull request that is not on the board."""
        ...

    async def drag(self, card: CardId, name: str) -> None:
        """Move a card as a person does, to a column's name."""
        ...

    async def settle(self, card: CardId, *, closed: bool) -> None:
        """Close what a card stands for, or open it again."""
        ...

    async def remove(self, card: CardId) -> None:
        """Take a card off the board."""
        ...

    async def notes(self, card: CardId) -> tuple[str, ...]:
        """Every text that the worker told on a card, the oldest first, as it is kept."""
        ...

    def pass_time(self) -> None:
        """Let a minute pass, so that what follows is younger."""
        ...

    def lose_answers(self, count: int, *, done: bool) -> None:
        """Lose the answers of the next writes, which are carried out or not; nothing where no answer can be lost."""
        ...


def titles(cards: tuple[Card, ...]) -> list[str]:
    """What a test compares."""
    return [card.title for card in cards]


class BoardContract:
    """The promises of `board.port.Boards`."""

    @pytest.fixture
    def board(self, side: BoardSide) -> Boards:
        """One worker's board."""
        return side.board()

    async def test_a_usable_board_checks_as_ready_and_has_a_name_and_columns(self, board: Boards) -> None:
        check = await board.check()
        assert (check.ready, check.cure) == (True, "")
        assert set(NAMES.values()) <= set(check.columns)
        assert board.name
        assert check.detail

    async def test_an_empty_board_has_no_cards(self, board: Boards) -> None:
        assert (await board.cards(Column.READY)).cards == ()
        assert (await board.cards()).cards == ()

    async def test_cards_are_listed_by_column_and_all_of_the_worker_s_without_one(
        self, board: Boards, side: BoardSide
    ) -> None:
        for column, name in NAMES.items():
            await side.add(column.value, column=name)
        await side.add("later", column="Backlog")
        for column in Column:
            (card,) = (await board.cards(column)).cards
            assert (card.title, card.column, card.place) == (column.value, column, NAMES[column])
        both = (await board.cards(Column.READY, Column.WORKING)).cards
        assert {card.column for card in both} == {Column.READY, Column.WORKING}
        assert sorted(titles((await board.cards()).cards)) == sorted(column.value for column in Column)

    async def test_a_card_tells_all_there_is_to_know(self, board: Boards, side: BoardSide) -> None:
        first = await side.add("First", column="Backlog")
        made = await side.add(
            "Login", branch=BRANCH, labels=("kiro", "web"), priority=2, body="Please.", author="ada", blocked_by=first
        )
        (card,) = (await board.cards(Column.READY)).cards
        assert card == await board.read(made)
        assert (card.id, card.title, card.body, card.author) == (made, "Login", "Please.", "ada")
        assert card.labels == ("kiro", "web")
        assert [branch.name for branch in card.branches] == [BRANCH]
        assert card.repository == card.branches[0].repository != ""
        assert [(blocker.title, blocker.done) for blocker in card.blocked_by] == [("First", False)]
        assert card.priority is not None
        assert (card.hindrances, card.notes) == ((), ())
        assert card.reference
        assert card.url
        assert card.created
        await side.settle(first, closed=True)
        again = await board.read(made)
        assert again is not None
        assert [blocker.done for blocker in again.blocked_by] == [True]

    async def test_urgent_cards_come_first_then_the_oldest(self, board: Boards, side: BoardSide) -> None:
        for title, priority in (("third", None), ("second", 2), ("first", 1), ("fourth", None)):
            await side.add(title, priority=priority)
            side.pass_time()
        assert titles((await board.cards(Column.READY)).cards) == ["first", "second", "third", "fourth"]

    async def test_a_card_that_is_not_there_is_none(self, board: Boards, side: BoardSide) -> None:
        card = await side.add("Login")
        await side.remove(card)
        assert await board.read(card) is None
        assert (await board.move(card, Column.WORKING)).change is Change.GONE
        assert (await board.tell(card, Note(key="a", text="b"))).change is Change.GONE
        assert await board.read(CardId("none of ours")) is None

    async def test_a_move_shows_and_the_same_again_changes_nothing(self, board: Boards, side: BoardSide) -> None:
        card = await side.add("Login")
        moved = await board.move(card, Column.WORKING, only_from=Column.READY)
        assert moved.change is Change.DONE
        assert moved.card == await board.read(card)
        assert moved.card is not None
        assert (moved.card.column, moved.card.place) == (Column.WORKING, "In Progress")
        assert (await board.move(card, Column.WORKING)).change is Change.UNCHANGED
        assert (await board.cards(Column.READY)).cards == ()
        assert titles((await board.cards(Column.WORKING)).cards) == ["Login"]

    async def test_a_card_that_a_person_moved_meanwhile_is_left_where_it_is(
        self, board: Boards, side: BoardSide
    ) -> None:
        card = await side.add("Login")
        await board.cards(Column.READY)
        await side.drag(card, "Backlog")
        moved = await board.move(card, Column.WORKING, only_from=Column.READY)
        assert moved.change is Change.ELSEWHERE
        assert moved.card is not None
        assert (moved.card.place, moved.card.column) == ("Backlog", None)
        assert (await board.move(card, Column.WORKING)).change is Change.DONE

    async def test_only_one_of_many_workers_that_move_one_after_the_other_has_moved(self, side: BoardSide) -> None:
        card = await side.add("Login")
        boards = [side.board() for _ in range(3)]
        told = [await board.move(card, Column.WORKING, only_from=Column.READY) for board in boards]
        assert [moved.change for moved in told] == [Change.DONE, Change.ELSEWHERE, Change.ELSEWHERE]

    async def test_a_closed_card_is_listed_with_what_stands_in_its_way(self, board: Boards, side: BoardSide) -> None:
        card = await side.add("Login")
        await side.settle(card, closed=True)
        (found,) = (await board.cards(Column.READY)).cards
        (hindrance,) = found.hindrances
        assert hindrance.kind is Obstacle.CLOSED
        assert hindrance.why
        assert hindrance.cure
        await side.settle(card, closed=False)
        assert (await board.cards(Column.READY)).cards[0].hindrances == ()

    async def test_a_note_is_told_once_however_often_it_is_said(self, side: BoardSide) -> None:
        card = await side.add("Login")
        note = Note(key="spec.missing", text="There is no spec on `feature/login`.")
        told = [await side.board().tell(card, note) for _ in range(3)]
        assert [each.change for each in told] == [Change.DONE, Change.UNCHANGED, Change.UNCHANGED]
        (text,) = await side.notes(card)
        assert note.text in text
        assert told[0].url == told[1].url != ""

    async def test_workers_that_tell_the_same_at_once_tell_it_once(self, side: BoardSide) -> None:
        card = await side.add("Login")
        note = Note(key="spec.missing", text="There is no spec.")
        told = await asyncio.gather(*(side.board().tell(card, note) for _ in range(4)))
        assert {each.change for each in told} <= {Change.DONE, Change.UNCHANGED}
        assert len(await side.notes(card)) == 1
        assert len({each.url for each in told}) == 1

    async def test_another_text_replaces_the_note_and_another_key_is_another_note(
        self, board: Boards, side: BoardSide
    ) -> None:
        card = await side.add("Login")
        await board.tell(card, Note(key="a", text="one"))
        assert (await board.tell(card, Note(key="a", text="two"))).change is Change.DONE
        assert (await board.tell(card, Note(key="b", text="three"))).change is Change.DONE
        first, second = await side.notes(card)
        assert "two" in first
        assert "one" not in first
        assert "three" in second

    async def test_a_note_of_any_length_and_any_text_is_told_and_known_again(
        self, board: Boards, side: BoardSide
    ) -> None:
        card = await side.add("Login")
        hostile = "<!-- kiro-worker:end -->\n<!-- kiro-worker:note key=b sha256=0123456789abcdef -->\n\ud800"
        note = Note(key="a", text=hostile + "x" * 100_000)
        assert (await board.tell(card, note)).change is Change.DONE
        assert (await board.tell(card, note)).change is Change.UNCHANGED
        assert (await board.tell(card, Note(key="b", text="mine"))).change is Change.DONE
        assert len(await side.notes(card)) == 2

    @pytest.mark.parametrize("key", ["", "Big", "a b", "a-->", "x" * 81])
    async def test_a_key_that_is_none_is_refused(self, board: Boards, side: BoardSide, key: str) -> None:
        card = await side.add("Login")
        with pytest.raises(CardRefused, match="is no key"):
            await board.tell(card, Note(key=key, text="x"))

    @pytest.mark.parametrize("done", [True, False])
    @pytest.mark.parametrize("count", [1, 2])
    async def test_a_lost_answer_moves_and_tells_once(
        self, board: Boards, side: BoardSide, *, done: bool, count: int
    ) -> None:
        card = await side.add("Login")
        side.lose_answers(count, done=done)
        moved = await board.move(card, Column.WORKING, only_from=Column.READY)
        assert moved.change is Change.DONE
        side.lose_answers(count, done=done)
        assert (await board.tell(card, Note(key="a", text="one"))).change is Change.DONE
        side.lose_answers(count, done=done)
        assert (await board.tell(card, Note(key="a", text="two"))).change is Change.DONE
        (text,) = await side.notes(card)
        assert "two" in text
        read = await board.read(card)
        assert read is not None
        assert read.column is Column.WORKING

    async def test_many_workers_at_once_see_the_same_order(self, side: BoardSide) -> None:
        for number in range(5):
            await side.add(f"card {number}")
        told = await asyncio.gather(*(side.board().cards(Column.READY) for _ in range(4)))
        assert len({tuple(card.id for card in each.cards) for each in told}) == 1

    async def test_a_pull_request_is_brought_to_the_board_once_and_never_back(
        self, board: Boards, side: BoardSide
    ) -> None:
        work = await side.propose("Login", BRANCH)
        brought = await board.bring(work)
        assert brought.card is not None
        assert (brought.change, brought.card.column, brought.card.title) == (Change.DONE, Column.READY, "Login")
        assert [each.name for each in brought.card.branches] == [BRANCH]
        again = await side.board().bring(work)
        assert (again.change, again.card) == (Change.UNCHANGED, brought.card)
        await board.move(brought.card.id, Column.WORKING)
        third = await board.bring(work)
        assert third.card is not None
        assert (third.change, third.card.column) == (Change.UNCHANGED, Column.WORKING)
        assert len((await board.cards()).cards) == 1

    @pytest.mark.parametrize("done", [True, False])
    async def test_a_lost_answer_brings_no_second_card(self, board: Boards, side: BoardSide, *, done: bool) -> None:
        work = await side.propose("Login", BRANCH)
        side.lose_answers(2, done=done)
        assert (await board.bring(work)).card is not None
        assert titles((await board.cards(Column.READY)).cards) == ["Login"]
