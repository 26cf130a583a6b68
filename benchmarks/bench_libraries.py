"""One judgement of a small project, with what set-up compiled of its libraries, and with everything compiled anew.

The baseline is the same gate without `Subject.libraries`: an empty place for compiled files in each run.
"""

import asyncio
import shutil
import sys
import tempfile
import venv
from collections.abc import Callable
from pathlib import Path

from kiro_worker.clock import SystemClock
from kiro_worker.config.settings import GateSettings, LimitSettings
from kiro_worker.gate import BaseFiles, Subject, TestsGate, test_environment
from kiro_worker.gate.environment import PYCACHE
from kiro_worker.gate.libraries import Libraries, keep_libraries
from kiro_worker.process import Children
from pair import in_turn, spent, table

PROJECT = {
    "pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['src']\n[tool.coverage.run]\nsource = ['src']\n",
    "src/shop/__init__.py": "def price(count):\n    return count * 10\n",
    "tests/test_shop.py": "from shop import price\n\n\ndef test_price():\n    assert price(2) == 20\n",
}
TOOLS = ("pytest", "_pytest", "pluggy", "iniconfig", "packaging", "pygments", "coverage", "pytest_cov", "py.py")


def installed(place: Path) -> None:
    """An environment with pytest, coverage and pytest-cov, as copies of those that are here."""
    venv.create(place / "venv", with_pip=False, symlinks=True)
    (packages,) = (place / "venv").glob("lib/python*/site-packages")
    here = next(Path(path) for path in sys.path if (Path(path) / "coverage/__init__.py").is_file())
    for name in TOOLS:
        for found in (here / name, *here.glob(f"{name.replace('_', '?')}-*.dist-info")):
            if found.is_dir():
                shutil.copytree(found, packages / found.name, ignore=shutil.ignore_patterns("__pycache__"))
            elif found.exists():
                shutil.copy(found, packages)


def judging(root: Path) -> tuple[Libraries, Callable[[Libraries | None], None]]:
    """What is kept of the libraries, and one judgement with it or without."""
    environment = {
        **test_environment({"PATH": "/usr/bin:/bin"}, home=root / "home", tree=root / "tree"),
        "VIRTUAL_ENV": str(root / "place/venv"),
        PYCACHE: str(root / "place/compiled"),
    }
    base = BaseFiles.of({name: text.encode() for name, text in PROJECT.items()})

    async def keep() -> Libraries:
        place = root / "place"
        async with Children() as children:
            kept = await keep_libraries(
                place / "compiled", root / "tree", environment, children,
                folders=(place / "venv",), into=place / "libraries",
            )  # fmt: skip
        assert kept is not None
        return kept

    async def judge(libraries: Libraries | None) -> None:
        async with Children() as children:
            gate = TestsGate(GateSettings(), LimitSettings(), children, SystemClock(), base=base)
            subject = Subject(
                tree=root / "tree", scratch=root / "scratch", environment=environment, libraries=libraries
            )
            results = await gate.judge(subject)
            assert {result.color for result in results} == {"green"}, results

    return asyncio.run(keep()), lambda libraries: asyncio.run(judge(libraries))


def main() -> None:
    with tempfile.TemporaryDirectory() as made:
        root = Path(made)
        for name, text in PROJECT.items():
            (root / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
            (root / "tree" / name).write_text(text)
        installed(root / "place")
        _, keeping = spent(lambda: judging(root))
        kept, judge = judging(root)
        pair = in_turn(lambda: judge(kept), lambda: judge(None))
        assert kept.are_sound()
    row = ("judging one test", f"{pair.ours:.3f} s", f"{pair.baseline:.3f} s", f"{pair.ratio:.2f} x", "<= 0.5 x")
    table("What set-up compiled, kept for the tests", [row])
    print(
        f"\n{-pair.more_processor:.2f} s of processor time less for each; "
        f"to keep it takes {keeping:.2f} s, once, where set-up compiled nothing"
    )


if __name__ == "__main__":
    main()
