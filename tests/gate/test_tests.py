import importlib.util
import marshal
import os
import shutil
import subprocess
import time
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest

from kiro_worker.gate import Color, FileCoverage, Subject, TestCounts
from kiro_worker.gate.port import GateResult
from kiro_worker.testing.fake_gate import FakeGate, plain_result
from kiro_worker.testing.gate_contract import GateContract, Situation

SHOP = {
    "pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['src']\naddopts = '-p no:asyncio -p no:hypothesispytest'\n",
    "src/shop/__init__.py": "def price(count):\n    if count > 10:\n        return count * 9\n    return count * 10\n",
    "tests/test_price.py": "from shop import price\n\n\ndef test_plain():\n    assert price(1) == 10\n\n\ndef test_discount():\n    '''Validates: 1.2'''\n    assert price(20) == 180\n",
}
JUNIT = '<testsuite name="s"><testcase classname="s" name="ok"/></testsuite>'
LCOV = "SF:a.sh\nDA:1,1\nDA:2,1\nend_of_record\n"


def script(*lines: str) -> dict[str, str]:
    return {"a.sh": "echo one\necho two\n", "run.sh": "\n".join(lines) + "\n"}


def writes(junit: str = JUNIT, lcov: str = LCOV, *, then: str = "true") -> dict[str, str]:
    return script(f"cat > junit.xml <<'E'\n{junit}\nE", f"cat > lcov.info <<'E'\n{lcov}E", then)


RUN = {"test_command": "sh run.sh"}


class TestTestsGate(GateContract):
    @pytest.fixture
    def make(self, new_project):
        def made(situation: Situation):
            project = new_project()
            flood = "".join(
                f'<testcase classname="s" name="t{number}"><failure message="no">{"x" * 9000}</failure></testcase>'
                for number in range(2000)
            )
            files, seconds = {
                Situation.GREEN: (writes(), 30),
                Situation.RED: (writes(JUNIT.replace("/></", '><failure message="no"/></testcase></')), 30),
                Situation.BLIND: ({}, 30),
                Situation.GARBAGE: (writes("<broken", "nonsense"), 30),
                Situation.FLOOD: (
                    writes(
                        f'<testsuite name="s">{flood}</testsuite>',
                        then="head -c 20000000 /dev/zero | tr '\\0' x; exit 1",
                    ),
                    30,
                ),
                Situation.DAEMON: (writes(then="setsid sleep 60 & true"), 30),
                Situation.ENDLESS: (script("sleep 60"), 0.5),
            }[situation]
            project.write(files)
            command = "" if situation is Situation.BLIND else "sh run.sh"
            return project.gate(seconds=seconds, test_command=command), project.subject()

        return made


class TestFakeGate(GateContract):
    @pytest.fixture
    def make(self, tmp_path):
        def made(situation: Situation):
            color = {
                Situation.BLIND: Color.ERROR,
                Situation.GARBAGE: Color.ERROR,
                Situation.RED: Color.RED,
                Situation.FLOOD: Color.RED,
            }
            answer = color.get(situation, Color.RED if situation is Situation.ENDLESS else Color.GREEN)
            gate = FakeGate(answer, seconds=0.3 if situation is Situation.ENDLESS else 0.0)
            return gate, Subject(tree=tmp_path, scratch=tmp_path / "scratch", environment={})

        return made


async def test_a_fake_gate_gives_its_answers_in_order_and_then_the_last_again(tmp_path):
    gate = FakeGate(Color.RED, [plain_result(Color.GREEN), plain_result(Color.NOT_APPLICABLE, gate="coverage")])
    subject = Subject(tree=tmp_path, scratch=tmp_path, environment={})
    colors = [[result.color for result in await gate.judge(subject)] for _ in range(3)]
    assert colors == [["red"], ["green", "not-applicable"], ["green", "not-applicable"]]
    assert gate.subjects == [subject] * 3


# With real pytest


