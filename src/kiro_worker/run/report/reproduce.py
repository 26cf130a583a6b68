"""What a person types to see on their own machine what the gates saw."""

import shlex
from collections.abc import Iterator

from kiro_worker.expression import expression
from kiro_worker.run.record import RunRecord

# Reports are asked for by the worker, for itself; they would lie in folders that are not there.
_REPORTS = expression(
    r"--(?:test-reporter|reporter|outputFile|coverage\.report|cov-report|cov-config|cov-fail-under|junit|format|out\b|json\b|log-)"
)
_OWN_VALUES = expression(r"(?:junit_family|cache_dir|junit_logging)=")
_SHELLS = ("/bin/sh", "-c")
_MOST = 8


def commands(run: RunRecord, head: str) -> tuple[str, ...]:
    """Fetch the branch, be at the commit that was judged, and run each gate that is a command."""
    if not run.branch:
        return ()
    fetch = f"git fetch origin {shlex.quote(run.branch)}"
    lines = [f"{fetch} && git switch --detach {head[:10] or 'FETCH_HEAD'}"]
    ran = (plain(gate["command"]) for gate in run.gates if gate.get("command"))
    lines += [line for line in dict.fromkeys(ran) if line][:_MOST]
    return tuple(lines)


def remark(lines: tuple[str, ...]) -> str:
    """What is to be known of these commands.

    >>> remark(("git fetch origin fix && git switch --detach FETCH_HEAD",))
    'No gate was run.'
    """
    if len(lines) == 1:
        return "No gate was run."
    return "As the worker ran them, without the reports that it asked for. Install the project's dependencies first."


def plain(command: str) -> str:
    """A command without the options and folders that were the worker's own.

    >>> plain("/opt/venv/bin/python3 -m pytest --junitxml=/run/1/junit.xml -o cache_dir=/run/1/cache --cov")
    'python3 -m pytest --cov'
    >>> plain("/bin/sh -c 'npm test'")
    'npm test'
    """
    try:
        words = shlex.split(command)
    except ValueError:
        return ""
    if tuple(words[:2]) == _SHELLS and len(words) == 3:  # a shell, its option, and the words
        return words[2] if "\n" not in words[2] else ""
    return " ".join(word if word == "&&" else shlex.quote(word) for word in _kept(words))


def _kept(words: list[str]) -> Iterator[str]:
    first = True
    held = ""
    for word in words:
        program = word.rpartition("/")[2] if first and word.startswith("/") else word
        if first:
            yield program
        elif word in {"-o", "-c", "--out", "--format", "-f"}:
            # Whether it stays hangs on its value.
            held = word
            continue
        elif not _is_ours(word, held):
            if held:
                yield held
            yield word
        first, held = word == "&&", ""
    if held:
        yield held


def _is_ours(word: str, option: str) -> bool:
    if option in {"--out", "--format"}:
        return True
    return "=/" in word or word.startswith("/") or bool(_REPORTS.match(word) or _OWN_VALUES.match(word))
