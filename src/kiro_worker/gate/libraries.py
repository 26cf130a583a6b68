"""Python's compiled files of what set-up installed: kept as set-up left them, and copied for each run of the tests.

Every run of the tests gets an empty place for compiled files, so that none is read that an agent, or a test before it,
left. But then pytest, coverage and half of the standard library are compiled anew each time, which takes longer than
many a project's tests. What set-up itself compiled is worth as much as the sources that it put there, and is sealed as
they are; the project's own code is never among it.
"""

import asyncio
import contextlib
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from kiro_worker.folders import remove
from kiro_worker.gate.seal import seal_of
from kiro_worker.process import Children, Command, Limits, NotStarted
from kiro_worker.value import dataclass

# What a run of the tests, and the report of it, import in any case; nothing of the project's is imported, not even of
# one that was installed to be edited in its place, whose tree is on the path. It is isolated, as whatever is started by
# it is. Its answer is where the standard library lies.
_SCRIPT = """
import importlib, os, sys, sysconfig
own = set(sysconfig.get_paths().values())
sys.path[:] = [one for one in sys.path if one in own or os.path.dirname(one) in own and one.endswith("/lib-dynload")]
sys.meta_path[:] = [one for one in sys.meta_path if getattr(one, "__module__", "").startswith("_frozen_importlib")]
def load(*names):
    for name in names:
        try:
            importlib.import_module(name)
        except Exception:
            pass
load("coverage", "coverage.cmdline", "coverage.pytracer", "coverage.jsonreport", "coverage.sqldata")
load("json", "importlib.util", "importlib.metadata", "hashlib", "sqlite3", "unittest.main", "unittest.mock", "doctest")
try:
    from _pytest.config import default_plugins
except Exception:
    default_plugins = ()
load("pytest", "_pytest._py.path", "_pytest._code.source", *("_pytest." + name for name in default_plugins))
load("pygments.lexers.python", "pygments.formatters.terminal", "pdb", "pytest_cov.engine", "xdist.plugin")
print(os.path.dirname(os.__file__))
"""
_LOADING = Limits(wall=60, kept_output=4096)

# Nothing of these is imported by tests of a project, and they are a third of what pip compiles; a library that has
# its own tests beside its code brings as much of them.
_INSTALLERS = frozenset({"pip", "setuptools", "pkg_resources", "wheel"})
_LIBRARY_S_TESTS = "tests"

# Beyond that, copying for each run costs what it saves: then only the tools that every run needs are kept.
_MOST_FILES = 4_000
_TOOLS = frozenset(
    {"pytest", "_pytest", "pluggy", "iniconfig", "packaging", "coverage", "pytest_cov", "xdist", "execnet"}
)

_PACKAGES = "site-packages"


@dataclass(frozen=True, slots=True, kw_only=True)
class Libraries:
    """What was compiled of a project's libraries.

    Attributes:
        folder: laid out as below PYTHONPYCACHEPREFIX; only the worker writes to it.
        seal: of the folder, as it was when set-up had ended.
    """

    folder: Path
    seal: str

    def are_sound(self) -> bool:
        """Whether all is as it was left; what is not is removed, so that nothing of it is read at its place either."""
        with contextlib.suppress(OSError):
            if seal_of(self.folder, skipped=frozenset()) == self.seal:
                return True
        remove(self.folder)
        return False

    def lay_out(self, prefix: Path) -> None:
        """A private copy of all of it, for one run to read and to write in; none of it when it is not sound."""
        if not self.are_sound():
            return
        try:
            _copy(
                (
                    (self.folder / below / name, below / name)
                    for below, names in _compiled_in(self.folder)
                    for name in names
                ),
                prefix,
            )
        except OSError:
            # Half a compiled file would be an error where none at all is only slower.
            empty(prefix)


def lay_out(libraries: Libraries | None, prefix: Path) -> None:
    """An empty place for what one run compiles, but for what set-up compiled of its libraries.

    Raises:
        OSError: what an earlier run left there cannot be removed; nothing may be run with it.
    """
    empty(prefix)
    if libraries is not None:
        libraries.lay_out(prefix)


def empty(folder: Path) -> None:
    """Make a folder empty, whatever tests did to it: one that they closed would keep what they left there.

    Raises:
        OSError: something in it cannot be removed.
    """
    remove(folder)
    folder.mkdir(parents=True)


