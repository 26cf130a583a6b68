"""Coverage of the lines that a branch adds or changes: what the report says of them, and what it does not know."""

from collections.abc import Callable, Iterable, Mapping

from kiro_worker.changeset import ChangedFile, ChangeSet
from kiro_worker.gate.codeline import code_lines, executable_lines, lines_of_tests
from kiro_worker.gate.kind import OF_TESTS, FileKind, kind_of, language_of
from kiro_worker.gate.moved import lines_changed
from kiro_worker.gate.port import ChangedCoverage, ChangedFileCoverage, Coverage, FileCoverage

# Tools that measure one of these measure all of them.
_FAMILIES = {
    "typescript": "javascript", "component": "javascript", "kotlin": "java", "scala": "java", "groovy": "java",
    "cpp": "c", "objectivec": "c", "fsharp": "csharp", "visualbasic": "csharp",
}  # fmt: skip

# Nothing in these is ever run as it stands.
_DECLARED = frozenset({"protobuf", "graphql", "terraform"})
_ONLY_TYPES = (".pyi", ".d.ts", ".d.mts", ".d.cts")

# Code beside the product, which hardly any project measures; told, and not counted where the report knows none of it.
_BESIDES = frozenset(
    {"scripts", "script", "tools", "examples", "example", "benchmarks", "benchmark", "samples", "demo"}
)


def nothing_left_out(_path: str) -> bool:
    """No file is left out."""
    return False


def changed_coverage(
    coverage: Coverage, change: ChangeSet, *, left_out: Callable[[str], bool] = nothing_left_out
) -> ChangedCoverage:
    """What a report says of a change.

    Only lines that the report counts are counted. A changed file of code that it does not know, in a language that it
    does know, is wholly uncovered: a test that ran it would have made it known. Tests do not count; they cover
    themselves.

    Args:
        coverage: of the branch's head.
        change: what the branch changes.
        left_out: says of a path that the base branch's own settings keep it from being measured.
    """
    known = {file.path: file for file in coverage.files}
    measured = {family_of(path) for path in known} - {""}
    files: list[ChangedFileCoverage] = []
    not_measured: list[str] = []
    for path, lines in lines_changed(change).items():
        file = change.by_path[path]
        if path in known:
            if kind_of(path) not in OF_TESTS:
                files.append(_reported(known[path], file, lines))
        elif is_countable(file):
            if family_of(path) not in measured or left_out(path) or _is_besides(path, known):
                not_measured.append(path)
            else:
                files.append(_guessed(file, lines))
    return ChangedCoverage(files=tuple(file for file in files if file.total), not_measured=tuple(not_measured))


def is_countable(file: ChangedFile) -> bool:
    """Whether a file holds code that a test could run."""
    if kind_of(file.path) is not FileKind.CODE or file.path.endswith(_ONLY_TYPES):
        return False
    language = language_of(file.path)
    return language not in _DECLARED if language else file.text.startswith("#!")


def family_of(path: str) -> str:
    """The language of a file, those that one tool measures taken for one.

    >>> family_of("a.tsx"), family_of("b.js"), family_of("c.md")
    ('javascript', 'javascript', '')
    """
    language = language_of(path)
    return _FAMILIES.get(language, language)


def _reported(known: FileCoverage, file: ChangedFile, changed: Iterable[int]) -> ChangedFileCoverage:
    lines = known.lines.keys() & changed
    if file.text and language_of(file.path) != "python":
        # V8 counts every line and Go whole blocks, comments and brackets among them.
        lines = (lines & code_lines(file.path, file.text)) - lines_of_tests(file.path, file.text)
    branches = [ways for line, ways in known.branches.items() if line in lines]
    return ChangedFileCoverage(
        path=file.path,
        covered=tuple(sorted(line for line in lines if known.lines[line])),
        missing=tuple(sorted(line for line in lines if not known.lines[line])),
        branches_covered=sum(taken for taken, _ in branches),
        branches_total=sum(there for _, there in branches),
    )


def _guessed(file: ChangedFile, changed: frozenset[int]) -> ChangedFileCoverage:
    missing = executable_lines(file.path, file.text) & changed
    return ChangedFileCoverage(path=file.path, missing=tuple(sorted(missing)), guessed=True)


def _is_besides(path: str, known: Mapping[str, FileCoverage]) -> bool:
    folder, there, _ = path.partition("/")
    return bool(there) and folder in _BESIDES and not any(one.startswith(f"{folder}/") for one in known)
