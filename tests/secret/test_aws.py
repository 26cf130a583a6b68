"""Secrets of Secrets Manager and of the Parameter Store, on the emulator."""

import json

import pytest

from kiro_worker.aws import Aws
from kiro_worker.error import Fault
from kiro_worker.redact import Secret
from kiro_worker.secret.aws import AwsSecrets
from kiro_worker.secret.fault import SecretMalformed, SecretNotFetched, SecretStoreUnwell
from kiro_worker.secret.place import place_of

VALUE = "ghp_0123456789abcdefghijklmnopqrstuvwxyz"


@pytest.fixture
def asked(aws_account):  # whose environment it reads
    return Aws()


def secrets(asked, **places):
    return AwsSecrets(asked, {name: place_of(place) for name, place in places.items()})


async def kept(asked, name, text):
    await asked.ask("secretsmanager", "CreateSecret", Name=name, SecretString=text)


async def test_a_secret_is_fetched_by_its_name_and_by_its_arn(asked):
    answer = await asked.ask("secretsmanager", "CreateSecret", Name="kiro-worker-test-github-token", SecretString=VALUE)
    found = secrets(asked, A="kiro-worker-test-github-token", B=answer["ARN"])
    assert await found.find("A") == Secret("A", VALUE)
    assert await found.find("B") == Secret("B", VALUE)
    assert await found.find("C") is None


async def test_a_parameter_is_fetched_decrypted(asked):
    await asked.ask("ssm", "PutParameter", Name="/kiro/token", Value=VALUE, Type="SecureString")
    assert await secrets(asked, T="ssm:/kiro/token").find("T") == Secret("T", VALUE)


async def test_a_key_takes_one_text_of_what_is_kept(asked):
    await kept(asked, "git", json.dumps({"username": "git", "password": VALUE}))
    assert await secrets(asked, P="git#password").find("P") == Secret("P", VALUE)


async def test_who_asks_again_gets_what_is_there_by_then(asked):
    await kept(asked, "t", "first-value")
    found = secrets(asked, T="t")
    assert (await found.find("T")).value == "first-value"
    await asked.ask("secretsmanager", "PutSecretValue", SecretId="t", SecretString="second-value")
    assert (await found.find("T")).value == "second-value"


async def test_a_newline_that_a_shell_left_is_no_part_of_it_and_nothing_is_none(asked):
    await kept(asked, "t", f"{VALUE}\n")
    await kept(asked, "blank", " \n")
    found = secrets(asked, T="t", B="blank")
    assert (await found.find("T")).value == VALUE
    assert await found.find("B") is None


@pytest.mark.parametrize(
    ("place", "cure"),
    [
        ("kiro-worker-test-github-token", "put-secret-value --secret-id kiro-worker-test-github-token"),
        ("ssm:/a/b", "put-parameter --type SecureString --overwrite --name /a/b"),
    ],
)
async def test_what_is_not_there_is_told_with_the_command_that_puts_it_there(asked, place, cure):
    with pytest.raises(SecretNotFetched, match="not there, or has no value yet") as caught:
        await secrets(asked, T=place).find("T")
    assert caught.value.fault is Fault.CREDENTIAL
    assert cure in caught.value.next_step


async def test_a_secret_that_waits_for_its_deletion_is_told_in_the_services_words(asked):
    await kept(asked, "t", VALUE)
    await asked.ask("secretsmanager", "DeleteSecret", SecretId="t")
    with pytest.raises(SecretNotFetched, match=r"delet") as caught:
        await secrets(asked, T="t").find("T")
    assert VALUE not in "\n".join(caught.value.lines())


@pytest.mark.parametrize(
    "text", [VALUE, f'"{VALUE}"', f'["{VALUE}"]', f'{{"other":"{VALUE}"}}', f'{{"key":["{VALUE}"]}}']
)
async def test_what_has_not_that_key_is_told_without_what_is_kept(asked, text):
    await kept(asked, "t", text)
    with pytest.raises(SecretMalformed) as caught:
        await secrets(asked, T="t#key").find("T")
    told = "\n".join(caught.value.lines())
    assert VALUE not in told
    assert '{"key": "…"}' in told
    assert caught.value.__cause__ is None


async def test_what_is_binary_is_no_secret_of_ours(asked):
    await asked.ask("secretsmanager", "CreateSecret", Name="t", SecretBinary=VALUE.encode())
    with pytest.raises(SecretMalformed, match="it is binary"):
        await secrets(asked, T="t").find("T")


async def test_a_store_that_does_not_answer_is_a_matter_of_later(asked, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(SecretStoreUnwell, match="cannot be connected to") as caught:
        await AwsSecrets(Aws(tries=1), {"T": place_of("t")}).find("T")
    assert caught.value.fault is Fault.INTERNAL
