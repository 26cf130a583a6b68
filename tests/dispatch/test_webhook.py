"""Webhooks over real HTTP: signed, heard once, and never more than a ring."""

import asyncio
import contextlib
import json
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from kiro_worker.dispatch.webhook.deliveries import WINDOW, Deliveries
from kiro_worker.dispatch.webhook.event import repository_of, wakes
from kiro_worker.dispatch.webhook.server import CannotListen, Manner, hooks
from kiro_worker.dispatch.webhook.signature import is_right, signature_of
from kiro_worker.state import open_state
from kiro_worker.testing.clock import HandClock

SECRET = b"It's a Secret to Everybody"
EXAMPLES = json.loads((Path(__file__).parent.parent / "schemas" / "webhooks" / "examples.json").read_text("utf-8"))

WAKE = {
    "check_run": {"completed"},
    "check_suite": {"completed"},
    "issues": {"edited", "labeled", "opened", "reopened", "unlabeled", "deleted", "transferred"},
    "ping": set(),
    "projects_v2_item": {"archived", "converted", "created", "edited", "restored"},
    "pull_request": {"closed", "labeled", "opened", "reopened", "synchronize", "unlabeled"},
    "pull_request_review": {"submitted"},
    "pull_request_review_comment": {"created", "edited"},
    "pull_request_review_thread": {"unresolved"},
}


@pytest.fixture
def state(tmp_path):
    state = open_state(tmp_path)
    yield state
    state.close()


class Heard:
    def __init__(self):
        self.rings = 0

    def ring(self):
        self.rings += 1


@contextlib.asynccontextmanager
async def listening(state, clock=None, **manner):
    heard = Heard()
    opened = hooks(
        ("127.0.0.1", 0),
        SECRET,
        deliveries=Deliveries(state),
        clock=clock or HandClock(),
        ring=heard.ring,
        manner=Manner(**{"gap": 0.0, **manner}),
    )
    async with opened as (made, port), httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        heard.hooks, heard.client, heard.port = made, client, port
        yield heard


async def deliver(heard, payload, *, event="push", name="d-1", **headers):
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    told = {
        "X-GitHub-Event": event, "X-GitHub-Delivery": name, "X-Hub-Signature-256": signature_of(SECRET, body),
        "Content-Type": "application/json",
    }  # fmt: skip
    answer = await heard.client.post("/webhook", content=body, headers={**told, **headers})
    return answer.status_code


def test_a_signature_is_the_published_one_and_no_other_will_do():
    body = b"Hello, World!"
    right = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert is_right(right, signature_of(SECRET, body))
    for wrong in ("", right[:-1], right.upper(), right.removeprefix("sha256="), "sha1=" + right, right + "é"):
        assert not is_right(wrong, right)
    assert not is_right(right, signature_of(b"other", body))
    assert not is_right(right, signature_of(SECRET, b"Hello, World?"))


@pytest.mark.parametrize("event", sorted(WAKE))
def test_github_s_own_examples_wake_when_there_may_be_something_to_do(event):
    for payload in EXAMPLES[event]:
        assert wakes(event, payload) is (payload.get("action") in WAKE[event]), payload.get("action")


def test_comments_wake_on_pull_requests_alone():
    for payload in EXAMPLES["issue_comment"]:
        assert not wakes("issue_comment", payload)
        # GitHub marks the issue of a pull request so.
        on_pull = {**payload, "issue": {**payload["issue"], "pull_request": {}}}
        assert wakes("issue_comment", on_pull) is (payload["action"] in {"created", "edited"})


def test_what_the_worker_writes_itself_wakes_nobody():
    (status,) = EXAMPLES["status"]
    assert wakes("status", {**status, "state": "failure"})
    assert not wakes("status", {**status, "state": "failure", "context": "kiro-worker/evidence"})
    assert not wakes("status", {**status, "state": "pending"})
    assert repository_of(status) == "Codertocat/Hello-World"
    assert repository_of(None) == repository_of({"repository": 3}) == ""


async def test_a_signed_delivery_rings_once_however_often_it_comes(state):
    async with listening(state) as heard:
        payload = EXAMPLES["push"][0]
        assert await deliver(heard, payload) == 202
        assert await deliver(heard, payload) == 200
        # The id is not signed: who caught a delivery could send it again under another.
        assert await deliver(heard, payload, name="d-2") == 200
        assert await deliver(heard, {"other": 1}, name="d-1") == 200
        assert await deliver(heard, {"other": 2}, name="d-3") == 202
        assert (heard.rings, heard.hooks.heard) == (2, 2)


