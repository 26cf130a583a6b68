import json
import os
import sys
from base64 import b64decode, b64encode
from pathlib import Path

import pytest

from kiro_worker.agent.acp import AcpAgent
from kiro_worker.agent.port import AgentSaid, Permission, Turn, TurnOutcome
from kiro_worker.agent.profile import Profile
from kiro_worker.agent.record import record
from kiro_worker.agent.record.tape import Tape
from kiro_worker.agent.replay import Cassette, RecordedTurn, Step, parse, render
from kiro_worker.process import Children
from kiro_worker.redact import Redactor, Secret

SECRET = "correct-horse-battery"
REPLAY = (sys.executable, "-c", "from kiro_worker.agent.replay import main; raise SystemExit(main())")


@pytest.fixture
async def children():
    async with Children() as owner:
        yield owner


class Studio:
    """Records what a cassette does, and plays the recording."""

    def __init__(self, children, folder):
        self.children, self.folder = children, folder
        self.events = []
        self.allows = True

    def agent(self, cassette, tap=None):
        path = self.folder / "played.jsonl"
        path.write_text(cassette if isinstance(cassette, str) else render(cassette))
        profile = Profile(name="replay", command=(*REPLAY, str(path), "--speed", "0"))
        return AcpAgent(profile, self.children, tap=tap)

    def turn(self, workspace, prompt):
        workspace.mkdir(exist_ok=True)
        return Turn(
            prompt=prompt,
            workspace=workspace,
            environment={
                "HOME": str(self.folder),
                **{name: value for name, value in os.environ.items() if name == "PATH" or name.startswith("COVERAGE_")},
            },
            permit=lambda request: Permission(allowed=self.allows, rule="test", reason="a test"),
        )

    async def record(self, cassette, prompt="Task ID: 2.1", workspace="first"):
        return await record(
            lambda tap: self.agent(cassette, tap),
            self.turn(self.folder / workspace, prompt),
            self.events.append,
            redactor=Redactor([Secret("KEY", SECRET)]),
        )

    async def play(self, cassette, prompt="Task ID: 2.1", workspace="second"):
        self.events.clear()
        return await self.agent(cassette).turn(self.turn(self.folder / workspace, prompt), self.events.append)


@pytest.fixture
def studio(children, tmp_path):
    return Studio(children, tmp_path)


def lines(*steps, header=None, **turn):
    return "\n".join(json.dumps(line) for line in ({"cassette": 1, **(header or {})}, {"turn": "t", **turn}, *steps))


def files(folder: Path) -> dict[str, object]:
    return {
        str(path.relative_to(folder)): (
            path.readlink() if path.is_symlink() else path.read_bytes(),
            os.access(path, os.X_OK),
        )
        for path in folder.rglob("*")
        if path.is_symlink() or path.is_file()
    }


CALL = {"toolCallId": "c1", "title": "Write", "kind": "edit", "locations": [{"path": "${workspace}/src/a.py"}]}
WORK = (
    {"think": "let me see"},
    {"say": "I "},
    {"say": "write."},
    {"update": {"sessionUpdate": "tool_call", "status": "pending", **CALL}},
    {"permission": CALL},
    {"write": "src/a.py", "content": "x = 1\n", "needs": "c1", "silent": True},
    {"update": {"sessionUpdate": "tool_call_update", "toolCallId": "c1", "status": "completed"}, "needs": "c1"},
    {"write": "tool.sh", "content": "#!/bin/sh\necho ${workspace:-none}\n", "executable": True, "silent": True},
    {"write": "data.bin", "base64": "AP/+", "silent": True},
    {"link": "shortcut", "target": "src/a.py", "silent": True},
    {"delete": "old.txt", "silent": True},
    {"chmod": "kept.sh", "executable": True, "silent": True},
    {"usage": {"credits": 0.24, "cost_usd": 0.5, "input_tokens": 3, "output_tokens": 4}},
    {"end": "end_turn"},
)


def before(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "old.txt").write_text("old")
    (folder / "kept.sh").write_text("#!/bin/sh\n")
    (folder / "same.txt").write_text("same")


