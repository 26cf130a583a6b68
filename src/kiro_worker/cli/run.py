"""`kiro-worker run`: implement the open tasks of a spec branch and keep its pull request true."""

import asyncio
import contextlib
import signal
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator

from kiro_worker.bootstrap import Wanted, Workshop, this_machine, workshop
from kiro_worker.bootstrap import run as carry_out
from kiro_worker.cli.options import flags_of, setting_options, whence_of, where_options
from kiro_worker.cli.progress import progress_for
from kiro_worker.run.report.summary import summary
from kiro_worker.run.shell import Outcome, Stop


def arguments(parser: ArgumentParser) -> None:
    """See `VerbModule`."""
    where_options(parser)
    setting_options(parser)
    output_options(parser)


def output_options(parser: ArgumentParser) -> None:
    """How a run is shown."""
    parser.add_argument("--json", action="store_true", help="each event as one JSON line on standard output")
    parser.add_argument("--quiet", action="store_true", help="only the summary at the end")


def call(given: Namespace) -> int:
    """See `VerbModule`."""
    return asyncio.run(_run(given))


async def _run(given: Namespace) -> int:
    async with workshop(this_machine()) as shop:
        wanted = Wanted(whence=whence_of(given), flags=flags_of(given))
        outcome = await follow(shop, wanted, as_json=given.json, quiet=given.quiet)
    return outcome.exit_status


async def follow(shop: Workshop, wanted: Wanted, *, as_json: bool, quiet: bool) -> Outcome:
    """Carry a run out and show it; the summary comes at the end."""
    stop = Stop()
    with _signals(stop), progress_for(as_json=as_json, quiet=quiet) as progress:
        outcome = await carry_out(shop, wanted, listen=progress.event, show=progress.agent, stop=stop)
    if not as_json:
        sys.stdout.write(f"\n{summary(outcome.record)}")
        sys.stdout.write(f"Page: {shop.machine.runs / outcome.record.run / 'run.html'}\n")
    return outcome


@contextlib.contextmanager
def _signals(stop: Stop) -> Iterator[None]:
    """The first SIGINT or SIGTERM ends the run in order; a second one ends it at once."""
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()

    def asked(number: signal.Signals) -> None:
        if stop.cause is not None and task is not None:
            task.cancel()
        stop.on_signal(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, asked, number)
    try:
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
