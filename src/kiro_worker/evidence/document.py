"""`evidence.json`: evidence as one JSON document with a published schema (`evidence.schema.json`, beside this file)."""

import json
from dataclasses import asdict
from typing import Any

from kiro_worker.evidence.model import Evidence

SCHEMA = "kiro-worker/evidence/1"


def document(evidence: Evidence) -> dict[str, Any]:
    """The evidence as plain JSON values; `states` counts the criteria, so that nobody has to."""
    body: dict[str, Any] = _plain(asdict(evidence))
    states = {state.value: count for state, count in evidence.states.items()}
    return {"schema": SCHEMA, **body, "states": states}


def document_text(evidence: Evidence) -> str:
    """The document as text with a final newline; the same evidence is the same text."""
    return json.dumps(document(evidence), ensure_ascii=False, indent=1) + "\n"


def _plain(value: Any) -> Any:
    """Tuples as lists and enumerations as their text: what comes back when the document is read again."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return str(value) if isinstance(value, str) else value
