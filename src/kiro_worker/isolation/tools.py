"""Where programs and what they need lie outside the system's own folders: to be shown, never to be written.

A program on the search path is half of it: an installation keeps its libraries beside its `bin`, a link leads into
another installation, a virtual environment names the Python that it was made with.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from kiro_worker.isolation.reach import interpreter_of, links

# Beside `bin` in an installation. A `share` below HOME's `.local` is data of the user's, and no part of one.
_SIBLINGS = ("lib", "lib64", "libexec", "include", "share", "pyvenv.cfg")
# Variables that name the folder of a toolchain; none of them holds a credential.
_TOOLCHAINS = (
    "RUSTUP_HOME", "PYENV_ROOT", "NVM_DIR", "RBENV_ROOT", "ASDF_DATA_DIR", "MISE_DATA_DIR", "SDKMAN_DIR", "JAVA_HOME",
    "GOROOT", "DOTNET_ROOT", "VOLTA_HOME", "MAVEN_HOME", "M2_HOME", "GRADLE_HOME", "UV_PYTHON_INSTALL_DIR",
)  # fmt: skip
# Where toolchains lie below HOME when nothing names their place; none of them holds a credential.
_BELOW_HOME = (
    ".rustup", ".pyenv", ".nvm", ".rbenv", ".nodenv", ".goenv", ".asdf", ".local/share/mise", ".sdkman", ".volta",
    ".local/share/uv/python", ".local/share/uv/tools", ".local/share/pipx/venvs", ".local/pipx/venvs",
)  # fmt: skip
_MOST = 400


def tools_for(
    environment: Mapping[str, str], *, words: Iterable[str] = (), folders: Iterable[Path] = (), home: Path | None = None
) -> tuple[Path, ...]:
    """Every file and folder to show besides the system's.

    Args:
        environment: of what is to run; its PATH and its toolchains count.
        words: a command line of the operator's; its program and the files that it names count.
        folders: further ones, such as an agent's unpacked tool.
        home: the real HOME: it is never shown whole.
    """
    found: dict[Path, None] = {}
    on_path = [Path(path) for path in environment.get("PATH", "").split(":") if path.startswith("/")]
    programs = [program for folder in on_path if _is_outside(folder) for program in _some_programs(folder)]
    programs += [Path(word) for word in words if word.startswith("/") and Path(word).exists()]
    behind = dict.fromkeys(place for program in programs for place in program_behind(program) if _is_outside(place))
    found.update(behind)
    found.update(dict.fromkeys(_packages(place) for place in behind if "node_modules" in place.parts))
    # Each folder once: most programs lie in the same few.
    for folder in dict.fromkeys((*on_path, *(place.parent for place in behind))):
        found.update(dict.fromkeys(_installation(folder, home)))
    named = [environment[name] for name in _TOOLCHAINS if environment.get(name, "").startswith("/")]
    found.update(dict.fromkeys(Path(name) for name in named))
    if home is not None:
        found.update(dict.fromkeys(home / name for name in _BELOW_HOME))
    for folder in folders:
        found.update(dict.fromkeys((folder, Path(os.path.realpath(folder)))))
    return tuple(path for path in found if _is_shown(path, home))


def program_behind(program: Path) -> Iterator[Path]:
    """What has to be reached for a program to run: each link to it, itself, and its interpreter's likewise."""
    end = program
    for end in links(program):
        yield end
    interpreter = interpreter_of(end)
    if interpreter is not None:
        yield from links(interpreter)


def _packages(place: Path) -> Path:
    """The outermost folder of packages that one lies in: a package finds others beside it, up to there."""
    return Path(*place.parts[: place.parts.index("node_modules") + 1])


def _installation(folder: Path, home: Path | None) -> Iterator[Path]:
    """A folder of programs, and what belongs to it."""
    if not _is_outside(folder) or not folder.is_dir():
        return
    yield folder
    real = Path(os.path.realpath(folder))
    yield real
    above = real.parent
    if real.name not in {"bin", "sbin"} or above in {home, Path("/")}:
        return
    below_home = home is not None and above == home / ".local"
    for name in _SIBLINGS:
        if (above / name).exists() and not (below_home and name == "share"):
            yield above / name
    yield from _made_with(above / "pyvenv.cfg", home)


def _made_with(settings: Path, home: Path | None) -> Iterator[Path]:
    """The Python that a virtual environment was made with, and folders that it imports from besides."""
    try:
        rows = settings.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return
    for row in rows:
        name, _, value = row.partition("=")
        if name.strip() == "home" and value.strip().startswith("/"):
            yield from _installation(Path(value.strip()), home)
    for listing in sorted(settings.parent.glob("lib/python*/site-packages/*.pth")):
        try:
            lines = listing.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            continue
        yield from (Path(line) for line in lines if line.startswith("/") and Path(line).is_dir())


def _some_programs(folder: Path) -> Iterator[Path]:
    """The links and scripts in a folder of programs: each may lead into another installation."""
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.path for entry in entries if entry.is_symlink())
    except OSError:
        return
    yield from (Path(name) for name in names[:_MOST])


SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/opt", "/nix", "/gnu", "/snap")


def _is_outside(path: Path) -> bool:
    # Each of them lies right below the root.
    return "".join(path.parts[:2]) not in SYSTEM


def _is_shown(path: Path, home: Path | None) -> bool:
    """Never a whole HOME, the root, or a place that others' HOMEs lie in."""
    if path in {Path("/"), Path("/home"), Path("/root"), Path("/tmp"), Path("/var"), Path("/run"), Path("/proc")}:  # noqa: S108  # named to be left out
        return False
    return _is_outside(path) and not (home is not None and home.is_relative_to(path)) and path.exists()
