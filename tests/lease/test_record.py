from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiro_worker.lease import Holder, LeaseKey
from kiro_worker.lease.record import Record, record_in, record_text

names = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
numbers = st.integers(min_value=0, max_value=2**53 - 1)
holders = st.builds(Holder, run=names, host=names, pid=numbers, started=numbers)
moments = st.datetimes(timezones=st.just(UTC))
records = st.builds(Record, fence=numbers, beat=numbers, expires=moments, holder=st.none() | holders)


@given(record=records, key=st.text(max_size=200))
def test_what_is_written_is_read(record, key):
    assert record_in(record_text(LeaseKey(key), record)) == record


@given(text=st.text())
def test_any_text_is_read_or_none(text):
    assert record_in(text) is None or isinstance(record_in(text), Record)


GOOD = record_text(
    LeaseKey("main"),
    Record(
        fence=7, beat=1, expires=datetime(2026, 1, 1, tzinfo=UTC), holder=Holder(run="r", host="h", pid=1, started=2)
    ),
)


@pytest.mark.parametrize(
    ("what", "instead"),
    [
        ('"fence":7', '"fence":-1'),
        ('"fence":7', '"fence":7.5'),
        ('"fence":7', '"fence":true'),
        ('"fence":7', '"fence":9007199254740992'),
        ('"fence":7', '"fence":"7"'),
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00"),
        ("2026-01-01T00:00:00Z", "9999-99-99"),
        ("lease/1", "lease/2"),
        ('"run":"r"', '"run":null'),
        ('"run":"r"', f'"run":"{"r" * 2000}"'),
        ('"pid":1', '"pid":-1'),
        ("}", ""),
        ("{", "[" * 4000),
        ("{", " " * 9000 + "{"),
    ],
)
def test_a_record_that_is_not_quite_one_is_none(what, instead):
    assert record_in(GOOD) is not None
    assert what in GOOD
    assert record_in(GOOD.replace(what, instead)) is None


def test_a_moment_of_another_zone_is_the_same_moment():
    there = datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=9)))
    text = record_text(LeaseKey("a"), Record(fence=1, beat=0, expires=there, holder=None))
    assert record_in(text).expires == there
