"""`kiro-worker list`: the runs of this machine, newest first."""

import sys
from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime

from kiro_worker.cli.options import positive
from kiro_worker.cli.runs import registry
from kiro_worker.cli.terminal import Ink, columns, local_time, print_json, put
from kiro_worker.forge.escape import line as one_line
from kiro_worker.run.report.listing import HEADINGS, list_document, list_row

# The agent's and the branch's names may be of any length; what is cut here is whole in --json.
_MOST = {3: 40, 4: 30, 5: 20}
_TONES = {"running": "strong", "died": "bad"}


def arguments(parser: ArgumentParser) -> None:
    """See `VerbModule`."""
    parser.add_argument("--limit", metavar="N", type=positive, default=20, help="at most so many (20)")
    parser.add_argument("--json", action="store_true", help="one JSON document")


def call(given: Namespace) -> int:
    """See `VerbModule`."""
    with registry() as (machine, runs):
        entries = runs.newest(given.limit)
        now = datetime.now(UTC)
        if given.json:
            print_json(list_document(entries, now=now, runs=machine.runs))
        elif entries:
            ink = Ink(sys.stdout, machine.environment)
            told = (list_row(each, now=now, began=local_time(each.began)) for each in entries)
            rows = [HEADINGS, *(tuple(map(one_line, row)) for row in told)]
            tones = ["soft", *(_TONES.get(each.state, "") for each in entries)]
            put(sys.stdout, map(ink, tones, columns(rows, most=_MOST)))
        else:
            print("This machine has seen no run. Begin one: kiro-worker run", file=sys.stderr)
    return 0
