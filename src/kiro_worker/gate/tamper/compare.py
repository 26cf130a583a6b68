"""What became of a test that was there before: what it asserts, its cases, and whether it is run."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from kiro_worker.gate.tamper.cases import case_signs
from kiro_worker.gate.tamper.sign import Deed, Sign, Weight
from kiro_worker.gate.tamper.test import Check, Skip, TestFile, WrittenTest
from kiro_worker.gate.tamper.told import OTHER_RESULT, SHOWN, literals_in, sign_of
from kiro_worker.gate.tamper.weaker import changed_values, is_weaker
from kiro_worker.value import replace


def compared(
    old: WrittenTest, new: WrittenTest, file: TestFile, *, elsewhere: "Elsewhere", constants: Mapping[str, str]
) -> Iterator[Sign]:
    """Every sign of one test.

    Args:
        old: the test on the base.
        new: the same on the branch.
        file: where it is now.
        elsewhere: assertions that the branch adds to other tests; those found again there are used up.
        constants: what the names at the top of the file stand for now.
    """
    yield from _skips(old, new)
    for line, text in new.swallows:
        if text not in {before for _, before in old.swallows} or len(new.swallows) > len(old.swallows):
            yield sign_of(
                new,
                "swallowed",
                f"{new.name}: a failing assertion is caught, and nobody sees it",
                line,
                now=text,
                cure="Let the assertion fail the test: take the handler away, or name the error that is expected.",
            )
            break
    if old.strength and not new.strength and not _is_rerouted(new, file):
        yield sign_of(
            new,
            "emptied",
            f"{new.name}: it asserts nothing any more",
            new.line,
            before=_texts(old.checks),
            now="\n".join(new.body[:3]),
            cure="Put the assertions back; they hold, or the code is wrong.",
        )
        return
    yield from _assertions(old, new, elsewhere, constants)
    yield from case_signs(old, new)
    yield from _replaced(old, new)
    if new.only and not old.only:
        yield only_sign(new)


def _replaced(old: WrittenTest, new: WrittenTest) -> Iterator[Sign]:
    if more := [text for text in new.wrappers if text not in old.wrappers]:
        yield sign_of(
            new,
            "wrapped",
            f"{new.name}: a decorator may run something else in its place",
            new.line,
            now=f"@{more[0]}",
            cure="Let the runner call the test itself.",
        )
    yield from mocked(new, new.replaces - old.replaces)


def mocked(new: WrittenTest, replaced: frozenset[str]) -> Iterator[Sign]:
    """What is asserted of is a double that the test itself put there."""
    told = [name for name in replaced if any(re.search(rf"\b{re.escape(name)}\(", each.subject) for each in new.checks)]
    told = [name for name in told if not name.startswith("assert")]
    if told:
        yield sign_of(
            new,
            "mocked",
            f"{new.name}: it replaces {told[0]}, and asserts what the replacement says",
            new.line,
            now=told[0],
            cure="Test what the product does; replace only what it stands on.",
        )


def only_sign(new: WrittenTest) -> Sign:
    """`.only`: no other test of the file is run."""
    return sign_of(
        new,
        "only",
        f"{new.name}: with `only`, no other test of the file is run",
        new.line,
        deed=Deed.SKIP,
        cure="Take the `only` away.",
    )


def skip_sign(new: WrittenTest, skip: Skip, *, fresh: bool = False) -> Sign:
    """A mark that keeps a test from being run, or its failing from being seen."""
    what = "a new test is never run, or may fail unseen" if fresh else "it is not run, or may fail unseen"
    told = (skip.foreign and "importorskip" not in skip.text) or (fresh and not skip.sure)
    return sign_of(
        new,
        "skipped",
        f"{new.name}: {what}",
        skip.line or new.line,
        now=skip.text,
        deed=Deed.SKIP,
        weight=Weight.TOLD if told else Weight.BLOCKS,
        cure="Take the mark away and mend what the test shows.",
    )


def _skips(old: WrittenTest, new: WrittenTest) -> Iterator[Sign]:
    before = Counter(_plain(skip.text) for skip in old.skips)
    if any(skip.sure for skip in old.skips):
        return  # it was not run before either
    for skip in new.skips:
        if before[_plain(skip.text)] > 0:
            before[_plain(skip.text)] -= 1
            continue
        yield skip_sign(new, skip)


def _plain(text: str) -> str:
    """A mark without its reason: a reason may be put better."""
    return re.sub(r",?\s*reason\s*=\s*(?:\"[^\"]*\"|'[^']*')", "", text)


def _is_rerouted(new: WrittenTest, file: TestFile) -> bool:
    """Whether it hands its assertions to something that is not in this file, such as a helper that was imported."""
    return any(check.relation == "helper" and file.helpers.get(_called(check.text), 1) for check in new.checks)


def _called(text: str) -> str:
    return text.split("(", 1)[0].rsplit(".", 1)[-1].removeprefix("await ")


def _assertions(
    old: WrittenTest, new: WrittenTest, elsewhere: "Elsewhere", constants: Mapping[str, str]
) -> Iterator[Sign]:
    gone, fresh = _differing(old, new)
    yield from _conditional(old, new, fresh)
    unmatched = list[Check]()
    for check in gone:
        other = _counterpart(check, fresh)
        if other is not None:
            fresh.remove(other)
            if other.weight > check.weight and other.subject != check.subject:
                # Several became one: the rest of it stands for others.
                fresh.append(replace(other, weight=other.weight - check.weight))
            yield from _of_pair(check, other, new, constants)
        elif not elsewhere.take(check):
            unmatched.append(check)
    yield from _of_rest(unmatched, fresh, new)


class Elsewhere:
    """What a branch asserts anew, for finding again what a test asserted: each is found once.

    Args:
        texts: assertions that are new in any test.
        rows: literals of rows that are new among parameters, with the names that their test mentions.
    """

    def __init__(self, texts: Counter[str], rows: list[tuple[frozenset[str], frozenset[str]]]) -> None:
        self._texts, self._rows = texts, rows

    def take(self, check: Check) -> bool:
        """Whether it is asserted somewhere else now."""
        if self._texts[check.text] > 0:
            self._texts[check.text] -= 1
            return True
        wanted = literals_in(check.text)
        called = frozenset(re.findall(r"(\w+)\(", check.text))
        for row in self._rows:
            if wanted and wanted <= row[0] and called <= row[1]:
                self._rows.remove(row)
                return True
        return False


def _differing(old: WrittenTest, new: WrittenTest) -> tuple[list[Check], list[Check]]:
    shared = Counter(check.text for check in old.checks) & Counter(check.text for check in new.checks)
    sides = list[list[Check]]()
    for test in (old, new):
        left, rest = Counter(shared), list[Check]()
        for check in test.checks:
            if left[check.text] > 0:
                left[check.text] -= 1
            else:
                rest.append(check)
        sides.append(rest)
    gone = [check for check in sides[0] if not check.is_trivial]
    return gone, sides[1]


def _conditional(old: WrittenTest, new: WrittenTest, fresh: list[Check]) -> Iterator[Sign]:
    free = Counter(check.text for check in old.checks if not check.guarded)
    kept = Counter(check.text for check in new.checks if not check.guarded)
    moved = [
        check for check in new.checks if check.guarded and check not in fresh and free[check.text] > kept[check.text]
    ]
    if moved:
        yield _sometimes(new, moved[0], moved[0])


def _sometimes(new: WrittenTest, before: Check, now: Check) -> Sign:
    return sign_of(
        new,
        "conditional",
        f"{new.name}: what was always asserted is asserted only under a condition now",
        now.line,
        before=before.text,
        now=f"if …: {now.text}",
        cure="Assert it always; make the condition certain in the test.",
    )


def _counterpart(check: Check, fresh: list[Check]) -> Check | None:
    """What stands in an assertion's place: of the same subject, else with the same expectation."""
    for other in fresh:
        if check.subject and other.subject == check.subject:
            return other
    for other in fresh:
        if check.expected and other.expected == check.expected and other.relation == check.relation:
            return other
    for other in fresh:
        if check.relation == other.relation == "raises":
            return other
    # A value that was compared is looked into: `x == 4` became `isclose(x, 4)`, `x is True` became `x`.
    for other in fresh:
        if len(check.subject) > 1 and re.search(rf"(?<!\w){re.escape(check.subject)}(?!\w)", other.text):
            return other
    return None


