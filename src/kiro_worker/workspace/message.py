"""A commit's message taken apart as git does it (git-interpret-trailers(1)), for who reads it without git."""

import re
from collections.abc import Iterator

# git takes a paragraph of which a quarter are trailers, where one of them is its own.
_OWN = ("Signed-off-by: ", "(cherry picked from commit ")
_TRAILER = re.compile(r"([A-Za-z0-9-]+)[ \t]*:(.*)", re.DOTALL)


def subject_of(message: str) -> str:
    r"""The first paragraph as one line.

    >>> subject_of("Fix the\nbuild\n\nAt last.")
    'Fix the build'
    """
    first = next(_paragraphs(message), ())
    return " ".join(first)


def trailers_of(message: str) -> tuple[tuple[str, str], ...]:
    r"""The trailers of the last paragraph; that of the subject is none.

    >>> trailers_of("feat: x\n\nKiro-Spec: login\nKiro-Fence:\n 7")
    (('Kiro-Spec', 'login'), ('Kiro-Fence', '7'))
    """
    paragraphs = list(_paragraphs(message))
    if len(paragraphs) < 2:
        return ()
    lines = tuple(_unfolded(paragraphs[-1]))
    found = [match for line in lines if (match := _TRAILER.fullmatch(line))]
    own = any(line.startswith(_OWN) for line in lines)
    if len(found) != len(lines) and not (own and len(found) * 4 >= len(lines)):
        return ()
    return tuple((match[1], " ".join(match[2].split())) for match in found)


def _paragraphs(message: str) -> Iterator[tuple[str, ...]]:
    lines: list[str] = []
    for line in (*message.splitlines(), ""):
        if line.strip():
            lines.append(line)
        elif lines:
            yield tuple(lines)
            lines = []


def _unfolded(lines: tuple[str, ...]) -> Iterator[str]:
    whole = ""
    for line in lines:
        if line[0] in " \t" and whole:
            whole += f" {line.strip()}"
            continue
        if whole:
            yield whole
        whole = line
    if whole:
        yield whole
