"""The bite check with the real tools of languages besides Python; what a machine lacks is skipped, saying so."""

import shutil
import subprocess

import pytest

from gate.branch import Branch, named
from kiro_worker.gate.bite.foreign import mutate, rest_taken_back
from kiro_worker.gate.bite.pymutate import Without


def need(program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")


def node_is_recent() -> bool:
    if shutil.which("node") is None:
        return False
    told = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout
    return tuple(int(part) for part in told.strip("v\n").split(".")[:2]) >= (20, 11)


JS_BASE = {
    "package.json": '{"name": "x", "scripts": {"test": "node --test"}}',
    "old.js": "exports.take = (a, b) => a - b;\n",
    "test/old.test.js": "const { test } = require('node:test');\nconst assert = require('node:assert');\ntest('takes', () => assert.equal(require('../old.js').take(2, 1), 1));\n",
}
JS_HEAD = {
    "add.js": """\
const RATE = 3;
const add = (a, b) => a + b;
function price(count) {
  return count * RATE;
}
class Cart {
  constructor() { this.items = []; }
  put(item) { this.items.push(item); }
  get total() { return this.items.length; }
}
const late = async (x) => {
  return x.toUpperCase();
};
function check(x) { if (!x) throw new TypeError('empty'); }
const none = () => undefined;
exports.LIMIT = 5;
module.exports = { ...exports, add, price, Cart, late, check, none, RATE };
""",
    "test/add.test.js": """\
const { test, describe, it, mock } = require('node:test');
const assert = require('node:assert');
const fs = require('node:fs');
const all = require('../add.js');
test('bites arrow', () => assert.equal(all.add(1, 2), 3));
describe('bites group', () => {
  it('bites inner', () => { assert.strictEqual(all.price(2), 6); });
});
test('bites class', () => { const cart = new all.Cart(); cart.put(1); assert.equal(cart.total, 1); });
test('bites async', async () => { assert.equal(await all.late('a'), 'A'); });
test('bites error', () => { assert.throws(() => all.check(''), TypeError); });
test('bites undefined', () => { assert.equal(all.none(), undefined); });
test('bites constant', () => { assert.equal(all.RATE, 3); });
test('bites exported constant', () => { assert.equal(all.LIMIT, 5); });
test('smoke call', () => { all.add(1, 2); });
test('hollow truth', () => { assert.ok(true); });
test('hollow kind', () => { assert.equal(typeof all.add, 'function'); });
test('hollow text', () => { assert.match(fs.readFileSync('add.js', 'utf8'), /count \\* RATE/); });
test('hollow mock', () => { const fake = mock.fn(() => 3); assert.equal(fake(), 3); });
""",
}


def wrong(found: dict[str, str]) -> dict[str, str]:
    """Those with another verdict than their name tells."""
    return {
        name: bite
        for name, bite in found.items()
        if bite != (name.removeprefix("Test").partition("_")[0].lower() if "_" in name else name.split()[0])
    }


@pytest.mark.skipif(not node_is_recent(), reason="Node.js 20.11 or newer is not installed")
async def test_node_tests_get_the_verdict_that_their_names_tell(project):
    bitten = await Branch(project, JS_BASE, JS_HEAD).bite()
    found = named(bitten)
    assert not wrong(found), bitten.result.findings
    assert len(found) >= 12


GO_BASE = {
    "go.mod": "module example.com/m\n\ngo 1.19\n",
    "calc/old.go": "package calc\n\nfunc Old() int { return 1 }\n",
    "calc/old_test.go": 'package calc\n\nimport "testing"\n\nfunc TestOld(t *testing.T) {\n\tif Old() != 1 {\n\t\tt.Fatal("no")\n\t}\n}\n',
}
GO_HEAD = {
    "calc/calc.go": """\
package calc

import "errors"

type Cart struct{ items []int }

const Rate = 3

func Add(a, b int) int { return a + b }

func (c *Cart) Put(item int) (int, error) {
	if item < 0 {
		return 0, errors.New("negative")
	}
	c.items = append(c.items, item)
	return len(c.items), nil
}

func None() int { return 0 }
""",
    "calc/calc_test.go": """\
package calc

import "testing"

func TestBites_add(t *testing.T) {
	if Add(1, 2) != 3 {
		t.Fatal("no")
	}
}

func TestBites_put(t *testing.T) {
	t.Run("negative", func(t *testing.T) {
		if _, err := new(Cart).Put(-1); err == nil {
			t.Fatal("taken")
		}
	})
}

func TestBites_none(t *testing.T) {
	if None() != 0 {
		t.Fatal("some")
	}
}

func TestBites_rate(t *testing.T) {
	if Rate != 3 {
		t.Fatal("no")
	}
}

func TestSmoke_call(t *testing.T) {
	Add(1, 2)
}

func TestHollow_truth(t *testing.T) {
	if 1+1 != 2 {
		t.Fatal("no")
	}
}
""",
}


async def test_go_tests_get_the_verdict_that_their_names_tell(project):
    need("go")
    bitten = await Branch(project, GO_BASE, GO_HEAD).bite()
    found = {name.partition("/")[0]: bite for name, bite in named(bitten).items()}
    assert not wrong(found), bitten.result.findings
    assert len(found) == 6


RUST_BASE = {
    "Cargo.toml": '[package]\nname = "rs"\nversion = "0.1.0"\nedition = "2021"\n',
    "src/lib.rs": "pub fn old() -> i32 { 1 }\n",
}
RUST_HEAD = {
    "src/lib.rs": """\
pub fn old() -> i32 { 1 }

pub const RATE: i32 = 3;

pub fn add(a: i32, b: i32) -> i32 {
    a + b
}

pub fn zero() -> i32 { 0 }

pub fn check(name: &str) -> Result<(), String> {
    if name.is_empty() { Err("empty".to_string()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bites_add() { assert_eq!(add(1, 2), 3) }
    #[test]
    fn bites_zero() { assert_eq!(zero(), 0) }
    #[test]
    fn bites_check() { assert!(check("").is_err()) }
    #[test]
    fn bites_rate() { assert_eq!(RATE, 3) }
    #[test]
    fn smoke_call() { add(1, 2); }
    #[test]
    fn hollow_truth() { assert_eq!(1 + 1, 2) }
}
""",
}


async def test_rust_tests_get_the_verdict_that_their_names_tell(project):
    need("cargo")
    bitten = await Branch(project, RUST_BASE, RUST_HEAD).bite()
    found = {name.rpartition("::")[2]: bite for name, bite in named(bitten).items()}
    assert not wrong(found), bitten.result.findings
    assert len(found) == 6


FORMS = {
    "an arrow with an expression": ("a.ts", "export const f = (a: number) => a + 1;\n", "=> (undefined as any);"),
    "an expression over lines": ("a.js", "const f = (a) =>\n  a\n    .map(g);\n", "=>\n  (undefined);"),
    "a type of braces for its result": ("a.ts", "function f(a: {x: number}): {y: string} {\n  return a;\n}\n", "string} { if"),
    "a default with a brace in a text": ("a.js", 'function f(b = "{") {\n  return b;\n}\n', '"{") { if'),
    "a comment with a brace": ("a.js", "function f() /* { */ {\n  return 1;\n}\n", "*/ { if"),
    "a method of an object": ("a.js", "const o = { f(a) { return a; } };\n", "f(a) { if"),
    "a function without a name": ("a.js", "app.get('/x', (req, res) => {\n  res.send(1);\n});\n", "=> { if"),
    "a method with named results": ("a.go", "package m\nfunc (s *S) F(a int) (n int, err error) { return }\n", "*new(int), *new(error)"),
    "an empty interface for its result": ("a.go", "package m\nfunc F() interface{} { return 1 }\n", "*new(interface{})"),
    "bounds in front of the parameters": ("a.rs", "fn f<T: Into<i32>, F: Fn(i32) -> i32>(x: T) -> i32 where T: Copy {\n x.into()\n}\n", "Copy { if true { return 0; }"),
    "a type with a comma": ("A.java", "class A {\n  Map<String, Integer> f(int a) throws X { return m; }\n}\n", "X { if (true) return null;"),
}  # fmt: skip


@pytest.mark.parametrize("what", FORMS)
def test_a_function_is_left_early_whatever_its_form(what):
    path, text, expected = FORMS[what]
    assert expected in (mutate(path, "", text, Without.NOTHING) or "")


KEPT = {
    "an abstract method": ("A.java", "abstract class A {\n  abstract int f(int a);\n}\n"),
    "a constructor": ("A.java", "class A extends B {\n  public A(int x) { super(x); }\n}\n"),
    "a test beside the code": ("a.rs", "#[cfg(test)]\nmod tests { fn t() { } }\n"),
    "main": ("a.go", "package main\nfunc main() { run() }\n"),
    "no function": ("a.js", "const x = 1;\n"),
    "another language": ("a.rb", "def f\n  1\nend\n"),
}


@pytest.mark.parametrize("what", KEPT)
def test_what_cannot_be_left_early_stays(what):
    path, text = KEPT[what]
    assert mutate(path, "", text, Without.NOTHING) is None


def test_a_function_that_looks_otherwise_and_does_the_same_stays():
    old = "function f(a) {\n  return a;\n}\n"
    assert mutate("a.js", old, "// why\nfunction f(a) { // what\n    return a; }\n", Without.NOTHING) is None


def test_constants_outside_of_functions_become_others_and_what_is_brought_in_stays():
    old = "import x from './x1.js';\nconst OLD = 1;\n"
    new = (
        old
        + "import y from './y1.js';\nconst NEW = 1;\nconst ok = true, name = 'ab';\nfunction f() {\n  return 1;\n}\n"
    )
    expected = new.replace("NEW = 1", "NEW = 2").replace("true", "false").replace("'ab'", "'ab_other'")
    assert rest_taken_back("a.js", old, new) == expected
    assert rest_taken_back("a.js", old, old) is None
