"""The document that evidence is kept as, and reading it back."""

import json

import jsonschema
import pytest

from kiro_worker.evidence.document import SCHEMA, document, document_text
from kiro_worker.evidence.model import Evidence, State
from kiro_worker.evidence.reading import MOST_BYTES, EvidenceUnreadable, read_evidence
from kiro_worker.testing.evidence_sample import sample_evidence
from reference import evidence_schema

EMPTY = Evidence(run="r", spec="s", branch="b", base="0" * 40, head="1" * 40, made_at="2026-11-27T18:54:00.000Z")


def strict(schema):
    if isinstance(schema, dict):
        closed = {"additionalProperties": False} if "properties" in schema else {}
        return {**{key: strict(value) for key, value in schema.items()}, **closed}
    return [strict(each) for each in schema] if isinstance(schema, list) else schema


@pytest.mark.parametrize("evidence", [EMPTY, sample_evidence(), sample_evidence(60)], ids=["empty", "three", "sixty"])
def test_the_document_fits_its_schema_and_comes_back_as_it_was(evidence):
    told = document(evidence)
    jsonschema.validate(told, strict(evidence_schema.schema()), jsonschema.Draft202012Validator)
    text = document_text(evidence)
    assert json.loads(text) == told
    assert read_evidence(text.encode(), place="here") == evidence


def test_the_sample_has_every_state_that_a_run_can_leave():
    assert {state for state, count in sample_evidence(60).states.items() if count} == set(State) - {State.STALE}
    assert sum(sample_evidence(60).states.values()) == 240


@pytest.mark.parametrize(
    "change",
    [
        {"schema": "kiro-worker/evidence/2"},
        {"requirements": [{"id": "1"}]},
        {"head": 7},
        {
            "requirements": [
                {
                    "id": "1",
                    "title": "",
                    "criteria": [{"id": "1.1", "text": "", "sha256": "", "state": "fine", "why": ""}],
                }
            ]
        },
    ],
)
def test_neither_schema_nor_reader_takes_what_is_no_evidence(change):
    told = {**document(sample_evidence()), **change}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(told, evidence_schema.schema(), jsonschema.Draft202012Validator)
    with pytest.raises(EvidenceUnreadable):
        read_evidence(json.dumps(told).encode(), place="here")


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff", b"[]", b"{}", b"[" * 100_000, b" " * (MOST_BYTES + 1)],
    ids=["nothing", "bytes", "list", "other", "deep", "large"],
)
def test_what_is_no_document_is_told_with_its_place(content):
    with pytest.raises(EvidenceUnreadable, match="refs/kiro-worker/evidence/b holds no evidence"):
        read_evidence(content, place="refs/kiro-worker/evidence/b")


def test_a_document_that_is_too_large_is_not_read():
    content = document_text(EMPTY).encode()
    with pytest.raises(EvidenceUnreadable, match="at most"):
        read_evidence(content + b" " * (MOST_BYTES - len(content) + 1), place="here")
    assert read_evidence(content + b" " * (MOST_BYTES - len(content)), place="here") == EMPTY


def test_fields_of_a_later_version_are_passed_over():
    told = {**document(EMPTY), "weather": "fine"}
    assert read_evidence(json.dumps(told).encode(), place="here") == EMPTY
    assert told["schema"] == SCHEMA
