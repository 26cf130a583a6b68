"""What the worker does with every way in which GitHub, or the way to it, goes wrong."""

import asyncio
import traceback

import pytest

from kiro_worker.error import Fault
from kiro_worker.forge import ForgeCredential, ForgeFault, ForgeLimited, ForgeUnreachable
from kiro_worker.forge.github.credential import Token
from kiro_worker.forge.github.transport import Bounds
from kiro_worker.testing.forge_contract import BRANCH, proposal
from kiro_worker.testing.github_access import Grant
from kiro_worker.testing.github_server import Act, GitHubServer
from kiro_worker.testing.github_side import TOKEN

HTML = "<!doctype html><html><head><title>Unicorn! &middot; GitHub</title></head><body><p>No server.</p></body></html>"
SECONDARY = '{"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}'
ABUSE = '{"message": "You have triggered an abuse detection mechanism."}'


@pytest.fixture
def commit(side):
    return side.push(BRANCH)


async def published(side, commit, **more):
    return await side.forge(**more).publish(proposal(commit))


async def refused(side, commit, kind=ForgeFault):
    with pytest.raises(kind) as caught:
        await published(side, commit)
    return caught.value


# Answers that are no answers: reads are made again, writes after a look.


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "trouble",
    [
        {"status": 500},
        {"status": 502, "body": HTML, "headers": {"Content-Type": "text/html"}},
        {"status": 503, "body": "", "headers": {"Retry-After": "7"}},
        {"status": 504, "body": "[1, 2"},
        {"status": 200, "body": HTML, "headers": {"Content-Type": "text/html"}},
        {"status": 200, "body": '[{"number": 1'},
        {"act": Act.RESET},
        {"act": Act.TRUNCATE},
        {"act": Act.FLOOD},
    ],
    ids=lambda trouble: f"{trouble.get('act', trouble.get('status'))}-{len(trouble.get('body', ''))}",
)
async def test_one_bad_answer_changes_nothing_about_the_outcome(side, commit, trouble, method, after):
    side.fail(method=method, path="/pulls$", after=after, **trouble)
    told = await published(side, commit)
    assert (told.change, told.pull_request.number) == ("created", 1)
    assert len(side.model.repository.pulls) == 1
    assert side.writes().count("POST /repos/ada/engine/pulls") == (2 if method == "POST" and not after else 1)


@pytest.mark.parametrize("act", [Act.STALL, Act.DRIP])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_answer_that_does_not_come_is_given_up_and_looked_into(side, commit, act, method):
    side.fail(act=act, method=method, path="/pulls$", after=True)
    told = await published(side, commit, bounds=Bounds(silence=0.2, whole=0.4))
    assert (told.change, len(side.model.repository.pulls)) == ("created", 1)


@pytest.mark.parametrize("trouble", [{"status": 502, "body": HTML}, {"act": Act.RESET}, {"act": Act.TRUNCATE}])
async def test_three_bad_answers_are_a_fault_that_says_what_was_tried(side, commit, trouble):
    side.fail(method="GET", times=3, **trouble)
    fault = await refused(side, commit, ForgeUnreachable)
    assert (fault.fault, fault.code) == (Fault.FORGE, "forge.unreachable")
    assert "Could not list the pull requests of feature/login (GET /repos/ada/engine/pulls)" in fault.message
    assert "no usable answer in 3 tries; the last: " in fault.message
    assert "<" not in fault.message
    assert fault.next_step.endswith("kiro-worker resume")
    assert side.clock.slept == [1.0, 2.0]


async def test_a_write_that_is_lost_three_times_is_a_fault_and_not_a_fourth_try(side, commit):
    side.lose_answers(3, done=False)
    fault = await refused(side, commit, ForgeUnreachable)
    assert side.writes() == ["POST /repos/ada/engine/pulls"] * 3
    assert fault.kept == "The commits are on feature/login; running again finds what was written."
    assert (await published(side, commit)).change == "created"


async def test_every_retry_of_a_write_is_preceded_by_a_look(side, commit):
    side.lose_answers(2, done=False)
    await published(side, commit)
    assert [seen.method for seen in side.server.seen] == ["GET", "POST", "GET", "POST", "GET", "POST"]


async def test_a_server_that_asks_for_time_gets_it_within_bounds(side, commit):
    side.fail(method="GET", status=503, headers={"Retry-After": "7"})
    side.fail(method="GET", status=503, headers={"Retry-After": "7000"})
    await published(side, commit)
    assert side.clock.slept == [7.0, 30.0]


async def test_nobody_listening_is_a_fault_after_three_tries(side, commit):
    side.server.stop()
    fault = await refused(side, commit, ForgeUnreachable)
    assert "the last: " in fault.message


class StopsTheServer(Token):
    """A token whose second use finds nobody listening any more."""

    def __init__(self, server):
        super().__init__(TOKEN, source="GITHUB_TOKEN")
        self._server = server
        self._uses = 0

    async def token(self):
        self._uses += 1
        if self._uses == 2:
            self._server.stop()
        return await super().token()


