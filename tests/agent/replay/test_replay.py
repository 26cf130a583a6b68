import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import acp.schema
import psutil
import pytest

PERMISSION = {"toolCallId": "call-1", "title": "Write a.py", "kind": "edit"}


def test_a_prompt_gets_the_first_turn_of_the_file_that_fits(start):
    client = start(
        {"turn": "2.1", "match": "Task ID: 2.1"},
        {"say": "two "},
        {"say": "one"},
        {"turn": "any"},
        {"say": "something"},
        {"end": "max_tokens"},
    )
    client.open()
    assert client.prompt("Please.\nTask ID: 2.1\n")["result"] == {"stopReason": "end_turn"}
    assert client.said == "two one"
    assert client.prompt("anything else")["result"] == {"stopReason": "max_tokens"}
    assert client.close() == (0, "")


def test_a_prompt_without_a_recording_is_refused_and_said_so(start):
    client = start({"turn": "2.1", "match": "Task ID: 2.1"}, {"write": "a", "content": "x"})
    client.open()
    assert client.prompt("Task ID: 3")["result"] == {"stopReason": "refusal"}
    assert "no recording for this prompt" in client.said
    assert not list(client.folder.iterdir())


def test_a_repair_round_plays_another_turn_when_the_workspace_says_so(start):
    client = start(
        {"turn": "repair", "match": "T", "when": {"file": "a.py", "contains": "bug"}, "unless": [{"file": "stop"}]},
        {"write": "a.py", "content": "fixed"},
        {"turn": "first", "match": "T", "unless": {"file": "stop"}},
        {"write": "a.py", "content": "bug"},
    )
    client.open()
    client.prompt("T")
    assert (client.folder / "a.py").read_text() == "bug"
    client.prompt("T")
    assert (client.folder / "a.py").read_text() == "fixed"
    (client.folder / "stop").touch()
    assert client.prompt("T")["result"]["stopReason"] == "refusal"


def test_a_turn_may_be_for_one_attempt_of_a_session_only(start):
    client = start(
        {"turn": "again", "match": "T", "attempt": 2},
        {"say": "second"},
        {"turn": "first", "match": "T"},
        {"say": "first "},
    )
    client.open()
    client.prompt("T")
    client.prompt("something else")
    client.prompt("T")
    assert client.said.endswith("second")
    assert client.said.startswith("first")


def test_what_needs_a_permission_is_played_only_when_it_was_given(start):
    lines = (
        {"turn": "t"},
        {"permission": PERMISSION},
        {"write": "a.py", "content": "a", "needs": "call-1", "silent": True},
        {
            "update": {"sessionUpdate": "tool_call_update", "toolCallId": "call-1", "status": "completed"},
            "needs": "call-1",
        },
        {"say": "done"},
    )
    client = start(*lines)
    client.allows = False
    client.open()
    client.prompt("go")
    assert not (client.folder / "a.py").exists()
    assert [one["status"] for one in client.updates("tool_call_update")] == ["failed"]
    assert client.said == "done"
    client = start(*lines)
    client.open()
    client.prompt("go")
    assert (client.folder / "a.py").read_text() == "a"
    assert [one["status"] for one in client.updates("tool_call_update")] == ["completed"]


def test_a_rejection_may_end_the_turn_as_some_agents_do(start):
    client = start({"turn": "t"}, {"permission": PERMISSION, "rejected": "end_turn"}, {"say": "done"})
    client.allows = False
    client.open()
    assert client.prompt("go")["result"] == {"stopReason": "end_turn"}
    assert client.said == ""


def test_a_permission_answered_by_an_error_is_a_rejection(start):
    client = start({"turn": "t"}, {"write": "a", "content": "x", "ask": True})
    client.on_permission = lambda message: client.send(
        {"id": message["id"], "error": {"code": -32601, "message": "no"}}
    )
    client.open()
    client.prompt("go")
    assert not (client.folder / "a").exists()


