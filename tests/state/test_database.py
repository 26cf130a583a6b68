import fcntl
import os
import sqlite3
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from kiro_worker.state import Migration, State, StateBroken, StateNewer, StateUnavailable, open_state

COUNTER = (
    Migration(
        owner="counter",
        number=1,
        sql="CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT; INSERT INTO counter VALUES ('a', 0);",
    ),
)


@pytest.fixture
def state(tmp_path):
    opened = open_state(tmp_path / "state")
    opened.migrate(COUNTER)
    yield opened
    opened.close()


def value(state: State) -> int:
    with state.reading() as connection:
        return connection.execute("SELECT value FROM counter").fetchone()[0]


def add_one(connection: sqlite3.Connection) -> None:
    (now,) = connection.execute("SELECT value FROM counter WHERE name = 'a'").fetchone()
    connection.execute("UPDATE counter SET value = ? WHERE name = 'a'", (now + 1,))


def test_only_the_owner_can_read_the_folder_and_every_file_in_it(state):
    with state.transaction() as connection:
        add_one(connection)
        assert stat.S_IMODE(state.path.parent.stat().st_mode) == 0o700
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in state.path.parent.iterdir()}
    assert modes == dict.fromkeys(("room", "state.db", "state.db-wal", "state.db-shm"), 0o600)


def test_a_folder_that_was_open_to_others_is_closed_to_them(tmp_path):
    (tmp_path / "state").mkdir(mode=0o755)
    open_state(tmp_path / "state").close()
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700


