import warnings

import pytest

from kiro_worker.evidence.pythonsource import find_python
from kiro_worker.gate.bite.pyfind import changed_functions
from kiro_worker.gate.codeline import code_lines, executable_lines
from kiro_worker.gate.port import TestCase
from kiro_worker.gate.syntax import hides, syntax_of
from kiro_worker.gate.tamper.python_tests import read_python

# Each nests as many levels as asked for, and is walked in another way.
SHAPES = {
    "sums": lambda levels: "    x = " + "+".join("1" * levels) + "\n",
    "calls behind calls": lambda levels: "    x = q" + ".a()" * (levels // 2) + "\n",
    "calls in calls": lambda levels: "    x = " + "f(" * levels + ")" * levels + "\n",
    "lists": lambda levels: "    x = " + "[" * levels + "]" * levels + "\n",
    "tables": lambda levels: "    x = " + "{1: " * levels + "2" + "}" * levels + "\n",
    "lambdas": lambda levels: "    x = " + "lambda: " * levels + "1\n",
    "branches": lambda levels: "    if x: pass\n" + "    elif x: pass\n" * levels,
    "conditions": lambda levels: "    x = " + "1 if x else " * levels + "2\n",
}


def module(shape: str, levels: int) -> str:
    return f"def test_a():\n{SHAPES[shape](levels)}    assert f(x) == 1\n"


def walk(text: str) -> None:
    """Let everything that walks a tree do so."""
    read_python("tests/test_a.py", text)
    changed_functions("", text)
    executable_lines("a.py", text)
    code_lines("a.py", text)
    find_python("a.py", text, TestCase(name="test_a"), {})


@pytest.mark.parametrize("shape", SHAPES)
def test_whatever_is_read_can_be_walked_to_its_end(shape):
    readable = [levels for levels in range(1, 120) if syntax_of(module(shape, levels)) is not None]
    assert len(readable) > 80
    walk(module(shape, readable[-1]))


@pytest.mark.parametrize("shape", SHAPES)
def test_what_nests_deeper_is_not_read_and_stops_nobody(shape):
    text = module(shape, 190)
    assert syntax_of(text) is None
    assert hides(text)
    walk(text)


def test_what_python_warns_of_in_the_code_of_others_is_not_said():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert syntax_of("x = '\\d'\n") is not None
        assert not hides("x = '\\d'\n")
