"""Which tests a change touches: pure, over texts."""

import pytest

from kiro_worker.changeset import ChangedFile, ChangeSet, How
from kiro_worker.gate.bite.touched import touched
from kiro_worker.gate.port import TestCase
from kiro_worker.ids import Oid


def change_of(**files: tuple[str | None, str | None]) -> ChangeSet:
    """A change, by path with `__` for a slash: the text before and after."""
    changed = []
    for name, (before, after) in sorted(files.items()):
        how = How.ADDED if before is None else How.DELETED if after is None else How.MODIFIED
        path, ending = name.replace("__", "/").rsplit("_", 1)
        changed.append(
            ChangedFile(
                path=f"{path}.{ending}",
                how=how,
                before=None if before is None else before.encode(),
                after=None if after is None else after.encode(),
            )
        )
    return ChangeSet(base=Oid("1" * 40), head=Oid("2" * 40), files=tuple(changed), base_tree=Oid("3" * 40))


def python(name: str, inner: str = "", path: str = "tests/test_m.py") -> TestCase:
    module = path.removesuffix(".py").replace("/", ".")
    return TestCase(name=name, suite=f"{module}.{inner}".rstrip("."), path=path)


OLD = """\
import pytest

CASES = [1, 2]


def helper():
    return 1


def test_one():
    assert helper() == 1


@pytest.mark.parametrize("n", CASES)
def test_many(n):
    assert n


class TestA:
    def test_two(self):
        assert 2

    async def test_three(self):
        assert 3
"""

EDITS = {
    "nothing": (OLD, set()),
    "a comment": (OLD.replace("    assert helper", "    # why\n    assert helper"), set()),
    "formatting": (OLD.replace("assert helper() == 1", "assert (\n        helper() == 1\n    )"), set()),
    "a docstring": (OLD.replace("def test_one():", 'def test_one():\n    """Validates: 1.1"""'), set()),
    "an import": (OLD.replace("import pytest", "import os\nimport pytest"), set()),
    "an assertion": (OLD.replace("helper() == 1", "helper() == 2"), {"test_one"}),
    "a case in a table": (OLD.replace("[1, 2]", "[1, 2, 3]"), {"test_many[1]", "test_many[2]"}),
    "a decorator": (OLD.replace("def test_one", "@pytest.mark.slow\ndef test_one"), {"test_one"}),
    "a method": (OLD.replace("assert 2", "assert 22"), {"test_two"}),
    "an async method": (OLD.replace("assert 3", "assert 33"), {"test_three"}),
    "a name": (OLD.replace("test_two", "test_zwei"), {"test_zwei"}),
}


@pytest.mark.parametrize("told", EDITS)
def test_a_python_test_is_touched_when_it_does_something_else(told):
    new, expected = EDITS[told]
    cases = [
        python("test_one"),
        python("test_many[1]"),
        python("test_many[2]"),
        python("test_zwei" if "zwei" in new else "test_two", "TestA"),
        python("test_three", "TestA"),
        python("test_elsewhere", path="tests/test_else.py"),
    ]
    found = touched(cases, change_of(tests__test_m_py=(OLD, new)))
    assert {it.rpartition("::")[2] for it in found} == expected


def test_all_tests_of_a_new_file_are_touched_and_those_that_only_moved_are_not():
    moved = "def test_old():\n    assert 1\n"
    change = change_of(
        tests__test_was_py=(moved, None), tests__test_m_py=(None, moved + "def test_new():\n    assert 2\n")
    )
    assert set(touched([python("test_old"), python("test_new")], change)) == {"tests.test_m::test_new"}


def test_tests_that_a_new_class_inherits_are_touched():
    old = "class TestA(Contract):\n    pass\n"
    change = change_of(tests__test_m_py=(old, old + "class TestB(Contract):\n    pass\n"))
    cases = [python("test_promise", "TestA"), python("test_promise", "TestB")]
    assert set(touched(cases, change)) == {"tests.test_m.TestB::test_promise"}


@pytest.mark.parametrize("suite", ["tests.test_m.TestA", "test_m.TestA"])
def test_unittest_tells_modules_only(suite):
    case = TestCase(name="test_two", suite=suite)
    assert touched([case], change_of(tests__test_m_py=(OLD, OLD.replace("assert 2", "assert 22"))))
    assert not touched([case], change_of(tests__test_m_py=(OLD, OLD.replace("assert 3", "assert 33"))))


DOCUMENTED = 'def price(n):\n    """Price.\n\n    >>> price(1)\n    10\n    """\n    return n * 10\n'


