"""What a sweep is told as."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from kiro_worker.orphan.port import Orphan
from kiro_worker.orphan.sweep import Sweep

SCHEMA = "kiro-worker/gc/1"
HEADINGS = ("KIND", "SIZE", "AGE", "WHAT")
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


def sweep_document(swept: Sweep, *, dry_run: bool) -> dict[str, Any]:
    """A sweep as plain JSON; with `dry_run`, what is told as gone is still there."""
    return {
        "schema": SCHEMA,
        "dry_run": dry_run,
        "bytes": swept.size,
        "gone": [_document(orphan) for orphan in swept.gone],
        "spared": [{**_document(orphan), "because": orphan.spared} for orphan in swept.spared],
        "failed": list(swept.failed),
    }


def _document(orphan: Orphan) -> dict[str, Any]:
    age = None if orphan.age is None else round(orphan.age.total_seconds())
    return {"kind": orphan.kind.value, "what": orphan.what, "bytes": orphan.size, "age_seconds": age, "why": orphan.why}


def orphan_row(orphan: Orphan) -> tuple[str, ...]:
    """One thing as a row below `HEADINGS`."""
    return (orphan.kind.value, size_words(orphan.size) if orphan.size else "", age_words(orphan.age), orphan.what)


def summary(swept: Sweep, *, dry_run: bool) -> Iterator[str]:
    """The sentences at the end."""
    what = "1 thing" if len(swept.gone) == 1 else f"{len(swept.gone)} things"
    if not swept.gone:
        yield "Nothing was left behind."
    elif dry_run:
        yield f"Would remove {what}, {size_words(swept.size)}. Nothing was changed."
    else:
        yield f"Removed {what}, {size_words(swept.size)}."


def size_words(size: float) -> str:
    """Bytes as people read them.

    >>> size_words(512), size_words(1536), size_words(3 * 1024**3)
    ('512 B', '1.5 KiB', '3.0 GiB')
    """
    unit = 0
    while size >= 1024 and unit < len(_UNITS) - 1:
        size, unit = size / 1024, unit + 1
    return f"{size:.1f} {_UNITS[unit]}" if unit else f"{size:.0f} B"


def age_words(age: timedelta | None) -> str:
    """An age in its largest unit.

    >>> age_words(timedelta(days=3, hours=2)), age_words(timedelta(minutes=90)), age_words(None)
    ('3 d', '1 h', '')
    """
    if age is None:
        return ""
    seconds = int(age.total_seconds())
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"
