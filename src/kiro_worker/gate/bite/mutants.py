"""A change with some of it taken away, as what its files hold then."""

from collections.abc import Iterator, Mapping
from functools import cached_property

from kiro_worker.changeset import ChangedFile, ChangeSet, How
from kiro_worker.gate.bite import foreign, pyrest
from kiro_worker.gate.bite.level import Level
from kiro_worker.gate.bite.pyfind import changed_functions
from kiro_worker.gate.bite.pymutate import Without, mutate
from kiro_worker.gate.kind import OF_TESTS, FileKind, kind_of, language_of
from kiro_worker.gate.rewind import Content, State, content
from kiro_worker.gate.syntax import Named

_SUBMODULE = 0o160000

# What functions do, and whether those that were there before are as they were.
_FUNCTIONS = {
    Level.TAKEN: (Without.NOTHING, True),
    Level.STRANGE: (Without.STRANGE, True),
    Level.FAILURE: (Without.FAILURE, False),
    Level.EMPTIED: (Without.NOTHING, False),
}

# Not what a test could be about: the worker's own, and what tools write.
_ASIDE = OF_TESTS | {FileKind.SPEC, FileKind.GENERATED}


class Mutants:
    """What can be taken away from a change.

    Args:
        change: the whole of it; its tests are never touched.
    """

    def __init__(self, change: ChangeSet) -> None:
        self.files = tuple(file for file in change if kind_of(file.path) not in _ASIDE and _is_known(file))

    def there(self, level: Level) -> State:
        """What files hold with that taken away; empty where nothing of the kind is in the change."""
        if level in _FUNCTIONS:
            return dict(self._functions(*_FUNCTIONS[level]))
        if level is Level.REST:
            return dict(self._rest())
        if level is Level.DATA:
            return dict(self._data())
        if level is Level.VALUES:
            return dict(self._values())
        return {file.path: content(file.before, file.old_mode) for file in self.files}

    def back(self, state: State) -> State:
        """What the same files hold with the change."""
        known = {file.path: file for file in self.files}
        return {path: content(known[path].after, known[path].mode) for path in state}

    @cached_property
    def has_code(self) -> bool:
        """Whether the change has a function, or another value in code, that a test could fail without."""
        found = (*self.there(Level.REST), *self.there(Level.DATA))
        return bool(self.there(Level.TAKEN)) or any(kind_of(path) is FileKind.CODE for path in found)

    @cached_property
    def one_by_one(self) -> bool:
        """Whether a failing function would end the other tests too, so that each has to be run by itself."""
        return any(foreign.dies(file.path) for file in self.files)

    @cached_property
    def _python(self) -> Mapping[str, tuple[Named, ...]]:
        return {file.path: changed_functions(file.old_text, file.text) for file in self._texts if _is_python(file)}

    @cached_property
    def _texts(self) -> tuple[ChangedFile, ...]:
        return tuple(file for file in self.files if file.how is not How.DELETED and file.is_plain and file.text)

    def _functions(self, without: Without, back: bool) -> Iterator[tuple[str, Content]]:  # noqa: FBT001  # from a table
        for file in self._texts:
            if _is_python(file):
                old = file.old_text if back else None
                text = mutate(file.text, self._python[file.path], without, old=old)
            else:
                text = foreign.mutate(file.path, file.old_text, file.text, without, back=back)
            if text is not None:
                yield file.path, _of(file, text)

    def _values(self) -> Iterator[tuple[str, Content]]:
        for file in self._texts:
            if _is_python(file) and (text := pyrest.values_strange(file.old_text, file.text)) is not None:
                yield file.path, _of(file, text)

    def _data(self) -> Iterator[tuple[str, Content | None]]:
        """Data, settings, templates, prose, and code whose functions cannot be left early: as a whole."""
        for file in self.files:
            if not _is_python(file) and not foreign.has_functions(file.path):
                new = file.how is How.ADDED and file.is_plain and file.text
                yield file.path, _of(file, _empty(file.text)) if new else content(file.before, file.old_mode)

    def _rest(self) -> Iterator[tuple[str, Content]]:
        for file in self._texts:
            if _is_python(file):
                text = pyrest.rest_taken_back(file.old_text, file.text)
            elif foreign.has_functions(file.path):
                text = foreign.rest_taken_back(file.path, file.old_text, file.text)
            else:
                continue
            if text is not None:
                yield file.path, _of(file, text)


def _empty(text: str) -> str:
    """What a new file holds without what is in it; one that is not there could keep everything from being loaded.

    >>> _empty('{"a": 1}'), _empty("[1]"), _empty("one two")
    ('{}', '[]', '')
    """
    return {"{": "{}", "[": "[]"}.get(text.lstrip()[:1], "") if text.rstrip()[-1:] in {"}", "]"} else ""


def _is_known(file: ChangedFile) -> bool:
    """Whether it can be taken back; what cannot is left as it is."""
    return not file.left_out and _SUBMODULE not in {file.mode, file.old_mode}


def _is_python(file: ChangedFile) -> bool:
    return language_of(file.path) == "python" and not file.path.endswith(".pyi")


def _of(file: ChangedFile, text: str) -> Content:
    return Content(text.encode("utf-8", "surrogateescape"), file.mode)