def test_a_write_asks_with_its_difference_and_its_place(start):
    client = start({"turn": "t"}, {"write": "src/a.py", "content": "x = 1\n", "ask": True, "executable": True})
    client.open()
    client.prompt("go")
    asked = next(one for one in client.heard if one.get("method") == "session/request_permission")["params"]["toolCall"]
    place = str(client.folder / "src/a.py")
    assert asked["locations"] == [{"path": place}]
    assert asked["content"] == [{"type": "diff", "path": place, "newText": "x = 1\n"}]
    assert [one["status"] for one in client.updates("tool_call_update")] == ["completed"]
    assert os.access(place, os.X_OK)


def test_files_are_changed_by_each_kind_of_effect(start):
    client = start(
        {"turn": "t"},
        {"write": "bin.dat", "base64": "AP8="},
        {"write": "tool", "content": "#!/bin/sh\n", "silent": True},
        {"chmod": "tool", "executable": True},
        {"link": "shortcut", "target": "tool"},
        {"write": "here.txt", "content": "in ${workspace}"},
        {"delete": "old/gone"},
    )
    (client.folder / "old").mkdir()
    (client.folder / "old/gone").touch()
    client.open()
    client.prompt("go")
    assert (client.folder / "bin.dat").read_bytes() == b"\x00\xff"
    assert os.access(client.folder / "tool", os.X_OK)
    assert (client.folder / "shortcut").readlink() == Path("tool")
    assert (client.folder / "here.txt").read_text() == f"in {client.folder}"
    assert not (client.folder / "old").exists()
    assert len(client.updates("tool_call")) == 5
    assert client.close() == (0, "")


@pytest.mark.parametrize("silent", [False, True])
def test_an_effect_outside_the_folder_is_reported_and_not_done(start, tmp_path, silent):
    client = start(
        {"turn": "t"}, {"write": "../loot", "content": "x", "silent": silent}, {"delete": "missing"}, {"say": "on"}
    )
    client.open()
    client.prompt("go")
    assert not (tmp_path / "loot").exists()
    failed = [one for one in client.heard if one.get("params", {}).get("update", {}).get("status") == "failed"]
    assert "outside of the session's folder" in json.dumps(failed[0])
    assert client.said == "on"
    status, errors = client.close()
    assert status == 0
    assert "../loot is outside" in errors


def test_a_program_is_run_in_the_folder_and_shown_as_a_tool_call(start):
    client = start(
        {"turn": "t"},
        {"run": [sys.executable, "-c", "import os; print(os.getcwd(), input.__name__)"], "ask": True},
        {"run": ["sh", "-c", "exit 3"]},
        {"run": ["no-such-program"]},
    )
    client.open()
    client.prompt("go")
    shown = [one for one in client.updates("tool_call_update") if "content" in one]
    texts = [one["content"][0]["content"]["text"] for one in shown]
    assert texts[0].startswith(f"{client.folder} input")
    assert [one["status"] for one in shown] == ["completed", "failed", "failed"]
    assert texts[1].endswith("exit status 3")
    assert texts[2].endswith("exit status 127")


def test_a_program_that_is_not_allowed_is_not_run(start):
    client = start({"turn": "t"}, {"run": ["touch", "ran"], "ask": True})
    client.allows = False
    client.open()
    client.prompt("go")
    assert not (client.folder / "ran").exists()


def test_waits_are_scaled_by_the_speed(start):
    for speed, longest in (("0", 1.0), ("100", 2.0)):
        client = start({"turn": "t"}, {"wait": 20}, arguments=("--speed", speed))
        client.open()
        began = time.monotonic()
        client.prompt("go")
        assert time.monotonic() - began < longest
    assert longest * 100 > 20


