"""What other programs say in their JSON lines, in the words of the Agent Client Protocol.

Read off Claude Code and Qwen Code (`stream-json`), Gemini CLI (`stream-json`), Codex (`exec --json`), opencode
(`run --format json`) and Mistral Vibe (`--output streaming`). An event that none of them sends is no event.
"""

import re
from collections.abc import Callable, Iterator, Mapping
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


def told_by(event: Json) -> Told | None:
    """What an event says; None for one that is of no known program."""
    reader = _READERS.get(str(event.get("type")))
    return reader(event) if reader is not None else None


def _system(event: Json) -> Told | None:
    if event.get("subtype") != "init":
        return Told() if "session_id" in event else None
    return Told(begins=True, session=_text(event.get("session_id")), model=_text(event.get("model")))


def _init(event: Json) -> Told | None:
    if "session_id" not in event:
        return None
    return Told(begins=True, session=_text(event.get("session_id")), model=_text(event.get("model")))


def _assistant(event: Json) -> Told | None:
    message = event.get("message")
    if not isinstance(message, dict):
        return None
    return Told(updates=tuple(_blocks(message.get("content"))))


def _message(event: Json) -> Told | None:
    content = event.get("content")
    if event.get("role") != "assistant":
        return Told() if event.get("role") == "user" else None
    return Told(updates=(_said(content),) if isinstance(content, str) else tuple(_blocks(content)))


def _blocks(content: object) -> Iterator[Json]:
    for block in content if isinstance(content, list) else ():
        if not isinstance(block, dict):
            continue
        match block.get("type"):
            case "text":
                yield _said(_text(block.get("text")))
            case "thinking" | "reasoning":
                yield _thought(_text(block.get("thinking") or block.get("text")))
            case "tool_use":
                yield _called(_text(block.get("id")), _text(block.get("name")), block.get("input"))
            case "tool_result":
                failed = block.get("is_error") is True
                yield _over(_text(block.get("tool_use_id")), block.get("content"), failed=failed)


def _tool_use(event: Json) -> Told | None:
    if isinstance(part := event.get("part"), dict):
        return _tool_part(part)
    if "tool_id" not in event:
        return None
    return Told(updates=(_called(_text(event["tool_id"]), _text(event.get("tool_name")), event.get("parameters")),))


def _tool_part(part: Json) -> Told | None:
    state = part.get("state")
    state = state if isinstance(state, dict) else {}
    call = _text(part.get("callID"))
    called = _called(call, _text(part.get("tool")), state.get("input"))
    if state.get("status") not in {"completed", "error"}:
        return Told(updates=(called,))
    failed = state.get("status") == "error"
    return Told(updates=(called, _over(call, state.get("output") or state.get("error"), failed=failed)))


def _tool_result(event: Json) -> Told | None:
    if "tool_id" not in event:
        return None
    return Told(updates=(_over(_text(event["tool_id"]), event.get("output"), failed=event.get("status") != "success"),))


def _effect(event: Json) -> Told | None:
    if "generationStatus" not in event:
        return None
    call = _text(event.get("id"))
    detail = event.get("detail")
    return Told(
        updates=(_called(call, _text(event.get("title")), detail), _over(call, "", failed=False)),
        session=_text(event.get("sessionId")),
    )


def _part_text(event: Json) -> Told | None:
    part = event.get("part")
    if not isinstance(part, dict):
        return None
    text = _text(part.get("text"))
    update = _thought(text) if part.get("type") == "reasoning" else _said(text)
    return Told(updates=(update,), session=_text(event.get("sessionID")))


def _step_finish(event: Json) -> Told | None:
    part = event.get("part")
    if not isinstance(part, dict):
        return None
    tokens = part.get("tokens")
    tokens = tokens if isinstance(tokens, dict) else {}
    usage = Usage(
        input_tokens=_count(tokens.get("input")),
        output_tokens=_count(tokens.get("output")),
        cost_usd=_amount(part.get("cost")) or None,
    )
    finished = ("success", "end_turn") if part.get("reason") == "stop" else None
    return Told(usage=usage, finished=finished, session=_text(event.get("sessionID")))


