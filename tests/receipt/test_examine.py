import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiro_worker.receipt.chain import GENESIS, Event, chained
from kiro_worker.receipt.examine import ChainState, examine
from receipt.making import lines, make, rechained, with_facts


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return tuple(lines(make(tmp_path_factory.mktemp("whole"))))


@pytest.fixture(scope="module")
def another(tmp_path_factory):
    return tuple(lines(make(tmp_path_factory.mktemp("another"), "r-2")))


def test_a_whole_receipt_has_no_fault(whole):
    seen = examine(whole)
    assert (seen.state, seen.run, seen.events, seen.fault, seen.line) == (ChainState.CLOSED, "r-1", 4, "", 0)
    assert seen.closing.events == 4


@pytest.mark.parametrize(
    ("tamper", "line", "words"),
    [
        (lambda it: [it[0].replace(b"r-1", b"r-2"), *it[1:]], 1, "was changed"),
        (lambda it: [*it[:2], it[2].replace(b"umlaut", b"UMLAUT"), *it[3:]], 3, "was changed"),
        (lambda it: [it[0], it[1].replace(b'":"', b'": "', 1), *it[2:]], 2, "was changed"),
        (lambda it: [it[0], with_facts(it[1], more=1), *it[2:]], 2, "was changed"),
        (lambda it: it[1:], 1, "beginning was cut off"),
        (lambda it: [it[0], *it[2:]], 2, "does not follow line 1"),
        (lambda it: [it[0], it[2], it[1], *it[3:]], 2, "does not follow line 1"),
        (lambda it: [it[1], it[0], *it[2:]], 1, "beginning was cut off"),
        (lambda it: [it[0], it[0], *it[1:]], 2, "does not follow line 1"),
        (lambda it: [b"[]\n", *it], 1, "not a whole event"),
        (lambda it: [it[0], b"\n", *it[1:]], 2, "not a whole event"),
        (lambda it: [*it, it[-1]], 6, "after the closing line"),
        (lambda it: [*it, b"x"], 6, "after the closing line"),
        (lambda it: [*it[:3], it[4]], 4, "does not follow line 3"),
        (lambda it: [], 1, "holds no event"),
    ],
)
def test_the_first_bad_line_is_named(whole, tamper, line, words):
    seen = examine(tamper(whole))
    assert (seen.state, seen.line) == (ChainState.BROKEN, line)
    assert words in seen.fault
    assert seen.closing is None


@pytest.mark.parametrize("kept", [1, 2, 3, 4])
def test_a_receipt_without_its_end_is_open(whole, kept):
    seen = examine(whole[:kept])
    assert (seen.state, seen.events, seen.torn) == (ChainState.OPEN, kept, False)


def test_a_line_that_was_not_finished_does_not_count(whole):
    for cut in (1, 2, 40):
        seen = examine([*whole[:2], whole[2][:-cut]])
        assert (seen.state, seen.events, seen.torn) == (ChainState.OPEN, 2, True)


def test_two_receipts_that_were_joined_show_even_with_hashes_made_anew(whole, another):
    assert examine([*whole, *another]).line == 6
    assert examine([*whole[:2], *another[2:]]).line == 3
    joined = examine(rechained([*whole[:4], *another[:4]]))
    assert (joined.line, "starts another run" in joined.fault) == (5, True)
    foreign = examine(rechained([*whole[:4], another[4]]))
    assert (foreign.line, "is of the run r-2" in foreign.fault) == (5, True)


def test_a_closing_line_that_counts_wrong_shows():
    first, before = chained(Event(number=1, at="t", name="run.started", facts={"run": "r-1"}), GENESIS)
    facts = {"run": "r-1", "events": 2, "last": before, "key": "", "public_key": "", "signature": ""}
    for wrong in ({}, {"events": 1, "last": "0" * 64}):
        closing, _ = chained(Event(number=2, at="t", name="receipt.closed", facts={**facts, **wrong}), before)
        assert "the closing line, counts" in examine([first, closing]).fault
    for wrong in ({"more": 1}, {"events": True}, {"signature": "AB=="}, {"key": "sha256:aa"}):
        closing, _ = chained(Event(number=2, at="t", name="receipt.closed", facts={**facts, **wrong}), before)
        assert "is not as a worker writes it" in examine([first, closing]).fault


@pytest.mark.parametrize(
    "first",
    [
        Event(number=1, at="t", name="step.started", facts={}),
        Event(number=1, at="t", name="run.started", facts={}),
        Event(number=1, at="t", name="run.started", facts={"run": 7}),
        Event(number=2, at="t", name="run.started", facts={"run": "r-1"}),
    ],
)
def test_a_chain_that_is_no_receipt_is_refused(first):
    assert examine([chained(first, GENESIS)[0]]).line == 1


@pytest.mark.parametrize(
    "line",
    [b"\xff\xfe\n", b'{"n":1}\n', b"[" * 100_000 + b"\n", b"1" * 10_000 + b"\n", b'{"n":true,"at":"","event":"","before":"","hash":""}\n', b"null\n"],
)  # fmt: skip
def test_any_bytes_are_refused_and_nothing_breaks(line):
    assert examine([line]).line == 1


@given(data=st.data())
def test_no_byte_of_a_receipt_can_be_changed(whole, data):
    raw = b"".join(whole)
    at = data.draw(st.integers(0, len(raw) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda each: each != raw[at]))
    changed = raw[:at] + bytes([byte]) + raw[at + 1 :]
    seen = examine(changed.splitlines(keepends=True) if b"\r" not in changed else [changed])
    assert seen.state is not ChainState.CLOSED


@given(data=st.data())
def test_no_end_of_a_receipt_can_be_cut_off(whole, data):
    raw = b"".join(whole)
    kept = data.draw(st.integers(0, len(raw) - 1))
    assert examine(raw[:kept].splitlines(keepends=True)).state is not ChainState.CLOSED


@given(data=st.data())
def test_no_lines_can_be_moved_taken_out_or_doubled(whole, data):
    chosen = data.draw(st.lists(st.integers(0, 4), max_size=8).filter(lambda them: them != [0, 1, 2, 3, 4]))
    assert examine([whole[at] for at in chosen]).state is not ChainState.CLOSED
