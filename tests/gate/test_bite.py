"""The bite check with real pytest: one branch with many tests, honest and hollow, each with the verdict it deserves."""

import pytest

from gate.branch import Branch, named

BASE = {
    "pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['.']\naddopts = '--doctest-modules -x'\nasyncio_mode = 'auto'\n",
    "shop/__init__.py": "",
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


@pytest.fixture(scope="module")
def everything():
    """Filled by the first test: one look over all of them."""
    return {}


async def test_each_test_of_a_branch_gets_the_verdict_that_its_name_tells(project):
    bitten = await Branch(project, BASE, HEAD).bite()
    found = named(bitten)
    doctest = found.pop("shop.new.price")
    assert doctest == "bites"
    wrong = {name: bite for name, bite in found.items() if name.split("_")[1] != bite}
    assert not wrong
    assert len(found) >= 54
    assert bitten.result.color.value == "red"
