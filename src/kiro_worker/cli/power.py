"""`kiro-worker power`: packages of standards: make one, publish it, install it here, keep it up to date."""

import asyncio
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kiro_worker.bootstrap.machine import this_machine
from kiro_worker.bootstrap.powers import shelf_at
from kiro_worker.bootstrap.workshop import Workshop, workshop
from kiro_worker.cli.options import OptionUnfit, folder_of
from kiro_worker.cli.powershow import (
    findings_told,
    listed_rows,
    locked_told,
    publication_told,
    standing_rows,
    standing_told,
    updated_lines,
    updated_told,
)
from kiro_worker.cli.terminal import Ink, Passing, columns, counted, print_json, put
from kiro_worker.forge.escape import visible
from kiro_worker.git.name import plain_url
from kiro_worker.value import dataclass

_FAILED = 1
_MOST = {0: 40, 1: 24, 2: 24, 3: 24}


@dataclass(frozen=True, slots=True)
class _Desk:
    given: Namespace
    shop: Workshop


def arguments(parser: ArgumentParser) -> None:
    """See `VerbModule`."""
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True, prog=parser.prog)

    def verb(name: str, about: str, call_: Callable[["_Desk"], Awaitable[int]]) -> ArgumentParser:
        made = verbs.add_parser(name, help=about, description=f"{about[0].upper()}{about[1:]}.")
        made.set_defaults(do=call_, verb=name)
        made.add_argument("--json", action="store_true", help="one JSON document")
        made.add_argument("-C", dest="folder", metavar="FOLDER", default=".", help="as if called in this folder")
        return made

    built = verb("build", "make POWER.md, plugin.json and skills/ from power.yaml and steering/", _build)
    built.add_argument("power", metavar="POWER", nargs="?", default=".", help="the power's folder (this one)")
    built.add_argument("--check", action="store_true", help="write nothing; end with 1 where something would change")
    looked = verb("validate", "all that is wrong with a power, each thing with its place and cure", _validate)
    looked.add_argument("paths", metavar="PATH", nargs="*", help="folders of powers, or single Markdown files (here)")
    _publish_options(verb("publish", "check a power, tag its version and push the tag", _publish))
    _install_options(verb("install", "bring a power, or all that are wanted and locked here", _install))
    verb("list", "the powers of this repository", _list)
    for name, about, call_ in (
        ("outdated", "for which powers there is a newer version; nothing is changed", _outdated),
        ("update", "lock the newest versions that fit, and show what changed in them", _update),
    ):
        verb(name, about, call_).add_argument("names", metavar="NAME", nargs="*", help="only these powers (all)")
    updated = verbs.choices["update"]
    updated.add_argument("--dry-run", "--notify", action="store_true", help="only show what an update would bring")
    updated.add_argument(
        "--pull-request",
        action="store_true",
        help="open or update the repository's one pull request for it; nothing here is changed",
    )
    updated.add_argument("--repository", metavar="URL", default="", help="with --pull-request: this repository")
    updated.add_argument("--as-it-is", action="store_true", help="take a locked version whose content was changed")
    verb("remove", "take a power out of the lock; its files stay", _remove).add_argument("name", metavar="NAME")


def _publish_options(parser: ArgumentParser) -> None:
    parser.add_argument("power", metavar="POWER", nargs="?", default=".", help="the power's folder (this one)")
    parser.add_argument("--remote", metavar="NAME", default="origin", help="where the tag is pushed (origin)")
    parser.add_argument("--sign", action="store_true", help="sign the tag with the key that git is set up with")
    parser.add_argument("--dry-run", action="store_true", help="only check")


def _install_options(parser: ArgumentParser) -> None:
    parser.add_argument("source", metavar="SOURCE", nargs="?", default="", help="git address, folder, archive or s3://")
    parser.add_argument("--name", default="", help="the power's name, where a source has several")
    parser.add_argument("--in", dest="within", metavar="FOLDER", default="", help="where it lies in the source")
    parser.add_argument("--range", metavar="RANGE", default="", help="which versions are taken, such as ^1.2 (any)")
    parser.add_argument(
        "--key", metavar="KEY", default="", help="the public key that has to have signed it, or its file"
    )


