"""Runs a command, and again whenever a file of the source or the tests changes: `python tools/watch.py COMMAND ...`.

The times of files are looked at every half second, which needs no library and works on every file system. A change
while the command runs ends it and begins anew.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WATCHED = ("src", "tests", "tools", "benchmarks", "docs", "pyproject.toml")
_LEFT_ALONE = frozenset({"__pycache__", ".pytest_cache", ".hypothesis", ".git", ".venv"})
_LOOK_EVERY = 0.5
# An editor that saves several files is not done with the first.
_SETTLE = 0.2
_PATIENCE = 5.0

Seen = Mapping[str, tuple[int, int]]


def look(root: Path, watched: tuple[str, ...] = WATCHED) -> Seen:
    """When each watched file was last written, and how large it is."""
    return {path: facts for name in watched for path, facts in _files(root / name)}


def _files(place: Path) -> Iterator[tuple[str, tuple[int, int]]]:
    waiting = [place]
    while waiting:
        path = waiting.pop()
        try:
            if path.is_dir():
                waiting += [entry for entry in path.iterdir() if entry.name not in _LEFT_ALONE]
            else:
                facts = path.stat()
                yield str(path), (facts.st_mtime_ns, facts.st_size)
        except OSError:
            continue  # it went away between two looks


def changed(before: Seen, after: Seen) -> tuple[str, ...]:
    """The files that were written, made or removed, in order."""
    return tuple(sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path)))


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the command with all that it started: it has a process group of its own."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(_PATIENCE)
        except ProcessLookupError:
            break
        except subprocess.TimeoutExpired:
            continue
        break
    process.wait()


def watch(command: list[str], root: Path = ROOT, watched: tuple[str, ...] = WATCHED) -> None:
    """Run the command for as long as nobody stops this."""
    seen = look(root, watched)
    while True:
        process = subprocess.Popen(command, cwd=root, process_group=0)
        try:
            while not (found := changed(seen, now := look(root, watched))):
                time.sleep(_LOOK_EVERY)
            while changed(now, settled := look(root, watched)):
                now = settled
                time.sleep(_SETTLE)
            seen = now
        finally:
            _stop(process)
        shown = ", ".join(os.path.relpath(path, root) for path in found[:3])
        print(f"\n--- {shown}{' and more' if len(found) > 3 else ''}", flush=True)


def main() -> int:
    """Watch until control-C."""
    if len(sys.argv) < 2:
        print("usage: watch.py COMMAND [ARGUMENT ...]", file=sys.stderr)
        return 2
    try:
        watch(sys.argv[1:])
    except KeyboardInterrupt:
        print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
