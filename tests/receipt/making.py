"""Receipts to look at: written by the journal itself, then changed by hand."""

import json
from pathlib import Path

from kiro_worker.clock import SystemClock
from kiro_worker.receipt.chain import GENESIS, chained, link_in
from kiro_worker.receipt.closing import Signer
from kiro_worker.redact import Redactor
from kiro_worker.run.journal import Journal


def make(folder: Path, run: str = "r-1", *, signer: Signer | None = None, closed: bool = True, **started) -> Path:
    path = folder / run / "events.jsonl"
    with Journal(path, SystemClock(), Redactor()) as journal:
        journal.write("run.started", run=run, **started)
        journal.write("step.started", step="admit", task="")
        journal.jot("tool.ended", title="umlaut ä", output=3)
        journal.write("run.ended", seconds=1.5, verdict="DONE")
        if closed:
            journal.close(run, signer)
    return path


def lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


def rechained(changed: list[bytes]) -> list[bytes]:
    """The same lines with numbers and hashes made anew, as a forger would."""
    made, before = [], GENESIS
    for number, line in enumerate(changed, 1):
        event = link_in(line).event
        facts = dict(event.facts)
        if event.name == "receipt.closed":
            facts.update(events=number - 1, last=before)
        again = type(event)(number=number, at=event.at, name=event.name, facts=facts)
        made_line, before = chained(again, before)
        made.append(made_line)
    return made


def with_facts(line: bytes, **facts) -> bytes:
    body = {**json.loads(line), **facts}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