@pytest.mark.parametrize(
    "step",
    [{"wait": 60}, {"run": ["sleep", "60"]}, {"permission": PERMISSION}],
    ids=["wait", "run", "permission"],
)
def test_a_turn_can_be_cancelled_in_the_middle(start, step):
    client = start({"turn": "t"}, {"say": "working"}, step, {"write": "late", "content": "x"})
    client.open()
    client.send(
        {
            "id": 77,
            "method": "session/prompt",
            "params": {"sessionId": "replay-1", "prompt": [{"type": "text", "text": "x"}]},
        }
    )
    while not client.said:
        client.receive()
    client.send({"jsonrpc": "2.0", "method": "session/cancel", "params": {"sessionId": "replay-1"}})
    client.on_permission = lambda message: client.send(
        {"id": message["id"], "result": {"outcome": {"outcome": "cancelled"}}}
    )
    assert client.answer(77)["result"] == {"stopReason": "cancelled"}
    assert not (client.folder / "late").exists()
    assert psutil.Process(client.process.pid).children() == []


def test_a_cancel_between_turns_changes_nothing(start):
    client = start({"turn": "t"}, {"say": "fine"})
    client.open()
    client.send({"method": "session/cancel", "params": {"sessionId": "replay-1"}})
    assert client.prompt("x")["result"] == {"stopReason": "end_turn"}


def test_modes_options_and_answers_of_the_recorded_session_are_given_back(start):
    modes = {"currentModeId": "yolo", "availableModes": [{"id": "yolo", "name": "Yolo"}, {"id": "ask", "name": "Ask"}]}
    option = {
        "id": "mode",
        "name": "Mode",
        "category": "mode",
        "type": "select",
        "currentValue": "a",
        "options": [{"value": "a", "name": "A"}],
    }
    client = start({"turn": "t"}, header={"session": {"modes": modes, "configOptions": [option]}, "loads": True})
    client.open()
    assert client.heard[-1]["result"]["modes"] == modes
    assert client.ask("session/set_mode", sessionId="replay-1", modeId="ask")["result"] == {}
    assert client.updates("current_mode_update") == [{"sessionUpdate": "current_mode_update", "currentModeId": "ask"}]
    assert client.ask("session/set_mode", sessionId="replay-1", modeId="no")["error"]["code"] == -32602
    changed = client.ask("session/set_config_option", sessionId="replay-1", configId="mode", value="a")["result"]
    assert changed["configOptions"][0]["currentValue"] == "a"
    assert client.ask("session/set_config_option", sessionId="replay-1", configId="x", value="a")["error"]
    assert (
        client.ask("session/load", sessionId="old", cwd=str(client.folder), mcpServers=[])["result"]["modes"] == modes
    )
    assert client.ask("session/prompt", sessionId="old", prompt=[])["result"] == {"stopReason": "end_turn"}
    assert client.ask("authenticate", methodId="x")["result"] == {}


def test_what_cannot_be_answered_is_answered_with_an_error(start):
    client = start({"turn": "t"}, {"wait": 60})
    client.open()
    codes = [
        client.ask("session/load", sessionId="old", cwd="/", mcpServers=[])["error"]["code"],
        client.ask("session/new", cwd="relative", mcpServers=[])["error"]["code"],
        client.ask("session/prompt", sessionId="who", prompt=[])["error"]["code"],
        client.ask("terminal/create")["error"]["code"],
    ]
    assert codes == [-32601, -32602, -32602, -32601]
    client.send(b"garbage")
    assert client.receive()["error"]["code"] == -32700
    client.send(b"[1]")
    assert client.receive()["error"]["code"] == -32600
    client.send(b"")
    client.send({"id": 50, "method": "session/prompt", "params": {"sessionId": "replay-1", "prompt": []}})
    client.send({"id": 51, "method": "session/prompt", "params": {"sessionId": "replay-1", "prompt": []}})
    assert client.answer(51)["error"]["code"] == -32600


