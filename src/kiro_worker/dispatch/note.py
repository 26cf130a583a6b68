"""What is told on a card, each thing once: texts of people and agents in it are shown and do nothing."""

from collections.abc import Iterator
from functools import lru_cache
from hashlib import sha256

from kiro_worker.board.port import Note
from kiro_worker.dispatch.reason import Reason, Standing
from kiro_worker.dispatch.retry import Again
from kiro_worker.forge.escape import code, fence, inline, is_plain_url, link
from kiro_worker.run.record import RunRecord
from kiro_worker.run.verdict import MEANINGS, Verdict
from kiro_worker.value import dataclass

# One note for all that keeps a card from being worked on: it changes with the card, and does not pile up.
_STANDING = "standing"
_SENTENCE = 1_500
_SAID = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a run on an item ended.

    Attributes:
        record: what its receipt tells; None where that is not on this machine.
        why: what else there is to say of it, in a sentence.
        said: its process's last words, redacted, where it came to no record.
        pull_request: its address, where it is known and there is no record here.
        again: the next try; None when there is none.
    """

    run: str
    verdict: Verdict | None
    record: RunRecord | None = None
    why: str = ""
    said: str = ""
    pull_request: str = ""
    again: Again | None = None


def note_of_ending(ending: Ending) -> Note:
    """What a run came to, what was kept, and what follows."""
    return Note(key=f"run:{ending.run}", text="\n\n".join(_of_ending(ending)))


# Ten thousand cards have a handful of reasons between them.
@lru_cache(maxsize=1024)
def note_of_reasons(reasons: tuple[Reason, ...]) -> Note:
    """Why a card is not worked on."""
    asks = any(reason.standing is Standing.QUESTION for reason in reasons)
    head = (
        "Kiro Worker cannot begin before somebody has answered:" if asks else "Kiro Worker does not work on this yet:"
    )
    tail = (
        "Put the card back into the column for what is ready when this is done."
        if asks
        else "It is looked at again by itself."
    )
    return Note(key=_STANDING, text="\n".join((head, "", *map(_reason_line, reasons), "", tail)))


def note_of_beginning(run: str) -> Note:
    """What stands in place of the reasons once they are gone."""
    return Note(key=_STANDING, text=f"Kiro Worker has begun with this, in run {code(run)}.")


@lru_cache(maxsize=1024)
def digest_of(note: Note) -> str:
    """What tells a note from another."""
    return sha256(f"{note.key}\0{note.text}".encode()).hexdigest()[:16]


def _reason_line(reason: Reason) -> str:
    cure = f" {inline(reason.cure, limit=_SENTENCE)}" if reason.cure else ""
    return f"- {inline(reason.why, limit=_SENTENCE)}{cure} ({code(reason.code)})"


def _of_ending(ending: Ending) -> Iterator[str]:
    verdict, record = ending.verdict, ending.record
    says = (
        MEANINGS[verdict].says if verdict else "The run ended without telling how: it was killed, or its machine was."
    )
    yield f"**{verdict.value if verdict else 'UNKNOWN'}**: {says}"
    if record and record.pull_request:
        pull = record.pull_request
        draft = " (a draft)" if pull.draft else ""
        # One of the local forge has an address that no browser knows.
        where = link(f"#{pull.number}", pull.url) if is_plain_url(pull.url) else code(pull.url)
        yield f"Pull request: {where}{draft}"
    elif is_plain_url(ending.pull_request):
        yield f"Pull request: {link(ending.pull_request, ending.pull_request)}"
    cause = (record.cause if record else None) or {}
    if cause:
        yield f"What happened: {inline(str(cause.get('message', '')), limit=_SENTENCE)} ({code(str(cause['code']))})"
    if kept := str(cause.get("kept", "")):
        yield f"Kept: {inline(kept, limit=_SENTENCE)}"
    if ending.why and verdict not in {Verdict.DONE, Verdict.ALREADY_DONE}:
        yield inline(ending.why, limit=_SENTENCE)
    if ending.again is not None:
        yield _again(ending.again)
    elif next_step := str(cause.get("next_step", "")):
        yield f"Next: {inline(next_step, limit=_SENTENCE)}"
    if ending.said and record is None:
        yield f"Its last words:\n\n{fence(ending.said[-_SAID:])}"
    yield f"Run {code(ending.run)}"


def _again(again: Again) -> str:
    which = f" (try {again.number} of {again.most})" if again.number else ""
    how = "It goes on where it ended" if again.resumes else "It begins anew"
    return f"{how}, by itself{which}, not before {again.at:%Y-%m-%d %H:%M:%S} UTC."