async def test_a_recording_that_is_played_gives_the_same_files_text_cost_and_end(studio, tmp_path):
    before(tmp_path / "first")
    before(tmp_path / "second")
    header = {"agent": {"name": "the agent", "version": "3"}, "loads": True}
    recording = await studio.record(lines(*WORK, header=header))
    first_said = [event for event in studio.events if isinstance(event, AgentSaid)]
    end = await studio.play(recording.cassette)
    assert files(tmp_path / "second") == files(tmp_path / "first")
    assert (tmp_path / "second/same.txt").exists()
    assert end.said == recording.end.said
    assert [event for event in studio.events if isinstance(event, AgentSaid)] == first_said
    assert (end.usage, end.outcome) == (recording.end.usage, TurnOutcome.ENDED)
    assert recording.left_out == ()
    assert recording.cassette.agent == {"name": "the agent", "version": "3"}
    assert recording.cassette.loads


async def test_a_second_recording_of_a_recording_is_the_same(studio, tmp_path):
    before(tmp_path / "first")
    before(tmp_path / "second")
    first = (await studio.record(lines(*WORK))).cassette
    second = (await studio.record(first, workspace="second")).cassette
    assert without_waits(second) == without_waits(first)


def without_waits(cassette: Cassette) -> Cassette:
    turns = tuple(
        turn._replace(steps=tuple(step for step in turn.steps if step.kind != "wait")) for turn in cassette.turns
    )
    return cassette._replace(turns=turns)


async def test_a_change_is_put_where_its_tool_call_was_done_and_needs_its_permission(studio, tmp_path):
    recording = await studio.record(lines(*WORK[:7]))
    kinds = [(step.kind, step.needs) for step in recording.cassette.turns[0].steps if step.kind != "wait"]
    assert kinds[3:7] == [("update", ""), ("permission", ""), ("write", "c1"), ("update", "c1")]
    studio.allows = False
    await studio.play(recording.cassette)
    assert files(tmp_path / "second") == {}


async def test_a_change_of_a_command_belongs_to_the_call_that_names_it(studio, tmp_path):
    recording = await studio.record(lines({"run": ["touch", "ran.txt"], "ask": True}))
    studio.allows = False
    await studio.play(recording.cassette)
    assert files(tmp_path / "second") == {}
    studio.allows = True
    await studio.play(recording.cassette)
    assert set(files(tmp_path / "second")) == {"ran.txt"}


async def test_a_recording_answers_its_own_task_and_no_other(studio):
    recording = await studio.record(lines({"say": "done"}), prompt="Please.\nTask ID: 2.1\nthanks")
    turn = recording.cassette.turns[0]
    assert turn.name == "Task ID: 2.1"
    assert turn.fits("Hello.\nTask ID: 2.1\n")
    assert not turn.fits("Task ID: 2.10")
    plain = await studio.record(lines({"say": "done"}), prompt="Just do it")
    assert plain.cassette.turns[0].fits("anything")


async def test_the_prompt_that_explains_a_refusal_is_a_turn_of_its_own(studio):
    studio.allows = False
    cassette = lines({"permission": CALL, "rejected": "end_turn"}, match="Task ID")
    cassette += "\n" + "\n".join(map(json.dumps, ({"turn": "again"}, {"say": "then not"})))
    recording = await studio.record(cassette)
    assert recording.end.kept_going == 1
    first, second = recording.cassette.turns
    assert second.regex
    assert not second.fits("Task ID: 2.1")
    end = await studio.play(recording.cassette)
    assert (end.said, end.kept_going) == ("then not", 1)
    assert first.fits("Task ID: 2.1")


async def test_no_secret_is_recorded_however_it_is_cut(studio, tmp_path):
    (tmp_path / "first").mkdir()
    recording = await studio.record(
        lines(
            {"say": f"the key is {SECRET[:7]}"},
            {"think": SECRET},
            {"say": f"{SECRET[7:]}, yes"},
            {
                "update": {
                    "sessionUpdate": "tool_call",
                    "toolCallId": SECRET,
                    "title": SECRET,
                    "rawInput": {"env": SECRET},
                }
            },
            {"notify": "_x/y", "params": {SECRET: [SECRET]}},
            {"write": f"{SECRET}.txt", "content": f"key={SECRET}\n"},
            {"write": "key.bin", "base64": b64encode(b"\x00\xff" + SECRET.encode()).decode()},
            {"link": "here", "target": SECRET},
            {"end": "end_turn"},
            header={"agent": {"name": SECRET}, "session": {"modes": {"currentModeId": SECRET, "availableModes": []}}},
        ),
        prompt=f"Task ID: {SECRET}",
    )
    written = render(recording.cassette)
    assert SECRET not in written
    assert "[redacted:KEY]" in written
    content = next(step for turn in recording.cassette.turns for step in turn.steps if step.value == "key.bin")
    assert SECRET.encode() not in b64decode(content.more["base64"])
    parse(written)


