from typing import get_args

import pytest

from kiro_worker.config import Config, CredentialMissing, credential_names, find_credential
from kiro_worker.config.credentials import ENVIRONMENTS
from kiro_worker.error import Fault
from kiro_worker.redact import Secret

EVERYTHING = {
    "GITHUB_TOKEN": "plain",
    "GH_TOKEN": "gh",
    "GITHUB_TOKEN_TEST": "test",
    "GITHUB_TOKEN_STAGING": "staging",
    "GITHUB_TOKEN_PRODUCTION": "production",
}


def find(environment: str, variable: str, variables: dict[str, str]) -> Secret:
    look = {name: Secret(name, value) for name, value in variables.items()}.get
    return find_credential(environment, variable, look)


def test_the_environments_are_those_of_the_setting():
    assert get_args(Config.__dataclass_fields__["environment"].type) == ENVIRONMENTS


@pytest.mark.parametrize("environment", ["test", "staging", "production"])
def test_each_environment_has_its_own_credential(environment):
    secret = find(environment, "GITHUB_TOKEN", EVERYTHING)
    assert (secret.name, secret.value) == (f"GITHUB_TOKEN_{environment.upper()}", environment)


@pytest.mark.parametrize("environment", ["test", "staging", "production"])
def test_another_environments_credential_is_never_used(environment):
    others = {name: value for name, value in EVERYTHING.items() if not name.endswith(environment.upper())}
    with pytest.raises(CredentialMissing) as missing:
        find(environment, "GITHUB_TOKEN", others)
    told = "\n".join(missing.value.lines())
    assert missing.value.fault is Fault.CREDENTIAL
    assert missing.value.names == (f"GITHUB_TOKEN_{environment.upper()}",)
    assert f"Set GITHUB_TOKEN_{environment.upper()}" in told
    assert not any(value in told.replace(environment, "") for value in ("plain", "gh\n"))


def test_a_laptop_takes_the_plain_token_then_that_of_githubs_program():
    assert find("", "GITHUB_TOKEN", EVERYTHING).value == "plain"
    assert find("", "GITHUB_TOKEN", {"GITHUB_TOKEN": "", "GH_TOKEN": "gh"}).name == "GH_TOKEN"
    with pytest.raises(CredentialMissing) as missing:
        find("", "GITHUB_TOKEN", {"GITHUB_TOKEN_STAGING": "staging", "GITHUB_TOKEN": " "})
    assert missing.value.message == "The credential for this run is not set: GITHUB_TOKEN or GH_TOKEN."


def test_another_variable_follows_the_same_rule():
    assert credential_names("staging", "APP_KEY") == ("APP_KEY_STAGING",)
    assert credential_names("staging", "APP_KEY_STAGING") == ("APP_KEY_STAGING",)
    assert credential_names("test", "APP_KEY_STAGING") == ("APP_KEY_STAGING_TEST",)
    assert credential_names("", "APP_KEY") == ("APP_KEY",)
    with pytest.raises(CredentialMissing):
        find("staging", "MY_STAGING", {})


def test_a_found_credential_does_not_show_its_value():
    assert "plain" not in repr(find("", "GITHUB_TOKEN", EVERYTHING))


def test_the_newline_of_a_pasted_credential_is_no_part_of_it():
    assert find("", "GITHUB_TOKEN", {"GITHUB_TOKEN": "abc\n"}).value == "abc"
