"""Credentials that AWS keeps: fetched, hidden from all that is written, and each handed to one alone."""

import contextlib
import json

import pytest

from kiro_worker.aws import Aws
from kiro_worker.bootstrap.adapters import agent_for
from kiro_worker.bootstrap.credentials import fetch_credentials
from kiro_worker.bootstrap.machine import this_machine
from kiro_worker.bootstrap.repository import git_secrets, github_credential
from kiro_worker.bootstrap.settings import early_settings
from kiro_worker.bootstrap.workshop import workshop
from kiro_worker.clock import SystemClock
from kiro_worker.forge.github.wire import Answer
from kiro_worker.forge.repository import github_repository, parse_remote
from kiro_worker.run.start import Source
from kiro_worker.secret.fault import SecretNotFetched

TOKEN = "ghp_0123456789abcdefghijklmnopqrstuvwxyz"
PASSWORD = "pw-9f8e7d6c5b4a39281706"
KEY = "kiro-key-0a1b2c3d4e5f6071"
REMOTE = "https://github.com/acme/shop.git"
PLACES = {
    "ENVIRONMENT": "test",
    "SECRET_STORE": "aws",
    "GITHUB_TOKEN_SECRET_ID": "kiro-worker-test-github-token",
    "GIT_CREDENTIALS_SECRET_ID": "kiro-worker-test-git-credentials",
    "AGENT_CREDENTIALS_SECRET_ID": "kiro-worker-test-agent-credentials",
}


@pytest.fixture
async def kept(aws_account):  # whose environment it reads
    aws = Aws()
    for name, value in (
        ("github-token", TOKEN),
        ("git-credentials", json.dumps({"username": "git", "password": PASSWORD})),
        ("agent-credentials", json.dumps({"KIRO_API_KEY": KEY, "EXTRA_LOGIN": "extra-0123456789"})),
    ):
        await aws.ask("secretsmanager", "CreateSecret", Name=f"kiro-worker-test-{name}", SecretString=value)
    return aws


@pytest.fixture
def machine(tmp_path):
    return lambda **more: this_machine({"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", **PLACES, **more})


async def test_the_forges_token_is_found_under_its_own_name_and_before_a_variable(kept, machine):
    async with workshop(machine(GITHUB_TOKEN_TEST="ghp_of-the-environment-0123456789")) as shop:
        config = early_settings(shop.machine, {})
        await fetch_credentials(shop, config)
        credential = github_credential(shop, config, github_repository(parse_remote(REMOTE)))
        assert await credential.token() == TOKEN


def signed_in(variables):
    from base64 import b64decode

    header = next(value for value in variables.values() if "Basic " in value)
    return b64decode(header.rpartition(" ")[2]).decode()


class Later(SystemClock):
    """The machine's own clock, which a test can put forward."""

    ahead = 0.0

    def monotonic(self):
        return super().monotonic() + self.ahead


async def test_git_signs_in_with_what_is_kept_for_it_where_nobody_can_listen(kept, machine):
    async with workshop(machine()) as shop:
        config = early_settings(shop.machine, {})
        await fetch_credentials(shop, config)
        sign_in = git_secrets(shop, Source(url=REMOTE, branch="b"), config)
        assert signed_in(await sign_in()) == f"git:{PASSWORD}"
        here = git_secrets(shop, Source(url="http://127.0.0.1:8080/shop.git", branch="b"), config)
        assert signed_in(await here()) == f"git:{PASSWORD}"
        for url in (
            "http://git.example/shop.git",
            "http://127.0.0.1.evil.example/shop.git",
            "http://127.0.0.1:1@evil.example/a",
            "git://a/b",
            "/srv/a.git",
        ):
            assert git_secrets(shop, Source(url=url, branch="b"), config) == {}


@pytest.mark.parametrize("secret", ["git-credentials", "github-token"])
async def test_git_signs_in_with_what_was_changed_while_a_long_build_ran(kept, machine, secret):
    newer = "ghp_newer0123456789abcdefghijklmnopqrst"
    given = {} if secret == "git-credentials" else {"GIT_CREDENTIALS_SECRET_ID": ""}
    async with workshop(machine(**given)) as shop:
        shop.clock = Later()
        config = early_settings(shop.machine, {})
        await fetch_credentials(shop, config)
        sign_in = git_secrets(shop, Source(url=REMOTE, branch="b"), config)
        before = signed_in(await sign_in())
        value = json.dumps({"username": "git", "password": newer}) if secret == "git-credentials" else newer
        await kept.ask("secretsmanager", "PutSecretValue", SecretId=f"kiro-worker-test-{secret}", SecretString=value)
        # Not each command asks for it.
        assert signed_in(await sign_in()) == before
        shop.clock.ahead = 601
        assert signed_in(await sign_in()).endswith(f":{newer}")
        assert newer not in shop.redactor.text(f"git said {newer}")


