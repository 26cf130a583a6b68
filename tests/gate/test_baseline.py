import os
from dataclasses import replace

import pytest

from gate.branch import Branch, change_set
from kiro_worker.changeset import ChangedFile, How
from kiro_worker.gate import Color
from kiro_worker.gate.against import against_base, facts
from kiro_worker.gate.baseline import Baseline, compare, look_at_base
from kiro_worker.gate.basestore import BaseStore
from kiro_worker.gate.port import (
    Bite,
    Coverage,
    FileCoverage,
    Finding,
    GateResult,
    Outcome,
    TestCase,
    TestCounts,
)
from kiro_worker.gate.rewind import RewindFailed

PASSED, FAILED, ERROR, SKIPPED = Outcome.PASSED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED


def case(name: str, outcome: Outcome = PASSED) -> TestCase:
    return TestCase(name=name, suite="m", outcome=outcome)


def base_of(**outcomes: Outcome) -> Baseline:
    return Baseline(outcomes={f"m::{name}": outcome for name, outcome in outcomes.items()}, color=Color.GREEN)


def names(cases) -> list[str]:
    return [each.name for each in cases]


def test_each_test_of_the_head_is_held_against_the_base():
    cases = [
        case("stays"), case("breaks", FAILED), case("unloadable", ERROR), case("sick", FAILED), case("mended"),
        case("fresh"), case("fresh_red", FAILED), case("woken", FAILED), case("slept", SKIPPED),
    ]  # fmt: skip
    was = base_of(
        stays=PASSED, breaks=PASSED, unloadable=PASSED, sick=ERROR, mended=FAILED, woken=SKIPPED, slept=FAILED,
        gone=PASSED, broken_module=ERROR,
    )  # fmt: skip
    found = compare(cases, was)
    assert names(found.newly_red) == ["breaks", "unloadable", "fresh_red", "woken"]
    assert names(found.red_before) == ["sick"]
    assert names(found.fixed) == ["mended"], "a test that is skipped now is not mended"
    assert names(found.new) == ["fresh", "fresh_red"]
    assert found.gone == ("m::gone",), "what could not be loaded is no test"


def test_without_a_base_every_red_test_is_newly_red():
    found = compare([case("a"), case("b", FAILED)], Baseline(why="it is too large"))
    assert (names(found.newly_red), found.new, found.gone) == (["b"], (), ())


def result(*cases: TestCase, more: tuple[Finding, ...] = ()) -> GateResult:
    red = [each for each in cases if each.outcome in {FAILED, ERROR}]
    ended = [each.outcome for each in cases]
    return GateResult(
        gate="tests",
        color=Color.RED if red or more else Color.GREEN,
        summary=f"{len(red)} of {len(cases)} tests failed",
        findings=(*(Finding(code="tests.failed", title=each.id, detail="no") for each in red), *more),
        tests=TestCounts(passed=ended.count(PASSED), failed=ended.count(FAILED), errors=ended.count(ERROR)),
        cases=cases,
    )


def judged(tests: GateResult, was: Baseline, *, tries=None, touched=(), **settings: bool) -> GateResult:
    settings = {"known_allowed": False, "flaky_blocks": False, **settings}
    return against_base(tests, compare(tests.cases, was), tries=tries or {}, touched=touched, **settings)


FLAKY = {"m::a": (FAILED, PASSED, PASSED)}
SICK = {"m::a": (FAILED, FAILED, FAILED)}
SPOILT = {"m::a": (FAILED, PASSED, FAILED)}

