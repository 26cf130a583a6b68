"""The protocol: messages a second from bytes to events and the redacted transcript, and how soon an end is noticed.

The baseline is the protocol's own Python SDK, which decodes the same bytes and does nothing with them. Rates are
by processor time: what one core does, whoever else uses it.
"""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kiro_worker.agent.acp import AcpAgent
from kiro_worker.agent.acp.connection import Connection
from kiro_worker.agent.acp.files import WorkspaceFiles
from kiro_worker.agent.acp.hearing import Hearing
from kiro_worker.agent.acp.lines import Lines
from kiro_worker.agent.acp.log import WireLog
from kiro_worker.agent.acp.service import Service
from kiro_worker.agent.acp.terminals import Terminals
from kiro_worker.agent.port import AgentEvent, AgentSaid, AgentStarted, Permission, Turn
from kiro_worker.agent.profile import Profile, Quirks
from kiro_worker.clock import SystemClock
from kiro_worker.process import Children
from kiro_worker.redact import Redactor, Secret
from kiro_worker.run.transcript import Transcript

_PAIRS = 5
_CHUNK = 256 * 1024  # what one read of a busy pipe gives
_OURS, _THEIRS = 40_000, 8_000
_ENDS = 60


def main() -> None:
    rates = [(_ours(_stream(_OURS)), _sdk(_stream(_THEIRS))) for _ in range(_PAIRS)]
    ours, theirs = (statistics.median(column) for column in zip(*rates, strict=True))
    ratio = statistics.median(one / other for one, other in rates)
    wired, bare = (statistics.median(_ours(_stream(_OURS), log) for _ in range(_PAIRS)) for log in (_wire, _none))
    ends = asyncio.run(_ends())
    idle = asyncio.run(_sdk_ends())
    row = "{:58} {:>13} {:>22} {:>8}  {}".format
    print(row("what", "ours", "baseline: Python SDK", "ratio", "target"))
    print(
        row(
            "messages a second: decoded, redacted, in the transcript",
            f"{ours:,.0f}/s",
            f"{theirs:,.0f}/s decoded",
            f"{ratio:.1f}x",
            ">= 140,000/s, >= 3x",
        )
    )
    print(row("the same, every line in a log of the wire", f"{wired:,.0f}/s", "", f"{wired / theirs:.1f}x", ""))
    print(row("the same, nothing written", f"{bare:,.0f}/s", "", f"{bare / theirs:.1f}x", ""))
    print(
        row(
            "an end of turn noticed after (median)",
            f"{statistics.median(ends):.2f} ms",
            f"{statistics.median(idle):.2f} ms",
            "",
            "<= 20 ms",
        )
    )
    print(
        row(
            "an end of turn noticed after (95 of 100)",
            f"{statistics.quantiles(ends, n=20)[-1]:.2f} ms",
            f"{statistics.quantiles(idle, n=20)[-1]:.2f} ms",
            "",
            "<= 20 ms",
        )
    )


def _stream(count: int) -> bytes:
    """What agents send most: words of an answer, now and then a tool call and its result."""
    head = b'{"jsonrpc":"2.0","method":"session/update","params":{"sessionId":"4dfac9d3-29028","update":'
    said = (
        head + b'{"sessionUpdate":"agent_message_chunk","content":{"type":"text","text":"Looking at the code. "}}}}\n'
    )
    call = head + (
        b'{"sessionUpdate":"tool_call","toolCallId":"call-%d","title":"Read main.py","kind":"read","status":"pending",'
        b'"locations":[{"path":"/workspace/main.py"}],"rawInput":{"path":"/workspace/main.py"}}}}\n'
    )
    done = head + (
        b'{"sessionUpdate":"tool_call_update","toolCallId":"call-%d","status":"completed","content":'
        b'[{"type":"content","content":{"type":"text","text":"def main(): ..."}}]}}}\n'
    )
    lines = [call % n if n % 20 == 8 else done % (n - 1) if n % 20 == 9 else said for n in range(count)]
    return b"".join(lines)


@dataclass(frozen=True)
class _Log:
    """What is written of what comes: by the line, by the event, or not at all."""

    tap: Callable[[str, bytes], None] | None
    hear: Callable[[AgentEvent], None]
    end: Callable[[], None]


def _transcript(folder: Path, redactor: Redactor) -> _Log:
    """What a run writes."""
    transcript = Transcript(folder / "transcript.jsonl", SystemClock(), redactor)
    return _Log(None, transcript.hear, transcript.end)


def _wire(folder: Path, redactor: Redactor) -> _Log:
    tap = WireLog(folder / "wire.log", redactor.bytes)
    return _Log(tap, _nothing, tap.close)


def _none(_folder: Path, _redactor: Redactor) -> _Log:
    return _Log(None, _nothing, lambda: None)


