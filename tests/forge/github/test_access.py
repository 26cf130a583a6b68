import pytest

from kiro_worker.forge.github.credential import Token
from kiro_worker.testing.github_access import Grant
from kiro_worker.testing.github_server import Act


async def check(side, grant=None, token="ghp_x"):  # noqa: S107  # no secret
    side.model.tokens[token] = grant or Grant()
    return await side.forge(Token(token, source="GITHUB_TOKEN")).check()


async def test_a_classic_token_that_suffices_says_so_in_full(side):
    told = await check(side)
    assert (told.ready, told.account, told.cure) == (True, "worker", "")
    assert told.detail == "ada/engine on 127.0.0.1, signed in with the classic token from GITHUB_TOKEN."


@pytest.mark.parametrize(("kind", "token"), [("fine-grained", "github_pat_x"), ("installation", "ghs_x")])
async def test_a_token_whose_rights_cannot_be_read_says_that(side, kind, token):
    told = await check(side, Grant(kind=kind), token)
    assert told.ready
    assert told.detail.endswith("whether it may write is only seen when it does.")


async def test_nothing_is_written(side):
    await check(side)
    assert [seen.body["query"].split()[0] for seen in side.server.seen if seen.method != "GET"] == ["query"]


@pytest.mark.parametrize(
    ("grant", "detail", "cure"),
    [
        (Grant(scopes=("gist",)), "Not Found", "Check the repository's name"),
        (Grant(may_push=False), "may read it and not push to it", "the role Write or more"),
        (Grant(scopes=("public_repo",)), "it is private", "Make one with `repo`"),
        (Grant(kind="fine-grained", rights={}), "Resource not accessible", "the right pull_requests: read"),
        (Grant(sso="https://github.com/orgs/o/sso?authorization_request=1"), "SAML", "https://github.com/orgs/o/sso?"),
    ],
)
async def test_what_is_missing_is_told_with_its_cure(side, grant, detail, cure):
    told = await check(side, grant)
    assert not told.ready
    assert detail in told.detail
    assert cure in told.cure


async def test_a_classic_token_without_any_repository_scope_is_told_on_a_public_one(side):
    side.model.repository.private = False
    side.fail(
        method="GET", path="/engine$", status=200, headers={"X-OAuth-Scopes": "read:user"}, body='{"private": false}'
    )
    told = await check(side)
    assert "has not the scope `repo`" in told.detail


async def test_an_archived_repository_is_not_ready(side):
    side.model.repository.archived = True
    told = await check(side)
    assert (told.ready, told.account) == (False, "worker")
    assert "archived" in told.detail


async def test_an_unreachable_forge_is_not_ready_and_nothing_is_raised(side):
    side.fail(act=Act.RESET, times=9)
    told = await check(side)
    assert not told.ready
    assert "no usable answer in 3 tries" in told.detail
    assert told.cure


async def test_a_name_that_is_not_to_be_had_stands_in_nobody_s_way(side):
    side.fail(act=Act.RESET, path="graphql", times=3)
    told = await check(side)
    assert (told.ready, told.account) == (True, "")


async def test_a_bad_token_is_not_ready(side):
    side.model.tokens.clear()
    told = await side.forge().check()
    assert not told.ready
    assert "Bad credentials" in told.detail
