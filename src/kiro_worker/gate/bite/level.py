"""How a test's verdict follows from what it said while more and more of the change was taken away."""

from collections.abc import Mapping
from enum import Enum

from kiro_worker.gate.port import Bite, Outcome, TestCase


class Level(Enum):
    """What was taken away; tried in this order, each only with the tests that the ones before could not tell of."""

    TAKEN = "new functions did nothing, and changed ones were as they had been"
    STRANGE = "new functions gave something strange, and changed ones were as they had been"
    REST = "what is no function was taken back"
    DATA = "files that are no code were taken back"
    VALUES = "new values were something strange"
    FAILURE = "changed functions failed"
    EMPTIED = "changed functions did nothing"
    WHOLE = "all of the change but its tests was taken back"
    AROUND = "nothing that the test imports did anything"


class Ended(Enum):
    """How a test ended then."""

    PASSED = "passed"
    FAILED = "failed"  #: in the test itself
    BROKE = "could not be set up"
    SKIPPED = "was skipped"
    ABSENT = "was not run"


Seen = Mapping[Level, Ended]

# Where a test fails with that taken away, it notices.
_TELLING = (Level.TAKEN, Level.STRANGE, Level.REST, Level.DATA, Level.VALUES)

_UNTOUCHED = "It passes without the change."
_BY_NAME = "It fails without the change only because names are missing: changed functions may do whatever they like."
_GUARD = "It asserts what was so before the change, and passes without it."
_SMOKE = "It calls what was changed, and passes whatever comes of that."
_NO_WORD = "No test told how it ended"


def ended(case: TestCase | None) -> Ended:
    """How a test ended, as its runner tells it."""
    if case is None:
        return Ended.ABSENT
    return {
        Outcome.PASSED: Ended.PASSED,
        Outcome.FAILED: Ended.FAILED,
        Outcome.ERROR: Ended.BROKE,
        Outcome.SKIPPED: Ended.SKIPPED,
    }[case.outcome]


def bites(seen: Seen) -> bool:
    """Whether a test has been seen to fail for want of the change.

    A test that never gets past its fixtures does so too; but what a fixture needs may be less than what a test is to
    notice, so that counts only where something strange does not get past them either.
    """
    if Ended.FAILED in {seen.get(level) for level in _TELLING}:
        return True
    broke = seen.get(Level.TAKEN) is Ended.BROKE and seen.get(Level.STRANGE, Ended.BROKE) is Ended.BROKE
    return (broke and Level.STRANGE in seen) or Ended.BROKE in {seen.get(Level.REST), seen.get(Level.DATA)}


def verdict(seen: Seen) -> tuple[Bite, str]:
    """What a test is worth once everything was tried, and why.

    >>> verdict({Level.TAKEN: Ended.PASSED, Level.WHOLE: Ended.PASSED})[0].value
    'hollow'
    >>> verdict({Level.TAKEN: Ended.PASSED, Level.FAILURE: Ended.FAILED})[0].value
    'smoke'
    """
    if bites(seen):
        return Bite.BITES, ""
    # A test that was skipped, or could not be run, said nothing of what it would notice.
    told = seen.get(Level.TAKEN) in {Ended.PASSED, Ended.BROKE}
    if told and seen.get(Level.EMPTIED) in {Ended.FAILED, Ended.BROKE}:
        return Bite.GUARD, _GUARD
    if told and seen.get(Level.FAILURE) in {Ended.FAILED, Ended.BROKE}:
        return Bite.SMOKE, _SMOKE
    if seen.get(Level.AROUND) in {Ended.FAILED, Ended.BROKE}:
        return Bite.GUARD, _GUARD
    whole = seen.get(Level.WHOLE)
    if whole is Ended.PASSED:
        return Bite.HOLLOW, _UNTOUCHED
    if whole is Ended.FAILED and seen.get(Level.TAKEN, Ended.ABSENT) is Ended.ABSENT:
        # Nothing finer could be tried: there is no function in the change, or none that can be emptied.
        return Bite.BITES, ""
    # Where a failing function kept it from being run at all, something calls it, be it only while files are loaded.
    told = told and seen.get(Level.FAILURE) not in {Ended.ABSENT, Ended.SKIPPED}
    rest = {seen[level] for level in (Level.REST, Level.VALUES) if level in seen}
    # Data that is read while files are loaded keeps all tests from being run; what it becomes is a value.
    rest |= {seen[Level.DATA]} - ({Ended.ABSENT} if told else set()) if Level.DATA in seen else set()
    if (told or (Level.TAKEN not in seen and rest)) and rest <= {Ended.PASSED}:
        return Bite.HOLLOW, _BY_NAME
    return Bite.UNKNOWN, _why(seen)


def _why(seen: Seen) -> str:
    for level in (Level.TAKEN, Level.REST, Level.DATA, Level.FAILURE, Level.WHOLE):
        if level in seen and seen[level] is not Ended.PASSED:
            return f"It {seen[level].value} while {level.value}."
    return f"{_NO_WORD}."
