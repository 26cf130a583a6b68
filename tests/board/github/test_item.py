"""What a card of each kind tells, and what is said of those that cannot be worked on."""

import pytest

from kiro_worker.board import BoardFault, CardBranch, CardContent, Column, Link, Obstacle, Priority
from kiro_worker.value import replace


def put(side, content, **values):
    return side.project.add(content, Status="For Implementation", **values)


async def the_card(side):
    (card,) = (await side.board().cards(Column.READY)).cards
    return card


def hindrances(card):
    return [each.kind for each in card.hindrances]


async def test_a_pull_request_is_a_card_whose_branch_is_its_own(side):
    put(side, side.project.content("PullRequest", "Login", head="feature/login"))
    card = await the_card(side)
    assert (card.content, card.reference) == (CardContent.PULL_REQUEST, "acme/engine#1")
    assert card.branches == (
        CardBranch(name="feature/login", link=Link.PULL_REQUEST, repository="acme/engine", pull_request=1),
    )


async def test_a_draft_has_no_repository_unless_only_one_is_served(side):
    put(side, side.project.content("DraftIssue", "An idea", body="Please."), Branch=" feature/idea ")
    card = await the_card(side)
    assert (card.content, card.repository, card.reference) == (CardContent.DRAFT, "", "")
    assert card.branches == (CardBranch(name="feature/idea", link=Link.FIELD),)
    assert (card.title, card.body, card.author) == ("An idea", "Please.", "ada")
    side.wanted = replace(side.wanted, repositories=("acme/engine",))
    assert (await the_card(side)).branches[0].repository == "acme/engine"


async def test_an_issue_names_its_branches_the_surest_first_and_each_once(side):
    project = side.project
    pulls = [
        project.content("PullRequest", "One", head="feature/linked"),
        project.content("PullRequest", "Two", head="feature/closing"),
        project.content("PullRequest", "Three", head="feature/old", state="MERGED"),
        project.content("PullRequest", "Four", head="feature/fork", head_repository="eve/engine"),
    ]
    linked = [("feature/linked", "acme/engine"), ("feature/linked", "acme/other")]
    put(side, project.content("Issue", "Login", branches=linked, closed_by=pulls), Branch="feature/written")
    told = [(each.name, each.link, each.repository, each.pull_request) for each in (await the_card(side)).branches]
    assert told == [
        ("feature/written", Link.FIELD, "acme/engine", 0),
        ("feature/linked", Link.LINKED, "acme/engine", 1),
        ("feature/linked", Link.LINKED, "acme/other", 0),
        ("feature/closing", Link.CLOSES, "acme/engine", 2),
        ("feature/fork", Link.CLOSES, "eve/engine", 4),
    ]


async def test_a_branch_that_is_gone_and_a_fork_that_was_deleted_are_told(side):
    fork = side.project.content("PullRequest", "One", head="feature/fork", head_repository=None)
    put(side, side.project.content("Issue", "Login", branches=[None], closed_by=[fork]))
    card = await the_card(side)
    assert card.branches == (CardBranch(name="feature/fork", link=Link.CLOSES, pull_request=1),)
    assert card.notes == ("A branch that was linked to it is gone.",)


async def test_what_the_credential_may_not_see_is_a_card_that_says_so(side):
    put(side, side.project.content("Issue", "Secret", visible=False))
    card = await the_card(side)
    assert (card.content, card.title, card.repository, hindrances(card)) == (
        CardContent.HIDDEN, "", "", [Obstacle.HIDDEN],
    )  # fmt: skip
    assert "may not read" in card.hindrances[0].why
    assert "Issues and Pull requests" in card.hindrances[0].cure


async def test_cards_whose_column_is_hidden_too_are_counted(side):
    for _ in range(3):
        side.project.add(side.project.content("Issue", "Secret", visible=False))
    board = side.board()
    check = await board.check()
    assert "Hidden from this credential, the column too: 3 of the board's cards." in check.notes
    assert (await board.cards()).cards == ()


async def test_an_archived_card_and_an_archived_repository_are_told_apart(side):
    put(side, side.project.content("Issue", "Login")).archived = True
    card = await the_card(side)
    assert [(each.kind, each.why) for each in card.hindrances] == [
        (Obstacle.ARCHIVED, "The card is archived, so it cannot be moved.")
    ]
    side.project.cards[0].archived = False
    side.project.cards[0].content.archived_repository = True
    card = await the_card(side)
    assert [(each.kind, each.why) for each in card.hindrances] == [
        (Obstacle.ARCHIVED, "The repository acme/engine is archived.")
    ]


@pytest.mark.parametrize(
    ("kind", "state", "why"),
    [
        ("Issue", "CLOSED", "The issue is closed."),
        ("PullRequest", "CLOSED", "The pull request is closed."),
        ("PullRequest", "MERGED", "The pull request was merged."),
    ],
)
async def test_what_is_over_is_told_as_such(side, kind, state, why):
    put(side, side.project.content(kind, "Login", state=state, head="x" if kind == "PullRequest" else ""))
    card = await the_card(side)
    assert [(each.kind, each.why) for each in card.hindrances] == [(Obstacle.CLOSED, why)]
    assert all(branch.pull_request == 0 for branch in card.branches)


