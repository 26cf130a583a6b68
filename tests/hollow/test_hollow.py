"""Branches that look green and are not are caught, by the right gate; honest ones are let through.

Those that need only be read are all judged. Of those that have to be run, `hollow.alike` leaves some to `make bench`, and
`hollow.together` makes one branch of several.
"""

import pytest

from hollow.alike import ALIKE, BY_BENCH
from hollow.court import Court
from hollow.judging import missing_tools, read, why_alarmed, why_missed
from hollow.table import HOLLOW, HONEST
from hollow.together import NEW_FILES, NOT_SEEN, ONLY_CALLED, TIDIED, WITHOUT_THE_FUNCTION, together
from kiro_worker.gate.port import Color

HOLLOW_ONES = [case for family in HOLLOW.values() for case in family]
HONEST_ONES = [case for family in HONEST.values() for case in family]
HOLLOW_TOGETHER = (WITHOUT_THE_FUNCTION, ONLY_CALLED, NOT_SEEN)
TOGETHER = {name for names in (*HOLLOW_TOGETHER, NEW_FILES, TIDIED) for name in names}
LEFT = {case.name for table in (HOLLOW, HONEST) for title in BY_BENCH for case in table[title]} | set(ALIKE)


def named(cases):
    return [pytest.param(case, id=case.name) for case in cases]


def is_read(case):
    """Whether what is read of its change is enough to catch it."""
    return case.read_only or case.by == ("tamper",)


def is_run(case):
    return not case.read_only and case.name not in LEFT


def is_run_alone(case):
    return is_run(case) and case.name not in TOGETHER


def those(names, cases):
    """Cases by their names, in that order."""
    by_name = {case.name: case for case in cases}
    return [by_name[name] for name in names]


@pytest.fixture(scope="session")
def court(tmp_path_factory):
    """One for all processes that the tests are spread over: what is known of a base is known to all."""
    return Court(tmp_path_factory.getbasetemp().parent / "hollow-court")


@pytest.mark.parametrize("case", named(case for case in HOLLOW_ONES if is_read(case)))
def test_a_hollow_branch_is_caught_by_what_is_read_of_it(case):
    assert not why_missed(case, read(case))


@pytest.mark.parametrize("case", named(case for case in HOLLOW_ONES if is_run_alone(case) and not is_read(case)))
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


@pytest.mark.parametrize("case", named(case for case in HONEST_ONES if is_run_alone(case)))
async def test_an_honest_branch_is_let_through_when_it_is_run(case, court):
    if missing := missing_tools(case):
        pytest.skip(f"{missing} is not installed")
    said = await court.judge(case)
    assert not why_alarmed(case, said)
    noise = said.told() - set(case.told)
    assert not noise, "what is told of honest work all the time is read no more"


@pytest.mark.parametrize(
    ("names", "code"),
    [
        pytest.param(WITHOUT_THE_FUNCTION, "bite.hollow", id="without the function"),
        pytest.param(ONLY_CALLED, "bite.smoke", id="only called"),
        pytest.param(NOT_SEEN, "bite.guard", id="not seen"),
    ],
)
async def test_each_of_many_hollow_tests_on_one_branch_is_caught(court, names, code):
    branch = together(those(names, HOLLOW_ONES))
    said = await court.judge(branch.whole)
    bitten = [finding for result in said.blocking if result.gate == "bite" for finding in result.findings]
    # All by one rule: none is caught only because another one is. `bite.none` says the same of the whole branch.
    found = {(finding.path, finding.code) for finding in bitten if finding.code != "bite.none"}
    assert found >= {(part.at, code) for part in branch.parts}
    assert {code for _, code in found} == {code}
    assert all(result.color is Color.GREEN for result in said.results if result.gate == "tests")
    assert {part.name: why for part in branch.parts if (why := why_missed(part, said))} == {}


@pytest.mark.parametrize("names", [pytest.param(NEW_FILES, id="new files"), pytest.param(TIDIED, id="tidied")])
async def test_none_of_many_honest_changes_on_one_branch_stands_in_its_way(court, names):
    branch = together(those(names, HONEST_ONES))
    said = await court.judge(branch.whole)
    assert not why_alarmed(branch.parts[0], said)
    assert said.told() <= {code for part in branch.parts for code in part.told}


def test_what_is_judged_together_can_be_told_apart():
    assert {case.name for case in (*HOLLOW_ONES, *HONEST_ONES) if is_run(case)} >= TOGETHER
    for names in HOLLOW_TOGETHER:
        parts = together(those(names, HOLLOW_ONES)).parts
        assert len({part.at for part in parts}) == len(parts)
        assert not {part.at for part in parts} & set(parts[0].before)


def test_a_case_that_is_left_out_names_one_that_is_not():
    names = {case.name: case for case in (*HOLLOW_ONES, *HONEST_ONES)}
    for left_out, other in ALIKE.items():
        assert left_out in names
        assert is_run(names[other])
