"""`kiro-worker config`: each setting and where it came from, or all that is wrong with them."""

import asyncio
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence

from kiro_worker.bootstrap.machine import this_machine
from kiro_worker.bootstrap.workshop import workshop
from kiro_worker.cli.options import flags_of, setting_options, whence_of, where_options
from kiro_worker.cli.terminal import Passing, print_json, put
from kiro_worker.config import Loaded, check, show_json, show_lines
from kiro_worker.config.load import load
from kiro_worker.doctor.sources import sources_here
from kiro_worker.flaw import Flaw
from kiro_worker.forge.escape import visible
from kiro_worker.value import replace

# As for a run that these settings would end.
_UNFIT = 2


def arguments(parser: ArgumentParser) -> None:
    """See `VerbModule`."""
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True, prog=parser.prog)
    for name, about in (
        ("show", "each setting, its value and where that came from"),
        ("check", "all that is wrong, each with its place and what to write instead"),
    ):
        made = verbs.add_parser(name, help=about, description=f"{about[0].upper()}{about[1:]}.")
        made.set_defaults(verb=name)
        made.add_argument("--json", action="store_true", help="one JSON document")
        made.add_argument(
            "--local", action="store_true", help="the files of this working tree as they are; asks no remote"
        )
        if name == "show":
            made.add_argument(
                "--origin",
                metavar="WORD",
                nargs="?",
                default="",
                const="",
                help="only those from there: flag, environment, default, a file",
            )
        where_options(made, looks_only=True)
        setting_options(made)


def call(given: Namespace) -> int:
    """See `VerbModule`."""
    return asyncio.run(_call(given))


async def _call(given: Namespace) -> int:
    passing = Passing(sys.stderr, shown=not given.local)
    passing.show("reading the settings of the repository")
    try:
        async with workshop(this_machine()) as shop:
            found = await sources_here(shop, whence_of(given), flags_of(given), local=given.local)
    finally:
        passing.clear()
    if found.note:
        print(visible(found.note), file=sys.stderr)
    if given.verb == "show":
        _show(load(found.sources), given)
        return 0
    checked = check(found.sources)
    if flaws := _of_policy(found.policy):
        checked = replace(checked, flaws=(*checked.flaws, *(each for each in flaws if each not in checked.flaws)))
    if given.json:
        print_json(checked.json())
    else:
        put(sys.stdout, map(visible, checked.lines()))
    return 0 if checked.is_good else _UNFIT


def _of_policy(files: Mapping[str, bytes | None]) -> Sequence[Flaw]:
    """What is wrong with the policy: it stands in the same files, and ends a run just so."""
    from kiro_worker.policy.document import PolicyInvalid, read_policy

    try:
        read_policy(files)
    except PolicyInvalid as invalid:
        return invalid.flaws
    return ()


def _show(loaded: Loaded, given: Namespace) -> None:
    if given.origin:
        kept = {name: each for name, each in loaded.settings.items() if given.origin in each.origin}
        loaded = Loaded(config=loaded.config, settings=kept, warnings=loaded.warnings)
    if given.json:
        print_json(show_json(loaded))
    else:
        put(sys.stdout, show_lines(loaded))
