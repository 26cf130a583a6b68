import base64
import json
from pathlib import Path

import pytest

from kiro_worker.redact import Redactor
from kiro_worker.redact.tokens import SHAPES

NOTHING_KNOWN = Redactor()
LOWER = "abcdefghijklmnopqrstuvwxyz"
MIXED = "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5bC7dE9fG1hJ3kL5mN7pQ9rS1tU3vW5xY7z"
HEAD = base64.urlsafe_b64encode(b'{"alg":"RS256","typ":"JWT"}').decode().rstrip("=")
CLAIMS = base64.urlsafe_b64encode(b'{"iss":"1234567","exp":1893456000}').decode().rstrip("=")
JWT = f"{HEAD}.{CLAIMS}.{MIXED[:43]}"
PEM_LINES = "\n".join(("MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj", MIXED[:64], "q7Zw=="))

TOKENS = [
    ("github-token", "ghp_", MIXED[:36]),
    ("github-token", "gho_", MIXED[:36]),
    ("github-token", "ghu_", MIXED[:36]),
    ("github-token", "ghr_", MIXED[:36]),
    ("github-token", "ghs_", MIXED[:36]),
    ("github-token", "ghs_", f"1234567_{JWT}"),
    ("github-token", "github_pat_", f"{MIXED[:22]}_{MIXED[:59]}"),
    ("kiro-api-key", "ksk_", MIXED[:32]),
    ("aws-access-key-id", "AKIA", "IOSFODNN7EXAMPL2"),
    ("aws-access-key-id", "ASIA", "IOSFODNN7EXAMPL2"),
    ("slack-token", "xoxb-", "123456789012-1234567890123-" + MIXED[:24]),
    ("slack-webhook", "hooks.slack.com/services/", f"T0000000/B0000000/{MIXED[:24]}"),
    ("anthropic-key", "sk-ant-", f"api03-{MIXED}{MIXED[:23]}"),
    ("openai-key", "sk-proj-", MIXED[:64]),
    ("openai-key", "sk-", MIXED[:48]),
    ("gitlab-token", "glpat-", MIXED[:20]),
    ("gitlab-token", "glpat-", f"{MIXED[:27]}.01.{MIXED[:9]}"),
    ("npm-token", "npm_", MIXED[:36]),
    ("pypi-token", "pypi-Ag", f"EIcHlwaS5vcmc{MIXED}{MIXED}"),
    ("google-api-key", "AIza", f"Sy{MIXED[:33]}"),
    ("jwt", "eyJ", JWT[3:]),
    ("stripe-key", "sk_live_", MIXED[:24]),
    ("sendgrid-key", "SG.", f"{MIXED[:22]}.{MIXED[:43]}"),
    ("huggingface-token", "hf_", MIXED[:34]),
]

CONTEXTS = [
    ("aws-secret-access-key", "AWS_SECRET_ACCESS_KEY=", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""),
    ("aws-secret-access-key", "aws_secret_access_key = ", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "\n"),
    ("aws-secret-access-key", '"SecretAccessKey": "', "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", '",'),
    ("aws-secret-access-key", "<SecretAccessKey>", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "</SecretAccessKey>"),
    ("aws-session-token", '"SessionToken": "', MIXED * 4 + "==", '"'),
    ("authorization", "Authorization: Bearer ", MIXED[:20], "\n"),
    ("authorization", "authorization: bearer ", MIXED[:20], "\r\n"),
    ("authorization", "AUTHORIZATION: token ", MIXED[:40], " "),
    ("authorization", "Authorization: Basic ", base64.b64encode(b"user:pass").decode(), "'"),
    ("authorization", "{'Authorization': 'Bearer ", MIXED[:20], "'}"),
    ("authorization", '{\\"Authorization\\": \\"Basic ', "dXNlcjpwYXNz", '\\"}'),
    ("authorization", "got Bearer ", MIXED[:20], " from"),
    ("authorization", "PRIVATE-TOKEN: ", MIXED[:20], ""),
    ("authorization", "x-api-key: ", MIXED[:20], ""),
    ("url-password", "https://x-access-token:", "v1.abc", "@github.com/o/r.git"),
    ("url-password", "postgres://app:", "pa%20ss!word", "@db:5432/app"),
    ("url-password", "redis://:", "hunter2", "@cache:6379"),
    ("url-password", "https:\\/\\/user:", "hunter2", "@example.com"),
    ("url-password", "https://", MIXED[:40], "@dev.azure.com/o"),
    ("private-key", "-----BEGIN PRIVATE KEY-----\n", PEM_LINES, "\n-----END PRIVATE KEY-----\nnext"),
    ("private-key", "-----BEGIN OPENSSH PRIVATE KEY-----\n", PEM_LINES, "\n-----END OPENSSH PRIVATE KEY-----"),
    (
        "private-key",
        "-----BEGIN RSA PRIVATE KEY-----\n",
        f"Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0A1B\n\n{PEM_LINES}",
        "\n-----END RSA PRIVATE KEY-----",
    ),
    (
        "private-key",
        "-----BEGIN PGP PRIVATE KEY BLOCK-----\n",
        f"Version: 1\n\n{PEM_LINES}\n=aB3d",
        "\n-----END PGP PRIVATE KEY BLOCK-----",
    ),
    (
        "private-key",
        "-----BEGIN EC PRIVATE KEY-----",
        json.dumps(f"\n{PEM_LINES}\n")[1:-1],
        "-----END EC PRIVATE KEY-----",
    ),
    (
        "private-key",
        "-----BEGIN PRIVATE KEY-----",
        "\n    " + PEM_LINES.replace("\n", "\n    ") + "\n    ",
        "-----END PRIVATE KEY-----",
    ),
]