def test_usage_and_a_recorded_error_reach_the_client(start):
    client = start(
        {"turn": "ok", "match": "a"},
        {"usage": {"credits": 0.25, "cost_usd": 0.5, "input_tokens": 7, "output_tokens": 5}},
        {"notify": "_kiro.dev/extra", "params": {"where": "${workspace}/x"}},
        {"end": "end_turn"},
        {"say": "late"},
        {"turn": "bad", "match": "b"},
        {"fail": {"code": -32000, "message": "throttled"}},
    )
    client.open()
    result = client.prompt("a")["result"]
    assert result == {"stopReason": "end_turn", "usage": {"inputTokens": 7, "outputTokens": 5, "totalTokens": 12}}
    metering = next(one for one in client.heard if one.get("method") == "_kiro.dev/metadata")["params"]["meteringUsage"]
    assert metering == [{"value": 0.25, "unit": "credit"}]
    assert client.updates("usage_update")[0]["cost"] == {"amount": 0.5, "currency": "USD"}
    extra = next(one for one in client.heard if one.get("method") == "_kiro.dev/extra")["params"]
    assert extra == {"sessionId": "replay-1", "where": f"{client.folder}/x"}
    assert client.said == ""
    assert client.prompt("b")["error"] == {"code": -32000, "message": "throttled"}
    assert client.said == "late"


def test_a_prompt_that_comes_while_late_words_are_said_waits_for_them(start):
    client = start({"turn": "t"}, {"end": "end_turn"}, {"wait": 0.3}, {"say": "late "})
    client.open()
    client.prompt("one")
    assert client.prompt("two")["result"] == {"stopReason": "end_turn"}
    assert client.said == "late "


def test_the_recorded_usage_of_the_answer_is_given_as_it_was(start):
    client = start({"turn": "t"}, {"end": "end_turn", "usage": {"inputTokens": 1, "outputTokens": 2, "totalTokens": 9}})
    client.open()
    assert client.prompt("x")["result"]["usage"]["totalTokens"] == 9


def test_a_resource_in_a_prompt_is_read_too(start):
    client = start({"turn": "t", "match": "needle"}, {"say": "found"})
    client.open()
    blocks = [
        {"type": "resource", "resource": {"uri": "file:///x", "text": "a needle"}},
        {"type": "image", "data": ""},
        3,
    ]
    client.ask("session/prompt", sessionId="replay-1", prompt=blocks)
    assert client.said == "found"


# Faults


def test_a_crash_ends_with_the_status_or_the_signal_it_names(start):
    for crash, status in ((7, 7), (-9, -signal.SIGKILL)):
        client = start({"turn": "t"}, {"stderr": "oh no"}, {"crash": crash})
        client.open()
        with pytest.raises(AssertionError, match="the agent ended"):
            client.prompt("x")
        assert client.close() == (status, "oh no\n")


def test_garbage_is_sent_as_it_stands(start):
    client = start({"turn": "t"}, {"garbage": ["42", "{", "\udcff"]})
    client.open()
    client.send({"id": 9, "method": "session/prompt", "params": {"sessionId": "replay-1", "prompt": []}})
    assert [client.process.stdout.readline() for _ in range(3)] == [b"42\n", b"{\n", b"\xff\n"]
    assert client.answer(9)["result"]


def ignores(pid: int, number: int) -> bool:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    mask = next(line.split()[1] for line in lines if line.startswith("SigIgn:"))
    return bool(int(mask, 16) >> (number - 1) & 1)


def test_a_hanging_agent_answers_nothing_and_a_stubborn_one_ignores_term(start):
    client = start({"turn": "t"}, {"say": "now"}, {"hang": True, "stubborn": True})
    client.open()
    client.send({"id": 9, "method": "session/prompt", "params": {"sessionId": "replay-1", "prompt": []}})
    client.receive()
    while not ignores(client.process.pid, signal.SIGTERM):
        time.sleep(0.01)
    client.process.send_signal(signal.SIGTERM)
    with pytest.raises(subprocess.TimeoutExpired):
        client.process.wait(0.3)


