"""Settings as people and programs read them: each value and where it came from."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from kiro_worker.config.fault import ConfigInvalid, Flaw
from kiro_worker.config.load import Loaded, load
from kiro_worker.config.source import Sources
from kiro_worker.config.value import shown
from kiro_worker.value import dataclass, replace

# Raised when a field of the JSON below changes its meaning or goes away.
SHOW_SCHEMA = "kiro-worker/config-show/1"
CHECK_SCHEMA = "kiro-worker/config-check/1"
_WIDEST_VALUE = 48


def show_lines(loaded: Loaded) -> tuple[str, ...]:
    """`kiro-worker config show`: a table, then the warnings."""
    rows = [(each["key"], _clipped(each["text"]), each["origin"]) for each in show_json(loaded)["settings"]]
    wide = [max((len(row[column]) for row in rows), default=0) for column in (0, 1)]
    table = [f"{key:<{wide[0]}}  {text:<{wide[1]}}  {origin}".rstrip() for key, text, origin in rows]
    checks = [f"checks: {each['name']}: {each['text']}" for each in show_json(loaded)["checks"]]
    powers = [f"powers: {each['name']}: {each['text']}" for each in show_json(loaded)["powers"]]
    return (*table, *checks, *powers, *(f"warning: {warning}" for warning in show_json(loaded)["warnings"]))


def show_json(loaded: Loaded) -> dict[str, Any]:
    """`kiro-worker config show --json`: the same as data.

    A setting never is a secret, but somebody may have put one there; what looks like one is not shown.
    """
    from kiro_worker.redact import Redactor

    redactor = Redactor()
    settings = [
        {
            "key": name,
            "value": _plain(setting.value),
            "text": _visible(shown(setting.value)),
            "origin": setting.origin,
            "guards": setting.key.guards,
        }
        for name, setting in loaded.settings.items()
    ]
    told = {
        "schema": SHOW_SCHEMA,
        "settings": settings,
        "checks": list(_checks(loaded)),
        "powers": list(_powers(loaded)),
        "warnings": list(loaded.warnings),
    }
    found: dict[str, Any] = redactor.json(told)
    return found


def _checks(loaded: Loaded) -> Iterator[dict[str, Any]]:
    """The base branch's own checks; of tools that are found the settings say nothing but that they are not wanted."""
    for each in loaded.checks.named:
        command = each.command if isinstance(each.command, str) else shown(each.command)
        yield {"name": each.name, "kind": each.kind, "command": command, "text": _visible(command)}
    for name in sorted(loaded.checks.off):
        yield {"name": name, "kind": "", "command": "", "text": "off"}
    if not loaded.checks.found:
        yield {"name": "*", "kind": "", "command": "", "text": "none"}


def _powers(loaded: Loaded) -> Iterator[dict[str, Any]]:
    for each in loaded.powers:
        text = " ".join(filter(None, (each.source, each.folder, each.version, "signed" if each.key else "")))
        yield {"name": each.name, "source": each.source, "version": each.version, "text": _visible(text)}


def show(loaded: Loaded, *, json: bool) -> dict[str, Any] | tuple[str, ...]:
    """What `kiro-worker config show` prints: data for a program, or lines for a person."""
    return show_json(loaded) if json else show_lines(loaded)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What `kiro-worker config check` found.

    Attributes:
        flaws: what stops a run; empty when nothing does.
        warnings: what was left aside; of settings that cannot be joined nothing can be said.
    """

    flaws: tuple[Flaw, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        """Whether a run could start with these settings."""
        return not self.flaws

    def lines(self) -> tuple[str, ...]:
        """One line for each thing that was found."""
        found = (*map(str, self.flaws), *(f"warning: {warning}" for warning in self.warnings))
        return found or ("The settings are good.",)

    def json(self) -> dict[str, Any]:
        """The same as data."""
        flaws = [{"where": flaw.where, "what": flaw.what} for flaw in self.flaws]
        return {"schema": CHECK_SCHEMA, "good": self.is_good, "faults": flaws, "warnings": list(self.warnings)}


def check(sources: Sources) -> Check:
    """Look at all sources without running anything.

    Where the base branch is not known, what guards in the files is looked at as well, as what they may become there.
    """
    if sources.base is None:
        try:
            load(replace(sources, base=sources.branch))
        except ConfigInvalid as invalid:
            return Check(flaws=tuple(Flaw(_here(flaw.where), _here(flaw.what)) for flaw in invalid.flaws))
    try:
        return Check(warnings=load(sources).warnings)
    except ConfigInvalid as invalid:
        return Check(flaws=invalid.flaws)


def _here(text: str) -> str:
    return text.replace(" (base branch)", "")


def _plain(value: Any) -> Any:
    match value:
        case timedelta():
            return value.total_seconds()
        case tuple():
            return [_plain(item) for item in value]
        case _:
            return value


def _visible(text: str) -> str:
    """Without anything that a terminal would obey."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


def _clipped(text: str) -> str:
    return text if len(text) <= _WIDEST_VALUE else text[: _WIDEST_VALUE - 1] + "…"
