"""A model service on loopback that follows a script, in the dialects that coding agents speak.

It serves OpenAI chat completions and responses, Gemini generateContent and Anthropic messages, whole or as a stream. It keeps no state: how far the
script has come is read from the conversation that each request carries. A step names what is to be done; which of
the agent's tools does it, and how its parameters are called, is looked up in the tools that the request offers.
"""

import json
import re
import shlex
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

Json = dict[str, Any]

# What each agent calls its tools, best first.
TOOLS = {
    "list": ("list_directory", "list", "ls", "LS"),
    "find": ("glob", "Glob"),
    "search": ("grep_search", "grep", "Grep"),
    "plan": ("todo_write", "todowrite", "TodoWrite", "write_todos", "todo"),
    "read": ("read_file", "read", "Read", "read_text_file", "view"),
    "write": ("write_file", "write", "Write", "write_text_file", "create"),
    "edit": ("edit", "replace", "str_replace", "Edit", "edit_file"),
    "shell": (
        "run_shell_command",
        "bash",
        "exec_command",
        "shell_command",
        "shell",
        "execute",
        "Bash",
        "run_commands",
        "terminal",
        "run_terminal_command",
        "execute_bash",
    ),
}
PARAMETERS = {
    "path": re.compile(r"^(absolute_|file_?|target_|dir_)?path$", re.IGNORECASE),
    "text": re.compile(r"^(content|text|file_text)$", re.IGNORECASE),
    "old": re.compile(r"^old_?(string|str|text)?$", re.IGNORECASE),
    "new": re.compile(r"^new_?(string|str|text)?$", re.IGNORECASE),
    "command": re.compile(r"^(commands?|cmd)$", re.IGNORECASE),
    "pattern": re.compile(r"^pattern$"),
}
# Every key that a list of things to do has anywhere; each agent's schema takes its own.
TO_DO = {"id": "1", "content": "Greet", "status": "in_progress", "priority": "high", "activeForm": "Greeting"}
# An agent tells its model where it works; a script writes that place as `{tree}`.
TREE = re.compile(r"""/[^\s"'`<>\\]*/workspaces/[^/\s"'`<>\\]+/tree\b""")


@dataclass(frozen=True)
class Step:
    """One answer of the model: a tool call, or the closing words when `tool` is empty."""

    tool: str = ""
    values: dict[str, str] = field(default_factory=dict)
    words: str = ""


