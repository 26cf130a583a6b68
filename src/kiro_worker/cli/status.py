"""`kiro-worker status`: what is running now on this machine, and what broke off."""

import sys
from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime
from pathlib import Path

from kiro_worker.cli.runs import events_of, registry
from kiro_worker.cli.terminal import Ink, print_json, put
from kiro_worker.forge.escape import line as one_line
from kiro_worker.run.registry import RunEntry
from kiro_worker.run.report.feed import Feed
from kiro_worker.run.report.present import Present, present, resumable, status_document, status_lines
from kiro_worker.run.transcript import FILE_NAME as TRANSCRIPT

# A run that is older than this many others does not run any more.
_LOOKED_AT = 500
# Enough of a transcript's end to hold the last tool call.
_TAIL = 256 * 1024


def arguments(parser: ArgumentParser) -> None:
    """See `VerbModule`."""
    parser.add_argument("--json", action="store_true", help="one JSON document")


def call(given: Namespace) -> int:
    """See `VerbModule`."""
    with registry() as (machine, runs):
        entries = runs.newest(_LOOKED_AT)
        running = [_present(each, machine.runs) for each in entries if each.state == "running"]
        died = resumable(entries)
    now = datetime.now(UTC)
    if given.json:
        print_json(status_document(running, died, now=now))
    else:
        _show(running, died, now, Ink(sys.stdout, machine.environment))
    return 0


def _present(entry: RunEntry, runs: Path) -> Present:
    folder = runs / entry.run
    return present(entry, events_of(folder), Feed(folder / TRANSCRIPT, last=_TAIL).fresh())


def _show(running: list[Present], died: tuple[RunEntry, ...], now: datetime, ink: Ink) -> None:
    for each in running:
        first, *rest = map(_shown, status_lines(each, now=now))
        put(sys.stdout, (ink("strong", first), *rest, ""))
    if not running:
        put(sys.stdout, ("Nothing is running.",))
    for entry in died:
        what = " on ".join(filter(None, (entry.spec, entry.branch or "a new branch")))
        told = f"{entry.run}  {what} was killed. Go on with it: kiro-worker resume {entry.run}"
        put(sys.stdout, (ink("bad", _shown(told)),))


def _shown(line: str) -> str:
    indent = len(line) - len(line.lstrip(" "))
    return " " * indent + one_line(line)
