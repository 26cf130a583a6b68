"""What the tests gate costs: the verdict over a large package's coverage, and the gate around a small suite.

Baselines are the tools' own commands: `coverage xml` makes the report that a separate coverage check would read, and
`pytest --cov` followed by `coverage json` is what the gate itself has to run.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from kiro_worker.clock import SystemClock
from kiro_worker.config.settings import GateSettings, LimitSettings
from kiro_worker.gate import BaseFiles, Subject, TestsGate, test_environment
from kiro_worker.gate.coverage import coverage_of, read_report
from kiro_worker.gate.threshold import judge_coverage
from kiro_worker.process import Children

FILES = 1_500
PAIRS = 5
COVERAGE = (sys.executable, "-m", "coverage")
CLEAN = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": "/nonexistent"}

FUNCTION = """def f{number}(n):
    if n > {number}:
        return n
    total = 0
    for i in range(n):
        total += i
    return total
"""
MODULE = "\n\n".join(FUNCTION.format(number=number) for number in range(14))
SMALL_TEST = """import time

import pytest

from shop import price


@pytest.mark.parametrize("n", range(100))
def test_price(n):
    time.sleep(0.01)
    assert price(n) == n * 10
"""
SMALL = {
    "pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['src']\n[tool.coverage.run]\nsource = ['src']\n",
    "src/shop/__init__.py": "def price(count):\n    return count * 10\n",
    "tests/test_shop.py": SMALL_TEST,
}
MAIN = f"import importlib\nfor n in range({FILES}):\n    importlib.import_module(f'pkg.m{{n:04}}').f3(9)\n"


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def large(root: Path) -> None:
    """A package of 1,500 files, measured with branches."""
    write(root, {f"pkg/m{number:04}.py": MODULE for number in range(FILES)} | {"pkg/__init__.py": "", "main.py": MAIN})
    run = ("run", "--branch", "--source=pkg", "main.py")
    subprocess.run([*COVERAGE, *run], cwd=root, check=True, env=CLEAN)
    for form, name in (("json", "coverage.json"), ("xml", "coverage.xml"), ("lcov", "lcov.info")):
        subprocess.run([*COVERAGE, form, "-q", "-o", name], cwd=root, check=True, env=CLEAN)


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def verdict(root: Path, name: str) -> str:
    resolved = coverage_of([(read_report(root / name, told=name), name)], root)
    return judge_coverage(resolved.coverage, 80.0).summary


def gate(root: Path) -> None:
    async def judge() -> None:
        base = BaseFiles.of({name: text.encode() for name, text in SMALL.items()})
        environment = {
            **test_environment(CLEAN, home=root / "home", tree=root / "tree"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        async with Children() as children:
            subject = Subject(tree=root / "tree", scratch=root / "scratch", environment=environment)
            one = TestsGate(GateSettings(), LimitSettings(), children, SystemClock(), base=base)
            results = await one.judge(subject)
            assert {result.color for result in results} == {"green"}, results

    asyncio.run(judge())


def bare(root: Path) -> None:
    python = ("python3", "-m")
    environment = {**CLEAN, "PYTHONDONTWRITEBYTECODE": "1"}
    report = ("--junitxml=../junit.xml", "--cov", "--cov-report=")
    subprocess.run(
        [*python, "pytest", "-q", *report], cwd=root / "tree", check=True, env=environment, capture_output=True
    )
    done = (*python, "coverage", "json", "-q", "-o", "../coverage.json")
    subprocess.run(done, cwd=root / "tree", check=True, env=environment)


def coverage_xml(root: Path) -> None:
    subprocess.run([*COVERAGE, "xml", "-q", "-o", "again.xml"], cwd=root, check=True, env=CLEAN)


def row(what: str, ours: list[float], baseline: list[float], target: str) -> str:
    ratio = statistics.median(one / other for one, other in zip(ours, baseline, strict=True))
    told = f"{ratio:.3f} x" if ratio > 0.1 else f"1/{1 / ratio:.0f}"
    return f"{what:<52} {statistics.median(ours):>8.3f} s {statistics.median(baseline):>9.3f} s {told:>9}  {target}"


def main() -> None:
    lines = [f"{'what':<52} {'ours':>10} {'baseline':>11} {'ratio':>9}  target"]
    with tempfile.TemporaryDirectory() as made:
        root = Path(made)
        large(root / "large")
        names = ("coverage.json", "coverage.xml", "lcov.info")
        ours: dict[str, list[float]] = {name: [] for name in names}
        baseline: list[float] = []
        for _ in range(PAIRS):
            baseline.append(seconds(lambda: coverage_xml(root / "large")))
            for name in names:
                ours[name].append(seconds(lambda name=name: verdict(root / "large", name)))
        assert len({verdict(root / "large", name) for name in names}) == 1
        lines += [row(f"verdict over {FILES:,} files from {name}", ours[name], baseline, "<= 1 s") for name in names]
        write(root / "small/tree", SMALL)
        pairs = [(seconds(lambda: gate(root / "small")), seconds(lambda: bare(root / "small"))) for _ in range(PAIRS)]
        lines.append(
            row("gate around 100 tests, against its two commands", *map(list, zip(*pairs, strict=True)), "<= 1.15 x")
        )
    print("\n".join(lines))


if __name__ == "__main__":
    main()
