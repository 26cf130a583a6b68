import base64
import subprocess
import sys
from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from kiro_worker.error import Fault
from kiro_worker.forge import ForgeCredential, ForgeUnreachable
from kiro_worker.forge.github.app import RIGHTS, AppInstallation, AppKey
from kiro_worker.testing.clock import HandClock
from kiro_worker.testing.forge_contract import BRANCH, ForgeContract, proposal
from kiro_worker.testing.github_access import AppKey as KnownApp
from kiro_worker.testing.github_server import Act


@pytest.fixture(scope="session")
def private_key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="session")
def pem(private_key):
    kind = serialization.PrivateFormat.TraditionalOpenSSL
    return private_key.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption()).decode()


@pytest.fixture
def installed(side, private_key):
    """The fake knows the App, and no other token."""
    numbers = private_key.public_key().public_numbers()
    side.model.app = KnownApp(id=4711, installation=99, modulus=numbers.n, exponent=numbers.e)
    side.model.tokens.clear()
    return side


def signed_in(side, pem, *, app_id="4711", installation_id="", clock=None):
    clock = clock or side.clock
    key = AppKey(app_id, pem, source="APP_KEY", clock=clock)
    return AppInstallation(side.repository, key, clock=clock, installation_id=installation_id)


class TestGitHubForgeWithAnApp(ForgeContract):
    @pytest.fixture
    def side(self, side, private_key, pem):
        numbers = private_key.public_key().public_numbers()
        side.model.app = KnownApp(id=4711, installation=99, modulus=numbers.n, exponent=numbers.e)
        side.model.tokens.clear()
        plain = side.forge
        side.forge = lambda: plain(signed_in(side, pem, installation_id="99"))
        return side


async def test_the_installation_is_looked_up_and_the_token_asks_for_no_more_than_is_needed(installed, pem):
    commit = installed.push(BRANCH)
    await installed.forge(signed_in(installed, pem)).publish(proposal(commit))
    first, second = installed.server.seen[:2]
    assert (first.method, first.path) == ("GET", "/repos/ada/engine/installation")
    assert second.path == "/app/installations/99/access_tokens"
    assert second.body == {"repositories": ["engine"], "permissions": RIGHTS}


async def test_one_token_serves_until_it_is_about_to_end(installed, pem):
    credential = signed_in(installed, pem, installation_id="99")
    forge = installed.forge(credential)
    first = await credential.token()
    await forge.find(BRANCH)
    installed.clock.advance(54 * 60)
    assert await credential.token() == first
    installed.clock.advance(2 * 60)
    assert await credential.token() != first
    assert len(first) > 300
    assert first.startswith("ghs_4711_")


async def test_a_token_that_ended_before_its_time_is_replaced_at_once(installed, pem):
    commit = installed.push(BRANCH)
    forge = installed.forge(signed_in(installed, pem, installation_id="99"))
    await forge.publish(proposal(commit))
    installed.model.minted.clear()
    assert (await forge.publish(proposal(commit, block="second"))).change == "updated"
    assert [seen.path for seen in installed.server.seen].count("/app/installations/99/access_tokens") == 2


@pytest.mark.parametrize("hours", [-3, 3])
async def test_a_machine_whose_clock_is_wrong_signs_by_github_s(installed, pem, hours):
    wrong = HandClock(installed.clock.now() + timedelta(hours=hours), hurried=True)
    credential = signed_in(installed, pem, installation_id="99", clock=wrong)
    assert (await credential.token()).startswith("ghs_")
    await credential.close()


async def test_a_key_of_another_app_is_a_credential_fault_with_its_cure(installed, pem):
    credential = signed_in(installed, pem, app_id="1", installation_id="99")
    with pytest.raises(ForgeCredential, match="Integration not found") as caught:
        await credential.token()
    assert caught.value.next_step == "Check forge.app_id and the private key in APP_KEY: they belong together."
    await credential.close()


async def test_an_installation_that_was_suspended_is_told(installed, pem):
    installed.fail(path="access_tokens", status=403, body='{"message": "This installation has been suspended"}')
    credential = signed_in(installed, pem, installation_id="99")
    with pytest.raises(ForgeCredential, match="has been suspended"):
        await credential.token()
    await credential.close()


async def test_an_app_whose_fresh_token_is_refused_is_told_after_one_more_try(installed, pem):
    forge = installed.forge(signed_in(installed, pem, installation_id="99"))
    installed.fail(path="/pulls$", status=401, body='{"message": "Bad credentials"}', times=9)
    with pytest.raises(ForgeCredential) as caught:
        await forge.find(BRANCH)
    assert caught.value.next_step.startswith("Check forge.app_id and the private key in APP_KEY")
    assert [seen.path for seen in installed.server.seen].count("/app/installations/99/access_tokens") == 2


