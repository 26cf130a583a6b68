"""What needs a reader's eyes first: what blocks, what to look at, and what is good to know, in this order."""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any

from kiro_worker.evidence.model import CriterionEvidence, Evidence
from kiro_worker.run.record import UNSETTLED, RunRecord, is_of_what_was_stopped, said_once
from kiro_worker.run.report.proof import proof, ranges, standing
from kiro_worker.run.report.words import changed_share, counted, note_words
from kiro_worker.value import dataclass


class Weight(StrEnum):
    """How much it matters."""

    BLOCKS = "blocks"  #: nothing may be merged before it is mended
    LOOK = "look"  #: a person has to judge it
    KNOW = "know"  #: good to know


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One place or thing of a concern; all of it may be text from outside.

    Attributes:
        lead: what it is about, such as a criterion's id.
        cure: what to do about it.
        detail: what a tool said.
        number: how many things it stands for.
    """

    text: str
    lead: str = ""
    path: str = ""
    line: int = 0
    cure: str = ""
    detail: str = ""
    number: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """One thing to look at, with where it is seen.

    Attributes:
        title: ours, in plain words.
        left_out: how many items there are besides.
    """

    weight: Weight
    title: str
    items: tuple[Item, ...]
    left_out: int = 0

    @property
    def count(self) -> int:
        """How many things there are to look at."""
        return sum(item.number for item in self.items) + self.left_out


_BAD = frozenset({"red", "error"})
# The gates in the order in which people want to hear of them; others come after these.
_ORDER = ("tests", "secrets", "tamper", "evidence", "bite", "coverage", "scope")
# What a gate's findings mean: when it is red, when it could not look, and when it only tells.
_TITLES: Mapping[str, tuple[str, str, str]] = {
    "tests": ("Tests fail", "The tests could not be judged", "About the tests"),
    "secrets": ("Something that looks like a secret was added", "Nobody could look for secrets", "About secrets"),
    "tamper": (
        "Tests or checks were weakened",
        "Nobody could look whether tests were weakened",
        "Tests or checks were changed",
    ),
    "evidence": (
        "Tasks are ticked that nothing backs",
        "Evidence could not be gathered",
        "Tasks are ticked without a test",
    ),
    "bite": (
        "New tests do not test the change",
        "Nobody could try whether the new tests test anything",
        "New tests that may not test the change",
    ),
    "coverage": ("Too little is run by tests", "Coverage could not be measured", "About coverage"),
    "scope": ("Files were changed that no task names", "Scope could not be looked at", "Files that no task names"),
}
# Findings that never make a gate red; a red one may have them besides.
_TOLD_CODES = frozenset({
    "bite.smoke", "bite.guard", "bite.unknown", "coverage.not-measured-files", "coverage.branches-not-measured",
})  # fmt: skip
# Commits that change nothing but boxes, made because of what the gates said.
_TICKS_ONLY = frozenset({"checkpoint", "untick", "task-file"})
_STANDINGS = (
    ("missing", "Criteria that nothing shows"),
    ("stale", "Criteria whose proof is out of date"),
    ("weak", "Criteria that are only weakly shown"),
    ("not-testable", "Criteria for a person to look at"),
)
_FILES_SHOWN = 10
_SPANS = 8
_BRIEF_LINES = 3
_BRIEF = 200
# So many criteria of which the same is said stand in one line, and so many of them are named.
_GROUPED = 3
_NAMED = 30


def concerns(run: RunRecord) -> tuple[Concern, ...]:
    """All of them, the gravest first; the order hangs on nothing but the record."""
    evidence = proof(run)
    found = [
        *_of_gates(run),
        *_unseen(run),
        *_of_evidence(run, evidence),
        *_of_coverage(run),
        *_of_looking(run),
        *_of_tests(run),
        *_of_base(run),
    ]
    if stopped := tuple(note for note in run.notes if is_of_what_was_stopped(note)):
        often = said_once(stopped).values()
        items = tuple(Item(text=note, number=number) for note, number in zip(note_words(stopped), often, strict=True))
        found.append(
            Concern(weight=Weight.KNOW, title="The agent was stopped, or its changes were undone", items=items)
        )
    if unsettled := tuple(note for note in run.notes if note.startswith(UNSETTLED)):
        items = tuple(Item(text=note.removeprefix(UNSETTLED)) for note in unsettled)
        found.append(Concern(weight=Weight.LOOK, title="Steering files to be settled by a person", items=items))
    weights = list(Weight)
    return tuple(sorted(found, key=lambda concern: weights.index(concern.weight)))


def _of_gates(run: RunRecord) -> Iterator[Concern]:
    for gate in sorted(run.gates, key=_place_of_gate):
        left_out = int(gate.get("findings_left_out") or 0)
        told = tuple(_item(finding) for finding in gate["findings"] if _is_told(finding, gate["color"]))
        bad = tuple(_item(finding) for finding in gate["findings"] if not _is_told(finding, gate["color"]))
        if gate["color"] in _BAD:
            items = bad or (Item(text=gate["summary"]),)
            yield Concern(weight=Weight.BLOCKS, title=_title(gate, gate["color"]), items=items, left_out=left_out)
            left_out = 0
        if told:
            yield Concern(weight=Weight.LOOK, title=_title(gate, "told"), items=told, left_out=left_out)


def _is_told(finding: Mapping[str, Any], color: str) -> bool:
    """Whether it blocks nothing: all of a green gate's; of a red one, what its codes and its words say."""
    if color not in _BAD:
        return True
    code = finding.get("code") or ""
    last = (finding.get("detail") or "").rpartition("\n")[2]
    by_words = code.startswith("tamper.") and (last == "told only" or last.startswith("asked for by "))
    return by_words or code.endswith(".told") or code in _TOLD_CODES


