from datetime import timedelta

import pytest

from kiro_worker.clock import stamp
from kiro_worker.ids import RunId
from kiro_worker.launch.port import LaunchRequest
from kiro_worker.launch.table import Jobs
from kiro_worker.lease.holder import this_holder
from kiro_worker.lease.port import Holder
from kiro_worker.orphan.age import size_of
from kiro_worker.run.registry import RunEntry
from kiro_worker.workspace.lock import Mark
from orphan.conftest import age, told

HOURS, DAYS = timedelta(hours=1), timedelta(days=1)

# Each place with the age at which what lies there goes.
PLACES = [
    ("homes/r-1/file", 2 * HOURS, "home", "r-1"),
    ("gates/r-1/file", 2 * HOURS, "gate", "r-1"),
    ("workspaces/r-1/file", 15 * DAYS, "workspace", "r-1"),
    ("quarantine/abc.git/file", 15 * DAYS, "quarantine", "abc.git"),
    ("mirrors/abc.git.new/file", 2 * DAYS, "mirror", "abc.git.new"),
    ("bases/tests/abc.json", 31 * DAYS, "base", "abc.json"),
    ("bases/checks/abc.json", 31 * DAYS, "base", "abc.json"),
    ("launch/job-1.log", 31 * DAYS, "log", "job-1.log"),
    ("trash/abc/file", 0 * DAYS, "trash", "abc"),
]


@pytest.fixture
def begun(shop):
    """A run as the list of runs has it."""

    def begin(run, holder=None, ago=timedelta()):
        shop.registry.begin(
            RunEntry(
                run=RunId(run), repository="/r", branch="b", spec="s", agent="a", holder=holder or this_holder(run),
                began=stamp(shop.clock.now() - ago),
            )
        )  # fmt: skip

    return begin


@pytest.mark.parametrize("place", PLACES, ids=[place[0] for place in PLACES])
async def test_what_is_old_enough_goes_and_its_neighbours_stay(swept, made, state, place):
    name, old, kind, what = place
    path = made(name, old)
    fresh = made(name.replace("abc", "new").replace("r-1", "r-2").replace("job-1", "job-2"), old * 0.4)
    dry = await swept(dry_run=True)
    assert (kind, what) in told(dry.gone)
    assert path.exists()
    result = await swept()
    assert (kind, what) in told(result.gone)
    assert result.failed == ()
    assert not path.exists()
    assert fresh.exists() == (kind != "trash")
    assert list((state / "trash").glob("*")) == []
    assert (await swept()).gone == ()


async def test_other_ages_can_be_asked_for_but_none_below_an_hour(swept, made):
    made("workspaces/r-1/file", 2 * DAYS)
    made("workspaces/r-2/file", HOURS / 2)
    assert told((await swept(dry_run=True)).gone) == []
    assert told((await swept(older=DAYS)).gone) == [("workspace", "r-1")]
    assert told((await swept(older=timedelta())).gone) == []


async def test_the_files_of_runs_go_only_when_that_is_asked_for(swept, made):
    path = made("runs/r-1/run.json", 91 * DAYS)
    assert (await swept()).gone == ()
    assert told((await swept(runs=True)).gone) == [("run", "r-1")]
    assert not path.exists()


async def test_nothing_of_a_run_that_the_list_of_runs_has_as_alive_is_touched(swept, made, begun):
    begun("r-1")
    for place in ("homes", "gates", "workspaces", "runs"):
        made(f"{place}/r-1/file", 400 * DAYS)
    result = await swept(runs=True, unpushed=True, older=HOURS)
    assert (result.gone, result.spared, result.failed) == ((), (), ())


async def test_nothing_of_a_run_that_holds_its_workspace_is_touched(swept, made, state):
    for place in ("homes", "gates", "workspaces", "runs"):
        made(f"{place}/r-1/file", 400 * DAYS)
    mark = Mark(state / "workspaces/r-1/alive")
    assert mark.take()
    age(state / "workspaces/r-1", 400 * DAYS)
    assert (await swept(runs=True, unpushed=True)).gone == ()
    mark.drop()
    age(state / "workspaces/r-1", 400 * DAYS)
    assert len((await swept(runs=True)).gone) == 4


async def test_nothing_of_a_run_of_the_queue_is_touched(swept, made, shop):
    jobs = Jobs(shop.state, shop.clock)
    jobs.put(LaunchRequest(token="t", run="r-1", repository="/r", branch="b"), "board")
    made("runs/r-1/file", 400 * DAYS)
    assert (await swept(runs=True)).gone == ()
    jobs.stop("t")
    assert told((await swept(runs=True)).gone) == [("run", "r-1")]


async def test_a_run_of_another_boot_counts_as_alive_for_no_longer_than_any_takes(swept, made, begun):
    elsewhere = Holder(run="", host="elsewhere", pid=1, started=1)
    begun("r-1", elsewhere, 13 * DAYS)
    begun("r-2", elsewhere, 15 * DAYS)
    made("homes/r-1/file", 2 * HOURS)
    made("homes/r-2/file", 2 * HOURS)
    assert told((await swept()).gone) == [("home", "r-2")]


async def test_a_link_is_neither_followed_nor_taken(swept, made, state, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("x")
    made("homes/r-1/file", 2 * HOURS)
    (state / "homes/r-2").symlink_to(outside)
    (state / "homes/r-1/link").symlink_to(outside)
    age(outside, 9 * DAYS)
    age(state / "homes/r-2", 9 * DAYS)
    age(state / "homes/r-1", 9 * DAYS)
    assert told((await swept()).gone) == [("home", "r-1")]
    assert (outside / "kept").exists()
    assert (state / "homes/r-2").is_symlink()


async def test_what_an_agent_closed_against_its_owner_goes_too(swept, made, state):
    path = made("homes/r-1/inner/deep/file", 2 * HOURS)
    path.parent.chmod(0)
    path.parent.parent.chmod(0)
    age(state / "homes/r-1", 2 * HOURS)
    assert ("home", "r-1") in told((await swept()).gone)
    assert not (state / "homes/r-1").exists()
    assert list((state / "trash").iterdir()) == []


async def test_what_is_one_file_under_several_names_is_no_gain(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a/own").write_bytes(b"x" * 100_000)
    (tmp_path / "shared").write_bytes(b"x" * 1_000_000)
    (tmp_path / "a/link").hardlink_to(tmp_path / "shared")
    assert 100_000 <= size_of(tmp_path / "a") < 200_000
    assert size_of(tmp_path / "nowhere") == 0
