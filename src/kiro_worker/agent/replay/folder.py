"""The session's folder: files are changed inside it and nowhere else."""

import os
import stat
from pathlib import Path


class Outside(Exception):
    """A cassette names a file that is not inside the session's folder."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} is outside of the session's folder, so it was left alone")


class Folder:
    """A folder that is never left, also not through a link."""

    def __init__(self, root: str) -> None:
        self.root = Path(os.path.realpath(root))

    def place(self, path: str) -> Path:
        """Where a file of this folder is.

        Raises:
            Outside: when that place is not inside.
        """
        wanted = Path(os.path.normpath(self.root / path))
        parent = Path(os.path.realpath(wanted.parent))
        if wanted == self.root or (parent != self.root and self.root not in parent.parents):
            raise Outside(path)
        return parent / wanted.name

    def write(self, path: str, content: bytes, *, executable: bool | None) -> None:
        """Write a file; its mode stays unless it is asked for. A link in its place is replaced, not followed."""
        place = self.place(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.is_symlink():
            place.unlink()
        place.write_bytes(content)
        if executable is not None:
            self.chmod(path, executable=executable)

    def delete(self, path: str) -> None:
        """Remove a file and the folders that it leaves empty."""
        place = self.place(path)
        place.unlink()
        folder = place.parent
        while folder != self.root and not any(folder.iterdir()):
            folder.rmdir()
            folder = folder.parent

    def chmod(self, path: str, *, executable: bool) -> None:
        """Set or clear the right to execute, for whoever may read."""
        place = self.place(path)
        mode = stat.S_IMODE(place.lstat().st_mode)
        readers = (mode & 0o444) >> 2
        place.chmod(mode | readers if executable else mode & ~0o111, follow_symlinks=not place.is_symlink())

    def link(self, path: str, target: str) -> None:
        """Make a symbolic link, whatever it points to: the link itself is inside."""
        place = self.place(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        place.symlink_to(target)
