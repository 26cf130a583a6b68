"""`kiro-worker show`: one run, as a summary, as data, or one of its files."""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from kiro_worker.cli.runs import FileMissing, events_of, receipt_fault, registry, run_argument
from kiro_worker.cli.terminal import Ink, print_json, put
from kiro_worker.forge.escape import visible
from kiro_worker.run.record import RunRecord, fold
from kiro_worker.run.registry import RunEntry
from kiro_worker.run.report.document import document
from kiro_worker.run.report.summary import summary
from kiro_worker.run.transcript import FILE_NAME as TRANSCRIPT
from kiro_worker.run.transcript import read_transcript

_PIECE = 1024 * 1024


def arguments(parser: ArgumentParser) -> None:
    """See `VerbModule`."""
    run_argument(parser)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--json", action="store_true", help="run.json (docs/reference/run.schema.json)")
    what.add_argument("--page", action="store_true", help="where its HTML page is")
    what.add_argument("--diff", action="store_true", help="what it changed, as a patch")
    what.add_argument(
        "--prompt", metavar="TASK", nargs="?", const="", help="what the agent was asked, for one task or for all"
    )


def call(given: Namespace) -> int:
    """See `VerbModule`."""
    with registry() as (machine, runs):
        entry = runs.find(given.run)
    folder = machine.runs / entry.run
    if given.page:
        print(_file(folder, entry, "run.html"))
    elif given.diff:
        _print_diff(_file(folder, entry, "changes.diff"))
    elif given.prompt is not None:
        _print_prompts(folder, given.prompt)
    else:
        record = fold(events_of(folder))
        fault = receipt_fault(folder, entry)
        ink = Ink(sys.stderr, machine.environment)
        if given.json:
            print_json(document(record))
        else:
            _print_summary(record, entry, folder)
        if fault:
            put(sys.stderr, (ink("bad", f"The receipt is not what the worker wrote: {fault}."),))
    return 0


def _print_summary(record: RunRecord, entry: RunEntry, folder: Path) -> None:
    sys.stdout.write(visible(summary(record)))
    if entry.state == "running":
        put(sys.stdout, (f"It runs (process {entry.holder.pid}). Follow it: kiro-worker logs --follow {entry.run}",))
    elif entry.state == "died":
        put(sys.stdout, (f"Its process was killed. Go on with it: kiro-worker resume {entry.run}",))
    put(sys.stdout, (f"Files: {folder}",))


def _file(folder: Path, entry: RunEntry, name: str) -> Path:
    path = folder / name
    if not path.is_file():
        raise FileMissing(run=entry.run, name=name, state=entry.state)
    return path


def _print_diff(path: Path) -> None:
    """The patch as it is for a file or a pipe, so that `git apply` takes it; on a terminal without its codes."""
    with path.open("rb") as file:
        if sys.stdout.isatty():
            for line in file:
                sys.stdout.write(visible(line.decode("utf-8", "replace")))
            return
        sys.stdout.flush()
        while piece := file.read(_PIECE):
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()


def _print_prompts(folder: Path, task: str) -> None:
    for entry in read_transcript(folder / TRANSCRIPT):
        if entry.get("kind") == "prompt" and (not task or entry.get("task") == task):
            head = f"=== turn {entry.get('turn')}: {entry.get('task') or 'repair'} ({entry.get('ask')})"
            put(sys.stdout, (visible(head), visible(str(entry.get("text", ""))).rstrip("\n"), ""))
