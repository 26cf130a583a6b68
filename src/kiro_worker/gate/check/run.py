"""One check, run once: under the same isolation and in the same environment as the tests."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from kiro_worker.config.checks import SECRETS
from kiro_worker.folders import remove_what_can_be
from kiro_worker.gate.check.fault import (
    CheckCrashed,
    CheckDisagrees,
    CheckFault,
    CheckLookedAtNothing,
    CheckNotRun,
    CheckSilent,
    CheckTimedOut,
)
from kiro_worker.gate.check.form import read_form
from kiro_worker.gate.check.form.plain import shape_of
from kiro_worker.gate.check.form.read import MAY_BE_EMPTY, MOST_BYTES
from kiro_worker.gate.check.mark import Marks
from kiro_worker.gate.check.model import Found, Look, Planned, Told
from kiro_worker.gate.fault import GateFault, ReportFault, ReportUnreadable, clip
from kiro_worker.gate.place import Before, Tracked, clear_places, collect
from kiro_worker.gate.port import Color, GateResult, Subject
from kiro_worker.process import Children, Command, Ending, Exit, Limits, NotStarted
from kiro_worker.value import replace

_SHOWN_OUTPUT = 64 * 1024

# How tools that the worker calls itself say that they looked. A command of the repository's may be a starter, such as
# `make`, that makes another status of it.
_LOOKED: Mapping[str, frozenset[int]] = {
    "tsc": frozenset({0, 1, 2}),
    # Mypy ends with 2 for a file that it cannot parse, and tells that as an error of the file.
    "mypy": frozenset({0, 1, 2}),
}
_USUAL = frozenset({0, 1})
# A shell's own: not executable, not there, ended by a signal.
_LEAST_OF_SHELL = 126


async def look(planned: Planned, subject: Subject, *, children: Children, limits: Limits, tracked: Tracked) -> Look:
    """Run a check and read what it says; whatever keeps it from looking is an error that says why."""
    told = await _look(planned, subject, children=children, limits=limits, tracked=tracked)
    return _discreet(told) if planned.check.kind == SECRETS else told


async def _look(planned: Planned, subject: Subject, *, children: Children, limits: Limits, tracked: Tracked) -> Look:
    if planned.missing:
        return _not_here(planned)
    scratch = subject.scratch / f"check-{planned.name}"
    remove_what_can_be(scratch)
    scratch.mkdir(parents=True, mode=0o700)
    patterns = (planned.check.report,) if planned.check.report else ()
    before = await clear_places(patterns, subject.tree, scratch, tracked)
    command = Command(
        argv=planned.argv,
        cwd=subject.tree,
        environment={**subject.environment, **_caches(scratch), **dict(planned.environment)},
    )
    try:
        over = await children.run(command, limits)
    except NotStarted as error:
        return _failed(planned, CheckNotRun(name=planned.name, command=planned.command_line(), why=error.message))
    try:
        return await asyncio.to_thread(_read, planned, subject.tree, scratch, before, over)
    except GateFault as fault:
        return _failed(planned, fault, over)


def _read(planned: Planned, tree: Path, scratch: Path, before: Before, over: Exit) -> Look:
    """What a run tells.

    Raises:
        GateFault: when it tells nothing that could be believed.
    """
    _require_end(planned, over)
    told = _told(planned, tree, scratch, before, over)
    check = planned.check
    if told.nothing:
        raise CheckLookedAtNothing(name=check.name, why=told.nothing, output=_shown(over))
    if not planned.named and over.status not in _LOOKED.get(check.format, _USUAL):
        raise CheckCrashed(name=check.name, ended=f"ended with status {over.status}", output=_shown(over))
    if check.format == "plain":
        told = _of_plain(told, over)
    elif over.status and not told.found:
        raise CheckDisagrees(name=check.name, status=over.status, output=_shown(over))
    found, files = Marks(tree).placed(told)
    return Look(
        planned=planned, found=found, status=over.status, files=files, seconds=over.seconds, output=_shown(over)
    )


def _require_end(planned: Planned, over: Exit) -> None:
    if over.ending is not Ending.EXITED:
        raise CheckTimedOut(name=planned.name, seconds=over.seconds, output=_shown(over))
    if over.status < 0:
        raise CheckCrashed(name=planned.name, ended=f"was ended by signal {-over.status}", output=_shown(over))
    if over.status >= _LEAST_OF_SHELL:
        why = f"it ended with status {over.status}"
        if over.status <= _LEAST_OF_SHELL + 1:
            raise CheckNotRun(name=planned.name, command=planned.command_line(), why=why)
        raise CheckCrashed(name=planned.name, ended=f"ended with status {over.status}", output=_shown(over))


def _told(planned: Planned, tree: Path, scratch: Path, before: Before, over: Exit) -> Told:
    check = planned.check
    if check.report:
        collected = collect((check.report,), tree, scratch, before)
        if collected.faults:
            raise collected.faults[0]
        if not collected.reports:
            raise CheckSilent(name=check.name, where=check.report, status=over.status, output=_shown(over))
        return _joined(tuple(read_form(check.format, path, told=told) for path, told in collected.reports))
    body = over.stdout if check.format != "plain" else over.stdout + b"\n" + over.stderr
    if over.dropped and check.format != "plain":
        raise ReportUnreadable(path="its output", why=f"it has more than {MOST_BYTES:,} bytes")
    if not body.strip():
        if check.format in MAY_BE_EMPTY:
            return Told()
        raise CheckSilent(name=check.name, where="its output", status=over.status, output=_shown(over))
    place = scratch / "output"
    place.write_bytes(body)
    return read_form(check.format, place, told="its output")


def _joined(told: tuple[Told, ...]) -> Told:
    """Several reports of one run, as builds of many modules write them."""
    known = [one.files for one in told if one.files is not None]
    return Told(
        found=tuple(found for one in told for found in one.found),
        files=frozenset().union(*known) if len(known) == len(told) else None,
        nothing=told[0].nothing if all(one.nothing for one in told) else "",
    )


def _of_plain(told: Told, over: Exit) -> Told:
    """The exit status decides; a text without any place is one finding, known again by what it says."""
    if not over.status:
        return Told()
    if told.found:
        return told
    said = _shown(over)
    last = next((line for line in reversed(said.splitlines()) if line.strip()), "it said nothing")
    message = f"ended with status {over.status}: {clip(last.strip(), 300)}"
    return Told(found=(Found(rule="", message=message, key=shape_of(said)),))


def _caches(scratch: Path) -> Mapping[str, str]:
    """What tools remember of earlier runs is not read from the tree: there somebody could have written it."""
    return {
        "MYPY_CACHE_DIR": str(scratch / "mypy"),
        "RUFF_NO_CACHE": "true",
        "PYLINTHOME": str(scratch / "pylint"),
        "GOLANGCI_LINT_CACHE": str(scratch / "golangci"),
        "SEMGREP_SEND_METRICS": "off",
        "SEMGREP_ENABLE_VERSION_CHECK": "0",
        "NO_COLOR": "1",
    }


def _not_here(planned: Planned) -> Look:
    if planned.named:
        return _failed(planned, CheckNotRun(name=planned.name, command=planned.command_line(), why=planned.missing))
    summary = f"not run: {planned.missing}; {planned.because} sets it up"
    return Look(planned=planned, over=GateResult(gate=planned.name, color=Color.NOT_APPLICABLE, summary=summary))


def _discreet(told: Look) -> Look:
    """What a scanner for secrets says without what it found, which many of them print."""
    over = told.over
    if over is not None:
        findings = tuple(replace(one, detail="") for one in over.findings)
        over = replace(over, findings=findings, output="")
    found = tuple(replace(one, message="looks like a secret") for one in told.found)
    return replace(told, found=found, over=over, output="")


def _failed(planned: Planned, fault: GateFault, over: Exit | None = None) -> Look:
    finding = fault.finding_of("check") if isinstance(fault, ReportFault) else fault.finding()
    if not isinstance(fault, CheckFault):
        finding = replace(finding, title=f"{planned.name}: {finding.title}")
    result = GateResult(
        gate=planned.name,
        color=Color.ERROR,
        summary=finding.title,
        findings=(finding,),
        seconds=over.seconds if over else 0.0,
        output=_shown(over) if over else "",
        command=planned.command_line(),
    )
    return Look(planned=planned, over=result, seconds=result.seconds, output=result.output)


def _shown(over: Exit) -> str:
    said = (over.stdout, over.stderr)
    return "\n".join(clip(part.decode("utf-8", "replace"), _SHOWN_OUTPUT // 2) for part in said if part.strip())