def test_examples_are_touched_when_they_are_new_or_changed():
    case = TestCase(name="shop.shop.price", suite="shop.shop", path="shop/shop.py")
    deeper = TestCase(name="shop.price", suite="src.shop", path="src/shop.py")
    assert touched([case], change_of(shop__shop_py=(None, DOCUMENTED)))
    assert touched(
        [case], change_of(shop__shop_py=(DOCUMENTED, DOCUMENTED.replace("price(1)\n    10", "price(2)\n    20")))
    )
    assert not touched([case], change_of(shop__shop_py=(DOCUMENTED, DOCUMENTED.replace("n * 10", "10 * n"))))
    assert touched([deeper], change_of(src__shop_py=("", DOCUMENTED)))


def test_examples_in_prose_are_touched_with_their_lines():
    case = TestCase(name="use.md", suite="docs.use.md", path="docs/use.md")
    old = "Hello\n\n>>> 1 + 1\n2\n"
    assert not touched([case], change_of(docs__use_md=(old, "Good day\n\n>>> 1 + 1\n2\n")))
    assert touched([case], change_of(docs__use_md=(old, "Hello\n\n>>> 1 + 2\n3\n")))


JS = """\
const { test, describe, it } = require('node:test');
describe('sums', () => {
  it('adds', () => { assert.equal(add(1, 2), 3); });
  it.each([[1], [2]])('is %i', (n) => { check(n); });
});
test(`takes (a ")" away)`, async () => {
  await take();
});
"""
JS_CASES = [
    TestCase(name="adds", suite="sums", path="a.test.js"),
    TestCase(name="sums > is 1", suite="a.test.js", path="a.test.js"),
    TestCase(name='takes (a ")" away)', suite="test", path="a.test.js"),
]
JS_EDITS = {
    "nothing but a comment and spaces": (JS.replace("{ assert", "{\n    // why\n    assert"), set()),
    "an expectation": (JS.replace("3);", "4);"), {"adds"}),
    "a row of a table": (JS.replace("[[1], [2]]", "[[1], [3]]"), {"sums > is 1"}),
    "a body": (JS.replace("await take()", "await take(1)"), {'takes (a ")" away)'}),
}


@pytest.mark.parametrize("told", JS_EDITS)
def test_a_test_with_a_title_is_touched_when_its_block_is(told):
    new, expected = JS_EDITS[told]
    found = touched(JS_CASES, change_of(**{"a.test_js": (JS, new)}))
    assert {case.name for case in JS_CASES if case.id in found} == expected


def test_tests_whose_titles_are_made_by_code_are_touched_in_a_new_file_only():
    case = TestCase(name="made 7", suite="m", path="a.test.js")
    text = "for (const n of all) test(name(n), () => check(n));\n"
    assert touched([case], change_of(**{"a.test_js": (None, text)}))
    assert not touched([case], change_of(**{"a.test_js": (text, text.replace("check", "look"))}))


GO = 'package calc\n\nfunc TestAdd(t *testing.T) {\n\tt.Run("one", func(t *testing.T) { use("}") })\n}\n\nfunc TestTake(t *testing.T) {\n}\n'


def test_go_tells_packages():
    cases = [TestCase(name=name, suite="example.com/m/calc") for name in ("TestAdd", "TestAdd/one", "TestTake")]
    new = GO.replace('use("}")', 'use("]")')
    assert set(touched(cases, change_of(calc__calc_test_go=(GO, new)))) == {
        "example.com/m/calc::TestAdd",
        "example.com/m/calc::TestAdd/one",
    }
    assert not touched(cases, change_of(calc__calc_test_go=(GO, GO.replace("\n}\n\n", "\n\t// why\n}\n\n"))))
    assert not touched(cases, change_of(other__calc_test_go=(GO, new)))


RUST = "fn f<'a>(x: &'a str) {}\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn ok() { assert_eq!(f('}'), 1) }\n    #[test]\n    fn bad() { assert!(true); }\n}\n"


def test_rust_tells_names():
    cases = [TestCase(name="tests::ok"), TestCase(name="tests::bad")]
    assert set(touched(cases, change_of(src__lib_rs=(RUST, RUST.replace("'}'), 1", "'}'), 2"))))) == {"tests::ok"}


def test_java_tells_classes_and_methods():
    text = "class CalcTest {\n  @Test\n  void adds() { check(1); }\n  @Test\n  void takes() { check(2); }\n}\n"
    cases = [TestCase(name=name, suite="com.x.CalcTest") for name in ("adds", "takes(int)[1]")]
    new = text.replace("check(2)", "check(3)")
    found = touched(cases, change_of(src__test__CalcTest_java=(text, new)))
    assert found == {"com.x.CalcTest::takes(int)[1]": "src/test/CalcTest.java"}


def test_what_cannot_be_read_touches_nothing_and_does_not_end_the_look():
    assert not touched([python("test_one")], change_of(tests__test_m_py=(OLD, "def test_one(:\n")))
    assert not touched([python("test_one")], change_of(tests__test_m_py=(OLD, None)))
