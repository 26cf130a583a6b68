from hypothesis import given, settings
from hypothesis import strategies as st

from kiro_worker.forge.fences import fenced_spans, open_fence
from kiro_worker.forge.shorten import to_size


def log(size: int, letter: str) -> str:
    return f"```text\n{letter * size}\n```"


def test_what_fits_is_left_alone():
    assert to_size("a\nb", 3) == "a\nb"


def test_the_longest_log_gives_way_first_and_keeps_both_ends():
    text = f"Summary\n\n{log(100, 's')}\n\nMiddle\n\n```\nBEGIN{'l' * 5000}END\n```\n\nThe end"
    told = to_size(text, 1500)
    assert len(told) <= 1500
    assert "Summary" in told
    assert "Middle" in told
    assert "The end" in told
    assert log(100, "s") in told
    assert "BEGIN" in told
    assert "END\n```" in told
    assert "characters left out …]" in told


def test_prose_that_is_too_long_loses_its_end_and_says_so():
    told = to_size("\n".join(f"line {n}" for n in range(1000)), 1000)
    assert told.startswith("line 0\nline 1\n")
    assert told.endswith("the whole report is among the run's artifacts._")
    assert len(told) <= 1000


def test_what_is_cut_inside_a_fold_and_a_fence_is_closed():
    told = to_size("<details>\n<summary>s</summary>\n\n````\n" + "x\n" * 2000, 1000)
    assert open_fence(told) == ""
    assert told.count("</details>") == 1


def test_a_room_too_small_for_words_is_kept_to():
    assert len(to_size(log(1000, "x") * 3, 20)) <= 20


@settings(max_examples=100)
@given(
    st.lists(st.sampled_from(["```", "~~~", "````x", "<details>", "text", "x" * 300, "", "</details>"]), max_size=60),
    st.integers(0, 3000),
)
def test_the_room_is_always_kept_to(lines, room):
    text = "\n".join(lines)
    assert len(to_size(text, room)) <= max(0, room)


def test_the_insides_of_fences_are_found():
    text = "a\n```py\nx\ny\n```\n~~~\n```\n~~~\n```\nnever closed"
    assert [text[start:end] for start, end in fenced_spans(text)] == ["x\ny", "```"]
    assert open_fence(text) == "```"
