"""What checks told of merge bases, kept from run to run: the same tree and the same check say the same again."""

import json
import os
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import Any

from kiro_worker import __version__
from kiro_worker.gate.check.model import BaseLook, Planned
from kiro_worker.ids import Oid

_FORM = 1
_MOST_KEPT = 50
_MOST_BYTES = 32 * 1024 * 1024


class KeptLooks:
    """A folder of looks at merge bases, which only the worker writes to; what is damaged in it is not there.

    Args:
        folder: made when the first look is kept; None keeps nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def find(self, base_tree: Oid, planned: Planned) -> BaseLook | None:
        """The look that was kept, None when there is none."""
        if self._folder is None:
            return None
        place = self._folder / _name(base_tree, planned)
        try:
            if place.stat().st_size > _MOST_BYTES:
                return None
            told = json.loads(place.read_bytes())
            marks = tuple((_text(path), _text(mark), _count(count)) for path, mark, count in told["marks"])
        except (OSError, ValueError, LookupError, TypeError, RecursionError):
            return None
        with suppress(OSError):
            os.utime(place)
        return BaseLook(marks=marks)

    def keep(self, base_tree: Oid, planned: Planned, look: BaseLook) -> None:
        """Keep a look that could look; that it cannot be kept costs only time."""
        if self._folder is None or not look.known:
            return
        with suppress(OSError):
            self._folder.mkdir(parents=True, mode=0o700, exist_ok=True)
            draft = self._folder / f"{token_hex(8)}.draft"
            with draft.open("x", encoding="utf-8") as file:
                json.dump({"marks": look.marks}, file)
            draft.replace(self._folder / _name(base_tree, planned))
            self._tidy(self._folder)

    def _tidy(self, folder: Path) -> None:
        kept = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
        for old in (*kept[_MOST_KEPT:], *_left_over(folder)):
            old.unlink(missing_ok=True)


def _left_over(folder: Path) -> tuple[Path, ...]:
    """Drafts of workers that were killed; those of others that are at work are minutes old at most."""
    newest = max((path.stat().st_mtime for path in folder.iterdir()), default=0.0)
    return tuple(path for path in folder.glob("*.draft") if newest - path.stat().st_mtime > 3600)


def _name(base_tree: Oid, planned: Planned) -> str:
    check = planned.check
    # Not its argument list: where its program lies differs from run to run.
    about = (
        _FORM, __version__, str(base_tree), check.name, check.command, check.format, check.report, planned.because,
    )  # fmt: skip
    return f"{sha256(json.dumps(about).encode()).hexdigest()[:40]}.json"


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _count(value: Any) -> int:
    if type(value) is not int or value < 1:
        raise ValueError(value)
    return value
