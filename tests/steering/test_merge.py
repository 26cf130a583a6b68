import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiro_worker.steering.merge import compared, merged

BASE = ("one\n", "two\n", "three\n", "four\n", "five\n")


def text(*words: str) -> tuple[str, ...]:
    return tuple(f"{word}\n" for word in words)


@pytest.mark.parametrize(
    ("ours", "theirs", "made"),
    [
        (BASE, text("one", "2", "three", "four", "five"), text("one", "2", "three", "four", "five")),
        (text("1", "two", "three", "four", "five"), text("one", "two", "three", "four", "5"),
         text("1", "two", "three", "four", "5")),
        (text("one", "three", "four", "five"), (*BASE, "six\n"), text("one", "three", "four", "five", "six")),
        ((*BASE, "six\n"), (*BASE, "six\n"), (*BASE, "six\n")),
        ((), BASE, ()),
    ],
)  # fmt: skip
def test_changes_in_different_places_are_joined(ours, theirs, made):
    found = merged(BASE, ours, theirs)
    assert (found.clashes, found.lines) == ((), made)


def test_a_place_that_both_changed_is_shown_with_all_three_sides():
    found = merged(BASE, text("one", "2", "three", "four", "five"), text("one", "II", "three", "four", "FIVE"))
    (clash,) = found.clashes
    assert (clash.line, clash.base, clash.ours, clash.theirs) == (2, ("two\n",), ("2\n",), ("II\n",))
    assert found.lines == text("one", "2", "three", "four", "FIVE")


def test_removed_here_and_changed_there_is_for_a_person():
    (clash,) = merged(BASE, text("one", "three", "four", "five"), text("one", "II", "three", "four", "five")).clashes
    assert (clash.ours, clash.theirs) == ((), ("II\n",))


def test_without_a_common_beginning_every_difference_is_for_a_person():
    found = compared(text("a", "b", "c"), text("a", "B", "c", "d"))
    assert [(one.line, one.ours, one.theirs) for one in found.clashes] == [(2, ("b\n",), ("B\n",)), (4, (), ("d\n",))]
    assert found.lines == text("a", "b", "c")


sides = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "d\n"]), max_size=8).map(tuple)


@given(sides, sides)
def test_what_only_one_side_changed_is_taken_whole(base, side):
    for found in (merged(base, side, base), merged(base, base, side), merged(base, side, side)):
        assert found.clashes == ()
        assert found.lines == side


@given(sides, sides, sides)
def test_sides_may_change_places(base, ours, theirs):
    one, other = merged(base, ours, theirs), merged(base, theirs, ours)
    assert len(one.clashes) == len(other.clashes)
    assert one.clashes or one.lines == other.lines


@settings(max_examples=15)
@given(sides, sides, sides)
def test_what_is_merged_without_asking_is_what_git_merges(tmp_path_factory, base, ours, theirs):
    """Git's diff may pair equal lines otherwise, so only texts whose lines are all different are held against it."""
    if any(len(set(side)) < len(side) for side in (base, ours, theirs)):
        return
    folder: Path = tmp_path_factory.mktemp("merge")
    for name, side in (("base", base), ("ours", ours), ("theirs", theirs)):
        (folder / name).write_text("".join(side))
    git = subprocess.run(
        ["git", "merge-file", "-p", "ours", "base", "theirs"], cwd=folder, capture_output=True, text=True, check=False
    )
    found = merged(base, ours, theirs)
    if not found.clashes and git.returncode == 0:
        assert "".join(found.lines) == git.stdout
