"""CodeBuild's own files beside the run's: through them whoever may read them comes to the credentials of the role."""

import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from kiro_worker.error import Fault, WorkerError
from kiro_worker.expression import expression

# Where CodeBuild's Linux images have it; a build's own folder lies below it, as `src<number>/src`.
_PLACE = Path("/codebuild/output")
_BELOW = expression(r"(/.+/output)/src\d+/src(?:/.*)?")
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class BuildFilesOpen(WorkerError):
    """What CodeBuild keeps for itself can be read by every account of the build."""

    code = "build.files-open"
    fault = Fault.CONFIG

    def __init__(self, *, folder: Path) -> None:
        super().__init__(
            f"{folder}, where CodeBuild keeps the build's environment, cannot be closed to other accounts; who reads "
            "it comes to the role's credentials.",
            kept="Nothing was begun.",
            next_step="Use an image in which root can change that folder, such as CodeBuild's own.",
        )


def close_scratch(environment: Mapping[str, str], *, place: Path = _PLACE) -> None:
    """Close it to everybody but root, before anybody else is there.

    From one command to the next CodeBuild keeps all variables in a file of it (`tmp/env.sh`) that everybody may read,
    `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` among them: the address at which whoever asks is given the credentials of
    the build's role. An account of its own keeps agent and tests from the variable, and this keeps them from the file.

    Args:
        environment: the build's.
        place: where it is when the environment does not tell.

    Raises:
        BuildFilesOpen: it stays open.
    """
    for folder in _places(environment, place):
        if not folder.is_dir():
            continue
        try:
            folder.chmod(stat.S_IMODE(folder.stat().st_mode) & ~_OTHERS)
        except OSError:
            raise BuildFilesOpen(folder=folder) from None


def _places(environment: Mapping[str, str], place: Path) -> Iterator[Path]:
    yield place
    found = _BELOW.fullmatch(environment.get("CODEBUILD_SRC_DIR", ""))
    if found is not None and Path(found[1]) != place:
        yield Path(found[1])
