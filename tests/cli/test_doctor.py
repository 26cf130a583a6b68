import shutil
import subprocess

import pytest

from e2e.standards import GIT, ONE, TWO, Standards
from e2e.world import BRANCH
from kiro_worker.power.lock import LOCK_PATH


@pytest.fixture
def agent(fresh):
    """A word for the recorded agent, which is there and needs no login."""
    fresh.world.honest()
    return fresh.world.agent


def health(told):
    return {each["name"]: each["health"] for each in told["checks"]}


def check(told, name):
    return next(each for each in told["checks"] if each["name"] == name)


def test_where_nothing_is_wrong_a_run_can_begin(fresh, agent):
    said = fresh("doctor", "--agent", agent)
    assert said.status == 0, said.out
    rows = {line.split()[1]: line for line in said.lines if line.split()[:1] == ["ok"]}
    assert rows["git"].startswith("ok       git        2.")
    assert rows["branch"].endswith(f"{BRANCH}, committed and pushed")
    assert rows["spec"].endswith("greeting: 4 tasks to do")
    assert rows["tests"].endswith("gates.test_command, and its tools are there")
    assert said.lines[-1].startswith("A run can begin")


def test_the_document_names_each_check(fresh, agent):
    told = fresh("doctor", "--agent", agent, "--json").json
    assert (told["schema"], told["good"]) == ("kiro-worker/doctor/1", True)
    assert list(health(told)) == [
        "python", "git", "state", "processes", "isolation", "leftovers", "clone", "branch", "remote", "settings",
        "spec", "agent", "forge", "board", "tests", "checks", "standards",
    ]  # fmt: skip


def test_nothing_is_written_but_the_worker_s_own_state(fresh, agent):
    def seen(folder):
        return {path: path.lstat().st_mtime_ns for path in folder.rglob("*")}

    clone, remote = seen(fresh.clone), seen(fresh.world.remote.path)
    assert fresh("doctor", "--agent", agent).status == 0
    assert (seen(fresh.clone), seen(fresh.world.remote.path)) == (clone, remote)
    assert not list((fresh.state / "homes").iterdir())


def test_every_fault_is_told_and_the_first_one_makes_the_exit_status(fresh):
    (fresh.clone / ".kiro/specs/greeting/tasks.md").write_text("changed\n")
    said = fresh("doctor", "--agent", "/no/such/agent acp", "--forge", "github", "--json")
    told = said.json
    assert (said.status, told["good"]) == (2, False)
    assert [name for name, each in health(told).items() if each == "fault"] == ["branch", "agent", "forge"]
    assert check(told, "branch")["code"] == "start.spec-uncommitted"
    assert "git commit" in check(told, "branch")["cure"]
    assert check(told, "agent")["code"] == "agent.not-ready"
    assert health(told)["tests"] == "ok"


def test_an_agent_that_nobody_is_logged_in_to_is_no_fault_of_the_settings(fresh):
    said = fresh("doctor", "--forge", "github", "--repository", fresh.world.remote.url, "--branch", BRANCH, "--json")
    assert said.status in {2, 3, 23}
    assert check(said.json, "agent")["cure"]


def test_an_unpushed_branch_is_told_with_the_command_and_the_rest_is_looked_at(fresh, agent):
    subprocess.run(
        ["git", "-c", "user.name=A", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "more"],
        cwd=fresh.clone,
        check=True,
    )
    told = fresh("doctor", "--agent", agent, "--json").json
    assert check(told, "branch")["code"] == "start.branch-unpushed"
    assert health(told)["spec"] == "ok"


