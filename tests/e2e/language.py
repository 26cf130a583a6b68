"""Small projects in several languages, each with the tools that people use there."""

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from hollow.tools import python_in

BIN = Path(sys.executable).parent


@dataclass(frozen=True, kw_only=True)
class Language:
    """One project, and what an agent makes of it.

    Attributes:
        base: what is on the base branch; its tests pass.
        wrong: what the agent writes first: the gates have to say no.
        right: what it writes when it was told.
        new: the id of a test that `right` brings, as its runner calls it.
        needs: programs.
        packages: of npm, to be laid into the project.
        settings: of the worker, as the base branch has them.
        python: what its Python has besides coverage.
    """

    name: str
    base: Mapping[str, str]
    wrong: Mapping[str, str]
    right: Mapping[str, str]
    new: str
    needs: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    python: Literal["pytest", "bare", ""] = ""

    def require(self) -> None:
        """Skip where this machine lacks a tool."""
        for program in self.needs:
            if shutil.which(program) is None:
                pytest.skip(f"{program} is not installed")

    def tools(self, folder: Path) -> Path:
        """The folder that is first on the search path."""
        return python_in(folder, bare=self.python == "bare") if self.python else BIN

    def variables(self) -> dict[str, str]:
        """Of the worker: its HOME is another than the one that toolchains lie in."""
        rustup = Path(os.environ.get("RUSTUP_HOME", Path.home() / ".rustup"))
        return {"RUSTUP_HOME": str(rustup)} if "cargo" in self.needs and rustup.is_dir() else {}

    def flags(self) -> tuple[str, ...]:
        """Of the worker's own command."""
        return ("--isolation-visible", str(npm(self.packages).parent)) if self.packages else ()

    def worker(self) -> bytes:
        """The base branch's settings of the worker."""
        setup = f"[cp, -R, {npm(self.packages)}, node_modules]" if self.packages else "none"
        return "\n".join(("gates:", f"  setup_command: {setup}", *(f"  {line}" for line in self.settings), "")).encode()


