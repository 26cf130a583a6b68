import pytest

from kiro_worker.agent.failure import failure_in
from kiro_worker.agent.port import TurnOutcome


@pytest.mark.parametrize(
    ("words", "outcome"),
    [
        ("60-minute credit limit exceeded (ThrottlingException)", TurnOutcome.EXHAUSTED),
        ("The monthly usage limit has been reached", TurnOutcome.EXHAUSTED),
        ("Error code: 429 - {'error': {'type': 'insufficient_quota'}}", TurnOutcome.EXHAUSTED),
        ("Your credit balance is too low to access the API", TurnOutcome.EXHAUSTED),
        ("HTTP 402 Payment Required", TurnOutcome.EXHAUSTED),
        ("The request was throttled by the service", TurnOutcome.THROTTLED),
        ("Kiro rate limit reached: Request quota exceeded", TurnOutcome.THROTTLED),
        ("429 Too Many Requests", TurnOutcome.THROTTLED),
        ("ModelOverloadedError", TurnOutcome.THROTTLED),
        ("status code 503", TurnOutcome.THROTTLED),
        ("Authentication failed.", TurnOutcome.LOGGED_OUT),
        ("Confirm the following code in the browser", TurnOutcome.LOGGED_OUT),
        ("Authentication required", TurnOutcome.LOGGED_OUT),
        ("Incorrect API key provided: sk-...", TurnOutcome.LOGGED_OUT),
        ("API error 401", TurnOutcome.LOGGED_OUT),
        ("Error: No authentication information found.", TurnOutcome.LOGGED_OUT),
        ('Internal error: {"details":"401 no such key"}', TurnOutcome.LOGGED_OUT),
        ('401: {"message":"no such key"}', TurnOutcome.LOGGED_OUT),
        ("503 backend gone", TurnOutcome.THROTTLED),
        ("No LLM provider configured. Run `hermes model`", TurnOutcome.CONFIG),
        ("ACP initialization failed: No providers configured.", TurnOutcome.CONFIG),
        ("EOFError: EOF when reading a line", TurnOutcome.CONFIG),
        ("ExpiredTokenException: The security token included in the request is expired", TurnOutcome.LOGGED_OUT),
        ("InvalidModelId", TurnOutcome.CONFIG),
        ("The model `gpt-9` does not exist", TurnOutcome.CONFIG),
        ("error: unexpected argument '--foo' found", TurnOutcome.CONFIG),
        ("kimi is no longer maintained", TurnOutcome.CONFIG),
        ("ContextWindowOverflow", TurnOutcome.CUT_SHORT),
        ("prompt is too long: 210000 tokens > 200000 maximum", TurnOutcome.CUT_SHORT),
        ("Segmentation fault", None),
        ("took 401 ms, 503 files", None),
        ("", None),
    ],
)
def test_words_that_agents_use_are_known(words, outcome):
    assert failure_in(words) is outcome


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (-32000, TurnOutcome.LOGGED_OUT),
        (401, TurnOutcome.LOGGED_OUT),
        (-31002, TurnOutcome.LOGGED_OUT),
        (429, TurnOutcome.THROTTLED),
        (529, TurnOutcome.THROTTLED),
        (500, None),
        (-32603, None),
    ],
)
def test_a_code_counts_where_words_say_nothing(code, outcome):
    assert failure_in("Internal error", code) is outcome


def test_words_count_more_than_a_code():
    assert failure_in("monthly usage limit reached", 429) is TurnOutcome.EXHAUSTED
