"""The order in which ways to run tests are looked for."""

from collections.abc import Callable

from kiro_worker.gate.base import BaseFiles, is_python_test
from kiro_worker.gate.detect import dotnet, go, jvm, native, node, php, python, ruby, rust, shell, terraform
from kiro_worker.gate.detect.model import Asked, Detected

_Detector = Callable[[BaseFiles, Asked], Detected | None]

# Runners whose reports are exact come first; `make test` may stand for anything, so it comes last.
_DETECTORS: tuple[tuple[str, _Detector], ...] = (
    ("pytest or unittest", python.detect),
    ("a package.json test script", node.detect),
    ("go.mod", go.detect),
    ("Cargo.toml", rust.detect),
    ("pom.xml", jvm.maven),
    ("build.gradle", jvm.gradle),
    ("build.sbt", jvm.sbt),
    ("a .NET test project", dotnet.detect),
    ("phpunit.xml", php.detect),
    ("RSpec", ruby.detect),
    ("CMakeLists.txt with tests", native.ctest),
    ("*.bats", shell.detect),
    ("*.tf", terraform.detect),
    ("a Makefile with a test target", native.make),
)

LOOKED_FOR = tuple(what for what, _ in _DETECTORS)


def detect(base: BaseFiles, asked: Asked) -> tuple[Detected, ...]:
    """Every way to run tests that the base shows, best first; only the first is run.

    `make test` is named only when it is all there is: it most often wraps one of the others.
    """
    found = [one for _, look in _DETECTORS if (one := look(base, asked)) is not None]
    return tuple(one for one in found if one.runner != "make" or len(found) == 1)


def is_python(base: BaseFiles) -> bool:
    """Whether an interpreter is worth looking for."""
    return python.style(base) is not None or any(is_python_test(path) for path in base.paths)