async def test_what_was_heard_is_known_by_the_next_process_and_forgotten_after_the_window(state):
    clock = HandClock()
    async with listening(state, clock) as heard:
        assert await deliver(heard, {"a": 1}) == 202
    clock.advance((WINDOW - timedelta(seconds=1)).total_seconds())
    async with listening(state, clock) as heard:
        assert await deliver(heard, {"a": 1}) == 200
        clock.advance(2)
        assert await deliver(heard, {"a": 1}, name="d-9") == 202


async def test_strangers_are_turned_away_and_ring_nothing(state):
    async with listening(state) as heard:
        assert await deliver(heard, {"a": 1}, **{"X-Hub-Signature-256": "sha256=0"}) == 401
        assert await deliver(heard, {"a": 1}, **{"X-Hub-Signature-256": ""}) == 401
        assert (await heard.client.get("/webhook")).status_code == 405
        assert (await heard.client.post("/", content=b"{}")).status_code == 404
        assert await deliver(heard, {"a": 1}, **{"X-GitHub-Delivery": "x" * 101}) == 400
        assert (heard.rings, heard.hooks.refused) == (0, 2)
        # None of that counts as having been heard.
        assert await deliver(heard, {"a": 1}) == 202


async def test_a_payload_that_cannot_be_read_is_looked_into_and_a_form_is_read(state):
    from urllib.parse import urlencode

    async with listening(state) as heard:
        assert await deliver(heard, b"\xff{") == 202
        form = urlencode({"payload": json.dumps({"action": "created"})}).encode()
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        assert await deliver(heard, form, event="check_run", name="d-2", **kind) == 200


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"POST /webhook HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", 413),
        (b"POST /webhook HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 411),
        (b"POST /webhook HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 411),
        (b"POST /webhook HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n", 400),
        (b"POST /webhook HTTP/1.1\r\nContent-Length : 2\r\n\r\n", 400),
        (b"POST /webhook HTTP/1.1\r\n" + b"A: b\r\n" * 2, 400),
        (b"POST /webhook HTTP/1.1\r\n" + b"".join(b"A%d: b\r\n" % n for n in range(101)) + b"\r\n", 431),
        (b"POST /webhook HTTP/1.1\r\nA: " + b"b" * 20_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/2\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\r\n", 400),
    ],
)
async def test_no_request_costs_more_than_its_bounds(state, request_, status):
    async with listening(state, seconds=1) as heard:
        reader, writer = await asyncio.open_connection("127.0.0.1", heard.port)
        writer.write(request_)
        writer.write_eof()
        answer = await reader.read(2000)
        writer.close()
        assert answer.startswith(b"HTTP/1.1 %d " % status)
        assert heard.rings == 0


async def test_who_says_nothing_is_let_go_and_too_many_are_told(state):
    async with listening(state, seconds=0.2, most=2) as heard:
        waiting = [await asyncio.open_connection("127.0.0.1", heard.port) for _ in range(3)]
        answers = await asyncio.gather(*(reader.read(2000) for reader, _ in waiting))
        assert sorted(answer.split(b" ")[1] for answer in answers) == [b"408", b"408", b"503"]
        for _, writer in waiting:
            writer.close()
        assert await deliver(heard, {"a": 1}) == 202


async def test_an_address_that_is_taken_is_told_before_anything_begins(state):
    async with listening(state) as heard:
        with pytest.raises(CannotListen, match=f"127.0.0.1:{heard.port}"):
            async with hooks(
                ("127.0.0.1", heard.port), SECRET, deliveries=Deliveries(state), clock=HandClock(), ring=heard.ring
            ):
                raise AssertionError


async def test_many_at_once_ring_twice_now_and_at_the_end_of_the_gap(state):
    async with listening(state, gap=0.5) as heard:
        for nth in range(5):
            assert await deliver(heard, {"a": nth}, name=f"d-{nth}") == 202
        assert heard.rings == 1
        async with asyncio.timeout(5):
            while heard.rings < 2:  # noqa: ASYNC110  # a timer rings
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.1)
        assert heard.rings == 2


async def test_a_large_delivery_is_signed_as_it_comes_and_looked_into_without_being_read(state):
    async with listening(state) as heard:
        large = b'{"action": "created", "x": "' + b"x" * 3_000_000 + b'"}'
        assert await deliver(heard, large, event="check_run") == 202
        assert (
            await deliver(heard, large + b" ", name="d-2", **{"X-Hub-Signature-256": signature_of(SECRET, large)})
            == 401
        )
