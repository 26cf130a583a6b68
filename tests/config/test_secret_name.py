import pytest

from kiro_worker.config.secret_name import TELLING_ENDS, is_secret_name


@pytest.mark.parametrize(
    "name",
    [
        "GITHUB_TOKEN", "GITHUB_TOKEN_STAGING", "GITHUB_TOKEN_PRODUCTION", "GITHUB_TOKEN_TEST", "TOKEN", "FORGE_PAT", "PGPASSWORD",
        "GITHUB_APP_PRIVATE_KEY", "GITHUB_APP_PRIVATE_KEY_STAGING", "openai_api_key", "AWS_SECRET_ACCESS_KEY",
        "AZURE_CREDENTIALS", "npm_config__authToken", "SIGNING_PASSPHRASE",
    ],
)  # fmt: skip
def test_a_variable_called_like_a_secret_is_one(name):
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    ["PATH", "SORT_KEY", "GITHUB_REPOSITORY", "STAGING", "OLDPWD", "TOKEN_URL", "COMPASS", "PASSWORD_FILE", "_TEST"],
)
def test_a_plain_variable_is_none(name):
    assert not is_secret_name(name)


def test_the_names_that_people_are_told_to_use_are_secret():
    assert all(is_secret_name(f"X{end}") for end in TELLING_ENDS.replace(" or ", ", ").split(", "))
