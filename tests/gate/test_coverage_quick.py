"""coverage.py's report made by way of what is kept of each file: the same as `coverage json` makes, or none."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from kiro_worker.gate import Color
from kiro_worker.gate.detect.quickreport import ANALYSED, quick_report

SOURCES = {
    "shop/__init__.py": "",
    "shop/late.py": '"""Nobody imports it."""\n\n\ndef late():\n    return (\n        1\n        + 2\n    )\n',
    "shop/a.py": '''"""Doc."""

import functools

TABLE = {
    "a": 1,
    "b": [
        n
        for n in range(3)
    ],
}
"""A text that stands alone."""


@functools.cache
@functools.wraps(
    print,
)
def price(
    n: int,
    m: int = 2,
) -> int:
    """Doc
    of two lines.
    """
    global X
    X = 1
    found: int
    if n > 100:  # pragma: no cover
        return 0
    elif n > 50:
        return sum(
            [1, 2],
        )
    try:
        return n
    finally:
        n = n + \\
            m


class Shop:
    price: int
    match = 1

    def close(self): ...

    def open(self):  # pragma: no cover
        return 1


def kind(value):
    match value:
        case [1, *_]:
            return "list"
        case _:
            return (
                "other"
            )
''',
    "main.py": "from shop import a\n\na.price(1)\na.kind(3)\n",
}


class Tree:
    """Sources, measured once."""

    def __init__(self, root: Path) -> None:
        self.tree, self.scratch = root / "tree", root / "scratch"
        self.scratch.mkdir()
        for name, text in SOURCES.items():
            (self.tree / name).parent.mkdir(parents=True, exist_ok=True)
            (self.tree / name).write_text(text)

    def measure(self, settings: str = "") -> None:
        (self.scratch / "coverage.ini").write_text(f"[run]\nsource = shop\n{settings}")
        self.coverage("run", "main.py")

    def coverage(self, *words: str) -> None:
        more = (f"--rcfile={self.scratch}/coverage.ini", f"--data-file={self.scratch}/coverage.data")
        subprocess.run([sys.executable, "-m", "coverage", words[0], *more, *words[1:]], cwd=self.tree, check=True)

    def whole(self) -> dict:
        self.coverage("json", "-q", "-o", f"{self.scratch}/whole.json")
        return self.lines("whole.json")

    def quick(self) -> dict | None:
        report = self.scratch / "quick.json"
        report.unlink(missing_ok=True)
        data = str(self.scratch / "coverage.data")
        follow = quick_report((sys.executable, "-I"), data=data, scratch=str(self.scratch), report=str(report))
        subprocess.run(follow.argv, cwd=self.tree, check=True)
        return self.lines("quick.json") if report.exists() else None

    def lines(self, name: str) -> dict:
        files = json.loads((self.scratch / name).read_text())["files"]
        return {path: (file["executed_lines"], file["missing_lines"]) for path, file in files.items()}


@pytest.fixture
def measured(tmp_path) -> Tree:
    tree = Tree(tmp_path)
    tree.measure()
    return tree


def test_it_says_what_coverage_json_says(measured):
    quick = measured.quick()
    assert quick == measured.whole()
    assert quick["shop/late.py"] == ([], [4, 5])
    assert measured.quick() == quick, "from what was kept"


def test_what_is_kept_of_a_file_is_of_its_contents(measured):
    measured.quick()
    kept = json.loads((measured.scratch / ANALYSED).read_text())
    place = measured.tree / "shop/late.py"
    place.write_text("x = 1\n\n" + SOURCES["shop/late.py"])
    assert measured.quick() == measured.whole()
    again = json.loads((measured.scratch / ANALYSED).read_text())
    assert len(kept["files"].keys() & again["files"].keys()) == len(kept["files"]) - 1


def test_what_was_kept_under_other_settings_is_not_used(measured):
    measured.quick()
    (measured.scratch / "coverage.ini").write_text("[run]\nsource = shop\n[report]\nexclude_also =\n    def late\n")
    assert measured.quick() == measured.whole()
    assert measured.quick()["shop/late.py"] == ([], [])


@pytest.mark.parametrize("kept", ["", "[", "{}", '{"key": 1, "files": 3}', "[1]"])
def test_what_was_kept_and_cannot_be_read_is_made_anew(measured, kept):
    (measured.scratch / ANALYSED).write_text(kept)
    assert measured.quick() == measured.whole()


@pytest.mark.parametrize(
    "settings",
    ["branch = true\n", "relative_files = true\n", "[report]\nomit = shop/a.py\n", "[paths]\nsource =\n  shop\n  x\n"],
)
def test_it_says_nothing_where_it_could_say_something_else(tmp_path, settings):
    tree = Tree(tmp_path)
    tree.measure(settings)
    assert tree.quick() is None


def test_it_says_nothing_of_a_source_that_is_gone_or_broken(measured):
    (measured.tree / "shop/late.py").write_text("def (\n")
    assert measured.quick() is None
    (measured.tree / "shop/late.py").unlink()
    assert measured.quick() is None


PROJECT = {
    "pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['src']\n",
    "src/shop/__init__.py": "def price(n):\n    return n * 10\n",
    "tests/test_price.py": "from shop import price\n\n\ndef test_price():\n    assert price(2) == 20\n",
}


async def test_the_gate_keeps_it_from_run_to_run_and_sees_what_changed(project):
    project.write(PROJECT)
    gate = project.gate()
    _, first = await gate.judge(project.subject())
    kept = gate.analysed
    assert (first.color, len(json.loads(kept)["files"])) == (Color.GREEN, 1)
    project.write({"src/shop/__init__.py": PROJECT["src/shop/__init__.py"] + "\n\ndef more():\n    return 1\n"})
    _, second = await gate.judge(project.subject())
    assert second.coverage.files[0].lines == {1: 1, 2: 1, 5: 1, 6: 0}
    assert gate.analysed != kept


async def test_where_it_says_nothing_coverage_json_does(project):
    settings = PROJECT["pyproject.toml"] + "[tool.coverage.report]\nomit = ['*/nothing/*']\n"
    project.write({**PROJECT, "pyproject.toml": settings})
    gate = project.gate()
    _, coverage = await gate.judge(project.subject())
    assert (coverage.color, gate.analysed) == (Color.GREEN, b"")
    assert coverage.coverage.lines_total == 2


async def test_tests_that_write_at_its_place_are_not_believed(project):
    lie = f"open({str(project.scratch / ANALYSED)!r}, 'w').write('lie')\n"
    project.write({**PROJECT, "tests/conftest.py": lie})
    gate = project.gate()
    _, coverage = await gate.judge(project.subject())
    assert (coverage.color, json.loads(gate.analysed)["files"] != {}) == (Color.GREEN, True)
