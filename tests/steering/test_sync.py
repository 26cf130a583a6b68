"""What becomes of a repository's steering files when the power that they come from has another version."""

import asyncio
import time
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiro_worker.power.lock import LOCK_PATH, Lock, read_lock, write_lock
from kiro_worker.steering.judge import State, beside, judge, paths_to_read
from kiro_worker.steering.region import BEGIN, END
from kiro_worker.steering.sync import Outcome, plan_sync
from steering.keeping import Shelf, locked, power

ONE = "# Git\n\nOne change each.\n\nNever push to main.\n\nName the task.\n"
TWO = ONE.replace("Name the task.", "Name the task and the issue.")
LOCAL = f"{BEGIN}\nOur branches begin with `x/`.\n{END}\n"
V1, V2 = power("1.0.0", {"git.md": ONE}), power("1.1.0", {"git.md": TWO})
GIT, CONFLICT = ".kiro/steering/git.md", ".kiro/steering/git.conflict.md"


def repository(text: str | None, **more: str) -> dict[str, bytes | None]:
    files = {GIT: text.encode() if text is not None else None}
    return {**files, **{f".kiro/steering/{name}": content.encode() for name, content in more.items()}}


async def synced(text: str | None, *, old=V1, new=V2, shelf: Shelf | None = None, **more: str):
    lock = Lock(powers=(locked(new, synced=old),))
    have = repository(text, **more)
    assert set(paths_to_read(lock)) >= {GIT, CONFLICT}
    return await plan_sync(lock, have, shelf or Shelf(V1, V2), blocked=None)


@pytest.mark.parametrize(
    ("text", "old", "new", "state"),
    [
        (ONE, V1, V1, State.CURRENT),
        (ONE.replace("\n", "\r\n"), V1, V1, State.CURRENT),
        (f"{ONE}\n{LOCAL}", V1, V1, State.CURRENT),
        (TWO, V1, V2, State.CURRENT),
        (f"{ONE}Ours.\n", V1, V1, State.LOCAL),
        (None, None, V1, State.MISSING),
        (None, V1, V1, State.MISSING),
        (ONE, V1, V2, State.OUTDATED),
        (f"{ONE}\n{LOCAL}", V1, V2, State.OUTDATED),
        (ONE.replace("main", "trunk"), V1, V2, State.BOTH),
        (ONE, None, V1, State.CURRENT),
        ("# Mine\n", None, V1, State.FOREIGN),
        (f"{ONE}{BEGIN}\n", V1, V1, State.BROKEN),
    ],
)
def test_how_a_file_stands_to_its_power_is_told_by_hashes_alone(text, old, new, state):
    (one,) = judge(Lock(powers=(locked(new, synced=old),)), repository(text))
    assert (one.state, one.path) == (state, GIT)


async def test_what_is_up_to_date_asks_for_no_power_and_writes_nothing():
    shelf = Shelf()
    lock = Lock(powers=(locked(V1, synced=V1),))
    plan = await plan_sync(lock, repository(ONE) | {LOCK_PATH: write_lock(lock)}, shelf)
    assert (plan.done, dict(plan.writes), shelf.asked) == ((), {}, 0)


async def test_a_missing_file_is_brought_and_the_lock_says_from_which_version():
    plan = await synced(None, old=None, new=V1)
    assert plan.writes[GIT] == ONE.encode()
    assert [(one.outcome, one.path) for one in plan.done] == [(Outcome.ADDED, GIT)]
    (after,) = read_lock(plan.writes[LOCK_PATH]).powers
    assert after.synced is not None
    assert (after.synced.version, set(after.synced.files)) == ("1.0.0", {"git.md"})


@pytest.mark.parametrize(
    ("before", "after", "outcome"),
    [
        (ONE, TWO, Outcome.UPDATED),
        (f"{ONE}\n{LOCAL}", f"{TWO}\n{LOCAL}", Outcome.UPDATED),
        (ONE.replace("\n", "\r\n"), TWO.replace("\n", "\r\n"), Outcome.UPDATED),
        (ONE.replace("One change", "1 change"), TWO.replace("One change", "1 change"), Outcome.MERGED),
        (f"# Own\n{ONE}".replace("Never", f"{LOCAL}Never"), f"# Own\n{TWO}".replace("Never", f"{LOCAL}Never"),
         Outcome.MERGED),
    ],
)  # fmt: skip
async def test_a_new_version_comes_in_and_what_was_changed_here_stays(before, after, outcome):
    plan = await synced(before)
    assert plan.writes[GIT].decode() == after
    assert [one.outcome for one in plan.done] == [outcome]
    again = await synced(after, old=V2)
    assert again.done == ()


async def test_a_place_that_both_changed_is_told_beside_the_file_which_stays():
    ours = ONE.replace("Name the task.", "Name nothing.")
    plan = await synced(ours)
    assert GIT not in plan.writes
    assert [(one.outcome, one.path, one.clashes) for one in plan.done] == [(Outcome.CONFLICT, CONFLICT, 1)]
    page = plan.writes[CONFLICT].decode()
    for words in ("inclusion: manual", "from 1.0.0 to 1.1.0", "Name nothing.", "Name the task and the issue.",
                  "line 7", "then delete this file"):  # fmt: skip
        assert words in page


