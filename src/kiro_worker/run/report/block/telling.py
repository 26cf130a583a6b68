"""One telling of one run: the record, its evidence, how much is told, and how commits and places become links."""

from kiro_worker.evidence.model import Evidence
from kiro_worker.forge.escape import code, html, inline, link
from kiro_worker.forge.web import Web
from kiro_worker.run.record import RunRecord
from kiro_worker.run.report.block.detail import Detail
from kiro_worker.run.report.concern import Concern, concerns
from kiro_worker.run.report.proof import pages_of, proof
from kiro_worker.value import dataclass, replace

_SHORT = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What the parts of the block are made from.

    Attributes:
        concerns: what needs a reader's eyes, the gravest first.
        head: the commit that places are shown at; empty when none was judged.
        web: None where the forge has no pages that the worker knows of.
    """

    run: RunRecord
    detail: Detail
    evidence: Evidence | None
    concerns: tuple[Concern, ...]
    web: Web | None
    head: str

    @classmethod
    def of(cls, run: RunRecord, detail: Detail) -> "Telling":
        """A run, told with so much detail."""
        evidence = proof(run)
        last = run.commits[-1].oid if run.commits else ""
        head = (evidence.head if evidence else "") or run.judged or last
        return cls(run=run, detail=detail, evidence=evidence, concerns=concerns(run), web=pages_of(run), head=head)

    def with_detail(self, detail: Detail) -> "Telling":
        """The same run, told with another detail."""
        return replace(self, detail=detail)

    def commit(self, oid: str, *, short: bool = False) -> str:
        """A commit, linked; GitHub makes a link of the bare name by itself, wherever its pages are."""
        name = oid[:_SHORT]
        return link(name, self.web.commit(name if short else oid)) if self.web else inline(name)

    def file(self, text: str, path: str, first: int = 0, last: int = 0, *, short: bool = False) -> str:
        """Text that leads to a file, or to lines of it, as they were judged."""
        if self.web is None or not self.head or not path:
            return inline(text, limit=160)
        return link(text, self.web.lines(self.head[:_SHORT] if short else self.head, path, first, last), limit=160)

    def place(self, path: str, line: int = 0) -> str:
        """A path, and a line where it is known, linked."""
        shown = f"{path}:{line}" if line else path
        return self.file(shown, path, line) if self.web and self.head else code(shown, limit=160)


def folded(summary: str, body: str) -> str:
    """What is seen once it is asked for."""
    return f"<details><summary>{html(summary)}</summary>\n\n{body}\n\n</details>"
