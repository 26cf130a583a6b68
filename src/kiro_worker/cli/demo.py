"""`kiro-worker demo`: the main job, end to end, on a bundled sample with a bundled recording of an agent."""

import asyncio
import shlex
import shutil
import sys
import tempfile
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from dataclasses import replace
from importlib.resources import as_file, files
from pathlib import Path

from kiro_worker.bootstrap.approach import approach
from kiro_worker.bootstrap.machine import Machine, this_machine
from kiro_worker.bootstrap.run import Wanted
from kiro_worker.bootstrap.workshop import Workshop, workshop
from kiro_worker.cli.follow import outcome_of
from kiro_worker.cli.run import output_options
from kiro_worker.cli.terminal import put
from kiro_worker.error import Fault, WorkerError
from kiro_worker.process import Command
from kiro_worker.run.start import Whence, look_around

_SPEC = "parcel-price"
_PERSON = ("-c", "user.name=A Developer", "-c", "user.email=developer@example.com", "-c", "commit.gpgsign=false")


def arguments(parser: ArgumentParser) -> None:
    """See `VerbModule`."""
    parser.add_argument("--folder", metavar="FOLDER", help="where to put the sample (a new temporary folder)")
    parser.add_argument(
        "--speed", metavar="N", type=_speed, default="0", help="how much quicker than recorded; 0 does not wait"
    )
    output_options(parser)


class FolderTaken(WorkerError):
    """The folder for the sample holds something."""

    code = "demo.folder-taken"
    fault = Fault.CONFIG

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"{folder} is not an empty folder, and the sample would be mixed with what is there.",
            kept="Nothing was changed.",
            next_step="Name a new one with --folder, or leave it out: a temporary one is made.",
        )


class SampleNotMade(WorkerError):
    """Git refused a step of making the sample repository."""

    code = "demo.sample"
    fault = Fault.GIT

    def __init__(self, *, command: str, words: str) -> None:
        super().__init__(
            f"git {command} failed while the sample was made: {words.strip()}",
            next_step="Look at git alone: kiro-worker doctor",
        )


def _speed(text: str) -> str:
    try:
        fits = 0 <= float(text) < float("inf")
    except ValueError:
        fits = False
    if not fits:
        raise ArgumentTypeError(f"{text!r} is no number from 0 on")
    return text


def call(given: Namespace) -> int:
    """See `VerbModule`."""
    return asyncio.run(_demo(given))


async def _demo(given: Namespace) -> int:
    folder = Path(given.folder or tempfile.mkdtemp(prefix="kiro-worker-demo-")).absolute()
    if folder.exists() and not (folder.is_dir() and next(folder.iterdir(), None) is None):
        raise FolderTaken(folder)
    machine = _apart(this_machine(), folder)
    async with workshop(machine) as shop:
        clone = await _sample(shop, folder)
        replay = Path(sys.executable).parent / "kiro-worker-replay"
        with as_file(files("kiro_worker.demo") / "cassette.jsonl") as cassette:
            agent = shlex.join((str(replay), "--speed", given.speed, str(cassette)))
            _say(
                given,
                f"A sample project with a spec of six tasks is in {clone}",
                f"Its remote is {folder / 'origin.git'}",
                "",
            )
            whence, flags = Whence(folder=clone), {"agent.name": agent}
            async with approach(shop, whence, flags, await look_around(whence, shop.git)) as near:
                outcome = await outcome_of(shop, near, Wanted(flags=flags), as_json=given.json, quiet=given.quiet)
        if not given.json:
            await _show_pull_request(shop, folder)
            run = machine.runs / outcome.record.run
            _say(
                given,
                "",
                f"The page of the run:  {run / 'run.html'}",
                f"The branch:           git -C {clone} fetch && git -C {clone} log origin/{_SPEC}",
            )
    return outcome.exit_status


def _apart(machine: Machine, folder: Path) -> Machine:
    """This machine with a state of the demo's own, and with our Python first on the search path."""
    path = f"{Path(sys.executable).parent}:{machine.environment.get('PATH', '')}"
    return replace(
        machine, environment={**machine.environment, "PATH": path}, state=folder / "state", user_settings=None
    )


async def _sample(shop: Workshop, folder: Path) -> Path:
    """A bare remote with the sample on its main branch, and a clone with the spec on a branch of its own."""
    clone = folder / "postage"
    shop.git.home.ensure()
    with as_file(files("kiro_worker.demo") / "sample") as sample:
        shutil.copytree(sample, clone, ignore=shutil.ignore_patterns("__pycache__"))
    specs = clone / ".kiro/specs"
    shutil.move(specs, folder / "specs")
    for command in (
        ("init", "--quiet", "--bare", "--initial-branch=main", str(folder / "origin.git")),
        ("init", "--quiet", "--initial-branch=main", "."),
        ("remote", "add", "origin", str(folder / "origin.git")),
        ("add", "--all"),
        (*_PERSON, "commit", "--quiet", "--message", "Price zones"),
        ("push", "--quiet", "--set-upstream", "origin", "main"),
        ("switch", "--quiet", "--create", _SPEC),
    ):
        await _git(shop, clone, command)
    shutil.move(folder / "specs", specs)
    for command in (
        ("add", "--all"),
        (*_PERSON, "commit", "--quiet", "--message", "Specify parcel prices"),
        ("push", "--quiet", "--set-upstream", "origin", _SPEC),
    ):
        await _git(shop, clone, command)
    return clone


async def _git(shop: Workshop, clone: Path, arguments: tuple[str, ...]) -> None:
    environment = {
        **shop.machine.environment,
        "GIT_CONFIG_GLOBAL": str(shop.git.home.config),
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    over = await shop.children.run(Command(argv=("git", *arguments), cwd=clone, environment=environment))
    if not over.ok:
        raise SampleNotMade(command=arguments[0], words=over.stderr.decode(errors="replace"))


async def _show_pull_request(shop: Workshop, folder: Path) -> None:
    from kiro_worker.forge.local import LocalForge
    from kiro_worker.forge.render import as_text

    found = await LocalForge(shop.state, str(folder / "origin.git"), shop.clock).find(_SPEC)
    if found is not None:
        print(f"\n{'=' * 100}\n{as_text(found)}\n{'=' * 100}")


def _say(given: Namespace, *lines: str) -> None:
    if not given.json and not given.quiet:
        # At once: progress goes to standard error, and must not come before it in a log of both.
        put(sys.stdout, lines)
