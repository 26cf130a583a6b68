"""Every message that can be sent or that was sent in a conversation, against the protocol's official schema."""

import json
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path

import jsonschema
import msgspec
import pytest

from kiro_worker.agent.acp import wire
from kiro_worker.agent.port import TurnLimits

SHAPES = Path(__file__).parents[2] / "schemas" / "acp" / "schema.json"

# The stable part of the protocol does not list it; agents with the older way of choosing a model have it.
OUTSIDE = {wire.SET_MODEL}


@cache
def definitions():
    return json.loads(SHAPES.read_text())["$defs"]


@cache
def by_method():
    """The names of the shapes of a method's request, notification and answer."""
    found: dict[str, dict[str, str]] = {}
    for name, shape in definitions().items():
        if "x-method" in shape:
            kind = next(kind for kind in ("Request", "Response", "Notification") if name.endswith(kind))
            found.setdefault(shape["x-method"], {})["Response" if kind == "Response" else "Request"] = name
    return found


def check(value, name):
    schema = {"$ref": f"#/$defs/{name}", "$defs": definitions()}
    jsonschema.Draft202012Validator(schema).validate(value)


def plain(part):
    return json.loads(msgspec.json.encode(part))


IMPLEMENTATION = wire.Implementation("kiro-worker", "1")
SENT = [
    (
        wire.INITIALIZE,
        "Request",
        wire.Initialize(1, wire.ClientCapabilities(wire.FileCapabilities(True, True), True), IMPLEMENTATION),
    ),
    (wire.AUTHENTICATE, "Request", wire.Authenticate("key")),
    (wire.NEW_SESSION, "Request", wire.OpenSession("/w", ())),
    (
        wire.NEW_SESSION,
        "Request",
        wire.OpenSession(
            "/w",
            (
                wire.McpProgram("a", "/bin/a", ("x",), (wire.EnvVariable("N", "v"),)),
                wire.McpPlace("http", "b", "https://x.org", (wire.EnvVariable("N", "v"),)),
            ),
        ),
    ),
    (wire.LOAD_SESSION, "Request", wire.OpenSession("/w", (), "s")),
    (wire.RESUME_SESSION, "Request", wire.OpenSession("/w", (), "s")),
    (wire.SET_MODE, "Request", wire.SetMode("s", "ask")),
    (wire.SET_CONFIG_OPTION, "Request", wire.SetConfigOption("s", "mode", "ask")),
    (wire.PROMPT, "Request", wire.Prompt("s", (wire.Text("go"),))),
    (wire.CANCEL, "Request", wire.Cancel("s")),
    (wire.REQUEST_PERMISSION, "Response", wire.PermissionAnswer(wire.Outcome("selected", "once"))),
    (wire.REQUEST_PERMISSION, "Response", wire.PermissionAnswer(wire.Outcome("cancelled"))),
    (wire.READ_FILE, "Response", wire.FileText("text")),
    (wire.WRITE_FILE, "Response", wire.Done()),
    (wire.CREATE_TERMINAL, "Response", wire.TerminalStarted("t")),
    (wire.TERMINAL_OUTPUT, "Response", wire.TerminalShown("out", False, wire.TerminalExit(exit_code=0))),
    (wire.TERMINAL_OUTPUT, "Response", wire.TerminalShown("out", True)),
    (wire.WAIT_FOR_EXIT, "Response", wire.TerminalExit(signal="SIGTERM")),
    (wire.KILL_TERMINAL, "Response", wire.Done()),
    (wire.RELEASE_TERMINAL, "Response", wire.Done()),
]


@pytest.mark.parametrize(("method", "kind", "part"), SENT)
def test_what_is_sent_has_the_official_shape(method, kind, part):
    check(plain(part), by_method()[method][kind])


def test_every_kind_of_sent_message_is_checked():
    sent = {type(part) for _, _, part in SENT}
    parts = {wire.SetModel, wire.Request, wire.Notification, wire.Answer, wire.ErrorAnswer, wire.ErrorPart}
    inner = {wire.Implementation, wire.ClientCapabilities, wire.FileCapabilities, wire.Text, wire.Outcome, wire.Frame}
    inner |= {wire.McpProgram, wire.McpPlace}
    heard = {shape for shape in vars(wire).values() if isinstance(shape, type) and issubclass(shape, wire._Heard)}
    read = {wire.ReadFile, wire.WriteFile, wire.EnvVariable, wire.CreateTerminal, wire.TerminalNamed}
    known = {
        shape
        for shape in vars(wire).values()
        if isinstance(shape, type) and issubclass(shape, msgspec.Struct) and shape.__module__ == wire.__name__
    }
    assert known == sent | parts | inner | heard | read | {wire._Sent}


