import subprocess

import pytest

from e2e.world import BRANCH


def settings(told):
    return {each["key"]: each for each in told["settings"]}


def test_each_value_is_shown_with_where_it_came_from(unrun):
    told = unrun("config", "show", "--json", "--agent", "mine", COVERAGE_THRESHOLD="85").json
    assert told["schema"] == "kiro-worker/config-show/1"
    found = settings(told)
    assert (found["agent.name"]["value"], found["agent.name"]["origin"]) == ("mine", "flag --agent")
    assert found["gates.coverage_threshold"]["origin"] == "environment COVERAGE_THRESHOLD"
    assert found["gates.test_command"]["value"] == ["sh", "check.sh"]
    assert found["gates.test_command"]["origin"] == ".kiro/worker.yaml:2:3 (base branch)"
    assert found["limits.run"]["origin"] == "default"
    row = next(line for line in unrun("config", "show").lines if line.startswith("gates.setup_command"))
    assert row.split() == ["gates.setup_command", "none", ".kiro/worker.yaml:4:3", "(base", "branch)"]


def test_only_those_from_one_place(unrun):
    rows = unrun("config", "show", "--origin", "base branch").lines
    assert {row.split()[0] for row in rows} == {
        "gates.setup_command", "gates.test_command", "gates.coverage_report", "gates.baseline",
    }  # fmt: skip
    assert unrun("config", "show", "--origin", "nowhere").lines == []
    assert len(unrun("config", "show", "--origin").lines) == len(unrun("config", "show").lines)


def test_the_working_tree_is_read_only_when_that_is_asked_for(fresh):
    (fresh.clone / ".kiro/worker.yaml").write_text("agent:\n  model: mine\ngates:\n  coverage_threshold: 10\n")
    assert settings(fresh("config", "show", "--json").json)["agent.model"]["value"] == ""
    fresh.world.remote.path.rename(fresh.world.remote.path.with_name("away.git"))
    local = fresh("config", "show", "--local", "--json").json
    assert settings(local)["agent.model"]["origin"] == ".kiro/worker.yaml:2:3"
    assert settings(local)["gates.coverage_threshold"]["origin"] == "default"
    assert any("base branch is not known" in warning for warning in local["warnings"])
    away = fresh("config", "show", "--json")
    assert (away.status, away.out) == (33, "")


def test_a_branch_that_was_never_pushed_has_the_settings_of_a_new_one(fresh):
    subprocess.run(["git", "checkout", "-q", "-b", "unpushed"], cwd=fresh.clone, check=True)
    said = fresh("config", "show", "--json")
    assert said.status == 0
    assert "has no branch unpushed" in said.err
    assert settings(said.json)["gates.coverage_report"]["value"] == "lcov.info"


def test_outside_of_a_clone_only_what_the_operator_says_is_shown(fresh, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    said = fresh("config", "show", "--json", cwd=outside)
    assert settings(said.json)["gates.test_command"]["origin"] == "default"
    assert "is in no clone" in said.err
    named = fresh("config", "show", "--json", "--repository", fresh.world.remote.url, "--branch", BRANCH, cwd=outside)
    assert settings(named.json)["gates.test_command"]["origin"].startswith(".kiro/worker.yaml:2:3")
    assert named.err == ""


def test_a_secret_that_somebody_put_into_a_setting_is_not_shown(unrun):
    token = "ghp_" + "0123456789" * 3 + "012345"
    for more in ((), ("--json",)):
        said = unrun("config", "show", "--origin", "flag", "--model", token, *more)
        assert "redacted" in said.out
        assert token not in said.out + said.err


def test_good_settings_pass_the_check(unrun):
    assert unrun("config", "check").lines == ["The settings are good."]
    told = unrun("config", "check", "--json").json
    assert (told["schema"], told["good"], told["faults"]) == ("kiro-worker/config-check/1", True, [])


def test_all_that_is_wrong_is_told_at_once(fresh):
    (fresh.clone / ".kiro/worker.yaml").write_text("agent:\n  modle: x\nlimits:\n  run: soon\n")
    wrong = ("--local", "--set", "gates.repair_rounds=99")
    said = fresh("config", "check", *wrong, RUN_TIMEOUT="x")
    assert said.status == 2
    assert any(line.startswith(".kiro/worker.yaml:2:3: ") and "agent.mode?" in line for line in said.lines)
    assert any(line.startswith(".kiro/worker.yaml:4:8: ") for line in said.lines)
    assert any("--repair-rounds" in line for line in said.lines)
    assert any("environment RUN_TIMEOUT" in line for line in said.lines)
    document = fresh("config", "check", "--json", *wrong, RUN_TIMEOUT="x")
    assert (document.status, document.json["good"], len(document.json["faults"])) == (2, False, len(said.lines))
    shown = fresh("config", "show", "--json", *wrong)
    assert (shown.status, shown.out) == (2, "")
    assert "config.invalid" in shown.err


@pytest.mark.parametrize("words", [("--set", "nothing"), ("--set", "=")])
def test_a_set_that_says_nothing_is_refused(unrun, words):
    said = unrun("config", "show", *words)
    assert (said.status, said.out) == (2, "")


def test_on_a_terminal_it_tells_that_it_asks_the_remote_and_takes_that_away_again(unrun):
    told = "reading the settings of the repository ...\r\x1b[2K"
    assert unrun("config", "check", terminal=True).err == told
    assert unrun("config", "check", "--local", terminal=True).err == ""


def test_what_is_wrong_only_here_is_not_called_good_without_a_word(fresh):
    (fresh.clone / ".kiro/worker.yaml").write_text("agent:\n  modle: x\n")
    (fresh.clone / "buildspec.yml").write_text("version: 0.2\n")
    said = fresh("config", "check")
    assert said.status == 0
    assert said.err.strip() == (
        f"A run does not see .kiro/worker.yaml, buildspec.yml as found here: on the remote's {BRANCH} it is not the same. "
        "To look at what is here, add --local."
    )


def test_other_line_ends_here_are_no_other_settings(fresh):
    path = fresh.clone / ".kiro/worker.yaml"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert fresh("config", "check").err == ""


def test_another_branch_than_the_one_that_is_checked_out_is_not_held_against_the_files_here(fresh):
    subprocess.run(["git", "switch", "-q", "-c", "elsewhere"], cwd=fresh.clone, check=True)
    (fresh.clone / ".kiro/worker.yaml").write_text("agent:\n  model: x\n")
    assert fresh("config", "check", "--branch", BRANCH).err == ""


@pytest.mark.parametrize("local", [True, False])
def test_a_policy_that_would_end_a_run_is_not_called_good(fresh, local):
    wrong = "security:\n  forbidden: 3\n"
    if local:
        (fresh.clone / ".kiro/config.yml").write_text(wrong)
    else:
        fresh.world.remote.commit({".kiro/config.yml": wrong.encode()})
    said = fresh("config", "check", *(("--local",) if local else ()))
    assert said.status == 2
    assert [line for line in said.lines if line.startswith(".kiro/config.yml:2:3: 'forbidden' means nothing here")]


def test_what_guards_here_is_looked_at_before_it_is_on_the_base_branch(fresh):
    text = 'env:\n  variables:\n    KIRO_AGENT_ARGS: "--effort high --trust-all-tools"\n'
    (fresh.clone / "buildspec.yml").write_text(text)
    said = fresh("config", "check", "--local")
    assert said.status == 2
    (line,) = said.lines
    assert line.startswith("buildspec.yml:3:22: agent.args holds '--trust-all-tools'")
