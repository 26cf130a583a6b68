"""Everything that can be sent, held against what GitHub has published."""

import json

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from graphql import build_schema, parse, validate

from kiro_worker.forge import CommitStatus, StatusState
from kiro_worker.forge.github.app import AppInstallation, AppKey
from kiro_worker.forge.github.branching import GitHubBranching
from kiro_worker.forge.github.content import GitHubContent
from kiro_worker.forge.github.documents import DOCUMENTS
from kiro_worker.testing.clock import HandClock
from kiro_worker.testing.forge_contract import BRANCH, proposal
from kiro_worker.testing.git_remote import BareRemote
from kiro_worker.testing.github_access import AppKey as KnownApp
from kiro_worker.testing.github_contents import FakeContents
from kiro_worker.testing.github_model import GitHubModel
from kiro_worker.testing.github_schema import GitHubSchemas
from kiro_worker.testing.github_server import Act, GitHubServer, Trouble
from kiro_worker.testing.github_side import GitHubSide


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.split()[1])
def test_every_document_is_valid(document, schema_folder):
    schema = build_schema((schema_folder / "schema.graphql").read_text("utf-8"))
    assert validate(schema, parse(document)) == []


async def everything(side, forge):
    """Send each kind of request there is."""
    await forge.check()
    commit = side.push(BRANCH)
    side.push("next")
    await forge.publish(proposal(commit))
    await forge.publish(proposal(commit, block="second", base="next", draft=False))
    await forge.publish(proposal(commit, block="third"))
    side.fail(act=Act.RESET, path="/statuses/", after=True)
    status = CommitStatus(commit=commit, state=StatusState.SUCCESS, description="done", url="https://ci.test/1")
    assert await forge.report(status)
    (active,) = await forge.activity()
    side.model.talk.check(commit, "build", "FAILURE", title="2 tests failed")
    remark = await side.say(active.number, "ada", "Hm.", kind="line", path="a.py", line=3)
    assert await forge.conversation(active.number)
    assert await forge.notice(remark)
    assert await forge.answer(active.number, "a", "One.")
    assert await forge.answer(active.number, "a", "Two.")
    assert not await forge.may_write("ada")


async def everything_about_contents(side, forge):
    """What is asked and done where there is no git; two of the forge's own parts stand for a process's."""
    content = GitHubContent(forge._exchange, side.repository)
    branching = GitHubBranching(forge._exchange, side.repository, content)
    base = (await content.tips(None, None)).base
    await branching.make("made", base)
    made = await branching.commit("made", base, {"TASK.md": b"# Do"}, "feat: do")
    assert (await content.tips("made", "main")).head == made
    assert [each.oid for each in await content.between("main", "made", since=base, commit=made)] == [made]
    assert len(await content.history(made, 10)) == 2
    assert await content.blob((await content.entry(made, "TASK.md")).oid) == b"# Do"


@pytest.mark.parametrize(("rest", "prefix"), [("rest.json", ""), ("rest-ghes.json", "/api/v3")])
async def test_all_that_is_sent_is_described_and_all_that_is_described_is_sent(rest, prefix, schema_folder, tmp_path):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    kind = serialization.PrivateFormat.PKCS8
    pem = key.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption()).decode()
    numbers = key.public_key().public_numbers()
    schemas = GitHubSchemas(schema_folder, rest=rest)
    with GitHubServer(GitHubModel(clock=HandClock(hurried=True)), schemas) as server:
        server.model.app = KnownApp(id=4711, installation=99, modulus=numbers.n, exponent=numbers.e)
        side = GitHubSide(server)
        side.api_url = server.address + prefix
        remote = BareRemote(tmp_path / "engine.git")
        remote.commit({"README.md": b"# Engine"})
        app_key = AppKey("4711", pem, source="KEY", clock=side.clock)
        forge = side.forge(AppInstallation(side.repository, app_key, clock=side.clock))
        await everything(side, forge)
        server.model.contents = FakeContents(server.model, schemas.graphql, remote)
        await everything_about_contents(side, forge)
        await side.close()
    assert server.violations == []
    sent = {schemas.operation(seen.method, seen.path) for seen in server.seen if seen.path != "/graphql"}
    assert sent == schemas.operations
    assert {seen.body["query"] for seen in server.seen if seen.path == "/graphql"} == set(DOCUMENTS)


def test_only_shapes_were_taken_from_the_published_descriptions(schema_folder):
    for name in ("rest.json", "rest-ghes.json"):
        text = (schema_folder / name).read_text("utf-8")
        strings = [each for each in _strings(json.loads(text)) if " " in each]
        assert [each for each in strings if not each.startswith(("GET /", "POST /", "PATCH /"))] == []
    assert '"""' not in (schema_folder / "schema.graphql").read_text("utf-8")


def _strings(part):
    if isinstance(part, str):
        yield part
    elif isinstance(part, dict):
        for key, value in part.items():
            yield key
            yield from _strings(value)
    elif isinstance(part, list):
        for value in part:
            yield from _strings(value)


async def test_the_fake_notices_what_github_does_not_describe(github):
    import httpx

    async with httpx.AsyncClient(base_url=github.address, headers={"Authorization": "Bearer x"}) as client:
        await client.get("/repos/ada/engine/pulls", params={"state": "open", "who": "x"})
        await client.post("/repos/ada/engine/pulls", json={"head": 1, "base": "main", "colour": "red"})
        await client.get("/users/ada")
        await client.request("GET", "/repos/ada/engine?key=x")
        await client.post("/graphql", json={"query": "query { viewer { salary } }"})
    told = "\n".join(github.violations)
    github.violations.clear()
    for part in (
        "header accept is not", "header x-github-api-version is not 2022-11-28", "the user agent does not tell",
        "'who' was unexpected", "body: colour is not described", "1 is not of type 'string'",
        "GET /users/ada is not among the described operations", "a token is in the address",
    ):  # fmt: skip
        assert part in told


async def test_the_fake_notices_answers_that_github_would_not_give(github, side):
    number = (await side.forge().publish(proposal(side.push(BRANCH)))).pull_request.number
    side.model.pull(number)["title"] = 7
    await side.forge().find(BRANCH)
    assert "title 7 is not of type 'string'" in github.violations.pop()


def test_graphql_answers_are_held_against_the_schema_too(schemas):
    document = DOCUMENTS[0]
    assert schemas.graphql_faults(document, {}, {"viewer": {"login": "ada"}}) == ()
    assert schemas.graphql_faults("query { weather }", {}, None) == ("Cannot query field 'weather' on type 'Query'.",)
    for wrong in ({"viewer": {"login": None}}, {"viewer": {"login": "ada", "age": 3}}):
        assert schemas.graphql_faults(document, {}, wrong)


async def test_a_trouble_meets_only_what_it_is_meant_for(github, side):
    github.trouble(Trouble(status=500, path="/statuses"))
    assert await side.forge().find(BRANCH) is None
    assert side.clock.slept == []
