"""What a branch does around tests: settings, commands, plumbing, records, suppressions; other languages; who asked for it."""

import time

import pytest

from gate.changes import changes
from kiro_worker.changeset import ChangedFile, ChangeSet, How
from kiro_worker.gate.port import Color, Outcome, TestCase
from kiro_worker.gate.tamper import Asking, asked_by, judge_tamper, lost_tests
from kiro_worker.ids import Oid

PYPROJECT = """[tool.pytest.ini_options]
addopts = "-q --strict-markers --cov=postage"
testpaths = ["tests", "checks"]

[tool.coverage.run]
branch = true
omit = ["src/postage/_version.py"]

[tool.coverage.report]
fail_under = 90

[tool.ruff.lint]
select = ["E", "F", "S"]
ignore = ["E501"]

[tool.mypy]
strict = true
"""
MAKE = "test:\n\tpytest -q --cov=postage\n\nlint:\n\truff check .\n\tmypy src\n"
CI = "jobs:\n  test:\n    steps:\n      - run: make test\n      - run: npm test\n"
LONG = "if zone: X = '" + "x" * 2_000 + "'\n"
PACKAGE = (
    '{"scripts": {"test": "vitest run", "lint": "eslint ."}, "jest": {"coverageThreshold": {"global": {"lines": 80}}}}'
)
CONFTEST = "import pytest\n\n\n@pytest.fixture\ndef prices():\n    return [10, 20]\n"
CODE = "def zone(km):\n    return 1\n"
JEST = """import { zone } from '../src/zone';
describe('zones', () => {
  it('is near', () => { expect(zone(3)).toBe(1); });
  it('is far', () => { expect(zone(900)).toEqual(7); expect(zone(800)).toEqual(6); });
});
"""
GO = """package zone
func TestNear(t *testing.T) {
\tif got := Zone(3); got != 1 {
\t\tt.Errorf("got %d", got)
\t}
}
func TestFar(t *testing.T) {
\tassert.Equal(t, 7, Zone(900))
}
"""
RUST = "#[cfg(test)]\nmod tests {\n    #[test]\n    fn near() {\n        assert_eq!(zone(3), 1);\n    }\n}\n"
JAVA = "class ZoneTest {\n    @Test\n    void near() {\n        assertEquals(1, Zone.of(3));\n    }\n}\n"
SNAP = "exports[`zones far 1`] = `7`;\n\nexports[`zones near 1`] = `1`;\n"
TS, GOT, RST, JVT = "web/zone.test.ts", "zone_test.go", "src/lib.rs", "src/test/java/ZoneTest.java"


def blocked(path, before, after, *, more=None):
    old = {} if before is None else {path: before}
    new = {} if after is None else {path: after}
    result = judge_tamper(changes({"a.md": "a", **old}, {"a.md": "a", **new, **(more or {})}), "block")
    # What blocks is named before what is only told.
    codes = [f.code.removeprefix("tamper.") for f in result.findings if not f.detail.endswith("told only")]
    assert (result.color is Color.RED) == bool(codes)
    return codes


def put(text, old, new):
    assert old in text
    return text.replace(old, new, 1)


