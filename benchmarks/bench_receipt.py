"""What the receipt costs: an event that waits for the disk, one that does not, and reading all of them again.

The baseline of writing is the bare system calls for the same lines, that of verifying is one SHA-256 over the file.
"""

import hashlib
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from kiro_worker.clock import SystemClock
from kiro_worker.receipt.chain import lines_of
from kiro_worker.receipt.examine import ChainState, examine
from kiro_worker.redact import Redactor
from kiro_worker.run.hygiene import cleaned
from kiro_worker.run.journal import Journal

_WRITES, _JOTS = 300, 20_000
_FACTS = {"task": "2.1", "call": "t1", "kind": "edit", "title": "Edit src/a.py", "status": "completed", "output": 812}


def _bare(path: Path, line: bytes, count: int, *, sync: bool) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for _ in range(count):
        os.write(file, line)
        if sync:
            os.fdatasync(file)
    os.close(file)


def _seconds(do: Callable[[], object]) -> float:
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="bench-receipt-") as name:
        folder = Path(name)
        with Journal(folder / "events.jsonl", SystemClock(), Redactor()) as journal:
            journal.write("run.started", run="r-1")
            line = b"x" * 330 + b"\n"
            wrote = _seconds(lambda: [journal.write("tool.ended", **_FACTS) for _ in range(_WRITES)])
            jotted = _seconds(lambda: [journal.jot("tool.ended", **_FACTS) for _ in range(_JOTS)])
            journal.close("r-1")
        bare_wrote = _seconds(lambda: _bare(folder / "one", line, _WRITES, sync=True))
        bare_jotted = _seconds(lambda: _bare(folder / "two", line, _JOTS, sync=False))
        raw = (folder / "events.jsonl").read_bytes()
        seen = []
        verified = _seconds(lambda: seen.append(examine(lines_of(folder / "events.jsonl"))))
        assert seen[0].state is ChainState.CLOSED
        hashed = _seconds(lambda: hashlib.sha256(raw).digest())
        text = "Implement the lock; it SHALL be fair — for everybody.\n" * 2_000
        clean = _seconds(lambda: cleaned(text))
        plain = _seconds(lambda: text.encode("utf-8"))
    rows = (
        ("event on the disk", wrote / _WRITES, bare_wrote / _WRITES),
        ("event that a kill survives", jotted / _JOTS, bare_jotted / _JOTS),
        (f"verify {len(raw) / 1e6:.0f} MB, each event", verified / (_WRITES + _JOTS), hashed / (_WRITES + _JOTS)),
        (f"clean {len(text) / 1e3:.0f} kB of text", clean, plain),
    )
    print(f"{'':32}{'ours':>12}{'bare':>12}{'ratio':>9}")
    for what, ours, bare in rows:
        print(f"{what:32}{ours * 1e6:>9.1f} µs{bare * 1e6:>9.1f} µs{ours / bare:>8.1f}x")


if __name__ == "__main__":
    main()
