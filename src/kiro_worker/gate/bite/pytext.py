"""Editing Python's text where its syntax tree says, so that everything else stays as people wrote it."""

import ast

from kiro_worker.gate.bite.pyfind import first_line
from kiro_worker.gate.syntax import syntax_of
from kiro_worker.value import dataclass


@dataclass(frozen=True, slots=True)
class Edit:
    """Bytes from `start` to `end` are replaced by `text`."""

    start: int
    end: int
    text: str


class Source:
    """The text of a module, and where in it the places are that its syntax tree tells."""

    def __init__(self, text: str) -> None:
        self.data = text.encode("utf-8", "surrogateescape")
        self._lines = [0]
        for line in self.data.splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))

    def at(self, line: int, column: int) -> int:
        """An offset."""
        return self._lines[line - 1] + column

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Where an expression or statement stands."""
        start = self.at(node.lineno, node.col_offset)  # type: ignore[attr-defined]  # all that have a place have these
        end = self.at(node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]  # as above
        return start, end

    def of(self, node: ast.AST) -> str:
        """The text of an expression or statement."""
        return self.between(*self.span(node))

    def decorated(self, node: ast.stmt) -> tuple[int, int]:
        """Where a function or class stands, its decorators included."""
        return self.at(first_line(node), node.col_offset), self.span(node)[1]

    def between(self, start: int, end: int) -> str:
        """The text between two offsets."""
        return self.data[start:end].decode("utf-8", "surrogateescape")

    def before(self, statement: ast.stmt, text: str, *, inner: str) -> Edit:
        """Put a line in front of a statement; one that shares its line with others goes to a line of its own.

        Args:
            statement: with its decorators.
            text: the line.
            inner: how far a statement of this block is indented where none tells.
        """
        line = first_line(statement)
        start = self._lines[line - 1]
        column = statement.col_offset if line == statement.lineno else 0
        ahead = self.data[start : start + column].decode("utf-8", "surrogateescape")
        if line != statement.lineno or not ahead.strip():
            indent = ahead if line == statement.lineno else self._indent(line)
            return Edit(start, start, f"{indent}{text}\n")
        return Edit(start + column, start + column, f"\n{inner}{text}\n{inner}")

    def after(self, statement: ast.stmt, text: str) -> Edit:
        """Put a line behind a statement that ends its line."""
        end = self.at(statement.end_lineno or statement.lineno, statement.end_col_offset or 0)
        return Edit(end, end, f"\n{' ' * statement.col_offset}{text}")

    def edited(self, edits: list[Edit]) -> str:
        """The text with all edits made that do not overlap."""
        data, reached = self.data, len(self.data) + 1
        for edit in sorted(edits, key=lambda it: (it.start, it.end), reverse=True):
            if edit.end > reached or (edit.end == reached and edit.start != edit.end):
                continue
            data = data[: edit.start] + edit.text.encode("utf-8", "surrogateescape") + data[edit.end :]
            reached = edit.start
        return data.decode("utf-8", "surrogateescape")

    def _indent(self, line: int) -> str:
        text = self.data[self._lines[line - 1] : self._lines[line]].decode("utf-8", "surrogateescape")
        return text[: len(text) - len(text.lstrip(" \t"))]


def with_edits(text: str, edits: list[Edit]) -> str | None:
    """A module with as many of the edits as leave it a module; None when none of them does."""
    source = Source(text)
    whole = source.edited(edits)
    if syntax_of(whole) is not None:
        return whole
    kept: list[Edit] = []
    for edit in edits:
        if syntax_of(source.edited([*kept, edit])) is not None:
            kept.append(edit)
    return source.edited(kept) if kept else None
