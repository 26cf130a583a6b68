import errno
import json
import os

import pytest

from kiro_worker.clock import SystemClock
from kiro_worker.receipt.chain import lines_of
from kiro_worker.receipt.examine import ChainState, examine
from kiro_worker.redact import Redactor, Secret
from kiro_worker.run.journal import GENESIS, Journal, read_events
from kiro_worker.testing.clock import HandClock


@pytest.fixture
def path(tmp_path):
    return tmp_path / "r-1" / "events.jsonl"


@pytest.fixture
def written(path):
    with Journal(path, SystemClock(), Redactor((Secret("TOKEN", "s3cret-value-1"),))) as journal:
        heard = []
        journal.listeners.append(heard.append)
        journal.write("run.started", run="r-1", note="uses s3cret-value-1")
        journal.jot("tool.ended", title="umlaut ä\nline")
        journal.write("run.ended", seconds=1.5)
        journal.close("r-1")
    assert [event.name for event in heard] == ["run.started", "tool.ended", "run.ended", "receipt.closed"]
    return path


def test_events_come_back_in_order_and_redacted(written):
    events = list(read_events(written))
    assert [event.number for event in events] == [1, 2, 3, 4]
    assert events[0].facts["note"] == "uses [redacted:TOKEN]"
    assert events[1].facts == {"title": "umlaut ä\nline"}
    assert "s3cret" not in written.read_text()


def test_the_first_event_names_no_other_and_the_last_counts_the_rest(written):
    assert json.loads(written.read_bytes().splitlines()[0])["before"] == GENESIS
    assert json.loads(written.read_bytes().splitlines()[-1])["events"] == 3
    assert examine(lines_of(written)).state is ChainState.CLOSED


def test_a_line_that_a_crash_cut_off_is_left_out(written):
    whole = written.read_bytes()
    written.write_bytes(whole[:-10])
    assert [event.number for event in read_events(written)] == [1, 2, 3]


def test_only_the_owner_can_read_a_receipt(written):
    assert written.stat().st_mode & 0o777 == 0o600
    assert written.parent.stat().st_mode & 0o777 == 0o700


def test_nobody_goes_on_with_a_receipt_that_is_there(written):
    with pytest.raises(FileExistsError):
        Journal(written, SystemClock(), Redactor())


def test_a_receipt_is_not_written_through_a_link(path, tmp_path):
    path.parent.mkdir()
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match=r"File exists|symbolic"):
        Journal(path, SystemClock(), Redactor())
    assert not (tmp_path / "elsewhere").exists()


def test_what_an_agent_says_that_is_no_text_is_written_all_the_same(path):
    with Journal(path, SystemClock(), Redactor()) as journal:
        journal.write("run.started", run="r-1")
        journal.jot("tool.ended", title="half \ud800 a pair")
        journal.close("r-1")
    path.read_bytes().decode("utf-8")
    assert examine(lines_of(path)).state is ChainState.CLOSED
    assert list(read_events(path))[1].facts["title"] == "half \ud800 a pair"


def test_an_event_has_a_size_and_says_what_is_missing(path):
    with Journal(path, SystemClock(), Redactor()) as journal:
        journal.write("run.started", run="r-1")
        event = journal.write("changes.inspected", files=[{"path": "x" * 200}] * 100_000)
        journal.close("r-1")
    assert event.facts["cut"]["entries"] >= 80_000
    assert path.stat().st_size < 8 * 1024 * 1024
    assert examine(lines_of(path)).state is ChainState.CLOSED


def synced(monkeypatch):
    """How often the disk was asked to keep what it was given."""
    calls = []
    real = os.fdatasync

    def counting(file):
        calls.append(file)
        real(file)

    monkeypatch.setattr(os, "fdatasync", counting)
    return calls


def test_a_flood_of_tool_calls_does_not_wait_for_the_disk_each_time(path, monkeypatch):
    calls, clock = synced(monkeypatch), HandClock()
    with Journal(path, clock, Redactor()) as journal:
        journal.write("run.started", run="r-1")
        for number in range(1000):
            journal.jot("tool.ended", title=str(number))
        assert len(calls) == 1
        # All of it has left this process: a kill would lose none.
        assert len(list(read_events(path))) == 1001
        clock.advance(1.5)
        journal.jot("tool.ended", title="later")
        assert len(calls) == 2
        journal.write("turn.ended")
        assert len(calls) == 3


def test_a_disk_that_takes_no_more_does_not_stop_the_telling(path):
    with Journal(path, SystemClock(), Redactor()) as journal:
        journal.write("run.started", run="r-1")
        full = os.open("/dev/full", os.O_WRONLY)
        os.dup2(full, journal._file)
        os.close(full)
        heard = []
        journal.listeners.append(heard.append)
        journal.write("run.noted", note="lost")
        journal.close("r-1")
    assert journal.broken is not None
    assert journal.broken.errno == errno.ENOSPC
    assert [event.name for event in heard] == ["run.noted", "receipt.closed"]
    assert examine(lines_of(path)).state is ChainState.OPEN
