"""Files and terminals over the protocol, for a profile that offers them; everything judged first."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from kiro_worker.agent.acp.connection import Refused
from kiro_worker.agent.acp.terminals import command_line
from kiro_worker.agent.acp.wire import CreateTerminal, EnvVariable
from kiro_worker.agent.port import Permission, PermissionDecided, ToolKind, TurnLimits, TurnOutcome
from kiro_worker.testing.agent_contract import living_descendants

OFFERED = {"offers_files": True, "offers_terminals": True}
LIMITS = TurnLimits(wall=timedelta(seconds=30), silence=timedelta(seconds=15), start=timedelta(seconds=15))


def asks(*requests):
    steps = [
        {"request": {"method": method, "params": params, "save": f"{number}.json"}}
        for number, (method, params) in enumerate(requests)
    ]
    return {"turns": [steps]}


def answer(play, number):
    return json.loads((play.workspace / f"{number}.json").read_text())


async def test_files_are_read_and_written_after_they_were_judged(play):
    path = str(play.workspace / "a.txt")
    script = asks(("fs/write_text_file", {"path": path, "content": "text"}), ("fs/read_text_file", {"path": path}))
    played = await play(script, profile=OFFERED)
    assert played.sent("initialize")[0]["clientCapabilities"]["terminal"] is True
    assert answer(play, 0)["result"] == {}
    assert answer(play, 1)["result"] == {"content": "text"}
    assert [(request.kind, request.paths) for request in played.asked] == [
        (ToolKind.EDIT, (path,)),
        (ToolKind.READ, (path,)),
    ]
    assert played.decided == [True, True]


async def test_a_rejection_carries_its_reason_and_is_not_told_again(play):
    script = asks(("fs/write_text_file", {"path": str(play.workspace / "a.txt"), "content": "text"}))
    played = await play(script, profile=OFFERED, permit=play.reject)
    assert "not while testing" in answer(play, 0)["error"]["message"]
    assert not (play.workspace / "a.txt").exists()
    assert played.end.kept_going == 0


async def test_outside_is_refused_unasked_and_told(play):
    (play.workspace / "link").symlink_to("/etc")
    script = asks(
        ("fs/read_text_file", {"path": "/etc/hostname"}),
        ("fs/write_text_file", {"path": str(play.workspace / "link/x"), "content": ""}),
        ("terminal/create", {"command": "ls", "cwd": "/etc"}),
    )
    played = await play(script, profile=OFFERED)
    assert all("outside the workspace" in answer(play, number)["error"]["message"] for number in range(3))
    assert played.asked == []
    assert [event.permission.rule for event in played.of(PermissionDecided)] == ["agent.outside-workspace"] * 3


async def test_both_names_of_a_linked_file_are_judged(play):
    (play.workspace / "real.txt").write_text("x")
    (play.workspace / "link").symlink_to("real.txt")
    path = str(play.workspace / "link")
    played = await play(asks(("fs/read_text_file", {"path": path})), profile=OFFERED)
    assert played.asked[0].paths == (path, str(play.workspace / "real.txt"))


@pytest.mark.parametrize("params", [{}, {"path": 7}, {"path": "x", "line": "one"}])
async def test_wrong_parameters_are_told(play, params):
    await play(asks(("fs/read_text_file", params)), profile=OFFERED)
    assert answer(play, 0)["error"]["code"] == -32602


async def test_a_command_is_run_in_the_workspace_and_its_end_told(play):
    script = asks(
        ("terminal/create", {"command": "echo out; echo err >&2; exit 3"}),
        ("terminal/wait_for_exit", {"terminalId": "$TERMINAL"}),
        ("terminal/output", {"terminalId": "$TERMINAL"}),
        ("terminal/release", {"terminalId": "$TERMINAL"}),
        ("terminal/output", {"terminalId": "$TERMINAL"}),
    )
    played = await play(script, profile=OFFERED)
    assert answer(play, 1)["result"] == {"exitCode": 3, "signal": None}
    shown = answer(play, 2)["result"]
    assert sorted(shown["output"].split()) == ["err", "out"]
    assert (shown["truncated"], shown["exitStatus"]["exitCode"]) == (False, 3)
    assert answer(play, 4)["error"]["code"] == -32002
    assert played.asked[0].command == "echo out; echo err >&2; exit 3"


async def test_arguments_variables_and_folder_are_what_was_judged(play):
    (play.workspace / "sub").mkdir()
    create = {
        "command": "python3",
        "args": ["-c", "import os;print(os.getcwd(), os.environ['X'], os.environ.get('KEY'))"],
        "env": [{"name": "X", "value": "a b"}],
        "cwd": str(play.workspace / "sub"),
    }
    play.environment["KEY"] = "the agent's own"
    script = asks(
        ("terminal/create", create),
        ("terminal/wait_for_exit", {"terminalId": "$TERMINAL"}),
        ("terminal/output", {"terminalId": "$TERMINAL"}),
    )
    played = await play(script, profile={**OFFERED, "credentials": ("KEY",)})
    assert answer(play, 2)["result"]["output"].strip() == f"{play.workspace / 'sub'} a b None"
    assert played.asked[0].command.startswith("X='a b' python3 -c ")
    assert played.asked[0].paths == (str(play.workspace / "sub"),)


async def test_a_killed_command_tells_its_signal_and_its_output_stays(play):
    script = asks(
        ("terminal/create", {"command": "echo begun; exec sleep 60"}),
        ("terminal/kill", {"terminalId": "$TERMINAL"}),
        ("terminal/wait_for_exit", {"terminalId": "$TERMINAL"}),
        ("terminal/output", {"terminalId": "$TERMINAL"}),
    )
    script["turns"][0].insert(1, {"sleep": 0.3})
    await play(script, profile=OFFERED)
    assert answer(play, 2)["result"] == {"exitCode": None, "signal": "SIGTERM"}
    assert answer(play, 3)["result"]["output"] == "begun\n"


async def test_long_output_is_cut_at_its_beginning_between_characters(play):
    script = asks(
        ("terminal/create", {"command": "printf 'aä%.0s' 1 2 3 4 5", "outputByteLimit": 4}),
        ("terminal/wait_for_exit", {"terminalId": "$TERMINAL"}),
        ("terminal/output", {"terminalId": "$TERMINAL"}),
    )
    await play(script, profile=OFFERED)
    assert answer(play, 2)["result"] == {
        "output": "aä",
        "truncated": True,
        "exitStatus": {"exitCode": 0, "signal": None},
    }


async def test_what_a_command_leaves_running_is_ended_with_the_turn(play):
    script = asks(
        ("terminal/create", {"command": "setsid sleep 60 & echo $!"}),
        ("terminal/wait_for_exit", {"terminalId": "$TERMINAL"}),
        ("terminal/create", {"command": "sleep 61"}),
    )
    played = await play(script, profile=OFFERED)
    assert played.end.outcome is TurnOutcome.ENDED
    assert living_descendants() == []


async def test_a_running_command_is_no_silence(play):
    script = asks(("terminal/create", {"command": "sleep 2"}), ("terminal/wait_for_exit", {"terminalId": "$TERMINAL"}))
    played = await play(script, profile=OFFERED, limits=replace(LIMITS, silence=timedelta(seconds=1.3)))
    assert played.end.outcome is TurnOutcome.ENDED


async def test_a_command_that_floods_is_ended(play):
    script = asks(("terminal/create", {"command": "yes"}), ("terminal/wait_for_exit", {"terminalId": "$TERMINAL"}))
    played = await play(script, profile=OFFERED, limits=replace(LIMITS, output=4 * 1024 * 1024))
    assert played.end.outcome is TurnOutcome.ENDED
    assert answer(play, 1)["result"]["signal"] == "SIGKILL"


async def test_a_command_that_is_not_there_or_not_allowed_is_told(play):
    missing = asks(("terminal/create", {"command": "no-such-program", "args": ["x"]}))
    await play(missing, profile=OFFERED)
    assert "no-such-program" in answer(play, 0)["error"]["message"]
    await play(asks(("terminal/create", {"command": "touch made"})), profile=OFFERED, permit=play.reject)
    assert "not allowed" in answer(play, 0)["error"]["message"]
    assert not (play.workspace / "made").exists()
    await play(asks(("terminal/create", {"command": "ls", "cwd": str(play.workspace / "none")})), profile=OFFERED)
    assert answer(play, 0)["error"]["code"] == -32002
    await play(asks(("terminal/create", {"command": "ls", "args": ["a\0b"]})), profile=OFFERED)
    assert "error" in answer(play, 0)


async def test_too_many_terminals_are_refused(play):
    create = {"request": {"method": "terminal/create", "params": {"command": "true"}, "save": "last.json"}}
    await play({"turns": [[{"repeat": {"times": 65, "steps": [create]}}]]}, profile=OFFERED)
    assert "release one" in json.loads((play.workspace / "last.json").read_text())["error"]["message"]


def test_a_variables_name_cannot_pass_for_a_command():
    asked = CreateTerminal(command="ls", env=(EnvVariable("A=1; rm -rf x; B", "2"),))
    with pytest.raises(Refused):
        command_line(asked)


async def test_a_fault_in_the_policy_ends_the_turn_and_allows_nothing(play):
    def broken(_request):
        raise ZeroDivisionError

    script = asks(("terminal/create", {"command": "touch made"}))
    with pytest.raises(ZeroDivisionError):
        await play(script, profile=OFFERED, permit=broken)
    assert not (play.workspace / "made").exists()
    assert living_descendants() == []


async def test_reasons_of_several_rejections_are_all_told(play):
    def by_name(request):
        return Permission(allowed=False, rule="r", reason=f"never {request.command}")

    steps = [
        {"ask": {"toolCall": {"toolCallId": name, "kind": "execute", "rawInput": {"command": name}}}}
        for name in ("one", "two", "two")
    ]
    played = await play({"turns": [steps, []]}, permit=by_name)
    told = played.sent("session/prompt")[1]["prompt"][0]["text"]
    assert told.count("never one") == told.count("never two") == 1
