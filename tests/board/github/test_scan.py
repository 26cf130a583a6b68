"""How columns are found: filtered where the server takes a filter, and never believed blindly."""

import pytest

from kiro_worker.board import BoardCredential, BoardFault, BoardUnreachable, Column, ColumnMissing, Columns
from kiro_worker.board.github.layout import Field, Layout, Project
from kiro_worker.board.github.scan import filter_for
from kiro_worker.testing.board_contract import NAMES, titles
from kiro_worker.testing.github_server import Act
from kiro_worker.value import replace


async def many(side, count, column="Backlog"):
    for number in range(count):
        await side.add(f"card {number}", column=column)


async def test_a_quiet_board_of_a_thousand_cards_costs_one_point_with_a_filter(side):
    await many(side, 1000)
    card = await side.add("Login")
    board = side.board()
    side.pass_time()
    assert [each.id for each in (await board.cards(Column.READY)).cards] == [card]
    before = board.budget.spent
    assert [each.id for each in (await board.cards(Column.READY)).cards] == [card]
    assert board.budget.spent - before == 1
    assert side.asked()[-1] == "GlancesMatching"


async def test_a_quiet_board_of_a_thousand_cards_costs_ten_points_without(side, schemas):
    side.project.schema = schemas.published_graphql
    await many(side, 999)
    card = await side.add("Login")
    board = side.board()
    side.pass_time()
    await board.cards(Column.READY)
    before = board.budget.spent
    assert [each.id for each in (await board.cards(Column.READY)).cards] == [card]
    assert board.budget.spent - before == 10


async def test_a_server_that_takes_no_filter_is_asked_once_and_told_of(side, schemas):
    side.project.schema = schemas.published_graphql
    await many(side, 150)
    await side.add("Login")
    board = side.board()
    for _ in range(3):
        listing = await board.cards(Column.READY)
        assert titles(listing.cards) == ["Login"]
        (note,) = listing.notes
        assert note.startswith("This server does not take a filter (Field 'items' doesn't accept argument 'query')")
    assert side.asked().count("GlancesMatching") == 1


async def test_a_filter_that_finds_too_little_is_found_out_within_twenty_readings(side):
    await side.add("Login")
    side.project.filter = lambda _card, query: not query
    board = side.board()
    found = [titles((await board.cards(Column.READY)).cards) for _ in range(22)]
    assert found == [[]] * 20 + [["Login"]] * 2
    assert (await board.cards(Column.READY)).notes == (
        "GitHub's filter left cards out; the whole board is read in place of it.",
    )


async def test_the_check_finds_it_out_at_once(side):
    await side.add("Login")
    side.project.filter = lambda _card, query: not query
    check = await side.board().check()
    assert check.ready
    assert any("filter left cards out" in note for note in check.notes)


async def test_a_card_that_was_moved_between_two_readings_does_not_speak_against_the_filter(side):
    board = side.board()
    for _ in range(20):
        await board.cards(Column.READY)
    hidden = []

    def late(card, query):
        # The filter's first look came too early for it; the whole board and the second look have it.
        if query and not hidden:
            hidden.append(card)
            return False
        return side.project.fits(card, query)

    await side.add("Login")
    side.project.filter = late
    assert titles((await board.cards(Column.READY)).cards) == ["Login"]
    assert (await board.cards(Column.READY)).notes == ()
    assert side.asked()[-2] == "GlancesMatching"


async def test_what_the_filter_finds_is_looked_at_again(side):
    card = await side.add("Login")
    side.project.filter = lambda _card, _query: True
    await side.add("Other", column="Backlog")
    board = side.board()
    assert titles((await board.cards(Column.READY)).cards) == ["Login"]
    side.pass_time()
    await side.drag(card, "Backlog")
    assert (await board.cards(Column.READY)).cards == ()


@pytest.mark.parametrize("count", [100, 101, 250])
async def test_every_page_is_read(side, count):
    await many(side, count, "For Implementation")
    assert len((await side.board().cards(Column.READY)).cards) == count


