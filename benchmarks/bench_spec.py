"""Reading specs: the task list, a whole spec and a tick, beside a parse of the same Markdown by markdown-it-py.

The generated files have what the median of 346 real ones has: about 300 bytes a task, with details, references,
optional property tests and checkpoints. Ratios are of one run, ours and the baseline in turn, the median of five pairs;
what runs within this process is measured in processor time, so that neighbours on the machine do not count.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

from markdown_it import MarkdownIt

from kiro_worker.spec import read_spec, read_tasks, tick

PAIRS = 5
MEGABYTES = 1.6
WORDS = ("create", "validate", "handle", "publish", "measure", "register", "remove", "retry", "encrypt", "schedule")
THINGS = (
    "the order service",
    "the session store",
    "a signed upload",
    "the audit trail",
    "\u6ce8\u6587\u30b5\u30fc\u30d3\u30b9",
)


def phrase(number: int, *, english: bool) -> str:
    things = THINGS[:-1] if english else THINGS
    return f"{WORDS[number % len(WORDS)].title()} {things[number % len(things)]} with tests for case {number}"


def group(top: int, *, english: bool) -> Iterator[str]:
    yield f"- [ ] {top}. {phrase(top, english=english)}\n"
    for sub in range(1, 6):
        refers = f"{top % 20 + 1}.{sub}, {(top + 3) % 20 + 1}.{sub % 4 + 1}"
        if sub == 5:
            yield f"  - [ ]* {top}.{sub} Write property test: {phrase(top, english=english)}\n"
            yield f"    - **Property {top % 30 + 1}: Round trip**\n    - **Validates: Requirements {refers}**\n\n"
            continue
        yield f"  - [{'x' if top % 3 else ' '}] {top}.{sub} {phrase(top + sub, english=english)}\n"
        for detail in range(3):
            yield f"    - {phrase(top * sub + detail, english=english)}, and say what was kept when it fails\n"
        yield f"    - _Requirements: {refers}_\n\n"
    yield f"- [ ] {top + 1}. Checkpoint - Ensure all tests pass\n  - Ask the user if questions arise.\n\n"


def task_list(size: int, *, english: bool = True) -> bytes:
    parts = ["# Implementation Plan\n\n## Tasks\n\n"]
    top, length = 1, 0
    while length < size:
        parts.append("".join(group(top, english=english)))
        length += len(parts[-1].encode())
        top += 2
    return "".join(parts).encode()


def requirements(count: int) -> bytes:
    parts = ["# Requirements Document\n\n## Glossary\n\n- **Worker**: What works\n\n## Requirements\n\n"]
    for number in range(1, count + 1):
        parts.append(
            f"### Requirement {number}: {phrase(number, english=True)}\n\n**User Story:** As a user, I want it.\n\n"
        )
        parts.append("#### Acceptance Criteria\n\n")
        parts.extend(f"{one}. WHEN case {one} is met, THE Worker SHALL do it and say so\n" for one in range(1, 9))
        parts.append("\n")
    return "".join(parts).encode()


def design(count: int) -> bytes:
    parts = ["# Design\n\n## Overview\n\nText.\n\n## Correctness Properties\n\n"]
    for number in range(1, count + 1):
        parts.append(f"### Property {number}: Round trip\n\n*For any* x, reading SHALL give x.\n\n")
        parts.append(f"**Validates: Requirements {number % 20 + 1}.1**\n\n```python\n# code {number}\n```\n\n")
    return "".join(parts).encode()


def seconds(work: Callable[[], object], clock: Callable[[], float], times: int) -> float:
    began = clock()
    for _ in range(times):
        work()
    return (clock() - began) / times


def row(
    what: str,
    ours: Callable[[], object],
    baseline: tuple[str, Callable[[], object]],
    target: str,
    *,
    clock: Callable[[], float] = time.process_time,
    times: int = 1,
) -> None:
    name, other = baseline
    ours()
    pairs = [(seconds(ours, clock, times), seconds(other, clock, times)) for _ in range(PAIRS)]
    mine, theirs = (statistics.median(taken) * 1000 for taken in zip(*pairs, strict=True))
    ratio = statistics.median(slow / fast for fast, slow in pairs)
    told = f"{ratio:.1f} x faster" if ratio >= 1 else f"{1 / ratio:.2f} x as long"
    print(f"{what:44} {mine:9.2f} ms   {name:22} {theirs:9.2f} ms   {told:>16}   {target}")


def start(program: str) -> Callable[[], object]:
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    return lambda: subprocess.run([sys.executable, "-c", program], check=True, env=environment)


def main() -> None:
    markdown = MarkdownIt()
    print(f"{'what':44} {'ours':>12}   {'baseline':35}   {'ratio':>16}   target")
    for words, english in (("English", True), ("one title in five Japanese", False)):
        data = task_list(int(MEGABYTES * 1_000_000), english=english)
        text = data.decode()
        what = f"tasks.md, {len(data) / 1e6:.2f} MB, {words}"
        row(
            what,
            lambda data=data: read_tasks(data),
            ("markdown-it-py", lambda text=text: markdown.parse(text)),
            ">= 25 x faster",
        )
    median = task_list(9_000)
    row(
        "tasks.md of median size, 9 KB",
        lambda: read_tasks(median),
        ("markdown-it-py", lambda: markdown.parse(median.decode())),
        "for information",
        times=50,
    )
    files = {"tasks.md": task_list(160_000), "requirements.md": requirements(250), "design.md": design(300)}
    lines = sum(data.count(b"\n") for data in files.values())
    texts = [data.decode() for data in files.values()]
    row(
        f"a whole spec of {lines:,} lines",
        lambda: read_spec("x", files),
        ("markdown-it-py", lambda: [*map(markdown.parse, texts)]),
        "tens of ms",
    )
    leaf = read_tasks(median).open_required_leaves[0]
    row(
        "tick one task of the median file",
        lambda: tick(median, leaf, expected=median),
        ("markdown-it-py", lambda: markdown.parse(median.decode())),
        "for information",
        times=50,
    )
    bare = ("import dataclasses, re", start("import dataclasses, re"))
    row("import kiro_worker.spec", start("import kiro_worker.spec"), bare, "for information", clock=time.perf_counter)


if __name__ == "__main__":
    main()