async def test_a_conflict_waits_for_a_person_and_is_settled_when_its_file_is_gone():
    ours = ONE.replace("Name the task.", "Name nothing.")
    plan = await synced(ours)
    after = read_lock(plan.writes[LOCK_PATH])
    waiting = repository(ours) | {CONFLICT: plan.writes[CONFLICT]}
    assert [one.state for one in judge(after, waiting)] == [State.CONFLICT]
    assert (await plan_sync(after, waiting, Shelf(V1, V2))).done == ()
    settled = ONE.replace("Name the task.", "Name nothing but the issue.")
    assert [one.state for one in judge(after, repository(settled))] == [State.LOCAL]


async def test_a_conflict_that_waits_keeps_what_the_file_was_made_from():
    v3 = power("1.2.0", {"git.md": TWO + "More.\n"})
    lock = Lock(powers=(locked(v3, synced=V2),))
    waiting = repository(ONE) | {CONFLICT: b"x"}
    plan = await plan_sync(lock, waiting, Shelf(V1, V2, v3))
    (after,) = plan.lock.powers
    assert after.synced is not None
    assert after.synced.files == {"git.md": V2.steering["git.md"].sha256}


async def test_a_file_that_was_there_before_the_power_is_not_overwritten():
    plan = await synced("# Mine\n\nOne change each.\n", old=None, new=V1)
    assert GIT not in plan.writes
    assert "was here before the power `standards` 1.0.0" in plan.writes[CONFLICT].decode()


async def test_where_the_earlier_version_is_lost_every_difference_is_asked():
    plan = await synced(ONE.replace("One change", "1 change"), shelf=Shelf(V2, forgets=True))
    assert GIT not in plan.writes
    assert plan.done[0].clashes == 2


async def test_a_file_that_the_power_has_no_more_is_told_and_left():
    both = power("1.0.0", {"git.md": ONE, "old.md": "# Old\n"})
    lock = Lock(powers=(locked(V2, synced=both),))
    have = repository(ONE, **{"old.md": "# Old\n"})
    plan = await plan_sync(lock, have, Shelf(both, V2))
    assert {one.name: one.state for one in plan.found} == {"git.md": State.OUTDATED, "old.md": State.OBSOLETE}
    assert ".kiro/steering/old.md" not in plan.writes
    (after,) = plan.lock.powers
    assert set(after.synced.files) == {"git.md", "old.md"}


async def test_marks_of_local_regions_do_not_come_with_a_power():
    sly = power("1.0.0", {"git.md": f"a\n{BEGIN}\nb\n{END}\n"})
    plan = await synced(None, old=None, new=sly, shelf=Shelf(sly))
    assert plan.writes[GIT] == b"a\nb\n"


def test_two_powers_do_not_fight_over_one_file():
    other = power("3.0.0", {"git.md": "# Other\n"}, name="zeta")
    found = list(judge(Lock(powers=(locked(V1), locked(other))), repository(ONE)))
    assert [(one.power, one.state) for one in found] == [("standards", State.CURRENT), ("zeta", State.BROKEN)]
    assert "standards brings a file of that name" in found[1].reason


def test_what_is_no_plain_file_is_not_judged_by_what_it_leads_to():
    (one,) = judge(Lock(powers=(locked(V1),)), repository(None), blocked={GIT: "it is a link"})
    assert (one.state, one.reason) == (State.BROKEN, "it is a link")


def test_a_conflict_of_a_file_in_a_folder_lies_beside_it():
    assert beside("team/git.md") == ".kiro/steering/team/git.conflict.md"


async def test_a_hundred_files_are_planned_well_within_a_second():
    many = {f"{at}.md": ONE + f"Rule {at}.\n" * 40 for at in range(100)}
    old, new = power("1.0.0", many), power("1.1.0", {name: text + "New.\n" for name, text in many.items()})
    have = {f".kiro/steering/{name}": (text.replace("One", "1")).encode() for name, text in many.items()}
    began = time.perf_counter()
    plan = await plan_sync(Lock(powers=(locked(new, synced=old),)), have, Shelf(old, new))
    assert {one.outcome for one in plan.done} == {Outcome.MERGED}
    assert time.perf_counter() - began < 5


numbered = st.integers(2, 9).map(lambda many: [f"line {at}\n" for at in range(many)])
edits = st.lists(
    st.tuples(st.integers(0, 9), st.sampled_from(["ours\n", f"{BEGIN}\nours too\n{END}\n", ""])), max_size=3
)
theirs = st.lists(st.tuples(st.integers(0, 9), st.sampled_from(["new\n", ""])), max_size=3)


def edited(text: list[str], changes: list[tuple[int, str]]) -> str:
    """Lines with others put in before some; an empty one takes the line away."""
    made = list(text)
    for at, line in sorted(changes, reverse=True):
        place = at % (len(text) + 1)
        if line:
            made.insert(place, line)
        elif place < len(text):
            made[place] = ""
    return "".join(made)


@given(numbered, edits, theirs, st.booleans())
def test_nothing_of_a_repository_s_own_is_lost_without_a_word(base, mine, yours, known):
    before, ours, after = "".join(base), edited(base, mine), edited(base, yours)
    old, new = power("1.0.0", {"git.md": before}), power("1.1.0", {"git.md": after})
    lock = Lock(powers=(locked(new, synced=old if known else None),))
    plan = asyncio.run(plan_sync(lock, repository(ours), Shelf(old, new)))
    written = plan.writes.get(GIT)
    if written is not None:
        own = Counter(ours.splitlines()) - Counter(before.splitlines() if known else ())
        assert own <= Counter(written.decode().splitlines())
        # Once it is there, there is nothing more to do about it.
        (again,) = judge(plan.lock, repository(written.decode()))
        assert again.is_good
    for one in plan.done:
        assert (one.outcome is Outcome.CONFLICT) == (CONFLICT in plan.writes)
