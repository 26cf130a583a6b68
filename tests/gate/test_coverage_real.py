"""Coverage of a change, from real runs of real tools: what a test did not run is not covered, loaded or not."""

import json
import shutil
import subprocess

import pytest

from gate.changes import changes
from kiro_worker.config.settings import GateSettings
from kiro_worker.gate import BaseFiles, Color
from kiro_worker.gate.changeverdict import judge_change
from kiro_worker.gate.omit import excluded, left_out

PYTHON = {
    "pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['src']\n",
    "src/shop/__init__.py": "def price(n):\n    return n * 10\n",
    "tests/test_price.py": "from shop import price\n\n\ndef test_price():\n    assert price(2) == 20\n",
}
NODE = {
    "package.json": '{"name": "x", "scripts": {"test": "node --test"}}',
    "src/price.js": "exports.price = (n) => {\n  return n * 10;\n};\n",
    "test/price.test.js": "const { test } = require('node:test');\nconst assert = require('node:assert');\n"
    "const { price } = require('../src/price.js');\ntest('price', () => assert.equal(price(2), 20));\n",
}
LATE = "def late(n):\n    if n:\n        return 1\n    return 2\n"


async def judged(project, before, after, **settings):
    """Judge a branch that makes `after` of `before`, which is also its base."""
    project.write(before)
    project.write({path: text for path, text in after.items() if text is not None}, base=False)
    for path in (path for path, text in after.items() if text is None):
        (project.tree / path).unlink()
    _, coverage = await project.judge(**settings)
    now = {path: text for path, text in {**before, **after}.items() if text is not None}
    base = BaseFiles.of({path: text.encode() for path, text in before.items()})
    return judge_change(
        coverage, changes(before, now), GateSettings(**settings), left_out=left_out(base), excluded=excluded(base)
    )


def codes(result) -> list[str]:
    return [finding.code for finding in result.findings]


async def test_a_new_python_file_that_no_test_imports_is_uncovered(project):
    big = "".join(f"x{number} = 1\n" for number in range(100)) + PYTHON["src/shop/__init__.py"]
    before = {**PYTHON, "src/shop/__init__.py": big}
    result = await judged(project, before, {"src/shop/late.py": LATE})
    assert (result.color, codes(result)) == (Color.RED, ["coverage.changed-low"])
    assert result.findings[0].detail == "src/shop/late.py: 0 of 4 changed lines, not covered: 1-4"


async def test_a_new_python_folder_beside_the_measured_one_is_uncovered_too(project):
    result = await judged(project, PYTHON, {"helpers/late.py": LATE})
    assert (result.color, result.changed.files[0].missing) == (Color.RED, (1, 2, 3, 4))
    assert result.changed.files[0].guessed


async def test_lines_that_a_test_runs_are_covered(project):
    after = {
        "src/shop/late.py": LATE,
        "tests/test_late.py": "from shop.late import late\n\n\ndef test_late():\n    assert late(1) == 1\n",
    }
    result = await judged(project, PYTHON, after, coverage_threshold=50.0)
    assert (result.color, codes(result)) == (Color.RED, ["coverage.changed-low"])
    assert result.findings[0].detail == "src/shop/late.py: 3 of 4 changed lines, not covered: 4"
    assert (await judged(project, PYTHON, after, changed_coverage_threshold=75.0)).color is Color.GREEN


async def test_branches_are_measured_where_they_are_asked_for(project):
    after = {
        "src/shop/late.py": LATE.replace("    return 2\n", ""),
        "tests/test_late.py": "from shop.late import late\n\n\ndef test_late():\n    assert late(1) == 1\n",
    }
    plain = await judged(project, PYTHON, after)
    assert (plain.color, plain.coverage.branches_total) == (Color.GREEN, 0)
    asked = await judged(project, PYTHON, after, coverage_branches=True)
    assert (asked.changed.branches_covered, asked.changed.branches_total) == (1, 2)
    assert codes(asked) == ["coverage.changed-low-branches", "coverage.low-branches"]


