"""A branch whose tests speak for criteria, and what the gates say of it."""

from kiro_worker.gate.port import Bite, Color, GateResult, Judgement, TestCase, TestFact
from kiro_worker.run.steps.evidence import ground_of, judge_evidence

BRANCH = "feature/rates"
CODE = "LIMIT = 31\n"
OLD_TEST = 'def test_zones():\n    """Validates: 2.1"""\n    assert True\n'
TEST = 'def test_heavy():\n    """Validates: 1.1, of the key hunter2-hunter2"""\n    assert True\n'


def judgement():
    def fact(name, path, **more):
        return TestFact(case=TestCase(name=name, suite=path[:-3].replace("/", "."), path=path), **more)

    return Judgement(
        results=(GateResult(gate="tests", color=Color.GREEN, summary=""),),
        tests=(
            fact("test_heavy", "tests/test_rates.py", touched=True, bite=Bite.BITES),
            fact("test_zones", "tests/test_old.py"),
        ),
    )


async def judged(work):
    change = await work.tree.change_set(work.tree.base)
    return await judge_evidence(work, judgement(), change, await ground_of(work, change))