def _result(event: Json) -> Told | None:
    if "subtype" in event:
        return _result_of_claude(event)
    if "stats" in event or "status" in event:
        stats = event.get("stats")
        stats = stats if isinstance(stats, dict) else {}
        fault = event.get("error")
        error = _text(fault.get("message")) if isinstance(fault, dict) else None
        return Told(usage=_usage(stats), finished=(_text(event.get("status")), "end_turn"), error=error)
    return None


def _result_of_claude(event: Json) -> Told:
    kind = _text(event.get("subtype"))
    usage = event.get("usage")
    spent = _usage(usage if isinstance(usage, dict) else {}, _amount(event.get("total_cost_usd")))
    final = _text(event.get("result"))
    if kind == "error_max_turns":
        return Told(usage=spent, finished=("success", "max_turn_requests"))
    if kind != "success" or event.get("is_error") is True:
        fault = event.get("error")
        return Told(
            usage=spent, error=final or _text(fault.get("message") if isinstance(fault, dict) else fault) or kind
        )
    return Told(usage=spent, finished=("success", "end_turn"), final=final)


def _thread(event: Json) -> Told:
    return Told(begins=True, session=_text(event.get("thread_id")))


def _item(event: Json) -> Told | None:
    item = event.get("item")
    if not isinstance(item, dict):
        return None
    call, is_over = _text(item.get("id")), event.get("type") == "item.completed"
    match item.get("type"):
        case "agent_message":
            return Told(updates=(_said(_text(item.get("text"))),) if is_over else ())
        case "reasoning":
            return Told(updates=(_thought(_text(item.get("text"))),) if is_over else ())
        case "command_execution" | "file_change" | "mcp_tool_call" | "web_search":
            shown = item.get("command") or item.get("tool") or item.get("type")
            given = {key: item[key] for key in ("command", "changes", "arguments", "query") if key in item}
            name = "edit" if item.get("type") == "file_change" else _text(item.get("type"))
            called = {**_called(call, name, given), "title": _text(shown)}
            failed = item.get("status") == "failed" or bool(item.get("exit_code"))
            over = (_over(call, item.get("aggregated_output"), failed=failed),) if is_over else ()
            return Told(updates=(called, *over))
    return Told()


def _turn_over(event: Json) -> Told:
    if event.get("type") == "turn.failed":
        fault = event.get("error")
        return Told(error=_text(fault.get("message")) if isinstance(fault, dict) else "the turn failed")
    usage = event.get("usage")
    return Told(usage=_usage(usage if isinstance(usage, dict) else {}), finished=("success", "end_turn"))


def _nothing(_: Json) -> Told:
    return Told()


_READERS: Mapping[str, Callable[[Json], Told | None]] = {
    "system": _system,
    "init": _init,
    "assistant": _assistant,
    "user": _assistant,
    "message": _message,
    "tool_use": _tool_use,
    "tool_result": _tool_result,
    "effect": _effect,
    "text": _part_text,
    "reasoning": _part_text,
    "step_start": lambda event: Told() if "part" in event else None,
    "step_finish": _step_finish,
    "result": _result,
    "stream_event": _nothing,
    "thread.started": _thread,
    "turn.started": _nothing,
    "turn.completed": _turn_over,
    "turn.failed": _turn_over,
    "item.started": _item,
    "item.updated": _item,
    "item.completed": _item,
}


def _said(text: str) -> Json:
    return {"sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": text}}


def _thought(text: str) -> Json:
    return {"sessionUpdate": "agent_thought_chunk", "content": {"type": "text", "text": text}}


def _called(call: str, name: str, given: object) -> Json:
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


def _over(call: str, output: object, *, failed: bool) -> Json:
    return {
        "sessionUpdate": "tool_call_update",
        "toolCallId": call,
        "status": "failed" if failed else "completed",
        "content": output,
    }


def _usage(table: Json, cost: float | None = None) -> Usage:
    return Usage(
        input_tokens=_count(table.get("input_tokens")), output_tokens=_count(table.get("output_tokens")), cost_usd=cost
    )


def _text(found: object) -> str:
    return found if isinstance(found, str) else ""


def _amount(found: object) -> float | None:
    return float(found) if isinstance(found, (int, float)) and not isinstance(found, bool) and found >= 0 else None


def _count(found: object) -> int | None:
    amount = _amount(found)
    return None if amount is None else int(amount)
