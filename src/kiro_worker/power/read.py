"""What a power says of itself, in `POWER.md` and in `plugin.json` (Agent Plugins 1.0.0); keys nobody knows are told."""

import re
from collections.abc import Mapping

from kiro_worker.power.finding import Finding, found, from_flaws
from kiro_worker.power.manifest import read_manifest
from kiro_worker.power.matter import Unfit, line_of, read_page, text_of, texts_of
from kiro_worker.power.model import MANIFEST, POWER_PAGE, About
from kiro_worker.power.version import version_or_none
from kiro_worker.value import replace

_NAME = re.compile(r"(?!.*(?:--|\.\.))[a-z0-9](?:[a-z0-9.-]{0,62}[a-z0-9])?")
# Some powers have the last three, though Kiro reads only the first five.
_KNOWN = ("name", "displayName", "description", "keywords", "author", "version", "license", "repository")
_LONGEST_DESCRIPTION = 1024


def is_power_name(text: str) -> bool:
    """Whether a text can be a power's name, which names folders and tags, too.

    >>> is_power_name("kiro-worker-standards"), is_power_name("../x")
    (True, False)
    """
    return bool(_NAME.fullmatch(text))


def read_about(files: Mapping[str, bytes], findings: list[Finding], *, folder: str = "") -> About | None:
    """What both formats say together; None when neither is there or can be read.

    Args:
        files: the package's texts by path.
        findings: gets what is wrong.
        folder: what the power's folder is called; empty when that says nothing.
    """
    page = _power_page(files[POWER_PAGE], findings) if POWER_PAGE in files else None
    manifest = read_manifest(files[MANIFEST], findings) if MANIFEST in files else None
    if POWER_PAGE not in files and MANIFEST not in files:
        findings.append(found("package.empty"))
    about = manifest or page
    if about is None:
        return None
    if page is not None and manifest is not None:
        findings += _differences(page, manifest)
        about = replace(manifest, display_name=page.display_name, forms=(POWER_PAGE, MANIFEST))
    findings += _judged(about, folder)
    return about


def _power_page(content: bytes, findings: list[Finding]) -> About | None:
    page = read_page(POWER_PAGE, content)
    findings += from_flaws("power.front-matter", page.flaws)
    if page.flaws:
        return None
    if page.matter is None:
        findings.append(found("power.no-front-matter", POWER_PAGE, 1))
        return None
    given: dict[str, str] = {}
    keywords: tuple[str, ...] = ()
    for key, node in page.matter.entries:
        try:
            if key.text == "keywords":
                keywords = texts_of(node)
            elif key.text in _KNOWN:
                given[key.text] = text_of(node)
            else:
                findings.append(found("power.unknown-key", POWER_PAGE, key.place.line, key=key.text))
        except Unfit as unfit:
            findings.append(found("power.value", POWER_PAGE, key.place.line, key=key.text, kind=unfit))
    if not keywords:
        findings.append(found("power.no-keywords", POWER_PAGE, line_of(page.matter, "keywords")))
    if not given.get("displayName"):
        findings.append(found("power.no-display-name", POWER_PAGE, 1))
    return About(
        name=given.get("name", ""),
        version=given.get("version", ""),
        display_name=given.get("displayName", ""),
        description=given.get("description", ""),
        keywords=keywords,
        author=given.get("author", ""),
        licence=given.get("license", ""),
        repository=given.get("repository", ""),
        forms=(POWER_PAGE,),
    )


def _differences(page: About, manifest: About) -> list[Finding]:
    told = []
    for key in ("name", "version", "description"):
        mine, other = getattr(manifest, key), getattr(page, key)
        # POWER.md need have no version; what it has must be the same.
        if mine != other and (other or key == "name"):
            told.append(found("plugin.differs", MANIFEST, 1, key=key, value=repr(mine), other=repr(other)))
    return told


def _judged(about: About, folder: str) -> list[Finding]:
    file = about.forms[0]
    told = []
    if not about.name:
        told.append(found("power.no-name", file, 1))
    elif not is_power_name(about.name):
        told.append(found("power.name", file, 1, name=repr(about.name)))
    elif folder and folder != about.name:
        told.append(found("power.folder", file, 1, folder=folder, name=about.name))
    if not about.description:
        told.append(found("power.no-description", file, 1))
    elif len(about.description) > _LONGEST_DESCRIPTION:
        size, most = len(about.description), _LONGEST_DESCRIPTION
        told.append(found("power.description-long", file, 1, size=size, most=most))
    if about.version and version_or_none(about.version) is None:
        told.append(found("power.version", file, 1, version=repr(about.version)))
    return told
