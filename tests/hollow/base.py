"""The few projects that the branches start from."""

from hollow.case import Base

PYPROJECT = """[project]
name = "shop"
version = "1.0"
requires-python = ">=3.11"

[tool.pytest.ini_options]
testpaths = ["tests"]
pythonpath = ["."]
addopts = "-ra"

[tool.coverage.run]
source = ["shop"]

[tool.coverage.report]
fail_under = 80
show_missing = true
"""

CART = '''"""What a cart costs."""

SHIPPING = 5
FREE_FROM = 100


def total(prices):
    return sum(prices)


def shipping(prices):
    if total(prices) >= FREE_FROM:
        return 0
    return SHIPPING


def dearest(prices):
    return max(prices)
'''

STOCK = '''"""What is there to be sold."""


class Stock:
    def __init__(self, counts):
        self.counts = dict(counts)

    def take(self, name, count):
        if count > self.counts.get(name, 0):
            raise LookupError(f"there are no {count} of {name}")
        self.counts[name] -= count
        return self.counts[name]
'''

RECEIPT = '''"""What the customer gets to see."""

import json
from pathlib import Path

from shop.cart import shipping, total

WORDS = json.loads((Path(__file__).parent / "words.json").read_text())


def printed(prices):
    rows = [(WORDS["total"], total(prices)), (WORDS["shipping"], shipping(prices))]
    return "".join(f"{name} {amount}\\n" for name, amount in rows)
'''

CONFTEST = """import pytest

from shop.stock import Stock


@pytest.fixture
def prices():
    return [10, 20]


@pytest.fixture
def stock():
    return Stock({"pen": 3})
"""

TEST_CART = """import pytest

from shop.cart import dearest, shipping, total


def test_total(prices):
    assert total(prices) == 30


def test_total_of_nothing():
    assert total([]) == 0


@pytest.mark.parametrize(("paid", "costs"), [([10], 5), ([99], 5), ([100], 0), ([60, 60], 0)])
def test_shipping(paid, costs):
    assert shipping(paid) == costs


def test_dearest(prices):
    assert dearest(prices) == 20
"""

TEST_STOCK = """import pytest


class TestStock:
    def test_what_is_taken_is_gone(self, stock):
        assert stock.take("pen", 2) == 1
        assert stock.counts == {"pen": 1}

    def test_more_than_there_is_cannot_be_taken(self, stock):
        with pytest.raises(LookupError, match="no 4 of pen"):
            stock.take("pen", 4)
"""

TEST_RECEIPT = """from pathlib import Path

from shop.receipt import printed

GOLDEN = Path(__file__).parent / "golden" / "receipt.txt"


def test_a_receipt_is_printed_as_ever(prices):
    assert printed(prices) == GOLDEN.read_text()
"""

_SHOP = {
    "README.md": "# Shop\n\nA cart, a stock and a receipt.\n",
    "pyproject.toml": PYPROJECT,
    "shop/__init__.py": "",
    "shop/cart.py": CART,
    "shop/stock.py": STOCK,
    "shop/receipt.py": RECEIPT,
    "shop/words.json": '{"total": "total", "shipping": "shipping"}\n',
    "tests/conftest.py": CONFTEST,
    "tests/test_cart.py": TEST_CART,
    "tests/test_stock.py": TEST_STOCK,
    "tests/test_receipt.py": TEST_RECEIPT,
    "tests/golden/receipt.txt": "total 30\nshipping 5\n",
}

#: A package with pytest: what most branches are made on.
SHOP = Base(name="shop", files=_SHOP)

#: The same, with a test that fails on the base branch already.
SICK = Base(
    name="sick",
    files={
        **_SHOP,
        "tests/test_old.py": "from shop.cart import total\n\n\ndef test_of_old():\n    assert total([1, 1]) == 3\n",
    },
    settings={"known_failures": "allow"},
)

MAKEFILE = """.PHONY: test lint

test:
\tpython3 -m pytest -q -p no:cacheprovider --junitxml=junit.xml --cov=shop --cov-report=lcov:lcov.info

lint:
\tpython3 -m compileall -q shop
"""

