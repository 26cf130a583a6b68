"""The specs of the working tree around a folder, as they are on the disk; git is not asked.

Paths are plain texts here: `pathlib` would be a twentieth of the time that a spec verb takes.
"""

import os
import os.path
import stat

from kiro_worker.error import Fault, WorkerError
from kiro_worker.spec.spec import BUGFIX, CONFIG, DESIGN, REQUIREMENTS, TASKS, Spec, read_spec

SPECS = ".kiro/specs"

_READ = frozenset({REQUIREMENTS, BUGFIX, DESIGN, TASKS, CONFIG})
_LARGEST = 16 * 1024 * 1024


class SpecsMissing(WorkerError):
    """There is no folder of specs here."""

    code = "spec.folder-missing"
    fault = Fault.CONFIG

    def __init__(self, *, folder: str) -> None:
        super().__init__(
            f"Neither {folder} nor a folder above it has {SPECS}/.",
            next_step=f"Go into your working tree, or write a first spec: {SPECS}/NAME/tasks.md",
        )


class SpecUnknown(WorkerError):
    """There is no spec of that name, or several and none was named."""

    code = "spec.unknown"
    fault = Fault.CONFIG

    def __init__(self, *, asked: str, there: tuple[str, ...]) -> None:
        told = f"There is no spec {asked!r}" if asked else "It has to be said which spec is meant"
        super().__init__(
            f"{told}; there is {', '.join(there) or 'none'}.", next_step="Name one of them: kiro-worker spec show NAME"
        )


class SpecUnreadable(WorkerError):
    """A file of a spec cannot be read."""

    code = "spec.unreadable"
    fault = Fault.CONFIG

    def __init__(self, *, path: str, reason: str) -> None:
        super().__init__(f"{path} cannot be read: {reason}.", next_step="Give it back its rights, or move it away.")


class NotTickable(WorkerError):
    """The box of a task is left as it is."""

    code = "spec.not-ticked"
    fault = Fault.CONFIG

    def __init__(self, *, spec: str, reason: str) -> None:
        super().__init__(
            reason, kept="Nothing was changed.", next_step=f"Look at its tasks: kiro-worker spec show {spec}"
        )


def find_specs(folder: str) -> str:
    """The folder of specs in a folder or in the nearest one above it.

    Raises:
        SpecsMissing: there is none up to the root.
    """
    place = start = os.path.abspath(folder)
    while not os.path.isdir(f"{place}/{SPECS}"):
        above = os.path.dirname(place)
        if above == place:
            raise SpecsMissing(folder=start)
        place = above
    return f"{place}/{SPECS}"


def names_in(specs: str) -> tuple[str, ...]:
    """The names of all specs, in order."""
    with os.scandir(specs) as entries:
        return tuple(sorted(each.name for each in entries if each.is_dir() and not each.name.startswith(".")))


def name_of(specs: str, asked: str) -> str:
    """The spec that is meant; without a name it is the only one, or the only one with open tasks.

    Raises:
        SpecUnknown: naming all there are.
    """
    there = names_in(specs)
    if asked:
        # A path is what completion in a shell gives.
        name = asked.rstrip("/").rpartition("/")[2]
        if name not in there:
            raise SpecUnknown(asked=asked, there=there)
        return name
    still_open = [name for name in there if len(there) == 1 or load(specs, name).tasks.open_required_leaves]
    if len(still_open) != 1:
        raise SpecUnknown(asked="", there=there)
    return still_open[0]


def load(specs: str, name: str) -> Spec:
    """Read one spec.

    Raises:
        SpecUnreadable: a file of it cannot be read.
    """
    found: dict[str, bytes] = {}
    with os.scandir(f"{specs}/{name}") as entries:
        for entry in entries:
            if entry.is_file():
                # Of other files only the names count; a picture is not read to be thrown away.
                found[entry.name] = content(specs, name, entry.name) if entry.name in _READ else b""
    return read_spec(name, found)


def content(specs: str, name: str, file: str) -> bytes:
    """The bytes of a spec's file.

    Raises:
        SpecUnreadable: the system says no, it is no regular file, a link leads out of the folder of specs, or it is too
            large for any spec.
    """
    path = f"{specs}/{name}/{file}"
    real = os.path.realpath(path)
    # A repository is somebody else's text: reading or ticking its spec must not reach into the rest of the machine.
    if not real.startswith(os.path.realpath(specs) + "/"):
        raise SpecUnreadable(path=path, reason=f"it is a link that leads out of {SPECS}/")
    try:
        # Opening a pipe would wait for whoever writes into it.
        with open(os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW), "rb") as opened:
            if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
                raise SpecUnreadable(path=path, reason="it is no regular file")
            found = opened.read(_LARGEST + 1)
    except OSError as error:
        raise SpecUnreadable(path=path, reason=error.strerror or str(error)) from error
    if len(found) > _LARGEST:
        raise SpecUnreadable(path=path, reason=f"it is larger than {_LARGEST // 1024 // 1024} MiB")
    return found


def replace_bytes(path: str, before: bytes, after: bytes) -> bool:
    """Change the bytes that differ, in place; False, and nothing is changed, when the file is not `before` any more.

    Both are of the same length. The file stays the same one: its mode, its links and who has it open.
    """
    with open(path, "r+b") as file:
        if file.read() != before:
            return False
        for offset, (old, new) in enumerate(zip(before, after, strict=True)):
            if old != new:
                file.seek(offset)
                file.write(bytes([new]))
    return True
