"""The ref that holds the evidence of a branch."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiro_worker.git.name import full_ref
from kiro_worker.testing.workspace_contract import BRANCH, prepared
from kiro_worker.workspace.evidence import LastEvidence, evidence_ref

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


REF = evidence_ref(BRANCH)


def asked(calls):
    """The words that git was told to ask a remote with."""
    return [call.args[0] for call in calls if call.network]


async def test_whoever_keeps_evidence_again_asks_the_remote_once(workspaces, remote, calls):
    first = await prepared(workspaces, "r-1", 1)
    calls.clear()
    await first.keep_evidence(b"one")
    await first.keep_evidence(b"two")
    assert asked(calls) == ["push", "push"]
    second = await prepared(workspaces, "r-2", 2)
    calls.clear()
    await second.keep_evidence(b"three")
    assert asked(calls) == ["push"]
    assert remote.git("cat-file", "blob", REF) == "three"


async def test_evidence_of_another_machine_is_looked_at_and_taken_the_place_of(make, remote, calls):
    here, there = make(), make()
    await (await prepared(here, "r-1", 1)).keep_evidence(b"one")
    await (await prepared(there, "r-2", 2)).keep_evidence(b"two")
    last = await prepared(here, "r-3", 3)
    calls.clear()
    await last.keep_evidence(b"three")
    assert asked(calls) == ["push", "ls-remote", "push"]
    assert remote.git("cat-file", "blob", REF) == "three"
    await last.keep_evidence(b"four")
    assert remote.git("cat-file", "blob", REF) == "four"


async def test_evidence_that_another_machine_kept_already_needs_no_look(make, remote, calls):
    here, there = make(), make()
    await (await prepared(there, "r-1", 1)).keep_evidence(b"same")
    again = await prepared(here, "r-2", 2)
    calls.clear()
    await again.keep_evidence(b"same")
    assert asked(calls) == ["push"]
    await again.keep_evidence(b"other")
    assert remote.git("cat-file", "blob", REF) == "other"


@pytest.mark.parametrize("content", [b"same", b"other"])
async def test_evidence_that_somebody_took_away_is_kept_again(workspaces, remote, content):
    workspace = await prepared(workspaces)
    await workspace.keep_evidence(b"same")
    remote.git("update-ref", "-d", REF)
    await workspace.keep_evidence(content)
    assert remote.git("cat-file", "blob", REF) == content.decode()


@pytest.mark.parametrize("note", [b"", b"no object", b"\xff", b"a" * 41])
def test_a_note_that_is_none_is_not_believed(tmp_path, note):
    last = LastEvidence(tmp_path, REF)
    assert last.read() is None
    (tmp_path / "kiro-worker").mkdir()
    last.write("a" * 40)
    assert last.read() == "a" * 40
    (kept,) = (tmp_path / "kiro-worker/evidence").iterdir()
    kept.write_bytes(note)
    assert last.read() is None


def test_where_no_note_can_be_written_nothing_happens(tmp_path):
    last = LastEvidence(tmp_path / "gone", REF)
    last.write("a" * 40)
    assert last.read() is None
