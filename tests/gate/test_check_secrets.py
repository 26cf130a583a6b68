import random
import string

import pytest

from gate.changes import changes
from kiro_worker.changeset import ChangedFile, ChangeSet, How
from kiro_worker.gate import Color
from kiro_worker.gate.check.madeup import is_made_up
from kiro_worker.gate.check.rarer import rarer
from kiro_worker.gate.check.secrets import judge_secrets
from kiro_worker.ids import Oid

# Made here and now: nothing in this file looks like a token to anybody's scanner.
ROLL = random.Random(7)


def roll(count, letters=string.ascii_letters + string.digits):
    return "".join(ROLL.choice(letters) for _ in range(count))


GITHUB = "gh" + "p_" + roll(36)
AWS = "AK" + "IA" + roll(16, string.ascii_uppercase + "234567")
STRIPE = "sk_" + "live_" + roll(24)
SHOPIFY = "shp" + "at_" + roll(32, "0123456789abcdef")
PASSWORD = "kq7Z" + roll(10)
JWT = "ey" + "J" + roll(20) + ".ey" + "J" + roll(30) + "." + roll(43)
PEM = (
    "-----BEGIN " + "PRIVATE KEY-----\n" + "\n".join(roll(64) for _ in range(5)) + "\n-----END " + "PRIVATE KEY-----\n"
)


def judged(files, before=None):
    result = judge_secrets(changes(before or {}, files))
    for secret in (GITHUB, SHOPIFY, AWS, STRIPE, PASSWORD, JWT, PEM.splitlines()[1]):
        assert secret not in str(result), "a secret is never told"
    return result


@pytest.mark.parametrize(
    ("path", "line", "what"),
    [
        ("src/a.py", f'TOKEN = "{GITHUB}"', "github-token"),
        ("src/a.py", f"client = connect('{AWS}')", "aws-access-key-id"),
        ("config/app.yml", f"stripe: {STRIPE}", "stripe-key"),
        ("README.md", f"Use `{GITHUB}` to sign in.", "github-token"),
        ("tests/test_a.py", f'TOKEN = "{GITHUB}"', "github-token"),
        ("src/a.py", f'db_password = "{PASSWORD}"', "value of db_password"),
        ("src/a.ts", f"const apiKey: string = '{PASSWORD}';", "value of apiKey"),
        (".env", f"SECRET_KEY={PASSWORD}", "value of SECRET_KEY"),
        ("app.properties", f"spring.datasource.password={PASSWORD}", "value of password"),
        ("src/a.py", f'URL = "postgres://app:{PASSWORD}@db.shop.internal.acme.io/x"', "url-password"),
        ("src/a.py", f'session = "{JWT}"', "jwt"),
        ("deploy/key.pem", PEM, "private-key"),
        ("src/a.rb", f"shop = 'shp' 'x'; key = '{SHOPIFY}'", "shopify-token"),
        ("tests/test_a.py", f'key = "{SHOPIFY}"', "shopify-token"),
        ("settings.xml", f"<password>{PASSWORD}</password>", "password"),
        ("deploy.sh", f"curl -u admin:{PASSWORD} https://acme.io", "login"),
        # The agent does not say itself that its secret is none.
        ("src/a.py", f'db_password = "{PASSWORD}"  # pragma: allowlist secret', "value of db_password"),
    ],
)
def test_a_secret_that_is_added_blocks_and_is_not_shown(path, line, what):
    result = judged({path: f"# first\n{line}\n"})
    assert (result.gate, result.color) == ("secrets", Color.RED)
    (finding,) = result.findings
    assert (finding.code, finding.path, finding.line) == ("secrets.found", path, 2)
    assert what in finding.title


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("src/a.py", 'KEY = "AKIAIOSFODNN7EXAMPLE"'),
        ("src/a.py", f'TOKEN = "ghp_{"a" * 36}"'),
        ("src/a.py", 'TOKEN = "ghp_0123456789abcdefghij0123456789abcdef"'),
        ("src/a.py", 'password = os.environ["PASSWORD1"]'),
        ("src/a.py", 'password = "change-me-1"'),
        ("src/a.py", 'token_url = "oauth2/v1token9x"'),
        ("src/a.py", 'secret_name = "prod/db1/main7"'),
        ("src/a.py", 'PASSWORD_FIELD = "field7name8"'),
        ("src/a.py", 'password = f"{prefix1}{suffix22}"'),
        ("src/a.ts", 'const token = "${TOKEN_1}aa"'),
        ("src/a.py", 'message = "wrong password for user1234"'),
        ("src/a.py", "token = tokens[index1234567]"),
        ("src/a.py", "def login(password: str, token1234567: str) -> None:"),
        ("compose.yml", "  POSTGRES_PASSWORD: ${DB_PASSWORD1}"),
        ("compose.yml", "url: postgres://app:Kq7zR2vX9@localhost:5432/app"),
        ("compose.yml", "url: postgres://app:Kq7zR2vX9@db/app"),
        ("uv.lock", 'token = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b"'),
        ("tests/test_login.py", f'password = "{PASSWORD}"'),
        ("docs/guide.md", f"password: {PASSWORD}"),
        ("deploy.sh", "curl -u admin:$PASSWORD1 https://acme.io"),
        ("settings.xml", "<password>${env.PASSWORD1}</password>"),
        ("docs/a.md", f"curl -u me:example-{PASSWORD} https://acme.io"),
        ("data/names.txt", f"AKIA{'X0' * 3}{'Q1RSTUVW90'}"),
        ("src/logo.svg", f'<path d="M{roll(40)}"/>'),
    ],
)
def test_what_is_none_or_obviously_made_up_is_left_alone(path, line):
    result = judged({path: f"{line}\n"})
    assert (result.color, result.findings) == (Color.GREEN, ())
    assert result.summary == "no secret found"


