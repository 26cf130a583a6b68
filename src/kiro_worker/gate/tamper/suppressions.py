"""Comments and marks, new in a branch, that tell a tool to look away."""

import io
import re
import tokenize
from collections import Counter
from collections.abc import Iterator

from kiro_worker.changeset import ChangedFile, ChangeSet
from kiro_worker.expression import expression
from kiro_worker.gate.kind import FileKind, kind_of, language_of
from kiro_worker.gate.tamper.lex import comment_of
from kiro_worker.gate.tamper.sign import Deed, Sign, Weight

_COVERAGE = expression(
    r"pragma:\s*no\s*(?:cover|branch)|(?:istanbul|c8|v8|node:coverage)\s+ignore|coverage:ignore|LCOV_EXCL|GCOV_EXCL"
    r"|codecov\s+ignore|:nocov:|@codeCoverageIgnore|node:coverage\s+disable|no-?cover\b",
    re.IGNORECASE,
)
_WHOLE_FILE = expression(
    r"(?:ruff|flake8):\s*noqa(?!:)|mypy:\s*ignore-errors|pyright:\s*(?:basic|false)|pylint:\s*(?:skip-file|disable=all)"
    r"|^/\*\s*eslint-disable\s*(?:\*/|$|--)|@ts-nocheck|rubocop:disable\s+all|phpcs:ignoreFile|phpcs:disable\s*$|biome-ignore-all"
    r"|^#\s*type:\s*ignore\s*$(?=.*)|swiftlint:disable\s+all|fmt:\s*never-check|nosemgrep\s*-?\s*file"
)
_BARE = expression(
    r"#\s*noqa(?!:)\b|#\s*type:\s*ignore(?!\[)|#\s*pyright:\s*ignore(?!\[)|#\s*nosec\b(?!\s*B\d|:)|@ts-ignore\b"
    r"|eslint-disable(?:-next-line|-line)?\s*(?:\*/|$|--)|//\s*nolint\s*$|//\s*NOLINT\s*$|\bnosemgrep\s*$|@phpstan-ignore-line"
)
_ONE_RULE = expression(
    r"#\s*noqa:|type:\s*ignore\[|pyright:\s*ignore\[|pylint:\s*disable=|eslint-disable|@ts-expect-error|nolint:|NOLINT|rubocop:disable"
    r"|nosec\b|nosemgrep|phpcs:ignore|phpstan-ignore|shellcheck\s+disable|swiftlint:disable|biome-ignore|tslint:disable"
    r"|noinspection|NOSONAR|detekt:|ktlint-disable|checkstyle:off|hadolint\s+ignore|tfsec:ignore|checkov:skip"
    r"|pragma: allowlist"
)
_SECURITY = expression(
    r"#\s*noqa:[^#]*\bS\d{3}|\bnosec\b|\bnosemgrep\b|//\s*nolint:[^\n]*gosec|eslint-disable[^\n]*security|NOSONAR"
)
_MARKS = expression(
    r"@SuppressWarnings\b[^\n]*|@Suppress\(|\[\s*(?:SuppressMessage|ExcludeFromCodeCoverage)|#!?\[\s*allow\(|#\[\s*(?:coverage\(off|no_coverage"
    r"|cfg_attr\([^\n]*(?:coverage|tarpaulin)[^\n]*)|#pragma\s+warning\s+disable|@(?:Generated|ExcludeFromJacoco\w*)\b"
)
_MARK_OF_COVERAGE = expression(r"ExcludeFrom|coverage|tarpaulin|Generated")
_MARK_OF_ALL = expression(
    r"#!\[\s*allow\(|SuppressWarnings\(\s*\"all\"|clippy::all|allow\(\s*warnings|pragma warning disable\s*$"
)
#: Lines that no test can reach in an honest way, and that projects mark so.
_UNREACHABLE = expression(
    r"TYPE_CHECKING|__name__\s*==|NotImplementedError|assert_never|unreachable|@(?:\w+\.)?(?:abstractmethod|overload)|\.\.\.\s*(?:#|$)"
    r"|sys\.platform|os\.name|version_info|except\s+(?:Import|ModuleNotFound)Error|platform\.|raise AssertionError"
    r"|KeyboardInterrupt|Protocol"
)


