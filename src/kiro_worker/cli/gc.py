"""`kiro-worker gc`: take away what killed runs left behind, and what nobody has used in a long time."""

import asyncio
import sys
from argparse import ArgumentParser, Namespace
from datetime import timedelta

from kiro_worker.bootstrap.credentials import fetch_credentials
from kiro_worker.bootstrap.machine import this_machine
from kiro_worker.bootstrap.repository import git_secrets
from kiro_worker.bootstrap.settings import early_settings
from kiro_worker.bootstrap.workshop import Workshop, workshop
from kiro_worker.cli.options import folder_of, positive
from kiro_worker.cli.terminal import Ink, columns, print_json, put
from kiro_worker.forge.escape import line as one_line
from kiro_worker.git import Git
from kiro_worker.orphan.machine import Wanted, sweep_machine
from kiro_worker.orphan.show import HEADINGS, orphan_row, summary, sweep_document
from kiro_worker.orphan.sweep import Sweep
from kiro_worker.run.start import Whence, find_source, look_around
from kiro_worker.run.verdict import Verdict, exit_status
from kiro_worker.state.fault import StateUnavailable
from kiro_worker.state.room import give_room

_LONGEST_LINE = 2_000


def arguments(parser: ArgumentParser) -> None:
    """See `VerbModule`."""
    parser.add_argument("--dry-run", action="store_true", help="only tell what would go; nothing is written")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.add_argument(
        "--older-than",
        metavar="DAYS",
        type=positive,
        help="in place of the usual ages: 14 days for workspaces, 30 for mirrors and caches, 90 for runs and refs",
    )
    parser.add_argument("--runs", action="store_true", help="also the files of runs: receipt, transcript, report")
    parser.add_argument("--unpushed", action="store_true", help="also what holds commits that were never pushed")
    parser.add_argument(
        "--refs", action="store_true", help="also, on the remote, fences and evidence of branches that are gone"
    )
    parser.add_argument("--repository", metavar="URL", default="", help="with --refs: this one, not the clone here")
    parser.add_argument("--remote", metavar="NAME", default="origin", help="with --refs: the clone's remote (origin)")
    parser.add_argument("-C", dest="folder", metavar="FOLDER", default=".", help="as if called in this folder")


def call(given: Namespace) -> int:
    """See `VerbModule`."""
    return asyncio.run(_call(given))


async def _call(given: Namespace) -> int:
    async with workshop(this_machine()) as shop:
        wanted = Wanted(
            older=timedelta(days=given.older_than) if given.older_than else None,
            runs=given.runs,
            unpushed=given.unpushed,
            remote=await _remote(shop, given) if given.refs else None,
        )
        swept = await _sweep(shop, wanted, dry_run=given.dry_run)
        if given.json:
            print_json(sweep_document(swept, dry_run=given.dry_run))
        else:
            _show(swept, Ink(sys.stdout, shop.machine.environment), dry_run=given.dry_run)
    return exit_status(Verdict.INTERNAL) if swept.failed else 0


async def _sweep(shop: Workshop, wanted: Wanted, *, dry_run: bool) -> Sweep:
    """Sweep; where a full disk keeps the database from it, with the room that was kept for that."""
    try:
        return await sweep_machine(shop, wanted, dry_run=dry_run)
    except StateUnavailable:
        if dry_run or not give_room(shop.machine.state):
            raise
    return await sweep_machine(shop, wanted, dry_run=dry_run)


async def _remote(shop: Workshop, given: Namespace) -> tuple[Git, str]:
    whence = Whence(folder=folder_of(given), remote=given.remote, repository=given.repository, new_branch=True)
    source = await find_source(whence, shop.git, await look_around(whence, shop.git))
    settings = early_settings(shop.machine, {})
    # Before anything can be written: what stands in a file is in no variable that the redactor knows.
    shop.keep_out(shop.machine.filed(settings.forge.token_variable, settings.forge.private_key_variable))
    await fetch_credentials(shop, settings)
    return shop.git.with_secrets(git_secrets(shop, source, settings)), source.url


def _show(swept: Sweep, ink: Ink, *, dry_run: bool) -> None:
    if swept.gone:
        rows = [HEADINGS, *(tuple(map(_line, orphan_row(orphan))) for orphan in swept.gone)]
        put(sys.stdout, map(ink, ["soft", *("" for _ in swept.gone)], columns(rows)))
    put(sys.stdout, (ink("wait", _line(f"kept: {each.what}: {each.spared}")) for each in swept.spared))
    put(sys.stdout, summary(swept, dry_run=dry_run))
    put(sys.stderr, map(_line, swept.failed))


def _line(text: str) -> str:
    return one_line(text, limit=_LONGEST_LINE)