@pytest.mark.parametrize("secret", [f'token = "{JWT}"', PEM, f"Authorization: Bearer {PASSWORD}{PASSWORD}"])
def test_what_tests_are_full_of_is_told_there_and_does_not_block(secret):
    result = judged({"tests/data/sample.txt": secret})
    assert (result.color, [one.code for one in result.findings]) == (Color.GREEN, ["secrets.told"])
    assert result.summary == "no secret found; 1 to be looked at"


@pytest.mark.parametrize("line", [f"# Authorization: Bearer {PASSWORD}{PASSWORD}", f'# password = "{PASSWORD}"'])
def test_what_a_comment_shows_is_told_and_does_not_block(line):
    result = judged({"src/a.py": f"x = 1\n{line}\n"})
    assert (result.color, [one.code for one in result.findings]) == (Color.GREEN, ["secrets.told"])


def test_a_provider_s_token_in_a_comment_blocks():
    assert judged({"src/a.py": f"# {GITHUB}\n"}).color is Color.RED


def test_only_added_lines_count():
    before = f'TOKEN = "{GITHUB}"\nx = 1\n'
    assert judged({"a.py": f'TOKEN = "{GITHUB}"\nx = 2\n'}, {"a.py": before}).findings == ()


def test_a_secret_of_the_base_that_was_moved_is_told_and_does_not_block():
    result = judged({"b.py": f'TOKEN = "{GITHUB}"\n'}, {"a.py": f'TOKEN = "{GITHUB}"\n'})
    (finding,) = result.findings
    assert (result.color, finding.code) == (Color.GREEN, "secrets.told")
    assert "it was on the base already" in finding.title


def test_a_line_is_told_once():
    assert len(judged({"a.py": f'api_token = "{GITHUB}"\n'}).findings) == 1


def test_a_key_of_which_only_a_line_was_added_is_told_at_that_line():
    lines = PEM.splitlines(keepends=True)
    result = judged({"k.pem": PEM}, {"k.pem": "".join(lines[:3] + lines[4:])})
    assert [one.line for one in result.findings] == [4]


def test_a_file_that_was_too_large_to_be_read_is_told():
    file = ChangedFile(path="big.sql", how=How.ADDED, left_out=True)
    oid = Oid("1" * 40)
    result = judge_secrets(ChangeSet(base=oid, head=oid, files=(file,), base_tree=oid))
    assert (result.color, result.summary) == (Color.GREEN, "no secret found; 1 to be looked at")
    assert [(one.code, one.path) for one in result.findings] == [("secrets.told", "big.sql")]


def test_binary_files_and_long_lines_cost_nothing():
    assert judged({"a.bin": "\0" + GITHUB}).findings == ()
    assert judged({"a.js": "x" * 200_000 + "\n" + "password=" * 20_000}).findings == ()


@pytest.mark.parametrize(
    ("value", "made_up"),
    [
        (b"Kq7zR2vX9w" * 3, True), (b"aabbaabbcabbaabb7", True), (b"9qwertyuV3k8Zr", True), (b"zyxwvu91Kq", True),
        (b"Kq7zR2vX9wLm4TbN", False), (b"9f86d081884c7d65", False),
    ],
)  # fmt: skip
def test_a_value_says_itself_that_it_is_made_up(value, made_up):
    assert is_made_up(value, "assigned") is made_up


def test_a_part_of_a_longer_word_is_no_token():
    assert [name for name, _ in rarer(b"'" + SHOPIFY.encode() + b"'")] == ["shopify-token"]
    assert list(rarer(b"'x" + SHOPIFY.encode() + b"'")) == list(rarer(SHOPIFY.encode() + b"0")) == []
