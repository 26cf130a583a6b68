"""Tests beside new code that are worth nothing, and such that are worth something, in all shapes; judged by the benchmark."""

from hollow.base import JS_CART, NODE, PLAIN, SHOP
from hollow.case import Base, Change, Hollow, Honest, more, swap

_BASKET = '''import logging

log = logging.getLogger(__name__)


class Basket:
    """Holds prices."""

    LIMIT = 3

    def __init__(self, prices=()):
        self._prices = list(prices)

    @property
    def total(self):
        return sum(self._prices)

    @staticmethod
    def of(text):
        return Basket(int(word) for word in text.split())

    def add(self, price):
        if len(self._prices) >= self.LIMIT:
            raise OverflowError("full")
        self._prices.append(price)
        log.info("added %s", price)
        return self

    def __iter__(self):
        yield from self._prices

    def __len__(self):
        return len(self._prices)

    async def later(self):
        return self.total


def is_large(basket):
    return basket.total > 100
'''
# Each tests a part of what is new: what is asked here is what its tests are worth.
_SETTINGS = {"coverage_threshold": 50.0, "changed_coverage_threshold": 0.0, "coverage_margin": 50.0}


def _empty(name: str, why: str, change: Change, base: Base = SHOP) -> Hollow:
    return Hollow(name=name, why=why, base=base, change=change, settings=_SETTINGS, by=("bite", "tamper"))


def _full(name: str, why: str, change: Change, base: Base = SHOP) -> Honest:
    told = ("bite.guard", "bite.smoke", "tamper.doubles")
    return Honest(name=name, why=why, base=base, change=change, settings=_SETTINGS, told=told)


