import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiro_worker.redact import Redactor, Secret

KEY = (
    "-----BEGIN PRIVATE KEY-----\n"
    + "\n".join("MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcw" + str(n) * 20 for n in range(4))
    + "\n-----END PRIVATE KEY-----"
)
TOKEN = "ghp_" + "a1B2" * 9
SECRETS = [
    Secret("A", "abcabcab"),
    Secret("B", "cabcabx"),
    Secret("TOKEN", TOKEN),
    Secret("STAGE", "dev"),
    Secret("LINES", "line-one-is-long-enough\nline-two-is-long-enough\nend"),
    Secret("ODD", "p'a\"ss/wo rd&<+"),
]
REDACTOR = Redactor(SECRETS)

PIECES = [
    "a", "b", "c", "ab", "cab", "abcabcab", "cabcabx", "x", " ", "\n", "\r\n", "\x1b[0m", "\x1b[31", "\x1b", "m", "g", "gh", "ghp_",
    "a1B2" * 9, "a1B2" * 4, "STAGE=", "dev", "line-one-is-long-enough", "line-two-is-long-enough", "end", "p'a\"ss/wo rd&<+",
    "://", "user", ":", "@", "pw1", "Authorization", ": ", "Bearer ", "abcd1234efgh5678", "sk-", "ant-", "A1" * 30, "eyJ", "hbGciOiJ",
    ".", "-----BEGIN PRIVATE KEY-----", "-----END", "-----BEGIN ", "MIIEvQIBADANBgkqhkiG9w0BAQ", "\n" * 300, "\x1b[0m" * 80, "\\n",
    "aws_secret_access_key", "=", '"', "aB3/" * 10, "AKIA", "QWERTYUIOP123456", "\x1b]0;title", "\x07", "w",
]  # fmt: skip


def streamed(redactor, raw, cuts):
    stream = redactor.stream()
    out = b""
    for start, end in zip([0, *cuts], [*cuts, len(raw)], strict=True):
        out += stream.feed(raw[start:end])
    return out + stream.finish()


@settings(max_examples=400)
@given(st.lists(st.sampled_from(PIECES), max_size=14), st.data())
def test_however_a_stream_is_cut_the_same_comes_out(pieces, data):
    raw = "".join(pieces).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=12)))
    assert streamed(REDACTOR, raw, cuts) == REDACTOR.bytes(raw)


@settings(max_examples=60)
@given(st.lists(st.sampled_from(PIECES), max_size=10))
def test_a_stream_of_single_bytes_gives_the_same(pieces):
    raw = "".join(pieces).encode()
    assert streamed(REDACTOR, raw, list(range(1, len(raw)))) == REDACTOR.bytes(raw)


@given(st.binary(max_size=200), st.data())
def test_any_bytes_go_through(raw, data):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=6)))
    assert streamed(REDACTOR, raw, cuts) == REDACTOR.bytes(raw)


TEXTS = [
    f"quoted \\nsk-{'A1b2' * 12} is one",
    f"login {TOKEN} done",
    f"<abcabcabx abcabcabcabx {TOKEN}{TOKEN}>",
    f"url https://x-access-token:pa55word@github.com/o Authorization: Bearer {'x9' * 12}\nnext",
    f"key:\n{KEY}\nafter",
    "ghs_123_eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxMjM0NTY3In0." + "sig9" * 12 + " rest",
    "line-one-is-long-enough\r\nline-two-is-long-enough\r\nend.",
    f"long colour \x1b[38;2;255;255;255;48;2;100;100;100msk-{'A1b2' * 12}\x1b[0m end",
    "\x1b[0m" * 80 + f"\x1b[38;2;255;255;255;48;2;100;100;100msk-{'A1b2' * 12}",
    "colour \x1b[31mghp_a1B2a1\x1b[0mB2" + "a1B2" * 7 + "\x1b[0m end",
]


@pytest.mark.parametrize("text", TEXTS)
def test_no_split_point_leaks(text):
    raw = text.encode()
    whole = REDACTOR.bytes(raw)
    assert whole != raw
    for at in range(len(raw) + 1):
        assert streamed(REDACTOR, raw, [at]) == whole, at
    for width in (1, 2, 3, 7, 16):
        assert streamed(REDACTOR, raw, list(range(width, len(raw), width))) == whole, width


def test_no_pair_of_split_points_leaks():
    raw = f"<{TOKEN}abcabcabx>".encode()
    whole = REDACTOR.bytes(raw)
    for first in range(len(raw)):
        for second in range(first, len(raw)):
            assert streamed(REDACTOR, raw, [first, second]) == whole


@pytest.mark.parametrize(
    "text", ["plain text with nothing pending", "over a line\n", "http://host/path", "ghp_", "x", "\x1b[0m", "a\r\n"]
)
def test_nothing_is_held_back_without_a_reason(text):
    redactor = Redactor([Secret("TOKEN", "zq-0123456789")])
    assert redactor.stream().feed(text.encode()) == text.encode()


def test_only_what_may_begin_a_secret_is_held_back():
    stream = Redactor([Secret("TOKEN", "zq-0123456789")]).stream()
    assert stream.feed(b"a zq-01") == b"a "
    assert stream.feed(b"x b") == b"zq-01x b"
    assert stream.feed(b"zq") == b""
    assert stream.feed(b"-0123456789 c") == b"[redacted:TOKEN] c"
    assert stream.feed(b"zq") == b""
    assert stream.finish() == b"zq"


def test_a_line_that_ends_like_a_secret_begins_is_not_delayed():
    stream = Redactor([Secret("TOKEN", "zq-0123456789")]).stream()
    assert stream.feed(b"jazz\nzq-\n") == b"jazz\nzq-\n"
    assert stream.feed(b"zq-01\n") == b""
    assert stream.feed(b"done\n") == b"zq-01\ndone\n"


def test_a_secret_that_waits_for_a_longer_one_is_not_forgotten():
    digits = "0123456789" * 5
    redactor = Redactor([Secret("A", f"xyz{digits}"), Secret("B", f"yz{digits}END")])
    stream = redactor.stream()
    shown = stream.feed(f"xyz\n{digits}".encode())
    assert shown == b"xyz\n"
    assert stream.feed(b"!") == b"[redacted:A]!"


def test_a_split_inside_a_word_does_not_make_a_token_of_its_end():
    redactor = Redactor([Secret("KEY", f"sk-{'A1b2' * 10}-end")])
    raw = f"a risk-{'A1b2' * 12} is not a key".encode()
    assert redactor.bytes(raw) == raw
    for at in range(len(raw)):
        assert streamed(redactor, raw, [at]) == raw


def test_a_finished_stream_can_be_used_again():
    stream = REDACTOR.stream()
    assert stream.feed(TOKEN[:10].encode()) == b""
    assert stream.finish() == TOKEN[:10].encode()
    assert stream.feed(TOKEN[10:].encode()) + stream.finish() == TOKEN[10:].encode()


@pytest.mark.parametrize(
    "flood",
    [b"\n", b"\x1b[0m", b"a", b"ghp_", b"eyJ", b"-----BEGIN PRIVATE KEY-----A", b"abcabca", b"://u:", b"\x1b]0;"],
)
def test_what_a_stream_remembers_is_bounded(flood):
    stream = REDACTOR.stream()
    stream.feed(TOKEN[:20].encode())
    chunk = flood * (16384 // len(flood))
    for _ in range(12):
        stream.feed(chunk)
    assert len(stream._kept) <= 64 * 1024
