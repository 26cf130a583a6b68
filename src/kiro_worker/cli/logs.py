"""`kiro-worker logs`: what happened in a run and what its agent said and did; `--follow` goes on until it ends."""

import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from kiro_worker.cli.runs import registry, run_argument
from kiro_worker.cli.terminal import Ink, print_json, put
from kiro_worker.run.journal import FILE_NAME as EVENTS
from kiro_worker.run.registry import Registry, RunEntry
from kiro_worker.run.report.feed import Feed
from kiro_worker.run.report.log import SCHEMA, LogLine, entry_line, event_line
from kiro_worker.run.transcript import FILE_NAME as TRANSCRIPT

_LOOK_EVERY = 0.25
_LABEL = 14
_TIME = 10

Told = tuple[str, Mapping[str, Any]]


def arguments(parser: ArgumentParser) -> None:
    """See `VerbModule`."""
    run_argument(parser)
    parser.add_argument("-f", "--follow", action="store_true", help="go on until the run has ended")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--agent", action="store_true", help="only what the agent said and did")
    which.add_argument("--events", action="store_true", help="only what happened in the run")
    parser.add_argument("--json", action="store_true", help="each entry as one JSON line")


def call(given: Namespace) -> int:
    """See `VerbModule`."""
    with registry() as (machine, runs):
        entry = _meant(runs, given)
        folder = machine.runs / entry.run
        lines = _Lines(Ink(sys.stdout, machine.environment), entry.run, both=not (given.agent or given.events))
        show = _as_json if given.json else lines.show
        feeds = _feeds(folder, agent=not given.events, events=not given.agent)
        show(_fresh(feeds))
        while given.follow and (entry := runs.find(entry.run)).state == "running":
            time.sleep(_LOOK_EVERY)
            show(_fresh(feeds))
        # What was written between the last look and the end.
        show(_fresh(feeds))
        if given.follow and entry.state == "died":
            print(f"Its process was killed. Go on with it: kiro-worker resume {entry.run}", file=sys.stderr)
    return 0


def _meant(runs: Registry, given: Namespace) -> RunEntry:
    """The run that was named; else the newest, and to follow, the newest that goes on: a later one may be over."""
    if given.follow and not given.run:
        going_on = (entry for entry in runs.newest() if entry.state == "running")
        return next(going_on, None) or runs.find()
    return runs.find(given.run)


def _feeds(folder: Path, *, agent: bool, events: bool) -> tuple[tuple[str, Feed], ...]:
    wanted = (("events", EVENTS, events), ("agent", TRANSCRIPT, agent))
    return tuple((source, Feed(folder / name)) for source, name, is_wanted in wanted if is_wanted)


def _fresh(feeds: tuple[tuple[str, Feed], ...]) -> Iterator[Told]:
    """What is new in both files, in the order in which it happened; at the same moment the receipt comes first."""
    from heapq import merge

    streams = ([(source, body) for body in feed.fresh()] for source, feed in feeds)
    return merge(*streams, key=lambda told: str(told[1].get("at", "")))


def _as_json(fresh: Iterator[Told]) -> None:
    for source, body in fresh:
        print_json({"schema": SCHEMA, "source": source, "entry": body}, indent=None)
    sys.stdout.flush()


class _Lines:
    """Shows entries to a person, and a line of its own whenever a day is over."""

    def __init__(self, ink: Ink, run: str, *, both: bool) -> None:
        self._ink, self._run, self._both = ink, run, both
        self._day = ""

    def show(self, fresh: Iterator[Told]) -> None:
        for source, body in fresh:
            is_event = source == "events"
            line = event_line(body, beside_transcript=self._both) if is_event else entry_line(body, run=self._run)
            if line is not None:
                put(sys.stdout, self._rows(line))

    def _rows(self, line: LogLine) -> Iterator[str]:
        try:
            at = datetime.fromisoformat(line.at).astimezone()
        except ValueError:
            day, moment = self._day, ""
        else:
            day, moment = at.strftime("%Y-%m-%d"), at.strftime("%H:%M:%S")
        if day != self._day:
            self._day = day
            yield self._ink("soft", day)
        first, *rest = line.text.split("\n")
        yield f"{self._ink('soft', moment.ljust(_TIME))}{line.label:<{_LABEL}}{self._ink(line.tone, first)}"
        for row in rest:
            yield f"{' ' * (_TIME + _LABEL)}{self._ink(line.tone, row)}"