async def test_the_recorded_folder_is_nowhere_in_a_recording(studio, tmp_path):
    recording = await studio.record(lines({"say": "I am in ${workspace}"}, *WORK[3:7]))
    assert str(tmp_path) not in render(recording.cassette)
    await studio.play(recording.cassette)
    assert f"I am in {tmp_path}/second" in "".join(e.text for e in studio.events if isinstance(e, AgentSaid))


async def test_an_error_a_refusal_garbage_and_notices_are_recorded_as_they_came(studio):
    recording = await studio.record(
        lines(
            {"garbage": ["not json", "42"]},
            {"notify": "_kiro.dev/error/rate_limit", "params": {"message": "slow down"}},
            {"update": {"sessionUpdate": "available_commands_update", "availableCommands": []}},
            {"fail": {"code": -32000, "message": "throttled"}},
        )
    )
    steps = [step for step in recording.cassette.turns[0].steps if step.kind != "wait"]
    assert [step.kind for step in steps] == ["garbage", "garbage", "notify", "fail"]
    assert (await studio.play(recording.cassette)).outcome is recording.end.outcome


async def test_a_file_that_is_too_large_is_left_out_and_named(studio, tmp_path):
    studio_lines = lines({"run": [sys.executable, "-c", "open('big', 'wb').write(bytes(2_000_000))"]})
    recording = await studio.record(studio_lines)
    assert any("big: 2000000 bytes" in what for what in recording.left_out)


async def test_what_tools_leave_behind_is_not_recorded(studio):
    recording = await studio.record(
        lines({"write": "a/__pycache__/b.pyc", "content": "x"}, {"write": "a/b.py", "content": "x"})
    )
    assert [step.value for step in recording.cassette.turns[0].steps if step.kind == "write"] == ["a/b.py"]


async def test_the_modes_of_the_session_are_played_again(studio):
    modes = {"currentModeId": "yolo", "availableModes": [{"id": "yolo", "name": "Y"}, {"id": "ask", "name": "A"}]}
    recording = await studio.record(lines({"say": "x"}, header={"session": {"modes": modes}}))
    assert recording.cassette.session == {"modes": modes}


def test_pauses_are_kept_and_the_machines_own_are_not(tmp_path):
    now = [0.0]
    tape = Tape(tmp_path, clock=lambda: now[0])

    def said(seconds, sender, message):
        now[0] += seconds
        tape.take(sender, json.dumps(message).encode())

    update = {"sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": "x"}}
    chunk = {"method": "session/update", "params": {"update": update}}
    said(0, "client", {"id": 1, "method": "session/prompt", "params": {"prompt": [{"text": "go"}]}})
    said(5, "agent", chunk)
    said(1.234, "agent", chunk)
    said(0.01, "agent", chunk)
    said(2, "agent", {"id": 9, "method": "session/request_permission", "params": {"toolCall": {"toolCallId": "c"}}})
    said(60, "client", {"id": 9, "result": {}})
    said(0.01, "agent", {"id": 1, "result": {"stopReason": "end_turn"}})
    assert [(step.kind, step.value) for step in tape.turns[0].steps if step.kind == "wait"] == [
        ("wait", 1.23),
        ("wait", 2.0),
    ]


def test_odd_messages_and_too_many_of_them_do_no_harm(tmp_path):
    tape = Tape(tmp_path)
    odd = [
        b"42", b"[]", b"\xff", b'{"method": "session/update"}', b'{"method": "session/update", "params": 3}',
        b'{"id": 1, "result": {}}', b'{"id": 5, "method": "session/request_permission", "params": {"toolCall": 3}}',
        b'{"method": "session/update", "params": {"update": {"toolCallId": "c", "sessionUpdate": "tool_call", "locations": 3}}}',
    ]  # fmt: skip
    for line in odd:
        tape.take("agent", line)
    tape.take("client", b'{"id": 1, "method": "session/prompt", "params": {"prompt": "x"}}')
    for line in odd:
        tape.take("agent", line)
    tape.take("agent", b"x" * 2_000_000)
    tape.take("agent", b"x" * 5000)
    assert len(tape.left_out) == 3 + 2
    steps = tuple(tape.turns[0].steps)
    cassette = Cassette(turns=(RecordedTurn(name="t", steps=steps),))
    assert without_waits(parse(render(cassette))).turns[0].steps[-1].kind == "end" or steps
    assert Step(kind="end", value="end_turn") in steps
