"""Go's cover profile: blocks of statements; Go's own total counts statements, and so does this."""

import re
from pathlib import Path

from kiro_worker.gate.coverage.model import MOST_HITS, MOST_LINE, Measured, Report
from kiro_worker.gate.fault import ReportUnreadable
from kiro_worker.gate.file import open_report

_BLOCK = re.compile(r"(.+):(\d{1,7})\.\d{1,7},(\d{1,7})\.\d{1,7} (\d{1,6}) (\d{1,19})")
_LONGEST = 64 * 1024

# Lines of all blocks together; a short hostile profile could name billions.
_MOST_LINES = 20_000_000


def read_go(path: Path, *, told: str) -> Report:
    """Read a profile; a block told by several packages' tests is one block.

    Raises:
        ReportUnreadable: when a line cannot be understood.
    """
    import os

    blocks: dict[tuple[str, str], tuple[int, int, int, int]] = {}
    number = lines = 0
    with os.fdopen(open_report(path, told=told), "rb") as file:
        while line := file.readline(_LONGEST):
            number += 1
            text = line.decode("utf-8", errors="replace").strip()
            if not text or text.startswith("mode:"):
                continue
            block = _BLOCK.fullmatch(text)
            if block is None or not 0 < int(block[2]) <= int(block[3]) <= MOST_LINE:
                raise ReportUnreadable(path=told, why=f"its line is no block: {text[:100]}", line=number)
            first, last, statements, count = (int(block[at]) for at in (2, 3, 4, 5))
            lines += last - first + 1
            if lines > _MOST_LINES:
                raise ReportUnreadable(path=told, why=f"its blocks have more than {_MOST_LINES:,} lines", line=number)
            key = (block[1], text.rsplit(" ", 1)[0])
            before = blocks.get(key, (0, 0, 0, 0))[3]
            blocks[key] = (first, last, statements, min(before + count, MOST_HITS))
    return Report(kind="go", files=_files(blocks))


def _files(blocks: dict[tuple[str, str], tuple[int, int, int, int]]) -> dict[str, Measured]:
    files: dict[str, Measured] = {}
    for (name, _), (first, last, statements, count) in blocks.items():
        file = files.setdefault(name, Measured(statements=(0, 0)))
        covered, total = file.statements or (0, 0)
        file.statements = (covered + (statements if count else 0), total + statements)
        for line in range(first, last + 1):
            file.hit(line, count)
    return files
