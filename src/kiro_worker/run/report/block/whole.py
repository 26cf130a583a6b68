"""The block: its title and its parts, with as much of everything as there is room for."""

from kiro_worker.forge.escape import inline, title
from kiro_worker.run.record import RunRecord
from kiro_worker.run.report.block.about import about, build, notes, reproduce
from kiro_worker.run.report.block.attention import attention
from kiro_worker.run.report.block.checks import checks
from kiro_worker.run.report.block.detail import LEVELS, ROOM
from kiro_worker.run.report.block.head import cause, head
from kiro_worker.run.report.block.proved import proved
from kiro_worker.run.report.block.tasks import tasks
from kiro_worker.run.report.block.telling import Telling

_TITLE_LIMIT = 100
_PARTS = (head, cause, attention, proved, checks, tasks, notes, reproduce, build, about)


def proposal_title(run: RunRecord, parents: tuple[str, ...]) -> str:
    """A title that says what the branch does: the spec, then the top-level tasks that were worked on.

    Titles that do not fit are counted, not cut.

    >>> proposal_title(RunRecord(spec="parcel-price"), ("Price one parcel", "Command line"))
    'parcel-price: Price one parcel, Command line'
    """
    if not parents:
        return title(f"{run.spec}: implementation", limit=_TITLE_LIMIT)
    for shown in range(len(parents), 0, -1):
        more = f" and {len(parents) - shown} more" if shown < len(parents) else ""
        words = f"{run.spec}: {', '.join(parents[:shown])}{more}"
        if len(words) <= _TITLE_LIMIT:
            return title(words, limit=_TITLE_LIMIT)
    more = f" and {len(parents) - 1} more" if len(parents) > 1 else ""
    return title(f"{run.spec}: {parents[0]}", limit=_TITLE_LIMIT - len(more)) + more


def block(run: RunRecord) -> str:
    """The Markdown between the markers; every text from outside is escaped, and the same run gives the same text."""
    told = Telling.of(run, LEVELS[0])
    text = ""
    for detail in LEVELS:
        text = _text(told.with_detail(detail))
        if len(text) <= ROOM:
            break
    # Where not even the least fits, the forge shortens logs and the end.
    return text


def _text(told: Telling) -> str:
    parts = [part for make in _PARTS if (part := make(told))]
    if told.detail.left_out:
        where = f"`run.html` and `evidence.json` of the run {inline(told.run.run)}"
        parts.append(f"*To fit here, this leaves out {told.detail.left_out}. All of it is in {where}.*")
    return "\n\n".join(parts)
