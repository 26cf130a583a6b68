"""`kiro-worker build`: a run inside a build of CodeBuild, and what is left to do when it is over."""

import asyncio
import contextlib
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

from kiro_worker.bootstrap.approach import Approach, approach
from kiro_worker.bootstrap.codebuild.place import BuildPlace
from kiro_worker.bootstrap.codebuild.scratch import close_scratch
from kiro_worker.bootstrap.codebuild.surroundings import Surroundings, surroundings_of
from kiro_worker.bootstrap.machine import Machine, this_machine
from kiro_worker.bootstrap.settings import early_settings
from kiro_worker.bootstrap.upload import Uploaded, put_up
from kiro_worker.bootstrap.workshop import Workshop, workshop
from kiro_worker.cli.buildlog import BuildLog
from kiro_worker.cli.terminal import put
from kiro_worker.clock import SystemClock
from kiro_worker.config.settings import Config
from kiro_worker.error import WorkerError
from kiro_worker.ids import RunId
from kiro_worker.launch.build_environment import exports_of, request_of
from kiro_worker.launch.port import LaunchRequest
from kiro_worker.run.journal import Event
from kiro_worker.run.shell import Outcome, Stop
from kiro_worker.run.start import Whence

# The home of root is closed to everybody else, and with it all that lies below.
_STATE = "/var/lib"

_Do = Callable[[Namespace], Coroutine[Any, Any, int]]


def arguments(parser: ArgumentParser) -> None:
    """See `VerbModule`."""
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True, prog=parser.prog)

    def verb(name: str, about: str, do: _Do) -> None:
        made = verbs.add_parser(name, help=about, description=f"{about[0].upper()}{about[1:]}.")
        made.add_argument(
            "--into",
            metavar="FOLDER",
            default=".",
            help="where exports.sh, reports/tests and reports/coverage are written for the buildspec",
        )
        made.set_defaults(do=do)

    verb("run", "carry out the run that the build's variables ask for, and end before the build does", _run)
    verb("finish", "whatever became of the run: files that are not kept yet, reports, and clean-up", _finish)


def call(given: Namespace) -> int:
    """See `VerbModule`."""
    do: _Do = given.do
    return asyncio.run(do(given))


def _machine() -> Machine:
    """This one; a build that is root keeps its state where the account that the agent gets can be let in."""
    machine = this_machine()
    if os.geteuid() != 0 or machine.environment.get("XDG_STATE_HOME"):
        return machine
    return this_machine({**machine.environment, "XDG_STATE_HOME": _STATE})


async def _run(given: Namespace) -> int:
    machine = _machine()
    request = request_of(machine.environment)
    place = BuildPlace(Path(given.into).absolute(), machine.state, request.run)
    place.take()
    log = BuildLog(sys.stdout, SystemClock(), request.run)
    async with workshop(machine) as shop:
        try:
            outcome, config = await _carried_out(shop, request, log)
        except (WorkerError, ExceptionGroup) as raised:
            _tell_fault(raised, shop, place, log)
            raise
        cause, pull_request = outcome.record.cause, outcome.record.pull_request
        place.export(
            exports_of(
                run=request.run,
                exit_status=outcome.exit_status,
                verdict=outcome.record.verdict or "",
                pull_request=pull_request.url if pull_request else "",
                said=str(cause["message"]) if cause else "",
            )
        )
        _hand_over(place, log)
        _tell_upload(place, log, await put_up(shop, config, place.run))
        _summarize(outcome)
    return outcome.exit_status


async def _carried_out(shop: Workshop, request: LaunchRequest, log: BuildLog) -> tuple[Outcome, Config]:
    build = surroundings_of(shop.machine.environment)
    if os.geteuid() == 0:
        close_scratch(shop.machine.environment)
    flags = {**request.settings, "branch.name": request.branch}
    flags |= {"spec.name": request.spec} if request.spec else {}
    flags |= {"build_url": build.url} if build.url else {}
    if os.geteuid() == 0 and early_settings(shop.machine, flags).isolation.kind == "auto":
        # The strongest that works may be none, and then the agent would be root beside the build's role.
        flags["isolation.kind"] = "required"
    whence = Whence(folder=Path.cwd(), repository=request.repository, branch=request.branch)
    async with approach(shop, whence, flags, None) as near:
        from kiro_worker.bootstrap.codebuild.checkpoint import checkpoints
        from kiro_worker.bootstrap.run import Wanted, run
        from kiro_worker.cli.follow import signals

        wanted = Wanted(
            flags=flags,
            resumes=request.resumes,
            run=request.run,
            item=request.item,
            attempt=request.attempt,
            feedback=request.feedback,
        )
        stop = Stop()
        with signals(stop):
            async with _in_time(shop, near, build, stop), checkpoints(shop, near.early, RunId(request.run)) as kept:

                def listen(event: Event) -> None:
                    log.event(event)
                    if kept is not None:
                        kept.event(event)

                outcome = await run(shop, near, wanted, listen=listen, show=log.agent, stop=stop, echo=log.echo)
        return outcome, near.early


