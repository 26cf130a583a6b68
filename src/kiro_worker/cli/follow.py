"""Carries a run out and shows it."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Iterator

from kiro_worker.bootstrap.approach import Approach
from kiro_worker.bootstrap.run import Wanted, run
from kiro_worker.bootstrap.workshop import Workshop
from kiro_worker.cli.progress import progress_for
from kiro_worker.run.report.summary import summary
from kiro_worker.run.shell import Outcome, Stop


async def follow(shop: Workshop, near: Approach, wanted: Wanted, *, as_json: bool, quiet: bool) -> int:
    """Carry a run out and show it; the summary comes at the end. Returns the exit status."""
    return (await outcome_of(shop, near, wanted, as_json=as_json, quiet=quiet)).exit_status


async def outcome_of(shop: Workshop, near: Approach, wanted: Wanted, *, as_json: bool, quiet: bool) -> Outcome:
    """The same, with all that is known of the run at its end."""
    stop = Stop()
    with _signals(stop), progress_for(as_json=as_json, quiet=quiet) as progress:
        outcome = await run(shop, near, wanted, listen=progress.event, show=progress.agent, stop=stop)
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
