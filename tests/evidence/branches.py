"""Branches made of plain texts: each commit is what every file says after it."""

import difflib
import hashlib
import re

from kiro_worker.changeset import ChangedFile, ChangeSet, How, Hunk
from kiro_worker.evidence.build import About, build
from kiro_worker.gate.port import (
    Bite,
    Color,
    Coverage,
    FileCoverage,
    GateResult,
    Judgement,
    Outcome,
    TestCase,
    TestFact,
)
from kiro_worker.ids import Oid
from kiro_worker.spec import read_spec
from kiro_worker.workspace.change import Commit, CommitLines

FOLDER = ".kiro/specs/rates"
TASKS = f"{FOLDER}/tasks.md"
ABOUT = About(run="r-1", branch="kiro/rates", made_at="2026-11-27T18:54:00.000Z")
REQUIREMENTS = """# Requirements
### Requirement 1: Weights
#### Acceptance Criteria
1. WHEN it is heavy THE SYSTEM SHALL refuse it
2. WHEN it is light THE SYSTEM SHALL take it
### Requirement 2: Zones
#### Acceptance Criteria
1. THE SYSTEM SHALL know zones
"""
PLAN = """# Plan
- [ ] 1. Weigh
  - [ ] 1.1 Refuse heavy parcels
    - _Requirements: 1.1_
  - [ ] 1.2 Take light parcels
    - _Requirements: 1.2_
- [ ] 2. Know zones
  - _Requirements: 2.1_
"""
BASE = {f"{FOLDER}/requirements.md": REQUIREMENTS, TASKS: PLAN, "src/rates.py": "LIMIT = 30\n"}


def oid(text):
    return Oid(hashlib.sha256(text.encode()).hexdigest()[:40])


def hunks_between(old, new):
    """What `git diff -U0` says of two texts."""
    found = []
    matcher = difflib.SequenceMatcher(None, old.splitlines(), new.splitlines(), autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag != "equal":
            found.append(Hunk(a + (b > a), b - a, c + (d > c), d - c))
    return tuple(found)


def ticked(plan, *tasks):
    for task in tasks:
        plan = re.sub(rf"- \[ \] ({re.escape(task)}\.? )", r"- [x] \1", plan)
    return plan


class Branch:
    """A branch that grows commit by commit."""

    def __init__(self, base=None, *, known=True):
        self.base = dict(BASE if base is None else base)
        self.tree = dict(self.base)
        self.commits = []
        self.facts = []
        self.hits = {}
        self.known = known
        self.results = [GateResult(gate="tests", color=Color.GREEN, summary="")]

    def commit(self, files=(), *, task="", kind="", tick=True, merge=False, worker=True):
        """Commit what files say now (None takes one away); a worker's commit ticks its task."""
        before = dict(self.tree)
        self.tree.update(files)
        if task and tick and not kind:
            self.tree[TASKS] = ticked(self.tree[TASKS], task)
        touched = {
            path: hunks_between(before.get(path) or "", self.tree.get(path) or "")
            for path in self.tree
            if before.get(path) != self.tree.get(path)
        }
        trailers = [("Kiro-Run", "r-1"), ("Kiro-Spec", "rates")] if worker else []
        trailers += [("Kiro-Task", task)] if task and worker else []
        trailers += [("Kiro-Kind", kind)] if kind else []
        made = Commit(oid=oid(f"commit {len(self.commits)}"), subject="", author="", trailers=tuple(trailers))
        self.commits.append(CommitLines(commit=made, merge=merge, files=touched))
        return made.oid

    def test(self, name, path="tests/test_rates.py", *, outcome="passed", base=None, bite=None, touched=True, **more):
        """A test as the runner named it."""
        suite = path.removesuffix(".py").replace("/", ".") if path else "suite"
        case = TestCase(name=name, suite=suite, path=path, outcome=Outcome(outcome), **more)
        self.facts.append(TestFact(case=case, base=base and Outcome(base), touched=touched, bite=bite and Bite(bite)))

    @property
    def change(self):
        files = []
        for path in sorted({*self.base, *self.tree}):
            old, new = self.base.get(path), self.tree.get(path)
            if old != new:
                how = How.ADDED if old is None else How.DELETED if new is None else How.MODIFIED
                contents = [None if text is None else text.encode() for text in (old, new)]
                hunks = hunks_between(old or "", new or "")
                files.append(ChangedFile(path=path, how=how, before=contents[0], after=contents[1], hunks=hunks))
        return ChangeSet(base=oid("base"), head=oid("head"), files=tuple(files), base_tree=oid("tree"))

    @property
    def judgement(self):
        files = tuple(FileCoverage(path=path, lines=lines) for path, lines in self.hits.items())
        return Judgement(
            results=tuple(self.results),
            tests=tuple(self.facts),
            base_known=self.known,
            coverage=Coverage(lines_covered=3, lines_total=4, files=files),
        )

    def read(self, path):
        text = self.tree.get(path)
        return None if text is None else text.encode()

    @property
    def spec(self):
        folder = {path.rpartition("/")[2]: text.encode() for path, text in self.tree.items() if path.startswith(FOLDER)}
        return read_spec("rates", folder)

    def evidence(self):
        paths = [path for path, text in self.tree.items() if text is not None]
        return build(self.spec, self.judgement, self.change, self.commits, self.read, paths=paths, about=ABOUT)

    def criterion(self, wanted):
        return next(each for each in self.evidence().criteria if each.id == wanted)