def _unseen(run: RunRecord) -> Iterator[Concern]:
    """Commits that were made after the gates had looked, as in a run that ended before they could look again."""
    oids = [commit.oid for commit in run.commits]
    if run.judged not in oids:
        return
    later = [commit for commit in run.commits[oids.index(run.judged) + 1 :] if commit.kind not in _TICKS_ONLY]
    if later:
        items = tuple(Item(lead=commit.oid[:10], text=commit.subject) for commit in later)
        yield Concern(weight=Weight.LOOK, title="Commits that no gate has seen", items=items)


def _place_of_gate(gate: Mapping[str, Any]) -> int:
    return _ORDER.index(gate["gate"]) if gate["gate"] in _ORDER else len(_ORDER)


def _title(gate: Mapping[str, Any], color: str) -> str:
    name = gate["gate"]
    red, error, told = _TITLES.get(name, (f"{name} found something", f"{name} could not look", f"About {name}"))
    return {"red": red, "error": error}.get(color, told)


def _item(finding: Mapping[str, Any]) -> Item:
    title, detail = finding["title"], (finding.get("detail") or "").strip()
    lines = detail.splitlines()
    if detail and len(lines) <= _BRIEF_LINES and len(detail) <= _BRIEF:
        # Nobody should have to open a fold for a few words.
        title = f"{title}{'' if title.endswith('.') else ':'} {_joined(lines)}"
        detail = ""
    return Item(
        text=title,
        path=finding.get("path") or "",
        line=finding.get("line") or 0,
        cure=finding.get("cure") or "",
        detail=detail,
    )


def _joined(lines: Iterable[str]) -> str:
    """Lines as one: a sentence needs nothing behind it."""
    return "; ".join(line.strip() for line in lines).replace(".; ", ". ")


def _of_evidence(run: RunRecord, evidence: Evidence | None) -> Iterator[Concern]:
    if evidence is None:
        return
    if evidence.head and run.judged and evidence.head != run.judged:
        text = f"It is of {evidence.head[:10]}, and the gates looked at {run.judged[:10]} since."
        yield Concern(weight=Weight.LOOK, title="The evidence is of an earlier commit", items=(Item(text=text),))
    told = run.gate("evidence")
    if evidence.phantoms and not (told and told["findings"]):
        items = tuple(Item(lead=phantom.task, text=phantom.why) for phantom in evidence.phantoms)
        yield Concern(weight=Weight.BLOCKS, title=_TITLES["evidence"][0], items=items)
    for state, title in _STANDINGS:
        if items := _of_criteria([each for each in evidence.criteria if standing(each) == state]):
            yield Concern(weight=Weight.LOOK, title=title, items=items)
    if evidence.unbacked:
        text = ", ".join(evidence.unbacked)
        yield Concern(
            weight=Weight.KNOW,
            title="Ticked by people, without a commit or a test behind it",
            items=(Item(text=f"{counted(len(evidence.unbacked), 'task')}: {text}"),),
        )


