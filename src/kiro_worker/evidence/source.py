"""A test as it stands in a tree."""

from kiro_worker.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A test's own lines.

    Attributes:
        first, last: its lines, with decorators and the comments right above it; 0 where only its file is known.
        line: of its name.
        text: these lines, or the whole file.
        words: its docstring and its comments.
    """

    path: str
    first: int = 0
    last: int = 0
    line: int = 0
    text: str = ""
    words: tuple[str, ...] = ()

    @property
    def is_found(self) -> bool:
        """Whether its lines are known, and not only its file."""
        return self.line > 0
