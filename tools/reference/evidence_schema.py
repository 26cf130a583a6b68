"""evidence.schema.json, in docs and in the package: the JSON schema of `evidence.json`, made from its own types."""

import json
from typing import Any

from kiro_worker.evidence.document import SCHEMA
from kiro_worker.evidence.model import Evidence, State
from reference.run_schema import _of_class


def schema() -> dict[str, Any]:
    """The schema as plain JSON values."""
    body = _of_class(Evidence)
    count = {"type": "integer", "minimum": 0}
    states = {
        "type": "object",
        "description": "How many criteria are in each state.",
        "properties": {state.value: count for state in State},
        "required": [state.value for state in State],
    }
    body["properties"] = {"schema": {"const": SCHEMA}, **body["properties"], "states": states}
    body["required"] = ["schema", *body["required"], "states"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Evidence for the criteria of a spec, by Kiro Worker",
        "$comment": "Made from the code by `make docs-write`. Fields may be added; those here keep their meaning.",
        **body,
    }


def page() -> str:
    """The schema as text."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
