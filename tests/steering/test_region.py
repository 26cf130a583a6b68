import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiro_worker.steering.region import BEGIN, END, joined, parted, unmarked

REGION = f"{BEGIN}\nOurs.\n{END}\n"


def lines(text: str) -> tuple[str, ...]:
    return tuple(text.splitlines(keepends=True))


@pytest.mark.parametrize(
    ("text", "rest", "regions"),
    [
        ("a\nb\n", "a\nb\n", 0),
        (f"a\n{REGION}b\n", "a\nb\n", 1),
        (f"a\n\n{REGION}\nb\n", "a\n\nb\n", 1),
        (f"a\n\n{REGION}", "a\n", 1),
        (f"{REGION}a\n", "a\n", 1),
        (f"{REGION}{REGION}", "", 2),
        (f"a\n{BEGIN}\n{END}", "a\n", 1),
        ("a\n  <!--kiro-worker:  local-->\nx\n\t<!-- kiro-worker: end  local -->  \n", "a\n", 1),
        (f"say `{BEGIN}`\n", f"say `{BEGIN}`\n", 0),
    ],
)
def test_local_regions_are_taken_out_with_the_line_that_sets_them_off(text, rest, regions):
    found = parted(text)
    assert ("".join(found.rest), len(found.regions), found.fault) == (rest, regions, "")
    assert joined(found, found.rest) == text


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (f"a\n{BEGIN}\nx\n", f"a local region is not ended; write {END} below it"),
        (f"a\n{END}\n", "line 2 ends a local region that was not begun"),
        (f"{BEGIN}\n{BEGIN}\n{END}\n{END}\n", "line 2 begins a local region within another"),
    ],
)
def test_marks_that_do_not_fit_are_told_and_taken_for_text(text, fault):
    found = parted(text)
    assert found.fault == fault
    assert "".join(found.rest) == text


@pytest.mark.parametrize(
    ("text", "new", "made"),
    [
        (f"a\nb\n{REGION}c\n", "a\nb\nc\nd\n", f"a\nb\n{REGION}c\nd\n"),
        (f"a\nb\n{REGION}c\n", "new\na\nb\nmore\nc\n", f"new\na\nb\n{REGION}more\nc\n"),
        (f"a\nb\n{REGION}c\n", "a\nc\n", f"a\n{REGION}c\n"),
        (f"a\nb\n{REGION}c\n", "a\nB\nC\nc\n", f"a\nB\nC\n{REGION}c\n"),
        (f"a\n\n{REGION}", "a\nb\n", f"a\nb\n\n{REGION}"),
        (f"a\n{REGION}", "x\ny\n", f"x\ny\n{REGION}"),
        (f"{REGION}a\n", "x\na\n", f"{REGION}x\na\n"),
        (f"a\n{REGION}", "", REGION),
        (f"---\nx: 1\n---\n{REGION}a\n", "---\ny: 3\nx: 2\n---\nb\n", f"---\ny: 3\nx: 2\n---\n{REGION}b\n"),
        (f"---\nx: 1\n---\n{REGION}a\n", "---\nx: 1\ny: 2\n---\n", f"---\nx: 1\ny: 2\n---\n{REGION}"),
        (f"a\n{BEGIN}\nx\n{END}", "a\nb", f"a\nb\n{BEGIN}\nx\n{END}"),
    ],
)
def test_regions_stay_where_they_were_when_the_rest_changes(text, new, made):
    assert joined(parted(text), lines(new)) == made


texts = st.lists(st.sampled_from(["a\n", "b\n", "\n", f"{BEGIN}\n", f"{END}\n", "c"]), max_size=12).map("".join)


@given(texts)
def test_taking_apart_and_joining_changes_nothing(text):
    found = parted(text)
    assert joined(found, found.rest) == text


@given(texts, st.lists(st.sampled_from(["a\n", "b\n", "\n", "d\n"]), max_size=8))
def test_no_line_of_a_region_and_none_of_the_new_text_is_lost(text, new):
    found = parted(text)
    made = joined(found, tuple(new)).splitlines(keepends=True)
    inside = [line.rstrip("\n") for region in found.regions for line in region.lines]
    assert sorted(line.rstrip("\n") for line in made) == sorted([*inside, *(line.rstrip("\n") for line in new)])


def test_the_marks_alone_can_be_taken_out():
    assert unmarked(f"a\n{REGION}b\n") == "a\nOurs.\nb\n"
    assert unmarked("a\n") == "a\n"
