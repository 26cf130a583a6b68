"""The bite check with real pytest: one branch with many tests, honest and hollow, each with the verdict it deserves."""

from gate.branch import Branch, named
from kiro_worker.clock import SystemClock
from kiro_worker.gate import Color
from kiro_worker.gate.bite.check import check_bite

BASE = {
    "pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['.']\naddopts = '--doctest-modules -x'\nasyncio_mode = 'auto'\n",
    "shop/__init__.py": "",
    "shop/more/__init__.py": "from .shelf import filled as SHELF\n",
    "shop/more/shelf.py": "def filled(n):\n    return ['a'] * n\n",
    "shop/old.py": "LIMIT = 3\n\n\ndef rebate(total):\n    return 0\n",
    "tests/test_old.py": "from shop.old import rebate\n\n\ndef test_rebate():\n    assert rebate(10) == 0\n",
}

CODE = '''\
"""New code of every form that functions have."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import typing


def price(count):
    """What it costs.

    >>> price(2)
    20
    """
    return count * 10


def nothing(): return None
def no(): yes = False; return yes
def empty_list(x): return [] if x else [x]


def check(name):
    if not name:
        raise ValueError("no name")


async def fetch(name):
    return name.upper()


def count_to(n):
    yield from range(1, n + 1)


def none_of_them():
    yield from ()


async def stream():
    yield "a"


@contextlib.contextmanager
def opened(log):
    log.append("open")
    yield log
    log.append("closed")


def twice(function):
    @functools.wraps(function)
    def wrapped(*args):
        return function(*args) * 2

    return wrapped


@twice
def doubled(n):
    return n


@typing.overload
def same(x: int) -> int: ...
@typing.overload
def same(x: str) -> str: ...
def same(x):
    return x


class Cart:
    def __init__(self, items=()):
        self.items = list(items)

    @property
    def total(self):
        return sum(self.items)

    @staticmethod
    def parse(text):
        return Cart(int(part) for part in text.split(","))

    @classmethod
    def empty(cls):
        return cls()

    def add(self, item):
        self.items.append(item)

    def __len__(self):
        return len(self.items)

    def __eq__(self, other):
        return self.items == other.items

    def __contains__(self, item):
        return item in self.items

    def __repr__(self):
        return f"Cart({self.items})"

    async def save(self):
        self.items.append("saved")

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.items.clear()


@dataclasses.dataclass(frozen=True)
class Point:
    x: int
    y: int = 4

    def moved(self, by):
        return Point(self.x + by, self.y)


class NotSold(LookupError):
    """It is not sold here."""


RATES = {"a": 1.5}
TABLE = {name: price(2) for name in RATES}


def register(name, into=RATES):
    into[name] = len(name)


register("registered")


def outer():
    def inner():
        return 5

    return inner() + 1


def from_data():
    from pathlib import Path

    return Path(__file__).with_name("words.txt").read_text().split()
'''

