"""docs/reference/run.schema.json: the JSON schema of `run.json`, made from the record's own types."""

import json
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import StrEnum
from inspect import cleandoc, getdoc
from typing import Any, get_args, get_origin, get_type_hints

from kiro_worker.config.page import meanings
from kiro_worker.gate.port import Finding, TestCounts
from kiro_worker.run.record import SCHEMA, RunRecord
from kiro_worker.run.verdict import MEANINGS

_TEXT: dict[str, Any] = {"type": "string"}
_WHOLE: dict[str, Any] = {"type": "integer", "minimum": 0}
_NUMBER: dict[str, Any] = {"type": "number"}


def _object(properties: Mapping[str, Any], *, required: bool = True) -> dict[str, Any]:
    made: dict[str, Any] = {"type": "object", "properties": dict(properties)}
    return {**made, "required": list(properties)} if required else made


def _or_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"anyOf": [dict(schema), {"type": "null"}]}


def _cause() -> dict[str, Any]:
    about = {"description": "Why the verdict is not a good one; null for a good one."}
    names = ("code", "message", "kept", "next_step", "task", "step", "output")
    return {**_or_null(_object(dict.fromkeys(names, _TEXT))), **about}


def _gate() -> dict[str, Any]:
    coverage = {
        "lines_covered": _WHOLE,
        "lines_total": _WHOLE,
        "line_percent": _NUMBER,
        "branch_percent": _or_null(_NUMBER),
        "threshold": _NUMBER,
        "source": _TEXT,
    }
    of_change = {
        "base_percent": _or_null(_NUMBER),
        "changed_covered": _WHOLE,
        "changed_total": _WHOLE,
        "changed_percent": _or_null(_NUMBER),
        "changed_threshold": _NUMBER,
        "files": {
            "type": "array",
            "items": _object(
                {"path": _TEXT, "covered": _WHOLE, "total": _WHOLE, "missing": {"type": "array", "items": _WHOLE}}
            ),
        },
    }
    counts = _of_class(TestCounts)
    counts["properties"] |= dict.fromkeys(("new", "fixed", "flaky", "known", "gone"), _WHOLE)
    covered = _object(coverage)
    covered["properties"] |= of_change
    return _object(
        {
            "gate": _TEXT,
            "color": {"enum": ["green", "red", "error", "not-applicable"]},
            "summary": _TEXT,
            "seconds": _NUMBER,
            "command": {"type": ["string", "null"]},
            "findings": {"type": "array", "items": _of_class(Finding)},
            "findings_left_out": _WHOLE,
            "tests": _or_null(counts),
            "coverage": _or_null(covered),
            "output": _TEXT,
        }
    )


def _usage() -> dict[str, Any]:
    known = {name: {"type": ["number", "null"]} for name in ("credits", "cost_usd", "input_tokens", "output_tokens")}
    return {
        **_object(known, required=False),
        "description": "What the agent says it cost; the rest is absent.",
    }


def _by_hand() -> Mapping[str, Any]:
    """What the types call a mapping, and the criteria, which are pairs in the record and objects in the document."""
    relation = {"ahead": _WHOLE, "behind": _WHOLE, "conflicts": {"type": "array", "items": _TEXT}}
    return {
        "cause": _cause(),
        "agent": _object(dict.fromkeys(("name", "version", "mode", "model", "session"), _TEXT), required=False),
        "relation": _object(relation, required=False),
        "usage": _usage(),
        "looked": {"type": "object", "additionalProperties": _WHOLE},
        "change": _object(dict.fromkeys(("files", "added", "deleted", "commits"), _WHOLE), required=False),
        "evidence": _or_null({"type": "object"}),
        "gates": {"type": "array", "items": _gate()},
        "criteria": {"type": "array", "items": _object({"id": _TEXT, "text": _TEXT})},
        "state": {"enum": ["running", "ended"]},
        "verdict": {"enum": ["", *(verdict.value for verdict in MEANINGS)]},
    }


def schema() -> dict[str, Any]:
    """The schema as plain JSON values."""
    record = _of_class(RunRecord, by_hand=_by_hand())
    record["properties"] = {"schema": {"const": SCHEMA}, **record["properties"]}
    record["required"] = ["schema", *record["required"]]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A run of Kiro Worker",
        "$comment": "Made from the code by `make docs-write`. Fields may be added; those here keep their meaning.",
        **record,
    }


def _of_class(cls: type, *, by_hand: Mapping[str, Any] | None = None) -> dict[str, Any]:
    hints = get_type_hints(cls)
    told = meanings(cls)
    properties: dict[str, Any] = {}
    for each in fields(cls):
        found = (by_hand or {}).get(each.name) or _of_type(hints[each.name])
        about = {"description": told[each.name]} if each.name in told else {}
        properties[each.name] = {**found, **about}
    first = cleandoc(getdoc(cls) or "").partition("\n")[0]
    return {"type": "object", "description": first, "properties": properties, "required": list(properties)}


def _of_type(kind: Any) -> dict[str, Any]:
    plain = {str: _TEXT, int: {"type": "integer"}, float: _NUMBER, bool: {"type": "boolean"}}
    if kind in plain:
        return dict(plain[kind])
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return {"enum": [each.value for each in kind]}
    if isinstance(kind, types.UnionType):
        (inner,) = (each for each in get_args(kind) if each is not types.NoneType)
        return _or_null(_of_type(inner))
    if get_origin(kind) is tuple:
        return {"type": "array", "items": _of_type(get_args(kind)[0])}
    if is_dataclass(kind):
        return _of_class(kind)
    raise TypeError(f"describe {kind} by hand")


def page() -> str:
    """The schema as text."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
