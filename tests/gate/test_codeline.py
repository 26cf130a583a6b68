import time
from pathlib import Path

import pytest
from coverage.parser import PythonParser

import kiro_worker
from kiro_worker.gate.codeline import code_lines, empty_lines, executable_lines, lines_of_tests

SOURCE = Path(kiro_worker.__file__).parent

GO = """package a

import "fmt"

type T struct {
	a int
}

var x = map[string]int{
	"a": 1,
}

// a comment { with a brace
func (t T) F(
	a int,
) interface{} {
	if a > 1 { return 2 }
	/* no */
	s := `raw {
	}`
	return s
}
"""
JAVA = """package a;

public interface X {
    int f(int a);
    default int g() {
        return 1;
    }
}
class Y extends Z {
    private int a = 1;
    static {
        b = 2;
    }
    Y(int a) {
        this.a = a;
    }
}
"""
TYPESCRIPT = """import { a } from "b";
export interface X {
  a: number;
  f(): void;
}
export type T =
  | "a"
  | "b";
export type U = {
  a: 1;
};
export const x = { a: 1 };
export function f(a: number) {
  if (a) {
    return `x
    y`;
  }
}
"""
RUST = """use a::b;
pub struct X<'a> {
    a: &'a str,
}
impl X<'_> {
    pub fn f(&self) -> u8 {
        let c = '{';
        match c {
            'x' => 1,
            _ => 2,
        }
    }
}
#[cfg(test)]
mod tests {
    #[test]
    fn t() {
        assert_eq!(1, 1);
    }
}
"""
KOTLIN = """class A(val x: Int) : B(x) {
    fun f() = x + 1
    fun g(): Int {
        return 2
    }
}
"""


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("a.go", GO, {17, 19, 21}),
        ("a.java", JAVA, {6, 12, 15}),
        ("a.ts", TYPESCRIPT, {12, 13, 14, 15}),
        ("a.rs", RUST, {7, 8, 9, 10}),
        ("a.kt", KOTLIN, {2, 4}),
        ("a.rb", "# why\nclass A\n  def f\n    1\n  end\nend\n", {2, 3, 4, 5, 6}),
        ("a.php", "<?php\n# why\n// why\n#[Pure]\nf();\n", {1, 4, 5}),
        ("a.sql", "-- why\nselect 1;\n", {2}),
        ("a.py", "def f(:\n", {1}),
    ],
)
def test_lines_that_a_coverage_tool_would_count_are_told_by_the_text(path, text, expected):
    assert executable_lines(path, text) == expected


def test_for_python_they_are_what_coverage_py_counts():
    """Held against coverage.py itself, over an eighth of the sources of this project."""
    files = sorted(SOURCE.rglob("*.py"))[::8]
    off = {}
    for path in files:
        text = path.read_text()
        parser = PythonParser(text=text)
        parser.parse_source()
        difference = executable_lines(path.name, text) ^ parser.statements
        # Bodies of `...` alone and texts that stand for comments: the versions of Python do not agree on these.
        lines = text.split("\n")
        if left := {line for line in difference if not lines[line - 1].strip().startswith(("...", '"""', 'r"""'))}:
            off[str(path)] = left
    assert len(files) > 50
    assert not off


def test_what_holds_code_is_more_than_what_is_counted():
    text = '"""Doc."""\n\nX = (\n    1,\n    # why\n)\n'
    assert code_lines("a.py", text) == {3, 4}
    assert executable_lines("a.py", text) == {3}
    assert empty_lines("a.js", "a = 1\n\n/* b\nc */\n") == {2, 3, 4, 5}


def test_tests_inside_a_source_are_told_from_the_code():
    assert lines_of_tests("a.rs", RUST) == set(range(14, 21))
    assert lines_of_tests("a.go", RUST) == frozenset()


@pytest.mark.parametrize(
    "hostile",
    ['"\\"' * 100_000, "/*" * 200_000, "`" + "\\" * 200_001, "{" * 200_000, "'''" * 99_999, "#[cfg(test)]" * 20_000,
     "interface " * 50_000, "(=" * 100_000 + "def f", "\0" * 1000, "(" * 100_000],
    ids=range(10),
)  # fmt: skip
def test_no_text_is_too_strange_or_keeps_anybody_waiting(hostile):
    began = time.process_time()
    for ending in ("ts", "go", "py", "rs", "kt"):
        executable_lines(f"a.{ending}", hostile)
        code_lines(f"a.{ending}", hostile)
    assert time.process_time() - began < 10