TESTS = """\
import asyncio
import inspect
import subprocess
import sys
import unittest
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given, settings, strategies as st

import shop.new
from shop import new
from shop.more import SHELF
from shop.old import LIMIT, rebate


@pytest.mark.parametrize("count", [1, 2])
def test_bites_price(count):
    assert price(count) == count * 10


def price(count):
    return new.price(count)


def test_bites_none():
    assert new.nothing() is None


def test_bites_false():
    assert not new.no()


def test_bites_one_liner():
    assert new.empty_list(1) == []


def test_bites_error():
    with pytest.raises(ValueError, match="no name"):
        new.check("")


def test_bites_coroutine():
    assert asyncio.run(new.fetch("a")) == "A"


async def test_bites_async_test():
    assert await new.fetch("a") == "A"


def test_bites_generator():
    assert list(new.count_to(3)) == [1, 2, 3]


def test_bites_empty_generator():
    assert list(new.none_of_them()) == []


async def test_bites_async_generator():
    assert [it async for it in new.stream()] == ["a"]


def test_bites_context():
    log = []
    with new.opened(log):
        assert log == ["open"]
    assert log == ["open", "closed"]


def test_bites_decorator():
    @new.twice
    def one():
        return 1

    assert one() == 2


def test_bites_decorated():
    assert new.doubled(2) == 4


def test_bites_overload():
    assert new.same(3) == 3


def test_bites_nested():
    assert new.outer() == 6


class TestCart:
    @pytest.fixture
    def cart(self):
        return new.Cart.parse("1,2")

    def test_bites_fixture(self, cart):
        assert cart.items == [1, 2]

    def test_bites_property(self, cart):
        assert cart.total == 3

    def test_bites_method(self, cart):
        cart.add(3)
        assert cart.items == [1, 2, 3]

    def test_bites_len(self):
        assert len(new.Cart([1])) == 1

    def test_bites_not_equal(self):
        assert new.Cart([1]) != new.Cart([2])

    def test_bites_contains(self):
        assert 1 in new.Cart([1])
        assert 2 not in new.Cart([1])

    def test_bites_classmethod(self):
        assert new.Cart.empty().items == []

    def test_bites_repr(self):
        assert repr(new.Cart([1])) == "Cart([1])"

    async def test_bites_async_method(self):
        cart = new.Cart()
        await cart.save()
        assert cart.items == ["saved"]

    def test_bites_with(self):
        cart = new.Cart([1])
        with cart as inner:
            assert inner is cart
        assert cart.items == []


class OldStyle(unittest.TestCase):
    def setUp(self):
        self.cart = new.Cart([1])

    def test_bites_set_up(self):
        self.assertEqual(self.cart.total, 1)

    async def helper(self):
        return None


class OldStyleAsync(unittest.IsolatedAsyncioTestCase):
    async def test_bites_isolated(self):
        self.assertEqual(await new.fetch("a"), "A")


@settings(max_examples=5, deadline=None)
@given(st.integers())
def test_bites_hypothesis(n):
    assert new.price(n) == n * 10


def test_bites_dataclass_method():
    assert new.Point(1).moved(2) == new.Point(3)


def test_bites_dataclass_field():
    assert new.Point(7).x == 7


def test_bites_dataclass_default():
    assert new.Point(7).y == 4


def test_bites_constant():
    assert new.RATES["a"] == 1.5


def test_bites_changed_constant():
    assert LIMIT == 5


def test_bites_computed_constant():
    assert new.TABLE == {"a": 20}


def test_bites_registered():
    assert "registered" in new.RATES


def test_bites_exception_kind():
    assert issubclass(new.NotSold, LookupError)


def test_bites_data_file():
    assert Path(shop.new.__file__).with_name("words.txt").read_text() == "one two\\n"


def test_bites_changed_function():
    assert rebate(200) == 20


def test_bites_subprocess():
    told = subprocess.run(
        [sys.executable, "-c", "from shop.new import price; print(price(2))"], capture_output=True, env={}, check=True
    )
    assert told.stdout == b"20\\n"


def test_smoke_call():
    new.price(1)


def test_smoke_no_error():
    new.check("name")


def test_smoke_trivial():
    assert isinstance(new.outer(), object)


def test_smoke_swallowed():
    try:
        assert new.price(1) == 11
    except Exception:
        pass


def test_guard_old_function():
    assert rebate(50) == 0


def test_guard_old_constant():
    assert SHELF(2) == ["a", "a"]


def test_hollow_constant_truth():
    assert True


def test_hollow_own_arithmetic():
    assert 2 * 10 == 20


def test_hollow_names():
    assert hasattr(new, "price")
    assert callable(new.Cart)


def test_hollow_source():
    assert "count * 10" in inspect.getsource(new.price)


def test_hollow_text():
    assert "def price" in Path(new.__file__).read_text()


def test_hollow_mocked():
    with mock.patch("shop.new.price", return_value=30):
        assert new.price(3) == 30


def test_hollow_mock_only():
    fake = mock.Mock()
    fake.price.return_value = 3
    assert fake.price(1) == 3


def test_hollow_field_is_there():
    assert new.Point(1) is not None


def test_hollow_constant_is_there():
    assert new.RATES is not None


def test_hollow_import():
    from shop.new import Cart  # noqa: F401
"""

