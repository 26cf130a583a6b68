"""The messages of the Agent Client Protocol, version 1, as they stand on the wire.

What is sent has exact types. What is received has every field optional and of any type: agents leave out, misspell
and add, and one odd field must not cost the turn. Readers of a received field look at its type before its value.
The shapes are those of the protocol's JSON schema (tests/schemas/README.md), plus `session/set_model`, which its
stable part does not list and several agents have.
"""

import json
from typing import Any, Final, TypeVar

import msgspec

PROTOCOL_VERSION: Final = 1

INITIALIZE: Final = "initialize"
AUTHENTICATE: Final = "authenticate"
NEW_SESSION: Final = "session/new"
LOAD_SESSION: Final = "session/load"
RESUME_SESSION: Final = "session/resume"
SET_MODE: Final = "session/set_mode"
SET_CONFIG_OPTION: Final = "session/set_config_option"
SET_MODEL: Final = "session/set_model"
PROMPT: Final = "session/prompt"
CANCEL: Final = "session/cancel"
UPDATE: Final = "session/update"
REQUEST_PERMISSION: Final = "session/request_permission"
READ_FILE: Final = "fs/read_text_file"
WRITE_FILE: Final = "fs/write_text_file"
CREATE_TERMINAL: Final = "terminal/create"
TERMINAL_OUTPUT: Final = "terminal/output"
WAIT_FOR_EXIT: Final = "terminal/wait_for_exit"
KILL_TERMINAL: Final = "terminal/kill"
RELEASE_TERMINAL: Final = "terminal/release"

METHOD_NOT_FOUND: Final = -32601
INVALID_PARAMS: Final = -32602
INTERNAL_ERROR: Final = -32603
NOT_FOUND: Final = -32002
# The protocol has no code for "the client refuses"; this one is in the range left to implementations.
REFUSED: Final = -32010


class Frame(msgspec.Struct, gc=False):
    """One message, looked at no further than is needed to know where it goes."""

    id: Any = msgspec.UNSET
    method: str | None = None
    params: msgspec.Raw = msgspec.Raw()
    result: msgspec.Raw = msgspec.Raw()
    error: Any = msgspec.UNSET


class _Sent(msgspec.Struct, rename="camel", omit_defaults=True):
    """What all sent parts have in common: the protocol's spelling, and nothing that says nothing."""


class Request(msgspec.Struct):
    """A call of ours."""

    id: int
    method: str
    params: Any
    jsonrpc: str = "2.0"


class Notification(msgspec.Struct):
    """A message of ours that wants no answer."""

    method: str
    params: Any
    jsonrpc: str = "2.0"


class Answer(msgspec.Struct):
    """Our answer to a request of the agent."""

    id: Any
    result: Any
    jsonrpc: str = "2.0"


class ErrorAnswer(msgspec.Struct):
    """Our refusal of a request of the agent."""

    id: Any
    error: "ErrorPart"
    jsonrpc: str = "2.0"


class ErrorPart(msgspec.Struct):
    """Why a request failed."""

    code: int
    message: str


class FileCapabilities(msgspec.Struct, rename="camel"):
    """Which file operations we do for the agent; said in full, so that no agent takes silence for yes."""

    read_text_file: bool = False
    write_text_file: bool = False


class ClientCapabilities(msgspec.Struct, rename="camel"):
    """What we do for the agent."""

    fs: FileCapabilities
    terminal: bool


class Implementation(_Sent):
    """Who we are."""

    name: str
    version: str


class Initialize(_Sent):
    """`initialize`."""

    protocol_version: int
    client_capabilities: ClientCapabilities
    client_info: Implementation


class Authenticate(_Sent):
    """`authenticate`."""

    method_id: str


class EnvVariable(msgspec.Struct):
    """One variable for a command, or one header for a server."""

    name: str
    value: str


class McpProgram(msgspec.Struct):
    """An MCP server that the agent starts; the one kind that has no `type`."""

    name: str
    command: str
    args: tuple[str, ...]
    env: tuple[EnvVariable, ...]


class McpPlace(msgspec.Struct):
    """An MCP server that is somewhere already."""

    type: str
    name: str
    url: str
    headers: tuple[EnvVariable, ...]


class OpenSession(msgspec.Struct, rename="camel", omit_defaults=True):
    """`session/new`, and with an id `session/load` or `session/resume`."""

    cwd: str
    mcp_servers: tuple[McpProgram | McpPlace, ...]
    session_id: str = ""


class SetMode(_Sent):
    """`session/set_mode`."""

    session_id: str
    mode_id: str


class SetConfigOption(_Sent):
    """`session/set_config_option`."""

    session_id: str
    config_id: str
    value: str


class SetModel(_Sent):
    """`session/set_model`."""

    session_id: str
    model_id: str


class Text(msgspec.Struct):
    """A block of text in a prompt."""

    text: str
    type: str = "text"


class Prompt(_Sent):
    """`session/prompt`."""

    session_id: str
    prompt: tuple[Text, ...]


class Cancel(_Sent):
    """`session/cancel`."""

    session_id: str


class Outcome(_Sent):
    """The inner part of an answer to a permission request: selected, or cancelled."""

    outcome: str
    option_id: str = ""


class PermissionAnswer(msgspec.Struct):
    """The answer to `session/request_permission`."""

    outcome: Outcome


class FileText(msgspec.Struct):
    """The answer to `fs/read_text_file`."""

    content: str


class Done(msgspec.Struct):
    """The answer where the protocol wants an empty one."""


