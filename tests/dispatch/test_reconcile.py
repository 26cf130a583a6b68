from datetime import UTC, datetime, timedelta

import pytest

from dispatch.things import card
from kiro_worker.board.port import CardId, Column, Hindrance, Obstacle
from kiro_worker.dispatch.reconcile import Forget, PullState, Restart, Seen, Settle, Stop, column_after, reconcile
from kiro_worker.dispatch.retry import Attempt
from kiro_worker.run.verdict import Verdict
from kiro_worker.value import replace

NOW = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)
WORKING = card(column=Column.WORKING, place="In Progress")
AT_WORK = Seen(item=CardId("c1"), card=WORKING, run="r-1", claimed=True, lease=True)


def ended(verdict: Verdict | None, **given) -> Seen:
    attempts = (Attempt(run="r-1", verdict=verdict, ended=NOW - timedelta(minutes=5)),)
    return Seen(**({"item": CardId("c1"), "card": WORKING, "attempts": attempts, "settled": False} | given))


def about(seen: Seen):
    actions = list(reconcile([seen]))
    assert len(actions) <= 1
    return actions[0] if actions else None


def test_a_run_that_is_wanted_goes_on():
    assert about(AT_WORK) is None
    assert about(replace(AT_WORK, pull_request=PullState.OPEN)) is None


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"card": card(column=None, place="Done")}, "moved to Done"),
        ({"card": card()}, "moved to For Implementation"),
        ({"card": None}, "gone from the board"),
        (
            {"card": replace(WORKING, hindrances=(Hindrance(kind=Obstacle.CLOSED, why="x", cure="y"),))},
            "closed",
        ),
        ({"branch": False}, "deleted"),
        ({"pull_request": PullState.MERGED}, "merged"),
        ({"pull_request": PullState.CLOSED}, "closed"),
    ],
)
def test_a_run_that_nobody_wants_any_more_is_stopped_with_the_reason(given, why):
    action = about(replace(AT_WORK, **given))
    assert isinstance(action, Stop)
    assert (action.run, why in action.why) == ("r-1", True)


@pytest.mark.parametrize(
    "given",
    [
        {"known": False, "card": None},
        {"branch": None},
        {"pull_request": PullState.UNKNOWN},
        {"known": False, "card": None, "branch": None, "pull_request": PullState.UNKNOWN},
    ],
)
def test_what_could_not_be_asked_stops_nothing(given):
    assert about(replace(AT_WORK, **given)) is None
    dead = ended(None, **given)
    assert about(dead) is None or isinstance(about(dead), Restart)
    assert not isinstance(about(ended(Verdict.DONE, **given)), Stop)


def test_a_run_that_has_not_yet_moved_its_card_is_left_in_peace():
    young = replace(AT_WORK, card=card(), claimed=False)
    assert about(young) is None
    assert isinstance(about(replace(young, card=None)), Stop)


def test_a_run_that_ended_without_telling_is_resumed_once_nobody_holds_the_lease():
    action = about(ended(None))
    assert isinstance(action, Restart)
    assert action.again.resumes == "r-1"
    assert about(ended(None, lease=True)) is None
    assert about(ended(None, lease=None)) is None


def test_a_run_that_ended_without_telling_on_a_branch_that_is_gone_is_not_resumed():
    action = about(ended(None, branch=False))
    assert isinstance(action, Settle)
    assert (action.to, action.why) == (Column.FAILED, "Its branch was deleted.")


@pytest.mark.parametrize(
    ("verdict", "column"),
    [
        (Verdict.DONE, Column.REVIEW),
        (Verdict.ALREADY_DONE, Column.REVIEW),
        (Verdict.NEEDS_INPUT, Column.NEEDS_INPUT),
        (Verdict.TESTS_RED, Column.FAILED),
        (Verdict.REFUSED, Column.FAILED),
        (Verdict.GATE_RED, Column.FAILED),
    ],
)
def test_a_card_that_was_not_moved_when_its_run_ended_is_moved_now(verdict, column):
    action = about(ended(verdict))
    assert isinstance(action, Settle)
    assert (action.to, action.verdict) == (column, verdict)


def test_what_is_worth_another_try_gets_one():
    assert isinstance(about(ended(Verdict.FORGE_FAULT)), Restart)
    tries = tuple(Attempt(run=f"r-{number}", verdict=Verdict.GIT_FAULT, ended=NOW) for number in range(4))
    action = about(ended(Verdict.GIT_FAULT, attempts=tries))
    assert isinstance(action, Settle)
    assert action.to is Column.FAILED


def test_who_lost_its_lease_waits_until_nobody_has_it():
    assert about(ended(Verdict.LEASE_LOST, lease=True)) is None
    assert about(ended(Verdict.LEASE_LOST, lease=None)) is None
    assert isinstance(about(ended(Verdict.LEASE_LOST, lease=False)), Restart)


@pytest.mark.parametrize("where", [WORKING, card()])
def test_who_found_the_item_taken_leaves_it_to_the_other_and_does_not_come_back_for_it(where):
    # Its claim was lost: another store's worker may hold a lease that is not seen here.
    assert isinstance(about(ended(Verdict.BUSY, card=where, lease=False)), Forget)


@pytest.mark.parametrize("moved", [card(column=None, place="Done"), card(column=Column.REVIEW), None])
def test_a_card_that_a_person_moved_on_is_theirs(moved):
    assert isinstance(about(ended(Verdict.TESTS_RED, card=moved)), Forget)
    assert about(ended(Verdict.TESTS_RED, card=moved, settled=True)) is None


def test_a_card_that_was_claimed_and_put_back_is_begun_anew_and_does_not_count_as_a_try():
    assert isinstance(about(ended(Verdict.INTERRUPTED, card=card(), claimed=True)), Forget)


def test_a_run_that_ended_before_it_could_claim_its_card_is_dealt_with_like_any_other():
    assert isinstance(about(ended(Verdict.CREDENTIAL, card=card())), Settle)
    assert isinstance(about(ended(Verdict.GIT_FAULT, card=card())), Restart)


def test_what_a_run_achieved_stands_though_its_branch_is_gone_by_now():
    action = about(ended(Verdict.DONE, pull_request=PullState.MERGED))
    assert isinstance(action, Settle)
    assert action.to is Column.REVIEW


def test_every_verdict_has_a_column():
    assert {column_after(each) for each in (*Verdict, None)} == {Column.REVIEW, Column.NEEDS_INPUT, Column.FAILED}
