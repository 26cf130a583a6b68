import pytest

from kiro_worker.gate.base import BaseFiles
from kiro_worker.gate.omit import left_out


def of(**files):
    return left_out(BaseFiles.of({name: text.encode() for name, text in files.items()}))


@pytest.mark.parametrize(
    ("omit", "out", "kept"),
    [
        ("*/migrations/*", "shop/migrations/1.py", "shop/a.py"),
        ("*/migrations/*", "migrations/deep/1.py", "shop/migrations.py"),
        ("shop/*", "shop/deep/a.py", "other/shop/a.py"),
        ("shop/*_gen.py", "shop/a_gen.py", "shop/deep/a_gen.py"),
        ("**/gen/*.py", "a/b/gen/c.py", "a/b/gen/d/c.py"),
        ("a.py, b.py", "b.py", "c.py"),
    ],
)
def test_coverage_py_s_patterns_are_read_as_coverage_py_reads_them(omit, out, kept):
    is_out = of(**{".coveragerc": f"[run]\nomit = {omit}\n"})
    assert (is_out(out), is_out(kept)) == (True, False)


def test_where_the_project_is_silent_what_we_leave_out_ourselves_is_left_out():
    is_out = of(**{"shop.py": ""})
    assert [is_out(path) for path in ("setup.py", "docs/conf.py", "a/tests/x.py", "shop.py")] == [
        True,
        True,
        True,
        False,
    ]


def test_a_report_s_omit_counts_too():
    is_out = of(**{"pyproject.toml": "[tool.coverage.report]\nomit = ['shop/old/*']\n"})
    assert (is_out("shop/old/a.py"), is_out("shop/a.py")) == (True, False)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("vitest.config.ts", "export default { test: { coverage: { exclude: ['src/gen/**', \"x\"] } } }"),
        ("jest.config.js", "module.exports = { collectCoverageFrom: ['src/**/*.ts', '!src/gen/**'] }"),
        ("jest.config.js", "module.exports = { coveragePathIgnorePatterns: ['/node_modules/', '/src/gen/'] }"),
        ("package.json", '{"jest": {"collectCoverageFrom": ["src/**", "!<rootDir>/src/gen/**"]}}'),
        ("package.json", '{"jest": {"coveragePathIgnorePatterns": ["<rootDir>/src/gen/"]}}'),
        ("package.json", '{"nyc": {"exclude": ["src/gen/**"]}}'),
        (".c8rc.json", '{"exclude": ["src/gen/**"]}'),
    ],
)
def test_what_tools_of_java_script_leave_out_is_left_out(name, text):
    is_out = of(**{name: text})
    assert (is_out("src/gen/a.ts"), is_out("src/a.ts")) == (True, False)


@pytest.mark.parametrize("text", ["{", "[1]", '{"exclude": 1}', '{"exclude": ["", "{a,b", 3]}'])
def test_settings_that_cannot_be_read_leave_nothing_out(text):
    assert not of(**{".c8rc.json": text, "package.json": text})("src/a.ts")