async def test_cards_of_several_pages_come_in_one_turn(side):
    for number in range(220):
        await side.add(f"card {number}", priority=1 if number == 210 else None)
        side.clock.advance(60)
    found = titles((await side.board().cards(Column.READY)).cards)
    assert found == [f"card {number}" for number in (210, *range(210), *range(211, 220))]


async def test_a_page_that_is_too_heavy_is_asked_for_in_halves(side):
    await many(side, 60, "For Implementation")
    side.project.heaviest = 30
    board = side.board()
    assert len((await board.cards(Column.READY)).cards) == 60
    sizes = [seen.body["variables"]["first"] for seen in side.server.seen if "first" in seen.body["variables"]]
    assert sizes == [100] * 3 + [50] * 3 + [25] * 3
    await board.cards(Column.READY)
    # Sixty cards are three pages of what has turned out to be light enough.
    assert side.asked().count("GlancesMatching") == 6 + 3 + 3


async def test_cards_that_are_too_heavy_together_are_read_in_halves(side):
    await many(side, 50, "For Implementation")
    side.fail(document="query Cards", status=502, times=3)
    board = side.board()
    assert len((await board.cards(Column.READY)).cards) == 50
    read = [len(seen.body["variables"]["ids"]) for seen in side.server.seen if "ids" in seen.body["variables"]]
    assert read == [50] * 3 + [25] * 2


async def test_a_project_that_was_deleted_meanwhile_is_a_fault_and_no_empty_column(side):
    await side.add("Login")
    board = side.board()
    await board.cards(Column.READY)
    gone = '{"data": {"node": null}, "errors": [{"type": "NOT_FOUND", "message": "Could not resolve to a node."}]}'
    side.fail(document="query Glances", status=200, body=gone, times=2)
    with pytest.raises(BoardCredential, match="Could not read the cards of acme's project 4"):
        await board.cards(Column.READY)


@pytest.mark.parametrize(
    "body", ['{"data": {}}', '{"data": null, "errors": [{"message": "Down for maintenance."}]}', "[]"]
)
async def test_an_answer_without_cards_is_a_fault(side, body):
    await side.add("Login")
    side.fail(document="query Cards", status=200, body=body)
    with pytest.raises(BoardFault, match="Could not read the card PVTI"):
        await side.board().cards(Column.READY)


async def test_a_network_that_is_gone_is_not_tried_in_halves(side):
    board = side.board()
    await board.cards(Column.READY)
    side.fail(act=Act.RESET, times=99)
    with pytest.raises(BoardUnreachable):
        await board.cards(Column.READY)
    assert side.asked().count("GlancesMatching") == 1 + 3


async def test_a_board_that_cannot_be_read_whole_is_not_read_at_all(side):
    await many(side, 30, "For Implementation")
    side.project.heaviest = 5
    with pytest.raises(BoardUnreachable, match="Could not read the cards of acme's project 4"):
        await side.board().cards(Column.READY)


async def test_pages_that_do_not_end_are_a_fault(side):
    await many(side, 1, "For Implementation")
    body = (
        '{"data": {"node": {"__typename": "ProjectV2", "items": {"totalCount": 1, "nodes": [], '
        '"pageInfo": {"hasNextPage": true, "endCursor": "1"}}}}}'
    )
    side.fail(document="query Glances", status=200, body=body, times=9)
    with pytest.raises(BoardFault, match="its pages do not end"):
        await side.board().cards(Column.READY)


async def test_a_column_in_other_letters_is_the_same_column(side):
    side.project.fields["Status"] = ("for  implementation", *side.project.fields["Status"][2:])
    await side.add("Login", column="for  implementation")
    (card,) = (await side.board().cards(Column.READY)).cards
    assert (card.column, card.place) == (Column.READY, "for  implementation")