async def test_what_the_base_s_settings_leave_out_is_not_held_against_a_branch(project):
    settings = PYTHON["pyproject.toml"] + "[tool.coverage.run]\nomit = ['*/gen/*']\n"
    before = {**PYTHON, "pyproject.toml": settings}
    result = await judged(project, before, {"src/shop/gen/late.py": LATE})
    assert (result.color, codes(result)) == (Color.GREEN, ["coverage.not-measured-files"])
    wider = {"pyproject.toml": settings.replace("*/gen/*", "*/late.py"), "src/shop/late.py": LATE}
    assert (await judged(project, before, wider)).color is Color.RED, "the branch's own settings are not asked"


async def test_prose_is_not_applicable(project):
    result = await judged(project, {**PYTHON, "README.md": "a\n"}, {"README.md": "b\n"})
    assert result.color is Color.NOT_APPLICABLE


async def test_a_command_that_measures_another_package_is_an_error(project):
    before = {**PYTHON, "src/other/__init__.py": "X = 1\n", "src/shop/tax.py": LATE}
    before["tests/test_other.py"] = "import other\n\n\ndef test_other():\n    assert other.X == 1\n"
    command = "python3 -m pytest -q --cov=other --cov-report=json"
    result = await judged(project, before, {"src/shop/tax.py": LATE.replace("2", "3")}, test_command=command)
    assert (result.color, codes(result)[0]) == (Color.ERROR, "coverage.other-code")
    assert result.findings[0].path == "src/shop/tax.py"


async def test_a_report_of_other_contents_is_stale_though_it_is_written_anew(project):
    text = "# why\n\n" * 6 + "".join(f"x{number} = 1\n" for number in range(12))
    report = {"src/shop/tax.py": {"executed_lines": list(range(2, 20, 2)), "missing_lines": []}}
    old = json.dumps({"meta": {}, "files": report})
    before = {**PYTHON, "src/shop/tax.py": "x = 1\n", "saved.json": old}
    command = "python3 -m pytest -q -p no:cacheprovider && cp saved.json coverage.json"
    result = await judged(project, before, {"src/shop/tax.py": text}, test_command=command)
    assert (result.color, codes(result)[0]) == (Color.ERROR, "coverage.report-stale")


async def test_suites_of_two_languages_are_joined(project):
    """One command that runs both, with a report each."""
    told = "TN:\nSF:web/a.js\nDA:1,1\nDA:2,0\nend_of_record\n"
    before = {**PYTHON, "web/a.js": "let a = 1\n", "lcov.txt": told}
    command = "python3 -m pytest -q --cov=src --cov-report=json && mkdir coverage && cp lcov.txt coverage/lcov.info"
    after = {"web/a.js": "let a = 1\nlet b = 2\n", "src/shop/__init__.py": "def price(n):\n    return 10 * n\n"}
    result = await judged(project, before, after, test_command=command, changed_coverage_threshold=100.0)
    assert [(file.path, file.covered, file.missing) for file in result.changed.files] == [
        ("src/shop/__init__.py", (2,), ()),
        ("web/a.js", (), (2,)),
    ]
    assert result.coverage.source == "coverage.py+lcov"


def node_reports_lcov() -> bool:
    if shutil.which("node") is None:
        return False
    told = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout
    return tuple(int(part) for part in told.strip("v\n").split(".")[:2]) >= (20, 11)


@pytest.mark.skipif(not node_reports_lcov(), reason="Node.js 20.11 or newer is not installed")
async def test_a_new_java_script_file_that_no_test_loads_is_uncovered(project):
    after = {"src/late.js": "// why\nexports.late = (n) => {\n  return n;\n};\n"}
    result = await judged(project, NODE, after)
    assert (result.color, codes(result)) == (Color.RED, ["coverage.changed-low"])
    assert result.changed.files[0].missing == (2, 3)
    assert result.changed.files[0].guessed


@pytest.mark.skipif(not node_reports_lcov(), reason="Node.js 20.11 or newer is not installed")
async def test_comments_in_java_script_are_nothing_to_cover(project):
    after = {"src/price.js": "// why\n// and how\n" + NODE["src/price.js"]}
    result = await judged(project, NODE, after)
    assert result.color is Color.GREEN
    assert result.summary.endswith("no line that was changed can be covered")