def _of_pair(check: Check, other: Check, new: WrittenTest, constants: Mapping[str, str]) -> Iterator[Sign]:
    if is_weaker(check, other):
        code = "trivial" if other.is_trivial else "weaker"
        yield sign_of(
            new,
            code,
            f"{new.name}: an assertion says less than before",
            other.line,
            before=check.text,
            now=other.text,
            cure="Assert the value that is expected.",
        )
        return
    if other.guarded and not check.guarded:
        yield _sometimes(new, check, other)
        return
    values = changed_values(check, other, new, constants)
    if values is None:
        return
    longer = other.weight > check.weight or (
        check.expected[:1] in {"[", "{"} and len(other.expected) > len(check.expected)
    )
    extended = longer and literals_in(check.expected) <= literals_in(other.expected)
    yield sign_of(
        new,
        "expectation",
        f"{new.name}: another result is expected of the same",
        other.line,
        before=check.text,
        now=other.text,
        values=values,
        weight=Weight.TOLD if extended else Weight.BLOCKS,
        cure=OTHER_RESULT,
    )


def _of_rest(gone: list[Check], fresh: list[Check], new: WrittenTest) -> Iterator[Sign]:
    """Assertions without a counterpart: fewer than before, or such that say less."""
    if not gone or any(check.relation == "helper" and not check.is_trivial for check in fresh):
        return
    if _are_gathered(gone, fresh, new) or _are_in_the_match(gone, new):
        return
    lost, gained = sum(check.weight for check in gone), sum(check.weight for check in fresh)
    if gained < lost:
        code = "trivial" if fresh and not gained else "assertions"
        yield sign_of(
            new,
            code,
            f"{new.name}: it asserts less than before",
            new.line,
            before=_texts(gone),
            now=_texts(fresh),
            cure="Put the assertions back; they hold, or the code is wrong.",
        )
    elif any(check.is_exact for check in gone) and not any(check.is_exact or check.relation == "in" for check in fresh):
        yield sign_of(
            new,
            "weaker",
            f"{new.name}: its assertions say less than before",
            fresh[0].line,
            before=_texts(gone),
            now=_texts(fresh),
            cure="Assert the values that are expected.",
        )


def _are_gathered(gone: list[Check], fresh: list[Check], new: WrittenTest) -> bool:
    """Whether one assertion in a loop, or over a mapping, says of each what several said; all values are there."""
    wanted = set[str]().union(*(literals_in(check.expected) for check in gone))
    called = {name for check in gone for name in re.findall(r"(\w+)\(", check.subject)}
    return (
        bool(wanted and called)
        and any(not check.is_trivial and called & set(re.findall(r"(\w+)\(", check.text)) for check in fresh)
        and wanted <= {literal.strip("'\"") for literal in new.literals}
    )


def _are_in_the_match(gone: list[Check], new: WrittenTest) -> bool:
    """Whether what was asserted of a caught error is asked for by `match` now."""
    asked = " ".join(check.text for check in new.checks if check.relation == "raises" and "match=" in check.text)
    of_error = all(re.search(r"\.(?:value|exception)\b", check.text) for check in gone)
    return bool(asked) and of_error and all(literals_in(check.expected) <= literals_in(asked) for check in gone)


def _texts(checks: list[Check] | tuple[Check, ...]) -> str:
    return "\n".join(check.text for check in checks)[:SHOWN]
