"""Where a test stands: its own lines, its name's line, and the words in which a tag may be."""

from collections.abc import Callable, Collection

from kiro_worker.evidence.place import Places
from kiro_worker.gate.kind import language_of
from kiro_worker.gate.port import TestCase
from kiro_worker.value import dataclass

#: Reads a file of the tree that is looked at; None for what is not there.
Read = Callable[[str], bytes | None]


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


class Sources:
    """Finds tests in a tree; each file is read and taken apart once.

    Args:
        read: reads a file of the tree.
        paths: every file of the tree that tests may be in.
    """

    def __init__(self, read: Read, paths: Collection[str]) -> None:
        self._read, self._places = read, Places(paths)
        self._texts: dict[str, str | None] = {}
        self._listed: dict[str, dict[str, list[Source]]] = {}

    def find(self, case: TestCase) -> Source | None:
        """The test's own lines, or only its file; None where not even that is known."""
        whole: Source | None = None
        found: list[Source] = []
        for path in self._places.of(case):
            text = self._text(path)
            if text is None:
                continue
            exact = self._in_file(path, text, case)
            if exact is not None:
                found.append(exact)
            elif case.path or whole is None:
                whole = Source(path=path, text=text)
        if len(found) == 1:
            return found[0]
        # The same name in several files that it may be in: none of them is certain.
        return whole if case.path else None

    def _in_file(self, path: str, text: str, case: TestCase) -> Source | None:
        from kiro_worker.evidence.plainsource import find_titled
        from kiro_worker.evidence.pythonsource import find_python

        if path not in self._listed:
            self._listed[path] = {}
        if language_of(path) == "python":
            return find_python(path, text, case, self._listed[path])
        return find_titled(path, text, case, self._listed[path])

    def _text(self, path: str) -> str | None:
        if path not in self._texts:
            content = self._read(path)
            self._texts[path] = None if content is None or b"\0" in content else content.decode("utf-8", "replace")
        return self._texts[path]
