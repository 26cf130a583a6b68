"""Reports that were made from other contents of a file than it has: its own lines speak against them."""

import ast
import re
from collections.abc import Callable, Iterator, Mapping

from kiro_worker.changeset import ChangedFile, ChangeSet
from kiro_worker.expression import expression
from kiro_worker.gate.codeline import empty_lines, executable_lines
from kiro_worker.gate.kind import language_of
from kiro_worker.gate.port import Coverage, FileCoverage, Finding
from kiro_worker.gate.syntax import syntax_of
from kiro_worker.gate.threshold import ranges

# Of the lines that a report counts in one file, this share may be blank or comments before it is of other contents.
_EMPTY = 0.1
# Of the statements that a branch adds or changes in one file, this share has to be known to the report.
_KNOWN = 0.2
_LEAST = 3

# Reports of these name statements; the others name blocks, or every line.
_EXACT = frozenset({"python", "java", "ruby", "javascript", "typescript", "php", "csharp"})

# What coverage.py, and hardly any project besides, leaves out.
_EXCLUDED = expression(
    r"#\s*pragma:?\s*no\s*cover|\bTYPE_CHECKING\b|^\s*\.\.\.$|\bNotImplementedError\b", re.IGNORECASE
)


def usually_excluded(line: str) -> bool:
    """Whether a line, and what hangs on it, is left out of most reports.

    >>> usually_excluded("if TYPE_CHECKING:"), usually_excluded("x = 1")
    (True, False)
    """
    return _EXCLUDED.search(line) is not None


def of_other_contents(
    coverage: Coverage,
    change: ChangeSet,
    changed: Mapping[str, frozenset[int]],
    excluded: Callable[[str], bool] = usually_excluded,
) -> Iterator[Finding]:
    """What shows that a report is of other contents of a changed file.

    Args:
        coverage: what the report says.
        change: what the branch changes.
        changed: the lines that the branch adds or changes, by path.
        excluded: says of a line that the base branch's own settings leave it out, with what hangs on it.
    """
    for known in coverage.files:
        file = change.by_path.get(known.path)
        if file is None or not file.text or language_of(known.path) not in _EXACT or _is_dense(known):
            continue
        off = known.lines.keys() & empty_lines(known.path, file.text)
        if len(off) >= _LEAST and len(off) > _EMPTY * len(known.lines):
            yield _finding(known.path, off, "it counts lines that hold no code")
            continue
        wanted = _sure(file, changed.get(known.path, frozenset()), excluded)
        if len(wanted) >= _LEAST and len(known.lines.keys() & wanted) < _KNOWN * len(wanted):
            yield _finding(known.path, wanted, "it does not know the statements that were added or changed")


def _is_dense(known: FileCoverage) -> bool:
    """Whether every line is counted, as V8 does; such a report says nothing of where code is."""
    return language_of(known.path) != "python" and len(known.lines) > 0.95 * max(known.lines, default=0)


def _sure(file: ChangedFile, changed: frozenset[int], excluded: Callable[[str], bool]) -> frozenset[int]:
    """Changed lines that every report of this language counts; told for Python alone, by its own grammar."""
    if language_of(file.path) != "python":
        return frozenset()
    lines = executable_lines(file.path, file.text) & changed
    return lines - _excluded(file.text, excluded) if lines else lines


def _excluded(text: str, excluded: Callable[[str], bool]) -> frozenset[int]:
    lines = text.split("\n")
    out = {number for number, line in enumerate(lines, start=1) if excluded(line)}
    tree = syntax_of(text)
    if tree is None:
        return frozenset(range(1, len(lines) + 1))
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt | ast.ExceptHandler) and (body := getattr(node, "body", None)):
            first = min((one.lineno for one in getattr(node, "decorator_list", ())), default=node.lineno)
            if out & set(range(first, body[0].lineno)) or (body[0].lineno == node.lineno and node.lineno in out):
                out.update(range(first, (node.end_lineno or first) + 1))
    return frozenset(out)


def _finding(path: str, lines: frozenset[int] | set[int], why: str) -> Finding:
    return Finding(
        code="coverage.report-stale",
        title=f"The report is of other contents of {path}: {why}.",
        detail=f"Lines {ranges(lines)}.",
        cure="Let the test command write the report anew each time, from the tree as it is.",
        path=path,
        line=min(lines),
    )