WEAKENED = {
    "a threshold is lower": ("pyproject.toml", PYPROJECT, put(PYPROJECT, "= 90", "= 40"), "setting"),
    "a threshold is gone": ("pyproject.toml", PYPROJECT, put(PYPROJECT, "fail_under = 90\n", ""), "setting"),
    "more is left out of coverage": ("pyproject.toml", PYPROJECT, put(PYPROJECT, "omit = [", 'omit = ["src/postage/zones.py", '), "setting"),
    "branches are no more measured": ("pyproject.toml", PYPROJECT, put(PYPROJECT, "branch = true", "branch = false"), "setting"),
    "a rule is ignored": ("pyproject.toml", PYPROJECT, put(PYPROJECT, '["E501"]', '["E501", "S101"]'), "setting"),
    "a family of rules is gone": ("pyproject.toml", PYPROJECT, put(PYPROJECT, '"F", "S"', '"F"'), "setting"),
    "types are checked less": ("pyproject.toml", PYPROJECT, put(PYPROJECT, "strict = true", "strict = false"), "setting"),
    "a test is deselected": ("pyproject.toml", PYPROJECT, put(PYPROJECT, '"-q', '"-q --deselect tests/test_a.py::test_a'), "setting"),
    "only some tests are selected": ("pyproject.toml", PYPROJECT, put(PYPROJECT, '"-q', "\"-q -k 'not far'"), "setting"),
    "a plugin is loaded": ("pyproject.toml", PYPROJECT, put(PYPROJECT, '"-q', '"-q -p quiet'), "setting"),
    "a folder of tests is no more taken": ("pyproject.toml", PYPROJECT, put(PYPROJECT, ', "checks"', ""), "setting"),
    "coverage is no more measured": ("pyproject.toml", PYPROJECT, put(PYPROJECT, " --cov=postage", ""), "setting"),
    "other settings go before": (".coveragerc", None, "[run]\nomit = src/postage/zones.py\n", "setting"),
    "jest asks for less": ("package.json", PACKAGE, put(PACKAGE, "80", "20"), "setting"),
    "typescript is less strict": ("tsconfig.json", '{"compilerOptions": {"strict": true}}', '{"compilerOptions": {}}', "setting"),
    "eslint only warns": (".eslintrc.json", '{"rules": {"no-eval": "error"}}', '{"rules": {"no-eval": "warn"}}', "setting"),
    "vitest asks for less": ("vitest.config.ts", "coverage: { thresholds: { lines: 90 } }\n", "coverage: { thresholds: { lines: 9 } }\n", "setting"),
    "the worker's own gate": (".kiro/worker.yaml", "gates:\n  coverage_threshold: 90\n", "gates:\n  coverage_threshold: 9\n", "setting"),
    "make: || true": ("Makefile", MAKE, put(MAKE, "pytest -q --cov=postage", "pytest -q --cov=postage || true"), "command"),
    "make: a dash": ("Makefile", MAKE, put(MAKE, "\tpytest", "\t-pytest"), "command"),
    "make: exit 0": ("Makefile", MAKE, put(MAKE, "pytest -q --cov=postage", "pytest -q --cov=postage; exit 0"), "command"),
    "make: a pipe": ("Makefile", MAKE, put(MAKE, "pytest -q --cov=postage", "pytest -q --cov=postage | tee log"), "command"),
    "make: echo": ("Makefile", MAKE, put(MAKE, "pytest -q --cov=postage", "@echo 5 passed"), "command"),
    "make: fewer tests": ("Makefile", MAKE, put(MAKE, "pytest -q", "pytest -q --ignore tests/slow"), "command"),
    "a tool is run no more": ("Makefile", MAKE, put(MAKE, "\tmypy src\n", ""), "command"),
    "npm: echo": ("package.json", PACKAGE, put(PACKAGE, "vitest run", "echo ok"), "command"),
    "npm: no tests will do": ("package.json", PACKAGE, put(PACKAGE, "vitest run", "vitest run --passWithNoTests"), "command"),
    "ci goes on": (".github/workflows/ci.yml", CI, CI + "        continue-on-error: true\n", "command"),
    "ci runs a step no more": (".github/workflows/ci.yml", CI, put(CI, "      - run: npm test\n", ""), "command"),
    "ci is deleted": (".github/workflows/ci.yml", CI, None, "command"),
    "conftest deselects": ("tests/conftest.py", CONFTEST, CONFTEST + "\ndef pytest_collection_modifyitems(items):\n    items[:] = []\n", "plumbing"),
    "conftest turns results": ("conftest.py", None, "import pytest\n\n@pytest.hookimpl(hookwrapper=True)\ndef pytest_runtest_makereport(item):\n    r = yield\n    r.get_result().outcome = 'passed'\n", "plumbing"),
    "conftest leaves files out": ("tests/conftest.py", CONFTEST, CONFTEST + "collect_ignore = ['test_a.py']\n", "plumbing"),
    "conftest patches the product": ("tests/conftest.py", CONFTEST, CONFTEST + "import postage\npostage.zone = lambda km: 1\n", "plumbing"),
    "an autouse fixture patches": ("tests/conftest.py", CONFTEST, CONFTEST + "\n@pytest.fixture(autouse=True)\ndef calm(monkeypatch):\n    monkeypatch.setattr('postage.zone', lambda km: 1)\n", "fixture"),
    "a fixture hands out other values": ("tests/conftest.py", CONFTEST, put(CONFTEST, "[10, 20]", "[20, 10]"), "fixture"),
    "no cover behind a very long line": ("src/zone.py", CODE + LONG, CODE + LONG.replace("\n", "  # pragma: no cover\n"), "suppressed"),
    "code that no check can read": ("src/postage/zone.py", CODE, CODE + "X = " + "+".join("1" * 200) + "\n", "plumbing"),
    "sitecustomize": ("sitecustomize.py", None, "import sys\n", "plumbing"),
    "a .pth": ("src/quiet.pth", None, "import quiet\n", "plumbing"),
    "a module before pytest": ("pytest.py", None, "def raises(*a): ...\n", "plumbing"),
    "the code looks for its runner": ("src/zone.py", CODE, CODE + "import os\nif os.environ.get('PYTEST_CURRENT_TEST'):\n    zone = None\n", "insight"),
    "the code looks for pytest": ("src/zone.py", CODE, CODE + "import sys\nQUIET = 'pytest' in sys.modules\n", "insight"),
    "js looks for its runner": ("src/zone.ts", "export const a = 1;\n", "export const a = process.env.VITEST ? 1 : 2;\n", "insight"),
    "no cover": ("src/zone.py", CODE, put(CODE, "def zone(km):", "def zone(km):  # pragma: no cover"), "suppressed"),
    "istanbul": ("src/zone.ts", "export const a = 1;\n", "/* istanbul ignore next */\nexport const a = 1;\n", "suppressed"),
    "a bare noqa": ("src/zone.py", CODE, put(CODE, "return 1", "return 1  # noqa"), "suppressed"),
    "types ignored": ("src/zone.py", CODE, put(CODE, "return 1", "return 1  # type: ignore"), "suppressed"),
    "a whole file": ("src/zone.ts", "export const a = 1;\n", "/* eslint-disable */\nexport const a = 1;\n", "suppressed"),
    "a rule of security": ("src/zone.py", CODE, put(CODE, "return 1", "return eval(km)  # noqa: S307"), "suppressed"),
    "a snapshot is rewritten": ("web/__snapshots__/zone.test.ts.snap", SNAP, put(SNAP, "`7`", "`8`"), "snapshot"),
    "a golden file is rewritten": ("tests/golden/report.txt", "a\nb\n", "a\nc\n", "snapshot"),
    "expected data is rewritten": ("tests/data/expected_zones.json", '{"far": 7}', '{"far": 8}', "data"),
    "data of tests is gone": ("tests/data/zones.json", '{"far": 7}', None, "data"),
    "jest: only": (TS, JEST, put(JEST, "it('is near'", "it.only('is near'"), "only"),
    "jest: skip": (TS, JEST, put(JEST, "it('is near'", "it.skip('is near'"), "skipped"),
    "jest: x": (TS, JEST, put(JEST, "it('is near'", "xit('is near'"), "skipped"),
    "jest: a group": (TS, JEST, put(JEST, "describe(", "describe.skip("), "skipped"),
    "jest: todo": (TS, JEST, put(JEST, "it('is near', () => { expect(zone(3)).toBe(1); })", "it.todo('is near')"), "skipped"),
    "jest: weaker": (TS, JEST, put(JEST, ".toBe(1)", ".toBeTruthy()"), "weaker"),
    "jest: flipped": (TS, JEST, put(JEST, ".toEqual(7)", ".toEqual(8)"), "expectation"),
    "jest: always holds": (TS, JEST, put(JEST, "expect(zone(3)).toBe(1)", "expect(true).toBe(true)"), "emptied"),
    "jest: fewer": (TS, JEST, put(JEST, " expect(zone(800)).toEqual(6);", ""), "assertions"),
    "jest: deleted": (TS, JEST, put(JEST, "  it('is near', () => { expect(zone(3)).toBe(1); });\n", ""), "deleted"),
    "jest: commented out": (TS, JEST, put(JEST, "  it('is near'", "  // it('is near'"), "deleted"),
    "jest: emptied": (TS, JEST, put(JEST, "expect(zone(3)).toBe(1);", ""), "emptied"),
    "go: skipped": (GOT, GO, put(GO, "\tassert.Equal", '\tt.Skip("later")\n\tassert.Equal'), "skipped"),
    "go: renamed": (GOT, GO, put(GO, "func TestFar", "func testFar"), "uncollected"),
    "go: flipped": (GOT, GO, put(GO, "t, 7,", "t, 8,"), "expectation"),
    "go: flipped by hand": (GOT, GO, put(GO, "got != 1", "got != 2"), "expectation"),
    "rust: ignored": (RST, RUST, put(RUST, "#[test]\n", "#[test]\n    #[ignore]\n"), "skipped"),
    "rust: flipped": (RST, RUST, put(RUST, "(3), 1)", "(3), 2)"), "expectation"),
    "rust: no test any more": (RST, RUST, put(RUST, "    #[test]\n", ""), "uncollected"),
    "java: disabled": (JVT, JAVA, put(JAVA, "@Test\n", "@Disabled\n    @Test\n"), "skipped"),
    "java: emptied": (JVT, JAVA, put(JAVA, "        assertEquals(1, Zone.of(3));\n", ""), "emptied"),
    "java: flipped": (JVT, JAVA, put(JAVA, "(1, Zone", "(2, Zone"), "expectation"),
    "java: no test any more": (JVT, JAVA, put(JAVA, "    @Test\n", ""), "uncollected"),
}  # fmt: skip