def _of_criteria(criteria: list[CriterionEvidence]) -> tuple[Item, ...]:
    """One item each; many of which the same is said stand in one."""
    said: dict[str, list[CriterionEvidence]] = {}
    for criterion in criteria:
        said.setdefault(criterion.why or criterion.text, []).append(criterion)
    items: list[Item] = []
    for text, group in said.items():
        if len(group) < _GROUPED:
            items += (_of_criterion(criterion, text) for criterion in group)
            continue
        more = len(group) - _NAMED
        lead = ", ".join(criterion.id for criterion in group[:_NAMED]) + (f" and {more} more" if more > 0 else "")
        items.append(Item(lead=f"{lead}:", text=text, number=len(group)))
    return tuple(items)


def _of_criterion(criterion: CriterionEvidence, text: str) -> Item:
    test = next((test for test in criterion.tests if test.path), None)
    return Item(lead=criterion.id, text=text, path=test.path if test else "", line=test.line if test else 0)


def _of_coverage(run: RunRecord) -> Iterator[Concern]:
    coverage = (run.gate("coverage") or {}).get("coverage") or {}
    least = coverage.get("changed_threshold", coverage.get("threshold", 0))
    low = [
        file
        for file in coverage.get("files") or ()
        if file["covered"] < file["total"] and 100 * file["covered"] < least * file["total"]
    ]
    low.sort(key=lambda file: (file["covered"] - file["total"], file["path"]))
    items = tuple(_of_file(file) for file in low[:_FILES_SHOWN])
    if items:
        yield Concern(
            weight=Weight.LOOK, title="Changed lines that no test runs", items=items, left_out=len(low) - len(items)
        )


def _of_file(file: Mapping[str, Any]) -> Item:
    missing = ranges(file.get("missing") or ())
    first = missing.partition("-")[0].partition(",")[0]
    spans = missing.split(", ")
    shown = ", ".join(spans[:_SPANS]) + (" and more" if len(spans) > _SPANS else "")
    told = f"; lines {shown} never run" if missing else ""
    return Item(
        text=f"{changed_share(file['covered'], file['total'])} run{told}",
        path=file["path"],
        line=int(first) if first.isdecimal() else 0,
    )


def _of_looking(run: RunRecord) -> Iterator[Concern]:
    lines, nothing = run.looked.get("lines", 0), run.looked.get("nothing", 0)
    if nothing:
        seen = f"{nothing} of {counted(lines, 'changed line')} of code"
        title = "Lines that nothing looked at"
        text = f"{seen}: run by no test, read by no linter and no type checker"
        if "tests" not in run.looked:
            title = "Lines that nothing is known to have looked at"
            text = f"{seen}: what tests run was not measured, and no linter and no type checker read them"
        yield Concern(weight=Weight.LOOK, title=title, items=(Item(text=text),))


def _of_base(run: RunRecord) -> Iterator[Concern]:
    """A branch that does not merge by itself, seen before the work began."""
    conflicts = run.relation.get("conflicts") or ()
    if conflicts:
        items = tuple(Item(text="changed by both", path=path) for path in conflicts[:_FILES_SHOWN])
        title = f"Merging {run.base or 'the base branch'} conflicts"
        yield Concern(weight=Weight.LOOK, title=title, items=items, left_out=len(conflicts) - len(items))


def _of_tests(run: RunRecord) -> Iterator[Concern]:
    counts = (run.gate("tests") or {}).get("tests") or {}
    told = (
        ("gone", "was there before and is not any more", "were there before and are not any more", Weight.LOOK),
        ("flaky", "says different things of the same code", "say different things of the same code", Weight.LOOK),
        ("known", "failed before the change and still does", "failed before the change and still do", Weight.KNOW),
        ("skipped", "was skipped", "were skipped", Weight.KNOW),
    )
    # Where a gate names the tests themselves, their number says nothing new.
    codes = [finding.get("code") or "" for gate in run.gates for finding in gate["findings"]]
    named = {name for name, *_ in told if any(name in code for code in codes)}
    for weight in (Weight.LOOK, Weight.KNOW):
        items = tuple(
            Item(text=f"{counted(counts[name], 'test')} {one if counts[name] == 1 else many}")
            for name, one, many, each in told
            if each is weight and counts.get(name) and name not in named
        )
        if items:
            title = (
                "Tests that are flaky, or gone" if weight is Weight.LOOK else "Tests that are skipped, or failed before"
            )
            yield Concern(weight=weight, title=title, items=items)
