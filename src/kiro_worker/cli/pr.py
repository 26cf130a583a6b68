"""`kiro-worker pr`: pull requests of the local forge, which keeps them on this machine."""

import asyncio
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

from kiro_worker.bootstrap.machine import this_account, this_machine
from kiro_worker.bootstrap.workshop import Workshop, workshop
from kiro_worker.cli.options import folder_of, positive
from kiro_worker.cli.terminal import Ink, columns, print_json, put
from kiro_worker.error import Fault, WorkerError
from kiro_worker.forge.conversation import Remark, shown_body
from kiro_worker.forge.escape import line as one_line
from kiro_worker.forge.local import Edit, LocalForge
from kiro_worker.forge.port import PullRequest
from kiro_worker.forge.render import as_page, as_text, stage
from kiro_worker.forge.repository import parse_remote
from kiro_worker.forge.show import HEADINGS, list_document, list_row, pull_document
from kiro_worker.run.start import Whence, find_source, look_around

_MOST = {2: 40, 3: 20, 4: 70}
_TONES = {"open": "good", "draft": "", "merged": "soft", "closed": "soft"}


class PullRequestUnknown(WorkerError):
    """There is no such pull request on this machine."""

    code = "pr.unknown"
    fault = Fault.CONFIG

    def __init__(self, *, asked: str, repository: str) -> None:
        host = parse_remote(repository).host
        elsewhere = f" Those of {host} are on {host}." if host else ""
        told = f"has no pull request {asked!r}" if asked else "has none yet"
        super().__init__(
            f"The local forge {told} for {repository}.{elsewhere}", next_step="See what there is: kiro-worker pr list"
        )


def arguments(parser: ArgumentParser) -> None:
    """See `VerbModule`."""
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True, prog=parser.prog)

    def verb(name: str, about: str, call_: object, *, aliases: tuple[str, ...] = ()) -> ArgumentParser:
        made = verbs.add_parser(name, help=about, description=f"{about[0].upper()}{about[1:]}.", aliases=aliases)
        made.set_defaults(do=call_, verb=name)
        made.add_argument("--repository", metavar="URL", default="", help="of this repository, not of the clone here")
        made.add_argument("--remote", metavar="NAME", default="origin", help="the clone's remote (origin)")
        made.add_argument("-C", dest="folder", metavar="FOLDER", default=".", help="as if called in this folder")
        return made

    listed = verb("list", "all pull requests, newest first", _list)
    listed.add_argument("--open", action="store_true", help="only those that are open")
    listed.add_argument("--json", action="store_true", help="one JSON document")
    shown = verb("show", "one pull request, as text, as data or as a page", _show)
    shown.add_argument("which", metavar="NUMBER|BRANCH", nargs="?", default="", help="(the newest)")
    how = shown.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", help="one JSON document")
    how.add_argument("--html", metavar="FILE", help="write it as a page that needs nothing else")
    said = verb("comment", "say something on one: a review, with --path beside a line, or a /kiro-worker command", _say)
    said.add_argument("which", metavar="NUMBER|BRANCH", help="which one")
    said.add_argument("words", metavar="TEXT", help="what is said")
    said.add_argument("--review", action="store_true", help="as a review, which asks the worker for changes")
    said.add_argument("--path", default="", help="the file that it is about; also a review")
    said.add_argument("--line", type=positive, default=1, help="the line of that file (1)")
    changes = (
        ("ready", "say that it is ready for review", ()),
        ("draft", "make it a draft again", ()),
        ("merged", "note that it was merged (git merges, this only notes it)", ("merge",)),
        ("close", "close it without a merge", ()),
        ("reopen", "open a closed one again", ()),
    )
    for name, about, aliases in changes:
        made = verb(name, about, _change, aliases=aliases)
        made.add_argument("which", metavar="NUMBER|BRANCH", help="which one")


def call(given: Namespace) -> int:
    """See `VerbModule`."""
    return asyncio.run(_call(given))


async def _call(given: Namespace) -> int:
    async with workshop(this_machine()) as shop:
        # The branch does not matter here, so none has to be checked out or pushed.
        whence = Whence(
            folder=folder_of(given),
            remote=given.remote,
            repository=given.repository,
            new_branch=True,
        )
        source = await find_source(whence, shop.git, await look_around(whence, shop.git))
        do: Callable[[Namespace, Workshop, LocalForge, str], Awaitable[None]] = given.do
        await do(given, shop, LocalForge(shop.state, source.url, shop.clock), source.url)
    return 0


async def _list(given: Namespace, shop: Workshop, forge: LocalForge, repository: str) -> None:
    found = tuple(pull for pull in await forge.pull_requests() if pull.open or not given.open)
    if given.json:
        print_json(list_document(repository, found))
    elif found:
        ink = Ink(sys.stdout, shop.machine.environment)
        rows = [HEADINGS, *(tuple(map(one_line, list_row(pull))) for pull in found)]
        put(sys.stdout, map(ink, ["soft", *(_TONES[stage(pull)] for pull in found)], columns(rows, most=_MOST)))
    else:
        print(PullRequestUnknown(asked="", repository=repository).message, file=sys.stderr)


async def _show(given: Namespace, _: Workshop, forge: LocalForge, repository: str) -> None:
    pull = await _find(given.which, forge, repository)
    statuses = await forge.statuses(pull.head)
    if given.json:
        print_json(pull_document(repository, pull, statuses))
    elif given.html:
        Path(given.html).write_text(as_page(pull, statuses), encoding="utf-8", errors="replace")
        print(Path(given.html).absolute())
    else:
        sys.stdout.write(as_text(pull, statuses))
        put(sys.stdout, (row for remark in await forge.talk.remarks(pull.number) for row in _remark_rows(remark)))


def _remark_rows(remark: Remark) -> Iterator[str]:
    place = f" on {remark.path}:{remark.line}" if remark.path else ""
    yield ""
    yield one_line(f"{remark.author}{place}, {remark.created} ({remark.id}):")
    yield from (f"  {one_line(line, limit=2_000)}" for line in shown_body(remark.body).splitlines())


async def _say(given: Namespace, _: Workshop, forge: LocalForge, repository: str) -> None:
    number = (await _find(given.which, forge, repository)).number
    author = this_account()
    # Whoever can call this can write to the machine's database, and so to all that is the worker's.
    await forge.talk.let(author, may_write=True)
    if given.path:
        remark = await forge.talk.say(number, author, given.words, kind="line", path=given.path, line=given.line)
    else:
        remark = await forge.talk.say(number, author, given.words, kind="review" if given.review else "comment")
    print(remark)


async def _change(given: Namespace, _: Workshop, forge: LocalForge, repository: str) -> None:
    number = (await _find(given.which, forge, repository)).number
    match given.verb:
        case "ready" | "draft":
            pull = await forge.edit(number, Edit(draft=given.verb == "draft"))
        case "merged" | "close":
            pull = await forge.settle(number, merged=given.verb == "merged")
        case _:
            pull = await forge.reopen(number)
    print(f"#{pull.number} is {stage(pull)}.")


async def _find(asked: str, forge: LocalForge, repository: str) -> PullRequest:
    found = await forge.pull_requests()
    number = asked.removeprefix("#")
    for pull in found:
        if not asked or number == str(pull.number):
            return pull
    of_branch = await forge.find(asked) if asked else None
    if of_branch is None:
        raise PullRequestUnknown(asked=asked, repository=repository)
    return of_branch
