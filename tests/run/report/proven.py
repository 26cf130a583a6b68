"""Runs with evidence, in any size, for the tests of what people read."""

from dataclasses import replace

from kiro_worker.evidence.document import document
from kiro_worker.evidence.model import (
    Before,
    Bound,
    CriterionEvidence,
    Evidence,
    FileBacking,
    Phantom,
    RequirementEvidence,
    State,
    TaskBacking,
    TestBacking,
)

HEAD = "f" * 40
WHY = {
    State.PROVED: "A test names it, passes, and fails without the change.",
    State.WEAK: "Its test is bound by its task only.",
    State.MISSING: "No test is bound to it.",
    State.STALE: "Its test changed since.",
    State.NOT_TESTABLE: "Its task says that a person looks at it.",
}


def criterion(name, state=State.PROVED, *, done=True, text="", path="src/lock.py"):
    bare = state in {State.MISSING, State.NOT_TESTABLE}
    weak = state is State.WEAK
    test = TestBacking(
        id=f"tests.test_lock::test_opens_{name.replace('.', '_')}", path="tests/test_lock.py", line=12,
        base=Before.ABSENT, bite="smoke" if weak else "bites", bound=Bound.TASK if weak else Bound.TAG, sha256="0" * 64,
    )  # fmt: skip
    return CriterionEvidence(
        id=name, text=text or f"WHEN {name} comes, THE Lock SHALL open", sha256="1" * 64, state=state, why=WHY[state],
        tasks=(TaskBacking(id=name, title="Open it", done=done),), commits=("a" * 40,) if done else (),
        tests=() if bare else (test,),
        files=() if not done else (FileBacking(path=path, lines="3-9, 12", covered=7, total=8, sha256="2" * 64),),
    )  # fmt: skip


def evidence(*requirements, unbacked=(), phantoms=()):
    made = tuple(
        RequirementEvidence(id=f"{nth}", title=f"Lock number {nth}", criteria=tuple(criteria))
        for nth, criteria in enumerate(requirements, 1)
    )
    return document(
        Evidence(
            run="r-01", spec="engine", branch="feature/x", base="b" * 40, head=HEAD,
            made_at="2026-11-21T09:31:00.000Z", requirements=made, unbacked=tuple(unbacked),
            phantoms=tuple(Phantom(task=task, commit="c" * 40, why="Its commit changes nothing.") for task in phantoms),
        )
    )  # fmt: skip


def proven(run, *requirements, **more):
    """The run, with evidence, on a repository of GitHub's."""
    return replace(run, repository="https://github.com/ada/engine.git", evidence=evidence(*requirements, **more))


COVERED = {
    "lines_covered": 863, "lines_total": 1000, "line_percent": 86.3, "branch_percent": None, "threshold": 80.0,
    "source": "lcov", "base_percent": 84.1, "changed_covered": 30, "changed_total": 41, "changed_percent": 73.17,
    "files": [
        {"path": "src/lock.py", "covered": 11, "total": 22, "missing": [*range(14, 20), *range(40, 45)]},
        {"path": "src/key.py", "covered": 19, "total": 19, "missing": []},
    ],
}  # fmt: skip
COUNTS = {
    "passed": 14, "failed": 0, "errors": 0, "skipped": 1, "counted": True, "new": 6, "fixed": 1, "flaky": 1, "known": 0,
    "gone": 0,
}  # fmt: skip


def judged(run):
    """The run, with what its gates say of the change."""
    tests, coverage = run.gates
    return replace(run, gates=({**tests, "tests": COUNTS}, {**coverage, "coverage": COVERED}))


def finding(title, **more):
    return {"code": "x.y", "title": title, "detail": "", "cure": "", "path": "", "line": 0, **more}