_LOOKED_AT = {FileKind.CODE, FileKind.TEST, FileKind.TEST_SUPPORT}
_KEPT_OUT = "lines are kept out of coverage"
# No more of a line is looked at: it may hold thousands of comments, and each is seen in its light.
_LONGEST = 2000


def suppression_signs(change: ChangeSet) -> Iterator[Sign]:
    """Every suppression that a branch adds; one that only moved is not new."""
    files = [file for file in change if file.is_plain and kind_of(file.path) in _LOOKED_AT]
    moved = Counter(_tidy(line) for file in files for line in _removed(file))
    for file in files:
        if file.text and file.added:
            yield from _of_file(file, moved)


def _of_file(file: ChangedFile, moved: Counter[str]) -> Iterator[Sign]:
    lines = file.text.splitlines()
    is_code = kind_of(file.path) is FileKind.CODE
    added = file.added
    for number, comment in _notes(file):
        whole = lines[number - 1] if number <= len(lines) else comment
        line = whole[:_LONGEST]
        key = _tidy(line)
        if number not in added:
            continue
        # Of a longer line it is not seen whether it said so before.
        if len(whole) <= _LONGEST and moved[key] > 0:
            moved[key] -= 1
            continue
        if (found := _read(comment, line)) is not None and (is_code or found[0] == _KEPT_OUT):
            why, weight = found
            yield Sign(
                code="tamper.suppressed",
                title=f"{file.path}: {why}",
                path=file.path,
                line=number,
                now=line.strip()[:300],
                weight=weight,
                deed=Deed.SET,
                names=(comment.strip("#/* ")[:80],),
                cure="Mend what the tool finds, or test the line; take the comment away.",
            )


def _read(comment: str, line: str) -> tuple[str, Weight] | None:
    if _COVERAGE.search(comment) or (_MARKS.match(comment) and _MARK_OF_COVERAGE.search(comment)):
        excused = _UNREACHABLE.search(line) is not None
        return _KEPT_OUT, Weight.TOLD if excused else Weight.BLOCKS
    if _WHOLE_FILE.search(comment) or (_MARKS.match(comment) and _MARK_OF_ALL.search(comment)):
        return "a tool is told to look away from the whole file", Weight.BLOCKS
    if _BARE.search(comment):
        return "a tool is told to look away, whatever it finds", Weight.BLOCKS
    if _SECURITY.search(comment):
        # With a reason beside it a person can judge it; without one nobody can.
        reasons = [piece for piece in re.split(r"#|//|--", comment) if not _SECURITY.search(f"# {piece.strip()}")]
        reasoned = any(len(reason.split()) > 1 for reason in reasons)
        return "a rule of security is silenced", Weight.TOLD if reasoned else Weight.BLOCKS
    if _ONE_RULE.search(comment) or _MARKS.match(comment):
        return "a rule is silenced", Weight.TOLD
    return None


def _notes(file: ChangedFile) -> Iterator[tuple[int, str]]:
    """Comments and marks with their lines; what only stands in a string is none."""
    language = language_of(file.path)
    if language == "python":
        yield from _python_comments(file.text)
        return
    for found in comment_of(language or "shell").finditer(file.text):
        if found["comment"] is not None:
            yield file.text.count("\n", 0, found.start()) + 1, found[0]
    for number, line in enumerate(file.text.splitlines(), 1):
        if (mark := _MARKS.search(line)) is not None and not line.lstrip().startswith(("//", "*", "/*")):
            yield number, mark[0]


def _python_comments(text: str) -> Iterator[tuple[int, str]]:
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string
    except (tokenize.TokenError, SyntaxError, ValueError):
        return


def _removed(file: ChangedFile) -> Iterator[str]:
    lines = file.old_text.splitlines()
    return (lines[number - 1][:_LONGEST] for number in file.removed if number <= len(lines))


def _tidy(line: str) -> str:
    """A suppression by what it says and stands behind; the code may have changed beside it."""
    found = re.search(r"(?:#|//|/\*|@|\[).*", line)
    return re.sub(r"\s+", " ", found[0] if found else line).strip()
