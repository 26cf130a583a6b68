"""The small parts on their own: limits, usage, the log."""

import asyncio
from datetime import timedelta

import pytest

from kiro_worker.agent.acp.calls import ToolCalls, said
from kiro_worker.agent.acp.choices import choices_in
from kiro_worker.agent.acp.ending import TurnOver, after_exit, failure_told, with_words
from kiro_worker.agent.acp.log import WireLog
from kiro_worker.agent.acp.usage import Meter
from kiro_worker.agent.acp.watch import Watch
from kiro_worker.agent.acp.wire import PromptEnded, SessionOpened, Update
from kiro_worker.agent.port import TurnLimits, TurnOutcome, Usage
from kiro_worker.redact import Redactor, Secret
from kiro_worker.testing.clock import HandClock

LIMITS = TurnLimits(
    wall=timedelta(seconds=100), silence=timedelta(seconds=10), start=timedelta(seconds=20), output=1000
)


class Watched:
    def __init__(self):
        self.clock = HandClock()
        self.busy = False
        self.over: list[TurnOver] = []
        self.watch = Watch(LIMITS, self.clock, busy=lambda: self.busy, over=self.over.append)

    @property
    def outcomes(self):
        return [over.outcome for over in self.over]


@pytest.fixture
async def watched():
    found = Watched()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(found.watch.keep())
        yield found
        task.cancel()


async def test_the_start_has_its_own_limit(watched):
    for _ in range(4):
        await watched.clock.run(5)
        watched.watch.sign()
    assert watched.outcomes == [TurnOutcome.NOT_STARTED]


async def test_silence_counts_from_the_last_sign(watched):
    watched.watch.prompted()
    await watched.clock.run(9)
    watched.watch.sign()
    await watched.clock.run(9.9)
    assert watched.outcomes == []
    await watched.clock.run(0.2)
    assert watched.outcomes == [TurnOutcome.SILENT]


async def test_work_in_progress_is_no_silence_and_its_end_starts_the_count_anew(watched):
    watched.watch.prompted()
    watched.busy = True
    await watched.clock.run(55)
    watched.busy = False
    watched.watch.sign()
    await watched.clock.run(9.9)
    assert watched.outcomes == []
    await watched.clock.run(0.2)
    assert watched.outcomes == [TurnOutcome.SILENT]


async def test_the_wall_stands_whatever_is_in_progress(watched):
    await watched.clock.run(5)
    watched.watch.prompted()
    watched.busy = True
    await watched.clock.run(99.9)
    assert watched.outcomes == []
    await watched.clock.run(0.2)
    assert watched.outcomes == [TurnOutcome.TIMED_OUT]


async def test_output_has_its_limit(watched):
    assert watched.watch.heard(1000)
    assert not watched.watch.heard(1)
    assert watched.outcomes == [TurnOutcome.OVER_BUDGET]


@pytest.mark.parametrize(
    ("answer", "usage"),
    [
        ({"usage": {"inputTokens": 5, "outputTokens": 2}}, Usage(input_tokens=5, output_tokens=2)),
        ({"usage": {"prompt_tokens": 5}}, Usage(input_tokens=5)),
        (
            {"meta": {"quota": {"token_count": {"input_tokens": 5, "output_tokens": 2}}}},
            Usage(input_tokens=5, output_tokens=2),
        ),
        ({"meta": {"x": {"inputTokens": 5, "total_cost_usd": 0.5}}}, Usage(input_tokens=5, cost_usd=0.5)),
        ({"usage": {"inputTokens": -5, "outputTokens": True}}, Usage()),
        ({"usage": {"inputTokens": "5"}, "meta": [1]}, Usage()),
        ({}, Usage()),
    ],
)
def test_tokens_are_read_in_every_shape(answer, usage):
    meter = Meter()
    assert meter.take_answer(PromptEnded(**answer)) is (usage != Usage())
    assert meter.usage == usage


def test_money_of_another_currency_and_odd_amounts_are_not_read():
    meter = Meter()
    meter.prompted()
    for cost in (None, 7, {"amount": 1, "currency": "EUR"}, {"amount": "1"}, {"amount": float("nan")}):
        assert not meter.take_total_cost(cost)
    assert meter.usage == Usage()
    assert meter.take_total_cost({"amount": 0})
    assert meter.usage == Usage(cost_usd=0.0)


