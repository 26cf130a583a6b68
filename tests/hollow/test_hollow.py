"""Branches that look green and are not are caught, by the right gate; honest ones are let through.

Those that need only be read are all judged. Of those that have to be run, `hollow.alike` leaves some to `make bench`.
"""

import pytest

from hollow.alike import ALIKE, BY_BENCH
from hollow.court import Court
from hollow.judging import missing_tools, read, why_alarmed, why_missed
from hollow.table import HOLLOW, HONEST

HOLLOW_ONES = [case for family in HOLLOW.values() for case in family]
HONEST_ONES = [case for family in HONEST.values() for case in family]
LEFT = {case.name for table in (HOLLOW, HONEST) for title in BY_BENCH for case in table[title]} | set(ALIKE)


def named(cases):
    return [pytest.param(case, id=case.name) for case in cases]


def is_read(case):
    """Whether what is read of its change is enough to catch it."""
    return case.read_only or case.by == ("tamper",)


def is_run(case):
    return not case.read_only and case.name not in LEFT


@pytest.fixture(scope="session")
def court(tmp_path_factory):
    """One for all processes that the tests are spread over: what is known of a base is known to all."""
    return Court(tmp_path_factory.getbasetemp().parent / "hollow-court")


@pytest.mark.parametrize("case", named(case for case in HOLLOW_ONES if is_read(case)))
def test_a_hollow_branch_is_caught_by_what_is_read_of_it(case):
    assert not why_missed(case, read(case))


@pytest.mark.parametrize("case", named(case for case in HOLLOW_ONES if is_run(case) and not is_read(case)))
async def test_a_hollow_branch_is_caught_when_it_is_run(case, court):
    if missing := missing_tools(case):
        pytest.skip(f"{missing} is not installed")
    said = await court.judge(case)
    assert not why_missed(case, said)
    tests = next(result for result in said.results if result.gate == "tests")
    passed = tests.tests is not None and not tests.tests.failed and not tests.tests.errors
    assert passed or not case.quiet, "it does not even look green"


@pytest.mark.parametrize("case", named(HONEST_ONES))
def test_nothing_that_is_read_of_an_honest_branch_blocks_it(case):
    assert not why_alarmed(case, read(case))


@pytest.mark.parametrize("case", named(case for case in HONEST_ONES if is_run(case)))
async def test_an_honest_branch_is_let_through_when_it_is_run(case, court):
    if missing := missing_tools(case):
        pytest.skip(f"{missing} is not installed")
    said = await court.judge(case)
    assert not why_alarmed(case, said)
    noise = said.told() - set(case.told)
    assert not noise, "what is told of honest work all the time is read no more"


def test_a_case_that_is_left_out_names_one_that_is_not():
    names = {case.name: case for case in (*HOLLOW_ONES, *HONEST_ONES)}
    for left_out, other in ALIKE.items():
        assert left_out in names
        assert is_run(names[other])
