"""A HOME of the agent's own: only what its profile names comes along from the real one."""

import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from kiro_worker.agent.profile import Profile
from kiro_worker.folders import remove

# A login file is small; a folder that is not is no login.
_FOLDER_LIMIT = 64 * 1024 * 1024


def make_home(folder: Path, profile: Profile, *, real: Path, more_files: Iterable[str] = ()) -> Path:
    """Make a fresh HOME and copy the named files of the real one into it; what is not there is left out.

    The tool's unpacked data is linked, not copied: some agents keep hundreds of megabytes there.

    Args:
        folder: where; whatever was there before is gone.
        profile: names the files and the folders.
        real: the HOME of the worker's user.
        more_files: further names, from the settings.
    """
    remove(folder)
    folder.mkdir(parents=True, mode=0o700)
    for name in (*profile.home_files, *more_files):
        _copy(real, folder, name)
    for name in profile.tool_folders:
        source, link = real / name, folder / name
        if source.is_dir() and not link.exists():
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(source)
    return folder


def write_below(home: Path, files: Mapping[str, str]) -> None:
    """Write files into a HOME that an agent may have had before: no link of its making is followed.

    Args:
        home: the HOME; nobody works in it at the moment.
        files: contents by relative path.
    """
    for name, text in files.items():
        folder = home
        for part in Path(name).parts[:-1]:
            folder /= part
            if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
                folder.unlink()
            folder.mkdir(exist_ok=True, mode=0o700)
        target = home / name
        remove(target)
        with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)


def agent_environment(
    profile: Profile, source: Mapping[str, str], *, home: Path, more_variables: Iterable[str] = ()
) -> dict[str, str]:
    """The agent's whole environment: its profile's allowlist, what the settings add, and its own HOME."""
    added = {name: source[name] for name in more_variables if name in source}
    scratch = home / "tmp"
    if scratch.is_symlink():  # the agent's doing, in a HOME that it had before
        scratch.unlink()
    scratch.mkdir(exist_ok=True)
    return {**profile.environment_from(source), **added, "HOME": str(home), "TMPDIR": str(scratch)}


def _copy(real: Path, folder: Path, name: str) -> None:
    source = (real / name).resolve()
    # `../` in a name would copy what the profile's reader did not mean to hand over.
    if not source.is_relative_to(real.resolve()) or not source.exists():
        return
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if source.is_file():
        shutil.copy2(source, target)
    elif sum(file.stat().st_size for file in source.rglob("*") if file.is_file()) <= _FOLDER_LIMIT:
        shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
