"""Whose lines a branch's files are made of: held against what `git blame` says, and against hand-made histories."""

import difflib

from hypothesis import given
from hypothesis import strategies as st

from kiro_worker.changeset import Hunk
from kiro_worker.evidence.lines import carried, numbers, owners_of, spans
from kiro_worker.workspace.change import Commit, CommitLines


def commit(oid, files, *, merge=False, **trailers):
    told = tuple((name.replace("_", "-"), value) for name, value in trailers.items())
    return CommitLines(commit=Commit(oid=oid, subject="", author="", trailers=told), merge=merge, files=files)


def hunks_between(old, new):
    """What `git diff -U0` would say of two lists of lines."""
    found = []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            found.append(Hunk(a + (b > a), b - a, c + (d > c), d - c))
    return tuple(found)


def test_lines_keep_their_writer_through_later_commits():
    owned = owners_of(
        [
            commit("a", {"x.py": (Hunk(0, 0, 1, 5),)}),
            commit("b", {"x.py": (Hunk(0, 0, 1, 2), Hunk(3, 1, 5, 1))}),
        ]
    )
    assert owned == {"x.py": {1: "b", 2: "b", 3: "a", 4: "a", 5: "b", 6: "a", 7: "a"}}


def test_lines_that_a_merge_brings_are_nobodys_and_move_those_that_are_there():
    owned = owners_of(
        [
            commit("a", {"x.py": (Hunk(0, 0, 1, 1),)}),
            commit("m", {"x.py": (Hunk(0, 0, 1, 3),), "y.py": (Hunk(0, 0, 1, 1),)}, merge=True),
        ]
    )
    assert owned == {"x.py": {4: "a"}, "y.py": {}}


def test_a_repair_of_the_whole_branch_mends_the_lines_of_others():
    first = commit("a", {"x.py": (Hunk(0, 0, 1, 3),)}, Kiro_Task="1")
    hunks = {"x.py": (Hunk(2, 1, 2, 2), Hunk(3, 0, 5, 1))}
    assert owners_of([first, commit("r", hunks, Kiro_Kind="repair")])["x.py"] == {
        1: "a",
        2: "a",
        3: "a",
        4: "a",
        5: "r",
    }
    at_task = commit("r", hunks, Kiro_Kind="repair", Kiro_Task="2")
    assert owners_of([first, at_task])["x.py"] == {1: "a", 2: "r", 3: "r", 4: "a", 5: "r"}


def test_a_deleted_file_has_no_lines_and_a_new_one_of_its_name_starts_afresh():
    gone = [commit("a", {"x.py": (Hunk(0, 0, 1, 3),)}), commit("b", {"x.py": (Hunk(1, 3, 0, 0),)})]
    assert owners_of(gone) == {"x.py": {}}
    assert owners_of([*gone, commit("c", {"x.py": (Hunk(0, 0, 1, 1),)})]) == {"x.py": {1: "c"}}


@given(st.lists(st.lists(st.sampled_from("abcd"), max_size=12), min_size=2, max_size=5))
def test_a_line_that_is_told_to_be_of_a_commit_says_what_that_commit_wrote(versions):
    made = [
        commit(str(at), {"x": hunks_between(old, new)})
        for at, (old, new) in enumerate(zip([[], *versions], versions, strict=False))
    ]
    owned = owners_of(made)["x"]
    assert set(owned) == set(range(1, len(versions[-1]) + 1)), "every line is somebody's"
    for line, oid in owned.items():
        assert versions[-1][line - 1] in versions[int(oid)]


@given(st.lists(st.sampled_from("abc"), max_size=15), st.lists(st.sampled_from("abc"), max_size=15))
def test_carried_lines_say_the_same_as_before(old, new):
    moved = carried(range(1, len(old) + 1), hunks_between(old, new))
    assert all(old[then - 1] == new[now - 1] for then, now in moved.items())
    assert len(moved) == sum(
        block.size for block in difflib.SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    )


@given(st.sets(st.integers(1, 60)))
def test_line_numbers_come_back_as_they_were(lines):
    assert numbers(spans(lines)) == lines


def test_numbers_from_outside_cannot_fill_the_memory():
    assert len(numbers("1-99999999999999")) <= 1_000_001
    assert len(numbers("1-900000, " * 100_000)) <= 1_000_001
    assert numbers("-, 1-2-3, ٣x") == frozenset()
