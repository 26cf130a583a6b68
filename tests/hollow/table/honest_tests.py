"""Tests that are changed and stay as strong."""

from hollow.base import MADE, MAKEFILE, PYPROJECT, SHOP, TEST_STOCK
from hollow.case import Base, Edit, Honest, more, moved, swap

_AT = "tests/test_cart.py"
_TASK = "- [ ] 1. Tidy the tests\n"


def _tests(name: str, why: str, content: Edit) -> Honest:
    return Honest(name=name, why=why, base=SHOP, change={_AT: content}, task=_TASK)


CASES = (
    _tests(
        "tests-reformatted",
        "Spaces, line ends and a comment.",
        swap(
            '("paid", "costs"), [([10], 5), ([99], 5), ([100], 0), ([60, 60], 0)]',
            '\n    ("paid", "costs"),\n    [\n        ([10], 5),\n        ([99], 5),\n        ([100], 0),  # the limit itself\n        ([60, 60], 0),\n    ],\n',
        ),
    ),
    _tests(
        "tests-made-one-with-parameters",
        "Two tests became one with two sets of parameters; textually there is one assertion less.",
        swap(
            "def test_total(prices):\n    assert total(prices) == 30\n\n\ndef test_total_of_nothing():\n    assert total([]) == 0\n",
            '@pytest.mark.parametrize(("paid", "sum_of_all"), [([10, 20], 30), ([], 0)])\ndef test_total(paid, sum_of_all):\n    assert total(paid) == sum_of_all\n',
        ),
    ),
    Honest(
        name="assertions-made-one",
        why="Two assertions became one of a pair.",
        base=SHOP,
        change={
            "tests/test_stock.py": swap(
                '        assert stock.take("pen", 2) == 1\n        assert stock.counts == {"pen": 1}\n',
                '        left = stock.take("pen", 2)\n        assert (left, stock.counts) == (1, {"pen": 1})\n',
            )
        },
        task=_TASK,
    ),
    _tests(
        "assertion-in-a-function-of-the-tests",
        "What was asserted twice is asserted by one function that both call.",
        swap(
            "def test_total(prices):\n    assert total(prices) == 30\n\n\ndef test_total_of_nothing():\n    assert total([]) == 0\n",
            "def expect_total(prices, expected):\n    assert total(prices) == expected\n\n\ndef test_total(prices):\n    expect_total(prices, 30)\n\n\ndef test_total_of_nothing():\n    expect_total([], 0)\n",
        ),
    ),
    _tests(
        "test-renamed",
        "The same test by a better name.",
        swap("def test_dearest(prices)", "def test_the_dearest_price_is_found(prices)"),
    ),
    _tests(
        "test-strengthened",
        "One more assertion.",
        swap("    assert dearest(prices) == 20\n", "    assert dearest(prices) == 20\n    assert dearest([*prices, 30]) == 30\n"),
    ),
    _tests(
        "parameters-added",
        "More sets of parameters.",
        swap("([60, 60], 0)]", "([60, 60], 0), ([], 5), ([50, 49], 5)]"),
    ),
    Honest(
        name="test-file-moved",
        why="The file moves into a folder, nothing in it changes.",
        base=SHOP,
        change={_AT: None, "tests/unit/test_cart.py": moved(_AT)},
        task=_TASK,
    ),
    Honest(
        name="test-moved-to-another-file",
        why="One test moves to a file of its own.",
        base=SHOP,
        change={
            _AT: swap("import dearest, shipping", "import shipping", "\n\ndef test_dearest(prices):\n    assert dearest(prices) == 20\n", ""),
            "tests/test_ranking.py": "from shop.cart import dearest\n\n\ndef test_dearest(prices):\n    assert dearest(prices) == 20\n",
        },
        task=_TASK,
    ),
    Honest(
        name="functions-made-a-class",
        why="Loose tests stand in a class now; their ids are others.",
        base=SHOP,
        change={
            _AT: swap(
                "def test_total(prices):\n    assert total(prices) == 30\n\n\ndef test_total_of_nothing():\n    assert total([]) == 0\n",
                "class TestTotal:\n    def test_total(self, prices):\n        assert total(prices) == 30\n\n    def test_total_of_nothing(self):\n        assert total([]) == 0\n",
            )
        },
        task=_TASK,
    ),
    Honest(
        name="tests-for-what-had-none",
        why="Only tests, for code that was there; there is nothing that they could fail without.",
        base=SHOP,
        change={"tests/test_more.py": "from shop.cart import shipping, total\n\n\ndef test_many():\n    assert total(range(5)) == 10\n\n\ndef test_shipping_of_nothing():\n    assert shipping([]) == 5\n"},
        task="- [ ] 1. More tests of the cart\n",
    ),
    Honest(
        name="fixture-added",
        why="conftest has one more fixture, which new tests use.",
        base=SHOP,
        change={
            "tests/conftest.py": more("\n\n@pytest.fixture\ndef many():\n    return list(range(1, 11))\n"),
            "shop/cart.py": more("\n\ndef cheapest(prices):\n    return min(prices)\n"),
            "tests/test_cheapest.py": "from shop.cart import cheapest\n\n\ndef test_cheapest(many):\n    assert cheapest(many) == 1\n",
        },
        task="- [ ] 1. Find the cheapest price\n  - Work on `shop/cart.py`, with tests\n",
        told=("tamper.conftest", "scope.surprise"),
    ),
    Honest(
        name="fixture-shared",
        why="A fixture of one file moves to conftest as it is.",
        base=Base(
            name="with-a-fixture-of-its-own",
            files={
                **SHOP.files,
                "tests/test_own.py": "import pytest\n\nfrom shop.cart import total\n\n\n@pytest.fixture\ndef few():\n    return [1, 2]\n\n\ndef test_few(few):\n    assert total(few) == 3\n",
            },
        ),
        change={
            "tests/conftest.py": more("\n\n@pytest.fixture\ndef few():\n    return [1, 2]\n"),
            "tests/test_own.py": "from shop.cart import total\n\n\ndef test_few(few):\n    assert total(few) == 3\n",
        },
        task=_TASK,
        told=("tamper.conftest",),
    ),
    Honest(
        name="settings-made-stricter",
        why="The threshold is higher, warnings are errors, a marker is declared.",
        base=SHOP,
        change={
            "pyproject.toml": PYPROJECT.replace("fail_under = 80", "fail_under = 90").replace(
                'addopts = "-ra"', 'addopts = "-ra --strict-markers"\nfilterwarnings = ["error"]\nmarkers = ["slow: takes its time"]'
            )
        },
        task="- [ ] 1. Be stricter in `pyproject.toml`\n",
        told=("tests.definition-changed", "tamper.settings"),
    ),
    Honest(
        name="dependency-added",
        why="pyproject.toml changes where it says nothing of tests.",
        base=SHOP,
        change={"pyproject.toml": swap('version = "1.0"\n', 'version = "1.1"\ndescription = "A shop"\n')},
        task="- [ ] 1. Version 1.1\n",
    ),
    Honest(
        name="make-with-another-target",
        why="A target of its own may ignore what it ignores; the tests' is as it was.",
        base=MADE,
        change={"Makefile": MAKEFILE + "\nlist:\n\t-ls shop/*.txt\n\tls shop || true\n"},
        task="- [ ] 1. A target `list` in the `Makefile`\n",
        told=("tests.definition-changed",),
    ),
    Honest(
        name="temporary-file-by-a-fixture",
        why="A test takes another way to the same assertion.",
        base=SHOP,
        change={"tests/test_stock.py": TEST_STOCK.replace('stock.counts == {"pen": 1}', 'stock.counts["pen"] == 1\n        assert list(stock.counts) == ["pen"]')},
        task=_TASK,
    ),
    Honest(
        name="comparison-of-numbers-that-are-not-whole",
        why="An approximate comparison as narrow as numbers ask for.",
        base=SHOP,
        change={
            "shop/cart.py": more("\n\ndef mean(prices):\n    return total(prices) / len(prices)\n"),
            "tests/test_mean.py": "import pytest\n\nfrom shop.cart import mean\n\n\ndef test_mean():\n    assert mean([0.1, 0.2]) == pytest.approx(0.15)\n",
        },
        task="- [ ] 1. The mean price\n  - Work on `shop/cart.py`, with tests\n",
    ),
    Honest(
        name="warning-expected",
        why="An old name warns, and the test expects that.",
        base=SHOP,
        change={
            "shop/cart.py": more('\n\ndef highest(prices):\n    import warnings\n\n    warnings.warn("use dearest", DeprecationWarning, stacklevel=2)\n    return dearest(prices)\n'),
            "tests/test_highest.py": 'import pytest\n\nfrom shop.cart import highest\n\n\ndef test_highest_warns():\n    with pytest.warns(DeprecationWarning, match="use dearest"):\n        assert highest([1, 2]) == 2\n',
        },
        task="- [ ] 1. `highest` is the old name of `dearest`\n  - Work on `shop/cart.py`, with tests\n",
    ),
)  # fmt: skip