def call(given: Namespace) -> int:
    """See `VerbModule`."""
    return asyncio.run(_call(given))


async def _call(given: Namespace) -> int:
    async with workshop(this_machine()) as shop:
        do: Callable[[_Desk], Awaitable[int]] = given.do
        return await do(_Desk(given, shop))


async def _build(desk: _Desk) -> int:
    from kiro_worker.power.build import build

    check: bool = desk.given.check
    made = build(_power_folder(desk), write=not check)
    lines = [*(f"{'would write' if check else 'wrote'} {path}" for path in made.written)]
    lines += [f"{'would remove' if check else 'removed'} {path}" for path in made.removed]
    lines.append(
        f"{made.name} {made.version}: " + ("nothing to do." if made.is_current else f"{counted(len(lines), 'file')}.")
    )
    body = {"name": made.name, "version": made.version, "current": made.is_current}
    _tell(desk, "build", {**body, "written": list(made.written), "removed": list(made.removed)}, lines)
    return _FAILED if check and not made.is_current else 0


async def _validate(desk: _Desk) -> int:
    from kiro_worker.cli.powershow import judged_path

    root = folder_of(desk.given)
    told, lines, good = [], [], True
    for name in desk.given.paths or ["."]:
        path = root / name
        if not path.exists():
            raise OptionUnfit(f"{name} is not there.", next_step="Name a power's folder, or a Markdown file.")
        judged = judged_path(path)
        good = good and judged.is_good
        told.append({"path": name, "good": judged.is_good, **judged.told, "findings": findings_told(judged.findings)})
        lines += [f"{name}: {finding}" for finding in judged.findings]
        lines.append(f"{name}: {judged.words}")
    _tell(desk, "validate", {"good": good, "powers": told}, lines)
    return 0 if good else _FAILED


async def _publish(desk: _Desk) -> int:
    from kiro_worker.power.publish import publish

    given = desk.given
    write = not given.dry_run
    with _telling(f"publishing to {given.remote}"):
        done = await publish(desk.shop.git, _power_folder(desk), remote=given.remote, sign=given.sign, write=write)
    how = f"{'signed ' if done.signed else ''}tag {done.tag}"
    lines = [
        f"{done.name} {done.version} {'is published' if write else 'can be published'} as the {how} ({done.remote})."
    ]
    _tell(desk, "publish", publication_told(done, done_=write), [*lines, *done.changes.splitlines()])
    return 0


async def _install(desk: _Desk) -> int:
    from kiro_worker.power.procure import Wish

    given = desk.given
    shelf = shelf_at(desk.shop, folder_of(given))
    if not given.source:
        with _telling("bringing what is wanted"):
            done = await shelf.install()
        lines = [f"{each.name} {each.version}" for each in done] or ["No power is wanted here."]
        _tell(desk, "install", {"powers": [locked_told(each) for each in done], "findings": []}, lines)
        return 0
    wish = Wish(name=given.name, source=given.source, folder=given.within, range=given.range, key=_key(given.key))
    with _telling(f"bringing {plain_url(given.source)}"):
        found = await shelf.add(wish)
    lines = [str(finding) for finding in found.findings if finding.severity != "info"]
    signed = ", signed" if found.locked.signer else ""
    lines.append(
        f"{found.locked.name} {found.locked.version} is installed ({counted(len(found.locked.files), 'file')}{signed})."
    )
    body = {"powers": [locked_told(found.locked)], "findings": findings_told(found.findings)}
    _tell(desk, "install", body, lines)
    return 0


async def _list(desk: _Desk) -> int:
    shelf = shelf_at(desk.shop, folder_of(desk.given))
    lock = shelf.lock
    missing = [name for name in shelf.names() if lock.find(name) is None]
    body = {"powers": [locked_told(each) for each in lock.powers], "missing": missing}
    if desk.given.json:
        _tell(desk, "list", body, [])
    elif lock.powers:
        _table(desk, listed_rows(lock.powers))
    else:
        print("No power is installed here.", file=sys.stderr)
    put(sys.stderr, (f"{name} is wanted and not installed; run: kiro-worker power install" for name in missing))
    return 0