def test_odd_metering_is_not_read():
    meter = Meter()
    for entries in (None, {}, [7], [{"value": 1, "unit": "token"}], [{"value": None, "unit": "credit"}]):
        assert not meter.take_credits(entries)
    assert meter.usage == Usage()


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("words", "words"),
        ({"type": "text", "text": "words"}, "words"),
        ([{"type": "content", "content": {"type": "text", "text": "a"}}, {"type": "text", "text": "b"}], "a\nb"),
        ({"type": "resource", "resource": {"text": "inside"}}, "inside"),
        ({"type": "image", "data": "AAAA"}, ""),
        ({"text": 7}, ""),
        (None, ""),
        (7, ""),
    ],
)
def test_text_is_found_in_every_kind_of_content(content, text):
    assert said(content) == text


def test_a_call_that_is_announced_twice_is_one_call():
    calls = ToolCalls()
    for status in ("pending", "in_progress"):
        calls.take(Update(tool_call_id="c1", title="make", status=status))
    assert calls.announced == 1
    assert calls.running
    assert calls.take(Update(tool_call_id="c1", status="completed", raw_output={"x": 1})).output == '{"x":1}'
    assert not calls.running


def test_of_a_flood_of_calls_the_oldest_are_forgotten():
    calls = ToolCalls()
    for number in range(5000):
        calls.take(Update(tool_call_id=f"c{number}", kind="execute", raw_input={"command": "make"}))
    assert calls.request(Update(tool_call_id="c4999")).command == "make"
    assert not calls.request(Update(tool_call_id="c1")).readable
    assert len(calls._calls) <= 4096


def test_the_log_holds_both_directions_without_secrets(tmp_path):
    redactor = Redactor([Secret("KEY", "correct-horse-battery")])
    with WireLog(tmp_path / "wire.log", redactor.bytes) as log:
        log("client", b'{"a":1}')
        log("agent", b'{"b":"correct-horse-battery"}')
    assert (tmp_path / "wire.log").read_bytes() == b'> {"a":1}\n< {"b":"[redacted:KEY]"}\n'
    assert (tmp_path / "wire.log").stat().st_mode & 0o777 == 0o600


def test_a_full_log_says_so_and_grows_no_more(tmp_path):
    with WireLog(tmp_path / "wire.log", bytes, most=300_000) as log:
        for _ in range(10_000):
            log("agent", b"x" * 1000)
    kept = (tmp_path / "wire.log").read_bytes()
    assert len(kept) < 301_000
    assert kept.endswith(b"[more was left out: the log is full]\n")


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("HTTP 401: scripted failure", TurnOutcome.LOGGED_OUT),
        ("**Error:** Authentication failed: Invalid API key", TurnOutcome.LOGGED_OUT),
        ("API Error: 429 too many requests", TurnOutcome.THROTTLED),
        ("\u274c Error: insufficient_quota", TurnOutcome.EXHAUSTED),
        ("Request failed with status code 402", TurnOutcome.EXHAUSTED),
        ("Error: the disk is full", None),
        ("The check for a missing api key stands in login.py already.", None),
        ("Task 1.1 needs nothing: a request without a login gets a 401, and the error says that a login is required.", None),
        ("Error: 401 " + "x" * 4000, None),
        ("", None),
    ],
)  # fmt: skip
def test_an_answer_that_is_a_fault_of_the_service_is_told_from_one_that_writes_of_faults(answer, outcome):
    assert failure_told(answer) is outcome


def test_an_option_that_is_called_as_its_category_comes_before_others_of_the_category():
    options = [
        {"id": name, "category": "model", "currentValue": value, "options": [{"value": value, "name": value}]}
        for name, value in (("provider", "a-service"), ("model", "a-model"))
    ]
    assert [way.current for way in choices_in(SessionOpened(config_options=options), "model")] == [
        "a-model",
        "a-service",
    ]


def test_what_was_seen_comes_first_however_much_an_agent_says_and_what_is_no_text_is_counted():
    noise = "\n".join("\ufffd" * 300 for _ in range(30))
    limit = TurnOver(TurnOutcome.NOT_STARTED, "The agent took no prompt within 3 s of its start.")
    over = with_words(limit, f"no such model\n{noise}\n")
    assert over.detail == f"{limit.detail} It had said: no such model\n(and 30 lines that are no text)"
    over = after_exit(1, messages=0, noise=True, words="x" * 8000 + " the end")
    assert over.detail.startswith("The agent ended with status 1 before it said anything of the protocol. xxx")
    assert over.detail.endswith("x the end")
