"""One self-contained page of a run, for people: no script, nothing loaded from elsewhere."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from kiro_worker.forge.escape import visible
from kiro_worker.run.quote import shortened
from kiro_worker.run.record import RunRecord, StepRecord
from kiro_worker.run.report.reproduce import commands, remark
from kiro_worker.run.report.view import View
from kiro_worker.run.report.words import (
    change_words,
    coverage_words,
    done_words,
    duration,
    evidence,
    looked_words,
    note_words,
    open_words,
    spent_words,
    test_words,
)
from kiro_worker.run.verdict import MEANINGS, Verdict

if TYPE_CHECKING:
    from jinja2 import Template

_MARKS = {"done": "✓", "failed": "✗", "partial": "◐", "working": "◐", "planned": "○"}
_TONES = {"green": "good", "red": "bad", "error": "bad", "not-applicable": ""}
_ENTRY_LIMIT = 6_000
_TURN_LIMIT = 60_000
_GOOD = frozenset({Verdict.DONE, Verdict.ALREADY_DONE})
_WAITING = frozenset({Verdict.NEEDS_INPUT, Verdict.BUSY, Verdict.INTERRUPTED, Verdict.BRANCH_MOVED})


@cache
def template() -> "Template":
    """The page without a run; made once, since that takes longer than all else about it."""
    from kiro_worker.run.report.compiled import environment

    # What a reader cannot see, such as marks that turn the direction of writing, could make text read as another.
    return environment(_seen).get_template("page.html.j2")


def page(run: RunRecord, transcript: Iterable[Mapping[str, Any]] = ()) -> str:
    """The page as HTML; all text in it is escaped, whoever wrote it."""
    verdict = Verdict(run.verdict) if run.verdict else None
    view = View.of(run)
    typed = commands(run, view.head)
    return template().render(
        run=run,
        tone=_tone(verdict),
        meaning=MEANINGS[verdict].says if verdict else "It is still at work.",
        tests=test_words(run),
        coverage=coverage_words(run),
        took=duration(run.seconds),
        spent=spent_words(run),
        lead=_lead(run),
        view=view,
        eyes=view.eyes(),
        proven=view.proven(),
        looked=looked_words(run),
        commands=typed,
        remark=remark(typed),
        notes=note_words(run.notes),
        evidence=evidence(run),
        timeline=_timeline(run.steps),
        turns=_turns(transcript),
        marks=_MARKS,
        tones=_TONES,
        files="run.json, events.jsonl and transcript.jsonl lie beside this page",
    )


def _lead(run: RunRecord) -> str:
    """What the branch does, in one sentence."""
    if not run.spec:
        return ""
    size = change_words(run)
    said = f"{done_words(run, run.spec)}{f' ({size})' if size else ''}."
    return " ".join(filter(None, (said, open_words(run))))


def _seen(value: object) -> object:
    # What a part of the page made has been through here piece by piece.
    return visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _tone(verdict: Verdict | None) -> str:
    if verdict is None:
        return ""
    return "good" if verdict in _GOOD else "wait" if verdict in _WAITING else "bad"


def _timeline(steps: tuple[StepRecord, ...]) -> list[dict[str, object]]:
    timed = [(step, datetime.fromisoformat(step.at), step.seconds) for step in steps if step.seconds is not None]
    if not timed:
        return []
    begin = timed[0][1]
    end = max(at + timedelta(seconds=seconds) for _, at, seconds in timed)
    whole = max((end - begin).total_seconds(), 0.001)
    return [
        {
            "name": step.name,
            "label": f"{step.name} {step.task}".strip(),
            "left": round(100 * (at - begin).total_seconds() / whole, 2),
            "width": round(100 * seconds / whole, 2),
            "seconds": duration(seconds),
        }
        for step, at, seconds in timed
    ]


def _turns(transcript: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    turns: list[dict[str, Any]] = []
    for entry in transcript:
        if entry["kind"] == "prompt":
            task = entry.get("task") or "repair"
            why = "" if entry.get("ask") == "first" else f" ({entry.get('ask')})"
            turns.append({"title": f"{task}{why}", "entries": [], "tools": 0, "size": 0})
        if not turns:
            continue
        turn = turns[-1]
        if entry["kind"] == "tool" and entry.get("status") in {"completed", "failed"}:
            turn["tools"] += 1
        text = shortened(_entry_text(entry), _ENTRY_LIMIT)
        if text and turn["size"] < _TURN_LIMIT:
            turn["size"] += len(text)
            turn["entries"].append({"who": entry["kind"], "text": text})
    return turns


def _entry_text(entry: Mapping[str, Any]) -> str:
    match entry["kind"]:
        case "tool":
            head = f"{entry['title']}  [{entry['status']}]"
            return f"{head}\n{entry['output']}" if entry.get("output") else head
        case "permission":
            answer = "allowed" if entry["allowed"] else "rejected"
            asked = entry.get("command") or ", ".join(entry.get("paths", ())) or entry["title"]
            return f"{answer}: {asked}\n{entry['rule']}: {entry['reason']}"
        case "plan":
            return "\n".join(f"{status}: {text}" for text, status in entry["entries"])
        case "started":
            return " ".join(str(entry[name]) for name in ("name", "version", "mode") if entry.get(name))
        case _:
            return str(entry.get("text", ""))
