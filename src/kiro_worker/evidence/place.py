"""Which files a test may be in, by what its runner says of it; many say only a class or a package."""

from collections.abc import Iterable, Iterator

from kiro_worker.gate.kind import is_test, language_of
from kiro_worker.gate.port import TestCase

# Tests in these have titles, and some of their runners say nothing of files.
TITLED = frozenset({"javascript", "typescript", "component", "ruby", "dart", "elixir"})

# Files that one name is looked for in.
_MOST_FILES = 2_000


class Places:
    """Every file of a tree, to be looked up by what runners say.

    >>> tree = Places(("pkg/tests/test_a.py", "tests/test_b.py"))
    >>> tree.of(TestCase(name="test_x", suite="tests.test_a.TestA"))
    ('pkg/tests/test_a.py',)
    """

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = frozenset(paths)
        self._by_name: dict[str, list[str]] = {}
        for path in sorted(self._paths, key=lambda path: (len(path), path)):
            self._by_name.setdefault(path.rpartition("/")[2].partition(".")[0], []).append(path)
        self._go = sorted(path for path in self._paths if path.endswith("_test.go"))
        self._rust = sorted(path for path in self._paths if language_of(path) == "rust")
        self._titled = sorted(path for path in self._paths if language_of(path) in TITLED and is_test(path))
        # Thousands of tests are of a few hundred suites.
        self._known: dict[tuple[str, str, bool, bool], tuple[str, ...]] = {}

    def of(self, case: TestCase) -> tuple[str, ...]:
        """The files that a test may be in, the likeliest first."""
        is_go = case.name.startswith(("Test", "Fuzz", "Example")) and "/" in case.suite
        is_rust = "::" in case.name or "::" in case.suite or not case.suite
        key = (case.path, case.suite, is_go, is_rust)
        if key not in self._known:
            found = self._by_path(case.path) if case.path else self._by_suite(case.suite, is_go=is_go, is_rust=is_rust)
            self._known[key] = tuple(dict.fromkeys(found))[:_MOST_FILES]
        return self._known[key]

    def surely(self, case: TestCase) -> str:
        """The one file that a test is in, whether or not it can be seen there; empty where that is not certain."""
        found = self._by_path(case.path) if case.path else tuple(self._by_module(case.suite))
        return found[0] if len(found) == 1 and (case.path or is_test(found[0])) else ""

    def _by_path(self, path: str) -> tuple[str, ...]:
        plain = path.replace("\\", "/").removeprefix("./")
        if plain in self._paths:
            return (plain,)
        # Of a part of the project, or of the machine that it was built on.
        named = self._by_name.get(plain.rpartition("/")[2].partition(".")[0], [])
        ends = [each for each in named if each.endswith(f"/{plain}") or plain.endswith(f"/{each}")]
        longest = max(map(len, ends), default=0)
        best = [each for each in ends if len(each) == longest]
        return tuple(best) if len(best) == 1 else ()

    def _by_suite(self, suite: str, *, is_go: bool, is_rust: bool) -> list[str]:
        found = [*self._by_module(suite)]
        if is_go:
            found += self._in_package(suite)
        if not found or "." not in suite:
            # A suite may be a title. Cargo names no crate, and tests beside the crate's own stand in no module.
            found += [*self._titled, *(self._rust if is_rust else ())]
        return found

    def _by_module(self, suite: str) -> Iterator[str]:
        """The module or class of a dotted name, the longest part of it that is a file."""
        names = suite.partition(" ")[0].partition("$")[0].split(".")
        if not all(names):
            return
        for count in range(len(names), 0, -1):
            stem = "/".join(names[:count])
            found = [path for path in self._by_name.get(names[count - 1], ()) if _is_stem(path, stem)]
            if found:
                yield from found
                return

    def _in_package(self, suite: str) -> Iterator[str]:
        """Test files of the folder that a suite ends with: Go names packages."""
        folder = suite.rpartition("/")[2]
        for path in self._go:
            above = path.rpartition("/")[0]
            if is_test(path) and (above == folder or above.endswith(f"/{folder}") or not above):
                yield path


def _is_stem(path: str, stem: str) -> bool:
    bare = path.rpartition(".")[0]
    return bare == stem or bare.endswith(f"/{stem}")
