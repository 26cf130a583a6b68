import os
import sys
import venv
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from hollow.tools import python_in, shared
from kiro_worker.clock import SystemClock
from kiro_worker.config.settings import GateSettings, LimitSettings
from kiro_worker.gate import BaseFiles, Subject, TestsGate, test_environment
from kiro_worker.gate.port import GateResult
from kiro_worker.process import Children

# Beside the interpreter that runs these tests: each program of its environment.
TOOLS = Path(sys.executable).parent

# For projects whose tests need more than pytest: the Python with all that is installed here.
EVERYTHING = f"{TOOLS}:{os.environ['PATH']}"


def search_path() -> str:
    """A Python with pytest, pytest-cov and coverage first: with all that is installed here it starts half as fast."""
    return f"{python_in(shared(), bare=False)}:{EVERYTHING}"


@dataclass
class Project:
    """A working tree, and the gate over it."""

    tree: Path
    scratch: Path
    home: Path
    children: Children
    path: str = ""
    base: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)

    def write(self, files: Mapping[str, str], *, base: bool = True) -> None:
        for name, text in files.items():
            path = self.tree / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        if base:
            self.base.update(files)

    def environment(self) -> Mapping[str, str]:
        own = {**os.environ, "PATH": self.path or search_path(), **self.variables}
        return test_environment(own, home=self.home, tree=self.tree)

    def subject(self) -> Subject:
        return Subject(tree=self.tree, scratch=self.scratch, environment=self.environment())

    def gate(self, *, seconds: float = 60, silence: float = 60, **settings) -> TestsGate:
        base = BaseFiles.of({path: text.encode() for path, text in self.base.items()})
        limits = LimitSettings(tests=timedelta(seconds=seconds), test_silence=timedelta(seconds=silence))
        return TestsGate(GateSettings(**settings), limits, self.children, SystemClock(), base=base)

    async def judge(self, **settings) -> tuple[GateResult, GateResult]:
        tests, coverage = await self.gate(**settings).judge(self.subject())
        assert (tests.gate, coverage.gate) == ("tests", "coverage")
        return tests, coverage


@pytest.fixture
async def children():
    async with Children() as owner:
        yield owner
    alive = psutil.Process().children(recursive=True)
    assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []


@pytest.fixture
def new_project(tmp_path, children) -> Callable[[], Project]:
    made = []

    def make() -> Project:
        root = tmp_path / f"p{len(made)}"
        made.append(root)
        project = Project(tree=root / "tree", scratch=root / "scratch", home=root / "home", children=children)
        project.tree.mkdir(parents=True)
        return project

    return make


@pytest.fixture
def project(new_project) -> Project:
    return new_project()


@pytest.fixture(scope="module")
def bare_python(tmp_path_factory) -> Path:
    """An interpreter with coverage and without pytest."""
    place = tmp_path_factory.mktemp("bare") / "venv"
    venv.create(place, with_pip=False, symlinks=True)
    site = next(place.glob("lib/python*/site-packages"))
    installed = Path(sys.modules["coverage"].__file__).parent if "coverage" in sys.modules else None
    if installed is None:
        import coverage

        installed = Path(coverage.__file__).parent
    (site / "coverage").symlink_to(installed)
    for found in installed.parent.glob("coverage-*.dist-info"):
        (site / found.name).symlink_to(found)
    return place / "bin"
