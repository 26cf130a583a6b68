"""`kiro-worker artifacts`: the files of a run that lie in a bucket, and links to them that end."""

import asyncio
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from kiro_worker.bootstrap.machine import this_machine
from kiro_worker.bootstrap.settings import early_settings
from kiro_worker.bootstrap.workshop import Workshop, workshop
from kiro_worker.cli.options import flags_of, run_id, setting_options
from kiro_worker.cli.terminal import print_json, put
from kiro_worker.config.settings import Config
from kiro_worker.error import Fault, WorkerError
from kiro_worker.forge.escape import line as one_line
from kiro_worker.ids import RunId

if TYPE_CHECKING:
    from kiro_worker.artifact.s3 import S3Artifacts

_Do = Callable[[Workshop, Config, Namespace], Awaitable[int]]


class NoBucket(WorkerError):
    """The settings name no bucket."""

    code = "artifacts.no-bucket"
    fault = Fault.CONFIG

    def __init__(self) -> None:
        super().__init__(
            "The files of runs lie on the machines that they ran on: no bucket is set.",
            next_step="Name it: --artifact-store s3 --artifact-bucket NAME. Those of this machine: kiro-worker show",
        )


class FileNotKept(WorkerError):
    """The bucket has no such file of that run."""

    code = "artifacts.unknown"
    fault = Fault.CONFIG

    def __init__(self, *, run: str, name: str) -> None:
        what = f"no file {one_line(name)!r} of the run {run}" if name else f"nothing of the run {run}"
        super().__init__(f"The bucket has {what}.", next_step="See what there is: kiro-worker artifacts list RUN")


def arguments(parser: ArgumentParser) -> None:
    """See `VerbModule`."""
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True, prog=parser.prog)

    def verb(name: str, about: str, do: _Do) -> ArgumentParser:
        made = verbs.add_parser(name, help=about, description=f"{about[0].upper()}{about[1:]}.")
        made.add_argument("run", metavar="RUN", type=_run, help="the run's id, as its pull request names it")
        made.set_defaults(do=do)
        return made

    listed = verb("list", "the names of a run's files", _list)
    listed.add_argument("--json", action="store_true", help="one JSON document")
    linked = verb("link", "a link to one file: whoever has it can read that until it ends", _link)
    linked.add_argument("name", metavar="FILE", help="as `list` names it")
    for each in (listed, linked):
        setting_options(each, sections=("artifact",))


def call(given: Namespace) -> int:
    """See `VerbModule`."""
    return asyncio.run(_call(given))


async def _call(given: Namespace) -> int:
    machine = this_machine()
    config = early_settings(machine, flags_of(given))
    if config.artifact.store != "s3":
        raise NoBucket
    async with workshop(machine) as shop:
        do: _Do = given.do
        return await do(shop, config, given)


async def _list(shop: Workshop, config: Config, given: Namespace) -> int:
    names = await _store(shop, config).names(RunId(given.run))
    if given.json:
        print_json({"schema": "kiro-worker/artifacts/1", "run": given.run, "files": list(names)})
        return 0
    if not names:
        raise FileNotKept(run=given.run, name="")
    put(sys.stdout, (one_line(name) for name in names))
    return 0


async def _link(shop: Workshop, config: Config, given: Namespace) -> int:
    store, run = _store(shop, config), RunId(given.run)
    # A link is made without asking the bucket, and would lead nowhere.
    if given.name not in await store.names(run):
        raise FileNotKept(run=run, name=given.name)
    print(await store.link(run, given.name, seconds=config.artifact.link_life.total_seconds()))
    return 0


def _store(shop: Workshop, config: Config) -> "S3Artifacts":
    from kiro_worker.bootstrap.upload import bucket_of

    return bucket_of(shop, config)


def _run(text: str) -> str:
    if not text:
        raise ArgumentTypeError("it is empty")
    return run_id(text)
