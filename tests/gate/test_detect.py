import pytest

from kiro_worker.gate.base import BaseFiles, wanted
from kiro_worker.gate.detect import Asked, Detected, Python, coveragerc, detect, is_python


def base_of(files: dict[str, str]) -> BaseFiles:
    return BaseFiles.of({path: text.encode() for path, text in files.items()})


PYTHON = Python(
    command="/venv/bin/python",
    because="python3 on the search path",
    version=(3, 11),
    modules={"pytest": "8.3", "pytest_cov": "6.0", "coverage": "7.6"},
)
BARE = Python(command="/usr/bin/python3", because="python3 on the search path", version=(3, 11))
ONLY_COVERAGE = Python(command="/p", because="x", version=(3, 13), modules={"pytest": "8", "coverage": "7.6"})


def found(files: dict[str, str], *, python: Python | None = PYTHON, coverage: bool = True) -> Detected | None:
    return next(iter(detect(base_of(files), Asked(coverage=coverage, python=python))), None)


PROJECTS = {
    "pytest": [
        {"pyproject.toml": "[tool.pytest.ini_options]\n"},
        {"pyproject.toml": "[tool.pytest]\nminversion = '9'\n"},
        {"pytest.ini": "[pytest]\n"},
        {"tox.ini": "[pytest]\naddopts = -q\n"},
        {"setup.cfg": "[tool:pytest]\n"},
        {"conftest.py": ""},
        {"tests/conftest.py": ""},
        {"tests/test_a.py": "import pytest\n"},
        {"a_test.py": "\ndef test_x(): pass\n"},
        {"tests/test_a.py": "import unittest\n"},  # pytest is there, and runs these too
    ],
    "npm": [
        {"package.json": '{"scripts": {"test": "mocha"}}'},
        {"package.json": '{"scripts": {"test": "vitest run | tee log"}}'},
    ],
    "pnpm": [{"package.json": '{"scripts": {"test": "ava"}}', "pnpm-lock.yaml": ""}],
    "yarn": [{"package.json": '{"scripts": {"test": "ava"}, "packageManager": "yarn@4.1.0"}'}],
    "bun": [{"package.json": '{"scripts": {"test": "bun test"}}', "bun.lockb": ""}],
    "vitest": [
        {"package.json": '{"scripts": {"test": "tsc && vitest run"}}'},
        {"package.json": '{"scripts": {"test": "npx vitest"}}'},
    ],
    "jest": [{"package.json": '{"scripts": {"test": "cross-env NODE_ENV=test jest --runInBand"}}'}],
    "node": [{"package.json": '{"scripts": {"test": "node --test test/"}}'}],
    "go": [{"go.mod": "module m\n", "a_test.go": ""}],
    "cargo": [{"Cargo.toml": "[package]\n"}],
    "maven": [{"pom.xml": "<project/>"}],
    "gradle": [{"build.gradle.kts": ""}, {"settings.gradle": "", "app/build.gradle": ""}],
    "sbt": [{"build.sbt": ""}],
    "dotnet": [{"t/Shop.Tests.csproj": '<PackageReference Include="Microsoft.NET.Test.Sdk"/>'}],
    "phpunit": [{"phpunit.xml.dist": "<phpunit/>"}],
    "rspec": [{".rspec": "", "spec/a_spec.rb": ""}, {"Gemfile.lock": "    rspec (3.13)\n", "spec/a_spec.rb": ""}],
    "ctest": [{"CMakeLists.txt": "project(x)\nenable_testing()\n"}],
    "bats": [{"test/a.bats": ""}],
    "terraform": [{"main.tf": ""}],
    "make": [{"Makefile": "build:\n\tcc\n\ntest: build\n\t./t\n"}, {"GNUmakefile": "lint test check:\n\t./t\n"}],
}


@pytest.mark.parametrize(("runner", "files"), [(runner, files) for runner, all_ in PROJECTS.items() for files in all_])
def test_a_project_is_recognised_by_what_its_base_holds(runner, files):
    detected = found(files)
    assert detected is not None
    assert detected.runner == runner
    assert detected.because
    assert all(isinstance(word, str) and word for words in detected.commands for word in words)


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"README.md": "run the tests"},
        {"package.json": '{"scripts": {"test": "echo \\"Error: no test specified\\" && exit 1"}}'},
        {"package.json": '{"scripts": {"build": "tsc"}}'},
        {"package.json": "{broken"},
        {"package.json": '{"scripts": ["test"]}'},
        {"package.json": "[1]"},
        {"Makefile": "TEST := x\ntest_data:\n\tx\n# test: no\ntests:\n\tx\n"},
        {"Makefile": "test = 1\ntest := 2\n"},
        {"go.mod": "module m\n"},
        {"modules/net/main.tf": ""},
        {"src/main.py": "print()"},
    ],
)
def test_what_has_no_tests_is_not_guessed_at(files):
    assert found(files) is None


