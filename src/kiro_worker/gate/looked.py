"""How much of a change was looked at at all, and by what: tests, linters, type checkers, or nothing; pure."""

from collections.abc import Iterable, Mapping

from kiro_worker.changeset import ChangeSet
from kiro_worker.gate.check.model import Look
from kiro_worker.gate.check.select import fits
from kiro_worker.gate.codeline import code_lines, empty_lines, lines_of_tests
from kiro_worker.gate.kind import FileKind, kind_of
from kiro_worker.gate.moved import lines_changed
from kiro_worker.gate.port import Coverage, FileCoverage, Looked

#: What sees lines of code; an audit of dependencies sees none.
_SEES_CODE = frozenset({"lint", "types", "security", "build"})


def looked(change: ChangeSet, coverage: Coverage | None, looks: Iterable[Look] = ()) -> Looked:
    """Which of the changed lines of code were seen by what.

    Tests are no code here: they look, and are not looked at. A check counts when it came to a result, whatever that
    was, for the files that it told of, or else for those in the languages of its tool; of a check that tells neither,
    nobody knows what it saw, and it counts for nothing.

    Args:
        change: what the branch changes.
        coverage: of the head; None where it was not measured.
        looks: the checks of the head, see `kiro_worker.gate.check.gate.ChecksGate.look`.
    """
    code = _code(change)
    seen: dict[str, dict[str, frozenset[int]]] = {}
    if coverage is not None:
        known = {file.path: file for file in coverage.files}
        ran = {path: _run(known[path], lines, change) for path, lines in code.items() if path in known}
        seen["tests"] = {path: lines for path, lines in ran.items() if lines}
    for look in looks:
        kind = look.planned.check.kind
        if look.over is None and kind in _SEES_CODE:
            seen.setdefault(kind, {}).update({path: lines for path, lines in code.items() if _saw(look, path)})
    return Looked(code=code, seen=seen)


def shares(told: Looked) -> Mapping[str, int]:
    """How many lines of code there are (`lines`), how many each has seen, and how many nothing has (`nothing`).

    >>> told = Looked(code={"a.py": frozenset({1, 2, 3})}, seen={"tests": {"a.py": frozenset({1})}})
    >>> dict(shares(told))
    {'lines': 3, 'tests': 1, 'nothing': 2}
    """
    by = {name: sum(map(len, files.values())) for name, files in told.seen.items()}
    nothing = sum(len(lines - _by_any(told, path)) for path, lines in told.code.items())
    return {"lines": sum(map(len, told.code.values())), **by, "nothing": nothing}


def _by_any(told: Looked, path: str) -> frozenset[int]:
    return frozenset().union(*(files.get(path, frozenset()) for files in told.seen.values()))


def _code(change: ChangeSet) -> Mapping[str, frozenset[int]]:
    found: dict[str, frozenset[int]] = {}
    for path, lines in lines_changed(change).items():
        if kind_of(path) is FileKind.CODE:
            text = change.by_path[path].text
            found[path] = frozenset(lines) & code_lines(path, text) - lines_of_tests(path, text)
    return {path: lines for path, lines in found.items() if lines}


def _saw(look: Look, path: str) -> bool:
    return path in look.files if look.files is not None else fits(path, look.planned)


def _run(file: FileCoverage, lines: frozenset[int], change: ChangeSet) -> frozenset[int]:
    """Lines that a test ran. Reports tell of a statement's first line; the others of it go with that one."""
    empty = empty_lines(file.path, change.by_path[file.path].text)
    ran: set[int] = set()
    began = 0
    for line in range(1, max(lines, default=0) + 1):
        if line in file.lines:
            began = line
        elif line in empty:
            began = 0
        if line in lines and began and file.lines[began] > 0:
            ran.add(line)
    return frozenset(ran)