async def test_an_app_that_is_not_installed_is_told(installed, pem):
    credential = signed_in(installed, pem, installation_id="1")
    with pytest.raises(ForgeCredential) as caught:
        await credential.token()
    assert caught.value.next_step == "Install the App on ada/engine, or correct forge.installation_id."
    await credential.close()


@pytest.mark.parametrize("lacks", [("checks",), ("statuses",), ("checks", "statuses")])
async def test_a_token_has_all_that_the_app_has_of_what_can_be_done_without(installed, pem, lacks):
    for right in lacks:
        del installed.model.app.permissions[right]
    forge = installed.forge(signed_in(installed, pem, installation_id="99"))
    assert await forge.find(BRANCH) is None
    (minted,) = installed.model.minted.values()
    assert set(RIGHTS) - set(minted.grant.rights) == set(lacks)


async def test_an_installation_without_statuses_does_the_rest(installed, pem):
    del installed.model.app.permissions["statuses"]
    commit = installed.push(BRANCH)
    forge = installed.forge(signed_in(installed, pem, installation_id="99"))
    assert (await forge.publish(proposal(commit))).change == "created"


async def test_an_installation_without_pull_requests_is_told_what_to_grant(installed, pem):
    del installed.model.app.permissions["pull_requests"]
    credential = signed_in(installed, pem, installation_id="99")
    with pytest.raises(ForgeCredential) as caught:
        await credential.token()
    assert caught.value.next_step.startswith("Grant the App: contents, pull requests and commit statuses")
    await credential.close()


async def test_a_lost_answer_to_minting_is_asked_for_again(installed, pem):
    installed.fail(act=Act.RESET, path="access_tokens", times=2, after=True)
    credential = signed_in(installed, pem, installation_id="99")
    assert (await credential.token()).startswith("ghs_")
    installed.fail(act=Act.RESET, path="access_tokens", times=3)
    await credential.refused(None)
    with pytest.raises(ForgeUnreachable, match="Could not sign in to GitHub as an App"):
        await credential.token()
    await credential.close()


async def test_an_expiry_that_cannot_be_read_is_taken_as_a_short_one(installed, pem):
    body = '{"token": "ghs_1", "expires_at": "soon"}'
    installed.fail(path="access_tokens", status=201, body=body)
    credential = signed_in(installed, pem, installation_id="99")
    assert await credential.token() == "ghs_1"
    installed.clock.advance(46 * 60)
    assert await credential.token() != "ghs_1"
    await credential.close()


def test_a_key_is_read_in_every_form_a_variable_holds_it(pem, private_key):
    forms = (pem, pem.replace("\n", "\\n"), base64.b64encode(pem.encode()).decode(), f"  {pem}\n")
    for form in forms:
        signed = AppKey("4711", form, source="K", clock=HandClock())._sign()
        told = jwt.decode(
            signed, private_key.public_key(), ["RS256"], options={"verify_exp": False, "verify_iat": False}
        )
        assert told["iss"] == "4711"
        assert told["exp"] - told["iat"] <= 600


@pytest.mark.parametrize(
    "key", ["", "nonsense", "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----", "\u00e9\u00e9"]
)
def test_a_key_that_cannot_be_read_is_told_and_never_shown(key):
    with pytest.raises(ForgeCredential) as caught:
        AppKey("4711", key, source="APP_KEY", clock=HandClock())
    assert "the private key in APP_KEY cannot be read" in caught.value.message
    assert "AAAA" not in "".join(caught.value.lines())


@pytest.mark.parametrize("missing", ["jwt", "cryptography"])
def test_without_its_libraries_the_way_to_get_them_is_told(missing, pem):
    script = """
import sys
for name in ("jwt.exceptions", "cryptography.hazmat.primitives.asymmetric.rsa"):
    if name.startswith(sys.argv[1]):
        sys.modules[name] = sys.modules[sys.argv[1]] = None
from kiro_worker.clock import SystemClock
from kiro_worker.error import WorkerError
from kiro_worker.forge.github.app import AppKey
try:
    AppKey("1", sys.stdin.read(), source="K", clock=SystemClock())
except WorkerError as error:
    print(error.code, error.fault, error.next_step)
"""
    over = subprocess.run(
        [sys.executable, "-c", script, missing], input=pem, capture_output=True, text=True, check=True
    )
    assert over.stdout == f"forge.app-extra {Fault.CONFIG} Install it: pip install 'kiro-worker[github-app]'\n"


def test_neither_the_key_nor_a_token_is_in_a_repr(pem):
    assert repr(AppKey("4711", pem, source="APP_KEY", clock=HandClock())) == "AppKey(4711, source='APP_KEY')"
