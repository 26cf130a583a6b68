"""The base branch's coverage settings, handed to coverage.py in a file of ours.

Measuring by the tree's own settings would let the agent leave files out or lower the threshold.
"""

from collections.abc import Mapping
from math import isfinite
from typing import Any

from kiro_worker.gate.base import BaseFiles, table
from kiro_worker.value import dataclass, field

Sections = Mapping[str, Mapping[str, str]]

_TRUE = frozenset({"1", "true", "yes", "on"})

# Test code covers itself; counting it would lift every total. Used only where the project says nothing of its own.
# A pattern that begins with a star would be held against the whole path, and the tree may lie below a `test` folder.
_OMIT = (
    "tests/*", "test/*", "./**/tests/*", "./**/test/*", "test_*.py", "./**/test_*.py", "./*_test.py", "./**/*_test.py",
    "conftest.py", "./**/conftest.py", "setup.py", "noxfile.py", "docs/*", ".venv/*", "venv/*", "node_modules/*",
    ".kiro/*",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Coverage settings: section to key to value, as an INI file would hold them."""

    settings: Sections = field(default_factory=dict)

    def get(self, section: str, key: str) -> str:
        """A value; empty when it is not set."""
        return self.settings.get(section, {}).get(key, "").strip()

    @property
    def has_sources(self) -> bool:
        """Whether the project says what to measure."""
        return any(self.get("run", key) for key in ("source", "source_pkgs", "source_dirs", "include"))

    @property
    def has_branches(self) -> bool:
        """Whether the project asks for branches."""
        return self.get("run", "branch").lower() in _TRUE

    @property
    def has_plugins(self) -> bool:
        """Whether coverage loads modules of the project's choice."""
        return bool(self.get("run", "plugins"))

    @property
    def needs_tracer(self) -> bool:
        """Whether something is asked for that `sys.monitoring` cannot do."""
        return self.has_plugins or bool(self.get("run", "dynamic_context") or self.get("run", "context"))

    @property
    def fail_under(self) -> float:
        """The total percentage that the project itself asks for; 0 when it asks for none."""
        return number(self.get("report", "fail_under"))

    def with_branches(self, *, asked: bool) -> "Rules":
        """The same, with branches measured where the operator asks for them; what the project measures stays."""
        if not asked or self.has_branches:
            return self
        return Rules(settings={**self.settings, "run": {**self.settings.get("run", {}), "branch": "true"}})

    def with_omit(self) -> "Rules":
        """The same, with what is not code left out where the project is silent on what to leave out."""
        if any(self.get(section, "omit") for section in ("run", "report")):
            return self
        return Rules(settings={**self.settings, "run": {**self.settings.get("run", {}), "omit": "\n".join(_OMIT)}})

    def ini(self) -> bytes:
        """The file that is given to coverage."""
        lines: list[str] = []
        for name, values in self.with_omit().settings.items():
            lines.append(f"[{name}]")
            for key, value in values.items():
                lines.append(f"{key} = " + "\n    ".join(value.strip().splitlines()))
        return ("\n".join(lines) + "\n").encode()


def of(base: BaseFiles) -> Rules:
    """The settings from the file that coverage.py itself would take them from."""
    if ".coveragerc" in base.contents:
        return Rules(settings=_of_coverage(sections(base.text(".coveragerc")), bare=True))
    for path in ("setup.cfg", "tox.ini"):
        if found := _of_coverage(sections(base.text(path)), bare=False):
            return Rules(settings=found)
    tables = table(base.pyproject, "tool", "coverage")
    named = {name: value for name, value in tables.items() if isinstance(value, Mapping)}
    return Rules(settings={name: {key: _spell(it) for key, it in value.items()} for name, value in named.items()})


def sections(text: str) -> Sections:
    """An INI file; what cannot be read as one has no sections."""
    import configparser

    parser = configparser.ConfigParser(interpolation=None, strict=False, allow_no_value=True)
    try:
        parser.read_string(text)
    except configparser.Error:
        return {}
    return {name: {key: value or "" for key, value in parser.items(name)} for name in parser.sections()}


def number(text: str) -> float:
    """A percentage; what is none is 0.

    >>> number("92.5"), number("nan"), number("all")
    (92.5, 0.0, 0.0)
    """
    try:
        read = float(text)
    except ValueError:
        return 0.0
    return read if isfinite(read) else 0.0


def version_of(text: str) -> tuple[int, ...]:
    """The leading numbers of a version.

    >>> version_of("7.10.1b2")
    (7, 10)
    """
    parts = []
    for part in text.split("."):
        if not part.isdigit():
            break
        parts.append(int(part))
    return tuple(parts)


def _of_coverage(found: Sections, *, bare: bool) -> Sections:
    named = {
        name.removeprefix("coverage:"): dict(values) for name, values in found.items() if name.startswith("coverage:")
    }
    return ({name: dict(values) for name, values in found.items() if ":" not in name} | named) if bare else named


def _spell(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "\n".join(str(item) for item in value)
    return str(value)