class TerminalStarted(_Sent):
    """The answer to `terminal/create`."""

    terminal_id: str


class TerminalExit(msgspec.Struct, rename="camel"):
    """How a command ended: the answer to `terminal/wait_for_exit`, and a part of the one below."""

    exit_code: int | None = None
    signal: str | None = None


class TerminalShown(msgspec.Struct, rename="camel", omit_defaults=True):
    """The answer to `terminal/output`."""

    output: str
    truncated: bool
    exit_status: TerminalExit | None = None


class _Heard(msgspec.Struct, rename="camel", gc=False):
    """What all received parts have in common: the protocol's spelling, any type in any field."""


class Initialized(_Heard):
    """The answer to `initialize`."""

    protocol_version: Any = None
    agent_capabilities: Any = None
    agent_info: Any = None
    auth_methods: Any = None


class SessionOpened(_Heard):
    """The answer to `session/new`, `session/load`, `session/resume` and `session/set_config_option`."""

    session_id: Any = None
    modes: Any = None
    config_options: Any = None
    models: Any = None


class PromptEnded(_Heard):
    """The answer to `session/prompt`."""

    stop_reason: Any = None
    usage: Any = None
    meta: Any = msgspec.field(default=None, name="_meta")


class Update(_Heard):
    """Any `session/update`, and the tool call of a permission request, which has the same fields."""

    session_update: Any = None
    content: Any = None
    tool_call_id: Any = None
    title: Any = None
    kind: Any = None
    status: Any = None
    raw_input: Any = None
    raw_output: Any = None
    locations: Any = None
    entries: Any = None
    cost: Any = None
    current_mode_id: Any = None
    config_options: Any = None
    severity: Any = None
    description: Any = None
    meta: Any = msgspec.field(default=None, name="_meta")


class SessionUpdate(_Heard):
    """The parameters of `session/update`."""

    session_id: Any = None
    update: Update = msgspec.field(default_factory=Update)


class PermissionAsked(_Heard):
    """The parameters of `session/request_permission`."""

    session_id: Any = None
    tool_call: Update = msgspec.field(default_factory=Update)
    options: Any = None


class ReadFile(msgspec.Struct, rename="camel"):
    """The parameters of `fs/read_text_file`; lines count from 1."""

    path: str
    line: int | None = None
    limit: int | None = None


class WriteFile(msgspec.Struct, rename="camel"):
    """The parameters of `fs/write_text_file`."""

    path: str
    content: str


class CreateTerminal(msgspec.Struct, rename="camel"):
    """The parameters of `terminal/create`."""

    command: str
    args: tuple[str, ...] | None = None
    env: tuple[EnvVariable, ...] | None = None
    cwd: str | None = None
    output_byte_limit: int | None = None


class TerminalNamed(msgspec.Struct, rename="camel"):
    """The parameters of every other `terminal/` method."""

    terminal_id: str


_Part = TypeVar("_Part", bound=msgspec.Struct)

_EMPTY = b"{}"
_NULL = msgspec.Raw(b"null")

_frames = msgspec.json.Decoder(Frame)
_encode = msgspec.json.Encoder().encode
_decoders: dict[type[msgspec.Struct], msgspec.json.Decoder[Any]] = {}

# What msgspec raises for bytes from outside: no JSON, not UTF-8, another shape, nested too deeply.
UNREADABLE: Final = (msgspec.DecodeError, UnicodeError, RecursionError)


def encode(message: msgspec.Struct) -> bytes:
    """A message as its line, with the end of line."""
    return _encode(message) + b"\n"


def frames(block: bytes) -> list[Frame]:
    """All messages of a block of whole lines, decoded at once.

    Raises:
        UNREADABLE: when one of them is no message; `frame` tells which.
    """
    return _frames.decode_lines(block)


def frame(line: bytes) -> Frame:
    """One message.

    Raises:
        UNREADABLE: when it is none.
    """
    return _frames.decode(line)


def frame_of_any(line: bytes) -> Frame:
    """One message, also of an agent whose writer is laxer than the standard's reader.

    JavaScript writes half of a character that it cut in two, Python writes NaN, others write control characters and
    bytes that are no UTF-8. What cannot be kept becomes a question mark or null; a lost answer would cost the turn.

    Raises:
        UNREADABLE: when it is none even so.
    """
    try:
        return frame(line)
    except UNREADABLE:
        # A block of lines is looked at so only when one of them is odd: most of the time nothing is read twice.
        if not line.lstrip(b"\xef\xbb\xbf \t\r").startswith(b"{"):
            raise
        text = line.decode("utf-8-sig", "replace")
        try:
            found = json.loads(text, strict=False, parse_constant=lambda _: None)
        except ValueError as error:
            raise msgspec.DecodeError(str(error)) from error
        return frame(json.dumps(found, ensure_ascii=False).encode("utf-8", "replace"))


def part(raw: msgspec.Raw, shape: type[_Part]) -> _Part:
    """The parameters or the result of a message; absent and null read as empty.

    Raises:
        UNREADABLE: when they are no object, or a field of an exact type has another.
    """
    decoder = _decoders.get(shape)
    if decoder is None:
        decoder = _decoders[shape] = msgspec.json.Decoder(shape)
    given = _EMPTY if not raw or raw == _NULL else raw
    found: _Part
    try:
        found = decoder.decode(given)
    except UnicodeError:  # the frame around it was read without a look at its text
        found = decoder.decode(bytes(given).decode("utf-8", "replace"))
    return found
