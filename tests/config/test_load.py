import os
import subprocess
import sys
from datetime import timedelta

import pytest

from kiro_worker.config import Config, ConfigInvalid, Sources, repository_paths
from kiro_worker.config.key import keys
from kiro_worker.config.load import load
from kiro_worker.error import Fault

THRESHOLD = "gates.coverage_threshold"
ROUNDS = "gates.repair_rounds"


def both(files):
    """Sources of a branch that is as its base."""
    return {"branch": files, "base": files}


def where_from(loaded, name):
    setting = loaded.settings[name]
    return setting.value, setting.origin


def flaws(**sources):
    with pytest.raises(ConfigInvalid) as invalid:
        load(Sources(**sources))
    return [str(flaw) for flaw in invalid.value.flaws]


def test_without_any_source_everything_is_the_default():
    loaded = load(Sources())
    assert loaded.config == Config()
    assert {setting.origin for setting in loaded.settings.values()} == {"default"}
    assert loaded.warnings == ()
    assert set(loaded.settings) == set(keys())


def test_the_strongest_source_counts_and_is_named():
    files = {
        ".kiro/environments/staging.yaml": b"gates:\n  repair_rounds: 4\n",
        ".kiro/worker.yaml": b"gates:\n  repair_rounds: 5\n",
        "buildspec.yml": b"env:\n  variables:\n    REPAIR_ROUNDS: '6'\n",
    }
    given = {
        "flags": {ROUNDS: "1"},
        "variables": {"KIRO_WORKER_GATES_REPAIR_ROUNDS": "2", "REPAIR_ROUNDS": "3", "ENVIRONMENT": "staging"},
        **both(files),
        "user": b"gates: {repair_rounds: 7}",
    }
    expected = [
        (1, "flag --repair-rounds", lambda: given.pop("flags")),
        (
            2,
            "environment KIRO_WORKER_GATES_REPAIR_ROUNDS",
            lambda: given["variables"].pop("KIRO_WORKER_GATES_REPAIR_ROUNDS"),
        ),
        (3, "environment REPAIR_ROUNDS", lambda: given["variables"].pop("REPAIR_ROUNDS")),
        (4, ".kiro/environments/staging.yaml:2:3", lambda: given["variables"].pop("ENVIRONMENT")),
        (5, ".kiro/worker.yaml:2:3", lambda: files.pop(".kiro/worker.yaml")),
        (6, "buildspec.yml:3:20", lambda: files.pop("buildspec.yml")),
        (7, "~/.config/kiro-worker/config.yaml:1:9", lambda: given.pop("user")),
        (2, "default", lambda: None),
    ]
    for value, origin, weaken in expected:
        loaded = load(Sources(**given))
        assert where_from(loaded, ROUNDS) == (value, origin)
        assert loaded.config.gates.repair_rounds == value
        weaken()


@pytest.mark.parametrize("name", sorted(keys()))
def test_every_setting_can_be_set_by_its_long_variable(name):
    key = keys()[name]
    text = {
        bool: "true" if key.default is False else "false",
        int: str(next(number for number in (3, 2, 1) if number != key.default and number <= (key.most or number))),
        float: "91",
        timedelta: "77s",
    }.get(key.type)
    text = text or {
        "web address": "https://example.com/x", "repository": "acme/shop", "branch pattern": "x-{id}", "home file": ".netrc-x", "variable": "AA_TOKEN", "absolute path": "/opt/aa", "clone address": "git@{host}:{repository}.git", "bucket": "aaa", "table": "aaa",
    }.get(key.form) or (next(choice for choice in reversed(key.choices) if choice and choice != key.default) if key.choices else "aa=b" if name in {"spec.branches", "agent.models", "gates.coverage_paths"} else "aa=2" if name == "dispatch.per_column" else "aa")  # fmt: skip
    files = both({".kiro/environments/production.yaml": b""}) if name == "environment" else {}
    also = {
        "forge.app_id": {"FORGE_INSTALLATION_ID": "111"}, "forge.installation_id": {"FORGE_APP_ID": "111"},
        "artifact.store": {"ARTIFACT_BUCKET": "111"},
        "launch.kind": {"LAUNCH_PROJECT": "aaa", "LEASE_STORE": "dynamodb", "LEASE_TABLE": "aaa"},
    }.get(name, {})  # fmt: skip
    variables = {key.long_variable: text} | {f"KIRO_WORKER_{each}": value for each, value in also.items()}
    loaded = load(Sources(variables=variables, **files))
    if key.stricter == "earlier" and key.choices.index(text) > key.choices.index(key.default):
        # An operator alone cannot loosen it.
        assert where_from(loaded, name) == (key.default, "default")
        return
    assert loaded.settings[name].origin == f"environment {key.long_variable}"
    section, _, field = name.rpartition(".")
    assert getattr(getattr(loaded.config, section) if section else loaded.config, field) == loaded.settings[name].value
    assert loaded.settings[name].value != key.default or name == "lease.store"