async def test_what_is_known_goes_on_to_count_where_it_cannot_be_fetched_any_more(kept, machine):
    async with workshop(machine()) as shop:
        shop.clock = Later()
        config = early_settings(shop.machine, {})
        await fetch_credentials(shop, config)
        sign_in = git_secrets(shop, Source(url=REMOTE, branch="b"), config)
        await kept.ask("secretsmanager", "DeleteSecret", SecretId="kiro-worker-test-git-credentials")
        shop.clock.ahead = 601
        assert signed_in(await sign_in()) == f"git:{PASSWORD}"


@pytest.mark.parametrize(
    ("newer", "taken"),
    [("ghp_newer0123456789abcdefghijklmnopqrstu", True), ("of-no-known-shape", False), (TOKEN, False)],
)
async def test_a_refused_token_is_looked_up_once_more_and_taken_where_its_shape_hides_it(kept, machine, newer, taken):
    async with workshop(machine()) as shop:
        config = early_settings(shop.machine, {})
        await fetch_credentials(shop, config)
        credential = github_credential(shop, config, github_repository(parse_remote(REMOTE)))
        await kept.ask("secretsmanager", "PutSecretValue", SecretId="kiro-worker-test-github-token", SecretString=newer)
        assert await credential.refused(Answer(status=401, headers={})) is taken
        assert await credential.token() == (newer if taken else TOKEN)


async def test_the_agent_gets_its_own_and_the_workers_environment_does_not(kept, machine, tmp_path):
    async with workshop(machine(KIRO_AGENT="kiro")) as shop:
        config = early_settings(shop.machine, {})
        await fetch_credentials(shop, config)
        _, homes = agent_for(shop, config, tmp_path / "homes")
        given = homes.fresh("one")
        assert (given["KIRO_API_KEY"], given["EXTRA_LOGIN"]) == (KEY, "extra-0123456789")
        assert not {TOKEN, PASSWORD} & set(given.values())
        assert "KIRO_API_KEY" not in shop.machine.environment


async def test_nothing_of_it_is_written_not_even_in_parts(kept, machine):
    async with workshop(machine()) as shop:
        before = shop.redactor
        assert before.text(PASSWORD) == PASSWORD
        await fetch_credentials(shop, early_settings(shop.machine, {}))
        told = shop.redactor.text(f"{TOKEN} {PASSWORD} {KEY} and kiro-worker-test-github-token")
        assert not any(secret in told for secret in (TOKEN, PASSWORD, KEY))
        # Where it is kept is no secret: faults have to be able to name it.
        assert "kiro-worker-test-github-token" in told


async def test_a_token_that_was_changed_counts_when_it_is_fetched_again(kept, machine):
    async with workshop(machine()) as shop:
        config = early_settings(shop.machine, {})
        await fetch_credentials(shop, config)
        newer = "ghp_newer0123456789abcdefghijklmnopqrst"
        await kept.ask("secretsmanager", "PutSecretValue", SecretId="kiro-worker-test-github-token", SecretString=newer)
        await fetch_credentials(shop, config)
        assert shop.known_secret("GITHUB_TOKEN_TEST").value == newer
        assert TOKEN not in shop.redactor.text(f"the old one, {TOKEN}, is still hidden")


async def test_an_app_is_used_in_place_of_a_token(kept, machine):
    from kiro_worker.forge.github import AppInstallation

    app = json.dumps({"appId": 12, "installationId": 34, "privateKey": _pem()})
    await kept.ask("secretsmanager", "CreateSecret", Name="kiro-worker-test-github-app", SecretString=app)
    async with workshop(machine(GITHUB_APP_SECRET_ID="kiro-worker-test-github-app")) as shop:
        config = early_settings(shop.machine, {})
        await fetch_credentials(shop, config)
        credential = github_credential(shop, config, github_repository(parse_remote(REMOTE)))
        assert isinstance(credential, AppInstallation)


async def test_what_is_named_and_not_there_ends_it_before_anything_begins(kept, machine):
    async with workshop(machine(GITHUB_TOKEN_SECRET_ID="kiro-worker-prod-github-token")) as shop:
        with pytest.raises(SecretNotFetched, match="kiro-worker-prod-github-token"):
            await fetch_credentials(shop, early_settings(shop.machine, {}))


async def test_without_the_setting_nobody_is_asked(machine, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    async with workshop(machine(SECRET_STORE="environment")) as shop:
        await fetch_credentials(shop, early_settings(shop.machine, {}))
        assert shop.credentials.agent == ()


def _pem() -> str:
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.mark.parametrize(("place", "health"), [("kiro-worker-test-github-token", "ok"), ("nowhere", "fault")])
async def test_the_doctor_tries_to_fetch_them_and_names_the_places_alone(kept, machine, tmp_path, place, health):
    from kiro_worker.doctor.examination import examine
    from kiro_worker.run.start import Whence

    given = machine(GITHUB_TOKEN_SECRET_ID=place, XDG_STATE_HOME=str(tmp_path / "state"))
    looks = examine(given, Whence(folder=tmp_path), {}, begin=lambda name: None)
    async with contextlib.aclosing(looks):
        check = await anext(check async for check in looks if check.name == "credentials")
    assert check.health == health
    assert place in check.says
    assert TOKEN not in str(check)
