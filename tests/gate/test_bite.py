"""The bite check with real pytest: one branch with many tests, honest and hollow, each with the verdict it deserves."""

import pytest

from gate.branch import Branch, change_set, named
from gate.conftest import EVERYTHING
from kiro_worker.clock import SystemClock
from kiro_worker.gate import Color
from kiro_worker.gate.bite.check import check_bite
from kiro_worker.gate.bite.level import Ended, Level, verdict
from kiro_worker.gate.bite.mutants import Mutants
from kiro_worker.gate.bite.result import result_of
from kiro_worker.gate.port import Bite, TestCase
from kiro_worker.gate.trial import Trials

BASE = {
    "pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['.']\naddopts = '--doctest-modules -x'\nasyncio_mode = 'auto'\n",
    "shop/__init__.py": "",
    "shop/more/__init__.py": "from .shelf import filled as SHELF\n",
    "shop/more/shelf.py": "def filled(n):\n    return ['a'] * n\n",
    "shop/old.py": "LIMIT = 3\n\n\ndef rebate(total):\n    return 0\n\n\ndef dearest(prices):\n    return max(prices)\n",
    "tests/test_old.py": "from shop.old import rebate\n\n\ndef test_rebate():\n    assert rebate(10) == 0\n",
}

CODE = '''\
"""New code of every form that functions have."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import re
import typing
from pathlib import Path


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
CODE = re.compile(r"^\\d+$")
WORDS = Path(__file__).with_name("words.txt").read_text().split()
TABLE = {name: price(2) for name in RATES}


def register(name, into=RATES):
    into[name] = len(name)


register("registered")


def outer():
    def inner():
        return 5

    return inner() + 1


def halves(n):
    return {i: i / 2 for i in range(n)}


HALVES = {**halves(3), "x": 0}


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
from shop.old import LIMIT, dearest, rebate


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


def test_bites_pattern():
    assert new.CODE.fullmatch("12")


def test_bites_pattern_that_does_not_fit():
    assert not new.CODE.fullmatch("x")


def test_bites_value_from_a_file():
    assert new.WORDS[0] == "one"


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


def test_guard_repair_that_it_does_not_see():
    assert dearest([0]) == 0


@pytest.mark.parametrize(("total", "less"), [(10, 0), (200, 20)])
def test_bites_one_set_of_parameters_is_enough(total, less):
    assert rebate(total) == less


def test_bites_function_that_runs_while_modules_are_loaded():
    assert new.halves(2) == {0: 0, 1: 0.5}


def test_unknown_skipped_without_the_change():
    if new.halves(2) is None or not isinstance(new.halves(2), dict):
        pytest.skip("no halves here")
    assert True


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
    "shop/old.py": "LIMIT = 5\n\n\ndef rebate(total):\n    return total // 10 if total > 100 else 0\n\n\ndef dearest(prices):\n    return max(prices) if prices else 0\n",
    "tests/test_new.py": TESTS,
}


async def test_each_test_of_a_branch_gets_the_verdict_that_its_name_tells(project):
    project.path = EVERYTHING
    bitten = await Branch(project, BASE, HEAD).bite()
    found = named(bitten)
    doctest = found.pop("shop.new.price")
    assert doctest == "bites"
    wrong = {name: bite for name, bite in found.items() if name.split("_")[1] != bite}
    assert not wrong
    assert len(found) >= 54
    assert bitten.result.color is Color.RED
    *told, last = bitten.result.findings
    kinds = {(it.code, it.title.rpartition("::")[2].split("_")[1]) for it in told}
    assert kinds == {("bite.hollow", "hollow"), ("bite.smoke", "smoke"), ("bite.guard", "guard")}
    assert all(it.path == "tests/test_new.py" and it.line > 0 and it.cure for it in told)
    assert last.code == "bite.unknown"
    assert "It was skipped while new functions did nothing" in last.detail


SHOP = {
    "pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['.']\n",
    "shop.py": "RATE = 2\n\n\ndef total(prices):\n    return sum(prices)\n",
}


NEW = "\n\ndef half(n):\n    return n / 2\n"


def judged(*kinds: Bite, blocks: bool = True, has_code: bool = True, keeps: bool = False) -> tuple[Color, list[str]]:
    """What the gate says of tests with these verdicts."""
    tests = [TestCase(name=f"test_{number}", path="t.py", line=number) for number in range(len(kinds))]
    verdicts = {test.id: (kind, "why") for test, kind in zip(tests, kinds, strict=True)}
    result = result_of(tests, verdicts, blocks=blocks, has_code=has_code, keeps=keeps)
    return result.color, [finding.code for finding in result.findings]


def test_what_blocks_and_what_is_told():
    assert judged(Bite.BITES, Bite.BITES) == (Color.GREEN, [])
    assert judged(Bite.BITES, Bite.HOLLOW) == (Color.RED, ["bite.hollow"])
    assert judged(Bite.BITES, Bite.HOLLOW, blocks=False) == (Color.GREEN, ["bite.hollow"])
    assert judged(Bite.BITES, Bite.SMOKE, Bite.GUARD) == (Color.GREEN, ["bite.smoke", "bite.guard"])


def test_where_no_test_bites_nothing_is_proved():
    assert judged(Bite.SMOKE) == (Color.RED, ["bite.none", "bite.smoke"])
    assert judged(Bite.GUARD, Bite.SMOKE) == (Color.RED, ["bite.none", "bite.smoke", "bite.guard"])
    assert judged(Bite.SMOKE, blocks=False) == (Color.GREEN, ["bite.none", "bite.smoke"])
    assert judged(Bite.SMOKE, Bite.UNKNOWN) == (Color.GREEN, ["bite.smoke", "bite.unknown"]), "nobody knows"
    assert judged(Bite.GUARD, has_code=False) == (Color.GREEN, ["bite.guard"]), "there is nothing to notice"


def test_guards_are_the_proof_of_a_change_that_keeps_everything():
    assert judged(Bite.GUARD, keeps=True) == (Color.GREEN, ["bite.none", "bite.guard"])
    assert judged(Bite.SMOKE, keeps=True) == (Color.RED, ["bite.none", "bite.smoke"])
    assert judged(Bite.GUARD, Bite.HOLLOW, keeps=True)[0] is Color.RED


def test_sets_of_parameters_are_told_as_one_test():
    tests = [TestCase(name=f"test_a[{number}]", path="t.py", line=3) for number in range(3)]
    found = result_of(tests, {test.id: (Bite.GUARD, "Why.") for test in tests}, blocks=True, has_code=False).findings
    assert [(it.title, it.detail) for it in found] == [
        ("test_a[0]", "Why. So it is with 2 more of its sets of parameters.")
    ]


def test_reasons_are_told_once_and_long_lists_end():
    color, codes = judged(*[Bite.UNKNOWN] * 7, *[Bite.HOLLOW] * 60, Bite.BITES)
    assert (color, codes.count("bite.unknown"), codes.count("bite.hollow")) == (Color.RED, 1, 51)


P, F, B, S, A = Ended.PASSED, Ended.FAILED, Ended.BROKE, Ended.SKIPPED, Ended.ABSENT
SEEN = {
    "fails when it is emptied": ({Level.TAKEN: F}, "bites"),
    "fails with something strange": ({Level.TAKEN: P, Level.STRANGE: F}, "bites"),
    "fails with other constants": ({Level.TAKEN: P, Level.STRANGE: P, Level.REST: F}, "bites"),
    "never gets past its fixture": ({Level.TAKEN: B, Level.STRANGE: B}, "bites"),
    "gets past its fixture with something strange": ({Level.TAKEN: B, Level.STRANGE: P, Level.FAILURE: B}, "smoke"),
    "runs it": ({Level.TAKEN: P, Level.FAILURE: F, Level.EMPTIED: P}, "smoke"),
    "asserts what was so before": ({Level.TAKEN: P, Level.FAILURE: F, Level.EMPTIED: F}, "guard"),
    "asserts what is elsewhere": ({Level.TAKEN: P, Level.FAILURE: P, Level.WHOLE: P, Level.AROUND: F}, "guard"),
    "passes whatever is done": ({Level.TAKEN: P, Level.FAILURE: P, Level.WHOLE: P, Level.AROUND: P}, "hollow"),
    "needs the names alone": ({Level.TAKEN: P, Level.FAILURE: P, Level.WHOLE: F}, "hollow"),
    "needs them to be loaded": ({Level.TAKEN: P, Level.FAILURE: P, Level.WHOLE: A}, "hollow"),
    "fails without data": ({Level.WHOLE: F}, "bites"),
    "passes without data": ({Level.REST: P, Level.WHOLE: P}, "hollow"),
    "cannot be loaded without the change": ({Level.WHOLE: A}, "unknown"),
    "could not be built when it was emptied": ({Level.TAKEN: A, Level.STRANGE: A, Level.WHOLE: A}, "unknown"),
    "could not be built, and fails without all of it": ({Level.TAKEN: A, Level.WHOLE: F}, "bites"),
    "is skipped when it is emptied": ({Level.TAKEN: S, Level.WHOLE: F}, "unknown"),
    "could not be run when functions failed": ({Level.TAKEN: P, Level.FAILURE: A, Level.WHOLE: A}, "unknown"),
    "fails with strange values": ({Level.TAKEN: P, Level.REST: A, Level.VALUES: F}, "bites"),
    "fails without a data file": ({Level.TAKEN: P, Level.DATA: F}, "bites"),
    "passes whatever is done, and cannot be loaded without data": ({Level.TAKEN: P, Level.DATA: A}, "hollow"),
    "cannot be loaded without data, and that is all there is": ({Level.DATA: A, Level.WHOLE: A}, "unknown"),
    "passes with strange values": ({Level.REST: P, Level.VALUES: P, Level.WHOLE: A}, "hollow"),
    "could not be run with other constants": ({Level.TAKEN: P, Level.REST: A, Level.FAILURE: P}, "unknown"),
}


@pytest.mark.parametrize("what", SEEN)
def test_what_a_test_is_worth_follows_from_what_it_said(what):
    seen, expected = SEEN[what]
    bite, why = verdict(seen)
    assert bite.value == expected
    assert bool(why) is (expected != "bites")


async def test_where_there_is_nothing_but_tests_there_is_nothing_to_do(project):
    bitten = await Branch(
        project,
        SHOP,
        {"tests/test_news.py": "from shop import total\n\n\ndef test_total():\n    assert total([1]) == 1\n"},
    ).bite()
    assert (bitten.result.color, bitten.result.summary) == (Color.NOT_APPLICABLE, "the change has nothing but tests")
    assert set(bitten.touched) == {"tests.test_news::test_total"}
    assert bitten.bites == {}


async def test_a_change_without_tests_is_not_for_this_gate(project):
    base = {**SHOP, "tests/test_old.py": "def test_old():\n    assert 1\n"}
    bitten = await Branch(project, base, {"shop.py": SHOP["shop.py"] + NEW}).bite()
    assert (bitten.result.color, bitten.result.summary) == (
        Color.NOT_APPLICABLE,
        "the change adds and changes no test",
    )


def test_prose_and_settings_are_nothing_that_a_test_has_to_notice():
    prose = {"README.md": "A\n", "setup.cfg": "[x]\n", "docs/a.md": "B\n"}
    assert not Mutants(change_set({}, prose)).has_code
    assert not Mutants(change_set({"a.py": "x = 1\n"}, {"a.py": "# why\nx = 1  # so\n"})).has_code
    assert Mutants(change_set({}, {"a.py": "x = 1\n"})).has_code
    assert Mutants(change_set({}, {"a.py": "def f():\n    return 1\n"})).has_code


async def test_a_tree_that_cannot_be_put_back_is_an_error(project):
    tests = "import shutil\n\nfrom shop import half\n\n\ndef test_half():\n    if half(2) != 1:\n        import os\n        os.unlink('shop.py')\n        os.mkdir('shop.py')\n        open('shop.py/x', 'w').close()\n    assert half(2) == 1\n"
    branch = Branch(project, SHOP, {"shop.py": SHOP["shop.py"] + NEW, "tests/test_news.py": tests})
    head, trials = await branch.judge()
    bitten = await check_bite(branch.change, head.cases, trials, SystemClock(), blocks=True)
    assert (bitten.result.color, bitten.result.findings[0].code) == (Color.ERROR, "gate.rewind-failed")


async def test_unittest_without_pytest_is_asked_too(project, bare_python):
    base = {
        "shop.py": "",
        "tests/__init__.py": "",
        "tests/test_old.py": "import unittest\n\n\nclass Old(unittest.TestCase):\n    def test_old(self):\n        self.assertTrue(1)\n",
    }
    tests = "import unittest\n\nfrom shop import half\n\n\nclass Half(unittest.TestCase):\n    def test_bites(self):\n        self.assertEqual(half(2), 1)\n\n    def test_hollow(self):\n        self.assertTrue(callable(half))\n"
    project.path = f"{bare_python}:/usr/bin:/bin"
    bitten = await Branch(project, base, {"shop.py": NEW, "tests/test_half.py": tests}).bite()
    assert named(bitten) == {"test_bites": "bites", "test_hollow": "hollow"}


async def test_a_changed_value_has_to_be_noticed_as_what_it_was_before(project):
    base = {**SHOP, "shop.py": "FREE_FROM = 100\n\n\ndef shipping(total):\n    return 0 if total >= FREE_FROM else 5\n"}
    tests = "import shop\n\n\ndef test_{}():\n    assert shop.shipping({}) == 0\n"
    head = {
        "shop.py": base["shop.py"].replace("100", "80"),
        "tests/test_a.py": tests.format("bites", "80") + tests.format("guard", "shop.FREE_FROM")[12:],
    }
    assert named(await Branch(project, base, head).bite()) == {"test_bites": "bites", "test_guard": "guard"}


async def test_what_decorates_what_was_there_is_a_part_of_what_it_does(project):
    base = (
        "import dataclasses\nimport functools\n\n\ndef total(a):\n    return a\n\n\n"
        "@dataclasses.dataclass\nclass Line:\n    price: int\n\n    def twice(self):\n        return self.price * 2\n"
    )
    head = base.replace("def total", "@functools.lru_cache\ndef total").replace(
        "dataclass\nclass", "dataclass(frozen=True)\nclass"
    )
    head = head.replace("    def twice", "    @property\n    def twice") + NEW
    tests = """
import dataclasses
import pytest
import shop

def test_bites_cached():
    shop.total(1)
    before = shop.total.cache_info().hits
    shop.total(1)
    assert shop.total.cache_info().hits == before + 1

def test_bites_frozen():
    line = shop.Line(3)
    with pytest.raises(dataclasses.FrozenInstanceError):
        line.price = 4

def test_bites_property():
    assert shop.Line(3).twice == 6

def test_bites_half():
    assert shop.half(1) == 0.5
"""
    found = named(
        await Branch(project, {**SHOP, "shop.py": base}, {"shop.py": head, "tests/test_shop.py": tests}).bite()
    )
    assert {name: bite for name, bite in found.items() if bite != "bites"} == {}
    assert len(found) == 4


async def test_a_decorator_that_is_not_there_any_more_keeps_nothing_from_being_loaded(project):
    base = "def twice(f):\n    return lambda a: 2 * f(a)\n\n\n@twice\ndef total(a):\n    return a\n"
    head = "def total(a):\n    return a\n"
    tests = "import shop\n\ndef test_total():\n    assert shop.total(2) == 2\n"
    found = named(
        await Branch(project, {**SHOP, "shop.py": base}, {"shop.py": head, "tests/test_shop.py": tests}).bite()
    )
    assert found == {"test_total": "bites"}


async def test_a_file_that_a_test_wrote_with_the_change_is_not_found_without_it(project):
    code = "from pathlib import Path\n\n\ndef write():\n    Path('out.txt').write_text('1')\n"
    tests = (
        "from pathlib import Path\n\nimport out\n\n\ndef test_out():\n    out.write()\n"
        "    assert Path('out.txt').read_text() == '1'\n"
    )
    branch = Branch(project, SHOP, {"out.py": code, "tests/test_out.py": tests})
    head, _ = await branch.judge()

    async def tidy() -> None:
        (project.tree / "out.txt").unlink(missing_ok=True)

    trials = Trials(project.gate(coverage="off"), project.subject(), head, tidy=tidy)
    bitten = await check_bite(branch.change, head.cases, trials, SystemClock(), blocks=True)
    assert named(bitten) == {"test_out": "bites"}


def test_a_mark_that_editors_put_first_hides_no_function():
    change = change_set({}, {"a.py": "\ufeffdef a():\n    return 1\n"})
    assert Mutants(change).there(Level.TAKEN).keys() == {"a.py"}
