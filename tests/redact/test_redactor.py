import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiro_worker.redact import Redactor, Secret

TOKEN = "hunter2secret"
REDACTOR = Redactor([Secret("PASSWORD", TOKEN), Secret("OTHER", "secretXYZ9")])


def covered(text, values):
    """Which bytes belong to any value, found the slow and certain way."""
    mask = [False] * len(text)
    for value in values:
        at = text.find(value)
        while at >= 0:
            mask[at : at + len(value)] = [True] * len(value)
            at = text.find(value, at + 1)
    return mask


def test_the_name_stands_in_the_place_of_the_value():
    assert REDACTOR.text("a hunter2secret b") == "a [redacted:PASSWORD] b"
    assert REDACTOR.bytes(b"\xff hunter2secret \xfe") == b"\xff [redacted:PASSWORD] \xfe"


def test_overlapping_secrets_are_hidden_as_one():
    assert REDACTOR.text("<hunter2secretXYZ9>") == "<[redacted:PASSWORD]>"


def test_neighbouring_secrets_are_both_named():
    assert REDACTOR.text("hunter2secretsecretXYZ9") == "[redacted:PASSWORD][redacted:OTHER]"


def test_of_two_secrets_that_begin_together_the_longer_one_gives_the_name():
    redactor = Redactor([Secret("SHORT", "abcdef"), Secret("LONG", "abcdefghij")])
    assert redactor.text("abcdefghij abcdef") == "[redacted:LONG] [redacted:SHORT]"


def test_a_known_token_is_named_by_its_own_name():
    token = "ghp_" + "a1B2" * 9
    assert Redactor([Secret("GITHUB_TOKEN", token)]).text(f"<{token}>") == "<[redacted:GITHUB_TOKEN]>"


def test_text_without_secrets_is_returned_itself():
    text, raw = "nothing to see here" * 10, b"nothing\xff" * 10
    assert REDACTOR.text(text) is text
    assert REDACTOR.bytes(raw) is raw


def test_any_text_can_be_redacted_with_lone_surrogates_too():
    assert REDACTOR.text("\ud800 hunter2secret \udfff") == "\ud800 [redacted:PASSWORD] \udfff"


@given(st.lists(st.text("ab", min_size=6, max_size=9), min_size=1, max_size=4), st.text("ab", max_size=60))
def test_no_byte_of_overlapping_secrets_is_written(values, text):
    values = [value for value in values if not Secret("x", value + "c").is_weak]
    # With two letters nothing is strong; a third one that never comes makes the values look it.
    values = [value.replace("bb", "bc") for value in values]
    text = text.replace("bb", "bc")
    strong = [value for value in values if not Secret("N", value).is_weak]
    mask = covered(text, strong)
    expected, inside = "", False
    for character, hidden in zip(text, mask, strict=True):
        if not hidden:
            expected += character
        elif not inside:
            expected += "#"
        inside = hidden
    shown = Redactor(Secret("N", value) for value in strong).text(text)
    assert shown.replace("[redacted:N]", "#").replace("##", "#") == expected


@pytest.mark.parametrize(
    "tear", ["\n", "\r\n", "\x1b[0m", "\x1b[31;1m", "\x1b]0;title\x07", "\x1b(B", "\x00", "\r\n\x1b[2K"]
)
def test_a_secret_torn_by_a_terminal_is_hidden(tear):
    for at in range(1, len(TOKEN)):
        shown = REDACTOR.text(f"<{TOKEN[:at]}{tear}{TOKEN[at:]}>")
        # Up to three bytes before a break stay, so that no line has to wait for the next one.
        assert shown in {"<[redacted:PASSWORD]>", f"<{TOKEN[:at]}{tear}[redacted:PASSWORD]>"}
        assert at < 4 or shown == "<[redacted:PASSWORD]>"


def test_a_secret_with_a_colour_for_each_letter_is_hidden():
    shown = REDACTOR.text("".join(f"\x1b[3{n % 8}m{letter}" for n, letter in enumerate(TOKEN)))
    assert shown == "\x1b[30mh\x1b[31m[redacted:PASSWORD]"


def test_an_escape_sequence_that_swallows_a_letter_does_not_hide_a_secret_from_us():
    assert TOKEN not in REDACTOR.text(f"\x1b[12{TOKEN}")


def test_sides_of_a_long_empty_stretch_have_nothing_to_do_with_each_other():
    text = TOKEN[:6] + "\n" * 300 + TOKEN[6:]
    assert REDACTOR.text(text) == text


def test_json_is_redacted_in_values_and_keys():
    value = {"a": [TOKEN, 1, None, True, 2.5], TOKEN: {"b": (TOKEN, "ok")}, 3: "x"}
    assert REDACTOR.json(value) == {
        "a": ["[redacted:PASSWORD]", 1, None, True, 2.5],
        "[redacted:PASSWORD]": {"b": ("[redacted:PASSWORD]", "ok")},
        3: "x",
    }


def test_keys_that_look_alike_after_redaction_keep_their_values():
    assert Redactor([Secret("N", "aaa-bbb"), Secret("N", "ccc-ddd")]).json({"aaa-bbb": 1, "ccc-ddd": 2}) == {
        "[redacted:N]": 1,
        "[redacted:N]'": 2,
    }


def test_a_json_string_is_read_with_its_key():
    assert REDACTOR.json({"Authorization": "Bearer abcdef123456"}) == {
        "Authorization": "Bearer [redacted:authorization]"
    }
    assert REDACTOR.json({"SecretAccessKey": "aB3/" * 10}) == {"SecretAccessKey": "[redacted:aws-secret-access-key]"}
    assert REDACTOR.json({f"token {TOKEN}": TOKEN}) == {"token [redacted:PASSWORD]": "[redacted:PASSWORD]"}
    assert REDACTOR.json({"token": "a plain word"}) == {"token": "a plain word"}


def test_what_is_no_json_becomes_redacted_text():
    assert REDACTOR.json({"path": Path(f"/tmp/{TOKEN}"), "raw": TOKEN.encode()}) == {
        "path": "/tmp/[redacted:PASSWORD]",
        "raw": b"[redacted:PASSWORD]",
    }


def test_json_too_deep_to_follow_is_left_out():
    deep = TOKEN
    for _ in range(100_000):
        deep = [deep]
    shown = REDACTOR.json(deep)
    for _ in range(200):
        (shown,) = shown
    assert shown == "[redacted:too-deep]"


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    )
)
def test_json_without_secrets_does_not_change(value):
    assert Redactor().json(value) == value


def test_one_redactor_serves_many_threads():
    wrong = []

    def work(number):
        stream = REDACTOR.stream()
        for turn in range(300):
            shown = stream.feed(f"{number} {TOKEN[:6]}".encode()) + stream.feed(f"{TOKEN[6:]} {turn}|".encode())
            if shown != f"{number} [redacted:PASSWORD] {turn}|".encode():
                wrong.append(shown)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_thousands_of_secrets_can_be_known():
    redactor = Redactor(Secret(f"S{n}", f"secret-number-{n * 7919:09d}") for n in range(2000))
    assert redactor.text("a secret-number-000007919 b") == "a [redacted:S1] b"
