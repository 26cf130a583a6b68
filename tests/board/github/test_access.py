"""Which credential can see and do what, and how that is told."""

import pytest

from kiro_worker.board import BoardCredential, BoardFault, BoardLimited, BoardUnreachable, Column, Note
from kiro_worker.error import Fault
from kiro_worker.forge import ForgeFault
from kiro_worker.forge.github.credential import Token
from kiro_worker.testing.github_access import Grant
from kiro_worker.testing.github_server import Act
from kiro_worker.value import replace

PROJECTS = {"organization_projects": "write", "issues": "write", "pull_requests": "write"}


async def check(side, grant, token="ghp_x"):  # noqa: S107  # no secret
    side.server.model.tokens[token] = grant
    return await side.board(Token(token, source="GITHUB_TOKEN")).check()


async def test_a_check_writes_nothing(side):
    await side.add("Login")
    await side.board().check()
    assert not [seen for seen in side.server.seen if "mutation" in seen.body["query"]]


@pytest.mark.parametrize(
    ("token", "grant", "noted"),
    [
        ("ghp_x", Grant(scopes=("project", "repo")), ""),
        ("ghp_x", Grant(scopes=("project",)), "has not the scope `repo`: cards of private repositories stay hidden"),
        ("github_pat_x", Grant(kind="fine-grained", rights=PROJECTS), "does not tell what the fine-grained token may"),
        ("ghs_x", Grant(kind="installation", rights=PROJECTS), "only seen when it does"),
    ],
)
async def test_a_credential_that_suffices_for_an_organisation_s_project(side, token, grant, noted):
    told = await check(side, grant, token)
    assert (told.ready, told.cure, told.account) == (True, "", "worker")
    assert noted in " ".join(told.notes)


@pytest.mark.parametrize(
    ("token", "grant", "detail", "cure"),
    [
        ("ghp_x", Grant(scopes=("repo",)), "not been granted the required scopes", "needs the scope `project`"),
        ("ghp_x", Grant(scopes=("read:project", "repo")), "so it cannot move cards", "with the scope `project`"),
        (
            "github_pat_x",
            Grant(kind="fine-grained", rights={}),
            "Resource not accessible by personal access token",
            "the organisation as its resource owner, and the organisation permission Projects: read and write.",
        ),
        (
            "ghs_x",
            Grant(kind="installation", rights={}),
            "Resource not accessible by integration",
            "the token of GitHub Actions cannot have it",
        ),
        ("ghp_x", Grant(scopes=("project", "repo"), may_push=False), "be read and not moved", "the role Write"),
    ],
)
async def test_what_is_missing_is_told_with_its_cure(side, token, grant, detail, cure):
    told = await check(side, grant, token)
    assert not told.ready
    assert detail in told.detail
    assert cure in told.cure


@pytest.mark.parametrize(
    ("token", "grant", "ready"),
    [
        ("ghp_x", Grant(scopes=("project", "repo")), True),
        ("github_pat_x", Grant(kind="fine-grained", rights=PROJECTS), False),
        ("ghs_x", Grant(kind="installation", rights=PROJECTS), False),
    ],
)
async def test_a_person_s_project_is_seen_by_a_classic_token_alone(side, token, grant, ready):
    side.project.of_person = True
    told = await check(side, grant, token)
    assert told.ready is ready
    if ready:
        assert "a project of a person" in told.detail
        assert "/users/acme/projects/4" in told.detail
    else:
        assert "Could not resolve to a ProjectV2 with the number 4." in told.detail
        assert "For a person's project it is of no use: make a classic token with the scope `project`." in told.cure


async def test_a_number_that_is_none_says_where_numbers_are_found(side):
    side.wanted = replace(side.wanted, number=9)
    with pytest.raises(BoardCredential, match="Could not resolve to a ProjectV2 with the number 9") as caught:
        await side.board().cards()
    assert caught.value.next_step.startswith("Check board.owner and board.number")
    assert caught.value.fault is Fault.CREDENTIAL


async def test_an_owner_that_is_none_is_named(side):
    side.wanted = replace(side.wanted, owner="nobody")
    with pytest.raises(BoardFault, match="no organisation or person 'nobody' on 127"):
        await side.board().cards()


async def test_a_closed_project_is_not_ready(side):
    side.project.closed = True
    told = await side.board().check()
    assert (told.ready, told.detail) == (False, "Engine works: it is closed.")
    assert told.cure


async def test_a_token_that_is_not_taken_is_a_fault_of_the_credential(side):
    side.server.model.tokens.clear()
    board = side.board()
    with pytest.raises(ForgeFault, match="Bad credentials") as caught:
        await board.cards()
    assert caught.value.fault is Fault.CREDENTIAL
    assert not (await board.check()).ready


async def test_nobody_listening_is_a_fault_after_three_tries_and_a_check_raises_nothing(side):
    side.fail(act=Act.RESET, times=99)
    board = side.board()
    with pytest.raises(BoardUnreachable, match="no usable answer in 3 tries"):
        await board.cards()
    told = await board.check()
    assert not told.ready
    assert "Look at the network" in told.cure


async def test_a_right_that_is_taken_away_is_no_card_that_is_gone(side):
    card = await side.add("Login")
    side.server.model.tokens["ghs_x"] = Grant(kind="installation", rights=PROJECTS)
    board = side.board(Token("ghs_x", source="GITHUB_TOKEN"))
    assert await board.read(card) is not None
    side.server.model.tokens["ghs_x"] = Grant(kind="installation", rights={})
    for call in (board.read(card), board.move(card, Column.WORKING), board.tell(card, Note(key="a", text="b"))):
        with pytest.raises(BoardCredential, match="Resource not accessible by integration"):
            await call


# What it may cost.


async def test_the_points_of_an_hour_are_not_exceeded(side):
    board = side.board(points_per_hour=5)
    await side.add("Login")
    # The project, a glance and the card; then a glance and the card.
    await board.cards(Column.READY)
    await board.cards(Column.READY)
    with pytest.raises(BoardLimited, match=r"the 5 points of this hour \(board.points_per_hour\) are used") as caught:
        await board.cards(Column.READY)
    assert "a new one begins in 30 min" in caught.value.message
    assert len(side.server.seen) == 5
    side.clock.advance(30 * 60)
    assert (await board.cards(Column.READY)).cards


async def test_ninety_cards_twice_a_minute_cost_less_than_a_tenth_of_the_quota(side):
    for number in range(90):
        await side.add(f"card {number}", column="For Implementation" if number < 5 else "Backlog")
    board = side.board()
    side.pass_time()
    for _ in range(120):
        await board.cards(Column.READY)
        side.clock.advance(30)
    assert side.project.used <= 0.096 * 5000


async def test_a_server_without_limits_is_used_as_it_is(side):
    side.project.limit = None
    told = await side.board().check()
    assert told.ready
    assert any(note.startswith("Looking cost") and "left" not in note for note in told.notes)


async def test_a_limit_is_waited_for_and_one_that_lasts_too_long_is_told(side):
    limited = '{"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded for user ID 1."}]}'
    side.fail(path="/graphql", status=200, body=limited)
    assert (await side.board().cards()).cards == ()
    assert side.clock.slept == [60.0]
    side.fail(path="/graphql", status=200, headers={"Retry-After": "7000"}, body=limited)
    with pytest.raises(BoardLimited, match="It lasts 117 min more"):
        await side.board().cards()
