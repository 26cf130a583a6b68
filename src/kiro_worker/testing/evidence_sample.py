"""Evidence as a run might have left it, of as many requirements as are wanted: for whoever shows or checks it."""

import hashlib
from collections.abc import Iterator

from kiro_worker.evidence.model import (
    Before,
    Bound,
    CoverageTally,
    CriterionEvidence,
    Evidence,
    FileBacking,
    Phantom,
    RequirementEvidence,
    State,
    TaskBacking,
    TestBacking,
    TestTally,
)

_SUBJECTS = (
    "Parcel rates", "Rate tables", "Zones", "Surcharges", "Quotes", "Labels", "Tracking", "Customs forms", "Returns",
    "Pick-up times", "Insurance", "Audit trail",
)  # fmt: skip
_TEXTS = (
    "WHEN a parcel weighs more than 30 kg THE SYSTEM SHALL refuse the quote and name the limit",
    "WHEN a rate table is reloaded THE SYSTEM SHALL go on answering from the old one until the new one is whole",
    "IF the destination has no zone THEN THE SYSTEM SHALL answer `unknown-zone` | and never a price of 0",
    "WHILE an audit is open THE SYSTEM SHALL keep every quote that it gave, with the table's version and the <clerk>",
)
_PROVED = "A test that names it passes, and fails without the change."
_STATES = (State.PROVED, State.PROVED, State.WEAK, State.PROVED, State.MISSING, State.PROVED, State.NOT_TESTABLE)
_WHY = {
    State.PROVED: _PROVED,
    State.WEAK: "No test names it; a test that task's commits changed passes.",
    State.MISSING: "No test names it, and its task is still open.",
    State.NOT_TESTABLE: "Its task says that it is checked by hand: “Check the printed label with a scanner (manual)”.",
}


def sample_evidence(requirements: int = 3, *, per_requirement: int = 4) -> Evidence:
    """Evidence of that many requirements; the same numbers give the same evidence.

    Every state is in it that a run can leave, and texts that must be escaped wherever they are shown.
    """
    made = tuple(_requirement(number, per_requirement) for number in range(1, requirements + 1))
    return Evidence(
        run="r-01kb2x6m8q4v7c9r3t5w1y0zab",
        spec="parcel-rates",
        branch="kiro/parcel-rates",
        base=_oid("base"),
        head=_oid("head"),
        made_at="2026-11-27T18:54:00.000Z",
        tests=TestTally(passed=212, skipped=3, new=41, fixed=2, known=1, failed=1, flaky=1),
        coverage=CoverageTally(percent=91.2, base_percent=90.7, changed_covered=412, changed_total=430),
        requirements=made,
        unbacked=("4.2",),
        phantoms=(Phantom(task="5.1", commit=_oid("phantom"), why="Its commit touches nothing besides the spec."),),
    )


def _requirement(number: int, count: int) -> RequirementEvidence:
    title = _SUBJECTS[(number - 1) % len(_SUBJECTS)]
    return RequirementEvidence(
        id=str(number),
        title=title if number <= len(_SUBJECTS) else f"{title} ({number})",
        criteria=tuple(_criterion(number, ordinal) for ordinal in range(1, count + 1)),
    )


def _criterion(number: int, ordinal: int) -> CriterionEvidence:
    name = f"{number}.{ordinal}"
    at = number * 4 + ordinal
    text = _TEXTS[at % len(_TEXTS)]
    state = _STATES[at % len(_STATES)]
    tested = state in {State.PROVED, State.WEAK}
    return CriterionEvidence(
        id=name,
        text=text,
        sha256=_hash(text),
        state=state,
        why=_WHY[state],
        tasks=(TaskBacking(id=name, title=f"Implement criterion {name}", done=state is not State.MISSING),),
        commits=() if state is State.MISSING else (_oid(name),),
        tests=tuple(_tests(name, at, state)) if tested else (),
        files=() if state is State.MISSING else (_file(number, at),),
    )


def _tests(name: str, at: int, state: State) -> Iterator[TestBacking]:
    spoken = name.replace(".", "_")
    yield TestBacking(
        id=f"tests.test_rates_{spoken}::test_criterion_{spoken}_holds",
        path=f"tests/test_rates_{spoken}.py",
        line=10 + at,
        base=Before.ABSENT,
        bite="bites" if state is State.PROVED else "smoke",
        bound=Bound.TAG if state is State.PROVED else Bound.TASK,
        sha256=_hash(f"test {name}"),
    )
    if at % 3 == 0:
        yield TestBacking(
            id=f"tests.test_rates_{spoken}::test_edge_of_{spoken}[30 kg-<b>&]",
            path=f"tests/test_rates_{spoken}.py",
            line=30 + at,
            base=Before.FAILED,
            bite="",
            sha256=_hash(f"edge {name}"),
        )


def _file(number: int, at: int) -> FileBacking:
    total = 6 + at % 9
    return FileBacking(
        path=f"src/rates/part_{number}.py",
        lines=f"{at}-{at + total - 1}, {at + 40}",
        covered=total - at % 3,
        total=total,
        sha256=_hash(f"file {number}"),
    )


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _oid(text: str) -> str:
    return _hash(text)[:40]
