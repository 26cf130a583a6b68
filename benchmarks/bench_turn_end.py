"""How soon the end of an agent's turn is noticed, and what 50 MB of output cost, beside the designs being replaced."""

import asyncio
import json
import math
import os
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

from kiro_worker.agent.acp import AcpAgent
from kiro_worker.agent.port import Permission, Turn, TurnOutcome
from kiro_worker.agent.profile import AgentProtocol, Profile
from kiro_worker.agent.pty import PtyAgent
from kiro_worker.process import Child, Children
from kiro_worker.testing import echo_repl

_PAIRS = 15
_FLOOD = 50_000_000
_BASE_FLOOD = 500_000
REPLAY = (sys.executable, "-c", "from kiro_worker.agent.replay import main; raise SystemExit(main())")
_CASSETTE = (
    {"cassette": 1},
    {"turn": "t"},
    {"say": "I work."},
    {"permission": {"toolCallId": "c", "title": "Work", "kind": "read", "locations": [{"path": "a"}]}},
)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_all(Path(folder)))


class TimedChildren(Children):
    """Notes when a process is first told to end: the moment at which the end of its turn is known."""

    told: float = 0.0

    async def end(self, child: Child, *, grace: float = 2.0) -> None:
        self.told = time.monotonic()
        await super().end(child, grace=grace)


async def _all(folder: Path) -> None:
    async with TimedChildren() as children:
        acp, pty, drawn, polled = [], [], [], []
        for _ in range(_PAIRS):
            acp.append(await _acp(children, folder))
            pty.append(await _pty(children, folder, "lines"))
            drawn.append(await _pty(children, folder, "draws"))
            polled.append(_polled(pty[-1][2]))
        flood = [await _flood(children, folder) for _ in range(5)]
        naive = [_naive_flood() for _ in range(5)]
    print(f"median of {_PAIRS} turns each, interleaved; the worst in brackets")
    print(f"{'what':66} {'ours':>20} {'baseline':>12} {'ratio':>8}  target")
    poll = statistics.median(polled)
    _row("ACP, replay: answer of the agent -> known", [one[0] for one in acp], poll, 20)
    _row("ACP, replay: answer of the agent -> process gone, turn returned", [one[1] for one in acp], poll, None)
    _row("terminal, lines: sign of the end -> known (50 ms of it debounce)", [one[0] for one in pty], poll, 100)
    _row("terminal, lines: sign of the end -> process gone, turn returned", [one[1] for one in pty], poll, None)
    _row("terminal, screen: sign of the end -> known (50 ms of it debounce)", [one[0] for one in drawn], poll, 100)
    print(
        f"{'50 MB through the terminal, processor time of the worker':66} {statistics.median(flood):18.2f} s "
        f"{statistics.median(naive):10.1f} s {statistics.median(naive) / statistics.median(flood):7.0f}x  bounded"
    )
    print(f"{'the worker after all of it, resident':66} {_resident():17.0f} MB")
    print("baseline of the ends: looked for every 2 s and never before 5 s, computed for the same turns;")
    print(f"baseline of 50 MB: each piece drawn on a screen and looked at, {_BASE_FLOOD // 1000} KB of it times 100")


def _row(what: str, seconds: list[float], baseline: float, target: int | None) -> None:
    median = statistics.median(seconds)
    wanted = "" if target is None else f"<= {target} ms"
    print(
        f"{what:66} {median * 1000:8.1f} ({max(seconds) * 1000:5.1f}) ms {baseline * 1000:9.0f} ms "
        f"{baseline / median:7.0f}x  {wanted}"
    )


def _turn(folder: Path, permit) -> Turn:
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": os.pathsep.join(sys.path)}
    return Turn(prompt="work", workspace=folder, environment=environment, permit=permit)


async def _acp(children: Children, folder: Path) -> tuple[float, float]:
    """From the answer that the agent waited for, its last act being to end the turn, until its end was seen."""
    cassette = folder / "cassette.jsonl"
    cassette.write_text("\n".join(map(json.dumps, _CASSETTE)))
    allowed, known = [], []

    def permit(_) -> Permission:
        allowed.append(time.monotonic())
        return Permission(allowed=True, rule="bench", reason="")

    def tap(sender: str, line: bytes) -> None:
        if sender == "agent" and b"stopReason" in line:
            known.append(time.monotonic())

    agent = AcpAgent(Profile(name="replay", command=(*REPLAY, str(cassette))), children, tap=tap)
    end = await agent.turn(_turn(folder, permit), lambda _: None)
    over = time.monotonic()
    assert end.outcome is TurnOutcome.ENDED, end
    return known[-1] - allowed[-1], over - allowed[-1]


async def _pty(children: TimedChildren, folder: Path, style: str) -> tuple[float, float, float]:
    """From the sign of the end until it was seen, until the turn returned, and how long the turn took."""
    stamp = folder / "stamp"
    habits = echo_repl.SCREEN if style == "draws" else echo_repl.LINES
    program = (sys.executable, "-m", "kiro_worker.testing.echo_repl", "--style", style, "--stamp", str(stamp))
    agent = PtyAgent(Profile(name="echo", command=program, protocol=AgentProtocol.PTY, settings=habits), children)
    began = time.monotonic()
    end = await agent.turn(_turn(folder, lambda _: None), lambda _: None)
    over = time.monotonic()
    assert end.outcome is TurnOutcome.ENDED, end
    written = float(stamp.read_text())
    return children.told - written, over - written, written - began


def _polled(seconds: float) -> float:
    """How late a look every 2 s, and never before 5 s, notices a turn of this length."""
    return max(6.0, math.ceil(seconds / 2) * 2.0) - seconds


async def _flood(children: Children, folder: Path) -> float:
    program = (sys.executable, "-m", "kiro_worker.testing.echo_repl", "--prints", str(_FLOOD))
    profile = Profile(name="echo", command=program, protocol=AgentProtocol.PTY, settings=echo_repl.LINES)
    before = time.process_time()
    end = await PtyAgent(profile, children).turn(_turn(folder, lambda _: None), lambda _: None)
    assert end.outcome is TurnOutcome.ENDED, end
    return time.process_time() - before


def _naive_flood() -> float:
    import pyte

    screen = pyte.Screen(160, 50)
    stream = pyte.ByteStream(screen)
    line = b"x" * 98 + b"\r\n"
    before = time.process_time()
    for begin in range(0, _BASE_FLOOD, 4096):
        stream.feed((line * 42)[: min(4096, _BASE_FLOOD - begin)])
        "\n".join(screen.display)
    return (time.process_time() - before) * (_FLOOD / _BASE_FLOOD)


def _resident() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
