"""`kiro-worker board`: the work items of this machine's board, or of the one that the settings name."""

import asyncio
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Awaitable, Callable

from kiro_worker.board.fault import BoardSetting, CardRefused, CardUnknown
from kiro_worker.board.local import LocalBoard, NewCard
from kiro_worker.board.port import Boards, Card, CardId, Change, Column, Listing
from kiro_worker.board.show import (
    HEADINGS,
    card_document,
    card_lines,
    check_document,
    list_document,
    list_row,
)
from kiro_worker.bootstrap.boards import board_for, columns_of, local_board
from kiro_worker.bootstrap.credentials import fetch_credentials
from kiro_worker.bootstrap.machine import this_machine
from kiro_worker.bootstrap.settings import early_settings
from kiro_worker.bootstrap.workshop import Workshop, workshop
from kiro_worker.cli.options import flags_of, folder_of, setting_options
from kiro_worker.cli.terminal import Ink, columns, print_json, put
from kiro_worker.config.settings import Config
from kiro_worker.forge.escape import line as one_line
from kiro_worker.forge.escape import visible
from kiro_worker.run.start import Whence, find_source, look_around
from kiro_worker.value import dataclass

_MOST = {0: 30, 1: 20, 2: 10, 3: 40, 4: 70}
_LONGEST_LINE = 2_000
# As for a run that this board would end.
_UNFIT = 2
# Their texts are written by people; what is shown of a card's body is cut, what --json has is not.
_SHOWN_BODY = 4_000


@dataclass(frozen=True, slots=True)
class _Desk:
    """What each verb has at hand.

    Attributes:
        own: this machine's board, when that is the one.
    """

    given: Namespace
    shop: Workshop
    config: Config
    board: Boards
    own: LocalBoard | None


def arguments(parser: ArgumentParser) -> None:
    """See `VerbModule`."""
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True, prog=parser.prog)

    def verb(name: str, about: str, call_: Callable[["_Desk"], Awaitable[int]]) -> ArgumentParser:
        made = verbs.add_parser(name, help=about, description=f"{about[0].upper()}{about[1:]}.")
        made.set_defaults(do=call_, verb=name)
        made.add_argument("--json", action="store_true", help="one JSON document")
        setting_options(made, sections=("board", "forge"))
        return made

    added = verb("add", "put a card on this machine's board", _add)
    _card_options(added)
    listed = verb("list", "the cards of the board, those that come first on top", _list)
    listed.add_argument(
        "--column", metavar="NAME", default="", help="only this column, by its name or ready, working …"
    )
    listed.add_argument("--all", action="store_true", help="also the columns that are people's (this machine's board)")
    moved = verb("move", "put a card into another column", _move)
    moved.add_argument("card", metavar="CARD", help="its id")
    moved.add_argument("column", metavar="COLUMN", help="its name, or ready, working, review, failed, needs-input")
    shown = verb("show", "one card, with what was told on it", _show)
    shown.add_argument("card", metavar="CARD", help="its id")
    for name, about in (
        ("close", "close a card: nobody is to work on it"),
        ("reopen", "open a closed card again"),
        ("remove", "take a card off this machine's board for ever"),
    ):
        verb(name, about, _settle).add_argument("card", metavar="CARD", help="its id")
    verb("check", "whether the board, its columns and the rights are there", _check)


def _card_options(parser: ArgumentParser) -> None:
    parser.add_argument("--title", default="", help="(the branch)")
    parser.add_argument("--branch", metavar="NAME", default="", help="what carries the spec (the one checked out)")
    parser.add_argument("--repository", metavar="URL", default="", help="its repository, not the clone here")
    parser.add_argument("--body", default="", help="what else is to be said")
    parser.add_argument("--column", metavar="NAME", default="", help="where it begins (the one for what is ready)")
    parser.add_argument("--priority", metavar="N", type=int, default=None, help="the smaller, the sooner")
    parser.add_argument("--label", metavar="NAME", action="append", default=[], help="a label; may be given often")
    parser.add_argument(
        "--blocked-by", metavar="CARD", action="append", default=[], help="a card that has to be done first"
    )
    parser.add_argument("-C", dest="folder", metavar="FOLDER", default=".", help="as if called in this folder")


def call(given: Namespace) -> int:
    """See `VerbModule`."""
    return asyncio.run(_call(given))


async def _call(given: Namespace) -> int:
    machine = this_machine()
    config = early_settings(machine, flags_of(given))
    async with workshop(machine) as shop:
        # Before anything can be written: what stands in a file is in no variable that the redactor knows.
        shop.keep_out(machine.filed(config.forge.token_variable, config.forge.private_key_variable))
        await fetch_credentials(shop, config)
        own = local_board(shop, config) if config.board.kind == "local" else None
        board = own or board_for(shop, config)
        try:
            do: Callable[[_Desk], Awaitable[int]] = given.do
            return await do(_Desk(given, shop, config, board, own))
        finally:
            await board.close()


