from datetime import UTC, datetime, timedelta

import pytest

from kiro_worker.dispatch.retry import Again, Attempt, Settled, next_try, spread
from kiro_worker.run.verdict import MEANINGS, Retry, Verdict

ENDED = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)


def after(*verdicts: Verdict | None, **more) -> Again | Settled:
    attempts = tuple(
        Attempt(run=f"r-{number}", verdict=verdict, ended=ENDED) for number, verdict in enumerate(verdicts, 1)
    )
    return next_try(attempts, **({"chance": 0.5} | more))


def test_waits_double_from_ten_seconds_to_three_hundred_at_most_three_times():
    waits = []
    verdicts: tuple[Verdict, ...] = (Verdict.GIT_FAULT,)
    while isinstance(told := after(*verdicts, most=7), Again):
        waits.append((told.at - ENDED).total_seconds())
        verdicts += (Verdict.GIT_FAULT,)
    assert waits == [10, 20, 40, 80, 160, 300, 300]
    assert isinstance(after(*[Verdict.FORGE_FAULT] * 3), Again)
    assert isinstance(after(*[Verdict.FORGE_FAULT] * 4), Settled)


def test_chance_spreads_the_waits_by_a_fifth():
    def seconds(chance: float) -> float:
        told = after(Verdict.AGENT_FAULT, chance=chance)
        assert isinstance(told, Again)
        return (told.at - ENDED).total_seconds()

    assert (seconds(0.0), seconds(1.0)) == (8, 12)


@pytest.mark.parametrize("verdict", [Verdict.BUDGET, Verdict.STALLED, Verdict.TIMEOUT, Verdict.INTERNAL, None])
def test_what_can_be_gone_on_with_is_resumed(verdict):
    told = after(Verdict.AGENT_FAULT, verdict)
    assert isinstance(told, Again)
    assert (told.resumes, told.number) == ("r-2", 2)


@pytest.mark.parametrize("verdict", [Verdict.GIT_FAULT, Verdict.FORGE_FAULT, Verdict.AGENT_FAULT])
def test_what_a_run_could_not_push_is_taken_along_by_the_next(verdict):
    told = after(verdict)
    assert isinstance(told, Again)
    assert told.resumes == "r-1"


def test_who_found_the_branch_taken_leaves_nothing_to_go_on_with():
    told = after(Verdict.LEASE_LOST)
    assert isinstance(told, Again)
    assert told.resumes == ""


def test_the_wait_of_a_run_is_the_same_however_often_it_is_reckoned_and_another_for_others():
    assert spread("r-1") == spread("r-1")
    assert len({round(spread(f"r-{number}"), 3) for number in range(50)}) > 40
    assert after(Verdict.GIT_FAULT, chance=None) == after(Verdict.GIT_FAULT, chance=None)


def test_a_phantom_has_one_more_chance():
    assert isinstance(after(Verdict.PHANTOM), Again)
    assert isinstance(after(Verdict.PHANTOM, Verdict.PHANTOM), Settled)
    assert isinstance(after(Verdict.PHANTOM, most=0), Settled)


@pytest.mark.parametrize("verdict", [each for each in Verdict if MEANINGS[each].retry in {Retry.NO, Retry.BY_A_PERSON}])
def test_what_a_person_has_to_see_is_settled(verdict):
    assert isinstance(after(verdict), Settled)


def test_who_found_the_branch_taken_has_not_tried():
    told = after(*[Verdict.BUSY] * 9)
    assert isinstance(told, Again)
    assert told.number == 0
    told = after(Verdict.BUSY, Verdict.GIT_FAULT, Verdict.LEASE_LOST, Verdict.GIT_FAULT)
    assert isinstance(told, Again)
    assert (told.number, told.at - ENDED) == (2, timedelta(seconds=20))


def test_every_verdict_has_an_answer():
    for verdict in (*Verdict, None):
        assert isinstance(after(verdict), Again | Settled)
