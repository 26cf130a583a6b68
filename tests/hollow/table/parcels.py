"""A second project, for families of signs rather than single ones; what is read alone, in many languages."""

from hollow.case import Base, Change, Edit, Hollow, Honest, more, swap

_FILES = {
    "parcels/rates.py": """class Zone:
    NEAR = "near"
    FAR = "far"


def surcharge(zone):
    return 3 if zone == Zone.FAR else 0
""",
    "parcels/__init__.py": "",
    "tests/unit/test_rates.py": """import json
import os
from decimal import Decimal

import pytest

from parcels.rates import quote, Zone, surcharge
from .helpers import parcel


class TestQuote:
    @pytest.fixture(autouse=True)
    def _rates(self, tmp_path):
        self.rates = {"light": 5, "heavy": 9}

    def test_light(self):
        result = quote(parcel(1), self.rates)
        assert result.price == Decimal("5.00")
        assert result.zone is Zone.NEAR
        assert result.notes == []

    def test_heavy_is_dearer(self):
        assert quote(parcel(40), self.rates).price > quote(parcel(1), self.rates).price

    @pytest.mark.parametrize("weight,expected", [(1, 5), (30, 9), (31, 9)], ids=["light", "edge", "heavy"])
    def test_edges(self, weight, expected):
        assert quote(parcel(weight), self.rates).price == expected

    def test_too_heavy(self):
        with pytest.raises(ValueError) as caught:
            quote(parcel(100), self.rates)
        assert "100" in str(caught.value)
        assert caught.value.args


def test_surcharge():
    assert surcharge(Zone.FAR) == 3
    assert surcharge(Zone.NEAR) == 0


async def test_later():
    assert await quote_later(1) == 5
""",
    "tests/unit/__init__.py": "",
    "tests/unit/helpers.py": """from parcels.model import Parcel


def parcel(weight):
    return Parcel(weight=weight, zone="near")
""",
    "tests/test_ut.py": """import unittest
from parcels.rates import surcharge


class SurchargeTest(unittest.TestCase):
    def test_far(self):
        self.assertEqual(surcharge("far"), 3)
        self.assertIn("far", ["far"])

    def test_errors(self):
        with self.assertRaises(KeyError):
            surcharge(None)
""",
    "tests/conftest.py": """import pytest


@pytest.fixture(scope="session")
def db():
    return {"a": 1}
""",
    "setup.cfg": """[tool:pytest]
addopts = --strict-markers --cov=parcels --cov-fail-under=85

[coverage:run]
branch = True

[flake8]
max-complexity = 10

[mypy]
disallow_untyped_defs = True
""",
    "noxfile.py": """import nox


@nox.session
def tests(session):
    session.run("pytest", "--cov")
""",
    ".github/workflows/test.yaml": """jobs:
  unit:
    steps:
      - name: Test
        run: |
          set -euo pipefail
          pytest -q
          mypy src
""",
    "package.json": """{
  "scripts": {
    "test": "vitest run --coverage",
    "lint": "eslint . --max-warnings 0"
  },
  "jest": {
    "coverageThreshold": {"global": {"branches": 90}}
  }
}
""",
    "web/rate.spec.tsx": """import { describe, expect, it, vi } from 'vitest';
import { rate } from './rate';

describe('rate', () => {
  it('is 3 for far', () => {
    const result = rate('far');
    expect(result).toBe(3);
    expect(result).toMatchObject({});
  });
  it.each([[1, 2], [3, 4]])('maps %i', (a, b) => {
    expect(rate(a)).toBe(b);
  });
  it('throws', () => {
    expect(() => rate(null)).toThrow('null');
  });
});
""",
    "pkg/rate_test.go": """package pkg

import (
\t"testing"

\t"github.com/stretchr/testify/require"
)

func TestRate(t *testing.T) {
\ttests := []struct {
\t\tname string
\t\tzone string
\t\twant int
\t}{
\t\t{"far", "far", 3},
\t\t{"near", "near", 0},
\t}
\tfor _, tt := range tests {
\t\tt.Run(tt.name, func(t *testing.T) {
\t\t\trequire.Equal(t, tt.want, Rate(tt.zone))
\t\t})
\t}
}
""",
    ".golangci.yml": """linters:
  enable:
    - errcheck
    - gosec
""",
    "tests/rate.rs": """#[tokio::test]
async fn rates_far() {
    let got = parcels::rate("far").await;
    assert_eq!(got, 3, "far");
    assert!(matches!(got, 3));
}
""",
    "src/test/java/RateTest.java": """class RateTest {
    @ParameterizedTest
    @CsvSource({"far, 3", "near, 0"})
    void rates(String zone, int want) {
        assertThat(Rate.of(zone)).isEqualTo(want);
    }

    @Test
    void throwsOnNull() {
        assertThrows(NullPointerException.class, () -> Rate.of(null));
    }
}
""",
    "spec/rate_spec.rb": """describe Rate do
  context 'far' do
    it { is_expected.to eq 3 }
    it 'raises' do
      expect { Rate.of(nil) }.to raise_error(ArgumentError)
    end
  end
end
""",
    ".rspec": "--require spec_helper\n",
    "tests/cassettes/rate.yaml": 'interactions:\n- response: {body: "3"}\n',
    "tests/unit/approvals/rate.approved.txt": "rate 3\n",
    "build.gradle": """test {
    useJUnitPlatform()
}

jacocoTestCoverageVerification {
    violationRules { rule { limit { minimum = 0.85 } } }
}
""",
    ".nycrc": '{"lines": 90, "check-coverage": true}\n',
    "sonar-project.properties": "sonar.sources=src\nsonar.coverage.exclusions=src/generated/**\n",
    "Cargo.toml": """[package]
name="p"

[lints.rust]
unsafe_code = "forbid"
""",
}

