from datetime import UTC, datetime, timedelta

import pytest

from dispatch.things import card
from kiro_worker.dispatch.measured import measured_of
from kiro_worker.dispatch.reason import Reason, Standing
from kiro_worker.dispatch.report import Report, Waiting
from kiro_worker.forge.traffic import Traffic
from kiro_worker.ids import new_run_id
from kiro_worker.metric import Metric

NOW = datetime(2026, 11, 27, 22, 0, tzinfo=UTC)


def waiting(standing=Standing.WAITING, **given):
    return Waiting(card=card(**given), reasons=(Reason(code="limit.parallel", standing=standing, why="One runs."),))


def values(*waits, known=True, traffic=None, holding=()):
    report = Report(
        board="local", known=known, cards=len(waits), running=(), acted=True, actions=(), waiting=tuple(waits)
    )
    told = measured_of(report, traffic or Traffic(), holding=holding, now=NOW)
    return {each.metric: each.value for each in told}


def test_a_look_at_the_board_counts_when_the_board_could_be_read():
    assert values() == {Metric.POLLS: 1.0}
    assert values(known=False) == {}


def test_the_queue_is_as_old_as_the_card_that_waits_longest():
    told = values(waiting(changed="2026-11-27T21:00:00Z"), waiting(changed="2026-11-27T21:59:00+00:00"))
    assert told[Metric.QUEUE_AGE] == 3600.0


@pytest.mark.parametrize("standing", [Standing.UNFIT, Standing.QUESTION, Standing.UNKNOWN])
def test_what_a_person_has_to_see_to_does_not_make_the_queue_old(standing):
    assert Metric.QUEUE_AGE not in values(waiting(standing, changed="2020-01-01T00:00:00Z"))


def test_a_card_without_a_moment_that_can_be_read_has_no_age():
    assert Metric.QUEUE_AGE not in values(waiting(created=""), waiting(changed="yesterday"))


def test_a_clock_that_is_behind_the_board_s_makes_no_negative_age():
    assert values(waiting(changed="2026-11-28T00:00:00Z"))[Metric.QUEUE_AGE] == 0.0


def test_a_lease_is_as_old_as_the_run_that_holds_it():
    held = [new_run_id(NOW - timedelta(hours=2)), new_run_id(NOW - timedelta(minutes=1)), "somebody"]
    assert values(holding=held)[Metric.LEASE_AGE] == pytest.approx(7200.0)
    assert Metric.LEASE_AGE not in values(holding=["somebody"])


def test_what_the_forge_answered_is_told_where_it_was_asked():
    traffic = Traffic()
    traffic.answered(
        200, {"x-ratelimit-limit": "5000", "x-ratelimit-remaining": "500", "x-ratelimit-resource": "graphql"}
    )
    traffic.answered(
        404, {"x-ratelimit-limit": "5000", "x-ratelimit-remaining": "4000", "x-ratelimit-resource": "core"}
    )
    traffic.answered(502, {})
    traffic.lost()
    told = values(traffic=traffic)
    assert (told[Metric.FORGE_ERRORS], told[Metric.FORGE_QUOTA_LEFT]) == (50.0, 10.0)
