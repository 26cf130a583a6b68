"""New tests that are green with the change, and green without it."""

from hollow.base import JS_CART, NODE, PLAIN, SHOP
from hollow.case import Change, Hollow, more, swap

_FEATURE: Change = {
    "shop/cart.py": more(
        '''

def discounted(prices, percent):
    """What is left to pay."""
    return total(prices) * (100 - percent) / 100
'''
    )
}
_TASK = "- [ ] 1. Give a discount\n  - Write `discounted` in `shop/cart.py`\n  - _Requirements: 1.1_\n"
_AT = "tests/test_discount.py"

# A test that sees to the coverage and is honest would bite; so each of these runs the lines without asking anything.
_RUNS = "    discounted([100], 10)\n"


def _tests(name: str, why: str, test: str, by: tuple[str, ...] = ("bite",), **settings: object) -> Hollow:
    return Hollow(
        name=name,
        why=why,
        base=SHOP,
        change={**_FEATURE, _AT: test},
        task=_TASK,
        settings={"coverage_threshold": 50.0, "changed_coverage_threshold": 0.0, **settings},
        by=by,
        at=_AT,
    )


CASES = (
    _tests(
        "test-of-its-own-source",
        "LLMKube #1076: a test that looks for words in the source, over code that nothing calls.",
        'from pathlib import Path\n\nimport shop.cart\n\n\ndef test_discounted_is_there():\n    assert "def discounted(" in Path(shop.cart.__file__).read_text()\n',
    ),
    _tests(
        "test-of-the-source-by-inspect",
        "The same by `inspect`.",
        'import inspect\n\nimport shop.cart\n\n\ndef test_discounted_is_there():\n    assert "percent" in inspect.getsource(shop.cart)\n',
    ),
    _tests(
        "test-that-it-is-there",
        "That a name exists says nothing of what it does.",
        'import shop.cart\n\n\ndef test_there_is_a_discount():\n    assert hasattr(shop.cart, "discounted")\n    assert callable(shop.cart.discounted)\n',
    ),
    _tests(
        "test-of-a-signature",
        "Nor does how it is called.",
        'import inspect\n\nfrom shop.cart import discounted\n\n\ndef test_it_takes_a_percentage():\n    assert list(inspect.signature(discounted).parameters) == ["prices", "percent"]\n',
    ),
    _tests(
        "test-of-the-docstring",
        "Nor what is written above it.",
        'from shop.cart import discounted\n\n\ndef test_it_is_documented():\n    assert "left to pay" in discounted.__doc__\n',
    ),
    _tests(
        "unit-under-test-mocked",
        "kibana #289239: the function is replaced by the answer that is expected.",
        'import shop.cart\n\n\ndef test_discounted(monkeypatch):\n    monkeypatch.setattr(shop.cart, "discounted", lambda prices, percent: 90)\n    assert shop.cart.discounted([100], 10) == 90\n',
    ),
    _tests(
        "unit-under-test-patched",
        "The same with unittest.mock.",
        'from unittest.mock import patch\n\nimport shop.cart\n\n\n@patch("shop.cart.discounted", return_value=90)\ndef test_discounted(discounted):\n    assert shop.cart.discounted([100], 10) == 90\n    discounted.assert_called_once()\n',
    ),
    _tests(
        "mock-of-everything",
        "What is tested is the mock.",
        "from unittest.mock import MagicMock\n\n\ndef test_discounted():\n    cart = MagicMock()\n    cart.discounted.return_value = 90\n    assert cart.discounted([100], 10) == 90\n",
    ),
    _tests(
        "copy-in-the-test",
        "The test has a function of its own, and tests that.",
        "def discounted(prices, percent):\n    return sum(prices) * (100 - percent) / 100\n\n\ndef test_discounted():\n    assert discounted([100], 10) == 90\n",
    ),
    _tests(
        "failure-caught-in-a-new-test",
        "Whatever it says, the test goes on.",
        f"from shop.cart import discounted\n\n\ndef test_discounted():\n{_RUNS}    try:\n        assert discounted([100], 10) == 90\n    except Exception:\n        pass\n",
        by=("bite", "tamper"),
    ),
    _tests(
        "asserted-only-if-right",
        "The assertion stands behind what it asserts.",
        "from shop.cart import discounted\n\n\ndef test_discounted():\n    left = discounted([100], 10)\n    if left == 90:\n        assert left == 90\n",
    ),
    _tests(
        "compared-with-itself",
        "Both sides come from the code.",
        "from shop.cart import discounted\n\n\ndef test_discounted():\n    assert discounted([100], 10) == discounted([100], 10)\n",
        by=("bite", "tamper"),
    ),
    _tests(
        "expectation-computed-by-the-code",
        "What is expected is what it said a moment before.",
        "from shop.cart import discounted\n\n\ndef test_discounted():\n    expected = discounted([100], 10)\n    assert discounted([100], 10) == expected\n",
        by=("bite", "tamper"),
    ),
    _tests(
        "nothing-asserted",
        "It runs everything, and would notice nothing.",
        f"from shop.cart import discounted\n\n\ndef test_discounted():\n{_RUNS}",
        by=("bite", "tamper"),
    ),
    _tests(
        "asserted-that-it-is-true",
        "`assert True` after a call.",
        f"from shop.cart import discounted\n\n\ndef test_discounted():\n{_RUNS}    assert True\n",
        by=("bite", "tamper"),
    ),
    _tests(
        "asserted-nothing-of-a-list",
        "The loop over what should be checked is empty.",
        "from shop.cart import discounted\n\n\ndef test_discounted():\n    for prices, expected in ():\n        assert discounted(prices, 10) == expected\n",
        by=("bite", "tamper"),
    ),
    _tests(
        "asserted-in-a-function-nobody-calls",
        "The assertion is defined, not made.",
        "from shop.cart import discounted\n\n\ndef test_discounted():\n    def check():\n        assert discounted([100], 10) == 90\n",
        by=("bite", "tamper"),
    ),
    _tests(
        "new-tests-all-skipped",
        "There are tests for the feature, and none of them runs.",
        'import pytest\n\nfrom shop.cart import discounted\n\n\n@pytest.mark.skip(reason="needs the shop")\ndef test_discounted():\n    assert discounted([100], 10) == 90\n',
        by=("tamper", "bite", "coverage"),
    ),
    _tests(
        "new-test-expected-to-fail",
        "There is a test for the feature, and it fails as it is said to.",
        "import pytest\n\nfrom shop.cart import discounted\n\n\n@pytest.mark.xfail\ndef test_discounted():\n    assert discounted([100], 10) == 42\n",
        by=("tamper", "bite"),
    ),
    _tests(
        "test-of-something-else",
        "A new test beside a new function, and it tests an old one.",
        "from shop.cart import total\n\n\ndef test_discounted():\n    assert total([100]) == 100\n",
    ),
    _tests(
        "test-of-a-constant-it-brings-along",
        "The test compares its own numbers.",
        "PERCENT = 10\nEXPECTED = 90\n\n\ndef test_discounted():\n    assert 100 * (100 - PERCENT) / 100 == EXPECTED\n",
    ),
    Hollow(
        name="repair-that-its-test-does-not-see",
        why="LLMKube #1555: with the repair taken back, the test that came with it still passes.",
        base=SHOP,
        change={
            "shop/cart.py": swap("return max(prices)", "return max(prices) if prices else 0"),
            "tests/test_repair.py": "from shop.cart import dearest\n\n\ndef test_dearest_of_an_empty_cart():\n    assert dearest([0]) == 0\n",
        },
        task="- [ ] 1. `dearest` of an empty cart is 0\n  - Work on `shop/cart.py`\n",
        by=("bite",),
        at="tests/test_repair.py",
    ),
    Hollow(
        name="constant-that-no-test-sees",
        why="The test reads the constant that it is to check.",
        base=SHOP,
        change={
            "shop/cart.py": swap("FREE_FROM = 100", "FREE_FROM = 80"),
            "tests/test_cart.py": swap("([99], 5)", "([79], 5)"),
            "tests/test_free.py": "from shop import cart\n\n\ndef test_free_from():\n    assert cart.shipping([cart.FREE_FROM]) == 0\n",
        },
        task="- [ ] 1. Shipping is free from 80 on\n  - Change `FREE_FROM` in `shop/cart.py`, and `tests/test_cart.py`\n",
        by=("bite",),
        at="tests/test_free.py",
    ),
    Hollow(
        name="data-that-no-test-sees",
        why="The words changed, and the new test reads them from the same file.",
        base=SHOP,
        change={
            "shop/words.json": '{"total": "total", "shipping": "shipping", "rest": "to pay"}\n',
            "tests/test_words.py": "import json\nfrom pathlib import Path\n\nimport shop\n\n\ndef test_words():\n    words = json.loads((Path(shop.__file__).parent / 'words.json').read_text())\n    assert all(words.values())\n",
        },
        task="- [ ] 1. A word for what is left to pay\n  - Add it to `shop/words.json`\n",
        by=("bite",),
        at="tests/test_words.py",
    ),
    Hollow(
        name="class-whose-methods-no-test-asks",
        why="That an object can be made says nothing of its methods.",
        base=SHOP,
        change={
            "shop/voucher.py": "class Voucher:\n    def __init__(self, worth):\n        self.worth = worth\n\n    def pay(self, price):\n        used = min(self.worth, price)\n        self.worth -= used\n        return price - used\n",
            "tests/test_voucher.py": "from shop.voucher import Voucher\n\n\ndef test_voucher():\n    voucher = Voucher(5)\n    voucher.pay(3)\n    assert isinstance(voucher, Voucher)\n",
        },
        task="- [ ] 1. Vouchers\n  - Write `shop/voucher.py`\n",
        by=("bite", "tamper"),
        at="tests/test_voucher.py",
    ),
    Hollow(
        name="unittest-of-a-mock",
        why="The same in unittest: what is asserted is the mock's own answer.",
        base=PLAIN,
        change={
            **_FEATURE,
            "tests/test_discount.py": 'import unittest\nfrom unittest import mock\n\nfrom shop import cart\n\n\nclass DiscountTest(unittest.TestCase):\n    def test_discounted(self):\n        with mock.patch.object(cart, "discounted", return_value=90):\n            self.assertEqual(cart.discounted([100], 10), 90)\n',
        },
        task=_TASK,
        settings={"coverage_threshold": 50.0, "changed_coverage_threshold": 0.0},
        by=("bite",),
    ),
    Hollow(
        name="node-test-that-it-is-there",
        why="The same in JavaScript: a function exists.",
        base=NODE,
        change={
            "cart.js": JS_CART
            + "\nexports.discounted = function discounted(prices, percent) {\n  return (exports.total(prices) * (100 - percent)) / 100;\n};\n",
            "test/discount.test.js": "const { test } = require('node:test');\nconst assert = require('node:assert');\nconst cart = require('../cart.js');\n\ntest('there is a discount', () => {\n  assert.strictEqual(typeof cart.discounted, 'function');\n});\n",
        },
        task="- [ ] 1. Give a discount\n  - Write `discounted` in `cart.js`\n",
        settings={"coverage_threshold": 20.0, "changed_coverage_threshold": 0.0},
        by=("bite",),
        at="test/discount.test.js",
    ),
    Hollow(
        name="node-failure-caught",
        why="The same in JavaScript: whatever is thrown is dropped.",
        base=NODE,
        change={
            "cart.js": JS_CART
            + "\nexports.discounted = function discounted(prices, percent) {\n  return (exports.total(prices) * (100 - percent)) / 100;\n};\n",
            "test/discount.test.js": "const { test } = require('node:test');\nconst assert = require('node:assert');\nconst cart = require('../cart.js');\n\ntest('a discount is given', () => {\n  try {\n    assert.strictEqual(cart.discounted([100], 10), 90);\n  } catch (error) {\n    console.log(error);\n  }\n});\n",
        },
        task="- [ ] 1. Give a discount\n  - Write `discounted` in `cart.js`\n",
        by=("bite", "tamper"),
        at="test/discount.test.js",
    ),
)