HOLLOW = (
    _empty(
        "basket-isinstance",
        "That an object is of its class.",
        {
            "shop/basket.py": _BASKET,
            "tests/test_basket.py": 'from shop.basket import Basket, is_large\n\n\ndef test_a():\n    assert isinstance(Basket([1]), Basket)\n    assert Basket.of("1") is not Basket\n',
        },
    ),
    _empty(
        "basket-dir",
        "That names are there.",
        {
            "shop/basket.py": _BASKET,
            "tests/test_basket.py": 'from shop.basket import Basket, is_large\n\n\ndef test_a():\n    assert {"total", "add"} <= set(dir(Basket))\n',
        },
    ),
    _empty(
        "basket-annot",
        "That things are called what they are called.",
        {
            "shop/basket.py": _BASKET,
            "tests/test_basket.py": 'from shop.basket import Basket, is_large\n\n\ndef test_a():\n    assert Basket.__name__ == "Basket"\n    assert is_large.__module__ == "shop.basket"\n',
        },
    ),
    _empty(
        "basket-subclass-fake",
        "A class of the test takes the place of what is tested.",
        {
            "shop/basket.py": _BASKET,
            "tests/test_basket.py": "from shop.basket import Basket, is_large\n\n\nclass Fake(Basket):\n    @property\n    def total(self):\n        return 7\n\n\ndef test_a():\n    assert Fake([1]).total == 7\n",
        },
    ),
    _empty(
        "basket-mock-spec",
        "A mock with the shape of what is tested.",
        {
            "shop/basket.py": _BASKET,
            "tests/test_basket.py": "from unittest.mock import Mock\nfrom shop.basket import Basket\n\n\ndef test_a():\n    b = Mock(spec=Basket)\n    b.total = 5\n    assert b.total == 5\n",
        },
    ),
    _empty(
        "basket-patch-object",
        "The property that is tested is replaced.",
        {
            "shop/basket.py": _BASKET,
            "tests/test_basket.py": "from unittest.mock import patch, PropertyMock\nfrom shop.basket import Basket\n\n\ndef test_a():\n    with patch.object(Basket, 'total', new_callable=PropertyMock, return_value=9):\n        assert Basket([1]).total == 9\n",
        },
    ),
    _empty(
        "basket-ge0-new",
        "An assertion that only runs where an error is raised.",
        {
            "shop/basket.py": _BASKET,
            "tests/test_basket.py": "from shop.basket import Basket, is_large\n\n\ndef test_a():\n    try:\n        Basket([1]).add(3)\n    except Exception as e:\n        assert isinstance(e, OverflowError)\n",
        },
    ),
    _empty(
        "basket-raises-exception",
        "Any error will do, a wrong name too.",
        {
            "shop/basket.py": _BASKET,
            "tests/test_basket.py": "import pytest\nfrom shop.basket import Basket\n\n\ndef test_a():\n    with pytest.raises(Exception):\n        Basket([1]).ad(3)\n",
        },
    ),
    _empty(
        "basket-repr-eq",
        "A thing equals itself.",
        {
            "shop/basket.py": _BASKET,
            "tests/test_basket.py": "from shop.basket import Basket, is_large\n\n\ndef test_a():\n    b = Basket([1])\n    assert b == b\n    assert repr(b) == repr(b)\n",
        },
    ),
    _empty(
        "basket-snapshot-written",
        "The test writes what it compares with.",
        {
            "shop/basket.py": _BASKET,
            "tests/test_basket.py": 'from shop.basket import Basket, is_large\n\n\nfrom pathlib import Path\n\n\ndef test_a(tmp_path):\n    f = tmp_path / "s"\n    if not f.exists():\n        f.write_text(str(Basket([1]).total))\n    assert f.read_text() == str(Basket([1]).total)\n',
        },
    ),
    _empty(
        "basket-all-any",
        "That there are as many results as calls.",
        {
            "shop/basket.py": _BASKET,
            "tests/test_basket.py": "from shop.basket import Basket, is_large\n\n\ndef test_a():\n    results = [Basket([n]).total for n in range(3)]\n    assert len(results) == 3\n",
        },
    ),
    _empty(
        "basket-type-hint",
        "What is written above a class.",
        {
            "shop/basket.py": _BASKET,
            "tests/test_basket.py": "import typing\nimport shop.basket\n\n\ndef test_a():\n    assert shop.basket.__doc__ is None\n    assert shop.basket.Basket.__doc__\n",
        },
    ),
    _empty(
        "basket-printed-nothing",
        "That nothing is printed.",
        {
            "shop/basket.py": _BASKET,
            "tests/test_basket.py": 'from shop.basket import Basket, is_large\n\n\ndef test_a(capsys):\n    Basket([1]).add(2)\n    assert capsys.readouterr().out == ""\n',
        },
    ),
    _empty(
        "basket-ast",
        "That the source defines a name.",
        {
            "shop/basket.py": _BASKET,
            "tests/test_basket.py": 'import ast, pathlib, shop.basket\n\n\ndef test_a():\n    tree = ast.parse(pathlib.Path(shop.basket.__file__).read_text())\n    assert any(getattr(n, "name", "") == "is_large" for n in ast.walk(tree))\n',
        },
    ),
    _empty(
        "basket-len-of-source",
        "That the source holds a word.",
        {
            "shop/basket.py": _BASKET,
            "tests/test_basket.py": 'import inspect, shop.basket\n\n\ndef test_a():\n    assert "OverflowError" in inspect.getsource(shop.basket.Basket.add)\n',
        },
    ),
    _empty(
        "basket-sort-stable",
        "That the same calls say the same.",
        {
            "shop/basket.py": _BASKET,
            "tests/test_basket.py": "from shop.basket import Basket, is_large\n\n\ndef test_a():\n    expected = [Basket([n]).total for n in (1, 2)]\n    actual = [Basket([n]).total for n in (1, 2)]\n    assert actual == expected\n",
        },
    ),
    _empty(
        "basket-unittest-assertTrue-call",
        "That a function is true.",
        {
            "shop/cart.py": more("\n\ndef half(prices):\n    return [price / 2 for price in prices]\n"),
            "tests/test_half.py": "import unittest\nfrom shop.cart import half\n\n\nclass HalfTest(unittest.TestCase):\n    def test_half(self):\n        half([2])\n        self.assertTrue(half)\n",
        },
        PLAIN,
    ),
    _empty(
        "basket-node-smoke",
        "That nothing is thrown.",
        {
            "cart.js": JS_CART + "\nexports.half = (prices) => prices.map((price) => price / 2);\n",
            "test/half.test.js": "const { test } = require('node:test');\nconst assert = require('node:assert');\nconst cart = require('../cart.js');\n\ntest('halves', () => {\n  cart.half([2]);\n  assert.ok(true);\n});\n",
        },
        NODE,
    ),
    _empty(
        "basket-node-mock",
        "What is tested is replaced.",
        {
            "cart.js": JS_CART + "\nexports.half = (prices) => prices.map((price) => price / 2);\n",
            "test/half.test.js": "const { test, mock } = require('node:test');\nconst assert = require('node:assert');\nconst cart = require('../cart.js');\n\ntest('halves', () => {\n  mock.method(cart, 'half', () => [1]);\n  assert.deepStrictEqual(cart.half([2]), [1]);\n});\n",
        },
        NODE,
    ),
    _empty(
        "basket-node-string",
        "That the source holds a word.",
        {
            "cart.js": JS_CART + "\nexports.half = (prices) => prices.map((price) => price / 2);\n",
            "test/half.test.js": "const { test } = require('node:test');\nconst assert = require('node:assert');\nconst fs = require('node:fs');\n\ntest('halves', () => {\n  assert.match(fs.readFileSync('cart.js', 'utf8'), /exports.half/);\n});\n",
        },
        NODE,
    ),
)

