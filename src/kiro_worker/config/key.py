"""Every setting as a key: its dotted name, its type, and all the names it has elsewhere."""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields
from functools import cache
from typing import Any, Literal, get_args, get_origin

from kiro_worker.config.settings import Config
from kiro_worker.value import dataclass

PREFIX = "KIRO_WORKER_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One setting.

    Attributes:
        name: section and field, such as `gates.coverage_threshold`.
        section: the class that documents it.
        type: the field's own annotation.
        variable: its short name in a buildspec and in CodeBuild; may be empty.
    """

    name: str
    section: type
    type: Any
    default: Any
    variable: str = ""
    named_flag: str = ""
    guards: bool = False
    stricter: str = ""
    least: float | None = None
    most: float | None = None
    form: str = ""

    @property
    def long_variable(self) -> str:
        """The variable that every setting has.

        >>> keys()["gates.each_task"].long_variable
        'KIRO_WORKER_GATES_EACH_TASK'
        """
        return PREFIX + self.name.replace(".", "_").upper()

    @property
    def flag(self) -> str:
        """Its flag on the command line."""
        return self.named_flag or "--" + self.name.replace(".", "-").replace("_", "-")

    @property
    def choices(self) -> tuple[str, ...]:
        """The values that it may have, strictest first; empty when they cannot be listed."""
        return get_args(self.type) if get_origin(self.type) is Literal else ()

    def strictness(self, value: Any) -> float:
        """Higher is stricter; only for a key with `stricter`."""
        return -self.choices.index(value) if self.stricter == "earlier" else float(value)


@cache
def keys() -> Mapping[str, Key]:
    """All keys by name, in the order of the settings."""
    return {key.name: key for key in _keys(Config, "")}


@cache
def variables() -> Mapping[str, Key]:
    """All keys by each of their variables."""
    short = {key.variable: key for key in keys().values() if key.variable}
    return short | {key.long_variable: key for key in keys().values()}


def sections() -> frozenset[str]:
    """The names that a settings file has at its top besides the settings without a section."""
    return frozenset(name.partition(".")[0] for name in keys() if "." in name)


def _keys(owner: type, prefix: str) -> Iterator[Key]:
    for each in fields(owner):
        if each.default is MISSING and isinstance(each.type, type):
            yield from _keys(each.type, f"{each.name}.")
        else:
            yield _key(owner, each, prefix)


def _key(owner: type, each: Field[Any], prefix: str) -> Key:
    facts = each.metadata
    return Key(
        name=prefix + each.name,
        section=owner,
        type=each.type,
        default=each.default,
        variable=facts.get("variable", ""),
        named_flag=facts.get("flag", ""),
        guards=facts.get("guards", False),
        stricter=facts.get("stricter", ""),
        least=facts.get("least"),
        most=facts.get("most"),
        form=facts.get("form", ""),
    )
