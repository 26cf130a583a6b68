"""Tests in Python files, by the syntax tree."""

import ast
import tokenize

from kiro_worker.evidence.source import Source
from kiro_worker.gate.port import TestCase
from kiro_worker.gate.syntax import Function, functions, syntax_of


def find_python(path: str, text: str, case: TestCase, listed: dict[str, list[Source]]) -> Source | None:
    """The function of a test.

    Args:
        path: of the file.
        text: its content.
        case: whose name may hold parameters.
        listed: the file's functions by dotted name; filled in when it is empty.
    """
    if not listed:
        listed.update(_functions(path, text))
    name = case.name.partition("[")[0].partition(" ")[0].rpartition("::")[2]
    outer = case.suite.split(".")
    # The classes around it are the end of the suite's name; one that a class inherits stands elsewhere.
    for at in range(len(outer) + 1):
        found = listed.get(".".join((*outer[at:], name)), [])
        if found:
            return found[-1]
    ends = [each for dotted, sources in listed.items() if dotted.rpartition(".")[2] == name for each in sources]
    return ends[0] if len(ends) == 1 else None


def _functions(path: str, text: str) -> dict[str, list[Source]]:
    tree = syntax_of(text)
    if tree is None:
        return {"": []}
    comments = _comments(text)
    lines = text.splitlines()
    found: dict[str, list[Source]] = {"": []}
    for named in functions(tree):
        found.setdefault(named.name, []).append(_source(path, named.node, lines, comments))
    return found


def _source(path: str, node: Function, lines: list[str], comments: dict[int, str]) -> Source:
    top = min([node.lineno, *(each.lineno for each in node.decorator_list)])
    first = top
    while first - 1 in comments and lines[first - 2].lstrip().startswith("#"):
        first -= 1
    last = node.end_lineno or node.lineno
    words = [comments[line] for line in range(first, last + 1) if line in comments]
    words += filter(None, [ast.get_docstring(node, clean=False)])
    return Source(
        path=path, first=first, last=last, line=node.lineno, text=_joined(lines[first - 1 : last]), words=tuple(words)
    )


def _joined(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"


def _comments(text: str) -> dict[int, str]:
    """Comments by line; what looks like one in a string is none."""
    if "#" not in text:
        return {}
    rest = iter(text.splitlines(keepends=True))
    found: dict[int, str] = {}
    try:
        for token in tokenize.generate_tokens(lambda: next(rest, "")):
            if token.type == tokenize.COMMENT:
                found[token.start[0]] = token.string
    except (tokenize.TokenError, SyntaxError, IndentationError):
        return found
    return found