async def keep_libraries(
    place: Path, tree: Path, environment: Mapping[str, str], children: Children, *, folders: Iterable[Path], into: Path
) -> Libraries | None:
    """Keep what set-up compiled, with what every run of the tests will import; call it when set-up has ended.

    Args:
        place: where set-up compiled to.
        tree: the working tree; what lies in it is kept only of `folders`.
        environment: of set-up, and of its interpreter.
        children: those of set-up.
        folders: what set-up installed, and is sealed.
        into: the folder to keep it in; whatever is there goes.

    Returns:
        None where there is no interpreter of set-up's, or nothing to keep.
    """
    remove(into)
    installed = tuple(folders)
    interpreter = Path(environment.get("VIRTUAL_ENV", ""), "bin/python")
    # One that the repository brought along was not made by set-up, and what it says or compiles is not set-up's.
    if not any(interpreter.is_relative_to(one) for one in installed) or not interpreter.exists() or place.is_symlink():
        return None
    words = (str(interpreter), "-I", "-X", f"pycache_prefix={place}", "-c", _SCRIPT)
    try:
        over = await children.run(Command(argv=words, cwd=tree, environment=environment), _LOADING)
    except NotStarted:
        return None
    # What is started along with every interpreter there may have said something before.
    standard = Path(over.stdout.decode("utf-8", "replace").rstrip().rpartition("\n")[2] or "/nowhere")
    sources = _Sources(tree, Path(environment["HOME"]), standard, installed)
    return await asyncio.to_thread(_keep, place, sources, into)


@dataclass(frozen=True, slots=True)
class _Sources:
    """Which sources may be kept compiled: those whose contents are sealed, and Python's own.

    Attributes:
        tree, home: where an agent's or a test's code may lie.
        standard: the standard library, as the interpreter says.
        folders: what set-up installed.
    """

    tree: Path
    home: Path
    standard: Path
    folders: tuple[Path, ...]

    def holds(self, folder: Path) -> bool:
        """Whether what was compiled of a folder's sources may be kept; never behind endless chains of links."""
        try:
            return self._holds(folder)
        except RecursionError:
            return False

    def _holds(self, folder: Path) -> bool:
        if any(folder.is_relative_to(one) for one in self.folders):
            # A link in there leads to sources that nobody sealed.
            return any(_real(folder).is_relative_to(_real(one)) for one in self.folders)
        loose = (self.tree, self.home)
        return folder.is_relative_to(self.standard) and not any(
            path.is_relative_to(one) for one in (*loose, *map(_real, loose)) for path in (folder, _real(folder))
        )


def _keep(place: Path, sources: _Sources, into: Path) -> Libraries | None:
    try:
        kept = _kept(place, sources)
        _copy(kept, into)
        return Libraries(folder=into, seal=seal_of(into, skipped=frozenset())) if kept else None
    except OSError:
        # What can be compiled again is no reason to fail a set-up.
        remove(into)
        return None


def _copy(files: Iterable[tuple[Path, Path]], into: Path) -> None:
    """Copy each file to its place below a folder; all of them are new ones."""
    made: set[Path] = set()
    for source, place in files:
        target = into / place
        if target.parent not in made:
            made.add(target.parent)
            target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target, follow_symlinks=False)


def _kept(place: Path, sources: _Sources) -> list[tuple[Path, Path]]:
    """The compiled files that are kept, each with its place there."""
    found: list[tuple[Path, Path]] = []
    for below, names in _compiled_in(place):
        folder = Path("/", below)
        if _is_of_use(folder) and sources.holds(folder):
            plain = (name for name in names if _is_plain(folder / f"{name.partition('.')[0]}.py"))
            found += [(place / below / name, below / name) for name in plain]
    if len(found) > _MOST_FILES:
        found = [(compiled, target) for compiled, target in found if _package_of(target) in {"", *_TOOLS}]
    return found


def _compiled_in(place: Path) -> Iterable[tuple[Path, list[str]]]:
    """Compiled files below a folder: each folder of them, relative, and their names; no link is followed."""
    waiting = [str(place)] if place.is_dir() else []
    while waiting:
        folder, compiled = waiting.pop(), list[str]()
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                elif entry.name.endswith(".pyc") and entry.is_file(follow_symlinks=False):
                    compiled.append(entry.name)
        if compiled:
            yield Path(folder).relative_to(place), compiled


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _is_of_use(folder: Path) -> bool:
    _, packages, below = str(folder).partition(f"/{_PACKAGES}/")
    parts = below.split("/")
    return not packages or not (parts[0] in _INSTALLERS or _LIBRARY_S_TESTS in parts)


def _package_of(target: Path) -> str:
    """The top package of a file in an environment; empty for what lies beside the packages, or anywhere else."""
    parts = target.parts
    at = parts.index(_PACKAGES) if _PACKAGES in parts else len(parts)
    return parts[at + 1] if at + 2 < len(parts) else ""


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))