HEAD = {
    "shop/new.py": CODE,
    "shop/words.txt": "one two\n",
    "shop/old.py": "LIMIT = 5\n\n\ndef rebate(total):\n    return total // 10 if total > 100 else 0\n",
    "tests/test_new.py": TESTS,
}


async def test_each_test_of_a_branch_gets_the_verdict_that_its_name_tells(project):
    bitten = await Branch(project, BASE, HEAD).bite()
    found = named(bitten)
    doctest = found.pop("shop.new.price")
    assert doctest == "bites"
    wrong = {name: bite for name, bite in found.items() if name.split("_")[1] != bite}
    assert not wrong
    assert len(found) >= 54
    assert bitten.result.color is Color.RED
    told = {
        (it.code, it.title.rpartition("::")[2].partition("_")[2].partition("_")[0]) for it in bitten.result.findings
    }
    assert told == {("bite.hollow", "hollow"), ("bite.smoke", "smoke"), ("bite.guard", "guard")}
    assert all(it.path == "tests/test_new.py" and it.line > 0 and it.cure for it in bitten.result.findings)


SHOP = {
    "pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['.']\n",
    "shop.py": "RATE = 2\n\n\ndef total(prices):\n    return sum(prices)\n",
}


async def look(project, code: str | None, tests: str, *, base: dict[str, str] | None = None, blocks: bool = True):
    base = {**SHOP, **(base or {})}
    head = (
        {"tests/test_news.py": tests}
        if code is None
        else {"shop.py": SHOP["shop.py"] + code, "tests/test_news.py": tests}
    )
    return await Branch(project, base, head).bite(blocks=blocks)


NEW = "\n\ndef half(n):\n    return n / 2\n"


async def test_tests_that_only_run_what_is_new_prove_nothing_by_themselves(project):
    bitten = await look(project, NEW, "from shop import half\n\n\ndef test_half():\n    half(2)\n")
    assert (bitten.result.color, [it.code for it in bitten.result.findings]) == (Color.RED, ["bite.none", "bite.smoke"])


async def test_beside_a_test_that_bites_they_are_told_and_block_nothing(project):
    tests = "from shop import half\n\n\ndef test_half():\n    assert half(2) == 1\n\n\ndef test_runs():\n    half(2)\n"
    bitten = await look(project, NEW, tests)
    assert (bitten.result.color, [it.code for it in bitten.result.findings]) == (Color.GREEN, ["bite.smoke"])
    assert bitten.result.summary == "1 of 2 new and changed tests fail without the change; 1 only runs it"


async def test_a_hollow_test_is_told_where_it_is_not_to_block(project):
    bitten = await look(project, NEW, "def test_half():\n    assert True\n", blocks=False)
    assert (bitten.result.color, [it.code for it in bitten.result.findings]) == (Color.GREEN, ["bite.hollow"])


async def test_a_repair_that_its_test_does_not_see_is_seen(project):
    old = {**SHOP, "shop.py": "def dearest(prices):\n    return max(prices)\n"}
    new = {
        "shop.py": "def dearest(prices):\n    return max(prices) if prices else 0\n",
        "tests/test_dearest.py": "from shop import dearest\n\n\ndef test_dearest():\n    assert dearest([0]) == 0\n",
    }
    bitten = await Branch(project, old, new).bite()
    assert (bitten.result.color, named(bitten)) == (Color.RED, {"test_dearest": "guard"})


async def test_one_set_of_parameters_that_bites_is_enough(project):
    tests = "import pytest\n\nfrom shop import total\n\n\n@pytest.mark.parametrize(('prices', 'all'), [([1, 2], 3), ([], 1)])\ndef test_total(prices, all):\n    assert total(prices) == all\n"
    head = {"shop.py": "def total(prices):\n    return sum(prices) or 1\n", "tests/test_news.py": tests}
    bitten = await Branch(project, SHOP, head).bite()
    assert set(named(bitten).values()) == {"bites"}


