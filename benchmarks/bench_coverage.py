"""What coverage costs: tests measured as the gate runs them against the same tests unmeasured, and the verdict.

The verdict's baseline is what a build without us runs: `coverage xml`, and `diff-cover` over its report; both have to
come to the same percentage of the same changed lines. sympy (1,500 files, 750,000 lines) is what is measured. It,
diff-cover, and pytest for each Python that is found are installed into environments of the benchmark's own; what
cannot be had is told.
"""

import json
import os
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from difflib import SequenceMatcher
from pathlib import Path

from kiro_worker.changeset import ChangedFile, ChangeSet, How, Hunk
from kiro_worker.config.settings import GateSettings
from kiro_worker.gate import BaseFiles, GateResult
from kiro_worker.gate.changeverdict import judge_change
from kiro_worker.gate.coverage import coverage_of, read_report
from kiro_worker.gate.detect import Python
from kiro_worker.gate.detect.quickreport import quick_report
from kiro_worker.gate.plan import plan_tests
from kiro_worker.gate.threshold import judge_coverage
from kiro_worker.ids import Oid
from pair import spent, table

PAIRS = int(os.environ.get("PAIRS", "5"))
VERSIONS = tuple(os.environ.get("VERSIONS", "3.11 3.12 3.13 3.14").split())
# One of the others alone takes most of the time, in one call; and two are for sympy's own plug-in of pytest.
TESTS = ("-k", "not 21034 and not ternary_integer_product", "tests")
TARGETS = {"3.11": "<= 2.3 x"}
CHANGED = 12
MORE = "\n\ndef added(n):\n    # why\n    if n:\n        return 1\n    return 2\n\n\nADDED = added({number} % 2)\n"
MAIN = (
    "from sympy import *\nx = symbols('x')\nprint(integrate(sin(x) * exp(x), x), solve(x**2 - 2), series(cos(x), x))\n"
)
MODULES = "import json, importlib.metadata as m; print(json.dumps({n: m.version(n.replace('_', '-')) for n in %r}))"
TOOLS = ("pytest", "pytest_cov", "coverage")
Row = tuple[str, str, str, str, str]


