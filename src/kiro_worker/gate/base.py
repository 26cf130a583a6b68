"""The base branch's files that decide how the tests are run; the agent's branch has no say in that.

The run lists the base's paths once (`git ls-tree -r --name-only`), asks `wanted` which of them to read, reads those,
and hands over a `BaseFiles`. Everything here is pure.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

# Larger ones are no settings a person wrote.
MOST_BYTES = 1024 * 1024
_MOST_TEST_FILES = 20

_WANTED = frozenset(
    {
        ".coveragerc", ".rspec", "CMakeLists.txt", "Cargo.toml", "GNUmakefile", "Gemfile", "Gemfile.lock", "Makefile",
        "build.gradle", "build.gradle.kts", "build.sbt", "composer.json", "go.mod", "makefile", "package.json",
        "phpunit.xml", "phpunit.xml.dist", "phpunit.dist.xml", "pom.xml", "project/plugins.sbt", "pyproject.toml",
        "pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml", "setup.cfg", "tox.ini", ".nycrc", ".nycrc.json",
        ".c8rc", ".c8rc.json",
        # Of checks: `gate.check.detect`.
        ".golangci.json", ".golangci.toml", ".golangci.yaml", ".golangci.yml", ".mypy.ini", "mypy.ini", "tsconfig.json",
    }
)  # fmt: skip
_WANTED_ANYWHERE = (
    "*.csproj", "*.fsproj", "Directory.Build.props", "Directory.Packages.props", "jest.config.*", "vitest.config.*",
    "vite.config.*",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class BaseFiles:
    """What the base branch holds.

    Attributes:
        paths: every file's path, relative to the root, with `/`.
        contents: of those that `wanted` named, and that are not too large, what they hold.
    """

    paths: frozenset[str] = frozenset()
    contents: Mapping[str, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, files: Mapping[str, bytes]) -> "BaseFiles":
        """A base branch that is held in memory, as `wanted` would have it read."""
        return cls(paths=frozenset(files), contents={path: files[path] for path in wanted(files)})

    def text(self, path: str) -> str:
        """What a file holds; empty when it is not there or was not read."""
        return self.contents.get(path, b"").decode("utf-8-sig", errors="replace")

    def matching(self, *patterns: str) -> tuple[str, ...]:
        """The paths whose whole path fits one of the patterns, in order; `*` also crosses folders."""
        return tuple(sorted(path for path in self.paths if any(fnmatchcase(path, pattern) for pattern in patterns)))

    def named(self, *patterns: str) -> tuple[str, ...]:
        """The paths whose last part fits one of the patterns, in order."""
        return tuple(
            sorted(path for path in self.paths if any(fnmatchcase(path.rsplit("/", 1)[-1], it) for it in patterns))
        )

    def first(self, *names: str) -> str:
        """The first of these files of the root that is there; empty when none is."""
        return next((name for name in names if name in self.paths), "")

    @cached_property
    def pyproject(self) -> Mapping[str, Any]:
        """`pyproject.toml` as a table; empty when it is not there or is broken."""
        import tomllib

        try:
            return tomllib.loads(self.text("pyproject.toml"))
        except (tomllib.TOMLDecodeError, RecursionError):
            return {}

    @cached_property
    def package_json(self) -> Mapping[str, Any]:
        """`package.json` as a table; empty when it is not there or is broken."""
        import json

        try:
            read = json.loads(self.text("package.json") or "{}")
        except (ValueError, RecursionError):
            return {}
        return read if isinstance(read, dict) else {}


def wanted(paths: Iterable[str]) -> tuple[str, ...]:
    """Which files of the base branch to read, of all those it has.

    >>> wanted(["README.md", "pyproject.toml", "src/a.py", "tests/test_a.py"])
    ('pyproject.toml', 'tests/test_a.py')
    """
    listed = sorted(set(paths))
    named = [path for path in listed if path in _WANTED or _fits_anywhere(path)]
    return (*named, *[path for path in listed if is_python_test(path)][:_MOST_TEST_FILES])


def is_python_test(path: str) -> bool:
    """Whether a path looks like a Python test file.

    >>> is_python_test("tests/unit/test_a.py"), is_python_test("a_test.py"), is_python_test("src/tested.py")
    (True, True, False)
    """
    name = path.rsplit("/", 1)[-1]
    return name.endswith(".py") and (name.startswith("test_") or name.endswith("_test.py") or name == "tests.py")


def table(value: Any, *keys: str) -> Mapping[str, Any]:
    """A table inside nested tables of unknown shape; empty when the way there is not all tables."""
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def _fits_anywhere(path: str) -> bool:
    return any(fnmatchcase(path.rsplit("/", 1)[-1], pattern) for pattern in _WANTED_ANYWHERE)
