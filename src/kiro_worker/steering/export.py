"""Standards for agents that read neither `.kiro/steering/` nor AGENTS.md: a page of pointers, and links to it."""

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

from kiro_worker.steering.folder import SteeringFolder, SteeringNotWritable
from kiro_worker.steering.reader import AGENTS, CONFLICT, Inclusion, SteeringFile

#: What a page that was made here begins with; one without it is somebody's own and stays.
MADE = "<!-- Made by `kiro-worker steering export` from .kiro/steering/. Do not edit. -->"


class Page(StrEnum):
    """The file that another agent reads."""

    CLAUDE = "CLAUDE.md"
    GEMINI = "GEMINI.md"


def agents_page(files: Iterable[SteeringFile]) -> bytes:
    """An AGENTS.md that points to the steering files, each with when it is for."""
    told = [file for file in files if file.path != AGENTS and not file.path.endswith(CONFLICT)]
    always = [file for file in told if file.inclusion is Inclusion.ALWAYS or file.fault]
    others = [file for file in told if file not in always]
    lines = [MADE, "", "# Standards of this repository", ""]
    lines += ["Read these before any work, and follow them:", "", *map(_line, always), ""] if always else []
    lines += ["Read these when the work is about what they are for:", "", *map(_line, others), ""] if others else []
    return "\n".join(lines).encode()


def _line(file: SteeringFile) -> str:
    words = [file.description] if file.description else []
    if file.inclusion is Inclusion.FILE_MATCH and file.patterns:
        words.append(f"for {', '.join(f'`{pattern}`' for pattern in file.patterns)}")
    return f"- [{file.path}]({file.path}){': ' if words else ''}{'; '.join(words)}"


def link_page(folder: SteeringFolder, page: Page) -> bool:
    """Make a page a link to AGENTS.md; False when it is one already.

    Raises:
        SteeringNotWritable: somebody's own file is there.
    """
    place = folder.root / page.value
    if place.is_symlink() and place.readlink() == Path(AGENTS):
        return False
    if place.is_symlink() or place.exists():
        raise SteeringNotWritable(page.value, f"it is there, and is no link to {AGENTS}")
    try:
        place.symlink_to(AGENTS)
    except OSError as error:
        raise SteeringNotWritable(page.value, error.strerror or str(error)) from error
    return True
