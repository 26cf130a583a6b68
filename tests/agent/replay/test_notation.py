import base64
import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiro_worker.agent.replay import Cassette, CassetteUnreadable, Condition, RecordedTurn, Step, load, parse, render
from kiro_worker.error import Fault

_TEXT = st.text(max_size=20)
_STEPS = st.one_of(
    _TEXT.map(lambda text: Step(kind="say", value=text)),
    st.floats(0, 5).map(lambda seconds: Step(kind="wait", value=seconds)),
    st.builds(lambda path, text: Step(kind="write", value=path, more={"content": text}), _TEXT, _TEXT),
    st.binary(max_size=9).map(
        lambda raw: Step(kind="write", value="b", more={"base64": base64.b64encode(raw).decode(), "silent": True})
    ),
    st.sampled_from(["end_turn", "refusal"]).map(
        lambda reason: Step(kind="end", value=reason, more={"usage": {"a": 1}})
    ),
    st.just(Step(kind="permission", value={"toolCallId": "c"}, more={"rejected": "end_turn"})),
)
_CONDITIONS = st.builds(Condition, file=_TEXT, contains=_TEXT)
_TURNS = st.builds(
    RecordedTurn,
    name=_TEXT,
    text=_TEXT,
    regex=st.just(""),
    attempt=st.integers(0, 3),
    when=st.lists(_CONDITIONS, max_size=2).map(tuple),
    unless=st.lists(_CONDITIONS, max_size=2).map(tuple),
    steps=st.lists(_STEPS, max_size=5).map(tuple),
)
_CASSETTES = st.builds(
    Cassette,
    agent=st.dictionaries(_TEXT, _TEXT, max_size=2),
    session=st.dictionaries(_TEXT, _TEXT, max_size=2),
    loads=st.booleans(),
    turns=st.lists(_TURNS, max_size=3).map(tuple),
)


@given(_CASSETTES)
def test_what_is_written_is_read_again(cassette):
    assert parse(render(cassette)) == cassette


@given(st.text())
def test_any_text_is_a_cassette_or_a_named_fault(text):
    with contextlib.suppress(CassetteUnreadable):
        parse(text)


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["turn", "match", "say", "write", "needs", "end", "when"]),
            st.none() | st.integers() | _TEXT | st.lists(_TEXT),
        )
    )
)
def test_any_objects_are_a_cassette_or_a_named_fault(objects):
    with contextlib.suppress(CassetteUnreadable):
        parse("\n".join(map(json.dumps, [{"cassette": 1}, *objects])))


def test_a_pattern_is_kept_through_a_round_trip():
    cassette = Cassette(turns=(RecordedTurn(name="t", regex=r"^Task ID: 2\.\d$"),))
    assert parse(render(cassette)) == cassette
    assert cassette.turns[0].fits("Do this.\nTask ID: 2.1\nnow")
    assert not cassette.turns[0].fits("Task ID: 21")


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("", "c:1: there is no header"),
        ('{"cassette": 2}', 'c:1: the first line must say {"cassette": 1}'),
        ('{"cassette": 1, "agnet": {}}', "c:1: unknown 'agnet'; known here: agent, cassette, loads, session"),
        ('{"cassette": 1, "agent": "x"}', "c:1: 'agent' must be an object"),
        ('{"cassette": 1}\nnot json', "c:2: is not JSON"),
        ('{"cassette": 1}\n[1]', "c:2: is not an object"),
        ('{"cassette": 1}\n{"say": "x"}', "c:2: stands before the first"),
        ('{"cassette": 1}\n{"turn": "t", "match": 3}', "c:2: 'match' must be a text"),
        ('{"cassette": 1}\n{"turn": "t", "match": {"regex": "("}}', "c:2: 'match' must be a text"),
        ('{"cassette": 1}\n{"turn": "t", "match": {"regex": 3}}', "c:2: 'match' must be a text"),
        ('{"cassette": 1}\n{"turn": "t", "attempt": -1}', "c:2: 'attempt' must be a number from 1"),
        ('{"cassette": 1}\n{"turn": "t", "when": {"contains": "x"}}', "c:2: 'when' must be like"),
        ('{"cassette": 1}\n{"turn": "t"}\n{"shout": "x"}', "c:3: is no step; a step has one of: say, think"),
        ('{"cassette": 1}\n{"turn": "t"}\n{"say": 4}', "c:3: 'say' must be a text"),
        ('{"cassette": 1}\n{"turn": "t"}\n{"wait": true}', "c:3: 'wait' must be a number"),
        ('{"cassette": 1}\n{"turn": "t"}\n{"say": "x", "think": "y"}', "c:3: unknown 'think'"),
        ('{"cassette": 1}\n{"turn": "t"}\n{"end": "done"}', "c:3: 'end' must be one of cancelled, end_turn"),
        ('{"cassette": 1}\n{"turn": "t"}\n{"flood": 9, "to": "moon"}', "c:3: 'to' must be one of line"),
        ('{"cassette": 1}\n{"turn": "t"}\n{"write": "a"}', "c:3: 'write' needs either 'content' or 'base64'"),
        ('{"cassette": 1}\n{"turn": "t"}\n{"link": "a"}', "c:3: 'link' needs a 'target'"),
        ('{"cassette": 1}\n{"turn": "t"}\n{"run": []}', "c:3: 'run' must be a list of texts"),
        ('{"cassette": 1}\n{"turn": "t"}\n{"permission": {}}', "c:3: 'permission' needs a 'toolCallId'"),
        (
            '{"cassette": 1}\n{"turn": "t"}\n{"permission": {"toolCallId": "c"}, "rejected": "x"}',
            "c:3: 'rejected' must be one of",
        ),
        (
            '{"cassette": 1}\n{"turn": "t"}\n{"say": "x", "needs": "c"}',
            "c:3: needs 'c', for which no permission is asked above it in this turn",
        ),
    ],
)
def test_a_line_that_is_wrong_is_named_with_what_is_wrong(lines, told):
    with pytest.raises(CassetteUnreadable) as caught:
        parse(lines, name="c")
    assert told in str(caught.value)
    assert caught.value.fault is Fault.CONFIG
    assert caught.value.next_step


def test_all_faults_are_told_at_once():
    with pytest.raises(CassetteUnreadable) as caught:
        parse('{"cassette": 1}\n{"turn": "t"}\n{"say": 1}\n{"end": "x"}')
    assert len(caught.value.faults) == 2


def test_a_permission_of_another_turn_is_not_enough():
    with pytest.raises(CassetteUnreadable):
        parse(
            '{"cassette": 1}\n{"turn": "a"}\n{"permission": {"toolCallId": "c"}}\n{"turn": "b"}\n{"say": "x", "needs": "c"}'
        )


def test_empty_lines_and_comments_are_for_people():
    assert parse('# a demo\n\n{"cassette": 1}\n  # the first\n{"turn": "t"}\n').turns[0].name == "t"


def test_a_file_that_is_missing_or_no_text_is_a_named_fault(tmp_path):
    with pytest.raises(CassetteUnreadable, match=r"missing\.jsonl"):
        load(tmp_path / "missing.jsonl")
    (tmp_path / "binary.jsonl").write_bytes(b"\xff\xfe")
    with pytest.raises(CassetteUnreadable, match=r"binary\.jsonl"):
        load(tmp_path / "binary.jsonl")
