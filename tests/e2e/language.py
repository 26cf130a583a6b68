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

from hollow.tools import python_in, shared

BIN = Path(sys.executable).parent


@dataclass(frozen=True, kw_only=True)
class Language:
    """One project, and what an agent makes of it.

    Attributes:
        base: what is on the base branch; its tests pass.
        code: what the agent adds to the code, by path: the whole file.
        test: the path of the new test's file.
        hollow: what stands in it first: it passes, and would pass whatever the code did.
        honest: what stands in it once the agent was told.
        needs: programs.
        packages: of npm, to be laid into the project.
        settings: of the worker, as the base branch has them.
        python: what its Python has besides coverage.
    """

    name: str
    base: Mapping[str, str]
    code: Mapping[str, str]
    test: str
    hollow: str
    honest: str
    needs: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    python: Literal["pytest", "bare", ""] = ""

    def require(self) -> None:
        """Skip where this machine lacks a tool."""
        for program in self.needs:
            if shutil.which(program) is None:
                pytest.skip(f"{program} is not installed")

    def tools(self) -> Path:
        """The folder that is first on the search path."""
        return python_in(shared(), bare=self.python == "bare") if self.python else BIN

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

_PYTEST_TEST = '''from shop.cart import discounted


def test_discounted():
    """Validates: 1.1"""
    assert {asserted}
'''

PYTEST = Language(
    name="pytest",
    base={
        "pyproject.toml": '[tool.pytest.ini_options]\npythonpath = ["."]\n',
        "shop/__init__.py": "",
        "shop/cart.py": _CART,
        "tests/test_cart.py": "from shop.cart import total\n\n\ndef test_total():\n    assert total([1, 2]) == 3\n",
    },
    code={"shop/cart.py": _CART + _DISCOUNT},
    test="tests/test_discount.py",
    hollow=_PYTEST_TEST.format(asserted="callable(discounted)"),
    honest=_PYTEST_TEST.format(asserted="discounted([100], 10) == 90"),
    python="pytest",
)

_UNITTEST = """import unittest

from shop.cart import {name}


class {Case}Test(unittest.TestCase):
    def test_{name}(self):
        \"\"\"Validates: 1.1\"\"\"
        {asserted}
"""
_UNITTEST_DISCOUNT = {"name": "discounted", "Case": "Discount"}

UNITTEST = Language(
    name="unittest",
    base={
        "shop/__init__.py": "",
        "shop/cart.py": _CART,
        "tests/__init__.py": "",
        "tests/test_cart.py": _UNITTEST.format(
            name="total", Case="Total", asserted="self.assertEqual(total([1, 2]), 3)"
        ),
    },
    code={"shop/cart.py": _CART + _DISCOUNT},
    test="tests/test_discount.py",
    hollow=_UNITTEST.format(**_UNITTEST_DISCOUNT, asserted="self.assertTrue(callable(discounted))"),
    honest=_UNITTEST.format(**_UNITTEST_DISCOUNT, asserted="self.assertEqual(discounted([100], 10), 90)"),
    python="bare",
)

_TITLE = "a discount is given (Validates: 1.1)"
_JS = "exports.total = (prices) => prices.reduce((sum, price) => sum + price, 0);\n"
_JS_DISCOUNT = (
    "\nexports.discounted = (prices, percent) => {\n  return (exports.total(prices) * (100 - percent)) / 100;\n};\n"
)


def _node(title: str, value: str, expected: str) -> str:
    return (
        "const { test } = require('node:test');\nconst assert = require('node:assert');\n"
        f"const cart = require('../cart.js');\n\ntest('{title}', () => assert.strictEqual({value}, {expected}));\n"
    )


NODE = Language(
    name="node",
    base={
        "package.json": '{"name": "shop", "private": true, "scripts": {"test": "node --test"}}\n',
        "cart.js": _JS,
        "test/cart.test.js": _node("adds up", "cart.total([1, 2])", "3"),
    },
    code={"cart.js": _JS + _JS_DISCOUNT},
    test="test/discount.test.js",
    hollow=_node(_TITLE, "typeof cart.discounted", "'function'"),
    honest=_node(_TITLE, "cart.discounted([100], 10)", "90"),
    needs=("node", "npm"),
)

_TS = "export const total = (prices: number[]): number => prices.reduce((sum, price) => sum + price, 0);\n"
_TS_DISCOUNT = "\nexport function discounted(prices: number[], percent: number): number {\n  return (total(prices) * (100 - percent)) / 100;\n}\n"


