"""The gate over real projects, each with its own tools; what a machine lacks is skipped, saying so."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from kiro_worker.gate import Color, TestCounts

JS = {
    "package.json": '{"name": "x", "scripts": {"test": "node --test"}}',
    "add.js": "exports.add = (a, b) => {\n  if (a > 100) {\n    return 0;\n  }\n  return a + b;\n};\n",
    "test/add.test.js": "const { test, describe, it } = require('node:test');\nconst assert = require('node:assert');\nconst { add } = require('../add.js');\n"
    "test('adds', () => assert.equal(add(1, 2), 3));\ndescribe('large', () => {\n  it('is cut', () => assert.equal(add(101, 2), 0));\n  it.skip('later', () => {});\n});\n",
}


def need(program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")


def node_reports_lcov() -> bool:
    if shutil.which("node") is None:
        return False
    told = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout
    return tuple(int(part) for part in told.strip("v\n").split(".")[:2]) >= (20, 11)


needs_node = pytest.mark.skipif(not node_reports_lcov(), reason="Node.js 20.11 or newer is not installed")


@needs_node
async def test_node_s_own_runner_gives_tests_and_coverage_from_one_run(project):
    project.write(JS)
    tests, coverage = await project.judge()
    assert (tests.color, tests.tests) == (Color.GREEN, TestCounts(passed=2, skipped=1))
    assert [case.id for case in tests.cases] == ["test::adds", "large::is cut", "large::later"]
    assert coverage.color is Color.GREEN
    assert [file.path for file in coverage.coverage.files] == ["add.js"], "tests do not count as code"
    assert coverage.coverage.branches_total > 0


@needs_node
async def test_a_failing_node_test_is_placed(project):
    project.write({**JS, "add.js": "exports.add = (a, b) => a + b;\n"})
    tests, _ = await project.judge()
    assert (tests.color, tests.summary) == (Color.RED, "1 of 3 tests failed, 1 skipped")
    assert (tests.findings[0].title, tests.findings[0].path, tests.findings[0].line) == (
        "large::is cut",
        "test/add.test.js",
        6,
    )


@needs_node
async def test_npm_runs_a_script_of_another_kind_as_it_is(project):
    need("npm")
    project.write({**JS, "package.json": '{"name": "x", "scripts": {"test": "node --test test/*.js"}}'})
    tests, coverage = await project.judge(coverage="off")
    assert (tests.color, tests.tests) == (Color.GREEN, TestCounts(passed=2, skipped=1))
    assert tests.command == "npm run test"
    assert coverage.color is Color.NOT_APPLICABLE


@needs_node
async def test_a_test_script_that_the_tree_emptied_is_not_believed(project):
    need("npm")
    project.write({"package.json": '{"scripts": {"test": "jest"}}'})
    project.write({"package.json": '{"scripts": {"test": "true"}}'}, base=False)
    tests, coverage = await project.judge()
    assert (tests.color, tests.findings[0].code) == (Color.ERROR, "tests.report-missing")
    assert coverage.color is Color.ERROR


UNITTEST = {
    "shop.py": "def price(count):\n    return count * 10\n\n\ndef other():\n    return 1\n",
    "tests/__init__.py": "",
    "tests/test_shop.py": "import unittest\n\nfrom shop import price\n\n\nclass PriceTest(unittest.TestCase):\n    def test_one(self):\n        self.assertEqual(price(1), 10)\n\n    @unittest.skip('later')\n    def test_later(self):\n        pass\n",
}


async def test_unittest_is_run_and_measured_where_pytest_is_not_to_be_had(project, bare_python):
    project.write(UNITTEST)
    project.path = f"{bare_python}:{os.environ['PATH']}"
    tests, coverage = await project.judge()
    assert "-m unittest discover" in tests.command
    assert (tests.color, tests.tests) == (Color.GREEN, TestCounts(passed=1, skipped=1))
    assert (coverage.color, coverage.coverage.lines_covered, coverage.coverage.lines_total) == (Color.RED, 3, 4)
    assert [file.path for file in coverage.coverage.files] == ["shop.py"]


async def test_a_failing_unittest_is_placed(project, bare_python):
    project.write({**UNITTEST, "shop.py": "def price(count):\n    return 1\n"})
    project.path = f"{bare_python}:{os.environ['PATH']}"
    tests, _ = await project.judge()
    assert tests.color is Color.RED
    assert (tests.findings[0].title, tests.findings[0].path, tests.findings[0].line) == (
        "tests.test_shop.PriceTest::test_one",
        "tests/test_shop.py",
        8,
    )


async def test_unittest_that_discovers_nothing_is_red(project, bare_python):
    project.write({**UNITTEST, "tests/test_shop.py": "import unittest\n"})
    project.path = f"{bare_python}:{os.environ['PATH']}"
    tests, _ = await project.judge()
    assert (tests.color, tests.findings[0].code) == (Color.RED, "tests.none-ran")


async def test_pytest_without_pytest_cov_is_measured_by_coverage_with_its_parallel_data_joined(project, bare_python):
    site = next(bare_python.parent.glob("lib/python*/site-packages"))
    packages = Path(pytest.__file__).parent.parent
    for name in ("pytest", "_pytest", "pluggy", "iniconfig", "packaging", "pygments", "py.py"):
        for found in (packages / name, *packages.glob(f"{name}-*.dist-info")):
            if found.exists() and not (site / found.name).exists():
                (site / found.name).symlink_to(found)
    project.write(
        {
            **UNITTEST,
            "pyproject.toml": "[tool.pytest.ini_options]\n[tool.coverage.run]\nparallel = true\nbranch = true\n",
        }
    )
    project.path = f"{bare_python}:{os.environ['PATH']}"
    tests, coverage = await project.judge()
    assert "-m coverage run" in tests.command
    assert (tests.color, tests.tests) == (Color.GREEN, TestCounts(passed=1, skipped=1)), tests.output
    assert coverage.coverage is not None, coverage.findings
    assert (coverage.coverage.lines_covered, coverage.coverage.lines_total) == (3, 4)


async def test_make_test_is_run_with_its_own_reports(project):
    need("make")
    project.write(
        {
            "Makefile": "test:\n\t@printf 'SF:a.sh\\nDA:1,1\\nend_of_record\\n' > lcov.info\n\t@echo '1..1'; echo 'ok 1 - works'\n",
            "a.sh": "true\n",
        }
    )
    tests, coverage = await project.judge()
    assert (tests.color, tests.tests.passed, tests.command) == (Color.GREEN, 1, "make test")
    assert coverage.color is Color.GREEN


async def test_cargo_names_a_failing_test(project):
    need("cargo")
    project.write(
        {
            "Cargo.toml": '[package]\nname = "rs"\nversion = "0.1.0"\nedition = "2021"\n',
            "src/lib.rs": "pub fn f(x: i32) -> i32 { x }\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn ok() { assert_eq!(super::f(1), 1) }\n    #[test]\n    fn bad() {\n        assert_eq!(super::f(1), 2)\n    }\n}\n",
        }
    )
    tests, _ = await project.judge(coverage="off")
    assert (tests.color, tests.tests) == (Color.RED, TestCounts(passed=1, failed=1)), tests.output
    assert (tests.findings[0].title, tests.findings[0].path, tests.findings[0].line) == ("tests::bad", "src/lib.rs", 8)
    assert not (project.tree / "target").exists(), "what an agent may have built there is not used"


async def test_cargo_without_its_coverage_tool_says_how_to_get_it(project):
    need("cargo")
    if shutil.which("cargo-llvm-cov"):
        pytest.skip("cargo-llvm-cov is installed")
    project.write({"Cargo.toml": '[package]\nname = "rs"\n'})
    tests, _ = await project.judge()
    assert (tests.color, tests.findings[0].code) == (Color.ERROR, "gate.tool-missing")
    assert "cargo install cargo-llvm-cov" in tests.findings[0].cure


async def test_ctest_builds_outside_the_tree(project):
    need("cmake")
    need("cc")
    project.write(
        {
            "CMakeLists.txt": "cmake_minimum_required(VERSION 3.20)\nproject(x C)\nenable_testing()\nadd_executable(t t.c)\nadd_test(NAME works COMMAND t)\nadd_test(NAME breaks COMMAND t 1)\n",
            "t.c": "int main(int n, char **v) { return n > 1; }\n",
        }
    )
    tests, coverage = await project.judge()
    assert (tests.color, tests.tests) == (Color.RED, TestCounts(passed=1, failed=1)), tests.output
    assert tests.findings[0].title == "breaks::breaks"
    assert not (project.tree / "build").exists()
    assert "gates.coverage" in coverage.findings[0].cure


async def test_go_s_events_and_profile_are_read(project):
    need("go")
    project.write(
        {
            "go.mod": "module example.com/m\n\ngo 1.20\n",
            "calc/calc.go": "package calc\n\nfunc Add(a, b int) int {\n\treturn a + b\n}\n",
            "calc/calc_test.go": 'package calc\n\nimport "testing"\n\nfunc TestAdd(t *testing.T) {\n\tif Add(1, 2) != 3 {\n\t\tt.Fatal("no")\n\t}\n}\n',
        }
    )
    tests, coverage = await project.judge()
    assert (tests.color, tests.tests) == (Color.GREEN, TestCounts(passed=1)), tests.output
    assert (coverage.color, coverage.coverage.source) == (Color.GREEN, "go")


async def test_a_go_program_that_only_plays_go_is_read_all_the_same(project):
    """Where Go is not installed, a script speaks its event stream and writes its profile."""
    tools = project.home / "bin"
    tools.mkdir(parents=True)
    (tools / "go").write_text(
        "#!/bin/sh\nfor word; do case $word in -coverprofile=*) printf 'mode: set\\nexample.com/m/calc/calc.go:3.1,5.2 1 1\\n' > ${word#*=};; esac; done\n"
        'printf "%s\\n" \'{"Action":"output","Package":"example.com/m/calc","Test":"TestB","Output":"    calc_test.go:9: got 1\\n"}\'\n'
        'printf "%s\\n" \'{"Action":"pass","Package":"example.com/m/calc","Test":"TestA","Elapsed":0.1}\'\n'
        'printf "%s\\n" \'{"Action":"fail","Package":"example.com/m/calc","Test":"TestB","Elapsed":0.1}\'\nexit 1\n'
    )
    (tools / "go").chmod(0o755)
    project.path = f"{tools}:/usr/bin:/bin"
    project.write(
        {"go.mod": "module example.com/m\n", "calc/calc.go": "package calc\n\n\n\n\n", "calc/calc_test.go": "x\n" * 12}
    )
    tests, coverage = await project.judge()
    assert (tests.color, tests.tests) == (Color.RED, TestCounts(passed=1, failed=1))
    assert (tests.findings[0].path, tests.findings[0].line) == ("calc/calc_test.go", 9)
    assert coverage.color is Color.GREEN
    assert "got 1" in tests.output
    assert "Action" not in tests.output
