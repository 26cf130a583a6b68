from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from kiro_worker.agent.acp.lines import Lines


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=8))
def test_however_a_stream_is_cut_its_lines_are_the_same(stream, cuts):
    lines, places = Lines(), sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    blocks = [lines.feed(stream[start:end]) for start, end in pairwise(places)]
    assert all(block.endswith(b"\n") for block in blocks if block)
    assert b"".join(blocks) + lines.rest() == stream


@given(st.lists(st.integers(0, 40), max_size=12), st.integers(1, 9))
def test_only_lines_that_are_too_long_are_left_out(sizes, piece):
    stream = b"".join(b"%d" % (size % 10) * size + b"\n" for size in sizes)
    lines = Lines(longest=20)
    kept = b"".join(lines.feed(stream[start : start + piece]) for start in range(0, len(stream), piece))
    wanted = [b"%d" % (size % 10) * size for size in sizes]
    found = kept.split(b"\n")[:-1]
    assert [line for line in found if len(line) <= 20 - piece] == [line for line in wanted if len(line) <= 20 - piece]
    assert all(len(line) <= 20 + piece for line in found)
    assert len(found) + lines.left_out == len(wanted)


def test_memory_is_bounded_while_a_line_never_ends():
    lines = Lines(longest=1000)
    for _ in range(1000):
        assert lines.feed(b"x" * 100) == b""
    assert sum(map(len, lines._open)) <= 1000
    assert lines.feed(b"end\nnext\n") == b"next\n"
