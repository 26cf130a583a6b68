import json

import pytest

from kiro_worker.clock import SystemClock
from kiro_worker.redact import Redactor, Secret
from kiro_worker.run.journal import GENESIS, Journal, chain_fault, read_events


@pytest.fixture
def path(tmp_path):
    return tmp_path / "r-1" / "events.jsonl"


@pytest.fixture
def written(path):
    with Journal(path, SystemClock(), Redactor((Secret("TOKEN", "s3cret-value-1"),))) as journal:
        heard = []
        journal.listeners.append(heard.append)
        journal.write("run.started", run="r-1", note="uses s3cret-value-1")
        journal.write("step.started", step="admit")
        journal.write("run.ended", seconds=1.5, text="umlaut ä\nline")
    assert [event.name for event in heard] == ["run.started", "step.started", "run.ended"]
    return path


def test_events_come_back_in_order_and_redacted(written):
    events = list(read_events(written))
    assert [event.number for event in events] == [1, 2, 3]
    assert events[0].facts["note"] == "uses [redacted:TOKEN]"
    assert events[2].facts == {"seconds": 1.5, "text": "umlaut ä\nline"}
    assert "s3cret" not in written.read_text()


def test_a_whole_receipt_has_no_fault(written):
    assert chain_fault(written.read_bytes().splitlines(keepends=True)) == ""
    assert json.loads(written.read_bytes().splitlines()[0])["before"] == GENESIS


@pytest.mark.parametrize(
    "tamper",
    [
        lambda lines: [lines[0].replace(b"r-1", b"r-2"), *lines[1:]],
        lambda lines: lines[1:],
        lambda lines: [lines[0], lines[2]],
        lambda lines: [lines[1], lines[0], lines[2]],
        lambda lines: [*lines[:2], lines[2][:-20]],
        lambda lines: [lines[0], lines[0], *lines[1:]],
        lambda lines: [b"[]\n", *lines],
    ],
)
def test_any_change_cut_or_reorder_shows(written, tamper):
    assert chain_fault(tamper(written.read_bytes().splitlines(keepends=True)))


def test_a_line_that_a_crash_cut_off_is_left_out(written):
    whole = written.read_bytes()
    written.write_bytes(whole[:-10])
    assert [event.number for event in read_events(written)] == [1, 2]


def test_only_the_owner_can_read_a_receipt(written):
    assert written.stat().st_mode & 0o777 == 0o600
    assert written.parent.stat().st_mode & 0o777 == 0o700
