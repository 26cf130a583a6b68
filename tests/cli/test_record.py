import json
import os
import shlex
import subprocess

import pytest

from e2e.world import BIN
from kiro_worker.agent.replay import parse

SECRET = "correct-horse-battery-staple"


@pytest.fixture
def agent(fresh):
    fresh.world.turn(
        None,
        {"say": f"The key is {SECRET}."},
        {"write": "made.txt", "content": "made\n"},
        {"say": "Done."},
    )  # fmt: skip
    fresh.world.turns[0] = json.dumps({"turn": "any"})
    return fresh.world.agent


@pytest.fixture
def out(tmp_path):
    return tmp_path / "recorded.jsonl"


def test_a_live_session_becomes_a_cassette_without_secrets(fresh, agent, out):
    said = fresh("record", str(out), "--agent", agent, "--prompt", "Make it", MY_API_KEY=SECRET)
    assert said.status == 0, said.err
    assert said.lines == [f"{out}: 1 turn. Play it: --agent 'kiro-worker-replay {out}'"]
    assert "Write made.txt (completed)" in said.err
    text = out.read_text()
    assert SECRET not in text + said.err
    assert "redacted:MY_API_KEY" in text
    assert [turn.name for turn in parse(text, name="it").turns] == ["Make it"]
    assert (fresh.clone / "made.txt").read_text() == "made\n"
    assert not list((fresh.state / "homes").iterdir())


def test_a_reader_that_goes_away_does_not_cost_the_recording(fresh, agent, out):
    reading, writing = os.pipe()
    os.close(reading)
    words = [str(BIN / "kiro-worker"), "record", str(out), "--agent", agent, "--prompt", "Make it"]
    environment = fresh.world.variables(fresh.machine)
    subprocess.run(words, cwd=fresh.clone, env=environment, stdout=writing, stderr=writing, timeout=60, check=False)
    os.close(writing)
    assert [turn.name for turn in parse(out.read_text(), name="it").turns] == ["Make it"]


def test_what_was_recorded_can_be_played(fresh, agent, out, tmp_path):
    assert fresh("record", str(out), "--agent", agent, "--prompt", "Make it").status == 0
    again, played = tmp_path / "again.jsonl", tmp_path / "played"
    played.mkdir()
    player = shlex.join([str(BIN / "kiro-worker-replay"), "--speed", "0", str(out)])
    said = fresh("record", str(again), "--agent", player, "--prompt", "Make it", "-C", str(played))
    assert said.status == 0, said.err
    assert (played / "made.txt").read_text() == "made\n"


@pytest.mark.parametrize("way", ["a file", "standard input"])
def test_the_prompt_can_come_from(fresh, agent, out, way, tmp_path):
    (tmp_path / "prompt.md").write_text("From a file")
    words = ("--prompt-file", str(tmp_path / "prompt.md")) if way == "a file" else ()
    said = fresh("record", str(out), "--agent", agent, *words, "--json", stdin="From a pipe")
    assert said.json == {
        "schema": "kiro-worker/record/1", "cassette": str(out), "turns": 1, "outcome": "ended", "left_out": [],
    }  # fmt: skip
    name = "From a file" if way == "a file" else "From a pipe"
    assert parse(out.read_text(), name="it").turns[0].name == name


def test_a_file_that_is_there_is_overwritten_only_by_force(fresh, agent, out):
    out.write_text("precious")
    said = fresh("record", str(out), "--agent", agent, "--prompt", "Make it")
    assert (said.status, said.out) == (2, "")
    assert "record.exists" in said.err
    assert out.read_text() == "precious"
    assert fresh("record", str(out), "--agent", agent, "--prompt", "Make it", "--force").status == 0
    assert out.read_text().startswith('{"cassette": 1')
    assert [path.name for path in out.parent.glob(".recorded*")] == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--prompt", "  "), "The prompt is empty"),
        (("--prompt-file", "/no/such/file"), "cannot be read"),
        ((), "The prompt is empty"),
    ],
)
def test_without_a_prompt_nothing_is_begun(fresh, out, words, told):
    said = fresh("record", str(out), "--agent", "/no/agent", *words)
    assert (said.status, said.out) == (2, "")
    assert told in said.err


def test_an_agent_that_is_not_there_leaves_no_file(fresh, out):
    said = fresh("record", str(out), "--agent", "/no/such/agent acp", "--prompt", "Make it")
    assert (said.status, said.out) == (23, "")
    assert "record.nothing" in said.err
    assert not out.exists()


def test_an_agent_that_breaks_off_is_recorded_too(fresh, out):
    fresh.world.turn(None, {"say": "I begin."}, {"crash": 3})
    fresh.world.turns[0] = json.dumps({"turn": "any"})
    said = fresh("record", str(out), "--agent", fresh.world.agent, "--prompt", "Make it")
    assert said.status == 23
    assert "The turn ended as crashed" in said.err
    assert out.exists()


def test_a_request_that_reaches_out_of_the_folder_is_refused_and_told(fresh, out):
    asked = {"toolCallId": "t", "title": "Read /etc/passwd", "kind": "read", "locations": [{"path": "/etc/passwd"}]}
    fresh.world.turn(None, {"permission": asked}, {"say": "Well."})
    fresh.world.turns[0] = json.dumps({"turn": "any"})
    said = fresh("record", str(out), "--agent", fresh.world.agent, "--prompt", "Make it")
    assert said.status == 0
    assert "refused: Read /etc/passwd (/etc/passwd is outside of the workspace)" in said.err


def test_only_agents_of_the_protocol_can_be_recorded(fresh, out):
    said = fresh("record", str(out), "--agent", "kiro-headless", "--prompt", "Make it")
    assert (said.status, said.out) == (2, "")
    assert "record.not-recordable" in said.err


@pytest.mark.parametrize("place", ["no/such/folder.jsonl", ".", "a-file/out.jsonl", "x" * 250])
def test_a_place_that_cannot_be_written_is_told_before_a_session_is_paid_for(fresh, agent, tmp_path, place):
    (tmp_path / "a-file").touch()
    said = fresh("record", str(tmp_path / place), "--force", "--agent", agent, "--prompt", "Make it")
    assert (said.status, said.out) == (2, "")
    assert "cannot be written" in said.err
    assert "Write made.txt" not in said.err
