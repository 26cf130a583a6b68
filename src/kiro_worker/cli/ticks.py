"""How ticks of the dispatcher are shown, and what `poll` and `watch` have in common."""

import asyncio
import contextlib
import signal
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping

from kiro_worker.cli.options import setting_options
from kiro_worker.cli.terminal import Ink, print_json, put
from kiro_worker.dispatch.report import Action, Deed, Report, action_line, report_document, waiting_lines
from kiro_worker.dispatch.watch import Bell
from kiro_worker.error import WorkerError
from kiro_worker.forge.escape import line as one_line
from kiro_worker.forge.escape import visible

SECTIONS = (
    "environment", "board", "dispatch", "launch", "feedback", "agent", "gates", "limits", "budget", "isolation",
    "commit", "forge", "lease", "workspace",
)  # fmt: skip
_TONES = {Deed.BEGUN: "good", Deed.SETTLED: "strong", Deed.STOPPED: "wait", Deed.ASKED: "wait"}
_LONGEST = 2_000


def options(parser: ArgumentParser) -> None:
    """What both take."""
    parser.add_argument(
        "--shadow", action="store_true", help="only tell what would be done: no card, no branch, nothing is written"
    )
    parser.add_argument("--json", action="store_true", help="each tick as one JSON document")
    setting_options(parser, sections=SECTIONS)


class Shown:
    """See `dispatch.watch.Telling`: a line for each thing that was done, for people or for machines.

    That nobody reads it any more ends nothing: what was begun goes on, and the board is the place to look.
    """

    def __init__(self, environment: Mapping[str, str], *, as_json: bool, all_ticks: bool = False) -> None:
        self._ink, self._errors = Ink(sys.stdout, environment), Ink(sys.stderr, environment)
        self._json, self._all = as_json, all_ticks
        self._faults: tuple[str, ...] = ()

    def report(self, report: Report) -> None:
        """See `Telling.report`; a tick in which nothing happened is not told."""
        news = report.faults != self._faults
        if self._json:
            if report.actions or self._all or news:
                with _whoever_reads():
                    print_json(report_document(report), indent=None)
                    sys.stdout.flush()
        else:
            self.actions(report.actions, acted=report.acted)
            if news:
                with _whoever_reads():
                    put(sys.stderr, (self._errors("bad", _line(fault)) for fault in report.faults))
                if self._faults and not report.faults:
                    self.say("What could not be done before can be done again.")
        self._faults = report.faults

    def actions(self, actions: tuple[Action, ...], *, acted: bool) -> None:
        """A line for each."""
        rows = [self._ink(_TONES.get(each.deed, ""), _line(action_line(each, acted=acted))) for each in actions]
        with _whoever_reads():
            put(sys.stdout, rows)

    def waiting(self, report: Report) -> None:
        """What is not begun now, with every reason."""
        for each in report.waiting:
            head, *rest = waiting_lines(each)
            put(sys.stdout, (self._ink("strong", _line(head)), *(_indented(row) for row in rest)))

    def fault(self, error: WorkerError) -> None:
        """See `Telling.fault`."""
        if (told := (f"{error.code}: {error.message}",)) != self._faults:
            with _whoever_reads():
                put(sys.stderr, map(visible, error.lines()))
        self._faults = told

    def say(self, sentence: str) -> None:
        """See `Telling.say`."""
        with _whoever_reads():
            put(sys.stderr, (_line(sentence),))


@contextlib.contextmanager
def signals(bell: Bell) -> Iterator[list[signal.Signals]]:
    """A signal asks for an orderly end: runs push what they have first. Yields those that came."""
    loop, came = asyncio.get_running_loop(), list[signal.Signals]()

    def asked(number: signal.Signals) -> None:
        came.append(number)
        if len(came) == 1:
            with _whoever_reads():
                put(sys.stderr, ("Runs that are under way are asked to end; they push what they have first.",))
        bell.end()

    asking = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    numbers = [each for each in asking if signal.getsignal(each) is not signal.SIG_IGN]
    for number in numbers:
        loop.add_signal_handler(number, asked, number)
    try:
        yield came
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


def _whoever_reads() -> contextlib.AbstractContextManager[None]:
    """A reader such as `head`, or a log's collector that was restarted, may be gone."""
    return contextlib.suppress(BrokenPipeError)


def _line(text: str) -> str:
    return one_line(text, limit=_LONGEST)


def _indented(row: str) -> str:
    return " " * (len(row) - len(row.lstrip(" "))) + _line(row)
