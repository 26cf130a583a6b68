"""Where a test stands: its own lines, its name's line, and the words in which a tag may be."""

from collections.abc import Callable, Collection

from kiro_worker.evidence.place import Places
from kiro_worker.evidence.plainsource import Listing
from kiro_worker.evidence.pythonsource import find_python
from kiro_worker.evidence.source import Source
from kiro_worker.gate.kind import language_of
from kiro_worker.gate.port import TestCase

#: Reads a file of the tree that is looked at; None for what is not there.
Read = Callable[[str], bytes | None]


class Sources:
    """Finds tests in a tree; each file is read and taken apart once.

    Args:
        read: reads a file of the tree.
        paths: every file of the tree that tests may be in.
    """

    def __init__(self, read: Read, paths: Collection[str]) -> None:
        self._read, self._places = read, Places(paths)
        self._texts: dict[str, str | None] = {}
        self._functions: dict[str, dict[str, list[Source]]] = {}
        self._listings: dict[str, Listing] = {}

    def find(self, case: TestCase) -> Source | None:
        """The test's own lines, or only its file; None where not even that is known."""
        found: list[Source] = []
        for path in self._places.of(case):
            text = self._text(path)
            exact = None if text is None else self._in_file(path, text, case)
            if exact is not None:
                found.append(exact)
        if len(found) > 1:
            # The same title in several files: the blocks around it tell them apart.
            outer = case.suite.split(" > ")
            found = [each for each in found if all(title in (self._text(each.path) or "") for title in outer)]
        if len(found) == 1:
            return found[0]
        # The same name in several files that it may be in is in none of them for certain.
        sure = "" if found else self._places.surely(case)
        text = self._text(sure) if sure else None
        return None if text is None else Source(path=sure, text=text)

    def _in_file(self, path: str, text: str, case: TestCase) -> Source | None:
        if language_of(path) == "python":
            return find_python(path, text, case, self._functions.setdefault(path, {}))
        if path not in self._listings:
            self._listings[path] = Listing(path, text)
        return self._listings[path].find(case)

    def _text(self, path: str) -> str | None:
        if path not in self._texts:
            content = self._read(path)
            self._texts[path] = None if content is None or b"\0" in content else content.decode("utf-8", "replace")
        return self._texts[path]
