"""What other programs say in their JSON lines, in the words of the Agent Client Protocol.

Read off Claude Code and Qwen Code (`stream-json`), Gemini CLI (`stream-json`), Codex (`exec --json`), opencode
(`run --format json`), Mistral Vibe (`--output streaming`) and pi (`--mode json`). An event that none of them sends is
no event.
"""

from collections.abc import Callable, Iterator, Mapping

from kiro_worker.agent.kiro_headless.foreign_pi import READERS as PI
from kiro_worker.agent.kiro_headless.told import Json, Told, amount, called, count, over, said, text, thought, usage_in
from kiro_worker.agent.port import Usage


def told_by(event: Json) -> Told | None:
    """What an event says; None for one that is of no known program."""
    reader = _READERS.get(str(event.get("type")))
    return reader(event) if reader is not None else None


def _system(event: Json) -> Told | None:
    if event.get("subtype") != "init":
        return Told() if "session_id" in event else None
    return Told(begins=True, session=text(event.get("session_id")), model=text(event.get("model")))


def _init(event: Json) -> Told | None:
    if "session_id" not in event:
        return None
    return Told(begins=True, session=text(event.get("session_id")), model=text(event.get("model")))


def _assistant(event: Json) -> Told | None:
    message = event.get("message")
    if not isinstance(message, dict):
        return None
    return Told(updates=tuple(_blocks(message.get("content"))))


def _message(event: Json) -> Told | None:
    content = event.get("content")
    if event.get("role") != "assistant":
        return Told() if event.get("role") == "user" else None
    return Told(updates=(said(content),) if isinstance(content, str) else tuple(_blocks(content)))


def _blocks(content: object) -> Iterator[Json]:
    for block in content if isinstance(content, list) else ():
        if not isinstance(block, dict):
            continue
        match block.get("type"):
            case "text":
                yield said(text(block.get("text")))
            case "thinking" | "reasoning":
                yield thought(text(block.get("thinking") or block.get("text")))
            case "tool_use":
                yield called(text(block.get("id")), text(block.get("name")), block.get("input"))
            case "tool_result":
                failed = block.get("is_error") is True
                yield over(text(block.get("tool_use_id")), block.get("content"), failed=failed)


def _tool_use(event: Json) -> Told | None:
    if isinstance(part := event.get("part"), dict):
        return _tool_part(part)
    if "tool_id" not in event:
        return None
    return Told(updates=(called(text(event["tool_id"]), text(event.get("tool_name")), event.get("parameters")),))


def _tool_part(part: Json) -> Told | None:
    state = part.get("state")
    state = state if isinstance(state, dict) else {}
    call = text(part.get("callID"))
    began = called(call, text(part.get("tool")), state.get("input"))
    if state.get("status") not in {"completed", "error"}:
        return Told(updates=(began,))
    failed = state.get("status") == "error"
    return Told(updates=(began, over(call, state.get("output") or state.get("error"), failed=failed)))


def _tool_result(event: Json) -> Told | None:
    if "tool_id" not in event:
        return None
    return Told(updates=(over(text(event["tool_id"]), event.get("output"), failed=event.get("status") != "success"),))


def _effect(event: Json) -> Told | None:
    if "generationStatus" not in event:
        return None
    call = text(event.get("id"))
    detail = event.get("detail")
    return Told(
        updates=(called(call, text(event.get("title")), detail), over(call, "", failed=False)),
        session=text(event.get("sessionId")),
    )


def _part_text(event: Json) -> Told | None:
    part = event.get("part")
    if not isinstance(part, dict):
        return None
    words = text(part.get("text"))
    update = thought(words) if part.get("type") == "reasoning" else said(words)
    return Told(updates=(update,), session=text(event.get("sessionID")))


def _step_finish(event: Json) -> Told | None:
    part = event.get("part")
    if not isinstance(part, dict):
        return None
    tokens = part.get("tokens")
    tokens = tokens if isinstance(tokens, dict) else {}
    usage = Usage(
        input_tokens=count(tokens.get("input")),
        output_tokens=count(tokens.get("output")),
        cost_usd=amount(part.get("cost")) or None,
    )
    finished = ("success", "end_turn") if part.get("reason") == "stop" else None
    return Told(usage=usage, finished=finished, session=text(event.get("sessionID")))


def _result(event: Json) -> Told | None:
    if "subtype" in event:
        return _result_of_claude(event)
    if "stats" in event or "status" in event:
        stats = event.get("stats")
        stats = stats if isinstance(stats, dict) else {}
        fault = event.get("error")
        error = text(fault.get("message")) if isinstance(fault, dict) else None
        return Told(usage=usage_in(stats), finished=(text(event.get("status")), "end_turn"), error=error)
    return None


def _result_of_claude(event: Json) -> Told:
    kind = text(event.get("subtype"))
    usage = event.get("usage")
    spent = usage_in(usage if isinstance(usage, dict) else {}, amount(event.get("total_cost_usd")))
    final = text(event.get("result"))
    if kind == "error_max_turns":
        return Told(usage=spent, finished=("success", "max_turn_requests"))
    if kind != "success" or event.get("is_error") is True:
        fault = event.get("error")
        return Told(
            usage=spent, error=final or text(fault.get("message") if isinstance(fault, dict) else fault) or kind
        )
    return Told(usage=spent, finished=("success", "end_turn"), final=final)


def _thread(event: Json) -> Told:
    return Told(begins=True, session=text(event.get("thread_id")))


def _item(event: Json) -> Told | None:
    item = event.get("item")
    if not isinstance(item, dict):
        return None
    call, is_over = text(item.get("id")), event.get("type") == "item.completed"
    match item.get("type"):
        case "agent_message":
            return Told(updates=(said(text(item.get("text"))),) if is_over else ())
        case "reasoning":
            return Told(updates=(thought(text(item.get("text"))),) if is_over else ())
        case "command_execution" | "file_change" | "mcp_tool_call" | "web_search":
            shown = item.get("command") or item.get("tool") or item.get("type")
            given = {key: item[key] for key in ("command", "changes", "arguments", "query") if key in item}
            name = "edit" if item.get("type") == "file_change" else text(item.get("type"))
            began = {**called(call, name, given), "title": text(shown)}
            failed = item.get("status") == "failed" or bool(item.get("exit_code"))
            ended = (over(call, item.get("aggregated_output"), failed=failed),) if is_over else ()
            return Told(updates=(began, *ended))
    return Told()


def _turn_over(event: Json) -> Told:
    if event.get("type") == "turn.failed":
        fault = event.get("error")
        return Told(error=text(fault.get("message")) if isinstance(fault, dict) else "the turn failed")
    usage = event.get("usage")
    return Told(usage=usage_in(usage if isinstance(usage, dict) else {}), finished=("success", "end_turn"))


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
    **PI,
}
