"""What the page shows of evidence and concerns, as plain values with their links already made."""

from collections.abc import Iterable
from typing import Any

from kiro_worker.evidence.model import CriterionEvidence, Evidence, FileBacking, RequirementEvidence
from kiro_worker.forge.web import Web
from kiro_worker.run.record import RunRecord
from kiro_worker.run.report.concern import Concern, Item, concerns
from kiro_worker.run.report.proof import (
    Cases,
    cases_of,
    first_range,
    pages_of,
    proof,
    standing,
    standings,
    standings_words,
    test_facts,
    worst,
)
from kiro_worker.value import dataclass

_MARKS = {"proved": "✓", "weak": "≈", "missing": "✗", "stale": "↻", "not-testable": "?", "open": "○"}
_TONES = {"proved": "good", "weak": "wait", "missing": "bad", "stale": "wait", "not-testable": "wait", "open": ""}
# Those that a reader has to see without asking.
_BAD = frozenset({"missing", "weak", "stale"})
# A page is read by people; evidence.json has the rest.
_ITEMS_SHOWN = 20
_CRITERIA_SHOWN = 3_000


@dataclass(frozen=True, slots=True)
class View:
    """Makes the values; places lead to the forge's pages where these are known."""

    run: RunRecord
    web: Web | None
    head: str

    @classmethod
    def of(cls, run: RunRecord) -> "View":
        """What the page of a run shows."""
        evidence = proof(run)
        return cls(run, pages_of(run), (evidence.head if evidence else "") or run.judged)

    def eyes(self) -> list[dict[str, Any]]:
        """What needs a reader's eyes, the gravest first."""
        return [self._concern(concern) for concern in concerns(self.run)]

    def proven(self) -> dict[str, Any] | None:
        """The evidence: how many criteria stand how, and each requirement; None without any."""
        evidence = proof(self.run)
        if evidence is None or not evidence.requirements:
            return None
        found = standings(evidence.criteria)
        total = sum(found.values())
        shown = [self._requirement(requirement) for requirement in _bounded(evidence)]
        return {
            "words": standings_words(found),
            "proved": found.get("proved", 0),
            "total": total,
            "shares": [(_TONES[state], round(100 * number / total, 2)) for state, number in found.items()],
            "requirements": shown,
            "more": len(evidence.requirements) - len(shown),
        }

    def commit(self, oid: str) -> dict[str, str]:
        """A commit's short name, and its page."""
        return {"name": oid[:10], "url": self.web.commit(oid) if self.web else ""}

    def _place(self, path: str, first: int = 0, last: int = 0) -> str:
        return self.web.lines(self.head, path, first, last) if self.web and self.head and path else ""

    def _concern(self, concern: Concern) -> dict[str, Any]:
        shown = concern.items[:_ITEMS_SHOWN]
        return {
            "weight": concern.weight.value,
            "title": concern.title,
            "count": concern.count,
            "items": [self._item(item) for item in shown],
            "alone": len(concern.items) == 1 and not concern.left_out,
            "more": concern.count - sum(item.number for item in shown),
        }

    def _item(self, item: Item) -> dict[str, str]:
        text = item.text
        if item.path and text.startswith(item.path):
            text = text.removeprefix(item.path).lstrip(": ")
        return {
            "lead": item.lead,
            "place": f"{item.path}:{item.line}" if item.line else item.path,
            "url": self._place(item.path, item.line),
            "text": text,
            "cure": item.cure,
            "detail": item.detail,
        }

    def _requirement(self, requirement: RequirementEvidence) -> dict[str, Any]:
        state = worst(requirement)
        return {
            "id": requirement.id,
            "title": requirement.title,
            "mark": _MARKS[state],
            "tone": _TONES[state],
            "words": standings_words(standings(requirement.criteria)),
            "open": state in _BAD,
            "criteria": [self._criterion(criterion) for criterion in requirement.criteria],
        }

    def _criterion(self, criterion: CriterionEvidence) -> dict[str, Any]:
        state = standing(criterion)
        return {
            "id": criterion.id,
            "text": criterion.text,
            "state": state,
            "mark": _MARKS[state],
            "tone": _TONES[state],
            "why": criterion.why if state != "proved" else "",
            "tasks": criterion.tasks,
            "commits": [self.commit(oid) for oid in criterion.commits],
            "tests": [self._test(cases) for cases in cases_of(criterion.tests)],
            "more_tests": criterion.tests_left_out,
            "files": [self._file(file) for file in criterion.files],
            "more_files": criterion.files_left_out,
        }

    def _test(self, cases: Cases) -> dict[str, str]:
        test = cases.test
        return {
            "name": cases.name,
            "url": self._place(test.path, test.line),
            "result": test.result,
            "tone": {"passed": "good", "skipped": "wait"}.get(test.result, "bad"),
            "facts": test_facts(test),
        }

    def _file(self, file: FileBacking) -> dict[str, Any]:
        share = round(100 * file.covered / file.total, 1) if file.total else None
        return {
            "path": file.path,
            "url": self._place(file.path, *first_range(file.lines)),
            "words": f"{file.covered} of {file.total} run" if file.total else "",
            "share": share,
            "tone": "good" if file.covered == file.total else "wait",
        }


def _bounded(evidence: Evidence) -> Iterable[RequirementEvidence]:
    """The requirements, up to as many criteria as a page can hold."""
    seen = 0
    for requirement in evidence.requirements:
        seen += len(requirement.criteria)
        if seen > _CRITERIA_SHOWN:
            return
        yield requirement
