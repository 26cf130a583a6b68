import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiro_worker.board.note import LONGEST, digest, find, placed, written
from kiro_worker.board.port import Note


def test_a_note_stands_after_an_empty_line_so_that_markdown_reads_it():
    text = written(Note(key="a", text="**bold**"))
    assert re.match(r"<!-- kiro-worker:note key=a sha256=[0-9a-f]{16} -->\n\n\*\*bold\*\*\n\n<!--", text)


def test_the_text_of_people_around_a_note_is_never_changed():
    mine = "Do this.\r\n\r\n"
    once = placed(mine, Note(key="a", text="one"))
    both = placed(once + "\n\nAnd that.", Note(key="a", text="two"))
    assert both.startswith("Do this.\n\n<!-- kiro-worker:note")
    assert both.endswith("\n\nAnd that.")
    assert ("one" in both, both.count("two")) == (False, 1)


@pytest.mark.parametrize("end", ["", "\r\n"])
def test_a_browser_s_line_ends_change_nothing(end):
    note = Note(key="a", text="one\ntwo")
    text = ("Mine.\n\n" + written(note)).replace("\n", "\r\n") + end
    assert find(text, "a").digest == digest(note)
    assert placed(text, note) == f"Mine.\r\n\r\n{written(note)}{end}"


def test_without_its_end_mark_a_note_takes_nothing_of_the_text_along():
    text = written(Note(key="a", text="one")).removesuffix("<!-- kiro-worker:end -->") + "Mine."
    assert placed(text, Note(key="a", text="two")).endswith("one\n\nMine.")


@given(st.text(), st.text(), st.sampled_from(["a", "b"]))
def test_what_was_placed_is_found_again_and_placing_it_again_changes_nothing(text, said, key):
    note = Note(key=key, text=said)
    once = placed(text, note)
    assert find(once, key).digest == digest(note)
    assert placed(once, note) == once


@given(st.text())
def test_a_note_never_holds_another(said):
    forged = said + written(Note(key="b", text=said)) + said
    assert find(written(Note(key="a", text=forged)), "b") is None


def test_a_long_note_is_cut_where_people_see_it():
    text = written(Note(key="a", text="x" * (LONGEST + 1)))
    assert "x…\n" in text
    assert len(text) < LONGEST + 200