async def test_where_there_is_nothing_but_tests_there_is_nothing_to_do(project):
    bitten = await look(project, None, "from shop import total\n\n\ndef test_total():\n    assert total([1]) == 1\n")
    assert (bitten.result.color, bitten.result.summary) == (Color.NOT_APPLICABLE, "the change has nothing but tests")
    assert set(bitten.touched) == {"tests.test_news::test_total"}
    assert bitten.bites == {}


async def test_a_change_without_tests_is_not_for_this_gate(project):
    base = {"tests/test_old.py": "from shop import total\n\n\ndef test_total():\n    assert total([1]) == 1\n"}
    bitten = await Branch(project, {**SHOP, **base}, {"shop.py": SHOP["shop.py"] + NEW}).bite()
    assert bitten.result.summary == "the change adds and changes no test"


async def test_prose_and_settings_beside_a_tidied_test_do_not_ask_for_a_bite(project):
    test = "from shop import total\n\n\ndef test_total():\n    assert total([1]) == 1\n"
    base = {**SHOP, "README.md": "Shop\n", "tests/test_old.py": test}
    head = {"README.md": "A shop\n", "tests/test_old.py": test.replace("[1]) == 1", "[1, 1]) == 2")}
    bitten = await Branch(project, base, head).bite()
    assert (bitten.result.color, named(bitten)) == (Color.GREEN, {"test_total": "guard"})


async def test_a_test_that_is_skipped_without_the_change_is_unknown_and_not_hollow(project):
    tests = "import pytest\n\nimport shop\n\n\ndef test_half():\n    if shop.half(2) is None or not hasattr(shop.half(2), 'real'):\n        pytest.skip('no halves here')\n    assert True\n"
    bitten = await look(project, NEW, tests)
    assert (bitten.result.color, named(bitten)) == (Color.GREEN, {"test_half": "unknown"})
    assert [it.code for it in bitten.result.findings] == ["bite.unknown"]


async def test_functions_that_run_while_modules_are_loaded_do_not_keep_tests_from_being_run(project):
    code = "\n\ndef halves(n):\n    return {i: i / 2 for i in range(n)}\n\n\nHALVES = {**halves(3), 'x': 0}\n"
    tests = "import shop\n\n\ndef test_bites():\n    assert shop.halves(2) == {0: 0, 1: 0.5}\n\n\ndef test_hollow():\n    assert shop.halves\n"
    bitten = await look(project, code, tests)
    assert named(bitten) == {"test_bites": "bites", "test_hollow": "hollow"}


async def test_what_tests_need_of_other_processes_is_taken_away_there_too(project):
    code = "\n\ndef half(n):\n    return n / 2\n\n\nif __name__ == '__main__':\n    print(half(4))\n"
    tests = "import subprocess\nimport sys\n\n\ndef test_program():\n    told = subprocess.run([sys.executable, 'shop.py'], capture_output=True, text=True)\n    assert told.stdout == '2.0\\n'\n"
    assert named(await look(project, code, tests)) == {"test_program": "bites"}


async def test_a_tree_that_cannot_be_put_back_is_an_error(project):
    tests = "import shutil\n\nfrom shop import half\n\n\ndef test_half():\n    if half(2) != 1:\n        import os\n        os.unlink('shop.py')\n        os.mkdir('shop.py')\n        open('shop.py/x', 'w').close()\n    assert half(2) == 1\n"
    branch = Branch(project, SHOP, {"shop.py": SHOP["shop.py"] + NEW, "tests/test_news.py": tests})
    head, trials = await branch.judge()
    bitten = await check_bite(branch.change, head.cases, trials, SystemClock(), blocks=True)
    assert (bitten.result.color, bitten.result.findings[0].code) == (Color.ERROR, "gate.rewind-failed")
