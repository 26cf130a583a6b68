"""Moving cards where GitHub has no conditional change of one."""

import pytest

from kiro_worker.board import BoardCredential, BoardLimited, BoardUnreachable, Change, Column, Obstacle
from kiro_worker.testing.github_server import Act


async def test_a_claim_reads_before_and_after_and_writes_once(side):
    card = await side.add("Login")
    board = side.board()
    await board.cards(Column.READY)
    begun = len(side.asked())
    await board.move(card, Column.WORKING, only_from=Column.READY)
    assert side.asked()[begun:] == ["Cards", "Move", "Cards"]


async def test_an_answer_that_is_a_moment_late_is_waited_for(side):
    card = await side.add("Login")
    board = side.board()
    await board.read(card)
    side.project.lag = 3
    moved = await board.move(card, Column.WORKING, only_from=Column.READY)
    assert (moved.change, moved.card.column) == (Change.DONE, Column.WORKING)


async def test_a_person_who_is_quicker_wins(side):
    card = await side.add("Login")
    side.project.after_write.append(lambda: side.project.drag(card, "Done"))
    moved = await side.board().move(card, Column.WORKING, only_from=Column.READY)
    assert (moved.change, moved.card.place) == (Change.ELSEWHERE, "Done")


async def test_an_archived_card_is_refused_without_a_write(side):
    card = await side.add("Login")
    side.card(card).archived = True
    moved = await side.board().move(card, Column.FAILED)
    assert (moved.change, moved.card.hindrances[0].kind) == (Change.REFUSED, Obstacle.ARCHIVED)
    assert "Restore it on the board" in moved.why
    assert "Move" not in side.asked()


async def test_a_column_that_was_made_anew_meanwhile_is_looked_up_again(side):
    card = await side.add("Login")
    board = side.board()
    await board.cards()
    side.project.fields["Status"] = tuple(
        "in progress" if name == "In Progress" else name for name in side.project.fields["Status"]
    )
    moved = await board.move(card, Column.WORKING)
    assert (moved.change, moved.card.place) == (Change.DONE, "in progress")
    assert side.asked().count("Board") == 2


async def test_a_refusal_in_github_s_words_is_told(side):
    card = await side.add("Login")
    refusal = '{"data": null, "errors": [{"type": "UNPROCESSABLE", "message": "Not today."}]}'
    side.fail(document="mutation", status=200, body=refusal, times=9)
    moved = await side.board().move(card, Column.WORKING)
    assert (moved.change, moved.why, moved.card.column) == (Change.REFUSED, "Not today.", Column.READY)


async def test_a_right_that_is_missing_is_a_fault_with_its_cure(side):
    card = await side.add("Login")
    side.project.can_update = False
    with pytest.raises(BoardCredential, match="does not have permission to update this project") as caught:
        await side.board().move(card, Column.WORKING)
    assert "Could not move acme/engine#1" in caught.value.message
    assert "needs the scope `project`" in caught.value.next_step


async def test_a_write_that_is_always_lost_is_a_fault_after_three_tries(side):
    card = await side.add("Login")
    side.lose_answers(9, done=False)
    with pytest.raises(BoardUnreachable, match="its answer was lost, 3 times"):
        await side.board().move(card, Column.WORKING)
    assert side.asked().count("Move") == 3


async def test_the_third_lost_write_may_have_been_carried_out(side):
    card = await side.add("Login")
    side.lose_answers(2, done=False)
    side.fail(act=Act.RESET, document="mutation", after=True)
    assert (await side.board().move(card, Column.WORKING, only_from=Column.READY)).change is Change.DONE


async def test_writes_keep_a_second_apart(side):
    cards = [await side.add(f"card {number}") for number in range(3)]
    board = side.board()
    for card in cards:
        await board.move(card, Column.WORKING)
    assert side.clock.slept == [1.0, 1.0]


async def test_a_limit_that_lasts_too_long_is_told_before_anything_was_written(side):
    card = await side.add("Login")
    limited = '{"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded for user ID 1."}]}'
    side.fail(document="mutation", status=200, headers={"Retry-After": "7000"}, body=limited)
    with pytest.raises(BoardLimited, match="Could not move the card PVTI_2"):
        await side.board().move(card, Column.WORKING)
    assert side.card(card).values["Status"] == "For Implementation"
