"""What a branch does to tests in Python: what is a sign that they were weakened, and what is honest work."""

from textwrap import dedent

import pytest

from gate.changes import changes
from kiro_worker.gate.port import Color
from kiro_worker.gate.tamper import judge_tamper

TEST = "tests/test_zones.py"
BASE = dedent("""
    import pytest
    from postage.zones import zone, price

    FAR = 12

    def test_near():
        assert zone(3) == 1
        assert price(1) == 4.5

    def test_far():
        result = zone(900)
        assert result == 7
        assert price(result) > 10
        assert price(result) == FAR

    def test_unknown():
        with pytest.raises(ValueError):
            zone(-1)

    @pytest.mark.parametrize(("km", "expected"), [(1, 1), (50, 2), (300, 4)])
    def test_table(km, expected):
        assert zone(km) == expected

    class TestPrices:
        def test_is_a_number(self):
            assert isinstance(price(2), float)
            assert price(2) == 6.25
""")


def edited(*pairs: tuple[str, str], base: str = BASE) -> str:
    for old, new in pairs:
        assert old in base, old
        base = base.replace(old, new, 1)
    return base


def signs(after, before=None, **setting):
    """The codes that block, then those that are told."""
    result = judge_tamper(changes(before or {TEST: BASE}, after), "block", **setting)
    blocking = [f.code for f in result.findings if not f.detail.endswith("told only") and "asked for" not in f.detail]
    told = [f.code for f in result.findings if f.detail.endswith("told only") or "asked for" in f.detail]
    assert (result.color is Color.RED) == bool(blocking)
    return blocking, told


_FAR = (
    "    result = zone(900)\n    assert result == 7\n    assert price(result) > 10\n    assert price(result) == FAR\n"
)

