import json

import pytest

from kiro_worker.redact import Redactor, Secret

KEY = """-----BEGIN RSA PRIVATE KEY-----
MIIBPAIBAAJBANPQbQ92nlbeg1Q5JNHSO1Yey46nZ7GJltLWw1ccSvp7pnvmfUm
M521CpFpfr4EAE3UVBMoU9jqq3dFAc2H0CAwEAAQJBAIX9yYQ6VpFLtYUuHnWwZQ
nw==
-----END RSA PRIVATE KEY-----
"""


def test_the_value_is_in_no_representation_of_a_secret():
    assert "hunter2secret" not in repr(Secret("PASSWORD", "hunter2secret"))


@pytest.mark.parametrize("name", ["A]\n[B", "a b", "", "x" * 500])
def test_a_name_cannot_break_the_line_it_is_written_in(name):
    shown = Redactor([Secret(name, "hunter2secret")]).text("hunter2secret")
    assert shown.startswith("[redacted:")
    assert shown.endswith("]")
    assert "\n" not in shown
    assert shown.count("[") == shown.count("]") == 1
    assert len(shown) < 100


@pytest.mark.parametrize("value", ["dev", "12345", "password", "Production", "aaaaaaaa", "****************", "ababab"])
def test_an_ordinary_value_is_not_looked_for_everywhere(value):
    text = f"the {value} of {value * 2}"
    assert Redactor([Secret("STAGE", value)]).text(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("STAGE=dev rest", "STAGE=[redacted:STAGE] rest"),
        ("STAGE: dev", "STAGE: [redacted:STAGE]"),
        ('{"STAGE": "dev"}', '{"STAGE": "[redacted:STAGE]"}'),
        ('{"STAGE":"dev"}', '{"STAGE":"[redacted:STAGE]"}'),
        ("export STAGE='dev'", "export STAGE='[redacted:STAGE]'"),
        ('export STAGE="dev"', 'export STAGE="[redacted:STAGE]"'),
    ],
)
def test_an_ordinary_value_is_hidden_beside_its_name(text, shown):
    assert Redactor([Secret("STAGE", "dev")]).text(text) == shown


@pytest.mark.parametrize("value", ["", " ", "\n\n"])
def test_an_empty_value_hides_nothing(value):
    assert Redactor([Secret("EMPTY", value)]).text("a EMPTY= b  c\n\n") == "a EMPTY= b  c\n\n"


def test_space_around_a_value_is_not_part_of_it():
    assert Redactor([Secret("FROM_FILE", "  s3cret-value\n")]).text("<s3cret-value>") == "<[redacted:FROM_FILE]>"


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("postgresql://worker:hunter2%40home@db.example.org:5432/leases", ["hunter2@home", "hunter2%40home"]),
        ("postgresql://worker@db.example.org/leases?sslmode=require&password=hunter2%20home", ["hunter2 home"]),
        ("redis://:hunter2home@127.0.0.1/0", ["hunter2home"]),
        ("host=db.example.org user=worker password=hunter2home", ["hunter2home"]),
        (r"password = 'hunter2\' home' host=db.example.org", ["hunter2' home"]),
        ("Server=db.example.org;User Id=worker;Password=hunter2home;", ["hunter2home"]),
    ],
)
def test_the_password_inside_an_address_is_a_secret_and_the_rest_is_not(address, said):
    redactor = Redactor([Secret("ADDRESS", address)])
    for password in said:
        assert redactor.text(f"<{password}>") == "<[redacted:ADDRESS]>"
    assert redactor.text("worker at db.example.org, leases") == "worker at db.example.org, leases"
    assert redactor.text(address) == "[redacted:ADDRESS]"


@pytest.mark.parametrize("text", ["a://" + "b:" * 50_000, "password=" * 20_000, "password='" + "\\a" * 50_000])
def test_an_address_is_read_in_a_time_that_grows_with_its_length_alone(text):
    assert list(Secret("ADDRESS", text).pieces())


def test_each_long_line_of_a_secret_is_a_secret_and_its_borders_are_not():
    redactor = Redactor([Secret("KEY", KEY)])
    line = KEY.splitlines()[2]
    assert redactor.text(f"> {line} <") == "> [redacted:KEY] <"
    assert redactor.text("-----END RSA PRIVATE KEY-----") == "-----END RSA PRIVATE KEY-----"
    assert redactor.text(f"a {KEY} b") == "a [redacted:KEY]\n b"


def test_a_key_whose_lines_were_joined_by_escapes_is_found_with_real_line_breaks():
    redactor = Redactor([Secret("KEY", KEY.replace("\n", "\\n"))])
    assert KEY.splitlines()[1] not in redactor.text(KEY)
    assert KEY.splitlines()[2] not in redactor.text(KEY)


def test_the_braces_of_a_json_secret_stay_and_its_passwords_do_not():
    value = json.dumps({"username": "git", "password": "s3cret-pw", "url": "https://example.com/some/path/1"}, indent=2)
    redactor = Redactor([Secret("CREDENTIALS", value)])
    assert redactor.text("login git with s3cret-pw") == "login git with [redacted:CREDENTIALS]"
    assert redactor.text("{\n}") == "{\n}"
    assert redactor.text("see https://example.com/some/path/1") == "see https://example.com/some/path/1"
    assert redactor.text(value) == "{\n[redacted:CREDENTIALS]"


def test_secrets_deep_inside_a_json_secret_are_found():
    value = json.dumps({"type": "service_account", "keys": [{"private_key": KEY, "id": "a1b2c3d4e5f6a7b8c9d0e1f2"}]})
    redactor = Redactor([Secret("ACCOUNT", value)])
    assert "a1b2c3d4e5f6a7b8c9d0e1f2" not in redactor.text("id a1b2c3d4e5f6a7b8c9d0e1f2")
    assert KEY.splitlines()[1] not in redactor.text(KEY)
    assert redactor.text("a service_account") == "a service_account"


@pytest.mark.parametrize("value", ["{not json, but s3cret", "[1, 2, 3", "[" * 5000 + "s3cret"])
def test_what_only_looks_like_json_is_a_secret_as_a_whole(value):
    assert Redactor([Secret("ODD", value)]).text(f"<{value}>") == "<[redacted:ODD]>"


def test_a_huge_secret_is_hidden_completely():
    value = "".join(f"{n:05d}x" for n in range(5000))
    shown = Redactor([Secret("HUGE", value)]).text(f"<{value}>")
    assert shown == "<[redacted:HUGE]>"