async def test_a_card_of_a_repository_that_is_not_served_is_foreign(side):
    put(side, side.project.content("Issue", "Login", repository="Acme/Other"))
    side.wanted = replace(side.wanted, repositories=("acme/engine",))
    card = await the_card(side)
    assert hindrances(card) == [Obstacle.FOREIGN]
    assert "Add Acme/Other to board.repositories" in card.hindrances[0].cure
    side.wanted = replace(side.wanted, repositories=("acme/engine", "ACME/other"))
    assert hindrances(await the_card(side)) == []


async def test_more_than_can_be_read_is_said(side):
    blockers = [side.project.content("Issue", f"b{number}") for number in range(51)]
    labels = [f"label {number}" for number in range(60)]
    put(side, side.project.content("Issue", "Login", labels=labels, blocked_by=blockers))
    card = await the_card(side)
    assert (len(card.labels), len(card.blocked_by)) == (50, 50)
    assert card.notes == (
        "Only 50 of 60 labels could be read.",
        "Only 50 of 51 issues that block it could be read.",
    )


async def test_a_server_that_knows_no_dependencies_is_asked_without_and_told_of(side, schemas):
    side.project.schema = schemas.published_graphql
    await side.add("First", column="Backlog")
    await side.add("Login", blocked_by=side.project.cards[0].id)
    board = side.board()
    for _ in range(2):
        (card,) = (await board.cards(Column.READY)).cards
        assert card.blocked_by == ()
        assert card.notes == ("This server does not tell which issues block this one.",)
    assert side.asked().count("Cards") == 1


@pytest.mark.parametrize(
    ("value", "priority"), [(3, Priority(rank=3, name="3")), (0.5, Priority(rank=0.5, name="0.5")), (None, None)]
)
async def test_a_priority_may_be_a_number(side, value, priority):
    side.project.fields["Priority"] = "NUMBER"
    put(side, side.project.content("Issue", "Login"), Priority=value)
    assert (await the_card(side)).priority == priority


async def test_a_priority_s_rank_is_its_place_among_the_field_s_values(side):
    put(side, side.project.content("Issue", "Login"), Priority="P3")
    assert (await the_card(side)).priority == Priority(rank=2, name="P3")
    side.project.fields["Priority"] = ("P3", "P2", "P1")
    assert (await the_card(side)).priority == Priority(rank=0, name="P3")


@pytest.mark.parametrize("fields", [(), ("Priority",), ("Branch",)])
async def test_fields_that_the_project_has_not_are_done_without(side, fields):
    side.project.fields = {"Status": side.project.fields["Status"], **dict.fromkeys(fields, "DATE")}
    put(side, side.project.content("Issue", "Login"), Priority="P1", Branch="feature/x")
    card = await the_card(side)
    assert (card.priority, card.branches) == (None, ())
    check = await side.board().check()
    assert check.ready
    assert any("no field 'Priority'" in note for note in check.notes)
    assert any("no text field 'Branch'" in note for note in check.notes)


async def test_an_author_whose_account_is_gone_is_nobody(side):
    put(side, side.project.content("Issue", "Login", author=""))
    assert (await the_card(side)).author == ""


async def test_a_card_of_another_project_is_not_ours(side):
    card = await side.add("Login")
    side.card(card).project = "PVT_2"
    assert await side.board().read(card) is None


ODD = ['{"data": {"nodes": [7, "x", [], null]}}', '{"data": {"nodes": [{"id": 5}]}}', '{"data": {"nodes": []}}']


@pytest.mark.parametrize("answer", ODD)
async def test_an_answer_of_another_shape_is_a_fault_and_no_card_that_is_gone(side, answer):
    """A run whose card is gone is stopped; an answer that makes no sense stops nothing."""
    card = await side.add("Login")
    board = side.board()
    await board.cards()
    side.fail(document="query Cards", status=200, body=answer)
    with pytest.raises(BoardFault, match="the answer is no card, and does not say it is gone"):
        await board.read(card)
    assert (await board.read(card)).title == "Login"


@pytest.mark.parametrize(
    "answer", ['{"data": {"nodes": [null]}}', '{"data": {"nodes": [{"__typename": "Issue", "id": "I_1"}]}}']
)
async def test_nothing_and_something_else_are_no_card(side, answer):
    card = await side.add("Login")
    board = side.board()
    side.fail(document="query Cards", status=200, body=answer)
    assert await board.read(card) is None


@pytest.mark.parametrize("answer", ODD[1:])
async def test_a_card_that_cannot_be_read_is_passed_over_in_a_listing_that_says_so(side, answer):
    await side.add("Login")
    board = side.board()
    side.fail(document="query Cards", status=200, body=answer)
    listing = await board.cards(Column.READY)
    assert listing.cards == ()
    assert listing.notes == ("GitHub's answer makes no sense for 1 of the cards; these are passed over.",)
    listing = await board.cards(Column.READY)
    assert ([each.title for each in listing.cards], listing.notes) == (["Login"], ())