def npm(packages: tuple[str, ...]) -> Path:
    """A folder with these packages installed, made once for each machine; skips where npm cannot get them."""
    key = hashlib.sha256(" ".join(packages).encode()).hexdigest()[:12]
    place = Path(tempfile.gettempdir()) / f"kiro-worker-npm-{os.getuid()}-{key}"
    if place.exists() and (place.is_symlink() or place.stat().st_uid != os.getuid()):
        pytest.skip(f"{place} is not ours")
    place.mkdir(mode=0o755, exist_ok=True)
    if not (place / "ready").exists():
        with tempfile.TemporaryDirectory(dir=place) as made:
            (Path(made) / "package.json").write_text('{"private": true}')
            plain = ("--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")
            try:
                over = subprocess.run(
                    ("npm", "install", *plain, *packages),
                    cwd=made,
                    capture_output=True,
                    text=True,
                    timeout=90,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                pytest.skip("npm takes too long to install its packages here")
            if over.returncode != 0:
                pytest.skip(f"npm cannot install {' '.join(packages)} here: {over.stderr.strip()[-200:]}")
            # Another process may have been quicker.
            with contextlib.suppress(OSError):
                (Path(made) / "node_modules").rename(place / "node_modules")
        (place / "ready").touch()
    return place / "node_modules"


_CART = "def total(prices):\n    return sum(prices)\n"
_DISCOUNT = "\n\ndef discounted(prices, percent):\n    return total(prices) * (100 - percent) / 100\n"
_NO_DISCOUNT = "\n\ndef discounted(prices, percent):\n    return total(prices)\n"

_PYTEST_NEW = '''from shop.cart import discounted


def test_discounted():
    """Validates: 1.1"""
    assert discounted([100], 10) == 90
'''

PYTEST = Language(
    name="pytest",
    base={
        "pyproject.toml": '[tool.pytest.ini_options]\npythonpath = ["."]\n',
        "shop/__init__.py": "",
        "shop/cart.py": _CART,
        "tests/test_cart.py": "from shop.cart import total\n\n\ndef test_total():\n    assert total([1, 2]) == 3\n",
    },
    wrong={"shop/cart.py": _CART + _NO_DISCOUNT, "tests/test_discount.py": _PYTEST_NEW},
    right={"shop/cart.py": _CART + _DISCOUNT},
    new="tests.test_discount::test_discounted",
    python="pytest",
)

_UNITTEST = """import unittest

from shop.cart import {name}


class {Case}Test(unittest.TestCase):
    def test_{name}(self):
        self.assertEqual({call}, {value})
"""

UNITTEST = Language(
    name="unittest",
    base={
        "shop/__init__.py": "",
        "shop/cart.py": _CART,
        "tests/__init__.py": "",
        "tests/test_cart.py": _UNITTEST.format(name="total", Case="Total", call="total([1, 2])", value=3),
    },
    wrong={
        "shop/cart.py": _CART + _NO_DISCOUNT,
        "tests/test_discount.py": _UNITTEST.format(
            name="discounted", Case="Discount", call="discounted([100], 10)", value=90
        ),
    },
    right={"shop/cart.py": _CART + _DISCOUNT},
    new="tests.test_discount.DiscountTest::test_discounted",
    python="bare",
)

_JS = "exports.total = (prices) => prices.reduce((sum, price) => sum + price, 0);\n"
_JS_DISCOUNT = (
    "\nexports.discounted = (prices, percent) => {\n  return (exports.total(prices) * (100 - percent)) / 100;\n};\n"
)
_JS_NO_DISCOUNT = "\nexports.discounted = (prices, percent) => {\n  return exports.total(prices);\n};\n"


def _node(title: str, call: str, value: int) -> str:
    return (
        "const { test } = require('node:test');\nconst assert = require('node:assert');\n"
        f"const cart = require('../cart.js');\n\ntest('{title}', () => assert.strictEqual(cart.{call}, {value}));\n"
    )


NODE = Language(
    name="node",
    base={
        "package.json": '{"name": "shop", "private": true, "scripts": {"test": "node --test"}}\n',
        "cart.js": _JS,
        "test/cart.test.js": _node("adds up", "total([1, 2])", 3),
    },
    wrong={
        "cart.js": _JS + _JS_NO_DISCOUNT,
        "test/discount.test.js": _node("a discount is given", "discounted([100], 10)", 90),
    },
    right={"cart.js": _JS + _JS_DISCOUNT},
    new="a discount is given",
    needs=("node", "npm"),
)

_TS = "export const total = (prices: number[]): number => prices.reduce((sum, price) => sum + price, 0);\n"
_TS_DISCOUNT = "\nexport function discounted(prices: number[], percent: number): number {\n  return (total(prices) * (100 - percent)) / 100;\n}\n"
_TS_NO_DISCOUNT = (
    "\nexport function discounted(prices: number[], percent: number): number {\n  return total(prices);\n}\n"
)


def _vitest(title: str, name: str, call: str, value: int) -> str:
    return (
        "import { expect, test } from 'vitest';\n"
        f"import {{ {name} }} from '../src/cart';\n\ntest('{title}', () => {{\n  expect({call}).toBe({value});\n}});\n"
    )


VITEST = Language(
    name="vitest",
    base={
        "package.json": '{"name": "shop", "private": true, "type": "module", "scripts": {"test": "vitest run"},'
        ' "devDependencies": {"vitest": "^3", "@vitest/coverage-v8": "^3"}}\n',
        ".gitignore": "node_modules/\n",
        "src/cart.ts": _TS,
        "test/cart.test.ts": _vitest("adds up", "total", "total([1, 2])", 3),
    },
    wrong={
        "src/cart.ts": _TS + _TS_NO_DISCOUNT,
        "test/discount.test.ts": _vitest("a discount is given", "discounted", "discounted([100], 10)", 90),
    },
    right={"src/cart.ts": _TS + _TS_DISCOUNT},
    new="a discount is given",
    needs=("node", "npm"),
    packages=("vitest@^3", "@vitest/coverage-v8@^3"),
)


def _jest(title: str, call: str, value: int) -> str:
    return (
        "const cart = require('../cart');\n\n"
        f"describe('cart', () => {{\n  it('{title}', () => {{\n    expect(cart.{call}).toBe({value});\n  }});\n}});\n"
    )


JEST = Language(
    name="jest",
    base={
        "package.json": '{"name": "shop", "private": true, "scripts": {"test": "jest"}, "devDependencies": {"jest": "^29"}}\n',
        ".gitignore": "node_modules/\n",
        "cart.js": _JS,
        "test/cart.test.js": _jest("adds up", "total([1, 2])", 3),
    },
    wrong={
        "cart.js": _JS + _JS_NO_DISCOUNT,
        "test/discount.test.js": _jest("a discount is given", "discounted([100], 10)", 90),
    },
    right={"cart.js": _JS + _JS_DISCOUNT},
    new="a discount is given",
    needs=("node", "npm"),
    packages=("jest@^29",),
)


def _go(name: str, call: str, value: int) -> str:
    return (
        f'package shop\n\nimport "testing"\n\nfunc Test{name}(t *testing.T) {{\n'
        f'\tif got := {call}; got != {value} {{\n\t\tt.Fatalf("got %d", got)\n\t}}\n}}\n'
    )


_GO = "package shop\n\nfunc Total(prices []int) int {\n\tsum := 0\n\tfor _, price := range prices {\n\t\tsum += price\n\t}\n\treturn sum\n}\n"

GO = Language(
    name="go",
    base={
        "go.mod": "module example.com/shop\n\ngo 1.19\n",
        "cart.go": _GO,
        "cart_test.go": _go("Total", "Total([]int{1, 2})", 3),
    },
    wrong={
        "cart.go": _GO + "\nfunc Discounted(prices []int, percent int) int {\n\treturn Total(prices)\n}\n",
        "discount_test.go": _go("Discounted", "Discounted([]int{100}, 10)", 90),
    },
    right={
        "cart.go": _GO
        + "\nfunc Discounted(prices []int, percent int) int {\n\treturn Total(prices) * (100 - percent) / 100\n}\n"
    },
    new="TestDiscounted",
    needs=("go",),
)

_RUST = "pub fn total(prices: &[i64]) -> i64 {\n    prices.iter().sum()\n}\n"


def _rust(name: str, call: str, value: int) -> str:
    return f"use shop::{name};\n\n#[test]\nfn {name}_is_right() {{\n    assert_eq!({call}, {value});\n}}\n"


RUST = Language(
    name="rust",
    base={
        "Cargo.toml": '[package]\nname = "shop"\nversion = "0.1.0"\nedition = "2021"\n',
        "src/lib.rs": _RUST,
        "tests/total.rs": _rust("total", "total(&[1, 2])", 3),
    },
    wrong={
        "src/lib.rs": _RUST + "\npub fn discounted(prices: &[i64], _percent: i64) -> i64 {\n    total(prices)\n}\n",
        "tests/discounted.rs": _rust("discounted", "discounted(&[100], 10)", 90),
    },
    right={
        "src/lib.rs": _RUST
        + "\npub fn discounted(prices: &[i64], percent: i64) -> i64 {\n    total(prices) * (100 - percent) / 100\n}\n"
    },
    new="discounted_is_right",
    needs=("cargo",),
    # cargo measures coverage with a tool that few machines have.
    settings=("coverage: off",),
)

LANGUAGES = (PYTEST, UNITTEST, NODE, VITEST, JEST, GO, RUST)
