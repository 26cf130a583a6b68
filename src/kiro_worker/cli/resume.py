"""`kiro-worker resume`: go on with a run that broke off, from its branch."""

import asyncio
import sys
from argparse import ArgumentParser, Namespace

from kiro_worker.bootstrap.approach import approach
from kiro_worker.bootstrap.machine import this_machine
from kiro_worker.bootstrap.run import Wanted
from kiro_worker.bootstrap.workshop import workshop
from kiro_worker.cli.follow import follow
from kiro_worker.cli.options import flags_of, folder_of, setting_options
from kiro_worker.cli.run import guided_option, output_options
from kiro_worker.process.leftover import end_leftovers
from kiro_worker.run.resume import find_resumable
from kiro_worker.run.start import look_around


def arguments(parser: ArgumentParser) -> None:
    """See `VerbModule`."""
    parser.add_argument("run", nargs="?", default="", help="a run's id, a part of it, or a branch (the newest run)")
    parser.add_argument(
        "--repository", metavar="URL", default="", help="with a branch: its repository, not the clone here"
    )
    parser.add_argument("-C", dest="folder", metavar="FOLDER", default=".", help="as if called in this folder")
    setting_options(parser)
    output_options(parser)
    guided_option(parser)


def call(given: Namespace) -> int:
    """See `VerbModule`."""
    return asyncio.run(_resume(given))


async def _resume(given: Namespace) -> int:
    machine = this_machine()
    async with workshop(machine) as shop:
        if ended := end_leftovers():
            print(
                f"Ended {'1 process' if len(ended) == 1 else f'{len(ended)} processes'} that a killed worker had left.",
                file=sys.stderr,
            )
        found = await find_resumable(
            given.run,
            registry=shop.registry,
            runs=machine.runs,
            git=shop.git,
            folder=folder_of(given),
            repository=given.repository,
            remote=flags_of(given).get("remote", "origin"),
        )
        flags = {**found.flags, **flags_of(given)}
        wanted = Wanted(flags=flags, resumes=found.run, adopt=found.unpushed)
        clone = await look_around(found.whence, shop.git)
        async with approach(shop, found.whence, flags, clone) as near:
            return await follow(shop, near, wanted, as_json=given.json, quiet=given.quiet, guided=given.guided)
