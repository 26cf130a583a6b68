import base64
import binascii
import html
import json
import shlex
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiro_worker.redact import Redactor, Secret
from kiro_worker.redact.form import forms

VALUES = ["ghp_0123456789abcdefABCDEF", "p'a\"ss/wo rd&<$1+=%\\", "Straße-Ünïcode-密码", "tab\tand\nline-break"]

WRITERS = {
    "itself": str,
    "JSON": lambda text: json.dumps(text)[1:-1],
    "JSON in UTF-8": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "JSON with escaped slashes": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "JSON inside JSON": lambda text: json.dumps(json.dumps(text))[3:-3],
    "URL component": lambda text: quote(text, safe=""),
    "URL path": quote,
    "URL form": quote_plus,
    "URL in lower case": lambda text: "".join(f"%{b:02x}" if b > 127 or not (chr(b).isalnum() or b in b"_.-~") else chr(b) for b in text.encode()),
    "shell": lambda text: shlex.quote(text).strip("'") if shlex.quote(text) != text else text,
    "shell, the other way": lambda text: text.replace("'", "'\\''"),
    "HTML": html.escape,
    "HTML text": lambda text: html.escape(text, quote=False),
    "hexadecimal": lambda text: text.encode().hex(),
    "upper hexadecimal": lambda text: text.encode().hex().upper(),
}  # fmt: skip


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("writer", WRITERS)
def test_a_secret_is_found_in_each_way_of_writing_it(value, writer):
    written = WRITERS[writer](value)
    shown = Redactor([Secret("NAME", value)]).text(f"before|{written}|after")
    assert shown.startswith("before|[redacted:NAME]")
    assert shown.endswith("|after")
    assert written not in shown


@given(
    st.text(st.characters(min_codepoint=33, max_codepoint=0x24F), min_size=8, max_size=40),
    st.binary(max_size=7),
    st.binary(max_size=7),
    st.booleans(),
)
def test_a_secret_inside_base64_is_hidden_whatever_stands_around_it(value, before, after, urlsafe):
    secret = Secret("NAME", value)
    if secret.is_weak:
        return
    encode = base64.urlsafe_b64encode if urlsafe else base64.b64encode
    written = encode(before + value.strip().encode() + after)
    shown = Redactor([secret]).bytes(written)
    assert b"[redacted:NAME]" in shown
    # At each border one character is shared with the neighbour; no byte of the secret can be read from it.
    left, _, right = shown.partition(b"[redacted:NAME]")
    assert len(left) <= -(-len(before) * 8 // 6) + 1
    assert len(right) <= -(-len(after) * 8 // 6) + 4


def test_the_login_of_a_git_remote_is_found_in_its_base64():
    token = "v1-0123456789abcdef"
    login = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    shown = Redactor([Secret("GITHUB_TOKEN", token)]).text(f"extraheader = {login}")
    assert shown.startswith(f"extraheader = {base64.b64encode(b'x-access-token:').decode()}[redacted:GITHUB_TOKEN]")


def test_base64_wrapped_into_lines_is_found():
    value = "".join(f"{n:03d}-" for n in range(60))
    written = base64.encodebytes(f"user:{value}".encode())
    shown = Redactor([Secret("LONG", value)]).bytes(written)
    assert b"[redacted:LONG]" in shown
    assert len(shown) < 40


def test_a_hex_dump_in_lines_is_found():
    value = "a-rather-long-secret-value-of-43-characters"
    written = "\n".join(binascii.hexlify(value.encode()).decode()[at : at + 60] for at in range(0, 86, 60))
    assert Redactor([Secret("LONG", value)]).text(written) == "[redacted:LONG]"


@given(st.text(min_size=1, max_size=60))
def test_any_text_has_forms_and_is_one_of_them(text):
    assert text.encode("utf-8", "surrogatepass") in set(forms(text))
