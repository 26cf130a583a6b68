"""Newly red tests are run again by themselves, to be told from those that say now this, now that."""

from collections.abc import Mapping

from kiro_worker.config.settings import GateSettings
from kiro_worker.gate.baseline import Compared
from kiro_worker.gate.port import RED, Outcome, TestCase
from kiro_worker.gate.trial import Trials

# So many at once are no matter of chance.
_MOST = 20

Tries = Mapping[str, tuple[Outcome, ...]]


def worth_asking(compared: Compared, settings: GateSettings) -> tuple[TestCase, ...]:
    """The red tests that are to be run again: newly red ones, and where old failures block, those that were red before.

    A flaky test may have been red on the base by chance, and what that said is kept for long.
    """
    known = compared.red_before if settings.known_failures == "block" else ()
    return (*compared.newly_red, *(known if len(known) + len(compared.newly_red) <= _MOST else ()))


async def run_again(red: tuple[TestCase, ...], trials: Trials, *, most: int) -> Tries:
    """What newly red tests say each time, the first time included; by id.

    A test that passes when it is run by itself may be flaky, or be spoilt by another test of the branch: so all tests
    are run once more, and what is red again then is red.

    Args:
        red: how they ended in the run of all tests.
        trials: runs some again, or all.
        most: how often each is run again by itself; it is over with the first time that it passes.
    """
    tries: dict[str, tuple[Outcome, ...]] = {case.id: (case.outcome,) for case in red}
    if len(red) > _MOST:
        return tries
    waiting = red
    for _ in range(most):
        if not waiting:
            break
        await trials.tidy()
        tried = await trials.run(waiting)
        for case in waiting:
            if (again := tried.cases.get(case.id)) is not None:
                tries[case.id] = (*tries[case.id], again.outcome)
        waiting = tuple(case for case in waiting if tries[case.id][-1] in RED)
    passed = tuple(case for case in red if tries[case.id][-1] is Outcome.PASSED)
    if passed:
        await trials.tidy()
        whole = await trials.run_all()
        for case in passed:
            if (again := whole.cases.get(case.id)) is not None:
                tries[case.id] = (*tries[case.id], again.outcome)
    return tries


def is_flaky(tries: tuple[Outcome, ...]) -> bool:
    """Whether a red test said something else of the same code, the last time that it was asked.

    >>> is_flaky((Outcome.FAILED, Outcome.PASSED, Outcome.PASSED)), is_flaky((Outcome.FAILED, Outcome.FAILED))
    (True, False)
    >>> is_flaky((Outcome.FAILED, Outcome.PASSED, Outcome.FAILED))
    False
    """
    return len(tries) > 1 and tries[-1] is Outcome.PASSED