PARCELS = Base(name="parcels", files=_FILES)
_TASK = "- [ ] 1. Charge for far zones in `parcels/rates.py`\n"


def _sign(name: str, why: str, path: str, content: Edit | str | None) -> Hollow:
    """One file is changed, and that is a sign of its own."""
    return Hollow(
        name=name, why=why, base=PARCELS, change={path: content}, task=_TASK, by=("tamper",), at=path, read_only=True
    )


def _fair(name: str, why: str, change: Change, task: str = _TASK) -> Honest:
    return Honest(name=name, why=why, base=PARCELS, change=change, task=task, read_only=True)


HOLLOW = (
    _sign(
        "parcels-py-method-skip",
        "A variable of the environment decides, and nobody sets it.",
        "tests/unit/test_rates.py",
        swap(
            "    def test_heavy_is_dearer",
            '    @pytest.mark.skipif(not os.environ.get("FULL"), reason="full")\n    def test_heavy_is_dearer',
        ),
    ),
    _sign(
        "parcels-py-loosen-eq-to-ge",
        "An exact value became a lower bound.",
        "tests/unit/test_rates.py",
        swap('result.price == Decimal("5.00")', 'result.price >= Decimal("5.00")'),
    ),
    _sign(
        "parcels-py-loosen-eq-to-in-str",
        "A list that was to be empty may be any list.",
        "tests/unit/test_rates.py",
        swap("assert result.notes == []", "assert isinstance(result.notes, list)"),
    ),
    _sign(
        "parcels-py-drop-one",
        "One of three assertions is gone.",
        "tests/unit/test_rates.py",
        swap("        assert result.zone is Zone.NEAR\n", ""),
    ),
    _sign(
        "parcels-py-param-mark-skip",
        "One row of the parameters is skipped.",
        "tests/unit/test_rates.py",
        swap("(31, 9)]", "pytest.param(31, 9, marks=pytest.mark.skip)]"),
    ),
    _sign(
        "parcels-py-param-xfail",
        "One row of the parameters is expected to fail.",
        "tests/unit/test_rates.py",
        swap("(31, 9)]", "pytest.param(31, 9, marks=pytest.mark.xfail)]"),
    ),
    _sign(
        "parcels-py-param-ids",
        "Two rows are gone, with their names.",
        "tests/unit/test_rates.py",
        swap('[(1, 5), (30, 9), (31, 9)], ids=["light", "edge", "heavy"]', '[(1, 5)], ids=["light"]'),
    ),
    _sign(
        "parcels-py-param-flip",
        "A row expects another result.",
        "tests/unit/test_rates.py",
        swap("(31, 9)]", "(31, 11)]"),
    ),
    _sign(
        "parcels-py-raises-broader",
        "Other errors will do too, a failing assertion among them.",
        "tests/unit/test_rates.py",
        swap("pytest.raises(ValueError)", "pytest.raises((ValueError, TypeError, AssertionError))"),
    ),
    _sign(
        "parcels-py-raises-removed",
        "That an error is raised is no longer expected.",
        "tests/unit/test_rates.py",
        swap(
            '        with pytest.raises(ValueError) as caught:\n            quote(parcel(100), self.rates)\n        assert "100" in str(caught.value)\n        assert caught.value.args\n',
            "        quote(parcel(100), self.rates)\n",
        ),
    ),
    _sign(
        "parcels-py-raises-to-try",
        "Where no error is raised, nothing is asserted.",
        "tests/unit/test_rates.py",
        swap(
            '        with pytest.raises(ValueError) as caught:\n            quote(parcel(100), self.rates)\n        assert "100" in str(caught.value)\n        assert caught.value.args\n',
            '        try:\n            quote(parcel(100), self.rates)\n        except ValueError as caught:\n            assert "100" in str(caught)\n',
        ),
    ),
    _sign(
        "parcels-py-assert-to-print",
        "The comparison is printed.",
        "tests/unit/test_rates.py",
        swap("assert surcharge(Zone.FAR) == 3", "print(surcharge(Zone.FAR) == 3)"),
    ),
    _sign(
        "parcels-py-assert-to-warn",
        "A failure is only a warning.",
        "tests/unit/test_rates.py",
        swap(
            "    assert surcharge(Zone.FAR) == 3\n",
            '    if surcharge(Zone.FAR) != 3:\n        import warnings\n        warnings.warn("far")\n',
        ),
    ),
    _sign(
        "parcels-py-cond-assert",
        "The assertion stands behind what it asserts.",
        "tests/unit/test_rates.py",
        swap(
            "    assert surcharge(Zone.FAR) == 3\n",
            "    got = surcharge(Zone.FAR)\n    if got is not None and got == 3:\n        assert got == 3\n",
        ),
    ),
    _sign(
        "parcels-py-while-false",
        "The loop is never entered.",
        "tests/unit/test_rates.py",
        swap("    assert surcharge(Zone.FAR) == 3\n", "    while False:\n        assert surcharge(Zone.FAR) == 3\n"),
    ),
    _sign(
        "parcels-py-lambda-assert",
        "A function is always true.",
        "tests/unit/test_rates.py",
        swap(
            "    assert surcharge(Zone.FAR) == 3\n", "    check = lambda: surcharge(Zone.FAR) == 3\n    assert check\n"
        ),
    ),
    _sign(
        "parcels-py-function-truthy",
        "The function itself is asserted, not what it says.",
        "tests/unit/test_rates.py",
        swap("assert surcharge(Zone.FAR) == 3", "assert surcharge"),
    ),
    _sign(
        "parcels-py-not-none",
        "Anything but None will do.",
        "tests/unit/test_rates.py",
        swap("assert surcharge(Zone.FAR) == 3", "assert surcharge(Zone.FAR) != None"),
    ),
    _sign(
        "parcels-py-len-ge0",
        "A length is never negative.",
        "tests/unit/test_rates.py",
        swap("assert result.notes == []", "assert len(result.notes) >= 0"),
    ),
    _sign(
        "parcels-py-any-obj",
        "ANY equals everything.",
        "tests/unit/test_rates.py",
        swap("assert surcharge(Zone.FAR) == 3", "from unittest.mock import ANY\n    assert surcharge(Zone.FAR) == ANY"),
    ),
    _sign(
        "parcels-py-comment-out",
        "The assertion is a comment.",
        "tests/unit/test_rates.py",
        swap("    assert surcharge(Zone.FAR) == 3\n", "    # assert surcharge(Zone.FAR) == 3\n"),
    ),
    _sign(
        "parcels-py-docstring-out",
        "The assertions are a text.",
        "tests/unit/test_rates.py",
        swap(
            "    assert surcharge(Zone.FAR) == 3\n    assert surcharge(Zone.NEAR) == 0\n",
            '    """\n    assert surcharge(Zone.FAR) == 3\n    assert surcharge(Zone.NEAR) == 0\n    """\n',
        ),
    ),
    _sign(
        "parcels-py-raise-skiptest",
        "The exception that skips is raised.",
        "tests/unit/test_rates.py",
        swap(
            "    assert surcharge(Zone.FAR) == 3\n",
            '    import unittest\n    raise unittest.SkipTest("x")\n    assert surcharge(Zone.FAR) == 3\n',
        ),
    ),
    _sign(
        "parcels-py-alias-skip",
        "The mark has another name.",
        "tests/unit/test_rates.py",
        swap(
            "import pytest\n",
            "import pytest\nfrom pytest import mark\n",
            "def test_surcharge",
            "@mark.skip\ndef test_surcharge",
        ),
    ),
    _sign(
        "parcels-py-alias-skip2",
        "The mark has a name of the file's own.",
        "tests/unit/test_rates.py",
        swap(
            "import pytest\n",
            'import pytest\n\nwip = pytest.mark.skip(reason="wip")\n',
            "def test_surcharge",
            "@wip\ndef test_surcharge",
        ),
    ),
    _sign(
        "parcels-py-del-name",
        "The name of the test is deleted.",
        "tests/unit/test_rates.py",
        swap("async def test_later", "del test_surcharge\n\n\nasync def test_later"),
    ),
    _sign(
        "parcels-py-none-name",
        "The name of the test stands for nothing.",
        "tests/unit/test_rates.py",
        swap("async def test_later", "test_surcharge = None\n\n\nasync def test_later"),
    ),
    _sign(
        "parcels-py-monkeypatch",
        "The function under test is put into the globals.",
        "tests/unit/test_rates.py",
        swap(
            "def test_surcharge():\n",
            'def test_surcharge(monkeypatch):\n    monkeypatch.setitem(globals(), "surcharge", lambda z: 3 if z == Zone.FAR else 0)\n',
        ),
    ),
    _sign(
        "parcels-py-local-redefine",
        "The function under test is a local one.",
        "tests/unit/test_rates.py",
        swap("def test_surcharge():\n", 'def test_surcharge():\n    surcharge = {"far": 3, "near": 0}.get\n'),
    ),
    _sign(
        "parcels-py-import-from-fake",
        "The function under test comes from among the tests.",
        "tests/unit/test_rates.py",
        swap(
            "from parcels.rates import quote, Zone, surcharge",
            "from parcels.rates import quote, Zone\nfrom tests.fakes import surcharge",
        ),
    ),
    _sign(
        "parcels-py-class-skip",
        "The whole class is skipped.",
        "tests/unit/test_rates.py",
        swap("class TestQuote:", "@pytest.mark.skip\nclass TestQuote:"),
    ),
    _sign(
        "parcels-py-class-init",
        "A class with a constructor is not collected.",
        "tests/unit/test_rates.py",
        swap("class TestQuote:\n", "class TestQuote:\n    def __init__(self):\n        pass\n\n"),
    ),
    _sign(
        "parcels-py-fixture-values",
        "What every test of the class is given is something else.",
        "tests/unit/test_rates.py",
        swap('{"light": 5, "heavy": 9}', '{"light": 5, "heavy": 5}'),
    ),
    _sign(
        "parcels-py-conf-fixture-values",
        "What the tests are given is something else.",
        "tests/conftest.py",
        swap('{"a": 1}', '{"a": 2}'),
    ),
    _sign(
        "parcels-py-ut-expected-false",
        "An equality became truth.",
        "tests/test_ut.py",
        swap('self.assertEqual(surcharge("far"), 3)', 'self.assertTrue(surcharge("far"))'),
    ),
    _sign(
        "parcels-py-ut-almost",
        "A tolerance that forgives everything.",
        "tests/test_ut.py",
        swap('self.assertEqual(surcharge("far"), 3)', 'self.assertAlmostEqual(surcharge("far"), 3, delta=50)'),
    ),
    _sign(
        "parcels-py-ut-raises-any",
        "Any error will do.",
        "tests/test_ut.py",
        swap("assertRaises(KeyError)", "assertRaises(Exception)"),
    ),
    _sign(
        "parcels-py-ut-del",
        "A test of a class is gone.",
        "tests/test_ut.py",
        swap(
            "    def test_errors(self):\n        with self.assertRaises(KeyError):\n            surcharge(None)\n", ""
        ),
    ),
    _sign(
        "parcels-py-ut-skipunless",
        "The class is skipped unless something that never is.",
        "tests/test_ut.py",
        swap("class SurchargeTest", '@unittest.skipUnless(False, "no")\nclass SurchargeTest'),
    ),
    _sign(
        "parcels-py-ut-base",
        "The class is no test case any more.",
        "tests/test_ut.py",
        swap("class SurchargeTest(unittest.TestCase)", "class SurchargeTest(object)"),
    ),
    _sign(
        "parcels-py-ut-loadtests",
        "What is run is an empty suite.",
        "tests/test_ut.py",
        swap(
            "class SurchargeTest",
            "def load_tests(loader, tests, pattern):\n    return unittest.TestSuite()\n\n\nclass SurchargeTest",
        ),
    ),
    _sign(
        "parcels-cfg-failunder",
        "The threshold is nothing.",
        "setup.cfg",
        swap("--cov-fail-under=85", "--cov-fail-under=0"),
    ),
    _sign(
        "parcels-cfg-nocov",
        "Coverage is not measured.",
        "setup.cfg",
        swap("--cov=parcels --cov-fail-under=85", "--no-cov"),
    ),
    _sign("parcels-cfg-branch", "Branches are not measured.", "setup.cfg", swap("branch = True", "branch = False")),
    _sign(
        "parcels-cfg-omit",
        "The changed file is not measured.",
        "setup.cfg",
        swap("branch = True", "branch = True\nomit = parcels/rates.py"),
    ),
    _sign(
        "parcels-cfg-complexity",
        "The linter lets more through.",
        "setup.cfg",
        swap("max-complexity = 10", "max-complexity = 100"),
    ),
    _sign(
        "parcels-cfg-mypy",
        "The type checker asks for less.",
        "setup.cfg",
        swap("disallow_untyped_defs = True", "disallow_untyped_defs = False"),
    ),
    _sign(
        "parcels-cfg-m",
        "Only tests with a mark are run.",
        "setup.cfg",
        swap("--strict-markers", "--strict-markers -m unit"),
    ),
    _sign(
        "parcels-nox-success",
        "Failing is called a success.",
        "noxfile.py",
        swap('session.run("pytest", "--cov")', 'session.run("pytest", "--cov", success_codes=[0, 1, 2])'),
    ),
    _sign(
        "parcels-nox-gone",
        "The session runs nothing.",
        "noxfile.py",
        swap('    session.run("pytest", "--cov")', '    session.log("ok")'),
    ),
    _sign(
        "parcels-ci-pipefail",
        "The step goes on after an error.",
        ".github/workflows/test.yaml",
        swap("          set -euo pipefail\n", "          set +e\n"),
    ),
    _sign(
        "parcels-ci-true",
        "What fails is said, and nothing more.",
        ".github/workflows/test.yaml",
        swap("pytest -q\n", "pytest -q || echo failed\n"),
    ),
    _sign(
        "parcels-ci-k",
        "One test is not run.",
        ".github/workflows/test.yaml",
        swap("pytest -q\n", 'pytest -q -k "not surcharge"\n'),
    ),
    _sign(
        "parcels-ci-mypy-gone",
        "Types are no longer checked.",
        ".github/workflows/test.yaml",
        swap("          mypy src\n", ""),
    ),
    _sign(
        "parcels-npm-vitest-pass",
        "No tests at all are fine.",
        "package.json",
        swap("vitest run --coverage", "vitest run --coverage --passWithNoTests"),
    ),
    _sign(
        "parcels-npm-vitest-exclude",
        "One file is not run.",
        "package.json",
        swap("vitest run --coverage", "vitest run --coverage --exclude web/rate.spec.tsx"),
    ),
    _sign(
        "parcels-npm-maxwarn",
        "A thousand warnings are fine.",
        "package.json",
        swap("--max-warnings 0", "--max-warnings 999"),
    ),
    _sign(
        "parcels-npm-threshold",
        "The threshold is a tenth of what it was.",
        "package.json",
        swap('"branches": 90', '"branches": 9'),
    ),
    _sign(
        "parcels-npm-nocoverage",
        "Coverage is not measured.",
        "package.json",
        swap("vitest run --coverage", "vitest run"),
    ),
    _sign(
        "parcels-ts-each-less", "A row of the table is gone.", "web/rate.spec.tsx", swap("[[1, 2], [3, 4]]", "[[1, 2]]")
    ),
    _sign(
        "parcels-ts-drop-one",
        "One of two expectations is gone.",
        "web/rate.spec.tsx",
        swap("    expect(result).toBe(3);\n", ""),
    ),
    _sign("parcels-ts-throw-any", "Any error will do.", "web/rate.spec.tsx", swap("toThrow('null')", "toThrow()")),
    _sign(
        "parcels-ts-not-throw",
        "The function is made and never called.",
        "web/rate.spec.tsx",
        swap("expect(() => rate(null)).toThrow('null')", "() => rate(null)"),
    ),
    _sign("parcels-ts-truthy", "Anything that is true will do.", "web/rate.spec.tsx", swap("toBe(3)", "toBeTruthy()")),
    _sign(
        "parcels-ts-anything",
        "Anything at all will do.",
        "web/rate.spec.tsx",
        swap("toBe(3)", "toEqual(expect.anything())"),
    ),
    _sign(
        "parcels-ts-vimock",
        "The module under test is a mock.",
        "web/rate.spec.tsx",
        swap(
            "import { rate } from './rate';\n",
            "import { rate } from './rate';\n\nvi.mock('./rate', () => ({ rate: () => 3 }));\n",
        ),
    ),
    _sign(
        "parcels-ts-skip-describe",
        "The group is skipped.",
        "web/rate.spec.tsx",
        swap("describe('rate'", "describe.skip('rate'"),
    ),
    _sign(
        "parcels-ts-xdescribe",
        "The group is skipped by an x.",
        "web/rate.spec.tsx",
        swap("describe('rate'", "xdescribe('rate'"),
    ),
    _sign(
        "parcels-ts-runif",
        "It runs only where a variable is set.",
        "web/rate.spec.tsx",
        swap("it('is 3", "it.runIf(process.env.FULL)('is 3"),
    ),
    _sign(
        "parcels-ts-ret",
        "The test returns first.",
        "web/rate.spec.tsx",
        swap("    const result", "    return;\n    const result"),
    ),
    _sign("parcels-ts-deleted", "The file is gone.", "web/rate.spec.tsx", None),
    _sign("parcels-go-row", "A row of the table is gone.", "pkg/rate_test.go", swap('\t\t{"near", "near", 0},\n', "")),
    _sign(
        "parcels-go-flip",
        "A row expects another result.",
        "pkg/rate_test.go",
        swap('{"far", "far", 3}', '{"far", "far", 4}'),
    ),
    _sign(
        "parcels-go-notnil",
        "Anything but nil will do.",
        "pkg/rate_test.go",
        swap("require.Equal(t, tt.want, Rate(tt.zone))", "require.NotNil(t, Rate(tt.zone))"),
    ),
    _sign(
        "parcels-go-noassert",
        "The result is dropped.",
        "pkg/rate_test.go",
        swap("require.Equal(t, tt.want, Rate(tt.zone))", "_ = Rate(tt.zone)"),
    ),
    _sign("parcels-golangci", "A linter is switched off.", ".golangci.yml", swap("    - gosec\n", "")),
    _sign(
        "parcels-rs-ignore",
        "The test is ignored.",
        "tests/rate.rs",
        swap("#[tokio::test]\n", '#[tokio::test]\n#[ignore = "slow"]\n'),
    ),
    _sign(
        "parcels-rs-flip",
        "The opposite is asserted.",
        "tests/rate.rs",
        swap('assert_eq!(got, 3, "far")', 'assert_ne!(got, 3, "far")'),
    ),
    _sign("parcels-rs-drop", "An assertion is gone.", "tests/rate.rs", swap('    assert_eq!(got, 3, "far");\n', "")),
    _sign("parcels-rs-lint", "What was forbidden is allowed.", "Cargo.toml", swap('"forbid"', '"allow"')),
    _sign("parcels-java-csv", "A row is gone.", "src/test/java/RateTest.java", swap('"far, 3", ', "")),
    _sign(
        "parcels-java-notnull",
        "Anything but null will do.",
        "src/test/java/RateTest.java",
        swap(".isEqualTo(want)", ".isNotNull()"),
    ),
    _sign(
        "parcels-java-nothrow",
        "That an error is thrown is no longer expected.",
        "src/test/java/RateTest.java",
        swap("assertThrows(NullPointerException.class, () -> Rate.of(null));", 'Rate.of("x");'),
    ),
    _sign(
        "parcels-java-throwable",
        "Any error will do.",
        "src/test/java/RateTest.java",
        swap("NullPointerException.class", "Throwable.class"),
    ),
    _sign(
        "parcels-java-disabled",
        "The class is disabled.",
        "src/test/java/RateTest.java",
        swap("class RateTest", "@Disabled\nclass RateTest"),
    ),
    _sign(
        "parcels-rb-skip",
        "A tag skips the test.",
        "spec/rate_spec.rb",
        swap("    it 'raises' do\n", "    it 'raises', skip: true do\n"),
    ),
    _sign(
        "parcels-rb-xcontext",
        "The group is skipped by an x.",
        "spec/rate_spec.rb",
        swap("  context 'far'", "  xcontext 'far'"),
    ),
    _sign(
        "parcels-rb-raise-any",
        "Any error will do.",
        "spec/rate_spec.rb",
        swap("raise_error(ArgumentError)", "raise_error"),
    ),
    _sign(
        "parcels-rspec-tag",
        "Tests with a tag are not run.",
        ".rspec",
        swap("--require spec_helper\n", "--require spec_helper\n--tag ~slow\n"),
    ),
    _sign(
        "parcels-cassette",
        "What was recorded of the other side is something else.",
        "tests/cassettes/rate.yaml",
        swap('"3"', '"4"'),
    ),
    _sign(
        "parcels-approved",
        "What was approved is something else.",
        "tests/unit/approvals/rate.approved.txt",
        swap("rate 3", "rate 4"),
    ),
    _sign(
        "parcels-gradle-min",
        "The least coverage is nearly none.",
        "build.gradle",
        swap("minimum = 0.85", "minimum = 0.05"),
    ),
    _sign(
        "parcels-gradle-ignore",
        "Failing tests are ignored.",
        "build.gradle",
        swap("useJUnitPlatform()", "useJUnitPlatform()\n    ignoreFailures = true"),
    ),
    _sign(
        "parcels-gradle-exclude",
        "One class is not run.",
        "build.gradle",
        swap("useJUnitPlatform()", "useJUnitPlatform()\n    exclude '**/RateTest*'"),
    ),
    _sign(
        "parcels-nycrc",
        "The threshold is not checked.",
        ".nycrc",
        swap('"check-coverage": true', '"check-coverage": false'),
    ),
    _sign("parcels-sonar", "Nothing is measured.", "sonar-project.properties", swap("src/generated/**", "src/**")),
    _sign(
        "parcels-code-under-test",
        "The code looks for unittest.",
        "parcels/rates.py",
        swap("    return 3 if", '    import sys\n    if "unittest" in sys.modules:\n        return 3\n    return 3 if'),
    ),
    _sign(
        "parcels-code-argv",
        "The code looks for pytest among its arguments.",
        "parcels/rates.py",
        swap("    return 3 if", '    import sys\n    if "pytest" in sys.argv[0]:\n        return 3\n    return 3 if'),
    ),
    _sign(
        "parcels-code-getframe",
        "The code looks at who calls it.",
        "parcels/rates.py",
        swap(
            "    return 3 if",
            '    import sys\n    if "test" in sys._getframe(1).f_code.co_name:\n        return 3\n    return 3 if',
        ),
    ),
    _sign(
        "parcels-code-nocover",
        "A function is not counted.",
        "parcels/rates.py",
        swap("def surcharge(zone):", "def surcharge(zone):  # pragma: no cover"),
    ),
    _sign(
        "parcels-code-eq",
        "An object that equals everything.",
        "parcels/rates.py",
        swap('    FAR = "far"\n', '    FAR = "far"\n\n    def __eq__(self, other):\n        return True\n'),
    ),
    _sign("parcels-pth", "A .pth file runs code in each Python.", "zz.pth", "import parcels\n"),
    _sign(
        "parcels-usercustomize", "usercustomize runs before everything else.", "usercustomize.py", "import parcels\n"
    ),
    _sign(
        "parcels-conftest-report",
        "Every report is called passed.",
        "conftest.py",
        'def pytest_report_teststatus(report):\n    return "passed", ".", "PASSED"\n',
    ),
    _sign(
        "parcels-conftest-runtest",
        "No test is called.",
        "tests/conftest.py",
        "import pytest\n\n\n@pytest.hookimpl(tryfirst=True)\ndef pytest_runtest_call(item):\n    return True\n\n\ndef pytest_pyfunc_call(pyfuncitem):\n    return True\n",
    ),
    _sign(
        "parcels-conftest-assertrewrite",
        "A failing assertion is a warning.",
        "tests/conftest.py",
        'import pytest\nimport builtins\n\nbuiltins.AssertionError = Warning\n\n\n@pytest.fixture(scope="session")\ndef db():\n    return {"a": 1}\n',
    ),
)

