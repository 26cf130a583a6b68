import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).parents[2]

# What we did not write, or only made.
_NOT_OURS = {".git", ".venv", "build", "dist", "node_modules", "examples"}

_FENCE = re.compile(r"^(?P<mark>```+|~~~+).*?^(?P=mark)`*\s*$", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"`+[^`\n]*`+")
_LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(\s*<?([^)<>\s]+)>?(?:\s+\"[^\"]*\")?\s*\)")
_DEFINITION = re.compile(r"^\[[^\]]+\]:\s*(\S+)", re.MULTILINE)
_HEADING = re.compile(r"^#{1,6} +(.*?)(?: +#+)? *$", re.MULTILINE)


def pages() -> list[Path]:
    found = (path for path in ROOT.rglob("*.md") if not _NOT_OURS.intersection(path.relative_to(ROOT).parts))
    return sorted(path for path in found if "src" not in path.relative_to(ROOT).parts)


def prose(path: Path) -> str:
    """A page without its code, where a link is no link."""
    return _CODE.sub("", _FENCE.sub("", path.read_text("utf-8")))


def links(path: Path) -> list[str]:
    text = prose(path)
    return [*_LINK.findall(text), *_DEFINITION.findall(text)]


@cache
def anchors(path: Path) -> frozenset[str]:
    """The headings of a page as GitHub makes them into anchors."""
    text = _FENCE.sub("", path.read_text("utf-8"))
    seen: dict[str, int] = {}
    made = set()
    for heading in _HEADING.findall(text):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").strip().lower()
        slug = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        times = seen.get(slug, 0)
        seen[slug] = times + 1
        made.add(f"{slug}-{times}" if times else slug)
    return frozenset(made)


def fault(page: Path, link: str) -> str:
    """What is wrong with a link; empty when it leads somewhere."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return "" if parts.scheme in {"https", "mailto"} else f"{link} is no https address"
    if link.startswith("/"):
        return f"{link} is no relative link"
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if not target.is_relative_to(ROOT):
        return f"{link} leads out of the repository"
    if not target.exists():
        return f"{link} leads nowhere"
    if parts.fragment and target.suffix == ".md" and parts.fragment not in anchors(target):
        return f"{link}: no heading of that name"
    return ""


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_each_link_leads_somewhere(page):
    assert [told for link in links(page) if (told := fault(page, link))] == []


def test_what_leads_nowhere_is_found(tmp_path):
    page = ROOT / "README.md"
    assert fault(page, "docs/glossary.md") == ""
    assert fault(page, "docs/glossary.md#glossary") == ""
    assert fault(page, "docs/glossary.md#nothing") != ""
    assert fault(page, "docs/none.md") != ""
    assert fault(page, "../elsewhere.md") != ""
    assert fault(page, "/docs/glossary.md") != ""
    assert fault(page, "http://example.com") != ""
    assert fault(page, "https://example.com/x") == ""


def test_links_in_code_are_no_links(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("`[a](b)`\n\n```text\n[c](d)\n```\n\n[e](f) and [g][h]\n\n[h]: i\n")
    assert links(page) == ["f", "i"]
