"""What the bite check costs beside the changed tests' own time, where all of them bite, and where some do not."""

import asyncio
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from kiro_worker.changeset import ChangedFile, ChangeSet, How
from kiro_worker.clock import SystemClock
from kiro_worker.config.settings import GateSettings, LimitSettings
from kiro_worker.gate import BaseFiles, Subject, TestsGate, test_environment
from kiro_worker.gate.bite.check import Bitten, check_bite
from kiro_worker.gate.trial import Trials
from kiro_worker.ids import Oid
from kiro_worker.process import Children
from pair import Pair, in_turn, table

PAIRS = 5
CLEAN = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": "/nonexistent"}
SETTINGS = "[tool.pytest.ini_options]\npythonpath = ['src']\naddopts = '-p no:cacheprovider'\n"
OLD = {"pyproject.toml": SETTINGS, "tests/test_old.py": "def test_old():\n    assert 1\n", "src/shop/__init__.py": ""}
CODE = "\n\n".join(f"def price{n}(count):\n    return count * {n}\n" for n in range(60))
TEST = "import time\n\nfrom shop import new\n"
BITING = "\n\ndef test_price{n}():\n    time.sleep(0.03)\n    assert new.price{n}(2) == {n} * 2\n"
CALLING = "\n\ndef test_calls{n}():\n    time.sleep(0.03)\n    new.price{n}(2)\n"


def write(tree: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text)


def change_of(new: dict[str, str]) -> ChangeSet:
    files = tuple(ChangedFile(path=path, how=How.ADDED, after=text.encode(), old_mode=0) for path, text in new.items())
    return ChangeSet(base=Oid("1" * 40), head=Oid("2" * 40), files=files, base_tree=Oid("3" * 40))


async def looked(root: Path, new: dict[str, str]) -> tuple[Bitten, float]:
    """The bite check over a branch, and its seconds."""
    clock = SystemClock()
    async with Children() as children:
        environment = test_environment(CLEAN, home=root / "home", tree=root / "tree")
        subject = Subject(tree=root / "tree", scratch=root / "scratch", environment=environment)
        base = BaseFiles.of({path: text.encode() for path, text in OLD.items()})
        gate = TestsGate(GateSettings(coverage="off"), LimitSettings(), children, clock, base=base)
        head = (await gate.judge(subject))[0]
        bitten = await check_bite(change_of(new), head.cases, Trials(gate, subject, head), clock, blocks=True)
    return bitten, bitten.result.seconds


def measure(root: Path, smoke: int) -> tuple[Pair, str]:
    """The bite check in turn with the changed tests' own run."""
    tests = "".join(BITING.format(n=n) for n in range(smoke, 60)) + "".join(CALLING.format(n=n) for n in range(smoke))
    new = {"src/shop/new.py": CODE, "tests/test_new.py": TEST + tests}
    write(root / "tree", {**OLD, **new})
    summaries: list[str] = []
    seconds: list[float] = []

    def ours() -> None:
        bitten, took = asyncio.run(looked(root, new))
        summaries.append(bitten.result.summary)
        seconds.append(took)

    def theirs() -> None:
        subprocess.run(
            (sys.executable, "-m", "pytest", "-q", "tests/test_new.py"),
            cwd=root / "tree",
            capture_output=True,
            check=True,
        )

    pair = in_turn(ours, theirs, pairs=PAIRS)
    # Ours also runs all tests first, which the check is not to be charged with.
    own = sorted(seconds[1:])[len(seconds[1:]) // 2]
    return Pair(own, pair.baseline, own / pair.baseline, 0.0), summaries[-1]


def main() -> None:
    rows = []
    with tempfile.TemporaryDirectory() as place:
        for what, smoke, target in (("all bite", 0, "<= 1.5 x"), ("5 of 60 only run it", 5, "-")):
            pair, summary = measure(Path(place) / str(smoke), smoke)
            print(f"{what}: {summary}")
            rows.append((what, f"{pair.ours:.2f} s", f"{pair.baseline:.2f} s", f"{pair.ratio:.2f} x", target))
    table("the bite check, beside the changed tests' own run (60 tests of 30 ms)", rows)


if __name__ == "__main__":
    main()