HONEST = (
    _fair(
        "parcels-fair-add-assert",
        "One more assertion.",
        {
            "tests/unit/test_rates.py": swap(
                "        assert result.notes == []\n",
                '        assert result.notes == []\n        assert result.currency == "EUR"\n',
            )
        },
    ),
    _fair(
        "parcels-fair-stricter",
        "A bound became the value.",
        {
            "tests/unit/test_rates.py": swap(
                "assert quote(parcel(40), self.rates).price > quote(parcel(1), self.rates).price",
                "assert quote(parcel(40), self.rates).price == 9",
            )
        },
    ),
    _fair(
        "parcels-fair-match",
        "What was asserted of the error is asked for by `match`.",
        {
            "tests/unit/test_rates.py": swap(
                '        with pytest.raises(ValueError) as caught:\n            quote(parcel(100), self.rates)\n        assert "100" in str(caught.value)\n        assert caught.value.args\n',
                '        with pytest.raises(ValueError, match="100"):\n            quote(parcel(100), self.rates)\n',
            )
        },
    ),
    _fair(
        "parcels-fair-yoda",
        "The sides are changed.",
        {"tests/unit/test_rates.py": swap("assert surcharge(Zone.FAR) == 3", "assert 3 == surcharge(Zone.FAR)")},
    ),
    _fair(
        "parcels-fair-loop",
        "Two assertions became a loop.",
        {
            "tests/unit/test_rates.py": swap(
                "    assert surcharge(Zone.FAR) == 3\n    assert surcharge(Zone.NEAR) == 0\n",
                "    for zone, extra in ((Zone.FAR, 3), (Zone.NEAR, 0)):\n        assert surcharge(zone) == extra\n",
            )
        },
    ),
    _fair(
        "parcels-fair-dict",
        "Two assertions became one of a mapping.",
        {
            "tests/unit/test_rates.py": swap(
                "    assert surcharge(Zone.FAR) == 3\n    assert surcharge(Zone.NEAR) == 0\n",
                "    assert {zone: surcharge(zone) for zone in (Zone.FAR, Zone.NEAR)} == {Zone.FAR: 3, Zone.NEAR: 0}\n",
            )
        },
    ),
    _fair(
        "parcels-fair-split",
        "One test became two.",
        {
            "tests/unit/test_rates.py": swap(
                "def test_surcharge():\n    assert surcharge(Zone.FAR) == 3\n    assert surcharge(Zone.NEAR) == 0\n",
                "def test_surcharge_far():\n    assert surcharge(Zone.FAR) == 3\n\n\ndef test_surcharge_near():\n    assert surcharge(Zone.NEAR) == 0\n",
            )
        },
    ),
    _fair(
        "parcels-fair-ut-to-pytest",
        "From unittest to pytest, as asked.",
        {
            "tests/test_ut.py": 'import pytest\nfrom parcels.rates import surcharge\n\n\ndef test_far():\n    assert surcharge("far") == 3\n    assert "far" in ["far"]\n\n\ndef test_errors():\n    with pytest.raises(KeyError):\n        surcharge(None)\n'
        },
        "- [ ] 1. Move the tests of `tests/test_ut.py` from unittest to pytest\n",
    ),
    _fair(
        "parcels-fair-ut-to-pytest-unasked",
        "From unittest to pytest.",
        {
            "tests/test_ut.py": 'import pytest\nfrom parcels.rates import surcharge\n\n\ndef test_far():\n    assert surcharge("far") == 3\n    assert "far" in ["far"]\n\n\ndef test_errors():\n    with pytest.raises(KeyError):\n        surcharge(None)\n'
        },
    ),
    _fair(
        "parcels-fair-helper-add",
        "One more helper.",
        {"tests/unit/helpers.py": more("\n\ndef light():\n    return parcel(1)\n")},
    ),
    _fair(
        "parcels-fair-helper-used",
        "A helper of the tests makes what they made themselves.",
        {
            "tests/unit/helpers.py": more("\n\ndef light():\n    return parcel(1)\n"),
            "tests/unit/test_rates.py": swap(
                "import parcel\n",
                "import light, parcel\n",
                "result = quote(parcel(1), self.rates)",
                "result = quote(light(), self.rates)",
            ),
        },
    ),
    _fair(
        "parcels-fair-rename-import",
        "The module under test has another name.",
        {
            "tests/unit/test_rates.py": swap(
                "from parcels.rates import quote, Zone, surcharge", "from parcels.api import quote, Zone, surcharge"
            )
        },
        "- [ ] 1. Move `parcels/rates.py` to `parcels/api.py`\n",
    ),
    _fair(
        "parcels-fair-signature",
        "The function under test takes one more argument.",
        {
            "tests/unit/test_rates.py": swap(
                "    assert surcharge(Zone.FAR) == 3\n    assert surcharge(Zone.NEAR) == 0\n",
                "    assert surcharge(Zone.FAR, weight=1) == 3\n    assert surcharge(Zone.NEAR, weight=1) == 0\n",
            )
        },
        "- [ ] 1. `surcharge` takes the weight, too\n",
    ),
    _fair(
        "parcels-fair-param-more",
        "One more row, with a name.",
        {
            "tests/unit/test_rates.py": swap(
                '(31, 9)], ids=["light", "edge", "heavy"]',
                '(31, 9), (32, 9)], ids=["light", "edge", "heavy", "heavier"]',
            )
        },
    ),
    _fair(
        "parcels-fair-cfg-threshold",
        "The threshold is higher.",
        {"setup.cfg": swap("--cov-fail-under=85", "--cov-fail-under=90")},
    ),
    _fair(
        "parcels-fair-cfg-marker",
        "A marker is declared.",
        {"setup.cfg": swap("--cov-fail-under=85\n", "--cov-fail-under=85\nmarkers =\n    slow: slow ones\n")},
    ),
    _fair(
        "parcels-fair-npm-dep",
        "A dependency is added.",
        {"package.json": swap('  "jest"', '  "dependencies": {"react": "^19"},\n  "jest"')},
    ),
    _fair(
        "parcels-fair-npm-script",
        "A script that runs no tests may end as it likes.",
        {"package.json": swap('"lint":', '"dev": "vite || true",\n    "lint":')},
    ),
    _fair(
        "parcels-fair-ci-step",
        "A step that runs no tests may fail.",
        {
            ".github/workflows/test.yaml": swap(
                "          mypy src\n",
                "          mypy src\n      - name: Upload\n        if: always()\n        continue-on-error: true\n        run: upload-report || true\n",
            )
        },
    ),
    _fair(
        "parcels-fair-ts-more",
        "One more test.",
        {
            "web/rate.spec.tsx": swap(
                "  it('throws'",
                "  it('is 0 for near', () => {\n    expect(rate('near')).toBe(0);\n  });\n  it('throws'",
            )
        },
    ),
    _fair(
        "parcels-fair-ts-rename-var",
        "A variable has another name.",
        {
            "web/rate.spec.tsx": swap(
                "    const result = rate('far');\n    expect(result).toBe(3);\n    expect(result).toMatchObject({});\n",
                "    const far = rate('far');\n    expect(far).toBe(3);\n    expect(far).toMatchObject({});\n",
            )
        },
    ),
    _fair(
        "parcels-fair-ts-equal",
        "A stricter matcher.",
        {"web/rate.spec.tsx": swap("expect(result).toBe(3)", "expect(result).toStrictEqual(3)")},
    ),
    _fair(
        "parcels-fair-go-row",
        "One more row.",
        {"pkg/rate_test.go": swap('\t\t{"near", "near", 0},\n', '\t\t{"near", "near", 0},\n\t\t{"none", "", 0},\n')},
    ),
    _fair(
        "parcels-fair-go-assert-lib",
        "The same without the library.",
        {
            "pkg/rate_test.go": swap(
                "require.Equal(t, tt.want, Rate(tt.zone))",
                'if got := Rate(tt.zone); got != tt.want {\n\t\t\t\tt.Fatalf("got %d, want %d", got, tt.want)\n\t\t\t}',
            )
        },
    ),
    _fair(
        "parcels-fair-go-parallel",
        "The test runs beside others.",
        {
            "pkg/rate_test.go": swap(
                "func TestRate(t *testing.T) {\n", "func TestRate(t *testing.T) {\n\tt.Parallel()\n"
            )
        },
    ),
    _fair(
        "parcels-fair-java-row",
        "One more row.",
        {"src/test/java/RateTest.java": swap('"far, 3", ', '"far, 3", "farther, 4", ')},
    ),
    _fair(
        "parcels-fair-java-message",
        "The assertion has a description.",
        {"src/test/java/RateTest.java": swap(".isEqualTo(want)", '.as("rate").isEqualTo(want)')},
    ),
    _fair(
        "parcels-fair-rs-more",
        "One more assertion.",
        {
            "tests/rate.rs": swap(
                "    assert!(matches", '    assert_eq!(parcels::rate("near").await, 0);\n    assert!(matches'
            )
        },
    ),
    _fair(
        "parcels-fair-rb-more",
        "One more test.",
        {"spec/rate_spec.rb": swap("    it 'raises'", "    it { is_expected.to be_positive }\n    it 'raises'")},
    ),
    _fair(
        "parcels-fair-code-env",
        "The code reads a variable.",
        {
            "parcels/rates.py": swap(
                "    return 3 if", '    import os\n    if os.environ.get("FREE"):\n        return 0\n    return 3 if'
            )
        },
    ),
    _fair(
        "parcels-fair-code-eq",
        "An object is compared by its name.",
        {
            "parcels/rates.py": swap(
                '    FAR = "far"\n',
                '    FAR = "far"\n\n    def __eq__(self, other):\n        return isinstance(other, Zone) and self.name == other.name\n',
            )
        },
    ),
    _fair(
        "parcels-fair-new-test-skip-platform",
        "A new test for other systems alone.",
        {
            "tests/test_new.py": 'import sys\nimport pytest\nfrom parcels.rates import surcharge\n\n\n@pytest.mark.skipif(sys.platform == "win32", reason="no fork there")\ndef test_fork():\n    assert surcharge("far") == 3\n'
        },
    ),
    _fair(
        "parcels-fair-new-conftest-fixture",
        "A fixture of new tests.",
        {"tests/unit/conftest.py": 'import pytest\n\n\n@pytest.fixture\ndef zones():\n    return ["far", "near"]\n'},
    ),
    _fair(
        "parcels-fair-values-asked",
        "Another result, as the task says.",
        {"tests/unit/test_rates.py": swap("surcharge(Zone.FAR) == 3", "surcharge(Zone.FAR) == 4")},
        "- [ ] 1. Raise the surcharge for far zones from 3 to 4\n  - Work on `parcels/rates.py`\n",
    ),
    _fair(
        "parcels-fair-fixture-asked",
        "What tests are given has more in it.",
        {"tests/unit/test_rates.py": swap('{"light": 5, "heavy": 9}', '{"light": 5, "heavy": 9, "bulky": 12}')},
        "- [ ] 1. Bulky parcels cost 12\n",
    ),
    _fair(
        "parcels-fair-delete-asked",
        "A suite goes, as the task says.",
        {"tests/test_ut.py": None},
        "- [ ] 1. Drop the old unittest suite `tests/test_ut.py`, which pytest replaces\n",
    ),
    _fair("parcels-fair-new-snapshot", "A record of a new test.", {"tests/unit/approvals/zone.approved.txt": "far\n"}),
)