@pytest.mark.parametrize(("name", "keyword", "token"), TOKENS)
@pytest.mark.parametrize(
    ("before", "after"),
    [("", ""), ("token is ", ". And"), ('{"a": "', '"}'), ("x\\n", "\\n"), ("a\n", "\nb"), ("\x1b[32m", "\x1b[0m ok")],
)
def test_a_well_known_token_is_hidden_behind_its_prefix(name, keyword, token, before, after):
    assert NOTHING_KNOWN.text(f"{before}{keyword}{token}{after}") == f"{before}{keyword}[redacted:{name}]{after}"


@pytest.mark.parametrize(("name", "before", "secret", "after"), CONTEXTS)
def test_a_secret_is_known_by_what_stands_before_it(name, before, secret, after):
    first, last = len(secret) - len(secret.lstrip()), len(secret.rstrip())
    shown = NOTHING_KNOWN.text(before + secret + after)
    assert secret.strip() not in shown
    assert not any(line in shown for line in secret.split() if len(line) > 3)
    assert shown.count(f"[redacted:{name}]") == 1
    assert shown.startswith(before[: len(before.rstrip("\n"))] + secret[:first].strip(" \n"))
    assert shown.endswith(secret[last:].strip(" \n") + after)


@pytest.mark.parametrize(
    "text",
    [
        "the prefix ghp_ starts a token, github_pat_ too",
        "ghp_tooshort",
        f"task-{LOWER}{LOWER}1",
        "risk-management-system-implementation-of-2026",
        f"sk-{LOWER}",
        "eyJ2ZXJzaW9uIjozLCJzb3VyY2VzIjpbXX0=",
        "sourceMappingURL=data:application/json;base64,eyJ2ZXJzaW9uIjozLCJmaWxlIjoiaW5kZXguanMi/Qx+",
        "AKIA is the prefix of an access key",
        "http://localhost:8080/path and https://github.com/@user",
        "http://[::1]:8080/ user@example.com",
        "git@github.com:owner/name.git ssh://git@github.com/owner/name",
        "https://x-access-token:$GITHUB_TOKEN@github.com/o/r https://u:${PW}@h https://u:{pw}@h https://u:***@h",
        "Authorization: Bearer <token>",
        "Authorization: Bearer $TOKEN",
        "Authorization: required for all endpoints",
        "authorization: AuthorizationSystem",
        "use Bearer authentication for every request",
        "### Authorization:\nEverything below needs a role1234567890",
        "Bearer tokens",
        "AWS_SECRET_ACCESS_KEY must be set",
        "look for -----BEGIN PRIVATE KEY----- in the file and remove it",
        "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAu1SU1LfVLPHCozMxH2Mo\n-----END PUBLIC KEY-----",
        "-----BEGIN CERTIFICATE-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAu1SU1LfVLPHCozMxH2Mo",
        "npm_config_registry npm_package_name",
        "ksk_rollover_period_in_seconds",
        "password: str = field(default='')",
    ],
)
def test_ordinary_text_stays_as_it_is(text):
    assert NOTHING_KNOWN.text(text) is text


def test_a_token_wrapped_by_a_terminal_is_hidden_and_the_next_line_is_not():
    token = MIXED[:36]
    wrapped = f"ghp_{token[:20]}\n{token[20:]}\nDone."
    assert NOTHING_KNOWN.text(wrapped) == "ghp_[redacted:github-token]\nDone."


def test_a_wrapped_web_token_is_hidden_with_its_signature():
    wrapped = "\n".join(JWT[at : at + 40] for at in range(0, len(JWT), 40))
    assert NOTHING_KNOWN.text(wrapped + "\nDone") == "eyJ[redacted:jwt]\nDone"


def test_a_keyword_torn_by_a_terminal_is_found():
    assert NOTHING_KNOWN.text(f"gh\x1b[1mp_{MIXED[:36]} x") == "gh\x1b[1mp_[redacted:github-token] x"


def test_a_keyword_far_from_what_follows_says_nothing_about_it():
    text = "ghp_" + "\n" * 300 + MIXED[:36]
    assert NOTHING_KNOWN.text(text) is text


def test_a_truncated_key_block_is_hidden_as_far_as_it_goes():
    shown = NOTHING_KNOWN.text(f"-----BEGIN PRIVATE KEY-----\n{PEM_LINES}\n(truncated) and more text")
    assert shown == "-----BEGIN PRIVATE KEY-----\n[redacted:private-key]\n(truncated) and more text"


def test_a_block_that_never_ends_hides_a_bounded_part():
    shown = NOTHING_KNOWN.text("-----BEGIN PRIVATE KEY-----\n" + "A" * 100_000)
    assert 80_000 < len(shown) < 90_000


def test_a_second_look_changes_nothing_more():
    for name, keyword, token in TOKENS:
        once = NOTHING_KNOWN.text(f"a {keyword}{token} b")
        assert NOTHING_KNOWN.text(once) is once, name
    for name, before, secret, after in CONTEXTS:
        once = NOTHING_KNOWN.text(before + secret + after)
        assert NOTHING_KNOWN.text(once) is once, name


def test_every_shape_is_in_the_documentation():
    page = (Path(__file__).parents[2] / "docs/reference/redaction.md").read_text("utf-8")
    missing = {shape.name for shape in SHAPES if f"`{shape.name}`" not in page}
    assert missing == set()
