"""`kiro-worker steering`: are the standards up to date, bring them, and what an agent would be sent of them."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kiro_worker.cli.terminal import Ink, print_json, put
from kiro_worker.steering.folder import SteeringFolder, root_of

if TYPE_CHECKING:
    from kiro_worker.config.powers import PowerSetting
    from kiro_worker.power.lock import Lock
    from kiro_worker.steering.judge import Judged
    from kiro_worker.steering.sync import Sync

_FAILED = 1
_WORKER = ".kiro/worker.yaml"


def arguments(parser: ArgumentParser) -> None:
    """See `VerbModule`."""
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True, prog=parser.prog)

    def verb(name: str, about: str, call_: Callable[[Namespace, SteeringFolder], int]) -> ArgumentParser:
        made = verbs.add_parser(name, help=about, description=f"{about[0].upper()}{about[1:]}.")
        made.set_defaults(do=call_)
        made.add_argument("--json", action="store_true", help="one JSON document")
        made.add_argument("-C", dest="folder", metavar="FOLDER", default=".", help="as if called in this folder")
        return made

    verb("check", "whether each steering file is as its power's locked version has it; no network", _check)
    synced = verb("sync", "bring what is missing or outdated; local regions and changes stay", _sync)
    synced.add_argument("--dry-run", action="store_true", help="only show what would be written")
    verb("diff", "what differs from the locked versions, local regions left aside", _diff)
    explained = verb("explain", "what an agent would be sent with a task, and why", _explain)
    explained.add_argument("--task", metavar="ID", default="", help="the task's id, such as 2.1 (the spec as a whole)")
    explained.add_argument("--spec", metavar="NAME", default="", help="its spec (the only one with open tasks)")
    exported = verb("export", "make AGENTS.md, and CLAUDE.md and GEMINI.md as links to it, for other agents", _export)
    exported.add_argument(
        "--for", dest="agents", choices=("claude", "gemini"), action="append", help="only for this one"
    )


def call(given: Namespace) -> int:
    """See `VerbModule`."""
    status: int = given.do(given, SteeringFolder(root_of(_folder(given))))
    return status


def _folder(given: Namespace) -> Path:
    folder = Path(given.folder).absolute()
    if not folder.is_dir():
        from kiro_worker.cli.options import OptionUnfit

        raise OptionUnfit(f"-C {given.folder} is no folder.", next_step="Name one that is there, or leave -C out.")
    return folder


def _check(given: Namespace, folder: SteeringFolder) -> int:
    from kiro_worker.cli.steeringshow import check_document, check_lines

    settings, lock, found = _judged(folder)
    missing = tuple(power.name for power in settings if lock.find(power.name) is None)
    good = not missing and all(one.is_good for one in found)
    _tell(given, check_document(lock, found, missing), check_lines(lock, found, missing, Ink(sys.stdout)))
    return 0 if good else _FAILED


def _judged(folder: SteeringFolder) -> "tuple[tuple[PowerSetting, ...], Lock, tuple[Judged, ...]]":
    from kiro_worker.power.lock import LOCK_PATH, read_lock
    from kiro_worker.steering.judge import judge, paths_to_read

    settings = _settings(folder)
    lock = read_lock(folder.read((LOCK_PATH,))[0][LOCK_PATH])
    have, blocked = folder.read(paths_to_read(lock))
    return settings, lock, tuple(judge(lock, have, blocked=blocked, required=_required(settings)))


def _settings(folder: SteeringFolder) -> "tuple[PowerSetting, ...]":
    content = folder.read((_WORKER,))[0][_WORKER]
    # Most repositories name none, and reading YAML would be most of the time that this takes.
    if content is None or b"powers" not in content:
        return ()
    from kiro_worker.config.powers import powers_in

    return powers_in(content, _WORKER)


def _required(settings: "tuple[PowerSetting, ...]") -> Mapping[str, tuple[str, ...]]:
    return {power.name: power.steering for power in settings if power.steering}


def _sync(given: Namespace, folder: SteeringFolder) -> int:
    from kiro_worker.cli.steeringshow import sync_document, sync_lines

    plan = _planned(folder)
    if not given.dry_run:
        from kiro_worker.power.lock import LOCK_PATH

        # The lock comes last: what it says was brought is there.
        for path in sorted(plan.writes, key=lambda path: (path == LOCK_PATH, path)):
            folder.write(path, plan.writes[path])
    _tell(given, sync_document(plan, written=not given.dry_run), sync_lines(plan, written=not given.dry_run))
    return 0 if plan.is_settled else _FAILED


def _planned(folder: SteeringFolder) -> "Sync":
    import asyncio

    from kiro_worker.bootstrap.standards import sync_of

    return asyncio.run(sync_of(folder, _settings(folder)))


def _diff(given: Namespace, folder: SteeringFolder) -> int:
    import asyncio

    from kiro_worker.bootstrap.standards import differences_of

    found = asyncio.run(differences_of(folder, _settings(folder)))
    told = [{"path": one.path, "power": one.power, "version": one.version, "diff": one.text} for one in found]
    lines = [line for one in found for line in one.text.splitlines()]
    _tell(given, {"schema": "kiro-worker/steering-diff/1", "files": told}, lines)
    return _FAILED if found else 0


def _explain(given: Namespace, folder: SteeringFolder) -> int:
    from kiro_worker.cli.spec_folder import find_specs, load, name_of
    from kiro_worker.cli.steeringexplain import explained
    from kiro_worker.cli.steeringshow import explain_document, explain_lines

    specs = find_specs(str(folder.root))
    spec = load(specs, name_of(specs, given.spec))
    sent = explained(folder, spec, given.task)
    ink = Ink(sys.stdout)
    _tell(given, explain_document(spec.name, given.task, sent), explain_lines(spec, given.task, sent, ink))
    return 0


def _export(given: Namespace, folder: SteeringFolder) -> int:
    from kiro_worker.steering import AGENTS, read_steering_file
    from kiro_worker.steering.export import MADE, Page, agents_page, link_page

    have, _ = folder.read(folder.steering_paths())
    own = have.get(AGENTS)
    made = []
    if own is None or own.startswith(MADE.encode()):
        page = agents_page(read_steering_file(path, body) for path, body in have.items() if body is not None)
        if page != own:
            folder.write(AGENTS, page)
            made.append(AGENTS)
    wanted = given.agents or [page.name.lower() for page in Page]
    made += [page.value for page in Page if page.name.lower() in wanted and link_page(folder, page)]
    lines = [f"made {path}" for path in made] or ["Everything is there."]
    _tell(given, {"schema": "kiro-worker/steering-export/1", "made": made}, lines)
    return 0


def _tell(given: Namespace, document: Mapping[str, Any], lines: "list[str]") -> None:
    if given.json:
        print_json(document)
    else:
        put(sys.stdout, lines)
