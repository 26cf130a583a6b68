"""Policy: microseconds a decision and decisions a second, beside text patterns, the way that is talked around."""

import fnmatch
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from kiro_worker.policy import Answer, Kind, Policy, Request
from kiro_worker.policy.rule import Rule
from pair import table

_COMMANDS = (
    "cd {root} && pytest -q tests/test_{n}.py 2>&1 | tail -20", "git diff HEAD~1 -- src/f{n}.py",
    "npm test -- --grep x{n}",
    "sed -i 's/a/b/g' src/m{n}.py", "grep -rn foo{n} src --include=*.py", "ls -la src/d{n}",
)  # fmt: skip
_COUNT = 3000


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = os.path.realpath(folder)
        (Path(root) / "src").mkdir()
        commands = [_COMMANDS[n % len(_COMMANDS)].format(root=root, n=n) for n in range(_COUNT)]
        asked = [Request(kind=Kind.EXECUTE, command=command) for command in commands]
        files = [Request(kind=Kind.EDIT, paths=(f"{root}/src/a{n}.py",)) for n in range(_COUNT)]
        policy = _policy()
        patterns = [rule.pattern for rules in policy.rules.values() for rule in rules]

        def decide(request: Request) -> object:
            return policy.decide(request, root=root, resolve=os.path.realpath)

        def match(request: Request) -> object:
            text = request.command or request.paths[0]
            return [pattern for pattern in patterns if fnmatch.fnmatchcase(text, pattern)]

        mixed = [request for pair in zip(asked, files, files, strict=True) for request in pair]
        again = asked[:60] * (_COUNT // 60)
        rows = [
            _row(name, decide, match, requests)
            for name, requests in (
                ("commands, each another", asked),
                ("commands, 60 again and again", again),
                ("files, each another", files),
                ("one command to two files", mixed),
            )
        ]
    table("A policy of 200 rules; median, and requests a second in a row", rows)


def _row(
    name: str, ours: Callable[[Request], object], theirs: Callable[[Request], object], requests: list[Request]
) -> tuple[str, str, str, str, str]:
    for request in requests[:5]:
        ours(request), theirs(request)
    mine, baseline = [], []
    for request in requests:
        mine.append(_seconds(ours, request))
        baseline.append(_seconds(theirs, request))
    median, other = statistics.median(mine), statistics.median(baseline)
    rate = len(mine) / sum(mine)
    return (
        name,
        f"{median * 1e6:.0f} us, {rate:,.0f}/s",
        f"{other * 1e6:.0f} us",
        f"{median / other:.2f}x",
        "<= 200 us, >= 10,000/s",
    )


def _seconds(work: Callable[[Request], object], request: Request) -> float:
    began = time.perf_counter()
    work(request)
    return time.perf_counter() - began


def _policy() -> Policy:
    commands = [Rule(Answer.ALLOW, "commands.allow", f"tool{n} sub") for n in range(60)]
    commands += [Rule(Answer.DENY, "commands.deny", f"tool{n} -x") for n in range(40)]
    paths = [Rule(Answer.DENY, "paths.deny", f"**/secret{n}/**") for n in range(60)]
    paths += [Rule(Answer.ASK, "paths.ask", f"conf{n}/*.yml") for n in range(40)]
    return Policy(rules={"commands": tuple(commands), "paths": tuple(paths)})


if __name__ == "__main__":
    main()
