"""`kiro-worker poll`: look at the board once, begin what may be begun, and wait until that has ended."""

import asyncio
import signal
import sys
from argparse import ArgumentParser, Namespace

from kiro_worker.bootstrap.credentials import fetch_credentials
from kiro_worker.bootstrap.dispatch import Dispatching, launches_for
from kiro_worker.bootstrap.machine import this_machine
from kiro_worker.bootstrap.settings import early_settings
from kiro_worker.bootstrap.workshop import Workshop, workshop
from kiro_worker.cli.options import flags_of
from kiro_worker.cli.terminal import counted, print_json, put
from kiro_worker.cli.ticks import Shown, options, signals
from kiro_worker.dispatch.report import Report, report_document
from kiro_worker.dispatch.watch import Bell, hearing
from kiro_worker.error import Fault, WorkerError
from kiro_worker.launch.port import Launches
from kiro_worker.run.verdict import Verdict, exit_status
from kiro_worker.value import replace

# Seconds; an end rings, this is only for one that another process has noticed.
_NAP = 5.0


class BoardUnknown(WorkerError):
    """The board could not be read, so nothing was begun and nothing was moved."""

    code = "poll.board-unknown"
    fault = Fault.FORGE

    def __init__(self, *, board: str, why: tuple[str, ...]) -> None:
        super().__init__(
            f"The board {board} could not be read: {' '.join(why)}",
            kept="No card was moved, and no run was begun or stopped.",
            next_step="See what can be used: kiro-worker board check",
        )


def arguments(parser: ArgumentParser) -> None:
    """See `VerbModule`."""
    parser.add_argument(
        "--explain", action="store_true", help="tell of every card that is ready why it is not begun; writes nothing"
    )
    parser.add_argument("--dry-run", action="store_true", help="the same as --shadow")
    options(parser)


def call(given: Namespace) -> int:
    """See `VerbModule`."""
    return asyncio.run(_poll(given))


async def _poll(given: Namespace) -> int:
    machine = this_machine()
    acts = not (given.explain or given.dry_run or given.shadow)
    flags = flags_of(given)
    async with workshop(machine) as shop, launches_for(shop, flags, acts=acts) as launches:
        await fetch_credentials(shop, early_settings(machine, flags))
        dispatching = Dispatching(shop, flags, launches, acts=acts)
        try:
            shown = Shown(machine.environment, as_json=given.json, all_ticks=True)
            if acts:
                return await _act(shop, dispatching, launches, shown, as_json=given.json)
            return await _tell(dispatching, shown, given)
        finally:
            await dispatching.close()


async def _tell(dispatching: Dispatching, shown: Shown, given: Namespace) -> int:
    """Look, and write nothing; so nobody's turn is needed."""
    report = await dispatching.dispatcher.tick(looks_at_all=given.explain)
    _require_known(report)
    if given.json:
        print_json(report_document(report))
        return 0
    shown.report(report)
    if given.explain:
        shown.waiting(report)
    if not report.actions and not (given.explain and report.waiting):
        put(sys.stderr, ("Nothing would be done.",))
    return 0


async def _act(shop: Workshop, dispatching: Dispatching, launches: Launches, shown: Shown, *, as_json: bool) -> int:
    bell = Bell()
    with signals(bell) as came:
        async with hearing(launches, lambda: dispatching.dispatcher, bell):
            async with dispatching.turn() as dispatcher:
                first = await dispatcher.tick()
            _require_known(first)
            if not as_json:
                shown.report(first)
            # What is in a queue goes on by itself, and the next poll sees what became of it.
            waits = dispatching.config.launch.kind == "inline"
            while waits and await launches.running() and not bell.over:
                await bell.wait(shop.clock, _NAP)
            await launches.close()
            async with dispatching.turn() as dispatcher:
                last = await dispatcher.tick(begins=False, going=bool(came))
    if as_json:
        print_json(report_document(_together(first, last)))
    else:
        shown.report(last)
        if not first.actions and not last.actions:
            waiting = f"{counted(len(first.waiting), 'card')} {'waits' if len(first.waiting) == 1 else 'wait'}"
            put(sys.stderr, (f"Nothing is to be begun; {waiting}.",))
    if came:
        return exit_status(Verdict.INTERRUPTED, terminated=came[0] is not signal.SIGINT)
    return 0


def _together(first: Report, last: Report) -> Report:
    return replace(
        first,
        running=last.running,
        actions=(*first.actions, *last.actions),
        faults=(*first.faults, *last.faults),
        seconds=first.seconds + last.seconds,
    )


def _require_known(report: Report) -> None:
    if not report.known:
        raise BoardUnknown(board=report.board, why=report.faults)
