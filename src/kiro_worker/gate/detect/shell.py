"""Bats: tests of shell scripts."""

from kiro_worker.gate.base import BaseFiles
from kiro_worker.gate.detect.model import Asked, Detected, Need


def detect(base: BaseFiles, _asked: Asked) -> Detected | None:
    """See `detect`: the folders that hold `.bats` files."""
    found = base.named("*.bats")
    # A vendored copy of bats brings its own tests.
    folders = sorted({path.split("/")[0] if "/" in path else "." for path in found if "/bats/" not in f"/{path}"})
    if not folders:
        return None
    return Detected(
        runner="bats",
        because=f"there are tests such as {found[0]}",
        commands=(("bats", "--tap", "--recursive", *folders),),
        needs=(Need(tool="bats", program="bats", wanted_for="running the tests", cure="Install bats."),),
        coverage_cure=(
            "Measure with kcov and set `gates.test_command` and `gates.coverage_report`, or set "
            "`gates.coverage: off`; on the base branch."
        ),
    )
