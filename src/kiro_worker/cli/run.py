"""`kiro-worker run`: implement the open tasks of a spec branch and keep its pull request true."""

import asyncio
import gc
from argparse import ArgumentParser, Namespace

from kiro_worker.bootstrap.machine import this_machine
from kiro_worker.bootstrap.workshop import Workshop, workshop
from kiro_worker.cli.options import flags_of, positive, run_id, setting_options, whence_of, where_options
from kiro_worker.run.start import look_around

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kiro_worker.ids import Oid


def arguments(parser: ArgumentParser) -> None:
    """See `VerbModule`."""
    where_options(parser)
    setting_options(parser)
    output_options(parser)
    guided_option(parser)
    item_options(parser)


def item_options(parser: ArgumentParser) -> None:
    """What whoever takes work from a board says."""
    group = parser.add_argument_group("work from a board (kiro-worker poll and watch give these)")
    group.add_argument("--item", metavar="CARD", default="", help="the card that asks for it; it is claimed first")
    group.add_argument("--run-id", metavar="RUN", type=run_id, default="", help="the id that the run will have")
    group.add_argument("--resumes", metavar="RUN", type=run_id, default="", help="the run that this one goes on with")
    group.add_argument(
        "--attempt",
        metavar="N",
        type=positive,
        default=1,
        help="which try it is; from 2 on the card may be in progress",
    )
    group.add_argument(
        "--feedback",
        metavar="REMARK",
        action="append",
        default=[],
        help="see to this remark on the pull request, by the forge's id of it; `checks` to those that fail there",
    )


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

            wanted = Wanted(
                flags=flags,
                resumes=given.resumes,
                adopt=_unpushed(shop, given.resumes) if given.resumes else None,
                run=given.run_id,
                item=given.item,
                attempt=given.attempt,
                feedback=tuple(given.feedback),
            )
            return await follow(shop, near, wanted, as_json=given.json, quiet=given.quiet, guided=given.guided)


def _unpushed(shop: "Workshop", run: str) -> "Oid | None":
    from kiro_worker.process.leftover import end_leftovers
    from kiro_worker.run.resume import unpushed_of

    # What a killed worker left would go on writing into a workspace that is to be taken over.
    end_leftovers()
    return unpushed_of(shop.machine.runs / run)