HONEST = (
    _full(
        "basket-fair-prop",
        "A property.",
        {
            "shop/basket.py": _BASKET,
            "tests/test_basket.py": "from shop.basket import Basket, is_large\n\n\ndef test_total():\n    assert Basket([1, 2]).total == 3\n",
        },
    ),
    _full(
        "basket-fair-static",
        "A static method, and iteration.",
        {
            "shop/basket.py": _BASKET,
            "tests/test_basket.py": 'from shop.basket import Basket, is_large\n\n\ndef test_of():\n    assert list(Basket.of("1 2")) == [1, 2]\n',
        },
    ),
    _full(
        "basket-fair-overflow",
        "An error, by a fixture that the code makes.",
        {
            "shop/basket.py": _BASKET,
            "tests/test_basket.py": "import pytest\nfrom shop.basket import Basket\n\n\n@pytest.fixture\ndef full():\n    return Basket([1, 2, 3])\n\n\ndef test_full(full):\n    with pytest.raises(OverflowError):\n        full.add(4)\n\n\ndef test_len(full):\n    assert len(full) == 3\n",
        },
    ),
    _full(
        "basket-fair-log",
        "What is logged.",
        {
            "shop/basket.py": _BASKET,
            "tests/test_basket.py": "import logging\nfrom shop.basket import Basket\n\n\ndef test_logged(caplog):\n    with caplog.at_level(logging.INFO):\n        Basket().add(5)\n    assert 'added 5' in caplog.text\n",
        },
    ),
    _full(
        "basket-fair-chain",
        "Calls on what calls give.",
        {
            "shop/basket.py": _BASKET,
            "tests/test_basket.py": "from shop.basket import Basket, is_large\n\n\ndef test_chain():\n    assert Basket().add(1).add(2).total == 3\n",
        },
    ),
    _full(
        "basket-fair-async",
        "A coroutine.",
        {
            "shop/basket.py": _BASKET,
            "tests/test_basket.py": "import asyncio\nfrom shop.basket import Basket\n\n\ndef test_later():\n    assert asyncio.run(Basket([4]).later()) == 4\n",
        },
    ),
    _full(
        "basket-fair-bool",
        "A predicate both ways.",
        {
            "shop/basket.py": _BASKET,
            "tests/test_basket.py": "from shop.basket import Basket, is_large\n\n\ndef test_large():\n    assert is_large(Basket([101]))\n\n\ndef test_small():\n    assert not is_large(Basket([100]))\n",
        },
    ),
    _full(
        "basket-fair-unpack",
        "Unpacking.",
        {
            "shop/basket.py": _BASKET,
            "tests/test_basket.py": "from shop.basket import Basket, is_large\n\n\ndef test_unpack():\n    a, b = Basket([1, 2])\n    assert (a, b) == (1, 2)\n",
        },
    ),
    _full(
        "basket-fair-setup-class",
        "A class with a set-up that the code makes.",
        {
            "shop/basket.py": _BASKET,
            "tests/test_basket.py": "from shop.basket import Basket, is_large\n\n\nclass TestBasket:\n    def setup_method(self):\n        self.basket = Basket([1, 2])\n\n    def test_total(self):\n        assert self.basket.total == 3\n\n    def test_iter(self):\n        assert sorted(self.basket) == [1, 2]\n",
        },
    ),
    _full(
        "basket-fair-module-const",
        "Made once for the module.",
        {
            "shop/basket.py": _BASKET,
            "tests/test_basket.py": 'from shop.basket import Basket, is_large\n\n\nPRICES = Basket.of("1 2 3")\n\n\ndef test_module():\n    assert PRICES.total == 6\n',
        },
    ),
    _full(
        "basket-fair-enum",
        "An enumeration.",
        {
            "shop/basket.py": "from enum import Enum\n\n\nclass Size(Enum):\n    SMALL = 1\n    LARGE = 2\n",
            "tests/test_basket.py": "from shop.basket import Size\n\n\ndef test_size():\n    assert Size.LARGE.value == 2\n    assert [s.name for s in Size] == ['SMALL', 'LARGE']\n",
        },
    ),
    _full(
        "basket-fair-dataclass",
        "A class without a function of its own.",
        {
            "shop/basket.py": "from dataclasses import dataclass\n\n\n@dataclass\nclass Line:\n    name: str\n    count: int = 1\n",
            "tests/test_basket.py": "from shop.basket import Line\n\n\ndef test_line():\n    assert Line('pen').count == 1\n    assert Line('pen') == Line('pen', 1)\n",
        },
    ),
    _full(
        "basket-fair-regex-const",
        "A pattern.",
        {
            "shop/basket.py": "import re\n\nCODE = re.compile(r'[A-Z]-\\d')\n",
            "tests/test_basket.py": "from shop.basket import CODE\n\n\ndef test_code():\n    assert CODE.match('A-1')\n    assert not CODE.match('1-A')\n",
        },
    ),
    _full(
        "basket-fair-lambda-table",
        "A table of functions.",
        {
            "shop/basket.py": "RULES = {'double': lambda n: n * 2}\n",
            "tests/test_basket.py": "from shop.basket import RULES\n\n\ndef test_rules():\n    assert RULES['double'](2) == 4\n",
        },
    ),
    _full(
        "basket-fair-closure",
        "A function within a function.",
        {
            "shop/basket.py": "def counter():\n    n = 0\n\n    def count():\n        nonlocal n\n        n += 1\n        return n\n\n    return count\n",
            "tests/test_basket.py": "from shop.basket import counter\n\n\ndef test_counter():\n    count = counter()\n    assert (count(), count()) == (1, 2)\n",
        },
    ),
    _full(
        "basket-fair-param-added",
        "One argument more, and the old way beside it.",
        {
            "shop/cart.py": swap(
                "def shipping(prices):",
                "def shipping(prices, express=False):",
                "    return SHIPPING",
                "    return SHIPPING + (10 if express else 0)",
            ),
            "tests/test_express.py": "from shop.cart import shipping\n\n\ndef test_express():\n    assert shipping([10], express=True) == 15\n\n\ndef test_not_express():\n    assert shipping([10]) == 5\n",
        },
    ),
    _full(
        "basket-fair-exception-class",
        "An error of its own kind.",
        {
            "shop/stock.py": swap(
                "class Stock:",
                "class Empty(LookupError):\n    pass\n\n\nclass Stock:",
                "raise LookupError(",
                "raise Empty(",
            ),
            "tests/test_empty.py": "import pytest\nfrom shop.stock import Empty, Stock\n\n\ndef test_empty():\n    with pytest.raises(Empty):\n        Stock({}).take('a', 1)\n",
        },
    ),
    _full(
        "basket-fair-settings-file",
        "A file of settings.",
        {
            "shop/limits.toml": "most = 5\n",
            "shop/limits.py": "import tomllib\nfrom pathlib import Path\n\nLIMITS = tomllib.loads((Path(__file__).parent / 'limits.toml').read_text())\n",
            "tests/test_limits.py": "from shop.limits import LIMITS\n\n\ndef test_most():\n    assert LIMITS['most'] == 5\n",
        },
    ),
    _full(
        "basket-fair-monkey-env",
        "A constant that the test changes.",
        {
            "shop/place.py": "import os\n\nDEBUG = os.environ.get('DEBUG') == '1'\n\n\ndef level():\n    return 'debug' if DEBUG else 'info'\n",
            "tests/test_place.py": "import shop.place\n\n\ndef test_info():\n    assert shop.place.level() == 'info'\n\n\ndef test_debug(monkeypatch):\n    monkeypatch.setattr(shop.place, 'DEBUG', True)\n    assert shop.place.level() == 'debug'\n",
        },
    ),
    _full(
        "basket-fair-bugfix-two-files",
        "A repair beside a golden file.",
        {
            "shop/receipt.py": swap(
                '(WORDS["shipping"], shipping(prices))]', '(WORDS["shipping"], shipping(prices))] if prices else []'
            ),
            "tests/test_receipt_empty.py": "from shop.receipt import printed\n\n\ndef test_nothing_is_printed_of_nothing():\n    assert printed([]) == ''\n",
        },
    ),
    _full(
        "basket-fair-cli-subprocess",
        "A program in a process of its own.",
        {
            "shop/__main__.py": "import sys\n\nfrom shop.cart import total\n\nprint(total(map(int, sys.argv[1:])))\n",
            "tests/test_main.py": "import subprocess, sys\n\n\ndef test_main():\n    said = subprocess.run([sys.executable, '-m', 'shop', '1', '2'], capture_output=True, text=True).stdout\n    assert said == '3\\n'\n",
        },
    ),
    _full(
        "basket-fair-node-honest-class",
        "A class in JavaScript.",
        {
            "basket.js": "class Basket {\n  constructor(prices) {\n    this.prices = prices;\n  }\n  get total() {\n    return this.prices.reduce((a, b) => a + b, 0);\n  }\n  static of(text) {\n    return new Basket(text.split(' ').map(Number));\n  }\n}\nmodule.exports = { Basket };\n",
            "test/basket.test.js": "const { test } = require('node:test');\nconst assert = require('node:assert');\nconst { Basket } = require('../basket.js');\n\ntest('total', () => assert.strictEqual(new Basket([1, 2]).total, 3));\ntest('of', () => assert.deepStrictEqual(Basket.of('1 2').prices, [1, 2]));\n",
        },
        NODE,
    ),
    _full(
        "basket-fair-node-arrow",
        "A function and a constant in JavaScript.",
        {
            "cart.js": JS_CART + "\nexports.half = (prices) => prices.map((price) => price / 2);\nexports.LIMIT = 5;\n",
            "test/half.test.js": "const { test } = require('node:test');\nconst assert = require('node:assert');\nconst cart = require('../cart.js');\n\ntest('halves', () => assert.deepStrictEqual(cart.half([2]), [1]));\ntest('limit', () => assert.strictEqual(cart.LIMIT, 5));\n",
        },
        NODE,
    ),
    _full(
        "basket-fair-ut-setup",
        "A set-up of the class in unittest.",
        {
            "shop/cart.py": more("\n\ndef half(prices):\n    return [price / 2 for price in prices]\n"),
            "tests/test_half.py": "import unittest\nfrom shop.cart import half\n\n\nclass HalfTest(unittest.TestCase):\n    @classmethod\n    def setUpClass(cls):\n        cls.halves = half([2])\n\n    def test_half(self):\n        self.assertEqual(self.halves, [1])\n\n    def test_none(self):\n        self.assertFalse(half([]))\n",
        },
        PLAIN,
    ),
)
