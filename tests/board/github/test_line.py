"""How the forge's way to GitHub is lent to a board, and which project the settings mean."""

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from kiro_worker.board import BoardSetting, Change, Column, Columns, Note
from kiro_worker.bootstrap.project import RIGHTS, project_of
from kiro_worker.config.settings import BoardSettings
from kiro_worker.forge import ForgeCredential, GitHubRepository
from kiro_worker.forge.github.app import AppInstallation, AppKey
from kiro_worker.forge.github.credential import Token
from kiro_worker.testing.board_contract import NAMES
from kiro_worker.testing.github_access import AppKey as KnownApp
from kiro_worker.testing.github_access import Grant


@pytest.fixture(scope="module")
def key():
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    kind = serialization.PrivateFormat.PKCS8
    pem = made.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption()).decode()
    return pem, made.public_key().public_numbers()


def app_of(side, key, permissions):
    pem, numbers = key
    side.server.model.app = KnownApp(
        id=4711, installation=99, modulus=numbers.n, exponent=numbers.e, permissions=permissions
    )
    repository = GitHubRepository(api_url=side.server.address, owner="acme", name="-")
    app_key = AppKey("4711", pem, source="KEY", clock=side.clock)
    return AppInstallation(repository, app_key, clock=side.clock, installation_id="99", rights=RIGHTS, everywhere=True)


async def test_an_app_asks_for_what_a_board_needs_and_for_every_repository(side, key):
    card = await side.add("Login")
    board = side.board(app_of(side, key, {**RIGHTS, "contents": "write"}))
    assert (await board.move(card, Column.WORKING)).change is Change.DONE
    note = Note(key="a", text="b")
    assert [(await board.tell(card, note)).change for _ in range(2)] == [Change.DONE, Change.UNCHANGED]
    minted = [seen for seen in side.server.seen if seen.path != "/graphql"]
    assert [(seen.path, seen.body) for seen in minted] == [
        ("/app/installations/99/access_tokens", {"permissions": RIGHTS})
    ]
    assert (await board.check()).detail.endswith("signed in with the GitHub App from KEY.")


async def test_an_app_without_those_rights_is_told_which(side, key):
    board = side.board(app_of(side, key, {"contents": "write", "metadata": "read"}))
    with pytest.raises(ForgeCredential) as caught:
        await board.cards()
    assert caught.value.next_step == (
        "Grant the App: issues, projects of the organisation and pull requests, read and write."
    )


async def test_scopes_that_are_told_empty_count_only_where_there_are_scopes(side):
    side.server.model.tokens["ghu_x"] = Grant(scopes=())
    side.project.asks_scopes = False
    told = await side.board(Token("ghu_x", source="TOKEN")).check()
    assert told.ready
    side.server.model.tokens["ghp_x"] = Grant(scopes=())
    assert not (await side.board(Token("ghp_x", source="TOKEN")).check()).ready


@pytest.mark.parametrize(
    ("owner", "number", "meant"),
    [
        ("acme", 4, ("acme", 4)),
        (" acme ", 4, ("acme", 4)),
        ("https://github.com/orgs/acme/projects/4", 0, ("acme", 4)),
        ("https://github.com/users/ada/projects/7/views/2?x=1", 3, ("ada", 7)),
        ("https://ghe.example.com/orgs/acme/projects/12/", 0, ("acme", 12)),
    ],
)
def test_a_project_is_meant_by_owner_and_number_or_by_its_address(owner, number, meant):
    project = project_of(BoardSettings(owner=owner, number=number), Columns(NAMES))
    assert (project.owner, project.number) == meant


@pytest.mark.parametrize(
    ("owner", "number", "told"),
    [
        ("", 4, "board.owner"),
        ("acme", 0, "board.number"),
        ("acme/engine", 4, "board.owner"),
        ("https://github.com/acme/engine", 4, "board.owner"),
        ("https://github.com/orgs/acme/projects/x", 4, "board.owner"),
        ('acme" }', 4, "board.owner"),
        ("äcme", 4, "board.owner"),
    ],
)
def test_what_means_no_project_is_refused(owner, number, told):
    with pytest.raises(BoardSetting, match=told):
        project_of(BoardSettings(owner=owner, number=number), Columns(NAMES))