async def test_a_forge_that_goes_away_before_the_write_is_told_and_nothing_was_done(side, commit):
    side.fail(method="GET", status=200, body="[]", headers={"Connection": "close"})
    with pytest.raises(ForgeUnreachable) as caught:
        await side.forge(StopsTheServer(side.server)).publish(proposal(commit))
    assert "Could not open a pull request from feature/login to main" in caught.value.message
    assert side.writes() == []
    assert side.clock.slept == [1.0, 2.0]


async def test_a_proxy_of_the_environment_is_used_and_its_password_is_not_told(side, commit, monkeypatch):
    for name in ("NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", side.server.address.replace("//", "//me:hunter2@"))
    side.api_url = "http://127.0.0.2:9"
    assert (await published(side, commit)).change == "created"
    side.server.stop()
    fault = await refused(side, commit, ForgeUnreachable)
    assert "hunter2" not in "".join(traceback.format_exception(fault))


async def test_an_address_that_is_none_is_told(side, commit):
    side.api_url = "nonsense://127.0.0.1"
    fault = await refused(side, commit, ForgeUnreachable)
    assert "protocol" in fault.message


async def test_a_missing_right_of_a_build_s_token_is_told_without_a_name_when_github_gives_none(side, commit):
    side.fail(method="GET", status=403, body='{"message": "Resource not accessible by integration"}')
    fault = await refused(side, commit, ForgeCredential)
    assert fault.next_step.startswith("Give the classic token in GITHUB_TOKEN the rights it lacks;")


@pytest.mark.parametrize(
    "payload", ['{"message": 7, "errors": [7, {"code": 1}]}', '"text"', "null", '{"errors": "x"}', "[]"]
)
async def test_odd_refusals_are_told_as_well_as_can_be(side, commit, payload):
    side.fail(method="GET", status=422, body=payload)
    fault = await refused(side, commit)
    assert "it gave no reason" in fault.message


async def test_a_list_that_is_none_is_a_fault(side, commit):
    side.fail(method="GET", status=200, body='{"number": 1}')
    await refused(side, commit)


async def test_an_answer_larger_than_the_bound_is_not_read(side, commit):
    side.fail(method="GET", act=Act.FLOOD, times=3)
    fault = await refused(side, commit, ForgeUnreachable)
    assert "an answer of more than 1,000,000 bytes" in fault.message


async def test_an_overloaded_graphql_is_tried_again(side, commit):
    forge = side.forge()
    await forge.publish(proposal(commit))
    words = '{"errors": [{"message": "Something went wrong while executing your query."}]}'
    side.fail(path="/graphql", status=200, body=words)
    assert (await forge.publish(proposal(commit, draft=False))).pull_request.draft is False


# Limits: waiting is enough, for the one request that met them.


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("answer", "wait"),
    [
        ({"status": 429, "headers": {"Retry-After": "30"}, "body": SECONDARY}, 30),
        ({"status": 403, "headers": {"Retry-After": "45"}, "body": SECONDARY}, 45),
        ({"status": 403, "body": ABUSE}, 60),
        ({"status": 429}, 60),
        ({"status": 403, "headers": {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "RESET"}}, 121),
        ({"status": 429, "headers": {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "nonsense"}}, 60),
        (
            {"status": 403, "headers": {"X-RateLimit-Remaining": "9", "X-RateLimit-Reset": "RESET"}, "body": SECONDARY},
            60,
        ),
    ],
)
async def test_a_limit_is_waited_for(side, commit, method, answer, wait):
    reset = str(int(side.clock.now().timestamp()) + 120)
    headers = {name: value.replace("RESET", reset) for name, value in answer.get("headers", {}).items()}
    side.fail(**{**answer, "method": method, "path": "/pulls$", "headers": headers})
    assert (await published(side, commit)).change == "created"
    assert side.clock.slept == [wait]


async def test_limits_in_a_row_are_waited_for_longer_and_longer(side, commit):
    side.fail(method="GET", status=403, body=SECONDARY, times=3)
    await published(side, commit)
    assert side.clock.slept == [60.0, 120.0, 240.0]


async def test_a_graphql_limit_comes_with_200_and_is_waited_for(side, commit):
    forge = side.forge()
    await forge.publish(proposal(commit))
    limit = '{"errors": [{"type": "RATE_LIMITED", "message": "API rate limit already exceeded for user ID 1."}]}'
    side.fail(path="/graphql", status=200, body=limit, headers={"Retry-After": "20"})
    assert (await forge.publish(proposal(commit, draft=False))).change == "updated"
    assert 20.0 in side.clock.slept


async def test_a_limit_that_lasts_too_long_is_a_fault_with_its_time(side, commit):
    side.fail(method="GET", status=429, headers={"Retry-After": "3000"}, body=SECONDARY)
    fault = await refused(side, commit, ForgeLimited)
    assert (fault.code, fault.status) == ("forge.limited", 429)
    assert "It lasts 50 min more, the worker waits 15 min." in fault.message
    assert fault.next_step == "Run again in 50 min: kiro-worker resume"
    assert side.clock.slept == []


# Definite refusals: told once, with the forge's own words and a cure.


