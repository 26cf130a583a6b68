"""CTest, built outside the tree, and a Makefile's `test` target."""

import re

from kiro_worker.expression import expression
from kiro_worker.gate.base import BaseFiles
from kiro_worker.gate.detect.model import Asked, Detected, Need

_TESTED = expression(r"^\s*(?:enable_testing|add_test|include\s*\(\s*CTest)\b", re.IGNORECASE | re.MULTILINE)
_TARGET = expression(r"^(?:[\w./-]+[ \t]+)*test(?:[ \t]+[\w./-]+)*[ \t]*::?(?!=)", re.MULTILINE)


def ctest(base: BaseFiles, _asked: Asked) -> Detected | None:
    """See `detect`: a CMake project that adds tests; what an agent may have built in the tree is not used."""
    if not _TESTED.search(base.text("CMakeLists.txt")):
        return None
    build = "{scratch}/build"
    return Detected(
        runner="ctest",
        because="CMakeLists.txt adds tests",
        commands=(
            ("cmake", "-S", ".", "-B", build),
            ("cmake", "--build", build),
            ("ctest", "--test-dir", build, "--output-on-failure", "--output-junit", "{scratch}/junit.xml"),
        ),
        junit=("{scratch}/junit.xml",),
        needs=(
            Need(tool="cmake", program="cmake", wanted_for="building the tests", cure="Install CMake."),
            Need(tool="ctest", program="ctest", wanted_for="running the tests", cure="Install CMake."),
        ),
        coverage_cure=(
            "Set `gates.test_command` to one that builds with --coverage and runs gcovr or lcov, and "
            "`gates.coverage_report` to its report; or `gates.coverage: off`; on the base branch."
        ),
    )


def make(base: BaseFiles, _asked: Asked) -> Detected | None:
    """See `detect`: a `test` target at the root."""
    # GNU make's own order.
    path = base.first("GNUmakefile", "makefile", "Makefile")
    if not path or not _TARGET.search(base.text(path)):
        return None
    return Detected(
        runner="make",
        because=f"{path} has a test target",
        commands=(("make", "test"),),
        needs=(Need(tool="make", program="make", wanted_for="running the tests", cure="Install make."),),
        coverage_cure="Let `make test` write a coverage report and set `gates.coverage_report` on the base branch.",
    )
