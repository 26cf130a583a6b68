"""What tests said on merge bases, kept from run to run: a file for each state of a base and each way to test it."""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

from kiro_worker.gate.baseline import Baseline
from kiro_worker.gate.fault import ReportFault
from kiro_worker.gate.file import read_report
from kiro_worker.gate.port import Color, Coverage, Outcome
from kiro_worker.value import dataclass

_MOST_KEPT = 50
_MOST_BYTES = 64 * 1024 * 1024
_FORM = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """The file."""

    form: int
    key: str
    outcomes: Mapping[str, Outcome]
    color: Color
    coverage: Coverage | None
    summary: str
    seconds: float


class BaseStore:
    """A folder of the worker's own.

    Args:
        folder: made when something is first kept; nobody but the worker may write there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, key: str) -> Baseline | None:
        """What is known; None when it is not, or when the file is damaged."""
        import msgspec

        try:
            kept = msgspec.json.decode(read_report(self._place(key), told=key, most=_MOST_BYTES), type=_Kept)
        except (ReportFault, msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            return None
        if kept.form != _FORM or kept.key != key:
            return None
        with suppress(OSError):
            # The newest are kept by when they were last of use.
            os.utime(self._place(key))
        return Baseline(
            outcomes=kept.outcomes,
            color=kept.color,
            coverage=kept.coverage,
            summary=kept.summary,
            seconds=kept.seconds,
        )

    def write(self, key: str, found: Baseline) -> None:
        """Keep what was found out; where that cannot be written, it is found out again next time."""
        import msgspec

        kept = _Kept(
            form=_FORM,
            key=key,
            outcomes=found.outcomes,
            color=found.color,
            coverage=found.coverage,
            summary=found.summary,
            seconds=found.seconds,
        )
        data = msgspec.json.encode(kept)
        if len(data) > _MOST_BYTES:
            return
        aside = self._folder / f".{token_hex(8)}.part"
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                aside.write_bytes(data)
                aside.replace(self._place(key))
            finally:
                aside.unlink(missing_ok=True)
            self._tidy()

    def _place(self, key: str) -> Path:
        return self._folder / f"{key}.json"

    def _tidy(self) -> None:
        """Remove all but the newest, and what a killed worker left half written."""
        aged = sorted(self._folder.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
        files = [path for path in aged if path.suffix == ".json"]
        for path in (*files[_MOST_KEPT:], *(path for path in aged[_MOST_KEPT:] if path.suffix == ".part")):
            path.unlink(missing_ok=True)
