import dataclasses

import pytest

from gate.conftest import EVERYTHING
from kiro_worker.gate import Color
from kiro_worker.gate.plan import Plan
from kiro_worker.gate.port import GateResult, Outcome, TestCase
from kiro_worker.gate.select import select
from kiro_worker.gate.trial import Trials, fresh


def plan_of(runner: str, *words: str) -> Plan:
    return Plan(runner=runner, because="", commands=(("prepare",), words), coverage=("x.json",), own_coverage=True)


def case(name: str, suite: str = "", path: str = "") -> TestCase:
    return TestCase(name=name, suite=suite, path=path)


SELECTED = {
    "node": (
        plan_of("node", "node", "--test", "--test-reporter=spec", "--import", "tsx", "test/*.js"),
        [case("adds", "m", "test/a.test.js"), case("takes", "m", "test/a.test.js"), case("x", "m", "-b.test.js")],
        ("node", "--test", "--test-reporter=spec", "--import", "tsx", "./-b.test.js", "test/a.test.js"),
    ),
    "vitest": (
        plan_of("vitest", "npm", "run", "test", "--", "--run"),
        [case("adds", "src/a.test.ts", "src/a.test.ts")],
        ("npm", "run", "test", "--", "--run", "--bail=0", "src/a.test.ts"),
    ),
    "jest": (
        plan_of("jest", "npm", "run", "test", "--", "--ci"),
        [case("adds", "m", "a.test.js")],
        ("npm", "run", "test", "--", "--ci", "--bail=0", "--runTestsByPath", "a.test.js"),
    ),
    "go": (
        plan_of("go", "go", "test", "-json", "-count=1", "./..."),
        [case("TestA/sub", "example.com/m/a"), case("TestA", "example.com/m/a"), case("TestB", "example.com/m/b")],
        ("go", "test", "-json", "-count=1", "-run", "^(?:TestA|TestB)$", "example.com/m/a", "example.com/m/b"),
    ),
    "cargo": (
        plan_of("cargo", "cargo", "test", "--workspace"),
        [case("tests::b"), case("tests::a")],
        ("cargo", "test", "--workspace", "--no-fail-fast", "--", "--exact", "tests::a", "tests::b"),
    ),
    "unittest": (
        plan_of("unittest", "python", "-m", "unittest", "discover", "-v", "-s", "tests"),
        [case("test_a", "test_m.TestB")],
        ("python", "-m", "unittest", "discover", "-k", "test_m.TestB.test_a", "-v", "-s", "tests"),
    ),
    "maven": (
        plan_of("maven", "mvn", "-B", "test"),
        [case("adds(int)[1]", "com.x.CalcTest"), case("takes", "com.x.CalcTest")],
        (
            "mvn", "-B", "test", "-Dtest=com.x.CalcTest#adds,com.x.CalcTest#takes",
            "-Dsurefire.failIfNoSpecifiedTests=false", "-DfailIfNoTests=false", "-fae",
        ),
    ),
    "gradle": (
        plan_of("gradle", "./gradlew", "--continue", "test", "jacocoTestReport"),
        [case("adds()", "com.x.CalcTest")],
        ("./gradlew", "--continue", "test", "--tests", "com.x.CalcTest.adds", "jacocoTestReport"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("runner", SELECTED)
def test_each_runner_is_asked_in_its_own_words(runner):
    plan, tests, words = SELECTED[runner]
    chosen = select(plan, tests)
    assert chosen is not None
    assert chosen.commands == (("prepare",), words)
    assert (chosen.coverage, chosen.own_coverage) == ((), False)


def test_a_command_of_the_settings_cannot_be_asked_for_some_tests():
    assert select(plan_of("", "sh", "-c", "make test"), [case("a", path="a.py")]) is None
    assert select(plan_of("npm", "npm", "run", "test"), [case("a", path="a.js")]) is None


@pytest.mark.parametrize("runner", ["pytest", "node", "vitest", "jest"])
def test_tests_that_say_no_file_cannot_be_asked_for(runner):
    plan = plan_of(runner, "program", "run")
    assert select(plan, [case("a"), case("b", path="b.py")]) is None
    assert select(plan, []) is None


FILES = {
    "shop.py": 'def price(count):\n    """What it costs.\n\n    >>> price(2)\n    20\n    """\n    return count * 10\n',
    "tests/test_shop.py": """\
import unittest

import pytest

from shop import price


class TestOuter:
    class TestInner:
        @pytest.mark.parametrize("count", [1, 2, "a::b/[x]"])
        def test_many(self, count):
            assert price(count) == count * 10


def test_one():
    assert price(1) == 10


@pytest.mark.asyncio
async def test_waiting():
    assert price(1) == 10


class TestOld(unittest.TestCase):
    def test_one(self):
        self.assertEqual(price(1), 10)
""",
    "tests/test_other.py": "def test_other():\n    pass\n",
    "pyproject.toml": "[tool.pytest.ini_options]\naddopts = '--doctest-modules -x'\n",
}


@pytest.fixture
def project(project):
    """Some tests are async: their Python has what runs such."""
    project.path = EVERYTHING
    return project


@pytest.fixture(scope="module")
def heads() -> list[GateResult]:
    """What the whole suite of these files came to, once somebody has run it: they are the same for each test."""
    return []


async def again(project, heads, pick):
    project.write(FILES)
    gate, subject = project.gate(coverage="off"), project.subject()
    if not heads:
        heads.append((await gate.judge(subject))[0])
    (head,) = heads
    tests = tuple(one for one in head.cases if pick(one))
    assert tests
    return await Trials(gate, subject, head).run(tests)


PICKED = {
    "one case of a parametrised test in a nested class brings the others": ("test_many[1]", 3),
    "a function": ("tests.test_shop::test_one", 1),
    "a method of unittest with the same name": ("TestOld::test_one", 1),
    "an async test": ("test_waiting", 1),
    "a doctest": ("shop::shop.price", 1),
}


@pytest.mark.parametrize("what", PICKED)
async def test_pytest_runs_what_was_asked_for_and_nothing_else(project, heads, what):
    name, count = PICKED[what]
    tried = await again(project, heads, lambda one: one.id.endswith(name))
    assert len(tried.cases) == count, tried.output
    assert {one.outcome for one in tried.cases.values()} == {Outcome.PASSED}
    assert not tried.whole


async def test_a_test_that_is_not_there_any_more_does_not_keep_the_others_from_being_run(project):
    project.write(FILES)
    gate, subject = project.gate(coverage="off"), project.subject()
    head = (await gate.judge(subject))[0]
    known = {one.name: one for one in head.cases}
    gone = dataclasses.replace(known["test_one"], name="test_gone")
    (project.tree / "tests/test_broken.py").write_text("import nothing_of_that_name\n")
    broken = case("test_x", "tests.test_broken", "tests/test_broken.py")
    tried = await Trials(gate, subject, head).run((gone, broken, known["test_waiting"]))
    assert tried.cases["tests.test_shop::test_waiting"].outcome is Outcome.PASSED
    assert [one.outcome for one in tried.cases.values() if "broken" in one.name] == [Outcome.ERROR]
    assert len(tried.cases) == 2


async def test_a_command_of_the_settings_is_run_whole_when_it_is_quick(project):
    project.write({"t.sh": "printf '1..2\\nok 1 - a\\nnot ok 2 - b\\n'; exit 1\n"})
    gate, subject = project.gate(test_command="sh t.sh", coverage="off"), project.subject()
    head = (await gate.judge(subject))[0]
    assert head.color is Color.RED
    tried = await Trials(gate, subject, head).run((case("b"),))
    assert tried.whole
    slow = dataclasses.replace(head, seconds=500.0)
    tried = await Trials(gate, subject, slow).run((case("b"),))
    assert (tried.cases, tried.why) == (
        {},
        "the runner cannot be asked for some of its tests, and all take 500 s",
    )


async def test_unittest_names_each_test_and_runs_one_of_them(project):
    project.write(
        {
            "tests/__init__.py": "",
            "tests/test_m.py": """\
import unittest


class TestM(unittest.TestCase):
    def test_plain(self):
        print("said something")

    def test_told(self):
        \"\"\"With a line that is shown in the place of its name.\"\"\"

    @unittest.skip("later")
    def test_later(self):
        raise AssertionError

    def test_bad(self):
        self.fail("bad")
""",
        }
    )
    command = "python3 -m unittest discover -v -s tests -t ."
    head = (await project.gate(test_command=command, coverage="off").judge(project.subject()))[0]
    ended = {one.id: one.outcome for one in head.cases}
    assert ended == {
        "tests.test_m.TestM::test_plain": Outcome.PASSED,
        "tests.test_m.TestM::test_told": Outcome.PASSED,
        "tests.test_m.TestM::test_later": Outcome.SKIPPED,
        "tests.test_m.TestM::test_bad": Outcome.FAILED,
    }


def test_a_folder_is_made_anew_whatever_stands_at_its_place(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("kept")
    place = tmp_path / "place"
    for stand in (lambda: place.symlink_to(outside), lambda: place.write_text("x"), place.mkdir, lambda: None):
        stand()
        if place.is_dir() and not place.is_symlink():
            (place / "left").write_text("left")
        fresh(place)
        assert list(place.iterdir()) == []
        assert not place.is_symlink()
        (place / "more").write_text("x")
        (place / "more").unlink()
        place.rmdir()
    assert (outside / "kept").read_text() == "kept"
