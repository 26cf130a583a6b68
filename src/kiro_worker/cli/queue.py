"""`kiro-worker queue`: the runs that wait for their turn on this machine, and a worker that carries them out."""

import asyncio
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Awaitable, Callable

from kiro_worker.bootstrap.machine import this_machine
from kiro_worker.bootstrap.queue import queue_of, queue_worker, runs_at_once
from kiro_worker.bootstrap.settings import early_settings
from kiro_worker.bootstrap.workshop import Workshop, workshop
from kiro_worker.cli.options import flags_of, setting_options
from kiro_worker.cli.terminal import Ink, columns, local_time, print_json, put
from kiro_worker.error import Fault, WorkerError
from kiro_worker.forge.escape import line as one_line
from kiro_worker.launch.show import HEADINGS, queue_document, queue_row, since_of, state_of
from kiro_worker.launch.table import Job
from kiro_worker.launch.worker import heeding
from kiro_worker.run.report.words import counted

_MOST = {2: 40, 3: 50, 4: 20, 5: 20}
_TONES = {"running": "strong", "stopping": "wait", "waiting": "soft"}

_Do = Callable[[Workshop, Namespace], Awaitable[int]]


class NotQueued(WorkerError):
    """No job of the queue, or more than one, fits what was asked for."""

    code = "queue.unknown"
    fault = Fault.CONFIG

    def __init__(self, *, asked: str, fits: int) -> None:
        told = f"{asked!r} fits {fits} jobs of the queue." if fits else f"No job of the queue fits {asked!r}."
        super().__init__(told, next_step="See what there is: kiro-worker queue list")


def arguments(parser: ArgumentParser) -> None:
    """See `VerbModule`."""
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True, prog=parser.prog)

    def verb(name: str, about: str, do: _Do) -> ArgumentParser:
        made = verbs.add_parser(name, help=about, description=f"{about[0].upper()}{about[1:]}.")
        made.set_defaults(do=do)
        return made

    listed = verb("list", "what is under way and what waits for its turn", _list)
    listed.add_argument("--json", action="store_true", help="one JSON document")
    cancelled = verb("cancel", "take a run out of the queue, or stop it; its work so far is pushed", _cancel)
    cancelled.add_argument("run", metavar="RUN", help="its id, or the beginning or the end of it, or its branch")
    worked = verb("work", "carry out what is in the queue, one run after the other, until it is stopped", _work)
    worked.add_argument("--until-empty", action="store_true", help="end when nothing waits any more")
    worked.add_argument(
        "--for",
        dest="asker",
        metavar="BOARD",
        default="",
        help="only what this board asked for, as `queue list` names it (runs get the environment of this worker)",
    )
    setting_options(worked, sections=("launch", "dispatch"))


def call(given: Namespace) -> int:
    """See `VerbModule`."""
    return asyncio.run(_call(given))


async def _call(given: Namespace) -> int:
    async with workshop(this_machine()) as shop:
        do: _Do = given.do
        return await do(shop, given)


async def _list(shop: Workshop, given: Namespace) -> int:
    jobs = queue_of(shop).live()
    if given.json:
        print_json(queue_document(jobs))
    elif jobs:
        ink = Ink(sys.stdout, shop.machine.environment)
        told = (queue_row(job, since=local_time(since_of(job))) for job in jobs)
        rows = [HEADINGS, *(tuple(map(one_line, row)) for row in told)]
        put(sys.stdout, map(ink, ["soft", *(_TONES[state_of(job)] for job in jobs)], columns(rows, most=_MOST)))
    else:
        print("Nothing is in the queue of this machine.", file=sys.stderr)
    return 0


async def _cancel(shop: Workshop, given: Namespace) -> int:
    queue = queue_of(shop)
    job = _find(queue.live(), given.run)
    stopped = queue.stop(job.token)
    if stopped is None:
        # It has ended since it was looked for.
        raise NotQueued(asked=given.run, fits=0)
    what = f"{job.run} on {one_line(job.request.branch)}"
    waited = stopped.state == "over"
    print(f"{what} was taken out of the queue." if waited else f"{what} was asked to stop.")
    return 0


def _find(jobs: tuple[Job, ...], asked: str) -> Job:
    exact = tuple(job for job in jobs if asked in {job.run, job.token, job.request.branch})
    found = exact or tuple(job for job in jobs if asked and (job.run.startswith(asked) or job.run.endswith(asked)))
    if len(found) != 1:
        raise NotQueued(asked=asked, fits=len(found))
    return found[0]


async def _work(shop: Workshop, given: Namespace) -> int:
    config = early_settings(shop.machine, flags_of(given))
    worker = queue_worker(shop, config, lasting=not given.until_empty, asker=given.asker)
    if not given.until_empty:
        most = runs_at_once(config)
        told = f"At work on the queue of this machine, with at most {counted(most, 'run')} at once; Ctrl-C ends it."
        print(told, file=sys.stderr, flush=True)
    async with heeding(worker):
        await worker.work()
    return 0