async def _add(desk: _Desk) -> int:
    given, board = desk.given, _local(desk)
    whence = Whence(
        folder=folder_of(given), remote=desk.config.remote, repository=given.repository, branch=given.branch
    )
    source = await find_source(whence, desk.shop.git, await look_around(whence, desk.shop.git))
    card = await board.add(
        NewCard(
            title=given.title or source.branch or "",
            repository=source.url,
            branch=source.branch or "",
            body=given.body,
            place=given.column,
            priority=given.priority,
            author=desk.shop.machine.environment.get("USER", ""),
            labels=tuple(given.label),
            blocked_by=tuple(map(CardId, given.blocked_by)),
        )
    )
    _print_card(desk, card, f"{card.reference} is in {card.place}.")
    return 0


async def _list(desk: _Desk) -> int:
    given = desk.given
    wanted = _column(desk, given.column) if given.column else None
    if given.all or (given.column and wanted is None):
        found = await _local(desk).all_cards()
        kept = [card for card in found if given.all or one_line(card.place).casefold() == given.column.casefold()]
        listing = Listing(cards=tuple(kept))
    else:
        listing = await desk.board.cards(*(() if wanted is None else (wanted,)))
    if given.json:
        print_json(list_document(desk.board.name, listing))
        return 0
    if listing.cards:
        ink = Ink(sys.stdout, desk.shop.machine.environment)
        table = [HEADINGS, *(tuple(map(one_line, list_row(card))) for card in listing.cards)]
        tones = ["soft", *("soft" if card.hindrances else "" for card in listing.cards)]
        put(sys.stdout, map(ink, tones, columns(table, most=_MOST)))
    else:
        print("There is no card in these columns.", file=sys.stderr)
    put(sys.stderr, map(_line, listing.notes))
    return 0


async def _move(desk: _Desk) -> int:
    given = desk.given
    column = _column(desk, given.column)
    if column is None:
        card: Card | None = await _local(desk).place(CardId(given.card.removeprefix("#")), given.column)
    else:
        moved = await desk.board.move(_id(given), column)
        if moved.change is Change.GONE:
            raise CardUnknown(card=given.card, board=desk.board.name)
        if moved.change is Change.REFUSED:
            what = f"{moved.card.reference if moved.card else given.card} was not moved"
            raise CardRefused(what=what, reason=moved.why.rstrip("."), cure="See it: kiro-worker board show CARD")
        card = moved.card
    assert card is not None
    _print_card(desk, card, f"{card.reference or card.id} is in {card.place}.")
    return 0


async def _show(desk: _Desk) -> int:
    card = await desk.board.read(_id(desk.given))
    if card is None:
        raise CardUnknown(card=desk.given.card, board=desk.board.name)
    told = await desk.own.notes(card.id) if desk.own else ()
    if desk.given.json:
        print_json(card_document(desk.board.name, card, told))
        return 0
    head, *lines = card_lines(card)
    put(sys.stdout, (_line(head), *(f"  {_line(each)}" for each in lines)))
    body = visible(card.body).strip()
    if body:
        put(sys.stdout, ("", body[:_SHOWN_BODY]))
    for key, text, at in told:
        put(sys.stdout, ("", f"Told at {at} ({key}):", visible(text)))
    return 0


async def _settle(desk: _Desk) -> int:
    given, board = desk.given, _local(desk)
    card = _id(given)
    if given.verb == "remove":
        found = await board.read(card)
        await board.remove(card)
        assert found is not None
        _print_card(desk, found, f"{found.reference} was removed.")
        return 0
    settled = await board.settle(card, closed=given.verb == "close")
    _print_card(desk, settled, f"{settled.reference} is {'closed' if settled.hindrances else 'open'}.")
    return 0


async def _check(desk: _Desk) -> int:
    check = await desk.board.check()
    if desk.given.json:
        print_json(check_document(desk.board.name, check))
    else:
        ink = Ink(sys.stdout, desk.shop.machine.environment)
        facts = [("account", check.account), ("columns", ", ".join(check.columns))]
        head = _line(f"{'✓' if check.ready else '✗'} {desk.board.name}: {check.detail}")
        facts += [*(("note", note) for note in check.notes), ("next", check.cure)]
        told = [f"  {_line(f'{name}: {value}')}" for name, value in facts if value]
        put(sys.stdout, (ink("good" if check.ready else "bad", head), *told))
    return 0 if check.ready else _UNFIT


def _print_card(desk: _Desk, card: Card, said: str) -> None:
    if desk.given.json:
        print_json(card_document(desk.board.name, card))
    else:
        print(_line(said))


def _line(text: str) -> str:
    return one_line(text, limit=_LONGEST_LINE)


def _column(desk: _Desk, name: str) -> Column | None:
    """The worker's column of that name; None for one that is people's."""
    named = columns_of(desk.config.board).of(name)
    return named or next((column for column in Column if column.value == name.strip().lower()), None)


def _id(given: Namespace) -> CardId:
    return CardId(given.card.removeprefix("#"))


def _local(desk: _Desk) -> LocalBoard:
    if desk.own is None:
        reason = f"{desk.board.name} has web pages of its own for `{desk.given.verb}` and for people's columns"
        raise BoardSetting(setting="kind", reason=reason, cure="Do it there, or give --board local.")
    return desk.own
