"""The console script `kiro-worker-replay`: reads its arguments and plays until the client has gone."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from kiro_worker.agent.replay.notation import CassetteUnreadable, load
from kiro_worker.agent.replay.server import Server
from kiro_worker.agent.replay.wire import Closed, Wire

_UNREADABLE = 2
_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the replay agent; returns its exit status."""
    given = _arguments().parse_args(arguments)
    try:
        cassette = load(given.cassette)
    except CassetteUnreadable as error:
        sys.stderr.write("\n".join(error.lines()) + "\n")
        return _UNREADABLE
    if given.check:
        for turn in cassette.turns:
            sys.stdout.write(f"{turn.name}: {len(turn.steps)} steps\n")
        return 0
    try:
        Server(cassette, Wire(), speed=given.speed).serve()
    except Closed:
        return 0
    except KeyboardInterrupt:
        return _INTERRUPTED


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kiro-worker-replay",
        description="Plays a recorded agent over the Agent Client Protocol on standard input and output.",
        epilog="The format of a cassette is described in docs/reference/cassette.md.",
    )
    parser.add_argument("cassette", type=Path, help="the recording, JSON lines")
    parser.add_argument("--speed", type=_speed, default=1.0, metavar="N", help="waits are N times shorter; 0: no waits")
    parser.add_argument("--check", action="store_true", help="only read the cassette and list its turns")
    return parser


def _speed(text: str) -> float:
    speed = float(text)
    if not 0 <= speed < float("inf"):
        raise ValueError
    return speed


if __name__ == "__main__":
    sys.exit(main())
