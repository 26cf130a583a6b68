from datetime import UTC, datetime, timedelta

import pytest

from kiro_worker.board.port import CardId
from kiro_worker.dispatch.book import Book, Entry, Look, tries
from kiro_worker.run.verdict import Verdict
from kiro_worker.state import open_state

NOW = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)
CARD = CardId("c1")


@pytest.fixture
def state(tmp_path):
    state = open_state(tmp_path)
    yield state
    state.close()


@pytest.fixture
def book(state):
    return Book(state, "local")


def entry(run: str, *, fresh: bool = False, item: CardId = CARD) -> Entry:
    return Entry(run=run, item=item, repository="shop", branch="feature/login", place="Ready", fresh=fresh, began=NOW)


def test_what_was_begun_is_there_until_the_board_was_told(book, state):
    book.begin(entry("r-1", fresh=True))
    assert book.unsettled() == {CARD: (entry("r-1", fresh=True),)}
    book.settle(CARD)
    assert CARD in Book(state, "local").unsettled()
    book.end("r-1", at=NOW, verdict=Verdict.DONE)
    (ended,) = book.unsettled()[CARD]
    assert (ended.ended, ended.verdict) == (NOW, Verdict.DONE)
    book.settle(CARD)
    assert book.unsettled() == {}


def test_the_first_word_on_a_run_stays(book):
    book.begin(entry("r-1"))
    book.begin(entry("r-1"))
    book.end("r-1", at=NOW, verdict=None)
    book.end("r-1", at=NOW + timedelta(hours=1), verdict=Verdict.DONE)
    (told,) = book.unsettled()[CARD]
    assert (told.ended, told.verdict) == (NOW, None)


def test_only_tries_since_a_person_moved_the_card_count(book):
    for run, fresh in (("r-1", True), ("r-2", False), ("r-3", True), ("r-4", False)):
        book.begin(entry(run, fresh=fresh))
        book.end(run, at=NOW, verdict=Verdict.GIT_FAULT)
    assert [each.run for each in tries(book.unsettled()[CARD])] == ["r-3", "r-4"]


def test_what_is_under_way_is_no_try_yet(book):
    book.begin(entry("r-1"))
    assert tries(book.unsettled()[CARD]) == ()
    book.drop("r-1")
    assert book.unsettled() == {}


def test_boards_are_apart(book, state):
    book.begin(entry("r-1"))
    assert Book(state, "github.com/orgs/acme/projects/4").unsettled() == {}


def test_the_same_thing_is_told_once(book):
    assert not book.was_told(CARD, "abc")
    book.tell(CARD, "abc", at=NOW)
    assert book.was_told(CARD, "abc")
    book.tell(CARD, "other", at=NOW)
    assert not book.was_told(CARD, "abc")


def test_it_is_known_which_repository_was_served_when(book):
    book.begin(entry("r-1"))
    assert book.served()["shop"].startswith("2026-11-27T03:00:00")


def test_what_was_settled_long_ago_is_forgotten_and_nothing_else(book):
    book.begin(entry("r-1"))
    book.begin(entry("r-2", item=CardId("c2")))
    book.end("r-1", at=NOW, verdict=Verdict.DONE)
    book.settle(CARD)
    book.tidy(NOW + timedelta(days=400))
    assert set(book.unsettled()) == {"c2"}
    assert book.served() == {}


def test_that_a_card_was_seen_in_progress_is_remembered_with_its_run(book):
    book.begin(entry("r-1"))
    book.claim(["r-1"])
    (claimed,) = book.unsettled()[CARD]
    assert claimed.claimed


def test_the_last_look_at_an_item_is_remembered(book, state):
    for why in ("first", "second"):
        book.look(CARD, Look(mark="m", at=NOW, why=why))
    assert book.looks() == {CARD: Look(mark="m", at=NOW, why="second")}
    assert Book(state, "another").looks() == {}
    book.tidy(NOW + timedelta(days=400))
    assert book.looks() == {}


def test_all_that_was_told_is_there_at_once(book):
    book.tell(CARD, "abc", at=NOW)
    assert book.told() == {CARD: "abc"}
