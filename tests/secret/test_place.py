import pytest

from kiro_worker.secret.place import Place, place_of

ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:kiro-worker-test-github-token-AbCdEf"


@pytest.mark.parametrize(
    ("text", "store", "name", "key"),
    [
        ("kiro-worker-test-github-token", "secrets-manager", "kiro-worker-test-github-token", ""),
        ("team/token#value", "secrets-manager", "team/token", "value"),
        (ARN, "secrets-manager", ARN, ""),
        (f"{ARN}#password", "secrets-manager", ARN, "password"),
        ("ssm:/kiro-worker/test/token", "parameter", "/kiro-worker/test/token", ""),
        ("ssm:plain", "parameter", "plain", ""),
        ("arn:aws:ssm:eu-west-1:123456789012:parameter/a/b#c", "parameter",
         "arn:aws:ssm:eu-west-1:123456789012:parameter/a/b", "c"),
    ],
)  # fmt: skip
def test_a_place_is_a_secret_or_a_parameter_and_perhaps_a_key_of_it(text, store, name, key):
    assert place_of(text) == Place(store=store, name=name, key=key)


@pytest.mark.parametrize(
    "text",
    ["", "#key", "name#", "name#a#b", "a b", "ghp_x\nnext", "ssm:", "ssm://a", "ssm:a//b", "arn:aws:s3:::bucket", "x" * 513],
)  # fmt: skip
def test_what_names_no_place_is_none(text):
    assert place_of(text) is None
