"""Which test of the branch is which test of the base: the same name, else much the same body, wherever it went."""

from collections import Counter
from collections.abc import Iterable, Mapping

from kiro_worker.gate.tamper.test import TestFile, WrittenTest, likeness
from kiro_worker.value import dataclass

#: Bodies that share this much are one test that was renamed or moved.
_SAME = 0.7
#: A test of the same name elsewhere needs less.
_SAME_NAME = 0.4
#: Beyond this many tests nobody compares each with each.
_MOST = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """Tests of the base beside those of the branch.

    Attributes:
        pairs: a test before and after.
        lost: tests that are nowhere now.
        out: tests that are there, and that no runner takes any more.
        new: tests that were not there.
    """

    pairs: tuple[tuple[WrittenTest, WrittenTest], ...] = ()
    lost: tuple[WrittenTest, ...] = ()
    out: tuple[tuple[WrittenTest, WrittenTest], ...] = ()
    new: tuple[WrittenTest, ...] = ()


def match(before: Mapping[str, TestFile], after: Mapping[str, TestFile]) -> Matched:
    """Find each test of the base again."""
    old = [test for file in before.values() for test in file.collected]
    now = {(test.path, test.name): test for file in after.values() for test in file.tests if test.collected}
    pairs = [(test, now.pop((test.path, test.name))) for test in old if (test.path, test.name) in now]
    paired = {id(one) for one, _ in pairs}
    rest = [test for test in old if id(test) not in paired]
    there = {(test.path, test.name): test for file in before.values() for test in file.tests}
    idle = [
        test
        for file in after.values()
        for test in file.tests
        if not test.collected and ((test.path, test.name) not in there or there[test.path, test.name].collected)
    ]
    lost, out = list[WrittenTest](), list[tuple[WrittenTest, WrittenTest]]()
    stated = Counter(check.text for test in now.values() for check in test.checks)
    for test in rest:
        if (found := _best(test, now.values())) is not None:
            pairs.append((test, now.pop((found.path, found.name))))
        elif (found := _best(test, idle)) is not None:
            out.append((test, found))
        elif not _is_split(test, stated) and not _is_absorbed(test, [*now.values(), *(new for _, new in pairs)]):
            lost.append(test)
    return Matched(pairs=tuple(pairs), lost=tuple(lost), out=tuple(out), new=tuple(now.values()))


def _best(test: WrittenTest, among: Iterable[WrittenTest]) -> WrittenTest | None:
    best, found = 0.0, None
    for number, other in enumerate(among):
        if number > _MOST:
            break
        same_name = other.short == test.short
        score = likeness(test, other)
        # From one runner's way of asserting to another's, only what is expected stays as it was.
        alike = (
            same_name and bool(test.literals) and test.literals <= other.literals and other.strength >= test.strength
        )
        enough = alike or score >= (_SAME_NAME if same_name else _SAME) or (same_name and other.path == test.path)
        if enough and score + same_name > best:
            best, found = score + same_name, other
    return found


def _is_split(test: WrittenTest, stated: Counter[str]) -> bool:
    """Whether all that it asserted is asserted by new tests: one that became two."""
    wanted = Counter(check.text for check in test.checks if not check.is_trivial)
    if not wanted or wanted - stated:
        return False
    stated.subtract(wanted)
    return True


def _is_absorbed(test: WrittenTest, among: Iterable[WrittenTest]) -> bool:
    """Whether what it states is stated by another test now: three alike that became one with parameters."""
    if not test.strength or not test.literals:
        return False
    mentioned = {name for name in test.names if any(name in check.text for check in test.checks)} - {"assert", "self"}
    for other in among:
        body = " ".join(test.body)
        called = {name for name in mentioned if f"{name}(" in body and not name.startswith("assert")}
        if test.literals <= other.literals and called <= other.names and other.strength:
            return True
    return False
