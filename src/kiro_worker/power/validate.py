"""Is a package a sound power? Everything that is found, all at once; nothing here is believed, run or written."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from kiro_worker.power.finding import Finding, found, refuses
from kiro_worker.power.manifest import server_findings
from kiro_worker.power.model import MANIFEST, SERVERS, SKILLS, STEERING, Entry, Power, files_of
from kiro_worker.power.pages import page_findings
from kiro_worker.power.read import read_about
from kiro_worker.power.shape import shape
from kiro_worker.redact import Redactor
from kiro_worker.value import dataclass

# What commands a terminal, turns the direction of a line, has no width, or is a letter that no font shows. Emoji need
# none of them.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\U000e0000-\U000e007f]"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What came of looking at a package.

    Attributes:
        power: None when something refuses it.
        findings: errors first, then by file and line.
    """

    power: Power | None
    findings: tuple[Finding, ...] = ()


def judge(entries: Sequence[Entry], *, folder: str = "") -> Judged:
    """Look at a package as its source has it.

    Args:
        entries: everything that is in it.
        folder: what its folder is called; empty when that says nothing.
    """
    findings = list(shape(entries))
    texts: dict[str, bytes] = {}
    for each in entries:
        if each.content is not None:
            texts.setdefault(each.path, each.content)
    about = read_about(texts, findings, folder=folder)
    findings += _contents(texts)
    findings += _lost(texts)
    kept = tuple(sorted(set(findings), key=_order))
    if about is None or refuses(kept):
        return Judged(power=None, findings=kept)
    return Judged(power=Power(about=about, files=files_of(entries)), findings=kept)


def _order(finding: Finding) -> tuple[int, str, int, str]:
    return ("error", "warning", "info").index(finding.severity), finding.file, finding.line, finding.code


def _contents(texts: Mapping[str, bytes]) -> Iterator[Finding]:
    redactor = Redactor()
    for path, content in texts.items():
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            yield found("package.not-text", path)
            continue
        yield from _hidden(path, text)
        yield from _secrets(redactor, path, text)
        if path.endswith(".md"):
            yield from page_findings(path, content, texts)
        elif path.startswith(STEERING):
            yield found("steering.not-markdown", path)
        elif path == SERVERS:
            yield from server_findings(content, is_plugin=MANIFEST in texts)


def _hidden(path: str, text: str) -> Iterator[Finding]:
    for line, written in enumerate(text.split("\n"), 1):
        if found_there := sorted(set(_HIDDEN.findall(written))):
            yield found("package.hidden", path, line, names=", ".join(f"U+{ord(sign):04X}" for sign in found_there))


def _secrets(redactor: Redactor, path: str, text: str) -> Iterator[Finding]:
    clean = redactor.text(text)
    if clean == text:
        return
    pairs = enumerate(zip(text.splitlines(), clean.splitlines(), strict=False), 1)
    line = next((number for number, (mine, other) in pairs if mine != other), 0)
    yield found("package.secret", path, line)


def _lost(texts: Iterable[str]) -> Iterator[Finding]:
    skills: dict[str, bool] = {}
    for path in texts:
        parts = path.split("/")
        if path.startswith(SKILLS) and len(parts) > 2:
            skills[parts[1]] = skills.get(parts[1], False) or parts[2:] == ["SKILL.md"]
    for name, complete in skills.items():
        if not complete:
            yield found("skill.lost", f"{SKILLS}{name}")
