import json

from kiro_worker.config import Sources, check
from kiro_worker.config.key import keys
from kiro_worker.config.load import load
from kiro_worker.config.show import show

WORKER = ".kiro/worker.yaml"


def test_each_setting_is_a_line_with_its_value_and_where_it_came_from():
    files = {WORKER: b"limits:\n  run: 90m\n"}
    lines = show(load(Sources(flags={"agent.args": "--effort 'very high'"}, branch=files)), json=False)
    assert len(lines) == len(keys())
    rows = {line.split()[0]: line for line in lines}
    assert rows["limits.run"].split() == ["limits.run", "90m", ".kiro/worker.yaml:2:3"]
    assert "--effort 'very high'  " in rows["agent.args"]
    assert rows["agent.args"].endswith("  flag --agent-args")
    assert rows["spec.name"].split() == ["spec.name", "default"]


def test_warnings_follow_the_table():
    lines = show(load(Sources(branch={WORKER: b"gates: {coverage: off}"}, base={})), json=False)
    assert lines[-1].startswith("warning: .kiro/worker.yaml:1:9 sets gates.coverage to 'off'")


def test_the_same_is_there_as_data():
    shown = show(load(Sources(flags={"limits.run": "90m", "agent.args": ["-v"]})), json=True)
    assert json.loads(json.dumps(shown)) == shown
    assert shown["schema"] == "kiro-worker/config-show/1"
    found = {entry["key"]: entry for entry in shown["settings"]}
    assert found["limits.run"] == {
        "key": "limits.run",
        "value": 5400.0,
        "text": "90m",
        "origin": "flag --limits-run",
        "guards": False,
    }
    assert found["agent.args"]["value"] == ["-v"]
    assert shown["warnings"] == []


def test_a_secret_in_a_setting_is_not_shown():
    token = "ghp_" + "a1B2" * 9
    loaded = load(
        Sources(flags={"agent.args": f"--key {token}", "gates.test_command": f"curl https://u:{'pw' * 9}@x/ && make"})
    )
    for shown in (json.dumps(show(loaded, json=True)), "\n".join(show(loaded, json=False))):
        assert token not in shown
        assert "pwpw" not in shown
        assert "[redacted:github-token]" in shown


def test_nothing_in_a_value_reaches_the_terminal_as_a_command():
    lines = show(load(Sources(flags={"agent.model": "a\x1b[2Jb\nc"})), json=False)
    assert all(line.isprintable() for line in lines)


def test_a_long_value_is_cut_for_people_only():
    loaded = load(Sources(flags={"agent.model": "m" * 500}))
    assert max(map(len, show(loaded, json=False))) < 130
    assert "m" * 500 in json.dumps(show(loaded, json=True))


def test_a_check_tells_that_all_is_good():
    found = check(Sources())
    assert found.is_good
    assert found.lines() == ("The settings are good.",)
    assert found.json() == {"schema": "kiro-worker/config-check/1", "good": True, "faults": [], "warnings": []}


def test_a_check_names_every_fault_without_raising():
    found = check(Sources(flags={"limits.run": "x", "gates.repair_rounds": "y"}))
    assert not found.is_good
    assert len(found.lines()) == 2
    assert found.json()["faults"][0] == {
        "where": "flag --limits-run",
        "what": "is 'x'; write a time such as 90s, 30m, 2h or a number of seconds",
    }


def test_a_check_shows_warnings():
    found = check(Sources(branch={WORKER: b"gates: {coverage: off}"}, base={}))
    assert found.is_good
    assert found.lines()[0].startswith("warning: ")