def test_an_empty_variable_is_not_set():
    assert load(Sources(variables={"COVERAGE_THRESHOLD": "", "KIRO_WORKER_AGENT_NAME": ""})).config == Config()


def test_a_flag_that_was_not_given_is_not_set():
    assert load(Sources(flags={"agent.name": None})).config == Config()


def test_all_values_of_a_file_arrive():
    content = b"""
agent: {name: opencode, protocol: acp, args: [--effort, high], model: m, variables: [OPENAI_API_KEY], files: [~/.config/opencode]}
branch: {base: main, pattern: "w/{spec}-{id}", update_base: merge}
spec: {name: a, include_optional: true, only: [2.1, 2.2], branches: {feature/x: x}}
gates: {setup_command: none, test_command: [make, test], coverage_threshold: 90, each_task: true}
limits: {run: 2h, turn: 90}
commit: {author_name: A, author_email: a@example.com}
forge: {kind: github, repository: acme/shop, create_pull_request: false}
lease: {store: gitref}
workspace:
remote: upstream
"""
    config = load(Sources(**both({".kiro/worker.yaml": content}))).config
    assert config.agent.args == ("--effort", "high")
    assert config.spec.only == ("2.1", "2.2")
    assert config.spec.branches == (("feature/x", "x"),)
    assert config.gates.test_command == ("make", "test")
    assert config.limits.run == timedelta(hours=2)
    assert config.limits.turn == timedelta(seconds=90)
    assert config.forge.create_pull_request is False
    assert config.remote == "upstream"


def test_every_fault_is_told_at_once_in_the_order_of_its_place():
    told = flaws(
        flags={"agent.nam": "x", ROUNDS: "many"},
        variables={"COVERAGE_THRESHOLD": "high", "KIRO_WORKER_GATES_COVERAGE_TRESHOLD": "80"},
        user=b"limits: {run: soon}",
        branch={
            ".kiro/worker.yaml": b"gates:\n  coverage_treshold: 80\n  repair_rounds: 99\nagent: 3\nagnt: {}\ncoverage_threshold: 3\n",
            "buildspec.yml": b"env:\n  variables:\n    REPAIR_ROUNDS: x\n    LIST: [1]\n",
        },
    )
    assert told == [
        "environment COVERAGE_THRESHOLD: is 'high'; write a number from 0 to 100",
        "environment KIRO_WORKER_GATES_COVERAGE_TRESHOLD: 'KIRO_WORKER_GATES_COVERAGE_TRESHOLD' is no setting; did you mean KIRO_WORKER_GATES_COVERAGE_THRESHOLD?",
        "flag 'agent.nam': 'agent.nam' is no setting; did you mean agent.name?",
        "flag --repair-rounds: is 'many'; write a whole number from 0 to 20",
        ".kiro/worker.yaml:2:3: 'gates.coverage_treshold' is no setting; did you mean gates.coverage_threshold?",
        ".kiro/worker.yaml:3:18: gates.repair_rounds is 99; write a whole number from 0 to 20",
        ".kiro/worker.yaml:4:8: agent is a section; write its settings below it, as `key: value`",
        ".kiro/worker.yaml:5:1: 'agnt' is no setting; did you mean agent?",
        ".kiro/worker.yaml:6:1: 'coverage_threshold' is no setting; did you mean gates.coverage_threshold?",
        "buildspec.yml:3:20: REPAIR_ROUNDS is 'x'; write a whole number from 0 to 20",
        "buildspec.yml:4:11: env.variables.LIST is no text; write one value, in quotes where it is not plain text",
        "~/.config/kiro-worker/config.yaml:1:15: limits.run is 'soon'; write a time such as 90s, 30m, 2h or a number of seconds",
    ]


def test_the_error_says_that_nothing_was_started_and_what_to_do():
    with pytest.raises(ConfigInvalid) as invalid:
        load(Sources(flags={ROUNDS: "x", "limits.run": "x"}))
    error = invalid.value
    assert error.fault is Fault.CONFIG
    assert error.lines()[0].startswith(
        "config.invalid: 2 settings cannot be used; nothing was started.\n  flag --limits-run: "
    )
    assert error.next_step == "Correct what is named, then look again: kiro-worker config check"


def test_a_fault_never_shows_a_token():
    token = "ghp_" + "a1B2" * 9
    with pytest.raises(ConfigInvalid) as invalid:
        load(Sources(variables={"KIRO_WORKER_FORGE_TOKEN_VARIABLE": f"{token}-x", "COVERAGE_THRESHOLD": token}))
    assert token not in "\n".join(invalid.value.lines())
    assert "write the name, not the value" in str(invalid.value)


