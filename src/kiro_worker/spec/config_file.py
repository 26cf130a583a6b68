""".config.kiro: what kind of spec this is, and how it was begun."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

from kiro_worker.spec.diagnostic import Diagnostic, diagnose
from kiro_worker.spec.document import Document

_WORKFLOWS = ("requirements-first", "design-first")


class SpecKind(StrEnum):
    """The two kinds of spec that Kiro knows."""

    FEATURE = "feature"
    BUGFIX = "bugfix"


class SpecConfig(NamedTuple):
    """What .config.kiro says; every part may be absent.

    Attributes:
        spec_id: a UUID, or a slug in some specs.
        workflow_type: `requirements-first` or `design-first`, or whatever else is written.
        spec_type: None where it is absent or not known.
        others: strings under other keys.
    """

    spec_id: str = ""
    workflow_type: str = ""
    spec_type: SpecKind | None = None
    others: Mapping[str, str] = MappingProxyType({})
    diagnostics: tuple[Diagnostic, ...] = ()


def read_config(data: bytes, *, name: str = ".config.kiro") -> SpecConfig:
    """Read a .config.kiro; never fails, whatever the bytes are.

    >>> read_config(b'{"specId": "x", "specType": "bugfix"}').spec_type.value
    'bugfix'
    """
    import json

    document = Document(name, data)
    reason = ""
    found: Any = None
    try:
        found = json.loads(document.text, parse_int=str, parse_float=str)
    except RecursionError:
        reason = "nested too deeply"
    except ValueError as error:
        reason = str(error)
    if not isinstance(found, dict):
        problem = diagnose("config.not-json", name, 1, reason=reason or f"it is a {type(found).__name__}")
        return SpecConfig(diagnostics=(problem,))
    texts = {key: value for key, value in found.items() if isinstance(value, str)}
    told: list[Diagnostic] = []
    kind = texts.pop("specType", "")
    if "specType" in found and kind not in set(SpecKind):
        value = str(found["specType"])
        told.append(diagnose("config.unknown-value", name, 1, key="specType", value=value, known=", ".join(SpecKind)))
    workflow = texts.pop("workflowType", "")
    if workflow and workflow not in _WORKFLOWS:
        known = ", ".join(_WORKFLOWS)
        told.append(diagnose("config.unknown-value", name, 1, key="workflowType", value=workflow, known=known))
    return SpecConfig(
        spec_id=texts.pop("specId", ""),
        workflow_type=workflow,
        spec_type=SpecKind(kind) if kind in set(SpecKind) else None,
        others=MappingProxyType(texts),
        diagnostics=tuple(told),
    )