def _vitest(title: str, name: str, value: str, expected: str) -> str:
    return (
        "import { expect, test } from 'vitest';\n"
        f"import {{ {name} }} from '../src/cart';\n\n"
        f"test('{title}', () => {{\n  expect({value}).toBe({expected});\n}});\n"
    )


VITEST = Language(
    name="vitest",
    base={
        "package.json": '{"name": "shop", "private": true, "type": "module", "scripts": {"test": "vitest run"},'
        ' "devDependencies": {"vitest": "^3", "@vitest/coverage-v8": "^3"}}\n',
        ".gitignore": "node_modules/\n",
        "src/cart.ts": _TS,
        "test/cart.test.ts": _vitest("adds up", "total", "total([1, 2])", "3"),
    },
    code={"src/cart.ts": _TS + _TS_DISCOUNT},
    test="test/discount.test.ts",
    hollow=_vitest(_TITLE, "discounted", "typeof discounted", "'function'"),
    honest=_vitest(_TITLE, "discounted", "discounted([100], 10)", "90"),
    needs=("node", "npm"),
    packages=("vitest@^3", "@vitest/coverage-v8@^3"),
)


def _jest(title: str, value: str, expected: str) -> str:
    return (
        "const cart = require('../cart');\n\n"
        f"describe('cart', () => {{\n  it('{title}', () => {{\n    expect({value}).toBe({expected});\n  }});\n}});\n"
    )


JEST = Language(
    name="jest",
    base={
        "package.json": '{"name": "shop", "private": true, "scripts": {"test": "jest"}, "devDependencies": {"jest": "^29"}}\n',
        ".gitignore": "node_modules/\n",
        "cart.js": _JS,
        "test/cart.test.js": _jest("adds up", "cart.total([1, 2])", "3"),
    },
    code={"cart.js": _JS + _JS_DISCOUNT},
    test="test/discount.test.js",
    hollow=_jest(_TITLE, "typeof cart.discounted", "'function'"),
    honest=_jest(_TITLE, "cart.discounted([100], 10)", "90"),
    needs=("node", "npm"),
    packages=("jest@^29",),
)


def _go(name: str, body: str) -> str:
    head = 'package shop\n\nimport "testing"\n\n// Validates: 1.1\n'
    return f"{head}func Test{name}(t *testing.T) {{\n{body}}}\n"


def _go_equal(call: str, value: int) -> str:
    return f'\tif got := {call}; got != {value} {{\n\t\tt.Fatalf("got %d", got)\n\t}}\n'


_GO = "package shop\n\nfunc Total(prices []int) int {\n\tsum := 0\n\tfor _, price := range prices {\n\t\tsum += price\n\t}\n\treturn sum\n}\n"
_GO_DISCOUNT = "\nfunc Discounted(prices []int, percent int) int {\n\treturn Total(prices) * (100 - percent) / 100\n}\n"

GO = Language(
    name="go",
    base={
        "go.mod": "module example.com/shop\n\ngo 1.19\n",
        "cart.go": _GO,
        "cart_test.go": _go("Total", _go_equal("Total([]int{1, 2})", 3)),
    },
    code={"cart.go": _GO + _GO_DISCOUNT},
    test="discount_test.go",
    hollow=_go("Discounted", "\tDiscounted([]int{100}, 10)\n"),
    honest=_go("Discounted", _go_equal("Discounted([]int{100}, 10)", 90)),
    needs=("go",),
)

_RUST = "pub fn total(prices: &[i64]) -> i64 {\n    prices.iter().sum()\n}\n"
_RUST_DISCOUNT = (
    "\npub fn discounted(prices: &[i64], percent: i64) -> i64 {\n    total(prices) * (100 - percent) / 100\n}\n"
)


def _rust(name: str, statement: str) -> str:
    return f"use shop::{name};\n\n// Validates: 1.1\n#[test]\nfn {name}_is_right() {{\n    {statement}\n}}\n"


RUST = Language(
    name="rust",
    base={
        "Cargo.toml": '[package]\nname = "shop"\nversion = "0.1.0"\nedition = "2021"\n',
        "src/lib.rs": _RUST,
        "tests/total.rs": _rust("total", "assert_eq!(total(&[1, 2]), 3);"),
    },
    code={"src/lib.rs": _RUST + _RUST_DISCOUNT},
    test="tests/discounted.rs",
    hollow=_rust("discounted", "discounted(&[100], 10);"),
    honest=_rust("discounted", "assert_eq!(discounted(&[100], 10), 90);"),
    needs=("cargo",),
    # cargo measures coverage with a tool that few machines have.
    settings=("coverage: off",),
)

LANGUAGES = (PYTEST, UNITTEST, NODE, VITEST, JEST, GO, RUST)