async def test_pytest_is_recognised_and_gives_tests_and_coverage_from_one_run(project):
    project.write({**SHOP, "tests/conftest.py": "open('runs', 'a').write('x')\n"})
    tests, coverage = await project.judge()
    assert (tests.color, tests.summary) == (Color.GREEN, "2 tests passed")
    assert (coverage.color, coverage.summary) == (Color.GREEN, "coverage 100 % of lines (80 % asked for)")
    assert (project.tree / "runs").read_text() == "x", "the suite was run once"
    assert [case.id for case in tests.cases] == ["tests.test_price::test_plain", "tests.test_price::test_discount"]
    assert [(case.path, case.line) for case in tests.cases] == [("tests/test_price.py", 4), ("tests/test_price.py", 8)]
    assert coverage.coverage.files == (FileCoverage(path="src/shop/__init__.py", lines={1: 1, 2: 1, 3: 1, 4: 1}),)
    assert set(tests.reports) == {"junit.xml"}
    assert set(coverage.reports) == {"coverage.json"}
    assert "2 passed" in tests.output
    assert "-m pytest" in tests.command


async def test_a_failing_test_is_named_with_its_reason_and_place(project):
    project.write({**SHOP, "src/shop/__init__.py": "def price(count):\n    return count * 10\n"})
    tests, _ = await project.judge()
    assert (tests.color, tests.summary) == (Color.RED, "1 of 2 tests failed")
    (finding,) = tests.findings
    assert finding.code == "tests.failed"
    assert finding.title == "tests.test_price::test_discount"
    assert "assert 200 == 180" in finding.detail
    assert (finding.path, finding.line) == ("tests/test_price.py", 10)


async def test_low_coverage_names_lines_and_counts_files_that_no_test_imports(project):
    project.write({**SHOP, "tests/test_price.py": "def test_nothing():\n    pass\n"})
    project.write({"src/shop/late.py": "x = 1\ny = 2\n"}, base=False)
    _, coverage = await project.judge()
    assert (coverage.color, coverage.summary) == (Color.RED, "coverage 0 % of lines (80 % asked for)")
    assert "src/shop/late.py: 0 %, not covered: 1-2" in coverage.findings[0].detail


async def test_the_tree_cannot_lower_the_bar_by_its_own_coverage_settings(project):
    project.write({**SHOP, "src/shop/more.py": "x = 1\n" * 20})
    base = {
        **SHOP,
        "pyproject.toml": SHOP["pyproject.toml"]
        + "[tool.coverage.run]\nbranch = true\n[tool.coverage.report]\nfail_under = 90\n",
    }
    project.base.update(base)
    lowered = (
        SHOP["pyproject.toml"] + "[tool.coverage.run]\nomit = ['*/more.py']\n[tool.coverage.report]\nfail_under = 1\n"
    )
    project.write({"pyproject.toml": lowered, ".coveragerc": "[run]\nomit = *\n"}, base=False)
    tests, coverage = await project.judge(coverage_threshold=10.0)
    assert tests.color is Color.GREEN
    assert coverage.color is Color.RED
    assert coverage.coverage.branches_total == 2, "the base asks for branches"
    assert "below 90 %" in coverage.findings[0].title


async def test_tests_that_rewrite_the_coverage_settings_while_they_run_change_nothing(project):
    lie = f"open({str(project.scratch / 'coverage.ini')!r}, 'w').write('[run]\\nomit = *more.py\\n')"
    project.write(
        {**SHOP, "src/shop/more.py": "x = 1\n" * 20, "tests/conftest.py": f"def pytest_unconfigure():\n    {lie}\n"}
    )
    _, coverage = await project.judge()
    assert coverage.color is Color.RED
    assert "src/shop/more.py" in coverage.findings[0].detail


async def test_a_project_without_pytest_s_cache_and_with_strict_settings_is_run(project):
    settings = SHOP["pyproject.toml"].replace("addopts = '", "addopts = '--strict-config -p no:cacheprovider ")
    project.write({**SHOP, "pyproject.toml": settings})
    tests, _ = await project.judge()
    assert tests.color is Color.GREEN, tests.output


@dataclass(frozen=True)
class Beside:
    """What came of a project in which other things lie beside its code."""

    tests: GateResult
    files: frozenset[str]


