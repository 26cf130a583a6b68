"""The Markdown pages of a power: steering files, skills, and where their links lead."""

import re
from collections.abc import Collection, Iterator
from posixpath import dirname, normpath

from kiro_worker.document import Table
from kiro_worker.power.finding import Finding, found, from_flaws
from kiro_worker.power.matter import Page, Unfit, line_of, read_page, text_of, texts_of
from kiro_worker.power.model import SKILLS, STEERING

_INCLUSIONS = ("always", "fileMatch", "manual", "auto")
_LONGEST_DESCRIPTION = 1024
_LINK = re.compile(
    r"\]\(<?([^()<>\s]{1,500})>?(?:\s[^()\n]{0,200})?\)|^\[[^\]\n]{1,200}\]:\s*<?([^<>\s]{1,500})>?", re.MULTILINE
)
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//|#|\{\{|<|\$")
_CODE_POINT = re.compile(r"%([0-9A-Fa-f]{2})")
_SPAN = re.compile(r"`[^`\n]*`")


def page_findings(path: str, content: bytes, paths: Collection[str]) -> Iterator[Finding]:
    """What is wrong with one Markdown file.

    Args:
        path: below the package's root.
        content: the file.
        paths: of all files of the package, for links.
    """
    page = read_page(path, content)
    if path.startswith(STEERING):
        yield from steering_findings(path, page)
    elif path.startswith(SKILLS) and path.endswith("/SKILL.md") and path.count("/") == 2:
        yield from _skill(path, page)
    yield from _links(path, page, paths)


def steering_findings(path: str, page: Page) -> Iterator[Finding]:
    """What is wrong with a steering file, in a power or out of one."""
    yield from from_flaws("steering.front-matter", page.flaws)
    if not page.body.strip():
        yield found("steering.empty", path)
    if page.matter is None:
        return
    word = _one(page.matter, "inclusion") or "always"
    line = line_of(page.matter, "inclusion")
    if word not in _INCLUSIONS:
        yield found("steering.inclusion", path, line, word=word, known=", ".join(_INCLUSIONS))
    elif word == "fileMatch" and not _several(page.matter, "fileMatchPattern"):
        yield found("steering.no-pattern", path, line)
    elif word == "auto" and not _one(page.matter, "description"):
        yield found("steering.no-description", path, line)


def _skill(path: str, page: Page) -> Iterator[Finding]:
    yield from from_flaws("skill.front-matter", page.flaws)
    if page.matter is None:
        if not page.flaws:
            yield found("skill.front-matter", path, 1, reason="there is none")
        return
    folder = path.split("/")[1]
    name, description = _one(page.matter, "name"), _one(page.matter, "description")
    if name != folder:
        yield found("skill.name", path, line_of(page.matter, "name"), name=repr(name), folder=repr(folder))
    if not 0 < len(description) <= _LONGEST_DESCRIPTION:
        yield found("skill.description", path, line_of(page.matter, "description"), size=len(description))


def _one(matter: Table, key: str) -> str:
    try:
        return text_of(matter.find(key))
    except Unfit:
        return ""


def _several(matter: Table, key: str) -> tuple[str, ...]:
    try:
        return texts_of(matter.find(key))
    except Unfit:
        return ()


def _links(path: str, page: Page, paths: Collection[str]) -> Iterator[Finding]:
    # A power that is read alone, such as a single POWER.md, has nothing for links to lead to.
    alone = len(paths) == 1
    for line, text in enumerate(_prose(page.body), page.above + 1):
        for match in _LINK.finditer(text):
            target = match[1] or match[2]
            if _ELSEWHERE.match(target):
                continue
            plain = _CODE_POINT.sub(_letter, target.split("#", 1)[0].split("?", 1)[0])
            leads = normpath(f"{dirname(path)}/{plain}" if dirname(path) else plain)
            if plain.startswith("/") or leads.split("/", 1)[0] == "..":
                yield found("page.link-out", path, line, target=target)
            elif not alone and leads not in paths and not any(each.startswith(f"{leads}/") for each in paths):
                yield found("page.link-lost", path, line, target=target)


def _letter(match: re.Match[str]) -> str:
    return chr(int(match[1], 16))


def _prose(body: str) -> Iterator[str]:
    """The lines of a text, those of code emptied."""
    fence = ""
    for line in body.split("\n"):
        mark = _FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence):
                fence = ""
            yield ""
        elif mark:
            fence = mark[1]
            yield ""
        else:
            yield _SPAN.sub("", line)