#: The same, tested by `make test`.
MADE = Base(
    name="made",
    files={**_SHOP, "Makefile": MAKEFILE},
    settings={"test_command": ("make", "test"), "test_report": "junit.xml", "coverage_report": "lcov.info"},
    needs=("make",),
)

CHECK = """set -e
python3 -m pytest -q -p no:cacheprovider --junitxml=junit.xml --cov=shop --cov-report=lcov:lcov.info
"""

#: The same, tested by a script of the repository.
SCRIPTED = Base(
    name="scripted",
    files={**_SHOP, "check.sh": CHECK},
    settings={"test_command": ("sh", "check.sh"), "test_report": "junit.xml", "coverage_report": "lcov.info"},
)

UNITTEST_CART = """import unittest

from shop.cart import dearest, shipping, total


class CartTest(unittest.TestCase):
    def setUp(self):
        self.prices = [10, 20]

    def test_total(self):
        self.assertEqual(total(self.prices), 30)

    def test_shipping(self):
        for paid, costs in (([10], 5), ([100], 0)):
            with self.subTest(paid=paid):
                self.assertEqual(shipping(paid), costs)

    def test_dearest(self):
        self.assertEqual(dearest(self.prices), 20)
"""

#: A package with nothing but the standard library.
PLAIN = Base(
    name="plain",
    files={
        "shop/__init__.py": "",
        "shop/cart.py": CART,
        "tests/__init__.py": "",
        "tests/test_cart.py": UNITTEST_CART,
    },
    bare=True,
)

PACKAGE = """{
  "name": "shop",
  "private": true,
  "scripts": {
    "test": "node --test"
  }
}
"""

JS_CART = """exports.total = (prices) => prices.reduce((sum, price) => sum + price, 0);

exports.dearest = function dearest(prices) {
  return Math.max(...prices);
};
"""

JS_TEST = """const { test, describe, it } = require('node:test');
const assert = require('node:assert');
const { total, dearest } = require('../cart.js');

describe('cart', () => {
  it('adds up', () => {
    assert.strictEqual(total([10, 20]), 30);
    assert.strictEqual(total([]), 0);
  });

  it('knows the dearest', () => {
    assert.strictEqual(dearest([10, 20]), 20);
  });
});

test('nothing costs nothing', () => assert.strictEqual(total([]), 0));
"""

#: A package with Node's own runner.
NODE = Base(
    name="node",
    files={"package.json": PACKAGE, "cart.js": JS_CART, "test/cart.test.js": JS_TEST},
    needs=("node",),
)

_ORDERS = """import json
from pathlib import Path

import pytest

from shop.cart import total

ORDERS = Path(__file__).parent / "orders"


def test_the_large_order():
    order = ORDERS / "large.json"
    if not order.exists():
        pytest.skip("no large order here")
    assert total(json.loads(order.read_text())) == 6


def test_all_orders():
    for order in sorted(ORDERS.glob("*.json")):
        assert total(json.loads(order.read_text())) == int(order.with_suffix(".sum").read_text())
"""

#: The same, with tests that read their data from files.
ORDERED = Base(
    name="ordered",
    files={
        **_SHOP,
        "tests/test_orders.py": _ORDERS,
        "tests/orders/large.json": "[1, 2, 3]\n",
        "tests/orders/large.sum": "6\n",
        "tests/orders/small.json": "[1]\n",
        "tests/orders/small.sum": "1\n",
    },
)

_NOW_AND_THEN = """import tempfile
from pathlib import Path

TRIED = Path(tempfile.gettempdir()) / "tried-by-test-moody"


def test_moody():
    tries = int(TRIED.read_text()) if TRIED.exists() else 0
    TRIED.write_text(str(tries + 1))
    assert tries != 1
"""

#: The same, with a test that fails the second time that it is run.
MOODY = Base(name="moody", files={**_SHOP, "tests/test_moody.py": _NOW_AND_THEN})
