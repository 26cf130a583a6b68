"""`kiro-worker run`: implement the open tasks of a spec branch and keep its pull request true."""

import asyncio
import gc
from argparse import ArgumentParser, Namespace

from kiro_worker.bootstrap.machine import this_machine
from kiro_worker.bootstrap.workshop import workshop
from kiro_worker.cli.options import flags_of, setting_options, whence_of, where_options
from kiro_worker.run.start import look_around


def arguments(parser: ArgumentParser) -> None:
    """See `VerbModule`."""
    where_options(parser)
    setting_options(parser)
    output_options(parser)
    guided_option(parser)


def guided_option(parser: ArgumentParser) -> None:
    """Whether a person is asked."""
    parser.add_argument(
        "--guided", action="store_true", help="ask before each commit: approve, modify, skip or stop, with the diff"
    )


def output_options(parser: ArgumentParser) -> None:
    """How a run is shown."""
    parser.add_argument("--json", action="store_true", help="each event as one JSON line on standard output")
    parser.add_argument("--quiet", action="store_true", help="only the summary at the end")


def call(given: Namespace) -> int:
    """See `VerbModule`."""
    return asyncio.run(_run(given))


async def _run(given: Namespace) -> int:
    # Until the run is admitted nearly all that is made is modules, and they stay.
    gc.disable()
    async with workshop(this_machine()) as shop:
        whence, flags = whence_of(given), flags_of(given)
        async with asyncio.TaskGroup() as group:
            looking = group.create_task(look_around(whence, shop.git))
            # Git is started here, and looks at the clone while the next part is loaded.
            await asyncio.sleep(0)
            from kiro_worker.bootstrap.approach import approach
        async with approach(shop, whence, flags, looking.result()) as near:
            from kiro_worker.bootstrap.run import Wanted
            from kiro_worker.cli.follow import follow

            return await follow(
                shop, near, Wanted(flags=flags), as_json=given.json, quiet=given.quiet, guided=given.guided
            )
