import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiro_worker.agent.pty.view import LineView, ScreenView, drawable

_PIECES = st.sampled_from([
    b"\x1b", b"[", b"]", b"?", b">", b"<", b"4", b"2;3H", b"m", b"\x07", b"\\", b"P", b"_", b"\r", b"\n", b"word ", b"\xe2\x97\x86",
    b"\xef\xb8\x8e", b"\xff", b"\x9b", b"c", b"n", b"99999999", b"A", b"L", b"r", b"h", b"$", b":", b";", b"(", b"B", b"7", b"8", b"M",
    b"\xf0\x9f\x98\x80", b"\xcc\x81", b"\t", b"\x08",
])  # fmt: skip
_STREAMS = st.lists(_PIECES, max_size=60)


def screen(*pieces: bytes, columns=40, rows=6) -> str:
    view = ScreenView(columns=columns, rows=rows)
    for piece in pieces:
        view.feed(piece)
    return view.text()


def test_words_are_where_the_cursor_put_them():
    assert screen(b"\x1b[2;3Hhello\x1b[1;1Htop\x1b[2;3HJ") == "top\n  Jello"


@pytest.mark.parametrize(
    "trap",
    [b"\x1b[?4m", b"\x1b[>4;1m", b"\x1b[38:5:7m", b"\x1b[<u", b"\x1b[>1u", b"\x1b[=1;1u", b"\x1bP+q544e\x1b\\", b"\x1b_Gi=1\x1b\\",
     b"\x1b]8;;https://x\x1b\\", b"\x1b]0;title\x07", b"\x1b[?2026h", b"\x1b[?1;2$y", b"\x1b(B", b"\x1b[1 q", b"\x1b[!p", b"\x1b=",
     b"\x1b[" + b"9" * 5000 + b"A", b"\x0e\x0f", b"\xc2\x84"],
)  # fmt: skip
def test_what_the_screen_model_does_not_know_leaves_no_trace(trap):
    assert screen(b"be" + trap + b"fore") == "before"
    assert screen(b"be", *(bytes([byte]) for byte in trap), b"fore") == "before"


def test_a_character_without_a_width_does_not_cut_the_text_off():
    assert screen("◆\ufe0e All done. é e\u0301 ★\u200d!".encode()).startswith("◆ All done. é e")
    assert screen("ab\u200bcd\ufe0fef".encode()) == "abcdef"


@given(_STREAMS)
def test_any_bytes_can_be_drawn(pieces):
    view = ScreenView(columns=20, rows=5)
    for piece in pieces:
        view.feed(piece)
    assert len(view.text().split("\n")) <= 5
    column, row = view.cursor()
    assert 1 <= column <= 21
    assert 1 <= row <= 5


@given(_STREAMS, st.integers(1, 7))
def test_a_screen_does_not_depend_on_how_its_bytes_are_cut(pieces, size):
    whole = b"".join(pieces)
    assert screen(whole) == screen(*(whole[begin : begin + size] for begin in range(0, len(whole), size)))


@given(st.text())
def test_only_what_moves_and_is_visible_is_drawn(text):
    left = drawable(text)
    assert drawable(left) == left or "\x1b" in left


def test_of_a_flood_only_the_end_is_drawn():
    view = ScreenView(columns=40, rows=4)
    for number in range(40_000):
        view.feed(b"line %d of a flood\r\n" % number)
    view.feed(b"\x1b[1;1H\x1b[Jend")
    assert view.text() == "end"


def test_the_cursor_is_told_from_one():
    view = ScreenView(columns=40, rows=4)
    assert view.cursor() == (1, 1)
    view.feed(b"ab\r\nc")
    assert view.cursor() == (2, 2)


# Lines


def test_lines_are_said_once_they_are_complete_and_the_rest_is_visible():
    view = LineView()
    view.feed(b"one\r\ntw")
    assert view.text() == "one\ntw"
    assert view.unsaid() == "one\n"
    view.feed(b"o\r\nready> ")
    assert view.unsaid() == "two\n"
    assert view.text().endswith("ready> ")
    assert view.cursor() == (8, 1)


def test_a_line_that_is_overwritten_counts_as_it_is_now():
    view = LineView()
    for piece in (b"10%", b"\r 50%", b"\r100%", b"\r\nok"):
        view.feed(piece)
    assert view.text() == "100%\nok"


def test_an_answer_ends_where_it_is_told_to():
    view = LineView()
    view.feed(b"you said\nmore\n[done]\nready> ")
    assert view.unsaid(until=view.text().index("[done]")) == "you said\nmore\n"
    view.feed(b"x\n")
    assert view.unsaid(until=0) == ""


def test_an_anchor_forgets_what_came_before():
    view = LineView()
    view.feed(b"old\nold")
    view.anchor()
    view.feed(b" new\n")
    assert view.text() == " new\n"
    assert view.unsaid() == " new\n"


@given(st.lists(st.sampled_from([b"a\n", b"bb", b"\n", b"ready> ", b"x" * 5000 + b"\n"]), max_size=20))
def test_everything_is_said_once_and_in_order(pieces):
    view, said = LineView(), ""
    for number, piece in enumerate(pieces):
        view.feed(piece)
        if number % 2:
            said += view.unsaid()
    said += view.unsaid(until=len(view.text()))
    assert said == b"".join(pieces).decode()


def test_a_flood_without_an_end_of_line_and_one_that_nobody_asks_for_is_not_kept():
    view = LineView()
    for _ in range(2000):
        view.feed(b"x" * 10_000)
    assert len(view.text()) <= 16 * 1024
    assert len(view.unsaid()) <= 5 * 1024 * 1024


def test_a_panel_at_the_side_is_not_looked_at():
    view = ScreenView(columns=20, rows=2, aside=8)
    view.feed(b"\x1b[1;1Hthe question\x1b[1;14Ha panel\x1b[2;14Hwords")
    assert view.text() == "the question"