def _ours(stream: bytes, log: Callable[[Path, Redactor], _Log] = _transcript) -> float:
    redactor = Redactor([Secret(f"KEY_{n}", f"sk-secret-{n:04}-{'v' * 24}{n}") for n in range(20)])
    with tempfile.TemporaryDirectory() as folder:
        kept = log(Path(folder), redactor)
        hearing = Hearing(kept.hear, Quirks())
        hearing.release()
        service = Service(
            profile=Profile(name="bench", command=("x",)),
            permit=lambda _: Permission(allowed=False, rule="", reason=""),
            hearing=hearing,
            files=WorkspaceFiles(Path(folder)),
            terminals=Terminals(Children(), {}, _nothing, 0),
        )
        connection = Connection(_nothing, service, _nothing, kept.tap)
        lines = Lines()
        began = time.process_time()
        for start in range(0, len(stream), _CHUNK):
            block = lines.feed(stream[start : start + _CHUNK])
            if block:
                connection.receive(block)
        kept.end()
        seconds = time.process_time() - began
    assert hearing.updates == connection.messages == stream.count(b"\n")
    return connection.messages / seconds


def _nothing(_: object) -> None:
    """A writer, a starter."""


def _sdk(stream: bytes) -> float:
    return asyncio.run(_sdk_decodes(stream))


async def _sdk_decodes(stream: bytes) -> float:
    from acp import connect_to_agent

    seen, over, wanted = 0, asyncio.Event(), stream.count(b"\n")

    class Client:
        async def session_update(self, **_: object) -> None:
            nonlocal seen
            seen += 1
            if seen == wanted:
                over.set()

        def on_connect(self, _: object) -> None:
            pass

    reader = asyncio.StreamReader(limit=1024 * 1024)
    reading, writing = os.pipe()
    transport, protocol = await asyncio.get_running_loop().connect_write_pipe(
        asyncio.streams.FlowControlMixin, os.fdopen(writing, "wb")
    )
    writer = asyncio.StreamWriter(transport, protocol, None, asyncio.get_running_loop())
    connection = connect_to_agent(Client(), writer, reader)
    began = time.process_time()
    for start in range(0, len(stream), _CHUNK):
        reader.feed_data(stream[start : start + _CHUNK])
        await asyncio.sleep(0)
    await over.wait()
    seconds = time.process_time() - began
    reader.feed_eof()
    await connection.close()
    writer.close()
    os.close(reading)
    return wanted / seconds


_SCRIPT = '{"turns": [[{"sleep": 0.05}, {"moment": true}]]}'


async def _ends() -> list[float]:
    """Milliseconds from the agent's last word before its answer to the answer being seen, on one machine's clock."""
    late: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "script.json"
        script.write_text(_SCRIPT)
        command = (sys.executable, "-m", "kiro_worker.testing.acp_agent", str(script))
        moments: list[int] = []

        def see(sender: str, line: bytes) -> None:
            if sender == "agent" and b"stopReason" in line:
                moments.append(time.monotonic_ns())

        async with Children() as children:
            agent = AcpAgent(Profile(name="bench", command=command), children, tap=see)
            for _ in range(_ENDS):
                heard: list[AgentEvent] = []
                await agent.turn(_turn(Path(folder)), heard.append)
                assert isinstance(heard[0], AgentStarted)
                said = "".join(event.text for event in heard if isinstance(event, AgentSaid))
                late.append((moments[-1] - int(said.strip("[]"))) / 1e6)
    return late


async def _sdk_ends() -> list[float]:
    from acp import PROTOCOL_VERSION, spawn_agent_process, text_block

    late: list[float] = []

    class Client:
        said = ""

        async def session_update(self, *, update: object, **_: object) -> None:
            self.said += getattr(getattr(update, "content", None), "text", "")

        def on_connect(self, _: object) -> None:
            pass

    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "script.json"
        script.write_text(_SCRIPT)
        for _ in range(_ENDS // 3):
            client = Client()
            argv = (sys.executable, "-m", "kiro_worker.testing.acp_agent", str(script))
            async with spawn_agent_process(client, *argv) as (connection, _process):
                await connection.initialize(protocol_version=PROTOCOL_VERSION)
                session = await connection.new_session(cwd=folder, mcp_servers=[])
                await connection.prompt(session_id=session.session_id, prompt=[text_block("go")])
                seen = time.monotonic_ns()
                late.append((seen - int(client.said.strip("[]"))) / 1e6)
    return late


def _turn(workspace: Path) -> Turn:
    environment = {"PATH": os.environ["PATH"]}
    yes: Callable[[object], Permission] = lambda _: Permission(allowed=True, rule="", reason="")  # noqa: E731  # one line says it
    return Turn(prompt="go", workspace=workspace, environment=environment, permit=yes)


if __name__ == "__main__":
    main()
