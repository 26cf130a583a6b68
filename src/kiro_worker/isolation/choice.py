"""Which isolation a run gets: the one that was asked for, or the strongest that works here."""

from collections.abc import Mapping, Sequence
from typing import Literal

from kiro_worker.isolation.fault import IsolationMissing
from kiro_worker.isolation.port import Isolation, Probe
from kiro_worker.process import Children
from kiro_worker.value import dataclass

Kind = Literal["auto", "required", "bubblewrap", "user", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """An isolation, and what came of trying those that are stronger.

    Attributes:
        passed_over: by name, why not.
    """

    isolation: Isolation
    passed_over: Mapping[str, str]


async def choose(kind: Kind, strongest_first: Sequence[Isolation], children: Children) -> Chosen:
    """Try them in order until one works; one that is named has to, and with `required` one that isolates.

    Raises:
        IsolationMissing: the one that is named does not work.
    """
    passed_over: dict[str, str] = {}
    for isolation in strongest_first:
        if not may_be(kind, isolation.name):
            continue
        probe: Probe = await isolation.probe(children)
        if probe.works:
            return Chosen(isolation=isolation, passed_over=passed_over)
        passed_over[isolation.name] = probe.reason
    raise missing(kind, passed_over)


def may_be(kind: Kind, name: str) -> bool:
    """Whether an isolation of that name is one that the settings allow.

    >>> [may_be(kind, "none") for kind in ("auto", "required", "none")]
    [True, False, True]
    """
    return kind in {"auto", name} or (kind == "required" and name != "none")


def missing(kind: Kind, passed_over: Mapping[str, str]) -> IsolationMissing:
    """None that the settings allow works: which, and why."""
    if kind in passed_over:
        return IsolationMissing(name=kind, reason=passed_over[kind])
    told = "; ".join(f"{name}: {why}" for name, why in passed_over.items())
    return IsolationMissing(name="of any kind" if kind == "required" else kind, reason=told)