def test_the_file_is_durable_by_its_settings(state):
    with state.reading() as connection:
        told = [
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert told == ["wal", 2, 1]


def test_what_was_written_is_there_after_opening_again(tmp_path):
    first = open_state(tmp_path)
    first.migrate(COUNTER)
    with first.transaction() as connection:
        add_one(connection)
    first.close()
    again = open_state(tmp_path)
    again.migrate(COUNTER)
    assert value(again) == 1
    again.close()


def test_a_failed_transaction_leaves_nothing_behind(state):
    def half() -> None:
        with state.transaction() as connection:
            add_one(connection)
            raise LookupError

    with pytest.raises(LookupError):
        half()
    assert value(state) == 0


async def test_transactions_of_many_threads_do_not_lose_each_other(state):
    with ThreadPoolExecutor(8) as threads:

        def count() -> None:
            for _ in range(10):
                with state.transaction() as connection:
                    add_one(connection)

        for over in [threads.submit(count) for _ in range(8)]:
            over.result()
    await state.write(add_one)
    assert await state.read(lambda c: c.execute("SELECT value FROM counter").fetchone()[0]) == 81


def test_a_reader_sees_one_moment_and_keeps_no_writer_waiting(state):
    with state.reading() as reader:
        before = reader.execute("SELECT value FROM counter").fetchone()[0]
        writer = threading.Thread(target=lambda: _count_once(state))
        writer.start()
        writer.join(5)
        assert not writer.is_alive()
        assert reader.execute("SELECT value FROM counter").fetchone()[0] == before == 0
    assert value(state) == 1


def _count_once(state: State) -> None:
    with state.transaction() as connection:
        add_one(connection)


READ_AND_CLOSE = (
    "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT * FROM counter').fetchall(); c.close()"
)


def test_opening_again_in_one_process_does_not_drop_its_locks(state):
    with state.transaction() as connection:
        add_one(connection)
        open_state(state.path.parent).close()
        # Whoever closes last and finds no lock takes the log of writes away, under those who still use it.
        subprocess.run([sys.executable, "-c", READ_AND_CLOSE, str(state.path)], check=True)
        assert state.path.with_name("state.db-wal").exists()
    assert value(state) == 1


def test_openers_wait_for_each_other(tmp_path):
    held = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    with ThreadPoolExecutor(1) as thread:
        opening = thread.submit(open_state, tmp_path)
        with pytest.raises(TimeoutError):
            opening.result(0.2)
        assert not (tmp_path / "state.db").exists()
        os.close(held)
        opening.result(10).close()


OPEN_AND_COUNT = """
import sys
from pathlib import Path
from kiro_worker.state import Migration, open_state
steps = tuple(Migration(owner="counter", number=n, sql=s) for n, s in enumerate((
    "CREATE TABLE counter (value INTEGER NOT NULL) STRICT;", "INSERT INTO counter VALUES (0);"), 1))
state = open_state(Path(sys.argv[1]))
state.migrate(steps)
for _ in range(5):
    with state.transaction() as connection:
        connection.execute("UPDATE counter SET value = value + 1")
state.close()
"""

DIE_WHILE_WRITING = """
import os, signal, sys
from pathlib import Path
from kiro_worker.state import open_state
state = open_state(Path(sys.argv[1]))
with state.transaction() as connection:
    connection.execute("UPDATE counter SET value = 7")
with state.transaction() as connection:
    connection.execute("UPDATE counter SET value = 9")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_many_processes_may_open_and_migrate_a_fresh_folder_at_once(tmp_path):
    argv = [sys.executable, "-c", OPEN_AND_COUNT, str(tmp_path / "new")]
    started = [subprocess.Popen(argv, stderr=subprocess.PIPE, text=True) for _ in range(8)]
    assert [process.communicate()[1] for process in started] == [""] * 8
    with sqlite3.connect(tmp_path / "new" / "state.db") as connection:
        assert connection.execute("SELECT value FROM counter").fetchall() == [(40,)]
    connection.close()


def test_a_worker_that_is_killed_while_writing_leaves_the_last_whole_state(tmp_path):
    state = open_state(tmp_path)
    state.migrate(COUNTER)
    subprocess.run([sys.executable, "-c", DIE_WHILE_WRITING, str(tmp_path)], check=False)
    assert value(state) == 7
    with state.transaction() as connection:
        add_one(connection)
    state.close()


def test_a_damaged_file_is_named_with_its_cure_and_left_as_it_is(tmp_path):
    (tmp_path / "state.db").write_bytes(b"this is no database " * 100)
    with pytest.raises(StateBroken) as caught:
        open_state(tmp_path)
    assert str(tmp_path / "state.db") in caught.value.message
    assert f"mkdir {tmp_path}/broken.state.db && mv {tmp_path}/state.db* " in caught.value.next_step
    assert (tmp_path / "state.db").read_bytes().startswith(b"this is no database")


def test_a_page_damaged_later_is_found_when_it_is_read(tmp_path):
    state = open_state(tmp_path)
    state.migrate(COUNTER)
    with state.transaction() as connection:
        connection.executemany("INSERT INTO counter VALUES (?, 1)", [(f"{n:0200d}",) for n in range(500)])
    state.close()
    content = bytearray((tmp_path / "state.db").read_bytes())
    content[8192:-4096] = b"\xff" * (len(content) - 8192 - 4096)
    (tmp_path / "state.db").write_bytes(content)
    again = open_state(tmp_path)
    with pytest.raises(StateBroken, match="malformed"), again.reading() as connection:
        connection.execute("SELECT * FROM counter").fetchall()
    again.close()


def test_the_cure_for_a_damaged_file_works(tmp_path):
    (tmp_path / "state.db").write_bytes(b"no database" * 1000)
    (tmp_path / "state.db-wal").write_bytes(b"x")
    with pytest.raises(StateBroken) as caught:
        open_state(tmp_path)
    subprocess.run(["sh", "-c", caught.value.next_step.split(": ", 1)[1]], check=True)
    open_state(tmp_path).close()
    assert (tmp_path / "broken.state.db" / "state.db").exists()


def test_another_programs_database_is_not_touched(tmp_path):
    with sqlite3.connect(tmp_path / "state.db") as other:
        other.execute("CREATE TABLE theirs (x)")
    other.close()
    before = (tmp_path / "state.db").read_bytes()
    with pytest.raises(StateBroken, match="another program's database"):
        open_state(tmp_path)
    assert (tmp_path / "state.db").read_bytes() == before


def test_a_newer_layout_is_refused(tmp_path):
    open_state(tmp_path).close()
    with sqlite3.connect(tmp_path / "state.db") as other:
        other.execute("PRAGMA user_version = 99")
    other.close()
    with pytest.raises(StateNewer, match="version 99, this program knows 1"):
        open_state(tmp_path)


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StateUnavailable, match="cannot be used"):
        open_state(tmp_path / "file" / "state")


def test_an_old_sqlite_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    with pytest.raises(StateUnavailable, match=r"3\.37 is needed"):
        open_state(tmp_path)


def test_waiting_too_long_for_another_process_is_told(tmp_path):
    first, second = open_state(tmp_path), open_state(tmp_path, patience=0.05)
    with first.transaction(), pytest.raises(StateUnavailable, match="locked for too long"), second.transaction():
        pass
    first.close()
    second.close()


def test_a_full_disk_undoes_the_step_and_says_so(state):
    with state.transaction() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")

    def fill() -> None:
        with state.transaction() as connection:
            add_one(connection)
            connection.executemany("INSERT INTO counter VALUES (?, 1)", [(f"{n:0900d}",) for n in range(500)])

    with pytest.raises(StateUnavailable, match="the disk is full"):
        fill()
    assert value(state) == 0


def test_a_broken_constraint_is_the_callers_own(state):
    with pytest.raises(sqlite3.IntegrityError), state.transaction() as connection:
        connection.execute("INSERT INTO counter VALUES ('a', 1)")


def test_a_closed_state_says_that_it_is_closed(tmp_path):
    state = open_state(tmp_path)
    with state.reading():
        state.close()
    with pytest.raises(StateUnavailable, match="closed already"), state.reading():
        pass


def test_a_database_that_was_deleted_is_not_made_anew_unseen(tmp_path):
    state = open_state(tmp_path)
    (tmp_path / "state.db").unlink()
    with pytest.raises(StateUnavailable, match="cannot be opened"), state.reading():
        pass


def test_an_error_that_no_code_explains_is_left_as_it_is(state):
    with pytest.raises(sqlite3.ProgrammingError), state.reading() as connection:
        connection.execute("SELECT ?", ())


async def test_the_async_ways_read_and_write_in_a_thread(state):
    here = threading.get_ident()
    assert await state.read(lambda _: threading.get_ident()) != here
    assert await state.write(lambda _: threading.get_ident()) != here
