"""The dependency graph, in the one form that is read."""

import json

import pytest

from kiro_worker.spec import NoGraph, WaveGraph, read_tasks

GOOD = {"waves": [{"id": 0, "tasks": ["1.1"]}, {"id": 1, "tasks": ["1.2", "2"]}]}
TASKS = "- [ ] 1. A\n  - [ ] 1.1 a\n  - [ ] 1.2 b\n- [ ] 2. Checkpoint\n\n"


def document(
    body: str, heading: str = "## Task Dependency Graph", between: str = "\n\n", close: str = "\n```\n"
) -> bytes:
    return f"{TASKS}{heading}{between}```json\n{body}{close}".encode()


def test_a_graph_is_read():
    tasks = read_tasks(document(json.dumps(GOOD)))
    assert isinstance(tasks.waves, WaveGraph)
    assert [(wave.id, wave.tasks) for wave in tasks.waves.waves] == [(0, ("1.1",)), (1, ("1.2", "2"))]
    assert tasks.waves.line == 6
    assert tasks.diagnostics == ()


@pytest.mark.parametrize(
    "heading", ["# task dependency GRAPH", "###### Task Dependency Graph ", "## Task Dependency Graph ##"]
)
def test_the_heading_may_be_of_any_level_and_case(heading: str):
    assert isinstance(read_tasks(document(json.dumps(GOOD), heading=heading)).waves, WaveGraph)


def test_waves_run_in_the_order_of_their_ids():
    waves = [{"id": 3, "tasks": ["2"], "why": "x"}, {"id": 1, "tasks": ["1.1"]}]
    graph = read_tasks(document(json.dumps({"waves": waves, "more": 1}))).waves
    assert isinstance(graph, WaveGraph)
    assert graph.numbers == ("1.1", "2")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("{", "it is not JSON"),
        ("[" * 100_000, "it is not JSON"),
        ("[]", "it has no list of waves"),
        ('{"waves": []}', "it has no list of waves"),
        ('{"waves": [["1.1"]]}', "a wave is not of the form"),
        ('{"waves": [{"wave": 1, "tasks": ["1.1"]}]}', "a wave is not of the form"),
        ('{"waves": [{"id": -1, "tasks": ["1.1"]}]}', "a wave is not of the form"),
        ('{"waves": [{"id": true, "tasks": ["1.1"]}]}', "a wave is not of the form"),
        ('{"waves": [{"id": 1.0, "tasks": ["1.1"]}]}', "a wave is not of the form"),
        ('{"waves": [{"id": ' + "9" * 6000 + ', "tasks": ["1.1"]}]}', "a wave is not of the form"),
        ('{"waves": [{"id": 0, "tasks": [1.1]}]}', "a wave is not of the form"),
        ('{"waves": [{"id": 0, "tasks": "1.1"}]}', "a wave is not of the form"),
        ('{"waves": [{"id": 0, "tasks": []}]}', "it lists no task"),
        ('{"waves": [{"id": 0, "tasks": ["1.1"]}, {"id": 1, "tasks": ["1.1"]}]}', "task 1.1 is listed twice"),
        ('{"waves": [{"id": 0, "tasks": ["1.1"]}]}' + "\n" * 140_000, "it is longer than 128 KiB"),
    ],
)
def test_any_other_body_is_no_graph_and_told(body: str, reason: str):
    tasks = read_tasks(document(body))
    assert isinstance(tasks.waves, NoGraph)
    assert reason in tasks.waves.reason
    [found] = [each for each in tasks.diagnostics if each.code == "waves.not-read"]
    assert (found.line, reason in found.message) == (6, True)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (document(json.dumps(GOOD), between="\n\nprose\n\n"), "no code fence"),
        (document(json.dumps(GOOD), close="\n"), "never closed"),
        (f"{TASKS}## Task Dependency Graph\n\n{json.dumps(GOOD)}\n".encode(), "no code fence"),
        (f"{TASKS}## Task Dependency Graph\n".encode(), "no code fence"),
        (f"{TASKS}## Task Dependency Graph\n\n~~~json\n{json.dumps(GOOD)}\n~~~\n".encode(), "no code fence"),
    ],
)
def test_a_graph_must_be_fenced_directly_below_its_heading(data: bytes, reason: str):
    waves = read_tasks(data).waves
    assert isinstance(waves, NoGraph)
    assert reason in waves.reason


def test_the_first_heading_of_that_name_counts():
    twice = document(json.dumps(GOOD), heading="## Task Dependency Graph\n\nnone\n\n## Task Dependency Graph")
    assert isinstance(read_tasks(twice).waves, NoGraph)


@pytest.mark.parametrize(
    ("fenced", "shape"),
    [
        ('{"waves": [["1"], ["2"]]}', "waves as plain lists"),
        ('[{"wave": 1, "tasks": ["1"]}]', "objects with `wave`"),
        ('{"waves": [{"id": 0}]}', "`waves` elsewhere"),
        ("T1 --> T2", "arrows between tasks"),
        ("1.1 -> 1.2", "arrows between tasks"),
        ("Task 1 \u2192 Task 2", "arrows between tasks"),
    ],
)
def test_an_order_in_another_form_is_only_told(fenced: str, shape: str):
    tasks = read_tasks(f"{TASKS}## Order\n\n```\n\n{fenced}\n```\n".encode())
    assert tasks.waves is None
    [found] = tasks.diagnostics
    assert (found.code, found.line) == ("waves.other-shape", 10)
    assert shape in found.message


def test_a_graph_that_does_not_fit_the_tasks_is_told():
    for number, reason in (("9.9", "which is not there"), ("1", "sub-tasks of its own"), ("", "which is not there")):
        tasks = read_tasks(document(json.dumps({"waves": [{"id": 0, "tasks": [number]}]})))
        [found] = tasks.diagnostics
        assert (found.code, reason in found.message) == ("waves.not-read", True)