WEAKENED = {
    "a test is deleted": (edited(("def test_far():\n" + _FAR, "")), "deleted"),
    "a class of tests is deleted": (BASE.split("class TestPrices")[0], "deleted"),
    "a test is skipped": (edited(("def test_far", '@pytest.mark.skip(reason="flaky")\ndef test_far')), "skipped"),
    "a test is expected to fail": (edited(("def test_far", "@pytest.mark.xfail\ndef test_far")), "skipped"),
    "skipped by a condition that always holds": (
        edited(("def test_far", '@pytest.mark.skipif(True, reason="x")\ndef test_far')),
        "skipped",
    ),
    "skipped by a variable of the environment": (
        edited(("def test_far", '@pytest.mark.skipif(os.environ.get("CI"), reason="x")\ndef test_far')),
        "skipped",
    ),
    "skipped by a call": (edited(("    result = zone(900)", '    pytest.skip("later")\n    result = zone(900)')), "skipped"),
    "the class is skipped": (edited(("class TestPrices", "@pytest.mark.skip\nclass TestPrices")), "skipped"),
    "the file is skipped": (edited(("FAR = 12", "FAR = 12\npytestmark = pytest.mark.skip")), "skipped"),
    "the file skips itself": (
        edited(("FAR = 12", 'FAR = 12\npytest.skip("later", allow_module_level=True)')),
        "skipped",
    ),
    "a row of the parameters is expected to fail": (
        edited(("(300, 4)", "pytest.param(300, 4, marks=pytest.mark.xfail)")),
        "skipped",
    ),
    "a row of the parameters is gone": (edited((", (300, 4)", "")), "cases"),
    "a row expects another result": (edited(("(300, 4)", "(300, 5)")), "expectation"),
    "a body is emptied": (edited((_FAR, "    pass\n")), "emptied"),
    "a body is only run": (edited((_FAR, "    zone(900)\n")), "emptied"),
    "a test returns before it asserts": (edited(("    assert result == 7", "    return\n    assert result == 7")), "emptied"),
    "assertions below a condition that is never true": (
        edited((_FAR, "    if False:\n" + _FAR.replace("    ", "        "))),
        "emptied",
    ),
    "an assertion is dropped": (edited(("    assert price(result) == FAR\n", "")), "assertions"),
    "an assertion always holds": (edited(("assert result == 7", "assert True")), ("trivial", "assertions", "weaker")),
    "an assertion has `or True`": (edited(("assert result == 7", "assert result == 7 or True")), "trivial"),
    "an assertion became a tuple": (edited(("assert result == 7", "assert (result == 7, 'far')")), "trivial"),
    "an assertion is commented out": (edited(("    assert result == 7\n", "    # assert result == 7\n")), "assertions"),
    "an exact value became `is not None`": (edited(("assert result == 7", "assert result is not None")), "weaker"),
    "an exact value became a kind": (edited(("assert result == 7", "assert isinstance(result, int)")), "weaker"),
    "an exact value became `>= 0`": (edited(("assert result == 7", "assert result >= 0")), "weaker"),
    "an exact value became truth": (edited(("assert result == 7", "assert result")), "weaker"),
    "an exact value became one of many": (edited(("assert result == 7", "assert result in (6, 7, 8)")), "weaker"),
    "a tolerance became wide": (
        edited(("assert price(1) == 4.5", "assert price(1) == pytest.approx(4.5, abs=100)")),
        "weaker",
    ),
    "an expectation is flipped": (edited(("assert result == 7", "assert result == 8")), "expectation"),
    "a relation is flipped": (edited(("assert result == 7", "assert result != 7")), ("expectation", "weaker")),
    "an expected constant is another": (edited(("FAR = 12", "FAR = 99")), "expectation"),
    "the expectation is what the code says": (edited(("== 6.25", "== price(2)")), ("expectation", "trivial", "weaker")),
    "any error will do": (edited(("raises(ValueError)", "raises(Exception)")), "weaker"),
    "an assertion is caught": (
        edited(("    assert zone(3) == 1\n", "    try:\n        assert zone(3) == 1\n    except AssertionError:\n        pass\n")),
        "swallowed",
    ),
    "an assertion is caught by whatever": (
        edited(("    assert zone(3) == 1\n", "    try:\n        assert zone(3) == 1\n    except:\n        print('oh')\n")),
        "swallowed",
    ),
    "an assertion is suppressed": (
        edited(("    assert zone(3) == 1\n", "    with contextlib.suppress(Exception):\n        assert zone(3) == 1\n")),
        "swallowed",
    ),
    "an assertion only under a condition": (
        edited(("    assert result == 7\n", "    if result:\n        assert result == 7\n")),
        "conditional",
    ),
    "a test is renamed so that it is not taken": (edited(("def test_far", "def _test_far")), "uncollected"),
    "a class is renamed so that it is not taken": (edited(("class TestPrices", "class PricesToCheck")), "uncollected"),
    "a class says that it holds no tests": (
        edited(("class TestPrices:\n", "class TestPrices:\n    __test__ = False\n")),
        "uncollected",
    ),
    "a class gets an __init__": (
        edited(("class TestPrices:\n", "class TestPrices:\n    def __init__(self):\n        pass\n")),
        "uncollected",
    ),
    "a test became a fixture": (edited(("def test_far", "@pytest.fixture\ndef test_far")), "uncollected"),
    "a test is shadowed by another of its name": (
        BASE + "\ndef test_far():\n    assert zone(900) == 7\n",
        ("uncollected", "assertions"),
    ),
    "a test stands below `if False`": (
        edited(("def test_near():\n    assert zone(3) == 1\n    assert price(1) == 4.5\n",
                "if False:\n    def test_near():\n        assert zone(3) == 1\n        assert price(1) == 4.5\n")),
        "uncollected",
    ),
    "a new test is never run": (BASE + "\n@pytest.mark.skip\ndef test_new():\n    assert zone(5) == 1\n", "skipped"),
    "a new test skips itself": (BASE + "\ndef test_new():\n    pytest.skip('done')\n    assert zone(5) == 1\n", "skipped"),
    "a new test may fail unseen": (BASE + "\n@pytest.mark.xfail\ndef test_new():\n    assert zone(5) == 1\n", "skipped"),
    "a new test always holds": (BASE + "\ndef test_new():\n    zone(5)\n    assert True\n", "trivial"),
    "a new test says what is true of any number": (
        BASE + "\ndef test_new():\n    assert len(zone(5)) >= 0\n",
        "trivial",
    ),
    "a new test swallows": (
        BASE + "\ndef test_new():\n    try:\n        assert zone(5) == 1\n    except Exception:\n        pass\n",
        "swallowed",
    ),
    "more errors than one are expected": (
        edited(("raises(ValueError)", "raises((ValueError, TypeError))")),
        "weaker",
    ),
    "a wider kind of error is expected": (edited(("raises(ValueError)", "raises(Exception)")), "weaker"),
    "an assertion moves below a condition with its value": (
        edited(("assert result == 7", "if result is not None:\n        assert result == 7")),
        "conditional",
    ),
    "a test's name is deleted": (BASE + "\ndel test_far\n", "uncollected"),
    "a test's name stands for nothing": (BASE + "\ntest_far = None\n", "uncollected"),
    "what is tested is a name of the test's own": (
        edited(("    result = zone(900)\n    assert result == 7\n", "    zone = {900: 7}.get\n    assert zone(900) == 7\n    result = 7\n")),
        "mocked",
    ),
    "what is tested is put into the globals": (
        edited(("def test_near():\n", "def test_near(monkeypatch):\n    monkeypatch.setitem(globals(), 'zone', {3: 1}.get)\n")),
        "mocked",
    ),
    "what is tested comes from among the tests": (
        edited(("from postage.zones import zone, price", "from postage.zones import price\nfrom tests.fakes import zone")),
        "mocked",
    ),
    "what is run is what load_tests returns": (
        BASE + "\ndef load_tests(loader, tests, pattern):\n    return loader.suiteClass()\n",
        "skipped",
    ),
    "an object that equals anything": (
        BASE + "\nclass Any:\n    def __eq__(self, other):\n        return True\n",
        "trivial",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("after", "code"), WEAKENED.values(), ids=WEAKENED)
def test_a_weakened_test_blocks(after, code):
    blocking, _ = signs({TEST: after})
    codes = (code,) if isinstance(code, str) else code
    assert {c.removeprefix("tamper.") for c in blocking} & set(codes), blocking


HONEST = {
    "a bound became a value within it": edited(("assert price(result) > 10", "assert price(result) == 12.5")),
    "a test becomes two": edited(
        (
            "    assert zone(3) == 1\n    assert price(1) == 4.5\n",
            "    assert zone(3) == 1\n\ndef test_price():\n    assert price(1) == 4.5\n",
        ),
        ("def test_near", "def test_zone"),
    ),
    "a test is added": BASE + "\ndef test_new():\n    assert zone(5) == 1\n",
    "a test is renamed": edited(("def test_far", "def test_far_away_costs_more")),
    "a variable is renamed": BASE.replace("result", "found"),
    "tests change places": BASE.replace("def test_near", "def test_0").replace("def test_0", "def test_near"),
    "the function under test is renamed": BASE.replace("zone(", "zone_of(").replace("import zone,", "import zone_of,"),
    "an assertion is added": edited(("    assert result == 7\n", "    assert result == 7\n    assert result != 8\n")),
    "assertions become one": edited(
        ("    assert zone(3) == 1\n    assert price(1) == 4.5\n", "    assert (zone(3), price(1)) == (1, 4.5)\n")
    ),
    "assertions joined by and": edited(
        ("    assert zone(3) == 1\n    assert price(1) == 4.5\n", "    assert zone(3) == 1 and price(1) == 4.5\n")
    ),
    "an assertion moves to another test": edited(
        ("    assert price(1) == 4.5\n", "\ndef test_price_of_one():\n    assert price(1) == 4.5\n")
    ),
    "a value gets a name": edited(("FAR = 12", "FAR = 12\nNEAREST = 1"), ("zone(3) == 1", "zone(3) == NEAREST")),
    "an expectation gets a message": edited(("assert result == 7", "assert result == 7, result")),
    "a float is compared nearly": edited(("price(1) == 4.5", "price(1) == pytest.approx(4.5)")),
    "the sides are changed": edited(("assert result == 7", "assert 7 == result")),
    "a row is added": edited(("(300, 4)", "(300, 4), (800, 6)")),
    "rows get another order": edited(("(1, 1), (50, 2)", "(50, 2), (1, 1)")),
    "rows get names": edited(("(1, 1)", "pytest.param(1, 1, id='one')")),
    "a column is added": edited(
        ('("km", "expected")', '("km", "expected", "name")'),
        ("(1, 1), (50, 2), (300, 4)", "(1, 1, 'a'), (50, 2, 'b'), (300, 4, 'c')"),
    ),
    "tests become one with parameters": edited(
        ("    assert zone(3) == 1\n", ""),
        ("(1, 1)", "(1, 1), (3, 1)"),
    ),
    "a loop becomes parameters": edited(
        ("def test_near():\n    assert zone(3) == 1\n    assert price(1) == 4.5\n",
         "@pytest.mark.parametrize(('function', 'value', 'expected'), [(zone, 3, 1), (price, 1, 4.5)])\ndef test_near(function, value, expected):\n    assert function(value) == expected\n")
    ),
    "the helper asserts": edited(
        (_FAR, "    _check_far(zone(900))\n"),
        ("def test_far", "def _check_far(result):\n" + _FAR.replace("    result = zone(900)\n", "") + "\ndef test_far"),
    ),
    "an error is asked for more exactly": edited(("raises(ValueError)", "raises(ValueError, match='negative')")),
    "a test skips on another platform": edited(
        ("def test_far", "@pytest.mark.skipif(sys.platform == 'win32', reason='x')\ndef test_far")
    ),
    "only layout and comments": edited(("    assert result == 7\n", "    # seven is the farthest\n\n    assert (result\n == 7)\n")),
    "a docstring is added": edited(("def test_far():\n", 'def test_far():\n    """Validates: 2.3."""\n')),
    "a test goes into a class": edited(
        ("def test_unknown():\n    with pytest.raises(ValueError):\n        zone(-1)\n",
         "class TestUnknown:\n    def test_unknown(self):\n        with pytest.raises(ValueError):\n            zone(-1)\n")
    ),
    "a new test is skipped on a platform": BASE
    + "\n@pytest.mark.skipif(sys.platform == 'win32', reason='x')\ndef test_new():\n    assert zone(5) == 1\n",
    "a new test fails by its handler": BASE
    + "\ndef test_new():\n    try:\n        assert zone(5) == 1\n    except KeyError:\n        pytest.fail('no')\n",
    "a handler raises again": BASE
    + "\ndef test_new():\n    try:\n        assert zone(5) == 1\n    except Exception:\n        print('x')\n        raise\n",
    "a new test looks at each": BASE + "\ndef test_new():\n    for km in (1, 2):\n        assert zone(km) == 1\n",
    "a helper class has an honest __eq__": BASE
    + "\nclass Near:\n    def __eq__(self, other):\n        return abs(other - 1) < 0.1\n",
    "a new test asserts with a mock": BASE + "\ndef test_new(mocker):\n    mocker.stub().assert_called_once_with(3)\n",
    "a truth is put shorter": edited(("assert result == 7", "assert result == 7\n    assert zone(3) is not None")),
    "a dead test goes, for it was skipped, and is enabled": edited(("def test_far", "def test_far")),
    "more of a text is asked for": edited(
        ("    assert result == 7\n", '    assert result == 7\n    assert "far away" in str(result)\n')
    ),
    "an exact assertion beside a looser one": edited(("assert price(result) > 10", "assert price(result) > 11")),
}  # fmt: skip


@pytest.mark.parametrize("after", HONEST.values(), ids=HONEST)
def test_honest_work_on_a_test_does_not_block(after):
    assert signs({TEST: after})[0] == []


def test_a_mark_that_was_there_before_is_no_sign_even_when_the_test_moves():
    old = BASE.replace("def test_far", '@pytest.mark.xfail(reason="bug 7")\ndef test_far')
    assert signs({TEST: old.replace("bug 7", "see issue 7")}, {TEST: old}) == ([], [])
    assert signs({"tests/test_areas.py": old}, {TEST: old}) == ([], [])
    assert signs({TEST: BASE}, {TEST: old}) == ([], [])


def test_a_file_that_moves_takes_its_tests_along():
    assert signs({"tests/unit/test_zones.py": BASE}) == ([], [])


def test_a_file_that_is_renamed_out_of_collection_loses_its_tests():
    assert set(signs({"tests/zones_old.py": BASE})[0]) == {"tamper.uncollected"}


def test_a_deleted_file_is_told_once_with_its_tests():
    result = judge_tamper(changes({TEST: BASE}, {}), "block")
    assert [f.code for f in result.findings] == ["tamper.deleted"]
    assert "5 tests" in result.findings[0].title
    assert "test_far" in result.findings[0].title


def test_a_test_file_that_cannot_be_read_has_no_signs_of_its_own():
    assert signs({TEST: BASE, "tests/test_broken.py": "def test_(:\n"}, {TEST: BASE}) == ([], [])


def test_what_is_told_names_the_line_and_both_sides():
    result = judge_tamper(changes({TEST: BASE}, {TEST: edited(("assert result == 7", "assert result == 8"))}), "block")
    (finding,) = result.findings
    assert (finding.path, finding.line) == (TEST, 13)
    assert finding.detail == "before: assert result == 7\nnow: assert result == 8"
    assert "old expectation" in finding.cure


def test_told_only_does_not_block():
    result = judge_tamper(changes({TEST: BASE}, {}), "tell")
    assert result.color is Color.GREEN
    assert result.findings


UNITTEST = dedent("""
    import unittest
    from postage.zones import zone, price

    class ZoneTests(unittest.TestCase):
        def setUp(self):
            self.km = 900

        def test_far(self):
            self.assertEqual(zone(self.km), 7)
            self.assertAlmostEqual(price(7), 12.5)
            self.assertTrue(zone(1) < 2)
            self.assertIsNone(zone(None))
            self.assertIn(zone(2), [1, 2])

        def test_unknown(self):
            with self.assertRaises(ValueError):
                zone(-1)
""")
PYTEST = dedent("""
    import pytest
    from postage.zones import zone, price

    KM = 900

    def test_far():
        assert zone(KM) == 7
        assert price(7) == pytest.approx(12.5)
        assert zone(1) < 2
        assert zone(None) is None
        assert zone(2) in [1, 2]

    def test_unknown():
        with pytest.raises(ValueError):
            zone(-1)
""")


def test_from_unittest_to_pytest_nothing_is_lost():
    assert signs({TEST: PYTEST}, {TEST: UNITTEST})[0] == []


def test_a_file_that_is_split_or_joined_loses_nothing():
    first, second = BASE.split("class TestPrices")
    parts = {TEST: first, "tests/test_prices.py": "from postage.zones import price\n\nclass TestPrices" + second}
    assert signs(parts)[0] == []
    assert signs({TEST: BASE}, parts)[0] == []


def test_a_fixture_that_moves_to_conftest_or_back_is_the_same():
    fixture = "@pytest.fixture\ndef table():\n    return [1, 2]\n\n"
    test = "def test_table(table):\n    assert len(table) == 2\n"
    here = {TEST: "import pytest\n\n" + fixture + test}
    there = {TEST: test, "tests/conftest.py": "import pytest\n\n" + fixture}
    assert signs(there, here)[0] == []
    assert signs(here, there)[0] == []


def test_a_feature_with_all_that_belongs_to_it_is_no_sign():
    before = {
        TEST: BASE,
        "src/postage/zones.py": "def zone(km):\n    return 1\n",
        "pyproject.toml": "[project]\nname='p'\n",
    }
    after = {
        TEST: BASE
        + "\ndef test_island():\n    with pytest.raises(KeyError) as told:\n        zone('x')\n    assert 'x' in str(told.value)\n",
        "src/postage/zones.py": "import logging\n\nlog = logging.getLogger(__name__)\n\ndef zone(km):\n    log.info('zone')\n    return 1\n",
        "pyproject.toml": "[project]\nname='p'\ndependencies=['httpx']\n\n[project.optional-dependencies]\ntest=['pytest']\n",
        "tests/conftest.py": "import pytest\n\n@pytest.fixture\ndef island():\n    return 'x'\n",
        "tests/data/islands.json": '["x"]\n',
        "README.md": "# Postage\n\nRun `pytest -k islands || true` to look at islands.\n",
        "CHANGELOG.md": "- Islands; test_far is skipped no more\n",
    }
    assert signs(after, before) == ([], [])


def test_a_longer_text_that_holds_the_old_one_is_no_other_expectation():
    before = "def test_told():\n    assert 'install it' in told()\n"
    assert signs({TEST: before.replace("install it", "closed; install it")}, {TEST: before}) == ([], [])
    assert signs({TEST: before.replace("install it", "all is well")}, {TEST: before})[0] == ["tamper.expectation"]


def test_one_assertion_in_a_loop_says_of_each_what_several_said():
    before = "def test_zone():\n    assert zone(3) == 1\n    assert zone(900) == 7\n"
    loop = "def test_zone():\n    for km, expected in ((3, 1), (900, 7)):\n        assert zone(km) == expected\n"
    assert signs({TEST: loop}, {TEST: before}) == ([], [])
    assert signs({TEST: loop.replace(", (900, 7)", ",")}, {TEST: before}) == (["tamper.assertions"], [])


def test_what_was_asserted_of_an_error_may_be_asked_for_by_match():
    before = "def test_zone():\n    with pytest.raises(ValueError) as caught:\n        zone(-1)\n    assert '-1' in str(caught.value)\n"
    after = "def test_zone():\n    with pytest.raises(ValueError, match='-1'):\n        zone(-1)\n"
    assert signs({TEST: after}, {TEST: before}) == ([], [])
    assert signs({TEST: after.replace(", match='-1'", "")}, {TEST: before}) == (["tamper.assertions"], [])