async def _outdated(desk: _Desk) -> int:
    shelf = shelf_at(desk.shop, folder_of(desk.given))
    with _telling("asking for versions"):
        standings = await shelf.standings(desk.given.names)
    if desk.given.json:
        _tell(desk, "outdated", {"powers": [standing_told(each) for each in standings]}, [])
        return 0
    late = [each for each in standings if each.is_outdated or each.newest not in {"", each.locked.version}]
    if late:
        _table(desk, standing_rows(late))
    else:
        print("Every power is up to date.", file=sys.stderr)
    return 0


async def _update(desk: _Desk) -> int:
    given = desk.given
    if given.pull_request:
        return await _propose(desk)
    shelf = shelf_at(desk.shop, folder_of(given))
    with _telling("looking for newer versions"):
        done = await shelf.update(given.names, as_it_is=given.as_it_is, write=not given.dry_run)
    lines = [line for each in done for line in updated_lines(each, written=not given.dry_run)]
    body = {"written": not given.dry_run, "powers": [updated_told(each) for each in done]}
    _tell(desk, "update", body, lines or ["No power is installed here."])
    return 0


async def _propose(desk: _Desk) -> int:
    """Bring the newest versions in one pull request; nothing of the working tree is touched."""
    from kiro_worker.bootstrap.approach import approach
    from kiro_worker.bootstrap.update import propose_update
    from kiro_worker.run.start import Whence, look_around

    given = desk.given
    whence = Whence(folder=folder_of(given), repository=given.repository, new_branch=True)
    async with approach(desk.shop, whence, {}, await look_around(whence, desk.shop.git)) as near:
        done = await propose_update(desk.shop, near, given.names)
    lines = [line for each in done.powers for line in updated_lines(each, written=True)]
    lines += [f"{name} lies in the repository itself, and changes with it." for name in done.skipped]
    pull = done.published
    body: dict[str, Any] = {"powers": [updated_told(each) for each in done.powers], "pull_request": None}
    if pull is not None:
        shown = pull.pull_request
        lines.append(f"Pull request {pull.change}: {shown.url}{' (a draft, to be settled)' if shown.draft else ''}")
        body["pull_request"] = {
            "number": shown.number,
            "url": shown.url,
            "change": pull.change,
            "draft": shown.draft,
        }
    _tell(desk, "update", body, lines or ["No power is installed there."])
    return 0


async def _remove(desk: _Desk) -> int:
    gone = shelf_at(desk.shop, folder_of(desk.given)).remove(desk.given.name)
    line = f"{gone.name} {gone.version} is removed from the lock. The steering files that it brought stay."
    _tell(desk, "remove", {"power": locked_told(gone)}, [line])
    return 0


@contextmanager
def _telling(what: str) -> Iterator[None]:
    """A line on the terminal while a source is asked: that may take seconds."""
    passing = Passing(sys.stderr)
    passing.show(visible(what))
    try:
        yield
    finally:
        passing.clear()


def _power_folder(desk: _Desk) -> Path:
    power: str = desk.given.power
    return (folder_of(desk.given) / power).resolve()


def _key(text: str) -> str:
    """A pinned key, given as it is or by the name of its file."""
    from kiro_worker.power.source.signature import plain_key

    if not text:
        return ""
    path = Path(text)
    given = plain_key(text)
    if not given and path.is_file():
        with path.open("rb") as file:
            given = plain_key(file.read(16_384).decode("utf-8", "replace"))
    if not given:
        raise OptionUnfit(
            "--key names no public key.",
            next_step="Give an OpenSSH public key (ssh-ed25519 AAAA…), its .pub file, or an OpenPGP fingerprint.",
        )
    return given


def _table(desk: _Desk, rows: list[tuple[str, ...]]) -> None:
    ink = Ink(sys.stdout, desk.shop.machine.environment)
    tones = ["soft", *("" for _ in rows[1:])]
    put(sys.stdout, map(ink, tones, columns([tuple(map(visible, row)) for row in rows], most=_MOST)))


def _tell(desk: _Desk, what: str, body: Mapping[str, object], lines: list[str]) -> None:
    if desk.given.json:
        told: dict[str, object] = desk.shop.redactor.json({"schema": f"kiro-worker/power-{what}/1", **body})
        print_json(told)
    else:
        put(sys.stdout, (desk.shop.redactor.text(visible(line)) for line in lines))