VERDICTS = {
    "newly red": (base_of(a=PASSED), SICK, {}, Color.RED, "tests.failed"),
    "newly red, where known ones are allowed": (base_of(a=PASSED), SICK, {"known_allowed": True}, Color.RED, "tests.failed"),
    "new and red": (base_of(b=PASSED), SICK, {"known_allowed": True}, Color.RED, "tests.failed"),
    "red before": (base_of(a=FAILED), {}, {}, Color.RED, "tests.failed"),
    "red before, and allowed": (base_of(a=FAILED), {}, {"known_allowed": True}, Color.GREEN, "tests.known-failure"),
    "flaky": (base_of(a=PASSED), FLAKY, {}, Color.GREEN, "tests.flaky"),
    "flaky, where that blocks": (base_of(a=PASSED), FLAKY, {"flaky_blocks": True}, Color.RED, "tests.flaky"),
    "flaky, and of the branch": (base_of(a=PASSED), FLAKY, {"touched": ["m::a"]}, Color.RED, "tests.flaky"),
    "spoilt by another test": (base_of(a=PASSED), SPOILT, {}, Color.RED, "tests.not-alone"),
    "flaky, and nothing known of the base": (Baseline(why="no"), FLAKY, {}, Color.GREEN, "tests.flaky"),
}  # fmt: skip


@pytest.mark.parametrize("what", VERDICTS)
def test_what_blocks(what):
    was, tries, settings, color, code = VERDICTS[what]
    told = judged(result(case("a", FAILED), case("b")), was, tries=tries, **settings)
    assert (told.color, [it.code for it in told.findings]) == (color, [code])


def test_a_history_is_told():
    told = judged(result(case("a", FAILED)), base_of(a=PASSED), tries=FLAKY)
    assert told.findings[0].detail.startswith("It ended differently for the same code: failed, passed, passed.")
    assert told.summary == "1 of 1 tests failed, 1 flaky"


def test_what_is_red_besides_single_tests_is_red_whatever_is_allowed():
    killed = Finding(code="tests.killed", title="The test command was ended by SIGKILL.")
    told = judged(result(case("a", FAILED), more=(killed,)), base_of(a=FAILED), known_allowed=True)
    assert told.color is Color.RED
    uncounted = result(case("a", FAILED))
    more = replace(uncounted, tests=TestCounts(failed=2))
    assert judged(more, base_of(a=FAILED), known_allowed=True).color is Color.RED, "one red test has no name"


def test_a_green_run_stays_green_and_says_what_was_mended():
    told = judged(result(case("a"), case("b")), base_of(a=FAILED, b=PASSED))
    assert (told.color, told.summary) == (Color.GREEN, "0 of 2 tests failed, 1 fixed")


def test_facts_join_what_is_known_of_each_test():
    cases = [case("a", FAILED), case("b")]
    found = facts(cases, base_of(a=PASSED), touched=["m::b"], bites={"m::b": Bite.BITES}, tries=FLAKY)
    assert [(it.base, it.touched, it.bite, it.is_flaky) for it in found] == [
        (PASSED, False, None, True),
        (None, True, Bite.BITES, False),
    ]
    assert facts(cases, Baseline(why="no"), touched=(), bites={}, tries={})[0].base is None


FULL = Baseline(
    outcomes={"m::a": PASSED, "m::b": FAILED},
    color=Color.RED,
    coverage=Coverage(
        lines_covered=1, lines_total=2, files=(FileCoverage(path="a.py", lines={1: 2, 3: 0}, branches={1: (1, 2)}),)
    ),
    summary="1 of 2 tests failed",
    seconds=1.5,
)


def test_what_is_kept_is_read_again_as_it_was(tmp_path):
    store = BaseStore(tmp_path / "bases")
    assert store.read("k1") is None
    store.write("k1", FULL)
    assert store.read("k1") == FULL
    assert (tmp_path / "bases").stat().st_mode & 0o777 == 0o700
    assert sorted(path.name for path in (tmp_path / "bases").iterdir()) == ["k1.json"]


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"form":1}', b"\xff\xfe", b'{"form":99,"key":"k1"}'])
def test_what_is_damaged_is_not_believed(tmp_path, damage):
    store = BaseStore(tmp_path)
    store.write("k1", FULL)
    (tmp_path / "k1.json").write_bytes(damage)
    assert store.read("k1") is None