def test_a_fault_of_both_branches_is_told_once_and_one_of_the_base_says_so():
    broken = {".kiro/worker.yaml": b"x: 1\n"}
    assert len(flaws(branch=broken, base=dict(broken))) == 1
    assert flaws(base=broken) == [".kiro/worker.yaml:1:1 (base branch): 'x' is no setting; remove it"]


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({".kiro/config.yaml": b"", ".kiro/config.yml": b""}, ".kiro/config.yml:1:1: .kiro/config.yaml is there too, and only one can count; remove one"),
        ({"buildspec.yml": b"", "buildspec.yaml": b""}, "buildspec.yaml:1:1: buildspec.yml is there too, and only one can count; remove one"),
        ({".kiro/worker.yml": b""}, ".kiro/worker.yml:1:1: this file is not read; rename it to .kiro/worker.yaml"),
        ({".kiro/environments/test.yml": b""}, ".kiro/environments/test.yml:1:1: this file is not read; rename it to .kiro/environments/test.yaml"),
        ({".kiro/worker.yaml": b"- a\n"}, ".kiro/worker.yaml:1:1: settings are a mapping; write `section:` and below it `key: value`"),
        ({".kiro/config.yaml": b"[1]"}, ".kiro/config.yaml:1:1: this file is a mapping; write `security:` or `governance:` at its top"),
        ({".kiro/config.yaml": b"a: [1"}, ".kiro/config.yaml:1:"),
        ({".kiro/worker.yaml": b"a: \xff"}, ".kiro/worker.yaml:1:4: this is not UTF-8; save the file as UTF-8"),
    ],
)  # fmt: skip
def test_files_that_cannot_be_used_are_named(files, told):
    (flaw,) = flaws(branch=files)
    assert flaw.startswith(told)


def test_the_policy_of_kiros_own_file_is_kept_as_it_stands_and_the_rest_is_kiros():
    content = b"telemetry: off\nsecurity:\n  denied_commands: [sudo]\ngovernance: {require_approval: []}\n"
    for path in (".kiro/config.yaml", ".kiro/config.yml"):
        policy = load(Sources(base={path: content}, branch={path: b"security: {}"})).policy
        assert set(policy) == {"security", "governance"}
        assert policy["security"].find("denied_commands").items[0].text == "sudo"
        assert str(policy["governance"].place) == f"{path}:4:13"
    assert load(Sources(branch={".kiro/config.yaml": content})).policy == {}


def test_a_named_environment_needs_its_file_before_anything_runs():
    (told,) = flaws(variables={"ENVIRONMENT": "staging"}, **both({".kiro/environments/test.yaml": b""}))
    assert told == (
        "environment ENVIRONMENT: the environment staging has no settings: .kiro/environments/staging.yaml is not in the "
        "repository; add that file (it may be empty) or choose another environment"
    )


@pytest.mark.parametrize(
    "files", [{"branch": {".kiro/environments/staging.yaml": b""}}, {"base": {".kiro/environments/staging.yaml": b""}}]
)
def test_the_file_of_an_environment_may_be_empty_and_on_either_branch(files):
    assert load(Sources(flags={"environment": "staging"}, **files)).config.environment == "staging"


def test_only_the_chosen_environments_file_is_read():
    files = {
        ".kiro/environments/test.yaml": b"gates: {repair_rounds: 1}\n",
        ".kiro/environments/production.yaml": b"not: [valid\n",
    }
    loaded = load(Sources(variables={"ENVIRONMENT": "test"}, **both(files)))
    assert loaded.config.gates.repair_rounds == 1


def test_an_environments_own_file_cannot_choose_another():
    (told,) = flaws(
        flags={"environment": "test"}, **both({".kiro/environments/test.yaml": b"environment: production\n"})
    )
    assert told.startswith(".kiro/environments/test.yaml:1:1: an environment's own file cannot choose the environment")


def test_the_branch_cannot_choose_the_environment():
    loaded = load(Sources(branch={".kiro/worker.yaml": b"environment: production\n"}, base={}))
    assert loaded.config.environment == ""
    assert "sets environment to 'production'" in loaded.warnings[0]


def test_the_files_to_fetch_are_known():
    assert set(repository_paths()) >= {
        ".kiro/worker.yaml",
        ".kiro/config.yaml",
        ".kiro/config.yml",
        ".kiro/environments/test.yaml",
        ".kiro/environments/staging.yaml",
        ".kiro/environments/production.yaml",
        "buildspec.yml",
        "buildspec.yaml",
    }


def test_loading_without_files_imports_nothing_heavy():
    code = (
        "import sys; from kiro_worker.config import Sources; from kiro_worker.config.load import load; load(Sources(variables={'COVERAGE_THRESHOLD': '90'})); "
        "print([m for m in ('yaml', 'difflib', 'httpx', 'msgspec', 'asyncio', 'ahocorasick_rs') if m in sys.modules])"
    )
    environment = {**os.environ, "COVERAGE_PROCESS_START": ""}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.strip() == "[]"
