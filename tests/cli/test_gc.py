import os
import signal
import time

from e2e.world import BRANCH
from kiro_worker.testing.git_remote import BareRemote


def aged(path, days):
    moment = time.time() - days * 86_400
    for each in (*(path.iterdir() if path.is_dir() else ()), path):
        os.utime(each, (moment, moment))


def test_a_machine_on_which_nothing_was_left_behind_says_so(fresh):
    said = fresh("gc")
    assert (said.status, said.out, said.err) == (0, "Nothing was left behind.\n", "")
    assert fresh("gc", "--json").json == {
        "schema": "kiro-worker/gc/1", "dry_run": False, "bytes": 0, "gone": [], "spared": [], "failed": [],
    }  # fmt: skip


def test_what_would_go_is_told_and_stays(kiro):
    before = {path for path in kiro.state.rglob("*") if not path.name.startswith("state.db")}
    told = kiro("gc", "--dry-run", "--json").json
    assert told["dry_run"] is True
    # The killed run's lease; what it was working with is too young.
    assert {each["kind"] for each in told["gone"]} <= {"lease", "trash"}
    assert [each["what"].endswith("feature/killed") for each in told["gone"] if each["kind"] == "lease"] == [True]
    assert before <= set(kiro.state.rglob("*"))
    assert kiro("gc", "--dry-run").lines[-1].endswith("Nothing was changed.")


def test_what_a_killed_run_left_goes_with_time_and_its_unpushed_work_only_when_that_is_given_up(fresh):
    world = fresh.world
    world.turn("1\\.1", {"write": "greet.txt", "content": "hello\n"}, {"say": "Done."})
    with world.running("--branch", BRANCH) as running:
        run = str(running.until(lambda event: event["event"] == "run.started")["run"])
        running.at_step("commit", "1.1")
        running.signal(signal.SIGKILL)
        running.end()
    assert (fresh.state / "workspaces" / run).is_dir()
    assert fresh("gc").status == 0
    assert (fresh.state / "workspaces" / run).is_dir()
    for place in ("workspaces", "homes", "gates"):
        if (fresh.state / place / run).is_dir():
            aged(fresh.state / place / run, 20)
    said = fresh("gc", "--unpushed", "--json")
    assert said.status == 0, said.err
    assert ("workspace", str(fresh.state / "workspaces" / run)) in {
        (each["kind"], each["what"]) for each in said.json["gone"]
    }
    assert not any((fresh.state / place / run).exists() for place in ("workspaces", "homes", "gates"))
    assert fresh("show", run).status == 0


def test_a_table_for_people_shows_no_terminal_code_of_anybody(fresh):
    place = fresh.state / "homes" / "r-\x1b[31m"
    place.mkdir(parents=True)
    aged(place, 2)
    said = fresh("gc", "--dry-run")
    assert said.lines[0].split() == ["KIND", "SIZE", "AGE", "WHAT"]
    assert said.lines[1].split()[0] == "home"
    assert "2 d" in said.lines[1]
    assert "\x1b" not in said.out


def test_refs_are_looked_at_on_the_remote_of_the_clone_here_or_of_the_repository_named(fresh, tmp_path):
    # The sample's commits are years old.
    fresh.world.remote.git("update-ref", "refs/kiro-worker/fence/gone", str(fresh.world.remote.tip(BRANCH)))
    here = fresh("gc", "--refs", "--dry-run", "--json").json
    other = BareRemote(tmp_path / "other.git")
    other.commit({"a": b"a"})
    elsewhere = fresh("gc", "--refs", "--dry-run", "--json", "--repository", other.url).json
    assert [each["what"] for each in here["gone"]] == ["refs/kiro-worker/fence/gone"]
    assert elsewhere["gone"] == []
    assert "refs/kiro-worker/fence/gone" in fresh.world.remote.refs()
    assert fresh("gc", "--refs").status == 0
    assert "refs/kiro-worker/fence/gone" not in fresh.world.remote.refs()


def test_a_remote_that_cannot_be_reached_is_told_with_an_exit_status_of_its_own(fresh, tmp_path):
    said = fresh("gc", "--refs", "--repository", str(tmp_path / "nowhere.git"))
    assert (said.status, said.lines) == (70, ["Nothing was left behind."])
    assert "git." in said.err


def test_an_age_is_a_number_of_days(fresh):
    for wrong in ("0", "-1", "some"):
        assert fresh("gc", "--older-than", wrong).status == 2
