"""What is found in a power: a stable code, a place, what is wrong and how to cure it. Nothing here raises."""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from kiro_worker.flaw import Flaw
from kiro_worker.spec.diagnostic import Severity

_SHOWN = 100
_PLACE = re.compile(r"(.*):([0-9]+):([0-9]+)")
_ERROR, _WARNING, _INFO = Severity.ERROR, Severity.WARNING, Severity.INFO


class Rule(NamedTuple):
    """What is fixed about one kind of finding; `{…}` in its sentences stands for a fact of the case.

    An error refuses the power: nothing of it is written.
    """

    severity: Severity
    message: str
    cure: str


class Finding(NamedTuple):
    """One thing to tell about one place of a power; line 0 means the whole file, an empty file the whole power."""

    code: str
    severity: Severity
    file: str
    line: int
    message: str
    cure: str

    def __str__(self) -> str:
        """One line for people."""
        place = f"{self.file or '.'}{f':{self.line}' if self.line else ''}"
        return f"{place}: {self.severity.value}: {self.message} {self.cure} [{self.code}]"


RULES: Mapping[str, Rule] = MappingProxyType({
    # The package
    "package.empty": Rule(_ERROR, "There is neither a POWER.md nor a plugin.json.", "Name the power's own folder."),
    "package.path": Rule(
        _ERROR, "The path {path} {reason}.", "Take it out of the package; nothing may lie outside of it."
    ),
    "package.path-twice": Rule(
        _ERROR, "{path} and {other} are one file where names are not told apart by case.", "Rename one of them."
    ),
    "package.link": Rule(_ERROR, "This is a link.", "Put the file itself there; a link may lead anywhere."),
    "package.other": Rule(_ERROR, "This is no plain file.", "Take it out of the package."),
    "package.too-large": Rule(
        _ERROR, "The file has {size} bytes; at most {most} are read of one.", "Standards are texts; shorten or part it."
    ),
    "package.too-much": Rule(
        _ERROR, "The package has more than {most} bytes.", "Keep examples and pictures elsewhere, and link to them."
    ),
    "package.too-many": Rule(_ERROR, "The package has more than {most} files.", "Name the power's own folder."),
    "package.executable": Rule(
        _ERROR, "The file may be executed.", "Take the right away (chmod -x); a power is read, never run."
    ),
    "package.hook": Rule(
        _ERROR, "This is a hook: a tool would run what stands in it.", "Take it out; hooks are a repository's own."
    ),
    "package.agent-settings": Rule(
        _ERROR, "This is an agent's or an editor's own settings file.", "Take it out; a power only brings texts."
    ),
    "package.script": Rule(_WARNING, "This is a script.", "Kiro Worker never runs it; leave it out if not needed."),
    "package.not-text": Rule(_WARNING, "The file is no UTF-8 text.", "Save it as UTF-8, or leave it out."),
    "package.hidden": Rule(
        _ERROR, "There are characters that nobody sees ({names}); an agent reads them.", "Take them out."
    ),
    "package.secret": Rule(
        _WARNING, "There is what looks like a credential.", "Take it out, and replace it where it was valid."
    ),
    # POWER.md
    "power.no-front-matter": Rule(
        _ERROR, "There is no front matter.", "Begin with `---`, `name: …`, `description: …` and `---`."
    ),
    "power.front-matter": Rule(_ERROR, "The front matter cannot be read: {reason}.", "Correct it."),
    "power.value": Rule(_ERROR, "`{key}` is no {kind}.", "Write it as a {kind}."),
    "power.no-name": Rule(_ERROR, "The power has no name.", "Write `name: …`."),
    "power.name": Rule(
        _ERROR,
        "The name {name} cannot be one.",
        "Use 1 to 64 lower-case letters, digits, single hyphens and dots; letters or digits at both ends.",
    ),
    "power.folder": Rule(_INFO, "The folder is {folder}, and the power is {name}.", "Give both one name."),
    "power.no-description": Rule(
        _ERROR, "The power has no description, so no agent knows when to use it.", "Write `description: …`."
    ),
    "power.description-long": Rule(
        _WARNING, "The description has {size} characters; tools cut it at {most}.", "Say it in fewer words."
    ),
    "power.no-keywords": Rule(
        _WARNING, "There are no keywords, and Kiro activates a power by them.", "Write `keywords: [...]`."
    ),
    "power.no-display-name": Rule(_INFO, "There is no `displayName`.", "Write one; people see it in the list."),
    "power.unknown-key": Rule(_INFO, "`{key}` is nothing that Kiro reads.", "It is left as it is."),
    "power.version": Rule(
        _WARNING, "The version {version} is no semantic one.", "Write three numbers, such as 1.4.0."
    ),
    # plugin.json
    "plugin.json": Rule(_ERROR, "This is no JSON object: {reason}.", "Correct it."),
    "plugin.schema": Rule(_ERROR, "`$schema` is {value}, which is not known here.", "Write {wanted}."),
    "plugin.value": Rule(_ERROR, "`{key}` is no {kind}.", "Write it as a {kind}, or leave it out."),
    "plugin.unknown-key": Rule(
        _WARNING, "`{key}` is nothing that a plugin has; whoever loads it leaves it aside.", "Take it out."
    ),
    "plugin.differs": Rule(
        _ERROR, "`{key}` is {value}, and {other} in POWER.md.", "Give both one; `kiro-worker power build` does."
    ),
    # skills/, steering/, mcp.json
    "skill.front-matter": Rule(_ERROR, "The skill's front matter cannot be read: {reason}.", "Correct it."),
    "skill.name": Rule(_ERROR, "The skill is called {name}, and its folder {folder}.", "Give both one name."),
    "skill.description": Rule(
        _ERROR, "The skill's description has {size} characters.", "Write between 1 and 1024; agents choose by it."
    ),
    "skill.lost": Rule(_WARNING, "The folder has no SKILL.md, so no tool finds it.", "Write one, or take it out."),
    "steering.front-matter": Rule(
        _ERROR, "The steering file's front matter cannot be read: {reason}.", "Correct it."
    ),
    "steering.inclusion": Rule(
        _ERROR, "`inclusion: {word}` is not known, so the file would always apply.", "Write {known}."
    ),
    "steering.no-pattern": Rule(
        _ERROR, "`inclusion: fileMatch` says no pattern, so the file never applies.", "Write `fileMatchPattern: …`."
    ),
    "steering.no-description": Rule(
        _WARNING, "The file is chosen by its description, and has none.", "Write `description: …`."
    ),
    "steering.not-markdown": Rule(_WARNING, "This is no Markdown file, so it steers nothing.", "Put it elsewhere."),
    "steering.empty": Rule(_WARNING, "There is no text.", "Write it, or take the file out."),
    "page.link-out": Rule(
        _ERROR, "The link to {target} leads out of the package.", "Link to a file of the package, or to a web page."
    ),
    "page.link-lost": Rule(_WARNING, "The link to {target} leads to nothing.", "Correct it, or add the file."),
    "mcp.json": Rule(_ERROR, "mcp.json cannot be read: {reason}.", "Correct it."),
    "mcp.server": Rule(_ERROR, "The server {name} {reason}.", "Correct it, or take it out."),
    "mcp.starts": Rule(
        _INFO, "An agent that installs the power starts {command} as {name}.", "Kiro Worker itself does not."
    ),
})  # fmt: skip


def found(code: str, file: str = "", line: int = 0, **facts: object) -> Finding:
    """A finding of a kind; facts are shown on one line, and short."""
    rule = RULES[code]
    told = {key: _shown(str(value)) for key, value in facts.items()}
    return Finding(code, rule.severity, _shown(file), line, rule.message.format(**told), rule.cure.format(**told))


def from_flaws(code: str, flaws: Iterable[Flaw]) -> list[Finding]:
    """What the reader of YAML found, under a code of ours."""
    told = []
    for flaw in flaws:
        place = _PLACE.fullmatch(flaw.where)
        file, line = (place[1], int(place[2])) if place else (flaw.where, 0)
        told.append(found(code, file, line, reason=flaw.what))
    return told


def refuses(findings: Iterable[Finding]) -> bool:
    """Whether one of them is an error."""
    return any(finding.severity is Severity.ERROR for finding in findings)


def _shown(text: str) -> str:
    plain = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
    return plain if len(plain) <= _SHOWN else plain[: _SHOWN - 1] + "…"