@pytest.mark.parametrize(("path", "before", "after", "code"), WEAKENED.values(), ids=WEAKENED)
def test_what_weakens_the_checks_blocks(path, before, after, code):
    assert code in blocked(path, before, after)


HONEST = {
    "a threshold is higher": ("pyproject.toml", PYPROJECT, put(PYPROJECT, "= 90", "= 95")),
    "a rule more": ("pyproject.toml", PYPROJECT, put(PYPROJECT, '"F", "S"', '"F", "S", "UP"')),
    "one rule became its family": ("pyproject.toml", PYPROJECT, put(PYPROJECT, '["E", "F", "S"]', '["ALL"]')),
    "an ignored rule less": ("pyproject.toml", PYPROJECT, put(PYPROJECT, '["E501"]', "[]")),
    "generated files left out": ("pyproject.toml", PYPROJECT, put(PYPROJECT, "omit = [", 'omit = ["tests/*", ')),
    "an option that shows more": ("pyproject.toml", PYPROJECT, put(PYPROJECT, '"-q', '"-ra -q --tb=short')),
    "a marker": ("pyproject.toml", PYPROJECT, put(PYPROJECT, "testpaths", 'markers = ["slow: takes long"]\ntestpaths')),
    "a dependency": ("pyproject.toml", PYPROJECT, '[project]\ndependencies = ["httpx"]\n\n' + PYPROJECT),
    "settings move to their own file": (
        "pyproject.toml",
        "[tool.coverage.report]\nfail_under = 90\n",
        "[tool.other]\na = 1\n",
    ),
    "a new script": ("package.json", PACKAGE, put(PACKAGE, '"lint"', '"build": "tsc -b", "lint"')),
    "another runner": ("package.json", PACKAGE, put(PACKAGE, "vitest run", "node --test")),
    "a target": ("Makefile", MAKE, MAKE + "\nclean:\n\t-rm -rf build || true\n"),
    "a line wrapped": ("Makefile", MAKE, put(MAKE, "pytest -q --cov", "pytest -q \\\n\t  --cov")),
    "a pipe that keeps the status": ("ci/test.sh", None, "set -o pipefail\npytest | tee log\n"),
    "ci: a newer action": (".github/workflows/ci.yml", CI, put(CI, "steps:", "steps:\n      - uses: actions/checkout@v4")),
    "a plain fixture": ("tests/conftest.py", CONFTEST, CONFTEST + "\n@pytest.fixture\ndef zone():\n    return 3\n"),
    "a fixture hands out more": ("tests/conftest.py", CONFTEST, put(CONFTEST, "[10, 20]", "[10, 20, 30]")),
    "conftest knows an option": ("tests/conftest.py", CONFTEST, CONFTEST + "\ndef pytest_addoption(parser):\n    parser.addoption('--slow')\n"),
    "conftest sets the environment": ("tests/conftest.py", CONFTEST, "import os\nos.environ['TZ'] = 'UTC'\n" + CONFTEST),
    "an autouse fixture sets the time zone": ("tests/conftest.py", CONFTEST, CONFTEST + "\n@pytest.fixture(autouse=True)\ndef utc(monkeypatch):\n    monkeypatch.setenv('TZ', 'UTC')\n"),
    "no cover that is usual": ("src/zone.py", CODE, "from typing import TYPE_CHECKING\nif TYPE_CHECKING:  # pragma: no cover\n    import a\n" + CODE),
    "one rule silenced": ("src/zone.py", CODE, put(CODE, "return 1", "return 1  # noqa: PLR2004")),
    "a word of it in a text": ("src/zone.py", CODE, CODE + 'TEXT = "# pragma: no cover, # noqa"\n'),
    "a name of it in a set": ("src/zone.py", CODE, CODE + 'NAMES = {"PYTEST_CURRENT_TEST", "pytest"}\n'),
    "code that runs tests": ("src/zone.py", CODE, CODE + 'import subprocess\nsubprocess.run(["pytest", "-q"])\n'),
    "a new snapshot": ("web/__snapshots__/zone.test.ts.snap", SNAP, SNAP + "\nexports[`zones new 1`] = `3`;\n"),
    "more data": ("tests/data/zones.json", '{"far": 7}', '{"far": 7,\n "near": 1}'),
    "jest: a test more": (TS, JEST, put(JEST, "  it('is far'", "  it('is nearer', () => { expect(zone(1)).toBe(1); });\n  it('is far'")),
    "jest: layout": (TS, JEST, JEST.replace("; expect", ";\n    // and\n    expect")),
    "jest: a group around": (TS, JEST, put(JEST, "describe('zones'", "describe('all zones'")),
    "jest: the function is renamed": (TS, JEST, JEST.replace("zone(", "zoneOf(").replace("{ zone }", "{ zoneOf }")),
    "go: a test more": (GOT, GO, GO + "func TestNew(t *testing.T) {\n\tassert.Equal(t, 2, Zone(20))\n}\n"),
    "go: a helper": (GOT, GO, GO + "func setUp(t *testing.T) int {\n\treturn 3\n}\n"),
    "rust: code beside": (RST, RUST, "pub fn zone(km: u32) -> u32 {\n    1\n}\n" + RUST),
    "java: a test more": (JVT, JAVA, put(JAVA, "    @Test", "    @Test\n    void far() {\n        assertEquals(7, Zone.of(900));\n    }\n\n    @Test")),
    "a test with a title like code": ("web/new.test.ts", None, "it('skips it.only(x) when ```', () => { expect(f()).toBe(2); });\n"),
}  # fmt: skip
_MOVED = {".coveragerc": "[report]\nfail_under = 90\n"}