async def test_columns_that_are_missing_are_named_with_those_that_are_there(side):
    side.project.fields["Status"] = ("Todo", "In Progress", "Done")
    board = side.board()
    with pytest.raises(ColumnMissing) as caught:
        await board.cards(Column.READY)
    assert caught.value.message == (
        "Could not find the columns of acme's project 4: it has no 'For Implementation' in its field 'Status'. "
        "It has: 'Todo', 'In Progress', 'Done'."
    )
    side.project.fields["Status"] = ("For Implementation", "Done")
    assert (await board.cards(Column.READY)).cards == ()


async def test_a_project_without_such_a_field_is_told(side):
    side.wanted = replace(side.wanted, status="Stage")
    with pytest.raises(BoardFault, match="no single-select field 'Stage'") as caught:
        await side.board().cards()
    assert "board.status_field" in caught.value.next_step
    side.wanted = replace(side.wanted, status="Branch")
    with pytest.raises(BoardFault, match="no single-select field 'Branch'"):
        await side.board().cards()


@pytest.mark.parametrize(
    ("field", "names", "wanted"),
    [
        ("Status", ["For Implementation"], 'status:"For Implementation"'),
        ("Status", ["A", "B, C"], 'status:"A","B, C"'),
        ("Work status", ["A"], ""),
        ("Status", ['A "quoted"'], ""),
        ("Status", ["A\\"], ""),
        ("is:open", ["A"], ""),
        ("Status", [], ""),
    ],
)
def test_only_names_that_a_filter_takes_are_put_into_one(field, names, wanted):
    status = Field(id="F", name=field, kind="SINGLE_SELECT", options=dict(enumerate(names)))
    layout = Layout(
        project=Project(owner="acme", number=4, columns=Columns(NAMES)), id="P", title="", url="", closed=False,
        can_update=True, of_person=False, viewer="ada", status=status, priority=None, branch=None,
    )  # fmt: skip
    assert filter_for(layout, names) == wanted


async def test_a_name_that_fits_no_filter_is_looked_for_on_the_whole_board(side):
    side.project.fields["Status"] = ('"Ready"', "In Progress", "In Review", "Failed", "Needs Input")
    names = {column: side.wanted.columns.name(column) for column in Column} | {Column.READY: '"Ready"'}
    side.wanted = Project(owner="acme", number=4, columns=Columns(names))
    await side.add("Login", column='"Ready"')
    assert titles((await side.board().cards(Column.READY)).cards) == ["Login"]
    assert "GlancesMatching" not in side.asked()


# What is known of cards already.


async def test_a_card_is_read_again_when_anything_about_it_changed(side):
    card = await side.add("Login")
    board = side.board()
    side.pass_time()
    await board.cards(Column.READY)
    await board.cards(Column.READY)
    assert side.asked().count("Cards") == 1
    content = side.card(card).content
    content.title, content.updated = "Login, at last", side.project.now()
    side.pass_time()
    assert titles((await board.cards(Column.READY)).cards) == ["Login, at last"]
    side.card(card).values["Priority"] = "P1"
    side.card(card).updated = side.project.now()
    assert (await board.cards(Column.READY)).cards[0].priority.name == "P1"


async def test_a_card_that_has_just_changed_may_change_again_within_the_second(side):
    card = await side.add("Login")
    board = side.board()
    await board.cards(Column.READY)
    side.card(card).content.title = "Login, at last"
    assert titles((await board.cards(Column.READY)).cards) == ["Login, at last"]


async def test_what_gives_no_sign_is_seen_within_five_minutes_and_a_blocker_at_once(side):
    first = await side.add("First", column="Backlog")
    waiting = await side.add("Waiting", blocked_by=first)
    linked = await side.add("Linked")
    board = side.board()
    side.pass_time()
    await board.cards(Column.READY)
    side.card(first).content.state = "CLOSED"
    side.card(linked).content.branches.append(("feature/login", "acme/engine"))
    told = {card.id: card for card in (await board.cards(Column.READY)).cards}
    assert [blocker.done for blocker in told[waiting].blocked_by] == [True]
    assert told[linked].branches == ()
    side.clock.advance(300)
    told = {card.id: card for card in (await board.cards(Column.READY)).cards}
    assert [branch.name for branch in told[linked].branches] == ["feature/login"]
