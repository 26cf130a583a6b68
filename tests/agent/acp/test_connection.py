import asyncio
import json

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiro_worker.agent.acp import wire
from kiro_worker.agent.acp.connection import CallFailed, Connection, Refused


class Peer:
    """Answers what it is told to, and keeps the rest."""

    def __init__(self):
        self.noticed, self.noises = [], []
        self.replies = {}

    def request(self, method, params):
        reply = self.replies[method]
        if isinstance(reply, Exception):
            raise reply
        return reply(params) if callable(reply) else reply

    def notice(self, method, params):
        if method == "unreadable":
            wire.part(params, wire.SessionUpdate)
        self.noticed.append((method, bytes(params)))

    def noise(self, line, reason):
        self.noises.append((line, reason))


@pytest.fixture
def peer():
    return Peer()


@pytest.fixture
def sent():
    return []


def answers(sent):
    return [json.loads(line) for line in sent]


async def test_calls_are_settled_by_their_id_in_any_order(peer, sent):
    connection = Connection(sent.append, peer, asyncio.get_running_loop().create_task)
    first, second = connection.call("a", wire.Done()), connection.call("b", wire.Done())
    connection.receive(b'{"jsonrpc":"2.0","id":2,"result":{"n":2}}\n{"jsonrpc":"2.0","id":"1","result":null}\n')
    assert bytes(second.result()) == b'{"n":2}'
    assert bytes(first.result()) == b"null"
    assert [message["method"] for message in answers(sent)] == ["a", "b"]


@pytest.mark.parametrize("number", [b"true", b"[1]", b"{}", b'"x"', b"99", b"1.5", b"null", b'"' + b"9" * 400 + b'"'])
async def test_an_answer_to_nothing_is_noise(peer, sent, number):
    connection = Connection(sent.append, peer, asyncio.get_running_loop().create_task)
    call = connection.call("a", wire.Done())
    connection.receive(b'{"id":%b,"result":{}}\n' % number)
    assert not call.done()
    assert len(peer.noises) == 1


async def test_a_second_answer_is_ignored(peer, sent):
    connection = Connection(sent.append, peer, asyncio.get_running_loop().create_task)
    call = connection.call("a", wire.Done())
    connection.receive(b'{"id":1,"result":{"n":1}}\n{"id":1,"result":{"n":2}}\n')
    assert bytes(call.result()) == b'{"n":1}'


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (b'{"code":-32603,"message":"Internal","data":{"details":"x"}}', -32603, 'Internal: {"details":"x"}'),
        (b'{"code":-32603,"message":"same","data":"same"}', -32603, "same"),
        (b'{"code":"429","message":"slow"}', 429, "slow"),
        (b'{"code":1.5,"message":7}', None, "7"),
        (b'{"code":"no number"}', None, ""),
        (b'"just words"', None, "just words"),
        (b"[1]", None, "[1]"),
    ],
)
async def test_errors_of_every_shape_settle_a_call(peer, sent, error, code, message):
    connection = Connection(sent.append, peer, asyncio.get_running_loop().create_task)
    call = connection.call("a", wire.Done())
    connection.receive(b'{"id":1,"error":%b}\n' % error)
    failed = call.result()
    assert isinstance(failed, CallFailed)
    assert (failed.method, failed.code, failed.message) == ("a", code, message)


async def test_a_request_is_answered_at_once_or_later_or_refused(peer, sent):
    async def later(_params):
        await asyncio.sleep(0)
        return wire.FileText("text")

    async def refuse_later(_params):
        await asyncio.sleep(0)
        raise Refused(-5, "no")

    peer.replies = {
        "now": wire.Done(),
        "later": later,
        "refused": Refused(-32601, "not offered"),
        "refused later": refuse_later,
        "wrong": lambda params: wire.part(params, wire.ReadFile),
    }
    async with asyncio.TaskGroup() as group:
        connection = Connection(sent.append, peer, group.create_task)
        for number, method in enumerate(peer.replies):
            connection.receive(json.dumps({"id": number, "method": method}).encode() + b"\n")
    by_id = {message["id"]: message for message in answers(sent)}
    assert by_id[0]["result"] == {}
    assert by_id[1]["result"] == {"content": "text"}
    assert by_id[2]["error"] == {"code": -32601, "message": "not offered"}
    assert by_id[3]["error"] == {"code": -5, "message": "no"}
    assert by_id[4]["error"]["code"] == -32602


