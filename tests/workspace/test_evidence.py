"""The ref that holds the evidence of a branch."""

from hypothesis import given
from hypothesis import strategies as st

from kiro_worker.git.name import full_ref
from kiro_worker.workspace.evidence import evidence_ref

PARTS = st.text(st.sampled_from("abé%-_.2F"), min_size=1, max_size=150).filter(
    lambda part: ".." not in part and not part.startswith(".") and not part.endswith((".", ".lock"))
)
NAMES = st.lists(PARTS, min_size=1, max_size=4).map("/".join)


@given(NAMES, NAMES)
def test_no_two_branches_share_a_ref_and_none_is_in_the_others_way(one, other):
    first, second = evidence_ref(one), evidence_ref(other)
    assert (first == second) == (one == other)
    assert not second.startswith(f"{first}/")


@given(NAMES)
def test_every_ref_is_one_that_git_and_a_file_system_take(name):
    ref = evidence_ref(name)
    assert full_ref(ref) == ref
    assert len(ref.rpartition("/")[2].encode()) <= 255