def test_make_is_only_taken_when_nothing_tells_more():
    runners = [
        one.runner
        for one in detect(
            base_of(
                {
                    "Makefile": "test:\n\tx",
                    "go.mod": "",
                    "a_test.go": "",
                    "package.json": '{"scripts": {"test": "ava"}}',
                }
            ),
            Asked(),
        )
    ]
    assert runners == ["npm", "go"]


def test_pytest_measures_tests_and_coverage_in_one_run():
    detected = found(
        {
            "pyproject.toml": "[tool.pytest.ini_options]\n",
            "src/shop/__init__.py": "",
            "tests/test_a.py": "import pytest",
        }
    )
    assert len(detected.commands) == 1
    assert detected.commands[0][:3] == ("{python}", "-m", "pytest")
    assert "--cov=src" in detected.commands[0]
    assert "--cov-fail-under=0" in detected.commands[0]
    assert detected.junit == ("{scratch}/junit.xml",)
    assert detected.coverage == ("{scratch}/coverage.json",)
    assert all(need.known for need in detected.needs)


def test_without_pytest_cov_coverage_runs_pytest():
    detected = found({"pytest.ini": "[pytest]\n", "shop/__init__.py": ""}, python=ONLY_COVERAGE)
    assert detected.commands[0][:4] == ("{python}", "-m", "coverage", "run")
    assert "--source=shop" in detected.commands[0]
    assert detected.environment["COVERAGE_CORE"] == "sysmon"


def test_what_python_lacks_is_a_need_with_a_cure():
    detected = found({"pytest.ini": "[pytest]\n"}, python=BARE)
    assert [need.tool for need in detected.needs if not need.known] == ["pytest", "pytest-cov or coverage"]
    assert all("installs nothing" in need.cure for need in detected.needs)
    assert [need.tool for need in found({"pytest.ini": ""}, python=None).needs if not need.known] == [
        "pytest",
        "pytest-cov or coverage",
    ]


def test_unittest_is_run_where_pytest_is_not_to_be_had():
    files = {"tests/__init__.py": "", "tests/test_a.py": "import unittest\n", "shop.py": ""}
    only = Python(command="/p", because="x", version=(3, 11), modules={"coverage": "7.6"})
    detected = found(files, python=only)
    assert detected.runner == "unittest"
    assert detected.commands[0][-6:] == ("discover", "-v", "-s", "tests", "-t", ".")
    assert found(files, python=only, coverage=False).commands == (
        ("{python}", "-m", "unittest", "discover", "-v", "-s", "tests", "-t", "."),
    )
    assert found({"test_a.py": "import unittest"}, python=BARE).needs[0].tool == "coverage"


@pytest.mark.parametrize(("gemfile", "cure"), [({"Gemfile": ""}, "Install Bundler."), ({}, "Install RSpec.")])
def test_what_starts_the_specs_is_asked_for_by_the_name_it_is_installed_by(gemfile, cure):
    (need, *_) = found({".rspec": "", "spec/a_spec.rb": "", **gemfile}).needs
    assert need.cure == cure


def test_coverage_off_asks_for_no_coverage_tool():
    for files in (
        {"pytest.ini": ""},
        {"Cargo.toml": ""},
        {"pom.xml": ""},
        {"package.json": '{"scripts": {"test": "vitest"}}'},
        {"build.sbt": ""},
        {"build.gradle": ""},
        {".rspec": "", "spec/a_spec.rb": ""},
        {"x.Tests.csproj": ""},
    ):
        detected = found(files, coverage=False)
        assert not detected.coverage
        assert not any("coverage" in need.wanted_for for need in detected.needs)


@pytest.mark.parametrize(
    ("files", "tool"),
    [
        ({"pom.xml": "<project/>"}, "jacoco-maven-plugin"),
        ({"build.gradle": ""}, "the jacoco or kover plug-in"),
        ({"build.sbt": ""}, "sbt-scoverage"),
        ({"package.json": '{"scripts": {"test": "vitest"}}'}, "@vitest/coverage-v8"),
        ({"x.Tests.csproj": ""}, "coverlet.collector"),
        ({".rspec": "", "spec/a_spec.rb": ""}, "simplecov"),
    ],
)
def test_a_build_without_its_coverage_plug_in_needs_it(files, tool):
    missing = [need for need in found(files).needs if need.tool == tool]
    assert missing
    assert not missing[0].known
    assert missing[0].cure


def test_a_build_with_its_plug_in_does_not():
    assert all(
        need.known or need.program for need in found({"pom.xml": "<artifactId>jacoco-maven-plugin</artifactId>"}).needs
    )
    kover = found({"build.gradle.kts": 'id("org.jetbrains.kotlinx.kover")', "gradlew": ""})
    assert "koverXmlReport" in kover.commands[0]
    assert kover.commands[0][0] == "./gradlew"
    vitest = found({"package.json": '{"scripts": {"test": "vitest"}, "devDependencies": {"@vitest/coverage-v8": "1"}}'})
    assert all(need.known or need.program for need in vitest.needs)


