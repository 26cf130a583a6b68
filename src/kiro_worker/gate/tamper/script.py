"""The script that the base branch's own test command runs: what it says decides everything."""

from collections.abc import Iterator

from kiro_worker.changeset import ChangedFile, ChangeSet
from kiro_worker.gate.tamper.sign import Deed, Sign

_SHOWN = 6


def scripts_of(command: str | tuple[str, ...], change: ChangeSet) -> tuple[ChangedFile, ...]:
    """The changed files that a command names, such as `check.sh` in `sh check.sh`.

    Args:
        command: of the settings; a text is one for the shell.
        change: what the branch changes.
    """
    words = command.split() if isinstance(command, str) else command
    named = dict.fromkeys(word.strip("\"'").removeprefix("./") for word in words)
    found = (change.by_path.get(path) for path in named)
    return tuple(file for file in found if file is not None and file.before is not None)


def script_signs(command: str | tuple[str, ...], change: ChangeSet) -> Iterator[Sign]:
    """Each of them as a sign: no reading of a script tells whether it still asks what it asked."""
    for file in scripts_of(command, change):
        yield Sign(
            code="tamper.command",
            title=f"{file.path}: the test command runs it, and it is otherwise than on the base",
            path=file.path,
            line=min(file.added, default=0),
            before=_lines(file.old_text, file.removed),
            now=_lines(file.text, file.added),
            cure="Take it back, or let a task ask for the change of that script.",
            deed=Deed.CHANGE,
        )


def _lines(text: str, numbers: frozenset[int]) -> str:
    lines = text.splitlines()
    return "\n".join(lines[number - 1] for number in sorted(numbers)[:_SHOWN] if number <= len(lines))