@contextlib.asynccontextmanager
async def _in_time(shop: Workshop, near: Approach, build: Surroundings, stop: Stop) -> AsyncIterator[None]:
    """The run is asked to end before the build is killed, where the settings say how long that may take."""
    limits = near.early.limits
    if not limits.build:
        yield
        return
    from kiro_worker.bootstrap.codebuild.deadline import end_before

    moment = (build.began or shop.clock.now()) + limits.build
    # A short build has to leave some of its time to the work.
    margin = min(limits.build_margin, limits.build / 2)
    async with asyncio.TaskGroup() as group:
        watch = group.create_task(end_before(moment, margin=margin, stop=stop, clock=shop.clock))
        try:
            yield
        finally:
            watch.cancel()


async def _finish(given: Namespace) -> int:
    from kiro_worker.bootstrap.codebuild.reports import stand_in_for_missing
    from kiro_worker.process.leftover import end_leftovers

    machine = _machine()
    ended = end_leftovers()
    request = request_of(machine.environment)
    place = BuildPlace(Path(given.into).absolute(), machine.state, request.run)
    log = BuildLog(sys.stdout, SystemClock(), request.run)
    if not place.is_exported:
        log.say("build.cut-off", "error", text="The run did not come to its end; its branch has what was pushed.")
    if ended:
        log.say("build.leftovers", "warning", processes=len(ended))
    async with workshop(machine) as shop:
        _hand_over(place, log)
        stand_in_for_missing(place)
        missed = None if place.is_uploaded else await _put_up_again(shop, request, place, log)
        await _clean(machine, place)
    if missed is not None:
        raise missed
    return 0


async def _put_up_again(shop: Workshop, request: LaunchRequest, place: BuildPlace, log: BuildLog) -> WorkerError | None:
    done = await put_up(shop, early_settings(shop.machine, request.settings), place.run)
    _tell_upload(place, log, done)
    return done.missed


async def _clean(machine: Machine, place: BuildPlace) -> None:
    """The folders of the run's own in which credentials or the project's caches lie; the work is on its branch."""
    from kiro_worker.folders import remove_what_can_be

    for kind in ("homes", "gates"):
        folder = machine.state / kind / place.run
        if folder.is_dir() and not folder.is_symlink():
            await asyncio.to_thread(remove_what_can_be, folder)


def _tell_fault(raised: Exception, shop: Workshop, place: BuildPlace, log: BuildLog) -> None:
    """A run that could not begin: what its launcher hears is told as for any other."""
    from kiro_worker.run.verdict import exit_status, verdict_of

    found: BaseException = raised
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    if not isinstance(found, WorkerError):
        return
    verdict = verdict_of(found.fault)
    status = exit_status(verdict, terminated=getattr(found, "terminated", False))
    told = shop.redactor.json(
        {"code": found.code, "message": found.message, "kept": found.kept, "next_step": found.next_step}
    )
    log.say("run.refused", "error", verdict=verdict.value, exit_status=status, **told)
    place.export(exports_of(run=place.run, exit_status=status, verdict=verdict.value, said=told["message"]))


def _hand_over(place: BuildPlace, log: BuildLog) -> None:
    from kiro_worker.bootstrap.codebuild.reports import hand_over_reports

    for note in hand_over_reports(place):
        log.say("report.unusable", "warning", text=note)


def _tell_upload(place: BuildPlace, log: BuildLog, done: Uploaded) -> None:
    if done.missed is not None:
        log.say("artifacts.missed", "error", place=done.place, files=done.kept, text=done.missed.message)
        return
    place.uploaded()
    if done.place:
        log.say("artifacts.kept", place=done.place, files=done.kept)


def _summarize(outcome: Outcome) -> None:
    """The whole story once more for people, on the other stream."""
    from kiro_worker.forge.escape import visible
    from kiro_worker.run.report.summary import summary

    with contextlib.suppress(BrokenPipeError):
        put(sys.stderr, ("", visible(summary(outcome.record)).rstrip("\n")))