async def test_a_request_with_the_id_null_is_a_request(peer, sent):
    peer.replies = {"now": wire.Done()}
    Connection(sent.append, peer, asyncio.get_running_loop().create_task).receive(b'{"id":null,"method":"now"}\n')
    assert answers(sent) == [{"id": None, "result": {}, "jsonrpc": "2.0"}]


async def test_too_many_waiting_requests_are_refused(peer, sent):
    forever = asyncio.Event()

    async def wait(_params):
        await forever.wait()
        return wire.Done()

    peer.replies = {"wait": wait}
    async with asyncio.TaskGroup() as group:
        connection = Connection(sent.append, peer, group.create_task)
        connection.receive(b"".join(b'{"id":%d,"method":"wait"}\n' % n for n in range(300)))
        assert sum("error" in message for message in answers(sent)) == 300 - 256
        forever.set()


async def test_one_bad_line_does_not_cost_its_neighbours(peer, sent):
    connection = Connection(sent.append, peer, asyncio.get_running_loop().create_task)
    connection.receive(b'{"method":"a"}\n{"method":\n\n{"method":"b","params":{"x":1}}\r\n')
    assert peer.noticed == [("a", b""), ("b", b'{"x":1}')]
    assert connection.messages == 2
    assert [line for line, _ in peer.noises] == [b'{"method":']


async def test_a_notification_of_the_wrong_shape_is_noise(peer, sent):
    Connection(sent.append, peer, asyncio.get_running_loop().create_task).receive(
        b'{"method":"unreadable","params":[1]}\n'
    )
    assert peer.noises[0][0] == b"[1]"


async def test_the_tap_sees_every_line_both_ways(peer, sent):
    seen = []
    connection = Connection(sent.append, peer, asyncio.get_running_loop().create_task, lambda *line: seen.append(line))
    connection.tell("hello", wire.Cancel("s"))
    connection.receive(b'garbage\n{"method":"a"}\n')
    assert [sender for sender, _ in seen] == ["client", "agent", "agent"]
    assert seen[0][1] == sent[0].rstrip(b"\n")
    assert [line for _, line in seen[1:]] == [b"garbage", b'{"method":"a"}']


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
frames = st.fixed_dictionaries(
    {},
    optional={
        "id": json_values,
        "method": json_values | st.sampled_from(["session/update", "session/request_permission"]),
        "params": json_values,
        "result": json_values,
        "error": json_values,
    },
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.binary(max_size=40) | frames.map(lambda value: json.dumps(value).encode()), max_size=6))
def test_no_bytes_whatever_break_the_connection(lines):
    def refuse(method, _params):
        raise Refused(-32601, method)

    async def run():
        sent, peer = [], Peer()
        peer.request = refuse
        connection = Connection(sent.append, peer, asyncio.get_running_loop().create_task)
        connection.call("a", wire.Done())
        connection.receive(b"\n".join(lines) + b"\n")
        connection.receive(b'{"method":"still here"}\n')
        assert peer.noticed[-1][0] == "still here"
        assert all(json.loads(line)["jsonrpc"] == "2.0" for line in sent)

    asyncio.run(run())


@given(frames)
def test_any_params_are_read_or_unreadable(value):
    raw = msgspec.Raw(json.dumps(value).encode())
    for shape in (wire.SessionUpdate, wire.PermissionAsked, wire.Initialized, wire.PromptEnded, wire.CreateTerminal):
        try:
            wire.part(raw, shape)
        except wire.UNREADABLE:
            continue


@pytest.mark.parametrize(
    ("line", "read"),
    [
        (rb'{"id":1,"result":{"text":"cut \ud83d"}}', b'{"text": "cut ?"}'),
        (b'{"id":1,"result":{"cost":NaN}}', b'{"cost": null}'),
        (b'{"id":1,"result":{"text":"tab\there"}}', rb'{"text": "tab\there"}'),
        (b'\xef\xbb\xbf{"id":1,"result":{}}\r', b"{}"),
    ],
)
async def test_what_laxer_writers_send_is_still_a_message(line, read):
    peer = Peer()
    connection = Connection(lambda _: None, peer, asyncio.get_running_loop().create_task)
    call = connection.call("a", wire.Done())
    connection.receive(b'{"method":"before"}\n' + line + b'\n{"method":"after"}\n')
    assert bytes(await call) == read
    assert [method for method, _ in peer.noticed] == ["before", "after"]


def test_text_that_is_no_utf_8_costs_its_characters_and_nothing_else():
    line = b'{"method":"session/update","params":{"sessionId":"s","update":{"title":"caf\xe9"}}}'
    assert wire.part(wire.frame_of_any(line).params, wire.SessionUpdate).update.title == "caf\ufffd"
