"""Which changed files a check is about; pure."""

from fnmatch import fnmatchcase

from kiro_worker.changeset import ChangeSet
from kiro_worker.gate.check.model import Planned
from kiro_worker.gate.kind import FileKind, kind_of, language_of

_CANNOT_MATTER = frozenset({FileKind.DOCS, FileKind.SPEC})


def beside_the_point(planned: Planned, change: ChangeSet) -> str:
    """Why a check need not look at this change; empty when it has to.

    One that is named runs on every change, unless it says itself which files it is about. A tool that was found is not
    run for prose.
    """
    paths = tuple(change.by_path)
    if planned.check.paths:
        return "" if any(fits(path, planned) for path in paths) else "no changed file is one that it is about"
    if not planned.named and all(kind_of(path) in _CANNOT_MATTER for path in paths):
        return "only prose was changed"
    return ""


def fits(path: str, planned: Planned) -> bool:
    """Whether a check is about a file: by its own globs, by the language of its tool.

    Of a check that tells neither, nobody knows.
    """
    if planned.check.paths:
        return any(_matches(path, pattern) for pattern in planned.check.paths)
    return language_of(path) in planned.languages


def _matches(path: str, pattern: str) -> bool:
    """Whether a glob means a path; `*` also crosses folders, and one without `/` means a name in any folder.

    >>> _matches("src/a.py", "*.py"), _matches("src/a.py", "src/**/*.py"), _matches("lib/a.py", "src/*")
    (True, True, False)
    """
    plain = pattern.removeprefix("./")
    if plain.endswith("/"):
        plain += "*"
    forms = {plain, plain.replace("**/", "")}
    name = path.rsplit("/", 1)[-1]
    return any(fnmatchcase(path, form) or ("/" not in form and fnmatchcase(name, form)) for form in forms)
