"""What a build's commands leave for each other and for its shell: files that nobody else can write."""

import contextlib
import json
import os
import stat
from pathlib import Path

from kiro_worker.error import Fault, WorkerError
from kiro_worker.ids import RunId

EXPORTS = "exports.sh"
REPORTS = "reports"
_NO_FOLLOW = os.O_NOFOLLOW | os.O_CLOEXEC
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


class BuildFolderShared(WorkerError):
    """The folder that a build's shell reads from is somebody else's."""

    code = "build.folder-shared"
    fault = Fault.CONFIG

    def __init__(self, *, folder: Path) -> None:
        super().__init__(
            f"{folder} belongs to another user, who could change the script that the build's shell reads from it.",
            kept="Nothing was begun.",
            next_step="Name a folder of your own: kiro-worker build run --into FOLDER, and the same for build finish.",
        )


class BuildPlace:
    """One build's files.

    Args:
        into: where the buildspec looks for reports and exports.
        state: the worker's state folder.
        run: the build's run.
    """

    def __init__(self, into: Path, state: Path, run: str) -> None:
        self.into, self.run = into, RunId(run)
        self.run_folder = state / "runs" / run
        self._uploaded = state / "builds" / f"{run}.json"

    @property
    def reports(self) -> Path:
        """Where reports go."""
        return self.into / REPORTS

    def take(self) -> None:
        """See that nobody else can change what the shell will read, and that nothing is there yet.

        Raises:
            BuildFolderShared: the folder is somebody else's.
        """
        self.into.mkdir(parents=True, exist_ok=True)
        told = self.into.stat()
        if told.st_uid != os.geteuid():
            raise BuildFolderShared(folder=self.into)
        if told.st_mode & _OTHERS_WRITE:
            self.into.chmod(stat.S_IMODE(told.st_mode) & ~_OTHERS_WRITE)
        # Of another build, or of a repository: the shell is to read ours, or nothing.
        (self.into / EXPORTS).unlink(missing_ok=True)

    def export(self, script: str) -> None:
        """Write what the shell reads in; whole, or not at all."""
        partial = self.into / f".{EXPORTS}.partial"
        partial.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_FOLLOW
        with os.fdopen(os.open(partial, flags, 0o600), "w", encoding="utf-8") as file:
            file.write(script)
        partial.replace(self.into / EXPORTS)

    @property
    def is_exported(self) -> bool:
        """Whether the run came to its end and told of it."""
        return (self.into / EXPORTS).is_file()

    @property
    def is_uploaded(self) -> bool:
        """Whether all of the run's files are where the settings want them."""
        return self._uploaded.exists()

    def uploaded(self) -> None:
        """Remember that they are."""
        self._uploaded.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._uploaded.write_text(json.dumps({"run": self.run}), encoding="utf-8")

    def write_report(self, kind: str, name: str, content: bytes) -> None:
        """Add a report for the build server to read."""
        folder = self.reports / kind
        folder.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            (folder / name).unlink()
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_FOLLOW
        with os.fdopen(os.open(folder / name, flags, 0o644), "wb") as file:
            file.write(content)