@pytest.fixture(scope="module")
def seen_beside() -> list[Beside]:
    return []


@pytest.fixture
async def beside(project, seen_beside) -> Beside:
    """It is judged once; the tests only look at what came of it."""
    if not seen_beside:
        project.write(
            {
                **SHOP,
                "src/shop/__pycache__/keep.txt": "kept",
                "coverage/index.html": "<html/>",
                "package.json": '{"scripts": {"test": "node -e 0"}}',
            }
        )
        tests, _ = await project.judge()
        files = frozenset(str(path.relative_to(project.tree)) for path in project.tree.rglob("*"))
        seen_beside.append(Beside(tests, files))
    return seen_beside[0]


async def test_compiled_files_that_the_repository_holds_are_left_alone(beside):
    assert "src/shop/__pycache__/keep.txt" in beside.files


async def test_a_suite_that_collects_nothing_is_red(project):
    project.write({**SHOP, "tests/test_price.py": "# nothing here\n"})
    tests, _ = await project.judge()
    assert (tests.color, tests.findings[0].code) == (Color.RED, "tests.none-ran")


async def test_a_suite_in_which_everything_is_skipped_is_red(project):
    project.write(
        {
            **SHOP,
            "tests/test_price.py": "import pytest\npytestmark = pytest.mark.skip\ndef test_a(): pass\ndef test_b(): pass\n",
        }
    )
    tests, _ = await project.judge()
    assert (tests.color, tests.summary) == (Color.RED, "All 2 tests were skipped; that is no pass.")


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("import pytest\n@pytest.mark.skip\ndef test_a(): pass\n", "The only test was skipped; that is no pass."),
        ("def test_a(): assert False\n", "1 of 1 test failed"),
    ],
)
async def test_a_single_test_is_told_as_one(project, text, summary):
    project.write({**SHOP, "tests/test_price.py": text})
    tests, _ = await project.judge()
    assert (tests.color, tests.summary) == (Color.RED, summary)


async def test_a_test_file_that_cannot_be_imported_is_red_and_named(project):
    project.write({**SHOP, "tests/test_price.py": "import nonsense_module\n"})
    tests, _ = await project.judge()
    assert tests.color is Color.RED
    assert "nonsense_module" in tests.findings[0].detail
    assert tests.findings[0].code == "tests.error"


async def test_a_test_that_ends_the_process_is_no_pass(project):
    project.write({**SHOP, "tests/test_price.py": "import os\ndef test_a():\n    os._exit(0)\n"})
    tests, coverage = await project.judge()
    assert (tests.color, tests.findings[0].code) == (Color.ERROR, "tests.report-missing")
    assert coverage.color is Color.ERROR


def plant(source: Path, other: str) -> None:
    """Leave compiled code of other source where Python takes it for that of this one."""
    status = source.stat()
    head = importlib.util.MAGIC_NUMBER + b"".join(
        n.to_bytes(4, "little") for n in (0, int(status.st_mtime), status.st_size)
    )
    compiled = Path(importlib.util.cache_from_source(str(source)))
    compiled.parent.mkdir(exist_ok=True)
    compiled.write_bytes(head + marshal.dumps(compile(other, str(source), "exec")))


async def test_what_an_agent_left_compiled_is_not_run(project):
    project.write({**SHOP, "src/shop/__init__.py": "def price(count):\n    return 0\n"})
    plant(project.tree / "src/shop/__init__.py", "def price(count):\n    return {1: 10, 20: 180}[count]\n")
    tests, _ = await project.judge()
    assert tests.color is Color.RED


async def test_what_an_agent_left_compiled_is_not_run_by_a_command_that_is_set_either(project):
    files = {**SHOP, "src/shop/__init__.py": "def price(count):\n    return 0\n"}
    project.write(files, base=False)
    project.write({"README.md": "Nothing of Python yet.\n"})
    plant(project.tree / "src/shop/__init__.py", "def price(count):\n    return {1: 10, 20: 180}[count]\n")
    tests, _ = await project.judge(test_command="PYTHONPATH=src python -m pytest", coverage="off")
    assert tests.color is Color.RED


