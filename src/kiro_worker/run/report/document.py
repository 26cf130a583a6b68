"""`run.json`: the record as one JSON document with a published schema (docs/reference/run.schema.json)."""

import json
from dataclasses import asdict
from typing import Any

from kiro_worker.run.record import SCHEMA, RunRecord


def document(run: RunRecord) -> dict[str, Any]:
    """The record as plain JSON values; absent scalars are null, absent lists are empty."""
    body = asdict(run)
    body["criteria"] = [{"id": name, "text": text} for name, text in run.criteria]
    return {"schema": SCHEMA, **body}


def document_bytes(run: RunRecord) -> bytes:
    """The document as UTF-8 with a final newline.

    What is no UTF-8 (a lone surrogate, which stands for a byte of a file's name) is written as JSON's own escape of it.
    """
    return (json.dumps(document(run), ensure_ascii=False, indent=2) + "\n").encode("utf-8", "backslashreplace")
