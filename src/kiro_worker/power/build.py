"""Makes both formats of a power in its folder, or tells that what lies there is not what would be made."""

import os
from contextlib import suppress
from pathlib import Path

from kiro_worker.git.fault import NotWritable, writing
from kiro_worker.power.fault import PowerUnbuilt
from kiro_worker.power.model import SKILLS, Kind
from kiro_worker.power.render import is_generated, render
from kiro_worker.power.source.folder import read_folder
from kiro_worker.value import dataclass

# Of a skill that was made from a steering file; others are people's own.
_MADE = b"\n  source: "


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What a build changed, or would.

    Attributes:
        written: files that are new or other than they were.
        removed: skills whose steering file is gone.
    """

    name: str
    version: str
    written: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    @property
    def is_current(self) -> bool:
        """Whether everything was as it is made."""
        return not self.written and not self.removed


def build(folder: Path, *, write: bool) -> Built:
    """Make what is generated of a power.

    Args:
        folder: the power's.
        write: put it there; otherwise only say what would change.

    Raises:
        PowerUnbuilt: the source is not right.
        DiskFull, NotWritable: the folder takes no file.
    """
    entries = read_folder(folder)
    there = {each.path: each.content for each in entries if each.content is not None}
    made = render({path: content for path, content in there.items() if not is_generated(path)})
    if made.about is None:
        raise PowerUnbuilt(str(folder), made.flaws)
    written = tuple(sorted(path for path, content in made.files.items() if there.get(path) != content))
    removed = tuple(
        sorted(
            path
            for path, content in there.items()
            if path.startswith(SKILLS) and path.endswith("/SKILL.md") and path not in made.files and _MADE in content
        )
    )
    if write:
        _refuse_links(folder, {each.path for each in entries if each.kind is Kind.LINK})
        for path in written:
            _put(folder / path, made.files[path])
        for path in removed:
            _take_away(folder / path)
    return Built(name=made.about.name, version=made.about.version, written=written, removed=removed)


def _refuse_links(folder: Path, links: set[str]) -> None:
    if links:
        raise NotWritable(folder / min(links), "it is a link, and what is written there would go elsewhere")


def _put(path: Path, content: bytes) -> None:
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}-{os.urandom(6).hex()}")
        draft.write_bytes(content)
        draft.replace(path)


def _take_away(path: Path) -> None:
    with writing(path):
        path.unlink()
        # People may have put something of their own beside it.
        with suppress(OSError):
            path.parent.rmdir()