def test_a_file_under_another_name_is_not_believed(tmp_path):
    store = BaseStore(tmp_path)
    store.write("k1", FULL)
    (tmp_path / "k1.json").rename(tmp_path / "k2.json")
    assert store.read("k2") is None
    (tmp_path / "k1.json").symlink_to(tmp_path / "k2.json")
    assert store.read("k1") is None


def test_the_fifty_that_were_last_of_use_are_kept(tmp_path):
    store = BaseStore(tmp_path)
    for number in range(50):
        store.write(f"k{number}", FULL)
        os.utime(tmp_path / f"k{number}.json", (number, number))
    assert store.read("k0") is not None
    store.write("new", FULL)
    left = {path.stem for path in tmp_path.iterdir()}
    assert len(left) == 50
    assert {"k0", "new"} <= left
    assert "k1" not in left


def test_a_folder_that_cannot_be_written_costs_nothing_but_time(tmp_path):
    (tmp_path / "file").write_text("in the way")
    store = BaseStore(tmp_path / "file" / "bases")
    store.write("k1", FULL)
    assert store.read("k1") is None


BASE = {
    "shop.py": "def total(prices):\n    return sum(prices)\n",
    "tests/test_shop.py": "from shop import total\n\n\ndef test_total():\n    assert total([1]) == 1\n\n\ndef test_sick():\n    assert total([]) == 1\n",
    "pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['.']\n",
}
HEAD = {
    "shop.py": "def total(prices):\n    return sum(prices) or 1\n\n\ndef half(n):\n    return n / 2\n",
    "tests/test_half.py": "from shop import half\n\n\ndef test_half():\n    assert half(2) == 1\n",
}


async def test_the_base_is_looked_at_once_for_each_state_of_it(project, tmp_path):
    branch = Branch(project, BASE, HEAD, settings={})
    head, _ = await branch.judge()
    assert head.color is Color.GREEN
    gate, subject, store = project.gate(), project.subject(), BaseStore(tmp_path / "bases")
    first = await look_at_base(branch.change, gate, subject, store=store)
    assert first.outcomes == {"tests.test_shop::test_total": PASSED, "tests.test_shop::test_sick": FAILED}
    assert (first.color, first.again, first.is_known) == (Color.RED, False, True)
    assert (first.coverage.lines_covered, first.coverage.lines_total) == (2, 2)
    assert (project.tree / "shop.py").read_text() == HEAD["shop.py"]
    found = compare(head.cases, first)
    assert (names(found.fixed), names(found.new)) == (["test_sick"], ["test_half"])
    again = await look_at_base(branch.change, gate, subject, store=store)
    assert again == replace(first, again=True)
    # Another base, another way to test, another environment: each is looked at by itself.
    other = change_set(BASE, branch.after)
    other.base_tree = "4" * 40
    assert not (await look_at_base(other, project.gate(coverage="off"), subject, store=store, of="x")).again
    assert len(list((tmp_path / "bases").iterdir())) == 2


async def test_a_base_that_cannot_be_restored_is_not_known(project):
    project.write(BASE)
    change = change_set(BASE, BASE)
    change.files = (ChangedFile(path="big.bin", how=How.MODIFIED, left_out=True),)
    found = await look_at_base(change, project.gate(coverage="off"), project.subject())
    assert (found.is_known, found.outcomes) == (False, {})
    assert "too large" in found.why
    (project.tree / "link").symlink_to(project.home)
    change.files = (ChangedFile(path="link/x.py", how=How.MODIFIED, before=b"", after=b""),)
    with pytest.raises(RewindFailed):
        await look_at_base(change, project.gate(coverage="off"), project.subject())


async def test_a_base_whose_command_names_no_test_is_not_known(project):
    project.write({"run.sh": "exit 0\n"})
    found = await look_at_base(
        change_set({}, {}), project.gate(test_command="sh run.sh", coverage="off"), project.subject()
    )
    assert (found.is_known, found.why) == (False, "the test command names no test")
