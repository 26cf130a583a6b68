"""Where a program is, found before its process enters the workspace."""

import shutil
from collections.abc import Mapping
from pathlib import Path


def located(program: str, environment: Mapping[str, str]) -> str:
    """The absolute path of a program.

    Found before the process enters the workspace: a relative name would be looked up there, among the files of
    the repository.
    """
    return str(Path(shutil.which(program, path=environment.get("PATH", "")) or program).absolute())
