import sqlite3

import pytest

from kiro_worker.state import Migration, StateBroken, open_state
from kiro_worker.state.copy import copy_of, joined, put_copy

STEPS = (Migration(owner="a", number=1, sql="CREATE TABLE a_note (text TEXT NOT NULL) STRICT;"),)


def note(state, text):
    state.migrate(STEPS)
    with state.transaction() as connection:
        connection.execute("INSERT INTO a_note VALUES (?)", (text,))


def notes(state):
    with state.reading() as connection:
        return [row[0] for row in connection.execute("SELECT text FROM a_note")]


def test_a_copy_is_the_database_elsewhere_with_what_was_written_last(tmp_path):
    here = open_state(tmp_path / "here")
    note(here, "one")
    note(here, "two")
    content = copy_of(here)
    put_copy(tmp_path / "there", content)
    there = open_state(tmp_path / "there")
    assert notes(there) == ["one", "two"]
    note(there, "three")
    assert notes(here) == ["one", "two"]
    assert (tmp_path / "there" / "state.db").stat().st_mode & 0o777 == 0o600
    here.close()
    there.close()


def test_nothing_new_is_the_same_copy(tmp_path):
    state = open_state(tmp_path)
    note(state, "one")
    first = copy_of(state)
    assert notes(state) == ["one"]
    assert copy_of(state) == first
    state.close()


def test_what_was_there_before_leaves_nothing_behind(tmp_path):
    state = open_state(tmp_path / "here")
    note(state, "one")
    content = copy_of(state)
    state.close()
    other = open_state(tmp_path / "there")
    note(other, "other")
    # Still open, so that its log lies beside it.
    put_copy(tmp_path / "there", content)
    other.close()
    put_copy(tmp_path / "there", content)
    there = open_state(tmp_path / "there")
    assert notes(there) == ["one"]
    there.close()
    put_copy(tmp_path / "there", None)
    assert [each.name for each in (tmp_path / "there").iterdir()] == ["room"]


def test_what_is_no_database_is_found_out_when_it_is_opened(tmp_path):
    put_copy(tmp_path, b"SQLite format 3\0" + b"x" * 5000)
    with pytest.raises(StateBroken):
        open_state(tmp_path)
    with pytest.raises(sqlite3.DatabaseError):
        sqlite3.connect(tmp_path / "state.db").execute("SELECT * FROM sqlite_master")


def test_rows_that_the_other_copy_has_not_are_added_and_of_the_others_theirs_count(tmp_path):
    steps = (Migration(owner="b", number=1, sql="CREATE TABLE b_run (run TEXT PRIMARY KEY, end TEXT) STRICT;"),)
    copies = []
    for name, rows in (("theirs", [("1", "done"), ("2", None)]), ("ours", [("1", None), ("3", None)])):
        state = open_state(tmp_path / name)
        state.migrate(steps)
        with state.transaction() as connection:
            connection.executemany("INSERT INTO b_run VALUES (?, ?)", rows)
        copies.append(copy_of(state))
        state.close()
    put_copy(tmp_path / "both", joined(*copies, ["b_run"]))
    both = open_state(tmp_path / "both")
    with both.reading() as connection:
        assert connection.execute("SELECT * FROM b_run ORDER BY run").fetchall() == [
            ("1", "done"), ("2", None), ("3", None),
        ]  # fmt: skip
    both.close()
    assert joined(copies[0], b"x" * 5000, ["b_run"]) is None
    assert joined(*copies, ["none"]) is None