@pytest.mark.parametrize(("path", "before", "after"), HONEST.values(), ids=HONEST)
def test_honest_work_around_tests_does_not_block(path, before, after):
    more = _MOVED if "tool.other" in (after or "") else None
    assert blocked(path, before, after, more=more) == []


def test_a_whole_new_project_brings_its_settings_along():
    files = {"pyproject.toml": PYPROJECT, "Makefile": MAKE, "tests/conftest.py": CONFTEST, "src/zone.py": CODE}
    assert judge_tamper(changes({}, files), "block").color is Color.GREEN


TESTS = "def test_far():\n    assert zone(900) == 7\n\ndef test_to_csv():\n    assert to_csv([1]) == 'a;1'\n"
FLIPPED = put(TESTS, "== 7", "== 915")
GONE = TESTS.split("def test_to_csv", maxsplit=1)[0]
ASKED = [
    ("Remove `src/legacy.py` and its tests", "tests/test_legacy.py", None, True),
    ("Delete tests/test_legacy.py", "tests/test_legacy.py", None, True),
    ("Drop the legacy code in `src/legacy.py`\n  - Remove the tests too", "tests/test_legacy.py", None, True),
    ("Work on `src/legacy.py`", "tests/test_legacy.py", None, False),
    ("Do not remove tests/test_legacy.py", "tests/test_legacy.py", None, False),
    ("Clean up without deleting `tests/test_legacy.py`", "tests/test_legacy.py", None, False),
    ("Remove `src/other.py`", "tests/test_legacy.py", None, False),
    ("Remove test_to_csv", "tests/test_zones.py", GONE, True),
    ("Remove the export to_csv", "tests/test_zones.py", GONE, False),
    ("Change `src/zones.py` to give 12 instead of 7", "tests/test_zones.py", FLIPPED, True),
    ("Update the tests in tests/test_zones.py", "tests/test_zones.py", FLIPPED, True),
    ("The far zone is zone 915", "tests/test_zones.py", FLIPPED, True),
    ("Implement `src/zones.py`", "tests/test_zones.py", FLIPPED, False),
    ("Extend tests/test_zones.py by tests of the new zones", "tests/test_zones.py", FLIPPED, False),
    ("Add tests to tests/test_zones.py", "tests/test_zones.py", GONE, False),
    ("Fix `src/zones.py` so that its tests pass", "tests/test_zones.py", FLIPPED, False),
    (
        "Skip test_far until the service is there",
        "tests/test_zones.py",
        "import pytest\n@pytest.mark.skip\n" + TESTS,
        True,
    ),
    ("Improve test_far", "tests/test_zones.py", "import pytest\n@pytest.mark.skip\n" + TESTS, False),
]


