"""Which files a task is about: those that it, its details and its design name, with their tests."""

import posixpath
import re
from collections.abc import Iterable

from kiro_worker.expression import expression
from kiro_worker.policy.glob import folded
from kiro_worker.value import dataclass

_PATH = expression(
    r"(?<![\w/.:@-])(?:\./)?((?:[\w.@+-]+/)+[\w.@+*-]*|[\w@+-][\w.@+-]*\.[A-Za-z][A-Za-z0-9]{0,9})(?![\w/])"
)
_URL = expression(r"\b[a-z][a-z0-9+.-]*://\S+")
_NOT_FILES = frozenset({"e.g", "i.e", "node.js"})
_TEST_MARK = expression(r"(?:^|[._-])(?:tests?|spec|it)(?=$|[._-])|(?<=[a-z0-9])(?:tests?|spec|it)$")
_TEST_FOLDERS = frozenset({"test", "tests", "__tests__", "spec", "specs", "testdata", "fixtures"})


@dataclass(frozen=True, slots=True)
class Scope:
    """What a task may change.

    Attributes:
        task: paths that the task, its details and its design name.
        spec: paths that anything of the spec names.
    """

    task: tuple[str, ...] = ()
    spec: tuple[str, ...] = ()


def paths_named(text: str) -> tuple[str, ...]:
    """Every path that a text names.

    >>> paths_named("Change `src/a/zones.py` and config.yaml, see https://x.org/a.html (e.g. tests/).")
    ('src/a/zones.py', 'config.yaml', 'tests/')
    """
    found = (match[1].rstrip(".") for match in _PATH.finditer(_URL.sub(" ", text)))
    return tuple(dict.fromkeys(path for path in found if path.lower() not in _NOT_FILES and not path[0].isdigit()))


def is_named(path: str, named: Iterable[str]) -> bool:
    """Whether a path is one of those named, lies below one, or tests one.

    >>> is_named("src/postage/zones.py", ("zones.py",)), is_named("tests/test_zones.py", ("src/postage/zones.py",))
    (True, True)
    >>> is_named("src/other.py", ("src/postage/zones.py",)), is_named("docs/a.md", ("docs/",))
    (False, True)
    """
    plain = folded(path)
    return any(_fits(plain, folded(one).rstrip("/")) for one in named)


def _fits(path: str, named: str) -> bool:
    if path == named or path.startswith(f"{named}/") or path.endswith(f"/{named}"):
        return True
    return "." in posixpath.basename(named) and _is_test(path) and _stem(path) == _stem(named)


def _is_test(path: str) -> bool:
    folder, name = posixpath.split(path)
    return bool(_TEST_MARK.search(name.rsplit(".", 1)[0])) or bool(_TEST_FOLDERS & set(folder.split("/")))


def _stem(path: str) -> str:
    """What file and test share: `zones` of `zones.py`, `test_zones.py`, `zones.test.ts` and `ZonesTest.java`."""
    core = posixpath.basename(path).rsplit(".", 1)[0]
    return re.sub(r"[._-]", "", re.sub(r"^(?:tests?|spec)[._-]|[._-]?(?:tests?|spec|it)$", "", core))