HEARD = [
    (wire.Initialized, "InitializeResponse", set()),
    (wire.SessionOpened, "NewSessionResponse", {"models"}),
    (wire.PromptEnded, "PromptResponse", {"usage"}),
    (wire.SessionUpdate, "SessionNotification", set()),
    (wire.PermissionAsked, "RequestPermissionRequest", set()),
    (wire.ReadFile, "ReadTextFileRequest", set()),
    (wire.WriteFile, "WriteTextFileRequest", set()),
    (wire.CreateTerminal, "CreateTerminalRequest", set()),
    (wire.EnvVariable, "EnvVariable", set()),
    (wire.TerminalNamed, "TerminalOutputRequest", set()),
]


@pytest.mark.parametrize(("shape", "name", "further"), HEARD)
def test_what_is_read_is_called_as_the_protocol_calls_it(shape, name, further):
    fields = {field.encode_name for field in msgspec.structs.fields(shape)}
    assert fields - set(definitions()[name]["properties"]) == further


def test_every_field_of_an_update_is_one_of_the_protocols():
    official = set()
    for variant in definitions()["SessionUpdate"]["oneOf"]:
        official |= set(variant["properties"])
        for part in variant.get("allOf", ()):
            official |= set(definitions()[part["$ref"].rsplit("/", 1)[1]]["properties"])
    assert {field.encode_name for field in msgspec.structs.fields(wire.Update)} <= official


def validate(conversation):
    """Every message of a conversation; answers by the method of the request that they answer."""
    asked = {}
    for sender, message in conversation:
        assert message["jsonrpc"] == "2.0"
        other = "agent" if sender == "client" else "client"
        method = message.get("method")
        if method in OUTSIDE:
            continue
        if method is not None:
            if "id" in message:
                asked[sender, message["id"]] = method
            check(message.get("params"), by_method()[method]["Request"])
        elif "error" in message:
            check(message["error"], "Error")
        elif asked.get((other, message["id"])) in by_method():
            check(message["result"], by_method()[asked[other, message["id"]]]["Response"])


CALL = {"toolCallId": "c1", "title": "make", "kind": "execute", "rawInput": {"command": "make"}}


async def test_a_whole_conversation_has_the_official_shape_on_both_sides(play):
    modes = {"currentModeId": "yolo", "availableModes": [{"id": "yolo", "name": "Y"}, {"id": "ask", "name": "A"}]}
    path = str(play.workspace / "a.txt")
    script = {
        "load": {},
        "new": {"modes": modes},
        "turns": [
            [
                {"say": "hello"},
                {"think": "hm"},
                {"call": CALL},
                {"ask": {"toolCall": CALL}},
                {"request": {"method": "fs/write_text_file", "params": {"path": path, "content": "x"}}},
                {"request": {"method": "fs/read_text_file", "params": {"path": path}}},
                {"request": {"method": "fs/read_text_file", "params": {"path": "/etc/passwd"}}},
                {"request": {"method": "terminal/create", "params": {"command": "echo x"}}},
                {"request": {"method": "terminal/wait_for_exit", "params": {"terminalId": "$TERMINAL"}}},
                {"request": {"method": "terminal/output", "params": {"terminalId": "$TERMINAL"}}},
                {"request": {"method": "terminal/kill", "params": {"terminalId": "$TERMINAL"}}},
                {"request": {"method": "terminal/release", "params": {"terminalId": "$TERMINAL"}}},
            ]
        ],
    }
    offered = {"offers_files": True, "offers_terminals": True}
    played = await play(script, profile=offered)
    validate(played.wire)
    assert len([message for sender, message in played.wire if sender == "client"]) >= 12
    validate((await play(script, profile=offered, permit=play.reject)).wire)
    validate((await play(script, profile=offered, resume="s-old")).wire)


async def test_a_cancelled_conversation_has_the_official_shape(play):
    limits = replace(TurnLimits(), silence=timedelta(seconds=1))
    validate((await play({"turns": [[{"hang": True}]]}, limits=limits)).wire)
