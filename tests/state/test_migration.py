import sqlite3

import pytest

from kiro_worker.state import Migration, StateNewer, open_state


def step(number: int, sql: str, owner: str = "things") -> Migration:
    return Migration(owner=owner, number=number, sql=sql)


ONE = step(1, "CREATE TABLE thing (name TEXT NOT NULL) STRICT;")
TWO = step(2, "ALTER TABLE thing ADD COLUMN size INTEGER; INSERT INTO thing VALUES ('a;b', 1);")


@pytest.fixture
def state(tmp_path):
    opened = open_state(tmp_path)
    yield opened
    opened.close()


def rows(state):
    with state.reading() as connection:
        return connection.execute("SELECT * FROM thing").fetchall()


def test_only_missing_steps_are_taken(state):
    state.migrate((ONE,))
    with state.transaction() as connection:
        connection.execute("INSERT INTO thing VALUES ('old')")
    state.migrate((ONE, TWO))
    state.migrate((ONE, TWO))
    assert rows(state) == [("old", None), ("a;b", 1)]


def test_a_newer_database_is_refused_with_both_versions(tmp_path):
    first = open_state(tmp_path)
    first.migrate((ONE, step(2, "DROP TABLE thing;")))
    first.close()
    older = open_state(tmp_path)
    with pytest.raises(StateNewer, match="things tables are at version 2, this program knows 1"):
        older.migrate((ONE,))
    older.close()


def test_a_failing_step_takes_none_of_its_steps(state):
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        state.migrate((ONE, step(2, "INSERT INTO missing VALUES (1);")))
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        rows(state)
    state.migrate((ONE,))
    assert rows(state) == []


def test_owners_do_not_know_of_each_other(state):
    state.migrate((ONE,))
    state.migrate((step(1, "CREATE TABLE other (x INTEGER) STRICT;", owner="others"),))
    assert rows(state) == []


@pytest.mark.parametrize(
    "steps",
    [(), (TWO,), (ONE, ONE), (TWO, ONE), (ONE, step(2, "SELECT 1;", owner="others")), (ONE, step(3, "SELECT 1;"))],
)
def test_steps_out_of_order_are_a_programming_error(state, steps):
    with pytest.raises(ValueError, match="numbered from 1"):
        state.migrate(steps)


@pytest.mark.parametrize("sql", ["CREATE TABLE thing (x INTEGER)", "SELECT 1; SELECT 'a;", "SELECT 1; SELECT 2"])
def test_an_unfinished_statement_is_a_programming_error(state, sql):
    with pytest.raises(ValueError, match="does not end"):
        state.migrate((step(1, sql),))


def test_the_refusal_of_a_newer_database_reads_plainly(tmp_path):
    fault = StateNewer(path=tmp_path / "state.db", owner="lease", found=3, known=2)
    assert fault.lines()[0] == (
        f"state.newer: The state database {tmp_path / 'state.db'} was written by a newer Kiro Worker: "
        "its lease tables are at version 3, this program knows 2."
    )
