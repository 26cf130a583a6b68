from gate.branch import Branch
from kiro_worker.config.settings import GateSettings
from kiro_worker.gate import Color
from kiro_worker.gate.baseline import Baseline, Compared, compare
from kiro_worker.gate.flaky import is_flaky, run_again, worth_asking
from kiro_worker.gate.port import Outcome, TestCase
from kiro_worker.gate.trial import Tried

PASSED, FAILED = Outcome.PASSED, Outcome.FAILED

# A test that fails only the first time, one that a test before it spoils, and one that always fails.
FILES = {
    "pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['.']\n",
    "state.py": "SPOILT = []\n",
    "tests/test_a.py": "import os\nimport pathlib\n\nimport state\n\nMARK = pathlib.Path(os.environ['HOME'], 'ran')\n\n\ndef test_now_this_now_that():\n    first = not MARK.exists()\n    MARK.write_text('x')\n    assert not first\n\n\ndef test_spoils():\n    state.SPOILT.append(1)\n",
    "tests/test_b.py": "import state\n\n\ndef test_spoilt():\n    assert not state.SPOILT\n\n\ndef test_sick():\n    assert 0\n",
}


async def test_a_newly_red_test_is_told_from_a_flaky_one_and_from_one_that_another_spoils(project):
    head, trials = await Branch(project, FILES, {}).judge()
    assert head.color is Color.RED
    red = compare(head.cases, Baseline(why="unknown")).newly_red
    tries = {name.rpartition("::")[2]: tried for name, tried in (await run_again(red, trials, most=2)).items()}
    assert tries == {
        "test_now_this_now_that": (FAILED, PASSED, PASSED),
        "test_spoilt": (FAILED, PASSED, FAILED),
        "test_sick": (FAILED, FAILED, FAILED),
    }
    assert [name for name, tried in tries.items() if is_flaky(tried)] == ["test_now_this_now_that"]


class Counting:
    """Stands where trials do, and plays what it was given."""

    def __init__(self, *plays: dict[str, Outcome]) -> None:
        self._plays, self.asked = list(plays), []

    async def tidy(self) -> None:
        pass

    async def run(self, tests: tuple[TestCase, ...]) -> Tried:
        self.asked.append([test.name for test in tests])
        return self._next()

    async def run_all(self) -> Tried:
        self.asked.append("all")
        return self._next()

    def _next(self) -> Tried:
        played = self._plays.pop(0)
        return Tried(cases={name: TestCase(name=name, outcome=outcome) for name, outcome in played.items()})


def red(*names: str) -> tuple[TestCase, ...]:
    return tuple(TestCase(name=name, outcome=FAILED) for name in names)


async def test_a_test_is_not_run_again_once_it_has_passed():
    trials = Counting({"a": PASSED, "b": FAILED}, {"b": PASSED}, {"a": PASSED, "b": FAILED})
    tries = await run_again(red("a", "b"), trials, most=2)
    assert trials.asked == [["a", "b"], ["b"], "all"]
    assert tries == {"a": (FAILED, PASSED, PASSED), "b": (FAILED, FAILED, PASSED, FAILED)}


async def test_nothing_is_run_again_where_that_is_not_wanted_or_where_everything_is_red():
    trials = Counting()
    assert await run_again(red("a"), trials, most=0) == {"a": (FAILED,)}
    assert len(await run_again(red(*(str(number) for number in range(21))), trials, most=2)) == 21
    assert await run_again((), trials, most=2) == {}
    assert trials.asked == []


async def test_a_test_that_is_not_there_when_it_is_run_again_is_not_flaky():
    trials = Counting({}, {})
    tries = await run_again(red("a"), trials, most=2)
    assert (tries, is_flaky(tries["a"])) == ({"a": (FAILED,)}, False)


def test_what_was_red_before_is_asked_again_where_it_blocks_and_is_not_too_much():
    found = Compared(newly_red=red("new"), red_before=red("old"))
    assert [case.name for case in worth_asking(found, GateSettings())] == ["new", "old"]
    assert [case.name for case in worth_asking(found, GateSettings(known_failures="allow"))] == ["new"]
    many = Compared(newly_red=red("new"), red_before=red(*map(str, range(20))))
    assert [case.name for case in worth_asking(many, GateSettings())] == ["new"]