async def test_a_bad_token_is_a_credential_fault_that_names_its_variable(side, commit):
    side.model.tokens.clear()
    fault = await refused(side, commit, ForgeCredential)
    assert (fault.fault, fault.status) == (Fault.CREDENTIAL, 401)
    assert "Bad credentials" in fault.message
    assert "request id FAKE:" in fault.message
    assert fault.next_step.startswith(
        "It has ended or was revoked: make a new classic token and put it into GITHUB_TOKEN"
    )
    assert len(side.server.seen) == 1


async def test_a_missing_right_is_named_as_github_names_it(side, commit):
    side.model.tokens["github_pat_1"] = Grant(kind="fine-grained", rights={"pull_requests": "read"})
    with pytest.raises(ForgeCredential) as caught:
        await side.forge(Token("github_pat_1", source="MY_TOKEN")).publish(proposal(commit))
    assert "Resource not accessible by personal access token" in caught.value.message
    assert caught.value.next_step.startswith("Give the fine-grained token in MY_TOKEN the right pull_requests: write;")


async def test_a_token_that_single_sign_on_keeps_out_gets_the_page_to_let_it_in(side, commit):
    page = "https://github.com/orgs/acme/sso?authorization_request=AB12"
    side.model.tokens.update(dict.fromkeys(side.model.tokens, Grant(sso=page)))
    fault = await refused(side, commit, ForgeCredential)
    assert fault.next_step == f"Authorise the classic token in GITHUB_TOKEN for the organisation: {page}"


async def test_a_repository_that_is_not_there_or_not_to_be_seen(side, commit):
    side.model.repository.name = "secret"
    fault = await refused(side, commit, ForgeCredential)
    assert fault.status == 404
    assert "Check the repository's name, and that the classic token in GITHUB_TOKEN may see it." in fault.next_step


async def test_an_archived_repository_is_no_matter_of_rights(side, commit):
    side.model.repository.archived = True
    fault = await refused(side, commit)
    assert fault.fault is Fault.FORGE
    assert "archived" in fault.next_step


async def test_a_validation_that_fails_is_told_in_github_s_words(side, commit):
    body = '{"message": "Validation Failed", "errors": [{"resource": "PullRequest", "field": "title", "code": "missing_field"}]}'
    side.fail(method="POST", status=422, body=body)
    fault = await refused(side, commit)
    assert "HTTP 422" in fault.message
    assert "Validation Failed: PullRequest title missing_field" in fault.message
    assert len(side.writes()) == 1


async def test_an_update_that_is_refused_is_a_fault(side, commit):
    forge = side.forge()
    await forge.publish(proposal(commit))
    side.fail(method="PATCH", status=403, body='{"message": "Must have push access"}')
    with pytest.raises(ForgeCredential, match="Could not update pull request #1"):
        await forge.publish(proposal(commit, block="second"))


async def test_marking_ready_with_a_token_that_ended_meanwhile_is_a_fault(side, commit):
    forge = side.forge()
    await forge.publish(proposal(commit))
    side.fail(path="/graphql", status=401, body='{"message": "Bad credentials"}')
    with pytest.raises(ForgeCredential, match="Could not mark pull request #1 as ready"):
        await forge.publish(proposal(commit, draft=False))


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_redirect_to_another_host_never_gets_the_token(side, commit, status, method):
    with GitHubServer() as other:
        side.fail(method=method, status=status, headers={"Location": f"{other.address}/steal"}, body="{}")
        fault = await refused(side, commit)
        assert other.seen == []
    assert fault.status == status
    assert "It sends requests on to 127.0.0.1" in fault.next_step


async def test_redirects_that_go_round_end(side, commit):
    side.fail(method="GET", status=302, headers={"Location": "/repos/ada/engine/pulls"}, body="{}", times=9)
    fault = await refused(side, commit)
    assert fault.status == 302
    assert len(side.server.seen) == 4


async def test_the_token_is_in_no_error_however_it_came_there(side, commit):
    (token,) = side.model.tokens
    side.fail(method="GET", status=422, body=f'{{"message": "You sent {token}"}}')
    fault = await refused(side, commit)
    told = "".join(traceback.format_exception(fault))
    assert "You sent [token]" in fault.message
    assert token not in told
    assert token not in repr(Token(token, source="X"))


@pytest.mark.parametrize("value", ["", "  \n", "ghp_abc def", "ghp_abc\r\nX-Evil: 1", "ghp_\u00e9"])
def test_what_can_be_no_token_is_refused_unseen(value):
    with pytest.raises(ForgeCredential) as caught:
        Token(value, source="GITHUB_TOKEN")
    assert "GITHUB_TOKEN" in caught.value.message
    assert "ghp_" not in caught.value.message


async def test_a_publish_that_is_cancelled_in_the_middle_can_be_made_again(side, commit):
    forge = side.forge()
    side.fail(method="POST", act=Act.STALL, after=True)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await forge.publish(proposal(commit))
    assert (await forge.publish(proposal(commit))).change == "unchanged"
    assert len(side.model.repository.pulls) == 1
