"""How well a criterion is backed, and why: one state and one sentence."""

from collections.abc import Collection, Iterable

from kiro_worker.evidence.binding import BoundTest
from kiro_worker.evidence.model import Bound, State
from kiro_worker.evidence.work import Tested, is_by_hand
from kiro_worker.gate.port import Bite, Outcome
from kiro_worker.spec.criterion import Aspect
from kiro_worker.spec.task import Task

_LONGEST_NAME = 80


def judge(
    tests: tuple[BoundTest, ...],
    tasks: tuple[Task, ...],
    tested: Tested,
    *,
    unrun: Collection[str] = (),
    aspect: Aspect | None = None,
) -> tuple[State, str]:
    """The state of a criterion and the sentence that says why.

    Args:
        tests: that are bound to it.
        tasks: the leaves that name it.
        tested: what the tests gate could tell.
        unrun: ids of tasks that made documents or settings and nothing that a test could run.
        aspect: of a bugfix: whether it states the defect, what is to be instead, or what is to stay as it is.
    """
    named = [test for test in tests if test.bound is Bound.TAG]
    if red := [test for test in named if test.is_red]:
        return State.MISSING, f"A test that names it fails: {_name(red[0])}{_more(red)}."
    if proving := [test for test in named if test.proves]:
        gone = "The defect that it states is gone: " if aspect is Aspect.CURRENT else ""
        return State.PROVED, f"{gone}{_proved(proving)}"
    if aspect is Aspect.UNCHANGED and (holding := [test for test in named if test.holds]):
        return State.PROVED, _held(holding)
    if passing := [test for test in named if test.passes]:
        return State.WEAK, _not_proved(passing[0])
    if others := [test for test in tests if test.bound is not Bound.TAG and test.passes]:
        return State.WEAK, _by_others(others)
    if named:
        return State.MISSING, f"The only test that names it is skipped: {_name(named[0])}{_more(named)}."
    if aspect is Aspect.CURRENT and not tests:
        return State.NOT_TESTABLE, "It states the defect; what is to be instead is a criterion of its own."
    if tasks and all(task.id in unrun for task in tasks):
        return State.NOT_TESTABLE, f"{_made(tasks)} documents or settings alone, which no test runs."
    return _without_tests(tests, tasks, tested)


def _proved(proving: list[BoundTest]) -> str:
    if len(proving) == 1:
        how = "fails without the change" if proving[0].fact.bite else "failed before the change"
        return f"A test that names it passes, and {how}."
    return f"{len(proving)} tests that name it pass, and fail without the change."


def _held(holding: list[BoundTest]) -> str:
    if len(holding) == 1:
        return "A test that names it passes with the change and without it, as it should."
    return f"{len(holding)} tests that name it pass with the change and without it, as they should."


def _not_proved(test: BoundTest) -> str:
    """Why a test that names the criterion and passes is no proof."""
    match test.fact.bite:
        case Bite.HOLLOW:
            return f"{_name(test)} names it, and passes without the change too."
        case Bite.SMOKE:
            return f"{_name(test)} names it and calls what was changed, but would not notice what comes of it."
        case Bite.GUARD:
            return f"{_name(test)} names it, and asserts what was so before the change."
        case Bite.UNKNOWN:
            return f"{_name(test)} names it and passes; it could not be tried without the change."
        case _:
            pass
    if test.fact.base is Outcome.PASSED:
        return f"{_name(test)} names it, and passed before the change too."
    if test.fact.touched:
        return f"{_name(test)} names it and passes; it was not tried without the change."
    return f"{_name(test)} names it and passes; what it said before the change is not known."


def _by_others(others: list[BoundTest]) -> str:
    count = f"{len(others)} tests" if len(others) > 1 else "a test"
    if any(test.bound is Bound.REQUIREMENT for test in others):
        whole = [test for test in others if test.bound is Bound.REQUIREMENT]
        named = f"{len(whole)} passing tests name" if len(whole) > 1 else "a passing test names"
        return f"No test names it by itself; {named} its whole requirement, or many criteria at once."
    pass_ = "pass" if len(others) > 1 else "passes"
    return f"No test names it; {count} that its tasks' commits wrote {pass_}."


def _without_tests(tests: tuple[BoundTest, ...], tasks: tuple[Task, ...], tested: Tested) -> tuple[State, str]:
    if by_hand := [task for task in tasks if is_by_hand(task)]:
        return State.NOT_TESTABLE, f"Task {by_hand[0].id} leaves it to people: “{_short(by_hand[0].title)}”."
    match tested:
        case Tested.NONE:
            return State.NOT_TESTABLE, "This repository's gates run no tests."
        case Tested.UNNAMED:
            return State.NOT_TESTABLE, "The test command tells whether all is well, and names no test."
        case Tested.BROKEN:
            return State.MISSING, "The tests could not be run."
        case Tested.NAMED:
            return State.MISSING, _missing(tests, tasks)


def _missing(tests: Iterable[BoundTest], tasks: tuple[Task, ...]) -> str:
    if not tasks:
        return "No task and no test names it."
    waiting = [task for task in tasks if task.is_open]
    if len(waiting) == len(tasks):
        return f"No test names it, and {_tasks(waiting)} still open."
    if red := [test for test in tests if test.is_red]:
        return f"No test names it, and one that its tasks' commits wrote fails: {_name(red[0])}."
    rest = f"; {_tasks(waiting)} still open" if waiting else ""
    return f"No test names it, and none that its tasks' commits wrote passes{rest}."


def _made(tasks: tuple[Task, ...]) -> str:
    return f"Task {tasks[0].id} made" if len(tasks) == 1 else f"Tasks {', '.join(task.id for task in tasks[:3])} made"


def _tasks(tasks: list[Task]) -> str:
    named = ", ".join(task.id for task in tasks[:3])
    more = f" and {len(tasks) - 3} more" if len(tasks) > 3 else ""
    return f"task {named} is" if len(tasks) == 1 else f"tasks {named}{more} are"


def _name(test: BoundTest) -> str:
    return _short(test.fact.case.name)


def _more(tests: list[BoundTest]) -> str:
    return f" and {len(tests) - 1} more" if len(tests) > 1 else ""


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _LONGEST_NAME else f"{flat[: _LONGEST_NAME - 1]}…"
