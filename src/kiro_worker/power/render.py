"""One source, both formats: `power.yaml`, `about.md` and `steering/` become POWER.md, plugin.json and `skills/`.

power.yaml            name, displayName, description, keywords, author, license, repository, version
about.md              what stands in POWER.md above its table of steering files
steering/*.md         each with `name` and `description`; each becomes a skill, too
"""

import json
from collections.abc import Iterator, Mapping

from kiro_worker.document import Table, read_document
from kiro_worker.flaw import Flaw, Place
from kiro_worker.power.manifest import PLUGIN_SCHEMA
from kiro_worker.power.matter import Page, Unfit, read_page, text_of, texts_of
from kiro_worker.power.model import MANIFEST, POWER_PAGE, SKILLS, STEERING, About, is_steering
from kiro_worker.power.read import is_power_name
from kiro_worker.power.version import version_or_none
from kiro_worker.value import dataclass

SOURCE = "power.yaml"
ABOUT = "about.md"
_KEYS = ("name", "displayName", "description", "keywords", "author", "license", "repository", "version")
_NEEDED = ("name", "displayName", "description", "keywords", "version")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """What is made of a source.

    Attributes:
        files: path to content, of everything that is generated.
        flaws: what is wrong with the source; then there are no files.
    """

    about: About | None
    files: Mapping[str, bytes]
    flaws: tuple[Flaw, ...] = ()


def is_generated(path: str) -> bool:
    """Whether a file of a built power is made from its source, and never written by hand."""
    return path in {POWER_PAGE, MANIFEST} or path.startswith(SKILLS)


def render(sources: Mapping[str, bytes]) -> Rendered:
    """Make both formats.

    Args:
        sources: path to content, of the power's own files.
    """
    flaws: list[Flaw] = []
    about = _about(sources.get(SOURCE), flaws)
    pages = {path: read_page(path, content) for path, content in sorted(sources.items()) if is_steering(path)}
    for path, page in pages.items():
        flaws += _page_flaws(path, page)
    if not pages:
        flaws.append(Flaw(STEERING, "there are no steering files; write at least one"))
    if about is None or flaws:
        return Rendered(about=None, files={}, flaws=tuple(flaws))
    files = {POWER_PAGE: _power_page(about, sources.get(ABOUT, b""), pages), MANIFEST: _manifest(about)}
    for path, page in pages.items():
        files[f"{SKILLS}{_value(page, 'name')}/SKILL.md"] = _skill(about, path, page)
    return Rendered(about=about, files=files)


def _about(content: bytes | None, flaws: list[Flaw]) -> About | None:
    if content is None:
        flaws.append(Flaw(SOURCE, "this file is missing; it says what the power is called and what it is for"))
        return None
    node = read_document(content, SOURCE, flaws)
    if not isinstance(node, Table):
        if node is not None or not flaws:
            flaws.append(Flaw(SOURCE, "it is no mapping; write `key: value` on each line"))
        return None
    before = len(flaws)
    flaws += _key_flaws(node)
    given = {} if len(flaws) > before else {key: text_of(node.find(key)) for key in _KEYS if key != "keywords"}
    if len(flaws) > before:
        return None
    return About(
        name=given["name"],
        version=given["version"],
        display_name=given["displayName"],
        description=given["description"],
        keywords=texts_of(node.find("keywords")),
        author=given["author"],
        licence=given["license"],
        repository=given["repository"],
        forms=(POWER_PAGE, MANIFEST),
    )


