"""Which of the tests that were run a change adds or changes."""

from collections.abc import Iterable, Mapping

from kiro_worker.changeset import ChangedFile, ChangeSet
from kiro_worker.gate.bite import blocks, pytouched
from kiro_worker.gate.kind import FileKind, kind_of, language_of
from kiro_worker.gate.port import TestCase
from kiro_worker.gate.select.pytest import node_of

_JAVA_LIKE = {"kotlin": "java", "groovy": "java", "scala": "java"}
_TEXTS = (".md", ".rst", ".txt")


def touched(cases: Iterable[TestCase], change: ChangeSet) -> Mapping[str, str]:
    """The tests that are new or changed, by id, each with its file; runners may not tell that.

    Comments, formatting and a new place count for nothing.
    """
    finder = _Finder(change)
    return {case.id: path for case in cases if (path := finder.place(case))}


class _Finder:
    """Looks tests up in the changed files, each of which is read once."""

    def __init__(self, change: ChangeSet) -> None:
        self._files = {file.path: file for file in change.there if file.is_plain and not file.left_out}
        self._old = [file.old_text for file in change if file.path.endswith(".py")]
        self._known: frozenset[str] | None = None
        self._python: dict[str, pytouched.Touched] = {}
        self._blocks: dict[str, tuple[tuple[blocks.Block, bool], ...]] = {}

    def place(self, case: TestCase) -> str:
        """The file in which the change adds or changes this test; empty when it does not."""
        return next((file.path for file in self._files_of(case) if self._in(file, case)), "")

    def _files_of(self, case: TestCase) -> Iterable[ChangedFile]:
        """The changed files that may hold it."""
        if case.path in self._files:
            return (self._files[case.path],)
        if case.path and language_of(case.path) != "go":
            return ()
        return tuple(file for file in self._files.values() if _may_hold(file.path, case))

    def _in(self, file: ChangedFile, case: TestCase) -> bool:
        language = language_of(file.path)
        if language == "python":
            return self._in_python(file, case)
        if file.path.endswith(_TEXTS):
            return pytouched.examples_of(file.text) != pytouched.examples_of(file.old_text)
        return self._in_blocks(file, case, _JAVA_LIKE.get(language, language))

    def _in_python(self, file: ChangedFile, case: TestCase) -> bool:
        found = self._touched_in(file)
        if not case.path:
            # unittest tells modules and classes, from whatever folder it was started in.
            inner = _below_module(file.path, case.suite)
            name = f"{inner}.{case.name}" if inner else case.name
        else:
            name = ".".join(node_of(case).split("::")[1:])
            example = _below_module(file.path, case.name)
            if example is not None and name not in _names_of(file):
                return example in found.examples
        owner = name.rpartition(".")[0]
        known = name in found.names
        return known or (owner in found.classes and name not in _names_of(file))

    def _touched_in(self, file: ChangedFile) -> pytouched.Touched:
        if file.path not in self._python:
            if self._known is None:
                self._known = pytouched.known_tests(self._old)
            self._python[file.path] = pytouched.touched(file.old_text, file.text, self._known)
        return self._python[file.path]

    def _in_blocks(self, file: ChangedFile, case: TestCase, language: str) -> bool:
        if file.path not in self._blocks:
            was = {(it.name, it.text) for it in blocks.blocks(file.old_text, language)}
            now = blocks.blocks(file.text, language)
            self._blocks[file.path] = tuple((it, (it.name, it.text) not in was) for it in now)
        name = case.name.partition("/")[0] if language == "go" else case.name
        if language == "rust":
            name = name.rpartition("::")[2]
        found = [changed for it, changed in self._blocks[file.path] if blocks.fits(it.name, _bare(name, language))]
        return any(found) or (not found and not file.old_text and case.path == file.path)


def _may_hold(path: str, case: TestCase) -> bool:
    """Whether a test that tells no file may lie in this one, by its suite."""
    language = language_of(path)
    folder, _, name = path.rpartition("/")
    stem = name.rpartition(".")[0]
    if language == "python":
        return _below_module(path, case.suite) is not None
    if language == "go":
        return case.suite == folder or case.suite.endswith(f"/{folder}") or "/" not in path
    if language == "rust" or (language in {"javascript", "typescript"} and kind_of(path) is FileKind.TEST):
        return True
    return case.suite.rpartition(".")[2].partition("$")[0] == stem


def _below_module(path: str, suite: str) -> str | None:
    """The classes of a suite behind its module; None when the module is not this file.

    >>> _below_module("tests/test_m.py", "tests.test_m.TestA"), _below_module("tests/test_m.py", "test_m.TestA")
    ('TestA', 'TestA')
    >>> _below_module("tests/test_m.py", "test_other.TestA")
    """
    parts = path.removesuffix("/__init__.py").removesuffix(".py").split("/")
    for at in range(len(parts)):
        module = ".".join(parts[at:])
        if suite == module or suite.startswith(f"{module}."):
            return suite[len(module) + 1 :]
    return None


def _names_of(file: ChangedFile) -> frozenset[str]:
    from kiro_worker.gate.syntax import functions, syntax_of

    module = syntax_of(file.text)
    return frozenset(it.name for it in functions(module)) if module is not None else frozenset()


def _bare(name: str, language: str) -> str:
    return name.partition("(")[0].partition("[")[0] if language == "java" else name
