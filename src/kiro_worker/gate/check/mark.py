"""Where a finding is in the tree, and a mark by which it is known again on another commit."""

from hashlib import sha256
from pathlib import Path

from kiro_worker.gate.check.model import Found, Told
from kiro_worker.gate.coverage.treepath import TreePaths
from kiro_worker.gate.fault import ReportFault
from kiro_worker.gate.file import is_inside, read_report
from kiro_worker.value import replace

# Lines of larger files are not looked up; their findings are known by what they say.
_MOST_BYTES = 4 * 1024 * 1024
_MOST_FILES_HELD = 200


class Marks:
    """Places and marks what was found in one state of a tree; to be used while the tree is in that state."""

    def __init__(self, tree: Path) -> None:
        self._tree, self._paths = tree, TreePaths(tree)
        self._lines: dict[str, tuple[str, ...]] = {}
        self._known: dict[str, str] = {}

    def placed(self, told: Told) -> tuple[tuple[Found, ...], frozenset[str] | None]:
        """What was found, and the files that were looked at; all paths relative to the root."""
        files = None if told.files is None else frozenset(map(self._path, told.files))
        return tuple(map(self._one, told.found)), files

    def _one(self, found: Found) -> Found:
        path = self._path(found.path) if found.path else ""
        line = self._line(path, found.line) if path and found.line else ""
        about = line or found.key or found.message
        # Not the line's number: lines above it come and go.
        digest = sha256(f"{found.rule}\0{about}".encode("utf-8", "surrogatepass"))
        return replace(found, path=path, mark=digest.hexdigest()[:24])

    def _path(self, written: str) -> str:
        if written not in self._known:
            self._known[written] = self._paths.find(written, ()) or written
        return self._known[written]

    def _line(self, path: str, number: int) -> str:
        if path not in self._lines:
            if len(self._lines) >= _MOST_FILES_HELD:
                self._lines.clear()
            self._lines[path] = self._read(path)
        lines = self._lines[path]
        return " ".join(lines[number - 1].split()) if number <= len(lines) else ""

    def _read(self, path: str) -> tuple[str, ...]:
        place = self._tree / path
        if not is_inside(place, self._tree):
            return ()
        try:
            return tuple(read_report(place, told=path, most=_MOST_BYTES).decode("utf-8", "replace").splitlines())
        except ReportFault:
            return ()
