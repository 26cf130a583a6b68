"""The file that tells a conflict, beside the steering file that was left as it is."""

from collections.abc import Iterator

from kiro_worker.steering.merge import Clash, Lines, Merged
from kiro_worker.steering.region import BEGIN, END

_TEXT = "markdown"


def conflict_page(name: str, found: Merged, *, power: str, before: str, version: str) -> bytes:
    """Tell both sides of each place, and how to settle them.

    Args:
        name: the steering file's own name.
        found: the merge that has clashes.
        power: the power's name.
        before: the version that the file was made from; empty where it was not from the power.
        version: the version that is wanted.
    """
    clashes = found.clashes
    return "".join(
        (
            "---\ninclusion: manual\n---\n",
            f"# Conflict in {name}\n\n",
            *_told(name, power=power, before=before, version=version),
            *(part for at, clash in enumerate(clashes, 1) for part in _place(clash, at, len(clashes), version)),
            f"## The whole file, merged but for {'this place' if len(clashes) == 1 else 'these places'}\n\n",
            _fenced("".join(_marked(found, version))),
        )
    ).encode("utf-8", "surrogateescape")


def _told(name: str, *, power: str, before: str, version: str) -> Iterator[str]:
    if before:
        yield f"`{name}` was changed here, and the power `{power}` changed the same places from {before} to {version}. "
    else:
        yield f"`{name}` was here before the power `{power}` {version} brought a file of that name. "
    yield "It was left as it is here: nothing of the new version is in it.\n\n"
    yield f"To settle it: write into `{name}` what is to hold, then delete this file. What only this repository needs "
    yield f"belongs between `{BEGIN}` and `{END}`: no version touches it.\n\n"


def _place(clash: Clash, at: int, of: int, version: str) -> Iterator[str]:
    yield f"## Place {at} of {of}, at line {clash.line}\n\nHere:\n\n"
    yield _fenced("".join(clash.ours))
    yield f"\nIn {version} of the power:\n\n"
    yield _fenced("".join(clash.theirs))
    yield "\n"


def _marked(found: Merged, version: str) -> Iterator[str]:
    for piece in found.pieces:
        if isinstance(piece, Clash):
            yield "<<<<<<< here\n"
            yield _ended(piece.ours)
            yield "=======\n"
            yield _ended(piece.theirs)
            yield f">>>>>>> {version}\n"
        else:
            yield "".join(piece)


def _ended(lines: Lines) -> str:
    text = "".join(lines)
    return text if not text or text.endswith("\n") else f"{text}\n"


def _fenced(text: str) -> str:
    """A block of code that no line of the text can end."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{_TEXT}\n{_ended((text,)) if text else ''}{fence}\n"
