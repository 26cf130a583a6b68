"""Which names files of a run may have, in whatever store: pure."""

import os
import re

from kiro_worker.error import Fault, WorkerError

# A file that is being written. What a killed worker leaves of one is not shown, and goes with its run.
PARTIAL = ".partial-"
_RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
# No file system that matters takes a longer name in one folder, or more of a path.
_LONGEST_PART = 255
_LONGEST_NAME = 1024


class ArtifactNameRefused(WorkerError):
    """A name that does not stay inside the run's folder, or that no file can have."""

    code = "artifact.name-refused"
    fault = Fault.INTERNAL

    def __init__(self, *, run: str, name: str, reason: str) -> None:
        self.run, self.name, self.reason = run, name, reason
        super().__init__(
            f"{name[:200]!a} cannot be kept as an artifact of {run[:200]!a}: {reason}.",
            kept="The run's other artifacts are untouched.",
            next_step="Use a relative name such as reports/junit.xml.",
        )


def check_name(run: str, name: str) -> None:
    """See that a name stays inside the run's folder.

    Raises:
        ArtifactNameRefused: it does not, or no file can have it.
    """
    check_run(run, name)
    if reason := _fault_of(name):
        raise ArtifactNameRefused(run=run, name=name, reason=reason)


def check_run(run: str, name: str = "") -> None:
    """See that a run's id is one.

    Raises:
        ArtifactNameRefused: it is not.
    """
    if not _RUN.fullmatch(run):
        raise ArtifactNameRefused(run=run, name=name, reason="the run's id is none")


def _fault_of(name: str) -> str:
    """Why a name cannot be kept; empty when it can."""
    parts = name.split("/")
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in name):
        return "it has control characters"
    if any(part in {"", ".", ".."} for part in parts):
        return "it is not a relative path in its shortest form"
    try:
        lengths = [len(os.fsencode(part)) for part in parts]
    except UnicodeEncodeError:
        return "it has no form in bytes"
    if sum(lengths) + len(parts) > _LONGEST_NAME or max(lengths) > _LONGEST_PART:
        return "it is too long"
    if any(part.startswith(PARTIAL) for part in parts):
        return f"names beginning with {PARTIAL} are for files that are being written"
    return ""
