import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiro_worker.agent.pty.queries import Queries

QUESTIONS = [
    (b"\x1b[6n", b"\x1b[4;3R"),
    (b"\x1b[?6n", b"\x1b[?4;3R"),
    (b"\x1b[5n", b"\x1b[0n"),
    (b"\x1b[c", b"\x1b[?62;22c"),
    (b"\x1b[0c", b"\x1b[?62;22c"),
    (b"\x1b[>c", b"\x1b[>41;354;0c"),
    (b"\x1b[?2026$p", b"\x1b[?2026;0$y"),
    (b"\x1b[18t", b"\x1b[8;40;120t"),
    (b"\x1b]10;?\x07", b"\x1b]10;rgb:dddd/dddd/dddd\x07"),
    (b"\x1b]11;?\x1b\\", b"\x1b]11;rgb:0000/0000/0000\x1b\\"),
    (b"\x1bP+q544e\x1b\\", b"\x1bP0+r\x1b\\"),
]


def queries():
    return Queries((120, 40), lambda: (3, 4))


@pytest.mark.parametrize(("question", "answer"), QUESTIONS)
def test_a_question_is_answered_as_a_terminal_does(question, answer):
    assert queries().answers(b"text " + question + b" more") == answer


@given(
    st.lists(st.sampled_from([*(question for question, _ in QUESTIONS), b"text", b"\x1b[2J", b"\x1b[31m"]), max_size=8),
    st.integers(1, 9),
)
def test_questions_are_answered_once_however_they_are_cut(pieces, size):
    whole = b"".join(pieces)
    wanted = b"".join(dict(QUESTIONS).get(piece, b"") for piece in pieces)
    asked = queries()
    assert b"".join(asked.answers(whole[begin : begin + size]) for begin in range(0, len(whole), size)) == wanted


def test_what_is_no_question_is_not_answered():
    asked = queries()
    assert asked.answers(b"[6n and \x1b[31m and \x1b[?25h and \x1b]0;c\x07") == b""


def test_a_flood_of_questions_is_no_flood_of_answers():
    asked = queries()
    assert sum(len(asked.answers(b"\x1b[5n" * 1000)) for _ in range(100)) == 4 * 10_000


@given(st.lists(st.binary(max_size=20), max_size=20))
def test_any_bytes_are_taken(pieces):
    asked = queries()
    for piece in pieces:
        asked.answers(piece)
