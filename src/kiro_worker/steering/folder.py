"""The steering files of a working tree as they lie on the disk; links are neither followed nor written through."""

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from kiro_worker.error import Fault, WorkerError

_LARGEST = 1024 * 1024
_STEERING = ".kiro/steering"
_DEEPEST = 4


def root_of(folder: Path) -> Path:
    """The working tree around a folder, or the folder itself where there is none."""
    whole = folder.resolve()
    return next((each for each in (whole, *whole.parents) if (each / ".git").exists()), whole)


class SteeringNotWritable(WorkerError):
    """A steering file cannot be written."""

    code = "steering.not-writable"
    fault = Fault.CONFIG

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(
            f"{path} cannot be written: {reason}.",
            kept="It is as it was; files that were written before it are whole.",
            next_step="Look at what is there, move it away, and run again: kiro-worker steering sync",
        )


class SteeringFolder:
    """A working tree.

    Args:
        root: its folder; whatever links lead to it were followed by whoever chose it.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, paths: Iterable[str]) -> tuple[Mapping[str, bytes | None], Mapping[str, str]]:
        """Files by path, None where there is none; and those that are there and cannot be read, with why."""
        have: dict[str, bytes | None] = {}
        blocked: dict[str, str] = {}
        for path in paths:
            have[path], wrong = self._read(path)
            if wrong:
                blocked[path] = wrong
        return have, blocked

    def steering_paths(self) -> tuple[str, ...]:
        """AGENTS.md and every Markdown file below `.kiro/steering/`."""
        return ("AGENTS.md", *sorted(self._below(_STEERING, _DEEPEST)))

    def names_in(self, folder: str) -> bytes | None:
        """The names in a folder, one a line, folders with a slash at their end; None where there is no such folder."""
        if self._link_above(f"{folder.rstrip('/')}/x"):
            return None
        try:
            with os.scandir(self.root / folder) as entries:
                names = sorted(each.name + ("/" if each.is_dir(follow_symlinks=False) else "") for each in entries)
        except OSError:
            return None
        return os.fsencode("\n".join(names))

    def write(self, path: str, content: bytes) -> None:
        """Write a file, whole or not at all; it keeps its mode.

        Raises:
            SteeringNotWritable: there is a link, or what is no file, or the disk takes no more.
        """
        place = self.root / path
        if wrong := self._link_above(path) or self._unfit(place):
            raise SteeringNotWritable(path, wrong)
        draft = place.with_name(f".{place.name[:40]}-{os.urandom(6).hex()}")
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(content)
            if place.exists():
                draft.chmod(stat.S_IMODE(place.stat().st_mode))
            draft.replace(place)
        except OSError as error:
            with suppress(OSError):
                draft.unlink()
            raise SteeringNotWritable(path, error.strerror or str(error)) from error

    def _read(self, path: str) -> tuple[bytes | None, str]:
        place = self.root / path
        if wrong := self._link_above(path) or self._unfit(place):
            return None, wrong
        try:
            with os.fdopen(os.open(place, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW), "rb") as file:
                content = file.read(_LARGEST + 1)
        except (FileNotFoundError, NotADirectoryError):
            return None, ""
        except OSError as error:
            return None, error.strerror or str(error)
        return (None, "it is larger than any steering file") if len(content) > _LARGEST else (content, "")

    def _link_above(self, path: str) -> str:
        parts = path.split("/")[:-1]
        above = ("/".join(parts[:length]) for length in range(1, len(parts) + 1))
        found = next((folder for folder in above if (self.root / folder).is_symlink()), "")
        return f"{found} is a link" if found else ""

    @staticmethod
    def _unfit(place: Path) -> str:
        try:
            mode = place.lstat().st_mode
        except OSError:
            return ""
        return "" if stat.S_ISREG(mode) else "it is a link" if stat.S_ISLNK(mode) else "it is no plain file"

    def _below(self, folder: str, depth: int) -> Iterator[str]:
        if depth and not (self.root / folder).is_symlink():
            for name in os.fsdecode(self.names_in(folder) or b"").splitlines():
                if name.endswith("/"):
                    yield from self._below(f"{folder}/{name.rstrip('/')}", depth - 1)
                elif name.endswith(".md"):
                    yield f"{folder}/{name}"
