from hypothesis import given
from hypothesis import strategies as st

from kiro_worker.agent.ansi import plain

_PIECES = st.sampled_from(
    [
        "\x1b",
        "[",
        "]",
        "31m",
        "0;t",
        "\x07",
        "\\",
        "P",
        "\r",
        "\n",
        "a",
        "é",
        "\x9b",
        "\x9d",
        "\x00",
        "?25h",
        "(",
        "B",
        "\x7f",
    ]
)


def test_the_bytes_of_a_real_transcript_become_its_words():
    assert plain("\x1b[38;5;141m> \x1b[0mRed\nBlue") == "> Red\nBlue"
    assert plain("\x1b[38;5;8m\n ▸ Credits: 0.24 • Time: 3s\n\n\x1b[0m").strip() == "▸ Credits: 0.24 • Time: 3s"


def test_strings_of_the_terminal_are_left_out_with_their_content():
    assert plain("a\x1b]0;title\x07b\x1b]8;;https://x\x1b\\c\x1bPq#0\x1b\\d\x1b_note\x1b\\e") == "abcde"


def test_of_a_line_that_was_overwritten_the_last_state_stays():
    assert plain("one\r\n10%\r 50%\r100%\r\nthree\r") == "one\n100%\nthree"


@given(st.lists(_PIECES, max_size=40).map("".join) | st.text())
def test_no_control_is_left_whatever_comes(text):
    left = plain(text)
    assert not any((ord(char) < 32 and char not in "\n\t") or 127 <= ord(char) < 160 for char in left)


@given(st.text(st.characters(exclude_categories=["C"])))
def test_text_without_controls_stays_as_it_is(text):
    assert plain(text) == text


def test_a_long_hostile_text_is_read_in_linear_time():
    for hostile in ("\x1b]" * 200_000, "\x1b[" + "0" * 400_000, "\x1bP" * 200_000, "\x1b[;" * 130_000):
        assert len(plain(hostile)) <= len(hostile)
