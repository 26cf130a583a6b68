"""Carries a run out and shows it."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, TextIO

from kiro_worker.bootstrap.approach import Approach
from kiro_worker.bootstrap.run import Wanted, run
from kiro_worker.bootstrap.workshop import Workshop
from kiro_worker.cli.progress import Progress, progress_for
from kiro_worker.cli.terminal import put
from kiro_worker.error import Fault, WorkerError
from kiro_worker.forge.escape import visible
from kiro_worker.run.report.summary import summary
from kiro_worker.run.shell import Outcome, Stop

if TYPE_CHECKING:
    from kiro_worker.cli.guided import AtTerminal

# Seconds. Nobody who means it asks again so soon.
_ONE_SIGNAL = 0.5

_ASKING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class CutOff(WorkerError):
    """A second signal came while the run was ending in order."""

    code = "run.cut-off"
    fault = Fault.INTERRUPTED

    def __init__(self, *, terminated: bool) -> None:
        self.terminated = terminated
        super().__init__(
            "The run was ended at once, by a second signal; its processes are gone.",
            kept="Each finished task is on the branch; what was begun is on this machine.",
            next_step="Run: kiro-worker resume",
        )


async def follow(
    shop: Workshop, near: Approach, wanted: Wanted, *, as_json: bool, quiet: bool, guided: bool = False
) -> int:
    """Carry a run out and show it; the summary comes at the end. Returns the exit status.

    Raises:
        NoTerminal: a guided run, and nobody to ask.
    """
    return (await outcome_of(shop, near, wanted, as_json=as_json, quiet=quiet, guided=guided)).exit_status


async def outcome_of(
    shop: Workshop, near: Approach, wanted: Wanted, *, as_json: bool, quiet: bool, guided: bool = False
) -> Outcome:
    """The same, with all that is known of the run at its end."""
    stop = Stop()
    # The live view takes the place of `sys.stderr`, and keeps back what does not end a line: a question would not.
    terminal = sys.stderr
    try:
        with signals(stop), progress_for(as_json=as_json, quiet=quiet) as progress:
            if guided:
                wanted = replace(wanted, approver=_at_terminal(progress, terminal, alone=not (as_json or quiet)))
            outcome = await run(shop, near, wanted, listen=progress.event, show=progress.agent, stop=stop)
    except asyncio.CancelledError:
        # Nobody but a second signal cancels; Python's own end would be a page of stack.
        raise CutOff(terminated=stop.terminated) from None
    place = await _uploaded(shop, near, outcome)
    if not as_json:
        page = shop.machine.runs / outcome.record.run / "run.html"
        # A full disk may hold none.
        led = (f"Page: {page}",) if page.exists() else ()
        # A reader who has gone does not change how the run came out.
        with contextlib.suppress(BrokenPipeError):
            put(sys.stdout, ("", visible(summary(outcome.record)).rstrip("\n"), *led, *place))
    return outcome


async def _uploaded(shop: Workshop, near: Approach, outcome: Outcome) -> tuple[str, ...]:
    """Put the run's files where the settings want them; a line that says where, and one for what was missed."""
    if near.early.artifact.store == "local":
        return ()
    from kiro_worker.bootstrap.upload import put_up
    from kiro_worker.ids import RunId

    done = await put_up(shop, near.early, RunId(outcome.record.run))
    if done.missed is not None:
        with contextlib.suppress(BrokenPipeError):
            put(sys.stderr, done.missed.lines())
    return (f"Files: {done.place}",) if done.kept else ()


def _at_terminal(progress: Progress, terminal: TextIO, *, alone: bool) -> "AtTerminal":
    from kiro_worker.cli.guided import AtTerminal, NoTerminal

    if not alone:
        raise NoTerminal
    return AtTerminal(progress.paused, out=terminal)


@contextlib.contextmanager
def signals(stop: Stop) -> Iterator[None]:
    """The first signal ends the run in order; a second one ends it at once.

    A terminal that is closed asks too, unless that was switched off, as `nohup` does.
    """
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    first: float | None = None

    def asked(number: signal.Signals) -> None:
        nonlocal first
        if first is None:
            first = loop.time()
        elif number is signal.SIGTERM and loop.time() - first < _ONE_SIGNAL:
            # A launcher that was killed: the kernel hands its runs from one of its threads to the next as they die,
            # and tells them of each.
            return
        if stop.cause is not None and task is not None:
            task.cancel()
        stop.on_signal(number)

    numbers = [each for each in _ASKING if signal.getsignal(each) is not signal.SIG_IGN]
    for number in numbers:
        loop.add_signal_handler(number, asked, number)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
