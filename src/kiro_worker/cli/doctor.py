"""`kiro-worker doctor`: look at all that a run needs, and say how to mend what is wrong. Nothing is spent."""

import asyncio
import sys
from argparse import ArgumentParser, Namespace

from kiro_worker.bootstrap.machine import Machine, this_machine
from kiro_worker.cli.options import flags_of, setting_options, whence_of, where_options
from kiro_worker.cli.terminal import Ink, Passing, print_json, put
from kiro_worker.doctor.check import Check, Health, exit_status_of, report_document
from kiro_worker.doctor.examination import examine
from kiro_worker.forge.escape import visible
from kiro_worker.run.report.words import counted

_TONES = {Health.OK: "good", Health.WARNING: "wait", Health.FAULT: "bad", Health.SKIPPED: "soft"}
_HEALTH = 9
_NAME = 11


def arguments(parser: ArgumentParser) -> None:
    """See `VerbModule`."""
    where_options(parser, looks_only=True)
    setting_options(parser)
    parser.add_argument("--json", action="store_true", help="one JSON document")


def call(given: Namespace) -> int:
    """See `VerbModule`."""
    return asyncio.run(_call(given, this_machine()))


async def _call(given: Namespace, machine: Machine) -> int:
    ink = Ink(sys.stdout, machine.environment)
    checks: list[Check] = []
    passing = Passing(sys.stdout, shown=not given.json)
    async for check in examine(
        machine, whence_of(given), flags_of(given), begin=lambda name: passing.show(f"looking at {name}")
    ):
        passing.clear()
        checks.append(check)
        if not given.json:
            _show(check, ink)
    if given.json:
        print_json(report_document(checks))
    else:
        put(sys.stdout, ("", _summary(checks)))
    return exit_status_of(checks)


def _show(check: Check, ink: Ink) -> None:
    first, *rest = visible(check.says).split("\n")
    indent = " " * (_HEALTH + _NAME)
    put(sys.stdout, (f"{ink(_TONES[check.health], f'{check.health:<{_HEALTH}}')}{check.name:<{_NAME}}{first}",))
    put(sys.stdout, (f"{indent}{row}" for row in rest))
    if check.cure:
        put(sys.stdout, (f"{indent}{ink('strong', 'cure:')} {visible(check.cure)}",))


def _summary(checks: list[Check]) -> str:
    faults = sum(check.health is Health.FAULT for check in checks)
    warnings = sum(check.health is Health.WARNING for check in checks)
    if faults:
        return f"{counted(faults, 'fault')} would end a run here; {counted(warnings, 'warning')}."
    return f"A run can begin; {counted(warnings, 'warning')}." if warnings else "A run can begin."
