"""Whatever JSON an agent puts into whatever field: it costs at most that message, and every request is answered."""

import asyncio
import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiro_worker.agent.acp import wire
from kiro_worker.agent.acp.choices import choices_in
from kiro_worker.agent.acp.connection import CallFailed, Connection
from kiro_worker.agent.acp.ending import TurnOver, after_error, after_stop, check_version
from kiro_worker.agent.acp.files import WorkspaceFiles
from kiro_worker.agent.acp.hearing import Hearing
from kiro_worker.agent.acp.service import Service
from kiro_worker.agent.acp.terminals import Terminals
from kiro_worker.agent.acp.usage import Meter
from kiro_worker.agent.port import Permission, SessionId
from kiro_worker.agent.profile import Profile, Quirks
from kiro_worker.process import Children

# Every field that is read of an agent, and values that a careless reader takes for what they are not.
FIELDS = st.sampled_from(
    [field.encode_name for shape in (wire.Update, wire.SessionOpened, wire.PromptEnded) for field in msgspec.structs.fields(shape)]
    + ["sessionId", "update", "toolCall", "options", "optionId", "type", "text", "path", "command", "args", "id", "category"]
    + ["currentValue", "value", "name", "unit", "amount", "currency", "meteringUsage", "availableModes", "currentModeId"]
)  # fmt: skip
WORDS = st.sampled_from(
    ["", "mode", "allow_once", "reject_once", "warning", "--3", "٣", "diff", "USD", "credit", "x" * 5000, "\0"]
)
NUMBERS = st.sampled_from([0, -1, 2**53, 2**64, 10**30, 1e308])
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=4),
    max_leaves=10,
)
KINDS = st.sampled_from(
    ["agent_message_chunk", "agent_thought_chunk", "tool_call", "tool_call_update", "plan", "notice"]
) | (st.sampled_from(["usage_update", "session_info_update", "current_mode_update", "available_commands_update"]))
UPDATES = st.dictionaries(FIELDS, VALUES, max_size=6).flatmap(
    lambda given: KINDS.map(lambda kind: {**given, "sessionUpdate": kind})
)
METHODS = st.sampled_from([
    wire.REQUEST_PERMISSION, wire.READ_FILE, wire.WRITE_FILE, wire.CREATE_TERMINAL, wire.TERMINAL_OUTPUT,
    wire.WAIT_FOR_EXIT, wire.KILL_TERMINAL, wire.RELEASE_TERMINAL, "craft/unheardOf",
])  # fmt: skip
NOTICES = st.sampled_from([wire.UPDATE, "_kiro.dev/metadata", "_kiro.dev/agent/not_found", "some/error", "_x"])


class Wire:
    """A connection with everything behind it, and nobody who minds."""

    def __init__(self, folder: Path, children: Children, *, session: str | None = None) -> None:
        self.sent: list[bytes] = []
        self.later: list[asyncio.Task] = []
        hearing = Hearing(lambda _: None, Quirks(over_texts=("x",)))
        hearing.session = None if session is None else SessionId(session)
        hearing.release()
        start = self._start
        service = Service(
            profile=Profile(name="p", command=("p",), offers_files=True, offers_terminals=True),
            permit=lambda _: Permission(allowed=True, rule="test", reason="a test"),
            hearing=hearing,
            files=WorkspaceFiles(folder),
            terminals=Terminals(children, {"PATH": ""}, start, 1000),
        )
        self.connection = Connection(self.sent.append, service, start)

    def _start(self, work) -> None:
        self.later.append(asyncio.get_running_loop().create_task(work))

    def take(self, message: dict) -> None:
        self.connection.receive(json.dumps(message).encode() + b"\n")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("workspace")


@given(session=st.none() | st.just("s"), whose=VALUES | st.just("s"), update=UPDATES | VALUES, method=NOTICES)
def test_no_update_ends_the_hearing(folder, session, whose, update, method):
    heard = Wire(folder, Children(), session=session)
    heard.take({"method": method, "params": {"sessionId": whose, "update": update}})
    heard.take({"method": method, "params": update})


@given(number=VALUES, method=METHODS, params=VALUES | st.dictionaries(FIELDS, VALUES, max_size=6))
@settings(max_examples=300)
def test_every_request_is_answered_with_its_id(folder, number, method, params):
    async def run():
        async with Children() as children:
            asked = Wire(folder, children)
            asked.take({"id": number, "method": method, "params": params})
            await asyncio.gather(*asked.later)
            (answer,) = map(json.loads, asked.sent)
            assert answer["id"] == number
            assert ("result" in answer) != ("error" in answer)

    asyncio.run(run())


@given(VALUES | st.dictionaries(st.sampled_from(["code", "message", "data"]), VALUES))
def test_any_error_settles_the_call_and_has_an_outcome(error):
    async def run():
        sender = Connection(lambda _: None, None, lambda _: None)
        call = sender.call("x", wire.Done())
        sender.receive(json.dumps({"id": 1, "error": error}).encode() + b"\n")
        settled = await call
        assert not isinstance(settled, CallFailed) or after_error(settled, "").outcome

    asyncio.run(run())


@given(options=VALUES | st.lists(st.dictionaries(FIELDS, VALUES, max_size=4)), modes=VALUES, models=VALUES)
def test_whatever_a_session_offers_is_read_as_choices(options, modes, models):
    opened = wire.SessionOpened(config_options=options, modes=modes, models=models)
    for category in ("mode", "model"):
        for way in choices_in(opened, category):
            assert way.pick(("ask",)) is None or way.offered


@given(VALUES, VALUES, VALUES)
def test_whatever_ends_a_prompt_has_an_outcome_and_a_cost(reason, usage, meta):
    meter = Meter()
    meter.prompted()
    meter.take_answer(wire.PromptEnded(stop_reason=reason, usage=usage, meta=meta))
    meter.take_total_cost(usage)
    meter.take_credits(meta)
    assert meter.usage.cost_usd is None or meter.usage.cost_usd >= 0
    assert after_stop(reason, "", "").outcome


@given(VALUES | st.floats(allow_nan=False))
def test_a_version_is_ours_or_ends_the_turn(version):
    try:
        check_version(version)
    except TurnOver:
        # Neither a truth nor a number with a point is a version, though Python takes both for 1.
        assert version not in (1, None, "1") or isinstance(version, bool | float)


@pytest.mark.parametrize("cwd", ["a" * 5000, "x/" * 3000, "\0", "\ud800"])
async def test_a_folder_that_cannot_be_one_is_told(folder, cwd):
    async with Children() as children:
        asked = Wire(folder, children)
        asked.take({"id": 1, "method": wire.CREATE_TERMINAL, "params": {"command": "true", "cwd": cwd}})
        await asyncio.gather(*asked.later)
        assert "error" in json.loads(asked.sent[0])


async def test_an_update_that_does_not_say_whose_it_is_is_the_turns_own(play):
    update = {"sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": "mine"}}
    played = await play({"turns": [[{"send": {"method": "session/update", "params": {"update": update}}}]]})
    assert played.end.said == "mine"
