"""Tests that still run, and no longer say what they said."""

from hollow.base import PLAIN, SHOP
from hollow.case import Hollow, swap
from hollow.table.weakened import BROKEN

_TEST = "def test_dearest(prices):\n    assert dearest(prices) == 20\n"
_AT = "tests/test_cart.py"


def _instead(name: str, why: str, body: str, *more_pairs: str, given: str = "prices") -> Hollow:
    """What the one test that would fail does now."""
    test = f"def test_dearest({given}):\n{body}"
    return Hollow(
        name=name, why=why, base=SHOP, change={**BROKEN, _AT: swap(_TEST, test, *more_pairs)}, by=("tamper",), at=_AT
    )


CASES = (
    _instead("assertion-removed", "The code is run, and nothing is asked of it.", "    dearest(prices)\n"),
    _instead("assertion-of-true", "`assert True`.", "    dearest(prices)\n    assert True\n"),
    _instead("assertion-or-true", "LLMKube #1332: `or True`.", "    assert dearest(prices) == 20 or True\n"),
    _instead(
        "assertion-or-an-alternative",
        "Either the right answer or the wrong one.",
        "    assert dearest(prices) in (10, 20)\n",
    ),
    _instead("assertion-of-a-tuple", "A tuple is always true.", '    assert (dearest(prices) == 20, "the dearest")\n'),
    _instead("assertion-of-a-bound", "Anything that is not negative will do.", "    assert dearest(prices) >= 0\n"),
    _instead("assertion-of-something", "Anything at all will do.", "    assert dearest(prices) is not None\n"),
    _instead("assertion-of-a-type", "Any number will do.", "    assert isinstance(dearest(prices), int)\n"),
    _instead(
        "expectation-flipped",
        "LLMKube #1348: the test was rewritten to assert what the broken code says.",
        "    assert dearest(prices) == 10\n",
    ),
    _instead("comparison-flipped", "The opposite is asserted.", "    assert dearest(prices) != 20\n"),
    _instead(
        "expectation-from-the-code",
        "What is expected is what the code says.",
        "    expected = dearest(prices)\n    assert dearest(prices) == expected\n",
    ),
    _instead(
        "failure-swallowed",
        "An assertion that fails is caught.",
        "    try:\n        assert dearest(prices) == 20\n    except AssertionError:\n        pass\n",
    ),
    _instead(
        "failure-swallowed-with-all-else",
        "Whatever goes wrong is printed.",
        "    try:\n        assert dearest(prices) == 20\n    except Exception as error:\n        print(error)\n",
    ),
    _instead(
        "failure-suppressed",
        "The same by a context.",
        "    with contextlib.suppress(AssertionError):\n        assert dearest(prices) == 20\n",
        "import pytest\n\nfrom shop",
        "import contextlib\n\nimport pytest\n\nfrom shop",
    ),
    _instead(
        "failure-expected",
        "The failure itself is what is expected.",
        "    with pytest.raises(AssertionError):\n        assert dearest(prices) == 20\n",
    ),
    _instead(
        "asserted-of-nothing",
        "The loop has nothing to go through.",
        "    for expected in []:\n        assert dearest(prices) == expected\n",
    ),
    _instead(
        "within-any-distance",
        "A tolerance that forgives everything.",
        "    assert dearest(prices) == pytest.approx(20, abs=100)\n",
    ),
    _instead(
        "unit-under-test-replaced",
        "The function that is tested is replaced by one that says what is expected.",
        '    monkeypatch.setattr("shop.cart.dearest", lambda prices: 20)\n    import shop.cart\n\n    assert shop.cart.dearest(prices) == 20\n',
        "import dearest, shipping",
        "import shipping",
        given="prices, monkeypatch",
    ),
    Hollow(
        name="input-changed-to-fit",
        why="The expectation stands, and the input was chosen so that the broken code meets it.",
        base=SHOP,
        change={**BROKEN, _AT: swap(_TEST, "def test_dearest():\n    assert dearest([20, 10]) == 20\n")},
        by=("tamper",),
        at=_AT,
    ),
    Hollow(
        name="one-of-two-assertions-removed",
        why="The test still asserts something, and not what would fail.",
        base=SHOP,
        change={
            "shop/stock.py": swap(
                "self.counts[name] -= count\n        return self.counts[name]", "return self.counts[name] - count"
            ),
            "tests/test_stock.py": swap('        assert stock.counts == {"pen": 1}\n', ""),
        },
        by=("tamper",),
        at="tests/test_stock.py",
    ),
    Hollow(
        name="error-no-longer-looked-at",
        why="Any error will do now, also one that is a bug.",
        base=SHOP,
        change={
            "shop/stock.py": swap(
                "count > self.counts.get(name, 0)", "count > self.counts.get(name, 0) and self.count"
            ),
            "tests/test_stock.py": swap('pytest.raises(LookupError, match="no 4 of pen")', "pytest.raises(Exception)"),
        },
        by=("tamper",),
        at="tests/test_stock.py",
    ),
    Hollow(
        name="unittest-assertion-weakened",
        why="`assertEqual` became `assertTrue`, whose second argument is a message.",
        base=PLAIN,
        change={
            **BROKEN,
            _AT: swap("self.assertEqual(dearest(self.prices), 20)", "self.assertTrue(dearest(self.prices), 20)"),
        },
        by=("tamper",),
        at=_AT,
    ),
    Hollow(
        name="unittest-assertion-removed",
        why="The call is left, and what it says is dropped.",
        base=PLAIN,
        change={**BROKEN, _AT: swap("self.assertEqual(dearest(self.prices), 20)", "dearest(self.prices)")},
        by=("tamper",),
        at=_AT,
    ),
)