def make_environment(version: str, place: Path, *packages: str) -> bool:
    """An environment with packages; False where there is no such Python, or they cannot be had."""
    pyenv = (str(path) for path in Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    for python in (*pyenv, f"python{version}"):
        if shutil.which(python) is None:
            continue
        pip = [place / "bin/python", "-m", "pip", "install", "-q", *packages]
        for command in ([python, "-m", "venv", "--clear", place], pip):
            if subprocess.run(command, capture_output=True, check=False).returncode:
                break
        else:
            return True
    return False


def make_project(venv: Path, tree: Path) -> None:
    """sympy as a project, with one file of its tests."""
    site = next(venv.glob("lib/python*/site-packages"))
    shutil.copytree(site / "sympy", tree / "sympy", ignore=shutil.ignore_patterns("__pycache__", "test_*.py"))
    (tree / "tests").mkdir()
    shutil.copy(site / "sympy/core/tests/test_arit.py", tree / "tests/test_arit.py")
    (tree / "pytest.ini").write_text("[pytest]\n")
    (tree / "main.py").write_text(MAIN)


def surroundings(venv: Path) -> dict[str, str]:
    return {"PATH": f"{venv}/bin:/usr/bin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8"}


def tests(version: str, venv: Path, root: Path) -> Row:
    """The test command of the gate, with coverage and without, in turn."""
    told = subprocess.run([venv / "bin/python", "-c", MODULES % (TOOLS,)], check=True, capture_output=True).stdout
    major, minor = (int(part) for part in version.split("."))
    python = Python(command=str(venv / "bin/python"), because="", version=(major, minor), modules=json.loads(told))
    base = BaseFiles(paths=frozenset({"pytest.ini", "sympy/__init__.py"}), contents={"pytest.ini": b"[pytest]\n"})

    def run(coverage: str) -> Callable[[], object]:
        scratch = root / f"scratch-{coverage}"
        scratch.mkdir(exist_ok=True)
        plan = plan_tests(
            GateSettings(coverage=coverage),
            base,
            tree=root / "tree",
            scratch=scratch,
            environment=surroundings(venv),
            python=python,
        )
        for name, contents in plan.files.items():
            (scratch / name).write_bytes(contents)
        environment = {**surroundings(venv), **plan.environment}
        command = [*plan.commands[0], "-q", *TESTS]
        return lambda: subprocess.run(command, cwd=root / "tree", env=environment, check=True, capture_output=True)

    ours, bare = run("required"), run("off")
    ours(), bare()
    pairs = [(spent(ours), spent(bare)) for _ in range(PAIRS)]
    ratio = statistics.median(one[1] / other[1] for one, other in pairs)
    clock = statistics.median(one[0] / other[0] for one, other in pairs)
    return (
        f"pytest sympy's test_arit.py, Python {version}",
        f"{statistics.median(one[1] for one, _ in pairs):.2f} s",
        f"{statistics.median(other[1] for _, other in pairs):.2f} s",
        f"{ratio:.2f} x (clock: {clock:.2f})",
        TARGETS.get(version, "<= 1.35 x"),
    )


def git(tree: Path, *words: str) -> str:
    own = ("-c", "user.name=b", "-c", "user.email=b@example.com", "-c", "commit.gpgsign=false", "-c", "gc.auto=0")
    return subprocess.run(["git", *own, *words], cwd=tree, check=True, capture_output=True, text=True).stdout.strip()


def make_change(tree: Path) -> ChangeSet:
    """A branch that adds to some files that the run loads, as a workspace would tell it."""
    git(tree, "init", "-q", "-b", "main")
    git(tree, "add", "-A")
    git(tree, "commit", "-qm", "base")
    git(tree, "checkout", "-qb", "branch")
    loaded = sorted((tree / "sympy/core").glob("*.py"))[:CHANGED]
    files = []
    for number, path in enumerate(loaded):
        before = path.read_bytes()
        path.write_bytes(before + MORE.format(number=number).encode())
        after = path.read_bytes()
        hunks = tuple(added(before.decode(), after.decode()))
        name = str(path.relative_to(tree))
        files.append(ChangedFile(path=name, how=How.MODIFIED, before=before, after=after, hunks=hunks))
    git(tree, "commit", "-qam", "change")
    return ChangeSet(base=Oid("1" * 40), head=Oid("2" * 40), files=tuple(files), base_tree=Oid("3" * 40))


def added(before: str, after: str) -> Iterator[Hunk]:
    for tag, _, _, first, last in SequenceMatcher(None, before.splitlines(), after.splitlines()).get_opcodes():
        if tag != "equal":
            yield Hunk(first, 0, first + 1, last - first)


class Verdict:
    """The way from raw coverage to a verdict, ours and the usual one."""

    def __init__(self, venv: Path, root: Path) -> None:
        self.venv, self.tree, self.scratch = venv, root / "tree", root / "verdict"
        self.scratch.mkdir()
        (self.scratch / "coverage.ini").write_text("[run]\nsource = sympy\n")
        self.change = make_change(self.tree)
        self._call("-m", "coverage", "run", "--rcfile=../verdict/coverage.ini", "main.py")

    def ours(self) -> GateResult:
        report = self.scratch / "coverage.json"
        start = (str(self.venv / "bin/python"), "-I")
        data = str(self.tree / ".coverage")
        follow = quick_report(start, data=data, scratch=str(self.scratch), report=str(report))
        subprocess.run(follow.argv, cwd=self.tree, check=True)
        coverage = coverage_of([(read_report(report, told="coverage.json"), "coverage.json")], self.tree).coverage
        return judge_change(judge_coverage(coverage, 80.0), self.change, GateSettings(), base=coverage)

    def usual(self) -> dict[str, object]:
        self._call("-m", "coverage", "xml", "-q", "--rcfile=../verdict/coverage.ini", "-o", "../verdict/coverage.xml")
        report = ("--compare-branch=main", "--format", "json:../verdict/diff.json", "-q")
        self._call("-m", "diff_cover.diff_cover_tool", "../verdict/coverage.xml", *report)
        return json.loads((self.scratch / "diff.json").read_text())

    def rows(self) -> list[Row]:
        results: list[GateResult] = []
        first, *times = (spent(lambda: results.append(self.ours())) for _ in range(PAIRS + 1))
        told_by_others: list[dict[str, object]] = []
        baseline = spent(lambda: told_by_others.append(self.usual()))
        changed, theirs = results[-1].changed, told_by_others[0]
        assert changed is not None
        told = (theirs["total_num_lines"], theirs["total_num_violations"])
        assert told == (changed.total, changed.total - changed.covered), (told, changed.covered, changed.total)
        again = (statistics.median(one[0] for one in times), statistics.median(one[1] for one in times))
        same = f"{changed.covered} of {changed.total} changed lines, both say"
        return [
            _row("verdict over sympy, a file's contents seen before", again, baseline, "<= 1 s, >= 50 times faster"),
            _row("the first of a run: every file is looked at", first, baseline, ""),
            (same, "", "", "", "the same"),
        ]

    def _call(self, *words: str) -> None:
        command = [self.venv / "bin/python", *words]
        subprocess.run(command, cwd=self.tree, env=surroundings(self.venv), check=True, capture_output=True)


def _row(what: str, ours: tuple[float, float], baseline: tuple[float, float], target: str) -> Row:
    times = f"1/{baseline[1] / ours[1]:.0f} (clock: 1/{baseline[0] / ours[0]:.0f})"
    return (what, f"{ours[1]:.2f} s", f"{baseline[1]:.1f} s", times, target)


def main() -> None:
    measured: list[Row] = []
    verdicts: list[Row] = []
    with tempfile.TemporaryDirectory() as made:
        for version in VERSIONS:
            root = Path(made) / version
            packages = ("pytest", "pytest-cov", "sympy", *(() if verdicts else ("diff-cover",)))
            if not make_environment(version, root / "venv", *packages):
                print(f"Python {version} or its packages could not be had; not measured")
                continue
            make_project(root / "venv", root / "tree")
            measured.append(tests(version, root / "venv", root))
            verdicts = verdicts or Verdict(root / "venv", root).rows()
    table("Tests under the gate with coverage, against without (processor time)", measured)
    table("From raw coverage to the verdict, against `coverage xml` and diff-cover (processor time)", verdicts)


if __name__ == "__main__":
    main()
