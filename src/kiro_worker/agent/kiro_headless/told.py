"""One event of a program's JSON lines, in the words of the Agent Client Protocol, and the words themselves."""

import re
from collections.abc import Mapping
from typing import Any

from kiro_worker.agent.port import Usage
from kiro_worker.value import dataclass, field

Json = Mapping[str, Any]

_KINDS = (
    ("execute", re.compile(r"bash|shell|exec|command|terminal", re.IGNORECASE)),
    ("edit", re.compile(r"write|edit|replace|patch|create", re.IGNORECASE)),
    ("search", re.compile(r"grep|glob|search|list|find", re.IGNORECASE)),
    ("fetch", re.compile(r"fetch|web|http", re.IGNORECASE)),
    ("read", re.compile(r"read|view|cat", re.IGNORECASE)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one event says.

    Attributes:
        updates: what the protocol would call updates of the session.
        begins: whether it is the first of a stream that also announces its end.
        finished: its end: "success" or another word, and the protocol's reason.
        error: its error.
        usage: what is to be added to the cost of the turn.
        final: the whole answer, where it is told once more at the end.
    """

    updates: tuple[Json, ...] = ()
    begins: bool = False
    session: str = ""
    model: str = ""
    finished: tuple[str, str] | None = None
    error: str | None = None
    usage: Usage = field(default_factory=Usage)
    final: str = ""


def said(words: str) -> Json:
    """A piece of the answer."""
    return {"sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": words}}


def thought(words: str) -> Json:
    """A piece of its reasoning."""
    return {"sessionUpdate": "agent_thought_chunk", "content": {"type": "text", "text": words}}


def called(call: str, name: str, given: object) -> Json:
    """A tool is called."""
    kind = next((kind for kind, words in _KINDS if words.search(name)), "other")
    title = name
    if isinstance(given, dict):
        told = (given.get(key) for key in ("command", "file_path", "filePath", "path"))
        title = next((f"{name} {one}" for one in told if isinstance(one, str)), name)
    return {
        "sessionUpdate": "tool_call",
        "toolCallId": call,
        "title": title,
        "kind": kind,
        "status": "in_progress",
        "rawInput": given,
    }


def over(call: str, output: object, *, failed: bool) -> Json:
    """A tool call is over."""
    return {
        "sessionUpdate": "tool_call_update",
        "toolCallId": call,
        "status": "failed" if failed else "completed",
        "content": output,
    }


def usage_in(table: Json, cost: float | None = None) -> Usage:
    """The tokens that a table tells of."""
    return Usage(
        input_tokens=count(table.get("input_tokens")), output_tokens=count(table.get("output_tokens")), cost_usd=cost
    )


def text(found: object) -> str:
    """A text, or none."""
    return found if isinstance(found, str) else ""


def amount(found: object) -> float | None:
    """A number of at least 0, or none."""
    return float(found) if isinstance(found, (int, float)) and not isinstance(found, bool) and found >= 0 else None


def count(found: object) -> int | None:
    """A whole number of at least 0, or none."""
    known = amount(found)
    return None if known is None else int(known)
