"""What pi says in its JSON lines (`--mode json`), in the words of the Agent Client Protocol.

It ends with status 0 after a rejected key too; only the reason of its last message tells.
"""

from collections.abc import Callable, Iterator, Mapping

from kiro_worker.agent.kiro_headless.told import Json, Told, amount, called, count, over, said, text, thought
from kiro_worker.agent.port import Usage

_STOPS = {"stop": "end_turn", "length": "max_tokens"}


def _session(event: Json) -> Told | None:
    return Told(session=text(event.get("id"))) if "version" in event and "cwd" in event else None


def _message_over(event: Json) -> Told | None:
    message = event.get("message")
    if not isinstance(message, dict):
        return None
    if message.get("role") != "assistant":
        return Told()
    return Told(updates=tuple(_blocks(message.get("content"))), model=text(message.get("model")), usage=_usage(message))


def _blocks(content: object) -> Iterator[Json]:
    for block in content if isinstance(content, list) else ():
        match block.get("type") if isinstance(block, dict) else None:
            case "text":
                yield said(text(block.get("text")))
            case "thinking":
                yield thought(text(block.get("thinking")))


def _usage(message: Json) -> Usage:
    usage = message.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    cost = usage.get("cost")
    dollars = amount(cost.get("total")) if isinstance(cost, dict) else None
    # A model whose price it does not know costs it nothing, and one that was not reached used none.
    return Usage(
        input_tokens=count(usage.get("input")) or None,
        output_tokens=count(usage.get("output")) or None,
        cost_usd=dollars or None,
    )


def _tool_began(event: Json) -> Told | None:
    call = text(event.get("toolCallId"))
    return Told(updates=(called(call, text(event.get("toolName")), event.get("args")),)) if call else None


def _tool_over(event: Json) -> Told | None:
    call, result = text(event.get("toolCallId")), event.get("result")
    shown = result.get("content") if isinstance(result, dict) else result
    return Told(updates=(over(call, shown, failed=event.get("isError") is True),)) if call else None


def _agent_over(event: Json) -> Told | None:
    messages = event.get("messages")
    if not isinstance(messages, list):
        return None
    answers = [one for one in messages if isinstance(one, dict) and one.get("role") == "assistant"]
    last: Json = answers[-1] if answers else {}
    reason = text(last.get("stopReason"))
    if reason in _STOPS:
        return Told(finished=("success", _STOPS[reason]))
    return Told(error=text(last.get("errorMessage")) or f"its last message ended as {reason or 'nothing'}")


READERS: Mapping[str, Callable[[Json], Told | None]] = {
    "session": _session,
    # It tries again by itself, and begins anew each time: what it told of an end before counts no more.
    "agent_start": lambda _: Told(begins=True),
    "agent_settled": lambda _: Told(),
    "turn_start": lambda _: Told(),
    "message_start": lambda event: Told() if "message" in event else None,
    "message_update": lambda event: Told() if "assistantMessageEvent" in event else None,
    "message_end": _message_over,
    "tool_execution_start": _tool_began,
    "tool_execution_update": lambda event: Told() if "toolCallId" in event else None,
    "tool_execution_end": _tool_over,
    "turn_end": lambda event: Told() if "message" in event else None,
    "agent_end": _agent_over,
    "auto_retry_start": lambda _: Told(),
    "auto_retry_end": lambda _: Told(),
}
