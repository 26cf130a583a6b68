"""What a person reads of what an agent said."""

import json

from kiro_worker.agent.port import AgentNoted, AgentSaid, ToolCalled
from kiro_worker.redact import Redactor, Secret
from kiro_worker.run.transcript import Transcript
from kiro_worker.testing.clock import HandClock


def entries(path):
    return [(entry["kind"], entry["text"]) for entry in map(json.loads, path.read_text().splitlines())]


def test_pieces_of_an_answer_are_one_text_and_each_note_is_a_line(tmp_path):
    path = tmp_path / "transcript.jsonl"
    with Transcript(path, HandClock(), Redactor(())) as transcript:
        for event in (
            AgentSaid("I wo"),
            AgentSaid("rk."),
            AgentNoted("slow"),
            AgentNoted("slower"),
            AgentSaid("Done."),
        ):
            transcript.hear(event)
    assert entries(path) == [("said", "I work."), ("note", "slow\nslower\n"), ("said", "Done.")]


def test_a_secret_that_two_pieces_share_is_not_written(tmp_path):
    path = tmp_path / "transcript.jsonl"
    with Transcript(path, HandClock(), Redactor((Secret("key", "hunter2-hunter2"),))) as transcript:
        transcript.hear(AgentSaid("it is hunter2-"))
        transcript.hear(AgentSaid("hunter2!"))
    assert "hunter2" not in path.read_text()


def test_half_a_character_costs_only_itself(tmp_path):
    path = tmp_path / "transcript.jsonl"
    with Transcript(path, HandClock(), Redactor(())) as transcript:
        transcript.hear(ToolCalled(call="c\ud83d", title="Löse", output="\ud83d"))
    (entry,) = map(json.loads, path.read_text().splitlines())
    assert (entry["call"], entry["title"], entry["output"], entry["tool"]) == ("c?", "Löse", "?", "other")
