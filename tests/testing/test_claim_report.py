"""The judge of the claim torture, on stories that are known to be good or bad."""

from itertools import count

import pytest

from kiro_worker.testing.claim_report import report


def taken(claim, fence, *, asked, at, until=None, key="a"):
    yield {"event": "asked", "claim": claim, "key": key, "at": asked}
    until = at + 10 if until is None else until
    yield {"event": "taken", "claim": claim, "key": key, "fence": fence, "at": at, "until": until}


def sure(claim, at):
    return {"event": "believed", "claim": claim, "at": at}


def test_one_after_the_other_is_as_it_should_be():
    told = report(
        [
            *taken("w.1", 1, asked=0, at=1),
            sure("w.1", 2),
            {"event": "ended", "claim": "w.1"},
            *taken("x.1", 2, asked=3, at=4),
        ]
    )
    assert (told.claims, told.double_runs, told.low_fences, told.reclaims) == (2, 0, 0, ())


def test_who_is_sure_after_another_was_given_the_lease_runs_twice():
    story = [*taken("w.1", 1, asked=0, at=1), *taken("x.1", 2, asked=3, at=4), sure("w.1", 4.1)]
    assert report(story).double_runs == 1
    story[-1] = sure("w.1", 3.9)
    assert report(story).double_runs == 0


def test_a_yes_that_was_long_on_its_way_is_no_double_run_of_who_came_after():
    story = [*taken("x.1", 2, asked=3, at=4), sure("x.1", 6), *taken("w.1", 1, asked=0, at=5)]
    told = report(story)
    assert (told.double_runs, told.low_fences) == (0, 0)
    assert report([*story, sure("w.1", 5.1)]).double_runs == 1


def test_other_keys_are_other_work():
    story = [*taken("w.1", 1, asked=0, at=1), *taken("x.1", 1, asked=3, at=4, key="b"), sure("w.1", 9)]
    assert (report(story).double_runs, report(story).low_fences) == (0, 0)


@pytest.mark.parametrize("fence", [6, 7])
def test_a_fence_that_does_not_rise_is_found(fence):
    assert report([*taken("w.1", 7, asked=0, at=1), *taken("x.1", fence, asked=2, at=3)]).low_fences == 1


def test_a_lease_that_was_not_given_back_is_waited_out_from_its_last_beat():
    story = [
        *taken("w.1", 1, asked=0, at=1, until=11), {"event": "renewed", "claim": "w.1", "until": 15},
        *taken("x.1", 2, asked=15.5, at=15.75),
    ]  # fmt: skip
    told = report(story)
    assert (told.reclaims, told.slowest_reclaim) == ((0.75,), 0.75)


def test_a_holder_that_was_seen_to_die_is_replaced_before_its_time():
    told = report([*taken("w.1", 1, asked=0, at=1, until=11), *taken("x.1", 2, asked=2, at=2)])
    assert (told.reclaims, told.slowest_reclaim) == ((-9,), 0.0)


@pytest.mark.parametrize(
    "end",
    [{"event": "fault", "claim": "w.2", "code": "x", "until": 25}, {"event": "killed", "worker": "w", "until": 25}],
)
def test_a_lease_that_its_holder_never_heard_of_is_waited_for_too(end):
    story = [
        *taken("v.1", 1, asked=0, at=1, until=11),
        {"event": "asked", "claim": "w.2", "key": "a", "at": 12},
        end,
        *taken("x.1", 3, asked=26, at=26),
    ]
    assert report(story).reclaims == (1,)
    del story[3]
    assert report(story).reclaims == (15,)


def test_pushes_and_faults_are_counted():
    names = ["pushed", "pushed", "fenced", "pushed-after-loss", "lost"]
    story = [{"event": name, "claim": f"w.{number}"} for name, number in zip(names, count(), strict=False)]
    told = report(
        [*story, {"event": "fault", "claim": "w.1", "code": "a.b", "until": 0}, {"event": "round", "seconds": 2}]
    )
    assert (told.pushes, told.pushes_after_loss, told.fenced, told.lost) == (3, 1, 1, 1)
    assert (told.faults, told.round) == ({"a.b": 1}, 2)
