"""Go: `go test` with its event stream, which names every test, and its coverage profile."""

from kiro_worker.gate.base import BaseFiles
from kiro_worker.gate.detect.model import Asked, Detected, Need


def detect(base: BaseFiles, asked: Asked) -> Detected | None:
    """See `detect`: a module at the root that has tests."""
    if "go.mod" not in base.paths or not base.named("*_test.go"):
        return None
    profile = ("-coverprofile={scratch}/cover.out",) if asked.coverage else ()
    return Detected(
        runner="go",
        because="go.mod is there",
        # A result from Go's cache is of an earlier run; -count=1 asks for a fresh one.
        commands=(("go", "test", "-json", "-count=1", *profile, "./..."),),
        coverage=("{scratch}/cover.out",) if asked.coverage else (),
        needs=(Need(tool="go", program="go", wanted_for="running the tests", cure="Install Go."),),
        coverage_cure="See the output: `go test` writes no profile when a package does not build.",
    )