class ModelServer:
    """Serves a script while it is entered.

    Attributes:
        requests: the path and the body of every request.
        status: an HTTP status to answer everything with, in place of the script.
        hangs: whether nothing is answered until the server is left.
    """

    def __init__(self, script: tuple[Step, ...]) -> None:
        self._script = script
        self.requests: list[tuple[str, Json]] = []
        self.status = 200
        self.hangs = False
        self._left = threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._send(json.dumps({"object": "list", "data": [{"id": "scripted", "object": "model"}]}).encode())

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
                server.requests.append((self.path, body))
                if server.hangs:
                    server._left.wait(60)
                if server.status != 200:
                    self._send(
                        b'{"error":{"message":"scripted failure","code":%d}}' % server.status, status=server.status
                    )
                elif "countTokens" in self.path:
                    self._send(b'{"totalTokens":10}')
                elif "count_tokens" in self.path:
                    self._send(b'{"input_tokens":10}')
                elif "enerateContent" in self.path:
                    self._gemini(body)
                elif "/messages" in self.path:
                    self._events(anthropic_events(server.script(body), body))
                elif self.path.endswith("/responses"):
                    self._events(responses_events(server.script(body), body))
                else:
                    self._openai(body)

            def _gemini(self, body: Json) -> None:
                answer = gemini_answer(server.script(body), body)
                if ":stream" in self.path:
                    self._stream([answer], last=b"")
                else:
                    self._send(json.dumps(answer).encode())

            def _openai(self, body: Json) -> None:
                if body.get("stream"):
                    self._stream(openai_chunks(server.script(body), body), last=b"data: [DONE]\n\n")
                else:
                    self._send(json.dumps(openai_answer(server.script(body), body)).encode())

            def _stream(self, chunks: list[Json], last: bytes) -> None:
                body = b"".join(b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in chunks) + last
                self._send(body, kind="text/event-stream")

            def _events(self, events: list[Json]) -> None:
                told = (f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode() for event in events)
                self._send(b"".join(told), kind="text/event-stream")

            def _send(self, body: bytes, kind: str = "application/json", status: int = 200) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, *_: object) -> None:
                """An agent that is ended in the middle of a request resets its connection; that is no fault here."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def script(self, body: Json) -> tuple[Step, ...]:
        """The script with the place in it that a request tells of."""
        found = TREE.search(json.dumps(body))
        if found is None:
            return self._script
        placed = (
            {name: text.replace("{tree}", found[0]) for name, text in step.values.items()} for step in self._script
        )
        return tuple(replace(step, values=values) for step, values in zip(self._script, placed, strict=True))

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._left.set()
        self._server.shutdown()
        self._server.server_close()


def openai_answer(script: tuple[Step, ...], body: Json) -> Json:
    done = sum(len(message.get("tool_calls") or ()) for message in body.get("messages", ()))
    offered = {
        tool["function"]["name"]: tool["function"].get("parameters", {})
        for tool in body.get("tools") or ()
        if tool.get("type") == "function"
    }
    words, call = _next(script, done, offered)
    message: Json = {"role": "assistant", "content": words}
    if call is not None:
        name, arguments = call
        function = {"name": name, "arguments": json.dumps(arguments)}
        message["tool_calls"] = [{"id": f"call_{done}", "index": 0, "type": "function", "function": function}]
    reason = "stop" if call is None else "tool_calls"
    return _openai("chat.completion", {"index": 0, "message": message, "finish_reason": reason})


def openai_chunks(script: tuple[Step, ...], body: Json) -> list[Json]:
    choice = openai_answer(script, body)["choices"][0]
    chunk = "chat.completion.chunk"
    return [
        _openai(chunk, {"index": 0, "delta": choice["message"], "finish_reason": None}),
        _openai(chunk, {"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}),
    ]


def _openai(kind: str, choice: Json) -> Json:
    usage = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
    return {"id": "c-1", "object": kind, "created": 1, "model": "scripted", "choices": [choice], "usage": usage}


def gemini_answer(script: tuple[Step, ...], body: Json) -> Json:
    parts = [part for content in body.get("contents", ()) for part in content.get("parts", ())]
    done = sum("functionCall" in part for part in parts)
    offered = {
        tool["name"]: tool.get("parametersJsonSchema") or tool.get("parameters") or {}
        for group in body.get("tools") or ()
        for tool in group.get("functionDeclarations", ())
    }
    if (body.get("generationConfig") or {}).get("responseMimeType") == "application/json":
        words, call = '{"reasoning": "scripted", "next_speaker": "user", "model_choice": "flash"}', None
    else:
        words, call = _next(script, done, offered)
    part = {"text": words} if call is None else {"functionCall": {"name": call[0], "args": call[1]}}
    usage = {"promptTokenCount": 100, "candidatesTokenCount": 10, "totalTokenCount": 110}
    candidate = {"content": {"role": "model", "parts": [part]}, "finishReason": "STOP", "index": 0}
    return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": "scripted"}


def anthropic_events(script: tuple[Step, ...], body: Json) -> list[Json]:
    blocks = [
        block
        for message in body.get("messages", ())
        for block in (message["content"] if isinstance(message["content"], list) else ())
    ]
    done = sum(block.get("type") == "tool_use" for block in blocks)
    offered = {tool["name"]: tool.get("input_schema", {}) for tool in body.get("tools") or () if "input_schema" in tool}
    words, call = _next(script, done, offered)
    usage = {"input_tokens": 100, "output_tokens": 10}
    message = {"id": "m-1", "type": "message", "role": "assistant", "model": "scripted", "content": [], "usage": usage}
    if call is None:
        block: Json = {"type": "text", "text": ""}
        delta: Json = {"type": "text_delta", "text": words}
    else:
        block = {"type": "tool_use", "id": f"toolu_{done}", "name": call[0], "input": {}}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(call[1])}
    reason = {"stop_reason": "end_turn" if call is None else "tool_use", "stop_sequence": None}
    return [
        {"type": "message_start", "message": {**message, "stop_reason": None, "stop_sequence": None}},
        {"type": "content_block_start", "index": 0, "content_block": block},
        {"type": "content_block_delta", "index": 0, "delta": delta},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": reason, "usage": usage},
        {"type": "message_stop"},
    ]


def responses_events(script: tuple[Step, ...], body: Json) -> list[Json]:
    done = sum(item.get("type") == "function_call" for item in body.get("input", ()) if isinstance(item, dict))
    offered = {
        tool["name"]: tool.get("parameters", {}) for tool in body.get("tools") or () if tool["type"] == "function"
    }
    words, call = _next(script, done, offered)
    if call is None:
        text = {"type": "output_text", "text": words, "annotations": []}
        item: Json = {"type": "message", "id": "msg-1", "role": "assistant", "status": "completed", "content": [text]}
    else:
        name, arguments = call
        if isinstance(offered[name].get("properties", {}).get("command", {}).get("items"), dict):
            arguments["command"] = ["bash", "-lc", arguments["command"]]
        item = {"type": "function_call", "id": f"fc-{done}", "call_id": f"call_{done}", "name": name}
        item |= {"arguments": json.dumps(arguments), "status": "completed"}
    usage = {"input_tokens": 100, "output_tokens": 10, "total_tokens": 110}
    details = {"input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}}
    response = {"id": "r-1", "object": "response", "status": "completed", "output": [item], "usage": usage | details}
    return [
        {"type": "response.created", "response": {**response, "status": "in_progress", "output": []}},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": response},
    ]


def _next(script: tuple[Step, ...], done: int, offered: Json) -> tuple[str, tuple[str, Json] | None]:
    if not offered:
        return "A scripted title", None
    step = script[done] if done < len(script) else script[-1]
    if not step.tool:
        return step.words, None
    if not any(name in offered for name in TOOLS[step.tool]):
        step = Step("shell", {"command": _as_command(step)})
    name = next(name for name in TOOLS[step.tool] if name in offered)
    return step.words, (name, dict(_arguments(step, offered[name])))


def _as_command(step: Step) -> str:
    """The step for an agent that has no tool but a shell."""
    if step.tool == "plan":
        return "pwd"
    path = shlex.quote(step.values["path"])
    if step.tool in {"read", "list"}:
        return f"{'cat' if step.tool == 'read' else 'ls'} {path}"
    if step.tool in {"find", "search"}:
        pattern = shlex.quote(step.values["pattern"])
        return f"find {path} -name {pattern}" if step.tool == "find" else f"grep -rn {pattern} {path}"
    if step.tool == "write":
        return f"printf %s {shlex.quote(step.values['text'])} > {path}"
    return f"sed -i {shlex.quote('s/' + step.values['old'] + '/' + step.values['new'] + '/')} {path}"


def _arguments(step: Step, schema: Json) -> Iterator[tuple[str, Any]]:
    properties = schema.get("properties", {})
    named = {
        name: next(value for value, pattern in PARAMETERS.items() if pattern.match(name))
        for name in properties
        if any(pattern.match(name) for pattern in PARAMETERS.values())
    }
    for name, value in named.items():
        if value in step.values:
            several = value == "command" and properties[name].get("type") == "array" and name != value
            yield name, [step.values[value]] if several else step.values[value]
    if step.tool == "plan":
        yield from _to_do(properties)
        return
    for name in schema.get("required", ()):
        if name not in named:
            kind = properties.get(name, {}).get("type")
            yield name, {"boolean": False, "BOOLEAN": False, "integer": 1, "number": 1}.get(kind, "scripted")


def _to_do(properties: Json) -> Iterator[tuple[str, Any]]:
    if "action" in properties:
        yield "action", "write"
    known = str(properties.get("todos", {}))
    yield "todos", [{key: value for key, value in TO_DO.items() if f"'{key}'" in known} or TO_DO]