def test_outside_of_a_clone_what_needs_none_is_still_looked_at(fresh, agent, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    said = fresh("doctor", "--agent", agent, cwd=outside)
    assert said.status == 2
    assert "skipped  spec       not looked at: see remote" in said.lines
    told = fresh("doctor", "--agent", agent, "--json", cwd=outside).json
    assert health(told)["agent"] == "ok"
    assert check(told, "settings")["says"].startswith("yours can be used")
    assert (health(told)["clone"], health(told)["forge"]) == ("fault", "skipped")


def test_a_named_repository_needs_no_clone(fresh, agent, tmp_path):
    words = ("doctor", "--agent", agent, "--json", "--repository", fresh.world.remote.url)
    told = fresh(*words, "--branch", BRANCH, cwd=tmp_path).json
    assert told["good"]
    assert "in a clone only" in check(told, "tests")["says"]
    assert fresh(*words, "--new-branch", cwd=tmp_path).json["checks"][7]["says"] == "a new one"
    assert check(fresh(*words, cwd=tmp_path).json, "branch")["code"] == "start.head-detached"


def test_a_remote_that_is_gone_spoils_only_what_needs_it(fresh, agent):
    fresh.world.remote.path.rename(fresh.world.remote.path.with_name("away.git"))
    said = fresh("doctor", "--agent", agent, "--json")
    told = said.json
    assert said.status == 33
    assert [name for name, each in health(told).items() if each == "fault"] == ["remote"]
    assert [name for name, each in health(told).items() if each == "skipped"] == [
        "spec",
        "tests",
        "checks",
        "standards",
    ]


def test_wrong_settings_of_the_operator_are_told_with_those_of_the_repository(fresh, agent):
    told = fresh("doctor", "--agent", agent, "--json", RUN_TIMEOUT="soon").json
    assert check(told, "settings")["code"] == "config.invalid"
    assert "RUN_TIMEOUT" in check(told, "settings")["says"]
    assert health(told)["agent"] == "skipped"
    assert health(told)["remote"] == "ok"


def test_a_policy_that_would_end_a_run_is_a_fault(fresh, agent):
    fresh.world.remote.commit({".kiro/config.yaml": b"security:\n  forbidden: 3\n"})
    told = fresh("doctor", "--agent", agent, "--json").json
    assert (told["good"], check(told, "settings")["code"]) == (False, "policy.invalid")
    assert "'forbidden' means nothing here" in check(told, "settings")["says"]


def test_settings_that_were_changed_here_alone_are_told(fresh, agent):
    (fresh.clone / ".kiro/worker.yaml").write_text("agent:\n  model: x\n")
    told = fresh("doctor", "--agent", agent, "--json").json
    assert (told["good"], check(told, "settings")["health"]) == (True, "warning")
    assert "A run does not see .kiro/worker.yaml as found here" in check(told, "settings")["says"]


def test_settings_that_do_not_count_and_specs_with_errors_are_warnings(fresh, agent):
    fresh.world.remote.commit(
        {
            ".kiro/worker.yaml": b"gates:\n  coverage_threshold: 1\n",
            ".kiro/specs/greeting/tasks.md": b"- [ ] 1. A\n- [ ] 1. B\n",
        },
        branch=BRANCH,
    )
    subprocess.run(["git", "pull", "-q"], cwd=fresh.clone, check=True)
    said = fresh("doctor", "--agent", agent)
    assert said.status == 0
    assert "warning  spec       greeting: 2 tasks to do, 1 error in its files" in said.lines
    assert "                    cure: kiro-worker spec check greeting" in said.lines
    assert any(line.startswith("warning  settings") for line in said.lines)


def test_a_spec_that_cannot_be_told_or_has_no_task_is_a_fault(fresh, agent):
    told = fresh("doctor", "--agent", agent, "--spec", "none", "--json").json
    assert check(told, "spec")["code"] == "spec.missing"
    fresh.world.remote.commit({".kiro/specs/greeting/tasks.md": b"# Nothing\n"}, branch=BRANCH)
    subprocess.run(["git", "pull", "-q"], cwd=fresh.clone, check=True)
    told = fresh("doctor", "--agent", agent, "--spec", "greeting", "--json").json
    assert check(told, "spec")["code"] == "spec.no-tasks"
    fresh.world.remote.commit({".kiro/specs/greeting/tasks.md": b"- [ ] 1. A\n- [] 2. B\n"}, branch=BRANCH)
    subprocess.run(["git", "pull", "-q"], cwd=fresh.clone, check=True)
    told = fresh("doctor", "--agent", agent, "--spec", "greeting", "--json").json
    assert check(told, "spec")["code"] == "spec.tasks-unread"


def test_tests_that_nobody_can_find_are_a_fault_with_a_cure(fresh, agent):
    fresh.world.remote.commit({".kiro/worker.yaml": None})
    told = fresh("doctor", "--agent", agent, "--json").json
    assert health(told)["tests"] == "fault"
    assert "gates.test_command" in check(told, "tests")["cure"]


def test_checks_that_would_be_run_are_named_and_what_is_missing_is_a_warning(fresh, agent):
    told = check(fresh("doctor", "--agent", agent, "--json").json, "checks")
    assert (told["health"], told["says"].startswith("none are named")) == ("ok", True)
    settings = subprocess.run(
        ["git", "show", "main:.kiro/worker.yaml"], cwd=fresh.world.remote.path, capture_output=True, check=True
    ).stdout
    fresh.world.remote.commit(
        {
            ".kiro/worker.yaml": settings + b"checks:\n  - {name: style, command: make style}\n"
            b"  - {name: links, command: [no-such-program, x]}\n"
        }
    )
    told = check(fresh("doctor", "--agent", agent, "--json").json, "checks")
    assert (told["health"], told["says"].startswith("style, links; links could not be run")) == ("warning", True)
    assert "`checks:`" in told["cure"]


def test_runs_that_were_killed_are_named_with_what_they_left(kiro):
    told = kiro("doctor", "--json").json
    left = check(told, "leftovers")
    assert left["health"] == "warning"
    assert kiro.ids["died"] in left["says"]
    assert "1 kept working tree" in left["says"]
    assert left["cure"].startswith(f"kiro-worker resume {kiro.ids['died']}")


def test_a_state_folder_that_cannot_be_used_is_told_and_all_else_is_looked_at(fresh, agent):
    fresh.state.parent.mkdir(parents=True, exist_ok=True)
    fresh.state.write_text("a file, where a folder belongs")
    said = fresh("doctor", "--agent", agent, "--json")
    assert said.status == 70
    assert check(said.json, "state")["code"].startswith("state.")
    assert [name for name, each in health(said.json).items() if each == "fault"] == ["state"]


def test_a_machine_without_git_says_so_first(fresh, agent, tmp_path):
    empty = tmp_path / "bin"
    empty.mkdir()
    said = fresh("doctor", "--agent", agent, "--json", PATH=str(empty))
    assert said.status == 2
    assert check(said.json, "git")["code"] == "process.not-started"
    assert health(said.json)["clone"] == "fault"


@pytest.mark.parametrize(("version", "found"), [("2.37.1", "warning"), ("2.20.0", "fault")])
def test_an_old_git_is_told(fresh, agent, tmp_path, version, found):
    folder = tmp_path / "old"
    folder.mkdir()
    git = folder / "git"
    answer = f'if [ "$1" = version ]; then echo git version {version}; exit; fi'
    git.write_text(f'#!/bin/sh\n{answer}\nexec {shutil.which("git")} "$@"\n')
    git.chmod(0o755)
    path = f"{folder}:{fresh.world.variables('laptop')['PATH']}"
    told = fresh("doctor", "--agent", agent, "--json", PATH=path).json
    assert health(told)["git"] == found


def test_on_a_terminal_it_tells_what_it_is_looking_at_and_takes_that_away_again(fresh, agent):
    said = fresh("doctor", "--agent", agent, terminal=True, NO_COLOR="1")
    assert "looking at remote ...\r\x1b[2Kok       remote" in said.out
    assert "looking at" not in fresh("doctor", "--agent", agent).out


def test_a_board_that_cannot_be_used_is_told_and_ends_no_run_that_is_begun_by_hand(fresh):
    said = fresh("doctor", "--board", "github", "--json")
    board = next(each for each in said.json["checks"] if each["name"] == "board")
    assert (board["health"], "board.owner" in board["says"], bool(board["cure"])) == ("warning", True, True)
    board = next(each for each in fresh("doctor", "--json").json["checks"] if each["name"] == "board")
    assert (board["health"], "local" in board["says"]) == ("ok", True)


# The standards


@pytest.fixture
def standards(fresh) -> Standards:
    """Version 1.0.0 of a power is what the repository has."""
    made = Standards(fresh.world.folder)
    old = made.publish("1.0.0", git=ONE)
    fresh.world.remote.commit({LOCK_PATH: made.lock(old, "1.0.0", old, "1.0.0"), GIT: ONE.encode()}, branch="main")
    return made


def told_of_standards(fresh, agent):
    words = ("doctor", "--agent", agent, "--repository", fresh.world.remote.url, "--new-branch", "--json")
    return check(fresh(*words).json, "standards")


def test_standards_that_are_current_are_good(fresh, agent, standards):
    told = told_of_standards(fresh, agent)
    assert (told["health"], told["says"]) == ("ok", "1 of 1 steering files of standards 1.0.0 are up to date")


def test_a_newer_version_of_the_standards_is_told_with_how_to_get_it(fresh, agent, standards):
    standards.publish("1.1.0", git=TWO)
    told = told_of_standards(fresh, agent)
    assert told["health"] == "warning"
    assert told["says"].splitlines()[1] == "standards 1.1.0 is out, and 1.0.0 is here"
    assert told["cure"] == "kiro-worker power update --pull-request"


def test_a_source_of_standards_that_is_away_is_no_fault(fresh, agent, standards):
    standards.remote.path.rename(fresh.world.folder / "away")
    told = told_of_standards(fresh, agent)
    assert told["health"] == "warning"
    assert told["says"].splitlines()[1].startswith("standards: ")


def test_steering_files_that_are_not_current_are_named(fresh, agent, standards):
    fresh.world.remote.commit({".kiro/steering/git.conflict.md": b"x"}, branch="main")
    told = told_of_standards(fresh, agent)
    assert told["health"] == "warning"
    assert ".kiro/steering/git.md is conflict" in told["says"]


def test_a_power_that_is_wanted_and_not_installed_is_told(fresh, agent):
    settings = fresh.world.remote.read(".kiro/worker.yaml", "main") + b"powers:\n  - name: tea\n    source: ../tea\n"
    fresh.world.remote.commit({".kiro/worker.yaml": settings}, branch="main")
    assert told_of_standards(fresh, agent)["says"] == "not installed: tea"