def test_the_base_s_coverage_settings_are_used_and_no_others():
    detected = found(
        {
            "pyproject.toml": "[tool.pytest.ini_options]\naddopts = ['-q', '--cov=shop', '--cov-fail-under', '91']\n[tool.coverage.run]\nbranch = true\nsource = ['shop', 'lib']\n[tool.coverage.report]\nfail_under = 85\nexclude_also = ['a', 'b']\nomit = ['x.py']\n[tool.coverage.paths]\nsource = ['src', '*/src']\n"
        }
    )
    told = detected.files["coverage.ini"].decode()
    assert "branch = true" in told
    assert "source = shop\n    lib" in told
    assert "exclude_also = a\n    b" in told
    assert "[paths]" in told
    assert "tests/*" not in told, "the project says itself what to leave out"
    assert not any(word.startswith("--cov=") or word == "--cov" for word in detected.commands[0]), "addopts has it"
    assert detected.own_threshold == 91
    assert "COVERAGE_CORE" not in detected.environment


def test_branches_are_measured_where_the_operator_asks_for_them():
    files = {"pytest.ini": "[pytest]\n", "shop/__init__.py": "", ".coveragerc": "[run]\ncontext = x\n"}
    (detected,) = detect(base_of(files), Asked(python=PYTHON, branches=True))
    told = detected.files["coverage.ini"].decode()
    assert "branch = true" in told
    assert "context = x" in told, "the project's own settings stay"
    assert "branch = true" not in found(files).files["coverage.ini"].decode()


def test_branches_are_not_measured_by_a_monitor_that_cannot():
    files = {"pytest.ini": "[pytest]\n", "shop/__init__.py": ""}
    for asked, core in ((True, None), (False, "sysmon")):
        (detected,) = detect(base_of(files), Asked(python=ONLY_COVERAGE, branches=asked))
        assert detected.environment.get("COVERAGE_CORE") == core


@pytest.mark.parametrize(
    ("files", "key", "value"),
    [
        (
            {".coveragerc": "[run]\nbranch = on\n", "pyproject.toml": "[tool.coverage.run]\nbranch = false\n"},
            "branch",
            "on",
        ),
        ({"setup.cfg": "[coverage:run]\nbranch = 1\n"}, "branch", "1"),
        ({"tox.ini": "[coverage:run]\nbranch = 1\n"}, "branch", "1"),
        ({".coveragerc": "not an ini"}, "branch", ""),
        ({"pyproject.toml": "broken = ["}, "branch", ""),
        ({"pyproject.toml": "[tool]\ncoverage = 3\n"}, "branch", ""),
    ],
)
def test_coverage_settings_come_from_the_file_coverage_py_would_take(files, key, value):
    assert coveragerc.of(base_of(files)).get("run", key) == value


def test_node_test_is_given_its_options_before_its_files():
    detected = found({"package.json": '{"scripts": {"pretest": "tsc", "test": "node --test dist/test"}}'})
    assert detected.commands[0] == ("npm", "run", "pretest")
    assert detected.commands[1][:2] == ("node", "--test")
    assert detected.commands[1][-1] == "dist/test"
    assert found({"package.json": '{"scripts": {"test": "node --test test/*.js"}}'}).runner == "npm", (
        "a shell must expand that"
    )


def test_options_reach_the_script_in_each_manager_s_own_way():
    npm = found({"package.json": '{"scripts": {"test": "jest"}}'})
    assert npm.commands[0][:4] == ("npm", "run", "test", "--")
    pnpm = found({"package.json": '{"scripts": {"test": "jest"}}', "pnpm-lock.yaml": ""})
    assert pnpm.commands[0][:4] == ("pnpm", "run", "test", "--ci")


def test_terraform_has_nothing_to_cover_and_says_so():
    detected = found({"main.tf": "", "tests/a.tftest.hcl": ""})
    assert detected.no_coverage
    assert [words[1] for words in detected.commands] == ["fmt", "validate", "test"]


def test_a_cargo_workspace_is_tested_whole():
    assert "--workspace" in found({"Cargo.toml": "[workspace]\n"}, coverage=False).commands[0]


def test_only_small_settings_and_a_few_tests_are_read_from_the_base():
    paths = [
        "pyproject.toml",
        "src/a.py",
        "big.bin",
        "t/A.Tests.csproj",
        *(f"tests/test_{number:03}.py" for number in range(50)),
    ]
    read = wanted(paths)
    assert "pyproject.toml" in read
    assert "t/A.Tests.csproj" in read
    assert "src/a.py" not in read
    assert len(read) == 22


def test_a_python_project_is_told_by_its_tests():
    assert is_python(BaseFiles(paths=frozenset({"tests/test_a.py"})))
    assert not is_python(BaseFiles(paths=frozenset({"a.py", "package.json"})))
