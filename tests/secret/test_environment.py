import asyncio
import os

import pytest

from kiro_worker.error import Fault
from kiro_worker.redact import Secret
from kiro_worker.secret import EnvironmentSecrets, SecretAmbiguous, SecretExposed, SecretUnreadable

VALUE = "ghp_0123456789"


def kept(path, text=VALUE + "\n", mode=0o600):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    path.chmod(mode)
    return path


async def test_a_secret_is_a_variable():
    secret = await EnvironmentSecrets({"GITHUB_TOKEN": VALUE}).find("GITHUB_TOKEN")
    assert secret == Secret("GITHUB_TOKEN", VALUE)


async def test_a_secret_is_in_the_file_that_a_variable_names(tmp_path):
    path = kept(tmp_path / "token")
    secret = await EnvironmentSecrets({"GITHUB_TOKEN_FILE": str(path)}).find("GITHUB_TOKEN")
    assert secret == Secret("GITHUB_TOKEN", VALUE)


async def test_a_secret_is_in_the_file_of_its_name(tmp_path):
    kept(tmp_path / "GITHUB_TOKEN", VALUE + "\r\n", 0o400)
    secret = await EnvironmentSecrets({}, tmp_path).find("GITHUB_TOKEN")
    assert secret.value == VALUE


async def test_a_key_of_many_lines_keeps_all_but_the_last_newline(tmp_path):
    kept(tmp_path / "KEY", "-----BEGIN-----\nabc\n-----END-----\n\n")
    assert (await EnvironmentSecrets({}, tmp_path).find("KEY")).value == "-----BEGIN-----\nabc\n-----END-----\n"


async def test_the_variable_comes_before_the_folder(tmp_path):
    kept(tmp_path / "GITHUB_TOKEN", "from the folder")
    assert (await EnvironmentSecrets({"GITHUB_TOKEN": VALUE}, tmp_path).find("GITHUB_TOKEN")).value == VALUE


async def test_what_is_nowhere_or_empty_is_none(tmp_path):
    kept(tmp_path / "EMPTY", "\n")
    secrets = EnvironmentSecrets({"BLANK": ""}, tmp_path)
    for name in ("BLANK", "EMPTY", "NOWHERE"):
        assert await secrets.find(name) is None
    assert await EnvironmentSecrets({}).find("NOWHERE") is None
    assert await EnvironmentSecrets({}, tmp_path / "not-there").find("NOWHERE") is None


async def test_a_secret_given_twice_is_refused(tmp_path):
    with pytest.raises(SecretAmbiguous) as refused:
        await EnvironmentSecrets({"T": VALUE, "T_FILE": str(tmp_path)}).find("T")
    assert VALUE not in "\n".join(refused.value.lines())


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o644, 0o666, 0o610, 0o777])
async def test_a_file_that_is_open_to_others_is_refused_with_the_command_that_closes_it(tmp_path, mode):
    path = kept(tmp_path / "my token", mode=mode)
    with pytest.raises(SecretExposed) as refused:
        await EnvironmentSecrets({"T_FILE": str(path)}).find("T")
    assert refused.value.fault is Fault.CREDENTIAL
    assert f"chmod 600 '{path}'" in refused.value.next_step
    assert VALUE not in "\n".join(refused.value.lines())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
async def test_a_file_of_another_user_is_refused(tmp_path):
    path = kept(tmp_path / "T")
    os.chown(path, 65534, 65534)
    with pytest.raises(SecretExposed, match="belongs to another user"):
        await EnvironmentSecrets({}, tmp_path).find("T")


async def test_a_link_is_as_good_as_the_file_it_leads_to(tmp_path):
    (tmp_path / "T").symlink_to(kept(tmp_path / "real"))
    assert (await EnvironmentSecrets({}, tmp_path).find("T")).value == VALUE
    (tmp_path / "real").chmod(0o644)
    with pytest.raises(SecretExposed):
        await EnvironmentSecrets({}, tmp_path).find("T")


async def test_a_file_that_is_named_must_be_there(tmp_path):
    with pytest.raises(SecretUnreadable, match="it is not there"):
        await EnvironmentSecrets({"T_FILE": str(tmp_path / "gone")}).find("T")
    with pytest.raises(SecretUnreadable, match="Not a directory"):
        await EnvironmentSecrets({"T_FILE": str(kept(tmp_path / "file") / "below")}).find("T")


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
async def test_what_is_no_plain_file_is_refused_and_not_waited_on(tmp_path, make):
    make(tmp_path / "T")
    async with asyncio.timeout(5):
        with pytest.raises(SecretUnreadable, match="not a plain file"):
            await EnvironmentSecrets({}, tmp_path).find("T")


@pytest.mark.parametrize("content", [b"\xff\xfe" + VALUE.encode(), b"x" * 65537])
async def test_what_is_no_secret_is_refused_without_showing_it(tmp_path, content):
    kept(tmp_path / "T", content)
    with pytest.raises(SecretUnreadable) as refused:
        await EnvironmentSecrets({}, tmp_path).find("T")
    assert VALUE not in "\n".join(refused.value.lines())
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("name", ["", "../T", "a/b", "-x", "a\0", "x" * 300, "a b"])
async def test_a_name_that_none_can_have_is_refused(tmp_path, name):
    with pytest.raises(SecretUnreadable):
        await EnvironmentSecrets({name: VALUE}, tmp_path).find(name)


async def test_a_secret_is_not_shown_by_printing_it():
    secret = await EnvironmentSecrets({"T": VALUE}).find("T")
    assert VALUE not in f"{secret} {secret!r}"
