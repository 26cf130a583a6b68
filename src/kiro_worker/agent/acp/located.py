"""Where a program and its files are, found before its process enters the workspace."""

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path


def located(program: str, environment: Mapping[str, str]) -> str:
    """The absolute path of a program.

    Found before the process enters the workspace: a relative name would be looked up there, among the files of
    the repository.
    """
    return str(Path(shutil.which(program, path=environment.get("PATH", "")) or program).absolute())


def at_home(words: Iterable[str], environment: Mapping[str, str]) -> tuple[str, ...]:
    """The words of a command line, with each `~/` at a beginning as the agent's HOME, which nobody can know before.

    >>> at_home(("--config", "~/.my-agent/config.yaml", "a~/b"), {"HOME": "/homes/1"})
    ('--config', '/homes/1/.my-agent/config.yaml', 'a~/b')
    """
    home = environment.get("HOME", "")
    return tuple(f"{home}/{word.removeprefix('~/')}" if home and word.startswith("~/") else word for word in words)
