"""`kiro-worker watch`: take work from the board for ever, and keep the board true."""

import asyncio
from argparse import ArgumentParser, Namespace

from kiro_worker.bootstrap.credentials import fetch_credentials
from kiro_worker.bootstrap.dispatch import Dispatching, launches_for
from kiro_worker.bootstrap.feedback import heard_at
from kiro_worker.bootstrap.machine import this_machine
from kiro_worker.bootstrap.settings import early_settings
from kiro_worker.bootstrap.workshop import workshop
from kiro_worker.cli.options import flags_of
from kiro_worker.cli.ticks import Shown, options, signals
from kiro_worker.dispatch.watch import Bell, hearing, last_tick, watch


def arguments(parser: ArgumentParser) -> None:
    """See `VerbModule`."""
    parser.add_argument(
        "--listen",
        metavar="HOST:PORT",
        default="",
        help="hear webhooks at this address, under /webhook, and look at once when one comes",
    )
    options(parser)


def call(given: Namespace) -> int:
    """See `VerbModule`."""
    return asyncio.run(_watch(given))


async def _watch(given: Namespace) -> int:
    machine = this_machine()
    flags, acts = flags_of(given), not given.shadow
    async with workshop(machine) as shop, launches_for(shop, flags, acts=acts) as launches:
        await fetch_credentials(shop, early_settings(machine, flags))
        dispatching = Dispatching(shop, flags, launches, acts=acts)
        shown, bell = Shown(machine.environment, as_json=given.json), Bell()

        def woken() -> None:
            dispatching.listening.hurry()
            bell.ring()

        try:
            with signals(bell):
                board = dispatching.dispatcher.desk.board.name
                shown.say(f"Watching {board}, every {dispatching.interval:g} s; Ctrl-C ends it.")
                async with (
                    heard_at(given.listen, shop, dispatching.config, woken) as where,
                    hearing(launches, lambda: dispatching.dispatcher, bell),
                ):
                    if where:
                        shown.say(f"Webhooks are heard at {where}.")
                    await watch(dispatching, shop.clock, bell, shown)
                    await last_tick(dispatching, launches.close, shown)
        finally:
            await dispatching.close()
    return 0
