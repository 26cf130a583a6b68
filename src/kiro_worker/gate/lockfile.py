"""How dependencies are installed, by lock file, as data; the commands are ours and fixed, so any branch may choose."""

import re
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

from kiro_worker.gate.base import table
from kiro_worker.value import dataclass, field

_MOST_BYTES = 1024 * 1024
_EXTRAS = ("test", "tests", "testing", "dev")

# In this order: the first of each line that is there is taken, the second line adds to it.
_REQUIREMENTS = (
    (
        "requirements-dev.txt", "requirements_dev.txt", "dev-requirements.txt", "requirements-test.txt",
        "requirements_test.txt", "test-requirements.txt", "requirements-tests.txt", "requirements/dev.txt",
        "requirements/development.txt", "requirements/test.txt", "requirements/tests.txt",
    ),
    ("requirements.txt",),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """One way to install what a lock file names.

    Attributes:
        lock: the file that asks for it.
        program: what has to be on the search path; empty for Python's own pip.
        commands: run in the tree; `{place}` is the run's own folder, `{venv}` the worker's environment below it.
        inputs: patterns of the files that decide what is installed.
        folders: what it leaves, relative to the tree; watched for changes.
        environment: for these commands and, as tools look there again, for the tests.
        venv: the Python environment of the worker's own that it goes into: made first, with `pip` in it or without,
            or made by the command itself.
    """

    lock: str
    program: str
    commands: tuple[tuple[str, ...], ...]
    inputs: tuple[str, ...]
    folders: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    venv: Literal["", "pip", "bare", "itself"] = ""


def installations(tree: Path) -> tuple[Installation, ...]:
    """What the lock files at the root of a tree ask for, at most one for each language."""
    there = Tree(tree)
    found = (look(there) for look in _LOOKS)
    return tuple(one for one in found if one is not None)


class Tree:
    """The root of a tree, for looking at small plain files."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def has(self, name: str) -> bool:
        """Whether a plain file is there."""
        path = self.root / name
        return path.is_file() and not path.is_symlink()

    def first(self, *names: str) -> str:
        """The first of these files that is there; empty when none is."""
        return next((name for name in names if self.has(name)), "")

    def body(self, name: str) -> bytes:
        """What a file holds; empty when it is not there, is no plain file or is too large."""
        path = self.root / name
        return path.read_bytes() if self.has(name) and path.stat().st_size <= _MOST_BYTES else b""

    def matching(self, pattern: str) -> tuple[str, ...]:
        """Files of the root, or of one folder of it, that fit a pattern."""
        folder, _, name = pattern.rpartition("/")
        start = self.root / folder
        if not start.is_dir() or start.is_symlink():
            return ()
        names = sorted(entry.name for entry in start.iterdir() if fnmatchcase(entry.name, name))
        return tuple(
            f"{folder}/{found}" if folder else found
            for found in names
            if self.has(f"{folder}/{found}" if folder else found)
        )

    @property
    def pyproject(self) -> Mapping[str, Any]:
        """`pyproject.toml` as a table; empty when it is not there or broken."""
        import tomllib

        try:
            return tomllib.loads(self.body("pyproject.toml").decode("utf-8", errors="replace"))
        except (tomllib.TOMLDecodeError, RecursionError):
            return {}


_PYTHON_INPUTS = (
    "pyproject.toml", "setup.py", "setup.cfg", "uv.lock", "poetry.lock", "*requirements*.txt", "requirements/*.txt",
    "*constraints*.txt",
)  # fmt: skip


def _python(tree: Tree) -> Installation | None:
    extras = [name for name in _EXTRAS if name in table(tree.pyproject, "project", "optional-dependencies")]
    if tree.has("uv.lock"):
        wanted = tuple(word for name in extras for word in ("--extra", name))
        return Installation(
            lock="uv.lock",
            program="uv",
            commands=(("uv", "sync", "--frozen", "--no-progress", *wanted),),
            inputs=_PYTHON_INPUTS,
            environment={"UV_PROJECT_ENVIRONMENT": "{venv}"},
            venv="itself",
        )
    if tree.has("poetry.lock"):
        named = table(tree.pyproject, "tool", "poetry", "extras")
        wanted = tuple(f"--extras={name}" for name in _EXTRAS if name in named or name in extras)
        return Installation(
            lock="poetry.lock",
            program="poetry",
            commands=(("poetry", "install", "--no-interaction", "--no-ansi", *wanted),),
            inputs=_PYTHON_INPUTS,
            venv="bare",
        )
    files = [found for names in _REQUIREMENTS if (found := tree.first(*names))]
    if not files:
        return None
    options = tuple(word for name in files for word in ("-r", name))
    return Installation(
        lock=files[0],
        program="",
        commands=(("{venv}/bin/python", "-m", "pip", "install", "--no-input", "-q", *options),),
        inputs=_PYTHON_INPUTS,
        venv="pip",
    )


def _node(tree: Tree) -> Installation | None:
    ways: tuple[tuple[str, str, tuple[str, ...]], ...] = (
        ("pnpm-lock.yaml", "pnpm", ("pnpm", "install", "--frozen-lockfile")),
        ("yarn.lock", "yarn", _yarn(tree)),
        ("bun.lock", "bun", ("bun", "install", "--frozen-lockfile")),
        ("bun.lockb", "bun", ("bun", "install", "--frozen-lockfile")),
        ("npm-shrinkwrap.json", "npm", ("npm", "ci", "--no-audit", "--no-fund")),
        ("package-lock.json", "npm", ("npm", "ci", "--no-audit", "--no-fund")),
    )
    for lock, program, command in ways:
        if tree.has(lock) and tree.has("package.json"):
            return Installation(
                lock=lock,
                program=program,
                commands=(command,),
                inputs=(
                    lock,
                    "package.json",
                    ".npmrc",
                    ".yarnrc",
                    ".yarnrc.yml",
                    "pnpm-workspace.yaml",
                    ".pnpmfile.cjs",
                ),
                folders=("node_modules",),
            )
    return None


def _yarn(tree: Tree) -> tuple[str, ...]:
    said = re.search(rb'"packageManager"\s*:\s*"yarn@(\d+)', tree.body("package.json"))
    modern = tree.has(".yarnrc.yml") or (said is not None and int(said[1]) >= 2)
    return ("yarn", "install", "--immutable") if modern else ("yarn", "install", "--frozen-lockfile")


def _plain(
    lock: str,
    program: str,
    *commands: tuple[str, ...],
    inputs: tuple[str, ...],
    folders: tuple[str, ...] = (),
    environment: Mapping[str, str] | None = None,
    unless: str = "",
) -> Callable[[Tree], Installation | None]:
    def look(tree: Tree) -> Installation | None:
        if not tree.has(lock) or (unless and tree.has(unless)):
            return None
        return Installation(
            lock=lock,
            program=program,
            commands=commands,
            inputs=inputs,
            folders=folders,
            environment=environment or {},
        )

    return look


def _gradle(tree: Tree) -> Installation | None:
    if not tree.first("build.gradle", "build.gradle.kts") or not tree.has("gradlew"):
        return None
    return Installation(
        lock="gradlew",
        program="./gradlew",
        commands=(("./gradlew", "--no-daemon", "--console=plain", "testClasses"),),
        inputs=(
            "*.gradle",
            "*.gradle.kts",
            "gradle.properties",
            "gradle/*.toml",
            "gradle/wrapper/*.properties",
            "*.lockfile",
        ),
    )


def _maven(tree: Tree) -> Installation | None:
    if not tree.has("pom.xml"):
        return None
    program = "./mvnw" if tree.has("mvnw") else "mvn"
    return Installation(
        lock="pom.xml",
        program=program,
        # `dependency:go-offline` misses what plug-ins load; compiling the tests fetches what is used.
        commands=((program, "-B", "-ntp", "-q", "test-compile"),),
        inputs=("pom.xml", ".mvn/*"),
    )


_LOOKS: tuple[Callable[[Tree], Installation | None], ...] = (
    _python,
    _node,
    _plain(
        "go.sum", "go", ("go", "mod", "download"), inputs=("go.mod", "go.sum", "go.work"), unless="vendor/modules.txt"
    ),
    _plain(
        "Cargo.lock", "cargo", ("cargo", "fetch", "--locked"), inputs=("Cargo.lock", "Cargo.toml", "rust-toolchain*")
    ),
    _maven,
    _gradle,
    _plain(
        "Gemfile.lock",
        "bundle",
        ("bundle", "install", "--quiet"),
        inputs=("Gemfile", "Gemfile.lock", "*.gemspec"),
        environment={
            "BUNDLE_PATH": "{place}/bundle",
            "BUNDLE_FROZEN": "true",
            "BUNDLE_APP_CONFIG": "{place}/bundle-settings",
        },
    ),
    _plain(
        "composer.lock",
        "composer",
        ("composer", "install", "--no-interaction", "--no-progress"),
        inputs=("composer.json", "composer.lock"),
        folders=("vendor",),
    ),
    _plain(
        ".terraform.lock.hcl",
        "terraform",
        ("terraform", "init", "-backend=false", "-input=false", "-no-color"),
        inputs=(".terraform.lock.hcl", "*.tf"),
        folders=(".terraform",),
    ),
)
