"""What a report says, in its own words: paths as they are written there, nothing looked up yet."""

from collections.abc import Mapping

from kiro_worker.value import dataclass, field

# Longer files are no source code, and such a number would only fill the memory.
MOST_LINE = 5_000_000
MOST_HITS = 2**53


@dataclass(slots=True)
class Measured:
    """One file while its report is read.

    Attributes:
        lines: line number to hits.
        branches: line number to (covered, total) of the branches that start there.
        statements: (covered, total) where the tool counts something finer than lines, or gives no lines at all.
        loose_branches: (covered, total) of branches whose lines are not told.
    """

    lines: dict[int, int] = field(default_factory=dict)
    branches: dict[int, tuple[int, int]] = field(default_factory=dict)
    statements: tuple[int, int] | None = None
    loose_branches: tuple[int, int] = (0, 0)

    def hit(self, line: int, hits: int) -> None:
        """Take a line; told twice in one report, the larger counts."""
        if not 0 < line <= MOST_LINE or hits < 0:
            raise ValueError(f"line {line} with {hits} hits")
        self.lines[line] = min(max(hits, self.lines.get(line, 0)), MOST_HITS)

    def branch(self, line: int, covered: int, total: int) -> None:
        """Take a line's branches; told twice in one report, the one that covers more counts."""
        if not 0 <= covered <= total <= MOST_LINE:
            raise ValueError(f"{covered} of {total} branches at line {line}")
        if total:
            self.branches[line] = max(self.branches.get(line, (0, 0)), (covered, total))

    def merge(self, other: "Measured") -> None:
        """Add what another report says of the same file: what either run covered is covered."""
        for line, hits in other.lines.items():
            self.lines[line] = min(self.lines.get(line, 0) + hits, MOST_HITS)
        for line, branches in other.branches.items():
            self.branches[line] = max(self.branches.get(line, (0, 0)), branches)
        if other.statements is not None:
            self.statements = max(self.statements or (0, 0), other.statements)
        self.loose_branches = max(self.loose_branches, other.loose_branches)

    def line_totals(self) -> tuple[int, int]:
        """Covered and total lines, or statements where those were counted."""
        if self.statements is not None:
            return self.statements
        return sum(hits > 0 for hits in self.lines.values()), len(self.lines)

    def branch_totals(self) -> tuple[int, int]:
        """Covered and total branches."""
        covered, total = self.loose_branches
        return (
            covered + sum(taken for taken, _ in self.branches.values()),
            total + sum(there for _, there in self.branches.values()),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report.

    Attributes:
        kind: the format's name.
        files: path as written to what was measured; the path "" is a total without files.
        roots: folders that relative paths may start from.
        moment: when it says it was made, in seconds of the epoch; None when it does not say.
    """

    kind: str
    files: Mapping[str, Measured]
    roots: tuple[str, ...] = ()
    moment: float | None = None