@pytest.mark.parametrize("to", ["message", "stderr"])
def test_a_flood_is_as_long_as_it_says(start, to):
    client = start({"turn": "t"}, {"flood": 200_000, "to": to})
    if to == "stderr":
        client.process.stderr.close()
    client.open()
    if to == "message":
        client.prompt("x")
        assert len(client.said) == 200_000


def test_a_flood_may_be_one_endless_line(start):
    client = start({"turn": "t"}, {"flood": 100_000, "to": "line"})
    client.open()
    client.send({"id": 9, "method": "session/prompt", "params": {"sessionId": "replay-1", "prompt": []}})
    assert client.process.stdout.readline().startswith(b"x" * 100_000)


def test_a_daemon_outlives_the_agent_and_holds_its_pipes(start):
    client = start({"turn": "t"}, {"daemon": 30})
    client.open()
    client.prompt("x")
    client.process.stdin.close()
    assert client.process.wait(10) == 0
    left = [
        one for one in psutil.process_iter(["cmdline"]) if "cassette-0.jsonl" in " ".join(one.info["cmdline"] or [])
    ]
    left = [one for one in left if str(client.folder.parent) in " ".join(one.info["cmdline"])]
    assert len(left) == 1
    left[0].kill()


# The executable


def test_it_ends_when_its_client_is_gone(start):
    client = start({"turn": "t"}, {"say": "x"}, {"wait": 60})
    client.open()
    client.send({"id": 9, "method": "session/prompt", "params": {"sessionId": "replay-1", "prompt": []}})
    client.receive()
    client.process.stdin.close()
    assert client.process.wait(10) == 0


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    code = "from kiro_worker.agent.replay import main; raise SystemExit(main())"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False, timeout=60
    )


def test_a_cassette_can_be_checked_without_playing_it(tmp_path):
    (tmp_path / "c").write_text('{"cassette": 1}\n{"turn": "one"}\n{"say": "x"}\n')
    over = run(str(tmp_path / "c"), "--check")
    assert (over.returncode, over.stdout) == (0, "one: 1 steps\n")


def test_a_cassette_that_cannot_be_read_is_told_and_status_2(tmp_path):
    over = run(str(tmp_path / "none"))
    assert over.returncode == 2
    assert "cassette.unreadable" in over.stderr
    assert "next:" in over.stderr


@pytest.mark.parametrize("speed", ["-1", "inf", "nan", "fast"])
def test_a_speed_that_is_none_is_refused(speed, tmp_path):
    over = run(str(tmp_path / "c"), f"--speed={speed}")
    assert over.returncode == 2
    assert "--speed" in over.stderr


def test_it_starts_without_what_it_does_not_need():
    code = "import sys; import kiro_worker.agent.replay; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={})
    loaded = ran.stdout.split()
    slow = {"asyncio", "dataclasses", "msgspec", "subprocess", "pyte", "httpx", "kiro_worker.agent.port"}
    assert slow & set(loaded) == set()


def test_every_message_it_sends_is_one_of_the_protocols(start):
    client = start(
        {"turn": "t"},
        {"say": "a"},
        {"think": "b"},
        {"write": "a", "content": "x", "ask": True},
        {"run": ["true"], "ask": True},
        {"delete": "a"},
        {"usage": {"cost_usd": 1.0, "input_tokens": 1, "output_tokens": 1}},
        {"flood": 10},
    )
    client.open()
    client.prompt("x")
    results = [acp.schema.InitializeResponse, acp.schema.NewSessionResponse, acp.schema.PromptResponse]
    for message in client.heard:
        match message.get("method"):
            case "session/update":
                acp.schema.SessionNotification.model_validate(message["params"])
            case "session/request_permission":
                acp.schema.RequestPermissionRequest.model_validate(message["params"])
            case None:
                results.pop(0).model_validate(message["result"])
            case other:
                pytest.fail(f"unexpected {other}")
    assert results == []
