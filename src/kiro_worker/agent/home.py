"""A HOME of the agent's own: only what its profile names comes along from the real one."""

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from kiro_worker.agent.profile import Profile

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
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True, mode=0o700)
    for name in (*profile.home_files, *more_files):
        _copy(real, folder, name)
    for name in profile.tool_folders:
        source, link = real / name, folder / name
        if source.is_dir() and not link.exists():
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(source)
    return folder


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