async def test_a_repair_within_the_same_second_and_of_the_same_size_is_judged_by_its_own_code(project):
    project.write({**SHOP, "src/shop/__init__.py": "def price(count):\n    return count * 90 // (9 + (count < 11))\n"})
    source = project.tree / "src/shop/__init__.py"
    status = source.stat()
    prepared = {**project.environment(), "PYTHONPYCACHEPREFIX": str(project.home / "compiled")}
    prepared.pop("PYTHONDONTWRITEBYTECODE", None)
    subject = Subject(tree=project.tree, scratch=project.scratch, environment=prepared)
    before, _ = await project.gate().judge(subject)
    source.write_text("def price(count):\n    return count * 90 // (9 + (count > 11))\n")
    os.utime(source, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert source.stat().st_size == status.st_size
    after, _ = await project.gate().judge(subject)
    assert (before.color, after.color) == (Color.RED, Color.GREEN)


@pytest.mark.parametrize(
    "path", ["pytest.py", "coverage/__init__.py", "_pytest/__init__.py", "pytest_cov.pyc", "pluggy.x.so"]
)
async def test_a_module_that_would_replace_the_test_tool_is_refused(project, path):
    project.write(SHOP)
    project.write({path: "raise SystemExit(0)\n"}, base=False)
    tests, coverage = await project.judge()
    assert (tests.color, tests.findings[0].code) == (Color.ERROR, "gate.tool-shadowed")
    assert tests.findings[0].path == path
    assert coverage.color is Color.ERROR


async def test_a_folder_that_only_has_a_tool_s_name_is_none(beside):
    assert "coverage/index.html" in beside.files
    assert beside.tests.color is Color.GREEN


async def test_a_missing_test_tool_is_a_configuration_error_with_its_cure(project, tmp_path):
    project.write(SHOP)
    venv.create(tmp_path / "bare", with_pip=False, symlinks=True)
    project.path = f"{tmp_path}/bare/bin:/usr/bin:/bin"
    tests, coverage = await project.judge()
    assert (tests.color, tests.findings[0].code) == (Color.ERROR, "gate.tool-missing")
    assert "installs nothing" in tests.findings[0].cure
    assert coverage.findings[0].code == "coverage.not-measured"
    findings = await project.gate().check(project.subject())
    assert [finding.code for finding in findings] == ["gate.tool-missing"]


async def test_check_is_silent_when_the_gate_can_look(project):
    project.write({**SHOP, "tests/conftest.py": "open('runs', 'a').write('x')\n"})
    assert await project.gate().check(project.subject()) == ()
    assert not (project.tree / "runs").exists(), "nothing of the project's was run"


# With a command of the user's


async def test_a_command_of_the_user_s_is_run_as_it_is_and_its_reports_are_found(project):
    project.write(writes())
    for command in ("sh run.sh", ("sh", "run.sh")):
        tests, coverage = await project.judge(test_command=command)
        assert (tests.color, tests.tests) == (Color.GREEN, TestCounts(passed=1))
        assert (coverage.color, coverage.summary) == (Color.GREEN, "coverage 100 % of lines (80 % asked for)")


async def test_reports_are_read_where_the_settings_say(project):
    project.write(
        script(
            f"mkdir -p out/a out/b; for d in a b; do echo '{JUNIT}' > out/$d/r.xml; done; printf '{LCOV}' > out/cov".replace(
                "\n", "\\n"
            )
        )
    )
    tests, coverage = await project.judge(**RUN, test_report="out/**/r.xml", coverage_report="out/cov")
    assert (tests.tests.passed, coverage.color) == (2, Color.GREEN)
    assert set(tests.reports) == {"junit-1.xml", "junit-2.xml"}


async def test_plain_pytest_cov_leaves_raw_data_that_is_read_too(project):
    project.write({**SHOP})
    tests, coverage = await project.judge(test_command="python3 -m pytest -q --cov=src")
    assert (tests.color, tests.summary) == (Color.GREEN, "2 tests passed")
    assert coverage.coverage.source == "coverage.py"
    assert coverage.color is Color.GREEN


async def test_a_status_of_0_with_failures_in_the_report_is_red(project):
    project.write(writes(JUNIT.replace("/></", '><failure message="no"/></testcase></'), then="exit 0"))
    tests, _ = await project.judge(**RUN)
    assert tests.color is Color.RED
    assert [finding.code for finding in tests.findings] == ["tests.failed", "tests.status-swallowed"]


@pytest.mark.parametrize("hides", ["; true", " || true"])
async def test_a_swallowed_status_is_seen_in_the_output(project, hides):
    project.write({**SHOP, "src/shop/__init__.py": "def price(count):\n    return 0\n"})
    tests, _ = await project.judge(test_command=f"python3 -m pytest -q{hides}", coverage="off")
    assert tests.color is Color.RED
    assert tests.findings[-1].code == "tests.status-swallowed"
    assert tests.findings[0].path == "tests/test_price.py"


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
async def test_a_pipe_does_not_swallow_a_status(project):
    project.write(script("echo broken; exit 3"))
    tests, _ = await project.judge(test_command="sh run.sh | cat", coverage="off")
    assert (tests.color, tests.findings[0].code) == (Color.RED, "tests.exit-status")
    assert "status 3" in tests.findings[0].title
    assert "broken" in tests.findings[0].detail


async def test_a_failing_status_is_red_whatever_the_report_says(project):
    project.write(writes(then="exit 1"))
    tests, _ = await project.judge(**RUN)
    assert (tests.color, tests.findings[0].code) == (Color.RED, "tests.exit-status")


async def test_without_any_report_a_status_of_0_is_told_as_what_it_is(project):
    project.write(script("echo all fine"))
    tests, coverage = await project.judge(**RUN)
    assert (tests.color, tests.tests.counted) == (Color.GREEN, False)
    assert "nothing says how many tests ran" in tests.summary
    assert (coverage.color, coverage.findings[0].code) == (Color.ERROR, "coverage.report-missing")
    assert "gates.coverage_report" in coverage.findings[0].cure
    assert coverage.findings[0].title == "The tests wrote no coverage report."


async def test_a_report_that_is_missing_at_the_place_that_was_set_names_the_place(project):
    project.write(script("echo all fine"))
    _, coverage = await project.judge(**RUN, coverage_report="out/cov.xml")
    assert coverage.findings[0].title == "The tests wrote no coverage report to out/cov.xml."


async def test_a_command_that_is_not_there_is_an_error(project):
    for command in (("no-such-runner",), "no-such-runner --all", "./missing-dir/run.sh"):
        tests, coverage = await project.judge(test_command=command)
        assert (tests.color, tests.findings[0].code) == (Color.ERROR, "gate.command-missing")
        assert tests.findings[0].cure
        assert coverage.color is Color.ERROR


async def test_nothing_set_and_nothing_recognised_says_how_to_set_it(project):
    tests, _ = await project.judge()
    assert (tests.color, tests.findings[0].code) == (Color.ERROR, "gate.no-test-command")
    assert "gates.test_command" in tests.findings[0].cure
    assert "pom.xml" in tests.findings[0].detail


async def test_a_command_that_hangs_is_ended_and_red(project):
    project.write(script("echo begun", "sleep 60"))
    tests, _ = await project.gate(seconds=0.5, **RUN).judge(project.subject())
    assert (tests.color, tests.findings[0].code) == (Color.RED, "tests.timed-out")
    assert "begun" in tests.findings[0].detail
    tests, _ = await project.gate(silence=0.4, **RUN).judge(project.subject())
    assert tests.findings[0].code == "tests.silent"


@pytest.mark.parametrize("dies", ["kill -9 $$", "kill -SEGV $$", "sh -c 'kill -9 $$'; exit $?"])
async def test_a_command_that_is_killed_is_red_and_says_by_what(project, dies):
    project.write(script(dies))
    tests, _ = await project.judge(**RUN)
    assert (tests.color, tests.findings[0].code) == (Color.RED, "tests.killed")
    assert "SIGKILL" in tests.findings[0].title or "SIGSEGV" in tests.findings[0].title


async def test_several_commands_share_one_time_limit(project):
    project.write({"CMakeLists.txt": "enable_testing()\n"})
    project.path = str(project.home / "bin")
    for name in ("cmake", "ctest"):
        program = project.home / "bin" / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text("#!/bin/sh\n/bin/sleep 0.4\n")
        program.chmod(0o755)
    began = time.monotonic()
    tests, _ = await project.gate(seconds=0.6).judge(project.subject())
    assert tests.findings[0].code == "tests.timed-out"
    assert time.monotonic() - began < 5


# Reports that must not be believed


def git(tree: Path, *args: str) -> None:
    who = ("-c", "user.name=n", "-c", "user.email=e@x")
    subprocess.run(["git", *who, *args], cwd=tree, check=True, capture_output=True)


def commit(tree: Path) -> None:
    git(tree, "init", "-q")
    git(tree, "add", "-A")
    git(tree, "commit", "-qm", "all")


async def test_reports_left_from_before_are_removed_and_not_taken(project):
    project.write({**script("true"), ".gitignore": "junit.xml\nlcov.info\n"})
    commit(project.tree)
    project.write({"junit.xml": JUNIT, "lcov.info": LCOV}, base=False)
    tests, coverage = await project.judge(**RUN)
    assert tests.tests.counted is False
    assert coverage.findings[0].code == "coverage.report-missing"
    assert not (project.tree / "lcov.info").exists()


async def test_a_committed_report_is_kept_and_not_believed(project):
    project.write({**script("true"), "lcov.info": LCOV, "junit.xml": JUNIT})
    commit(project.tree)
    tests, coverage = await project.judge(**RUN)
    assert (coverage.color, coverage.findings[0].code) == (Color.ERROR, "coverage.report-committed")
    assert "git rm --cached lcov.info" in coverage.findings[0].cure
    assert tests.tests.counted is False, "and its tests are not this run's"
    named, _ = await project.judge(**RUN, test_report="junit.xml")
    assert (named.color, named.findings[0].code) == (Color.ERROR, "tests.report-committed")
    assert (project.tree / "lcov.info").read_text() == LCOV


async def test_a_committed_report_that_the_run_wrote_anew_counts(project):
    project.write({**writes(), "lcov.info": "SF:a.sh\nDA:1,0\nend_of_record\n"})
    commit(project.tree)
    _, coverage = await project.judge(**RUN)
    assert coverage.color is Color.GREEN


async def test_an_old_report_that_is_only_copied_is_stale(project):
    project.write({**script("cp -p old.info lcov.info"), "old.info": LCOV})
    os.utime(project.tree / "old.info", (1_700_000_000, 1_700_000_000))
    _, coverage = await project.judge(**RUN)
    assert (coverage.color, coverage.findings[0].code) == (Color.ERROR, "coverage.report-stale")


async def test_an_old_report_with_a_new_date_is_stale_by_its_own_words(project):
    old = '<coverage line-rate="1" timestamp="1700000000"><class filename="a.sh"><lines><line number="1" hits="1"/></lines></class></coverage>'
    project.write({**script("cat old > coverage.xml"), "old": old})
    _, coverage = await project.judge(**RUN)
    assert coverage.findings[0].code == "coverage.report-stale"


@pytest.mark.parametrize(
    ("lcov", "code"),
    [
        ("", "coverage.report-empty"),
        ("TN:\n", "coverage.report-empty"),
        ("85 %\n", "coverage.report-unreadable"),
        ("SF:/elsewhere/a.sh\nDA:1,1\nend_of_record\n", "coverage.report-elsewhere"),
        ("SF:a.sh\nDA:900,1\nend_of_record\n", "coverage.report-stale"),
    ],
)
async def test_a_report_that_measured_nothing_of_this_tree_is_an_error(project, lcov, code):
    project.write(writes(lcov=lcov))
    tests, coverage = await project.judge(**RUN)
    assert tests.color is Color.GREEN
    assert (coverage.color, coverage.findings[0].code) == (Color.ERROR, code)
    assert coverage.findings[0].cure


async def test_a_place_that_leads_out_of_the_tree_is_neither_read_nor_emptied(project, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "lcov.info").write_text(LCOV)
    project.write(script("true"))
    (project.tree / "coverage").symlink_to(outside)
    (project.tree / "junit.xml").symlink_to("/etc/passwd")
    tests, coverage = await project.judge(**RUN)
    assert coverage.color is Color.ERROR
    assert tests.tests.counted is False
    assert (outside / "lcov.info").read_text() == LCOV
    assert (project.tree / "junit.xml").is_symlink()


async def test_a_pipe_at_a_report_s_place_does_not_hold_the_gate_up(project):
    project.write(script("mkfifo lcov.info junit.xml"))
    began = time.monotonic()
    _, coverage = await project.judge(**RUN)
    assert coverage.color is Color.ERROR
    assert time.monotonic() - began < 10


async def test_an_expected_report_that_is_missing_is_an_error_though_the_status_is_0(project):
    project.write(script("true"))
    tests, _ = await project.judge(**RUN, test_report="out/junit.xml")
    assert (tests.color, tests.findings[0].code) == (Color.ERROR, "tests.report-missing")


async def test_files_of_a_report_that_are_not_in_the_tree_are_told(project):
    project.write(writes(lcov=LCOV + "SF:/site/b.sh\nDA:1,0\nend_of_record\n"))
    _, coverage = await project.judge(**RUN)
    assert coverage.color is Color.GREEN
    assert [finding.code for finding in coverage.findings] == ["coverage.foreign-files"]


async def test_xml_at_a_well_known_place_that_is_no_test_report_is_passed_over(project):
    project.write(script("mkdir reports; echo '<html/>' > reports/junit-index.xml; echo '5 passed in 0.1s'"))
    tests, _ = await project.judge(**RUN)
    assert (tests.color, tests.tests.passed) == (Color.GREEN, 5)


# What is told besides


async def test_coverage_that_the_base_switched_off_is_not_applicable(project):
    project.write(script("true"))
    _, coverage = await project.judge(**RUN, coverage="off")
    assert (coverage.color, coverage.findings) == (Color.NOT_APPLICABLE, ())


async def test_a_second_suite_that_is_not_run_is_told(beside):
    assert beside.tests.color is Color.GREEN
    assert [finding.code for finding in beside.tests.findings] == ["tests.other-suite"]


@pytest.mark.parametrize(
    ("base", "here"),
    [
        ({"package.json": '{"scripts": {"test": "sh run.sh"}}'}, '{"scripts": {"test": "sh run.sh || true"}}'),
        ({"package.json": '{"scripts": {"test": "sh run.sh"}}'}, "{broken"),
        ({"Makefile": "test:\n\tsh run.sh\n"}, "test:\n\ttrue\n"),
        ({"tox.ini": "[pytest]\naddopts = -q\n"}, "[pytest]\naddopts = -q --deselect x\n"),
        ({"pyproject.toml": "[tool.pytest.ini_options]\n"}, "[tool.pytest.ini_options]\naddopts = '-k x'\n"),
    ],
)
async def test_a_tree_that_defines_its_tests_anew_is_told(project, base, here):
    project.write({**writes(), **base})
    tests, _ = await project.judge(**RUN)
    assert tests.findings == ()
    project.write(dict.fromkeys(base, here), base=False)
    tests, _ = await project.judge(**RUN)
    assert [finding.code for finding in tests.findings] == ["tests.definition-changed"]


async def test_the_tests_see_nothing_of_the_worker_s_environment(project, monkeypatch):
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_secret")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "aws-secret")
    monkeypatch.setenv("KIRO_WORKER_STATE", "/worker-state-4711")
    project.write(script("env; exit 1"))
    tests, _ = await project.judge(**RUN)
    assert "ghp_secret" not in tests.output
    assert "aws-secret" not in tests.output
    assert "/worker-state-4711" not in tests.output
    assert f"HOME={project.home}" in tests.output
