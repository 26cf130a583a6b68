"""What the set-ups of one run left, written down outside the tree."""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from secrets import token_hex

from kiro_worker.gate.seal import seal_of
from kiro_worker.value import dataclass, field

_NAME = "prepared.json"

# Where the dependencies of a command of the user's may lie.
KNOWN_FOLDERS = ("node_modules", ".venv", "venv", "vendor", "bundle")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The state of the last set-up.

    Attributes:
        own: dependency folders that the repository itself holds: found before the first set-up, never removed.
        key: of the last set-up that went well; empty when there is none.
        seals: folder to seal after it; a folder that was not there has an empty one, and must still not be there.
        libraries: the seal of what was compiled of it; empty when nothing was kept.
    """

    own: tuple[str, ...]
    key: str = ""
    seals: Mapping[str, str] = field(default_factory=dict)
    libraries: str = ""

    @classmethod
    def of(cls, place: Path, tree: Path, folders: Iterable[str]) -> "Record":
        """As it was left; before the first set-up, what the repository brings along."""
        try:
            told = json.loads((place / _NAME).read_bytes())
            libraries = told.get("libraries", "")
            return cls(own=tuple(told["own"]), key=told["key"], seals=told["seals"], libraries=libraries)
        except (OSError, ValueError, KeyError, TypeError):
            return cls(own=tuple(name for name in {*folders, *KNOWN_FOLDERS} if os.path.lexists(tree / name)))

    def write(self, place: Path) -> None:
        """Keep it for the next set-up."""
        told = {"own": self.own, "key": self.key, "seals": dict(self.seals), "libraries": self.libraries}
        # What was set up there could have put a link in its place: it is never written through.
        draft = place / f"{_NAME}.{token_hex(8)}"
        with draft.open("x", encoding="utf-8") as file:
            file.write(json.dumps(told))
        draft.replace(place / _NAME)

    def holds(self, key: str) -> bool:
        """Whether the last set-up is what is asked for, and everything is as it left it."""
        return self.key == key and all(seal_of(Path(folder)) == seal for folder, seal in self.seals.items())