def _key_flaws(table: Table) -> Iterator[Flaw]:
    for name, node in table.entries:
        if name.text not in _KEYS:
            yield Flaw(str(name.place), f"{name.text!r} is nothing that a power has; write one of {', '.join(_KEYS)}")
            continue
        try:
            value = ", ".join(texts_of(node)) if name.text == "keywords" else text_of(node)
        except Unfit as unfit:
            yield Flaw(str(node.place), f"{name.text} is no {unfit}")
            continue
        if not value and name.text in _NEEDED:
            yield Flaw(str(node.place), f"{name.text} is empty")
        if name.text == "name" and value and not is_power_name(value):
            yield Flaw(str(node.place), f"name is {value!r}; use lower-case letters, digits, single hyphens and dots")
        if name.text == "version" and value and version_or_none(value) is None:
            yield Flaw(str(node.place), f"version is {value!r}; write three numbers, such as 1.4.0")
    for key in _NEEDED:
        if table.find(key) is None:
            yield Flaw(str(Place(SOURCE)), f"{key} is missing; write `{key}: …`")


def _page_flaws(path: str, page: Page) -> Iterator[Flaw]:
    yield from page.flaws
    if page.flaws:
        return
    name = path.removeprefix(STEERING).removesuffix(".md")
    if not is_power_name(name):
        yield Flaw(path, "its name becomes a skill's; use lower-case letters, digits and single hyphens")
    elif _value(page, "name") != name:
        yield Flaw(path, f"write `name: {name}` into its front matter; it becomes the skill's name")
    if not 0 < len(_value(page, "description")) <= 1024:
        yield Flaw(path, "write a `description:` of at most 1024 characters; agents choose a skill by it")


def _value(page: Page, key: str) -> str:
    try:
        return text_of(page.matter.find(key)) if page.matter else ""
    except Unfit:
        return ""


def _power_page(about: About, text: bytes, pages: Mapping[str, Page]) -> bytes:
    lines = ["---"]
    lines += [f"name: {_quoted(about.name)}", f"displayName: {_quoted(about.display_name)}"]
    lines += [f"description: {_quoted(about.description)}"]
    lines += [f"keywords: [{', '.join(map(_quoted, about.keywords))}]"]
    lines += [f"author: {_quoted(about.author)}"] if about.author else []
    lines += [f"version: {_quoted(about.version)}", "---", "", f"# {about.display_name}", ""]
    lines += [text.decode("utf-8", "replace").replace("\r\n", "\n").strip(), ""] if text.strip() else []
    lines += ["## Steering files", "", "| File | Applies | What it is for |", "| --- | --- | --- |"]
    for path, page in pages.items():
        name = path.removeprefix(STEERING)
        lines.append(f"| [{name}]({path}) | {_cell(_applies(page))} | {_cell(_value(page, 'description'))} |")
    return ("\n".join(lines) + "\n").encode()


def _applies(page: Page) -> str:
    word = _value(page, "inclusion") or "always"
    if word != "fileMatch" or page.matter is None:
        return {"always": "always", "auto": "when its description fits", "manual": "when it is named"}.get(word, word)
    return "with " + ", ".join(f"`{each}`" for each in texts_of(page.matter.find("fileMatchPattern")))


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _manifest(about: About) -> bytes:
    body = {
        "$schema": PLUGIN_SCHEMA,
        "name": about.name,
        "version": about.version,
        "description": about.description,
        "author": {"name": about.author} if about.author else None,
        "repository": about.repository,
        "license": about.licence,
        "keywords": list(about.keywords),
    }
    told = {key: value for key, value in body.items() if value}
    return (json.dumps(told, ensure_ascii=False, indent=2) + "\n").encode()


def _skill(about: About, path: str, page: Page) -> bytes:
    lines = ["---", f"name: {_value(page, 'name')}", f"description: {_quoted(_value(page, 'description'))}"]
    lines += [f"license: {_quoted(about.licence)}"] if about.licence else []
    lines += ["metadata:", f"  power: {_quoted(about.name)}", f"  version: {_quoted(about.version)}"]
    lines += [f"  source: {_quoted(path)}", "---", page.body.strip()]
    return ("\n".join(lines) + "\n").encode()


def _quoted(text: str) -> str:
    # A JSON text is a YAML text in double quotes.
    return json.dumps(text, ensure_ascii=False)