@pytest.mark.parametrize(("task", "path", "after", "fair"), ASKED, ids=[f"{case[0]} ({case[1]})" for case in ASKED])
def test_what_a_task_asks_for_is_told_and_does_not_block(task, path, after, fair):
    change = changes({path: TESTS}, {} if after is None else {path: after})
    result = judge_tamper(change, "block", asked=asked_by(Asking(tasks=(("2.1", task),))))
    assert result.findings
    assert result.color is (Color.GREEN if fair else Color.RED)


NO_COVER = CODE.replace("zone(km):", "zone(km):  # pragma: no cover")
ASKED_AROUND = [
    ("Add a discount to `src/zone.py`", "src/zone.py", CODE, NO_COVER, False),
    ("Exclude `src/zone.py` from coverage", "src/zone.py", CODE, NO_COVER, True),
    ("Add a target `list` to the `Makefile`", "Makefile", MAKE, put(MAKE, "pytest -q", "-pytest -q"), False),
    ("Add a dependency to `pyproject.toml`", "pyproject.toml", PYPROJECT, put(PYPROJECT, "= 90", "= 50"), False),
    (
        "Lower the threshold in `pyproject.toml` to 50",
        "pyproject.toml",
        PYPROJECT,
        put(PYPROJECT, "= 90", "= 50"),
        True,
    ),
]


