"""Pythons for the projects under judgement: with pytest and what measures, and without pytest."""

import atexit
import contextlib
import os
import shutil
import sys
import tempfile
import venv
from functools import cache
from pathlib import Path

_MEASURING = ("coverage",)
_TESTING = (
    "pytest",
    "_pytest",
    "pluggy",
    "iniconfig",
    "packaging",
    "pygments",
    "py.py",
    "pytest_cov",
    "pytest-cov.pth",
)


@cache
def shared() -> Path:
    """A place for them that all tests of this process use."""
    place = Path(tempfile.mkdtemp(prefix="kiro-worker-pythons-"))
    # Tests are run by other users, too.
    place.chmod(0o755)
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    return place


def python_in(place: Path, *, bare: bool) -> Path:
    """The folder of programs of a Python that has little besides; every start of it is quicker than of this one."""
    home = place / ("bare" if bare else "tested")
    if not home.exists():
        making = place / f"{home.name}.{os.getpid()}"
        venv.create(making, with_pip=False, symlinks=True)
        site = next(making.glob("lib/python*/site-packages"))
        for name in _MEASURING if bare else (*_MEASURING, *_TESTING):
            _lay(name, site)
        # Another process may have been quicker.
        with contextlib.suppress(OSError):
            making.rename(home)
    return home / "bin"


def _lay(name: str, site: Path) -> None:
    # Copies: what an isolated process is shown does not hold where links would lead to.
    installed = next(Path(path) for path in sys.path if (Path(path) / "coverage/__init__.py").is_file())
    for found in (installed / name, *installed.glob(f"{name.replace('_', '?')}-*.dist-info")):
        if found.is_dir():
            shutil.copytree(found, site / found.name, dirs_exist_ok=True)
        elif found.exists():
            shutil.copy(found, site / found.name)
