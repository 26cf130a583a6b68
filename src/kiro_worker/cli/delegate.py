"""`kiro-worker delegate`: from an idea to a branch, a pull request and a card, which the worker takes up."""

import asyncio
import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kiro_worker.bootstrap.credentials import fetch_credentials
from kiro_worker.bootstrap.machine import this_machine
from kiro_worker.bootstrap.settings import early_settings
from kiro_worker.bootstrap.workshop import workshop
from kiro_worker.cli.options import flags_of, folder_of, setting_options
from kiro_worker.cli.terminal import print_json, put
from kiro_worker.config.credentials import credential_variables
from kiro_worker.forge.escape import line as one_line
from kiro_worker.run.start import Whence, find_source, look_around

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kiro_worker.bootstrap.delegate import Delegated
    from kiro_worker.dispatch.delegate import Idea

SCHEMA = "kiro-worker/delegate/1"
_LARGEST = 200_000
_SECTIONS = ("environment", "branch", "board", "forge", "commit", "workspace")


def arguments(parser: ArgumentParser) -> None:
    """See `VerbModule`."""
    parser.add_argument("--title", default="", help="what is wanted, in one line")
    parser.add_argument("--objective", metavar="TEXT", default="", help="what it is for")
    parser.add_argument("--constraints", metavar="TEXT", default="", help="what has to stay as it is, or be used")
    parser.add_argument(
        "--acceptance", metavar="TEXT", action="append", default=[], help="what has to hold; may be given often"
    )
    parser.add_argument(
        "--file",
        metavar="FILE",
        default="",
        help="all of these from a JSON object, by their names; - is standard input",
    )
    parser.add_argument(
        "--form",
        choices=("task-file", "spec"),
        default="task-file",
        help="TASK.md, which leaves the branch when all is done, or a spec of its own, which stays (task-file)",
    )
    parser.add_argument("--repository", metavar="URL", default="", help="its repository, not the clone here")
    parser.add_argument("-C", dest="folder", metavar="FOLDER", default=".", help="as if called in this folder")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    setting_options(parser, sections=_SECTIONS)


def call(given: Namespace) -> int:
    """See `VerbModule`."""
    return asyncio.run(_delegate(given))


async def _delegate(given: Namespace) -> int:
    machine, flags = this_machine(), flags_of(given)
    config = early_settings(machine, flags)
    async with workshop(machine) as shop:
        # Before anything can be written: what stands in a file is in no variable that the redactor knows.
        shop.keep_out(machine.filed(*credential_variables(config)))
        await fetch_credentials(shop, config)
        from kiro_worker.bootstrap.delegate import delegate
        from kiro_worker.dispatch.delegate import Form

        whence = Whence(folder=folder_of(given), remote=config.remote, repository=given.repository, new_branch=True)
        source = await find_source(whence, shop.git, await look_around(whence, shop.git))
        made = await delegate(shop, config, source, _idea(given), Form(given.form))
    if given.json:
        print_json(_document(made))
    else:
        put(sys.stdout, (one_line(made.pull_request.url),))
        put(sys.stderr, (one_line(row, limit=1_000) for row in _rows(made)))
    return 0


def _idea(given: Namespace) -> "Idea":
    from kiro_worker.dispatch.delegate import Idea

    told = _of_file(given.file) if given.file else {}
    return Idea(
        title=given.title or told.get("title", ""),
        objective=given.objective or told.get("objective", ""),
        constraints=given.constraints or told.get("constraints", ""),
        acceptance=tuple(given.acceptance) or tuple(told.get("acceptance", ())),
    )


def _of_file(name: str) -> Mapping[str, Any]:
    """What a file says; lines of a text are as good as a list of criteria."""
    from kiro_worker.dispatch.delegate import DelegationUnfit

    cure = 'Write it as {"title": "…", "objective": "…", "constraints": "…", "acceptance": ["…"]}'
    try:
        if name == "-":
            content = sys.stdin.buffer.read(_LARGEST + 1)
        else:
            with Path(name).open("rb") as file:
                content = file.read(_LARGEST + 1)
        told = json.loads(content) if len(content) <= _LARGEST else None
    except (OSError, ValueError, RecursionError) as error:
        raise DelegationUnfit(why=f"{name} cannot be read: {error}.", cure=cure) from error
    if not isinstance(told, dict):
        raise DelegationUnfit(why=f"{name} holds no object, or too large a one.", cure=cure)
    if isinstance(told.get("acceptance"), str):
        told["acceptance"] = [line.strip().lstrip("-*").strip() for line in told["acceptance"].splitlines()]
    texts = [told.get(key, "") for key in ("title", "objective", "constraints")]
    listed = told.get("acceptance", [])
    if not isinstance(listed, list) or not all(isinstance(each, str) for each in (*texts, *listed)):
        raise DelegationUnfit(why=f"Not everything in {name} is a text.", cure=cure)
    if unknown := sorted(set(told) - {"title", "objective", "constraints", "acceptance"}):
        raise DelegationUnfit(why=f"{name} says {', '.join(unknown)[:200]}, which is not known.", cure=cure)
    return told


def _rows(made: "Delegated") -> list[str]:
    where = f"Card {made.card} is in {made.place}." if made.card else ""
    begins = "kiro-worker poll begins it; a watch that runs does so by itself." if made.card else ""
    return [row for row in (f"Branch {made.pull_request.branch}.", where, begins, made.note) if row]


def _document(made: "Delegated") -> dict[str, Any]:
    pull = made.pull_request
    return {
        "schema": SCHEMA,
        "branch": pull.branch,
        "pull_request": {"number": pull.number, "url": pull.url, "draft": pull.draft},
        "card": made.card,
        "column": made.place,
        "note": made.note,
    }