@pytest.mark.parametrize(("task", "path", "before", "after", "fair"), ASKED_AROUND)
def test_a_task_that_names_a_file_asks_for_weaker_checks_only_where_it_speaks_of_them(task, path, before, after, fair):
    result = judge_tamper(
        changes({path: before}, {path: after}), "block", asked=asked_by(Asking(tasks=(("2.1", task),)))
    )
    assert result.findings
    assert result.color is (Color.GREEN if fair else Color.RED)


def test_a_test_of_code_that_the_same_change_removes_is_fair_where_the_task_removes_it():
    before = {"tests/test_zones.py": TESTS, "src/export.py": "def to_csv(rows):\n    return 'a'\n"}
    change = changes(before, {"tests/test_zones.py": GONE, "src/export.py": "X = 1\n"})
    asks = asked_by(Asking(tasks=(("3", "Remove the function to_csv"),)))
    assert judge_tamper(change, "block", asked=asks).color is Color.GREEN


def case(name, outcome=Outcome.PASSED, suite="tests.test_zones", path="tests/test_zones.py", **more):
    return TestCase(name=name, suite=suite, outcome=outcome, path=path, **more)


def codes(base, head, change=None):
    return [sign.code for sign in lost_tests(base, head, change or changes({}, {"src/a.py": "a"}))]


