import asyncio

import pytest

from kiro_worker.forge.github.credential import Token
from kiro_worker.forge.traffic import Traffic, counted, counting
from kiro_worker.testing.github_access import Grant


@pytest.mark.parametrize(
    ("status", "errors"), [(200, 0), (201, 0), (404, 0), (422, 0), (401, 1), (403, 1), (429, 1), (500, 1), (503, 1)]
)
def test_what_was_not_served_is_an_error_and_a_definite_no_is_an_answer(status, errors):
    traffic = Traffic()
    traffic.answered(status, {})
    assert (traffic.requests, traffic.errors) == (1, errors)


def test_without_a_request_there_is_no_rate_and_without_a_word_about_limits_no_rest():
    assert (Traffic().error_percent, Traffic().percent_left) == (None, None)


@pytest.mark.parametrize("told", ["", "-1", "many", "1" * 40, "٣"])
def test_a_limit_that_is_no_number_is_not_believed(told):
    traffic = Traffic()
    traffic.answered(200, {"x-ratelimit-limit": told, "x-ratelimit-remaining": "1"})
    traffic.answered(200, {"x-ratelimit-limit": "10", "x-ratelimit-remaining": told})
    assert traffic.percent_left is None


def test_the_last_word_about_each_limit_counts():
    traffic = Traffic()
    for left in ("4000", "10", "5000"):
        traffic.answered(200, {"x-ratelimit-limit": "5000", "x-ratelimit-remaining": left})
    assert traffic.percent_left == 100.0


async def test_only_what_is_asked_inside_is_counted_tasks_that_are_started_there_included():
    assert counting() is None

    async def ask():
        counting().lost()

    with counted() as traffic:
        async with asyncio.TaskGroup() as group:
            group.create_task(ask())
            group.create_task(ask())
        with counted() as inner:
            await ask()
    assert (traffic.requests, inner.requests) == (2, 1)
    assert counting() is None


async def test_requests_to_github_are_counted_with_what_came_of_them(side):
    side.model.tokens["ghp_x"] = Grant()
    side.fail(method="GET", path="/pulls$", status=502, times=1)
    forge = side.forge(Token("ghp_x", source="GITHUB_TOKEN"))
    with counted() as traffic:
        assert (await forge.check()).ready
    # The repository, its pull requests twice, and who is signed in.
    assert (traffic.requests, traffic.errors) == (4, 1)
