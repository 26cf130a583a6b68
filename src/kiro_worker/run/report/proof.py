"""The evidence of a run as values, and how its states are said."""

from collections.abc import Iterable, Mapping

from kiro_worker.evidence.model import Bound, CriterionEvidence, Evidence, RequirementEvidence, State, TestBacking
from kiro_worker.evidence.reading import EvidenceUnreadable, evidence_of
from kiro_worker.forge.web import Web, web_of
from kiro_worker.run.record import RunRecord
from kiro_worker.value import dataclass

# What stands for a criterion whose tasks wait to be done; the other standings are the states of evidence.
OPEN = "open"

# How a test stands to the change, in words that need no glossary.
_BEFORE = {"failed": "failed before", "absent": "new", "skipped": "skipped before", "passed": "passed before"}
_BITES = {
    "bites": "fails without the change",
    "guard": "holds what was so before the change",
    "smoke": "calls the change, would not notice a fault in it",
    "hollow": "passes without the change",
    "unknown": "not tried without the change",
}
# What still has to be done is no fault of what was done.
_STATES = (
    ("proved", "proved"),
    ("weak", "weak"),
    ("missing", "missing"),
    ("stale", "out of date"),
    ("not-testable", "for a person to look at"),
    (OPEN, "not begun"),
)


def proof(run: RunRecord) -> Evidence | None:
    """The evidence that the record holds; None where there is none, or another version wrote it otherwise."""
    if run.evidence is None:
        return None
    try:
        return evidence_of(dict(run.evidence), place="the run's record")
    except EvidenceUnreadable:
        return None


def pages_of(run: RunRecord) -> Web | None:
    """Where commits and lines can be looked at; older records do not say it, and their address may."""
    return Web(run.web) if run.web.startswith("https://") else web_of(run.repository)


def standing(criterion: CriterionEvidence) -> str:
    """The state of a criterion; `open` where none of its tasks is done, so that nothing can be there yet."""
    waits = criterion.tasks and not any(task.done for task in criterion.tasks)
    return OPEN if criterion.state is State.MISSING and waits else criterion.state.value


def standings(criteria: Iterable[CriterionEvidence]) -> Mapping[str, int]:
    """How many criteria stand how; only what there is."""
    found: dict[str, int] = {}
    for criterion in criteria:
        found[standing(criterion)] = found.get(standing(criterion), 0) + 1
    return {state: found[state] for state, _ in _STATES if state in found}


def standings_words(found: Mapping[str, int]) -> str:
    """Their numbers in one line.

    >>> standings_words({"proved": 31, "weak": 2}), standings_words({"proved": 1}), standings_words({})
    ('31 of 33 proved, 2 weak', '1 of 1 proved', 'no criteria')
    """
    total = sum(found.values())
    if not total:
        return "no criteria"
    rest = [f"{found[state]} {words}" for state, words in _STATES if state in found and state != "proved"]
    return ", ".join([f"{found.get('proved', 0)} of {total} proved", *rest])


def worst(requirement: RequirementEvidence) -> str:
    """The standing that a requirement as a whole has: the one that needs most looking at."""
    found = standings(requirement.criteria)
    order = ("missing", "stale", "weak", "not-testable", OPEN, "proved")
    return next((state for state in order if state in found), OPEN)


@dataclass(frozen=True, slots=True)
class Cases:
    """One test, or all cases of one of which the same is to be said.

    Attributes:
        test: the first of them.
        name: without what holds it; of several, without what each is called with.
        number: how many they are.
    """

    test: TestBacking
    name: str
    number: int


def cases_of(tests: Iterable[TestBacking]) -> tuple[Cases, ...]:
    """Tests, the cases of one that is called with many things taken together."""
    groups: dict[tuple[str, ...], list[TestBacking]] = {}
    for test in tests:
        groups.setdefault((test.path, test.id.partition("[")[0], test.result, test_facts(test)), []).append(test)
    return tuple(Cases(group[0], _name(group), len(group)) for group in groups.values())


def _name(group: list[TestBacking]) -> str:
    name, bracket, cases = group[0].id.partition("[")
    own = name.rpartition("::")[2] or name
    return f"{own} ({len(group)} cases)" if len(group) > 1 else f"{own}{bracket}{cases}"


def test_facts(test: TestBacking) -> str:
    """What is known of a test besides its result: how it was before, and whether it would notice a fault."""
    facts = (
        _BEFORE.get(test.base.value, ""),
        _BITES.get(test.bite, ""),
        _BOUNDS.get(test.bound, ""),
    )
    return ", ".join(filter(None, facts))


_BOUNDS = {Bound.TASK: "bound by its task only", Bound.REQUIREMENT: "names the whole requirement"}
test_facts.__test__ = False  # type: ignore[attr-defined]  # its name is about tests, it is none


def first_range(lines: str) -> tuple[int, int]:
    """The first of some line ranges; (0, 0) where there is none.

    >>> first_range("3-9, 12"), first_range("12"), first_range("")
    ((3, 9), (12, 12), (0, 0))
    """
    first, _, last = lines.partition(",")[0].strip().partition("-")
    if not first.isdecimal():
        return 0, 0
    return int(first), int(last) if last.isdecimal() else int(first)


def ranges(numbers: str | Iterable[int]) -> str:
    """Line numbers as ranges; what is text already stays as it is.

    >>> ranges([3, 4, 5, 9, 11, 12]), ranges("3-9"), ranges(())
    ('3-5, 9, 11-12', '3-9', '')
    """
    if isinstance(numbers, str):
        return numbers
    spans: list[list[int]] = []
    for number in sorted(set(numbers)):
        if spans and spans[-1][1] == number - 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(f"{first}-{last}" if last > first else f"{first}" for first, last in spans)


def criteria_words(found: Mapping[str, int]) -> str:
    """A clause about them.

    >>> criteria_words({"proved": 3}), criteria_words({"proved": 1, "weak": 2})
    ('all 3 criteria are proved', '1 of 3 criteria is proved (2 weak)')
    """
    total, shown = sum(found.values()), found.get("proved", 0)
    if shown == total:
        return f"all {total} criteria are proved" if total > 1 else "the one criterion is proved"
    rest = ", ".join(f"{found[state]} {words}" for state, words in _STATES if state in found and state != "proved")
    return f"{shown} of {total} criteria {'is' if shown == 1 else 'are'} proved ({rest})"