def test_tests_that_ran_on_the_base_and_not_now_are_signs_although_nobody_touched_them():
    base = [case("test_near"), case("test_far"), case("test_table[1]"), case("test_old", Outcome.SKIPPED)]
    assert codes(base, base) == []
    assert codes(base, [case("test_near"), case("test_table[1]")]) == ["tamper.gone"]
    assert codes(base, [*base[:1], case("test_far", Outcome.SKIPPED), *base[2:]]) == ["tamper.skipped"]


def test_other_parameters_and_changed_or_deleted_files_are_read_otherwise():
    base = [case("test_near"), case("test_table[1]")]
    assert codes(base, [case("test_near"), case("test_table[2]")]) == []
    change = changes({"tests/test_zones.py": "a"}, {"tests/test_zones.py": "b"})
    assert codes(base, [case("test_near")], change) == []
    assert codes(base, []) == []


def test_a_test_that_is_written_still_and_not_run_is_a_sign_although_its_file_was_changed():
    path = "tests/test_zones.py"
    text = "def test_near():\n    assert zone(3) == 1\n\n\ndef test_far():\n    assert zone(9) == 7\n"
    change = changes({path: text}, {path: f"{text}\n\nhide(globals())\n"})
    base = [case("test_near"), case("test_far")]
    assert codes(base, [case("test_near")], change) == ["tamper.gone"]
    moved = [case("test_near"), case("test_far", suite="tests.test_zones.TestAll")]
    assert codes(base, moved, change) == []


def test_a_skip_by_a_mark_is_told_once():
    path = "tests/test_zones.py"
    change = changes({path: TESTS}, {path: "import pytest\n\n@pytest.mark.skip\n" + TESTS})
    more = lost_tests([case("test_far")], [case("test_far", Outcome.SKIPPED)], change)
    result = judge_tamper(change, "block", more=more)
    assert [finding.code for finding in result.findings] == ["tamper.skipped"]


@pytest.mark.parametrize(
    "path", ["Makefile", "a.test.ts", "a_test.go", "src/test/java/ATest.java", "a_spec.rb", "src/a.rs", "tests/AKt.kt"]
)
@pytest.mark.parametrize(
    "piece",
    [
        "a-b.c ",
        "   ",
        "if x ",
        "test: ",
        "(",
        "{",
        "`",
        "'",
        "// \n",
        "public a",
        "expect(",
        "# noqa ",
        "it('a', ",
        "def a\n",
        "func TestA(t T) {\n",
        "/*",
    ],
)
def test_no_text_takes_long_to_read(path, piece):
    text = piece * 4000
    began = time.monotonic()
    judge_tamper(changes({path: "a\n"}, {path: text + "\n" + text.replace(" ", "") + ";\n"}), "block")
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("comment", "blocks"),
    [
        ("# noqa: S307", True),
        ("# noqa: S307  # only numbers of this file", False),
        ("# only numbers of this file  # noqa: S307", False),
        ("# nosec", True),
        ("# noqa: E501", False),
    ],
)
def test_a_rule_of_security_is_silenced_with_a_reason_that_a_person_can_judge(comment, blocks):
    after = put(CODE, "return 1", f"return eval(km)  {comment}")
    assert bool(blocked("src/zone.py", CODE, after)) is blocks


def change_of(file):
    return ChangeSet(base=Oid("1" * 40), head=Oid("2" * 40), files=(file,), base_tree=Oid("3" * 40))


@pytest.mark.parametrize(
    ("path", "blocks"),
    [
        ("tests/conftest.py", True),
        ("src/zone.py", True),
        ("tests/zone.test.ts", True),
        ("tests/data/zones.json", False),
        ("docs/zones.pdf", False),
    ],
)
@pytest.mark.parametrize("how", [How.ADDED, How.MODIFIED])
def test_code_that_is_filled_up_until_nobody_reads_it_blocks_and_large_data_does_not(path, blocks, how):
    large = ChangedFile(path=path, how=how, before=None if how is How.ADDED else b"", left_out=True)
    assert judge_tamper(change_of(large), "block").color is (Color.RED if blocks else Color.GREEN)


def test_that_large_code_is_deleted_is_no_sign():
    gone = ChangedFile(path="src/zones.py", how=How.DELETED, left_out=True)
    assert judge_tamper(change_of(gone), "block").color is Color.GREEN
