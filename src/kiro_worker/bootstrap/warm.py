"""Loads what a run comes to need while somebody else is waited for, so that nobody waits for Python.

What the agent's turn needs is loaded while git prepares the workspace; what the end of the run needs, while the agent
or the tests work.
"""

import asyncio
import gc
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import TYPE_CHECKING

from kiro_worker.run.journal import Event, Listener

if TYPE_CHECKING:
    from kiro_worker.policy import Policy

# In the order in which a run comes to need them.
_SOON = ("kiro_worker.gate.tests", "msgspec")
_LATER = (
    "kiro_worker.run.steps.later",
    "kiro_worker.gate.proof",
    "kiro_worker.gate.basestore",
    "kiro_worker.gate.check.gate",
    "kiro_worker.gate.check.run",
    "kiro_worker.gate.check.redefined",
    "kiro_worker.gate.check.kept",
    "kiro_worker.gate.execution",
    "kiro_worker.gate.reports",
    "kiro_worker.gate.coverage.lcov",
    "kiro_worker.gate.coverage.jsonforms",
    "kiro_worker.run.steps.evidence",
    "kiro_worker.evidence.gate",
    "kiro_worker.evidence.pythonsource",
    "kiro_worker.forge.local",
    "kiro_worker.workspace.upkeep",
)


def warm_up(policy: "Callable[[], Policy]") -> Listener:
    """Begin to load, in a thread, once the run waits for somebody else; whoever needs a module earlier loads it.

    Not at once: until then it is the run itself that has to be loaded, and a thread would compete with it for Python.

    Args:
        policy: the run's own, once it is admitted.
    """
    begun: set[str] = set()

    def begin(what: str, load: Callable[..., None], *given: object) -> None:
        if what not in begun:
            begun.add(what)
            asyncio.get_running_loop().run_in_executor(None, load, *given)

    def heard(event: Event) -> None:
        step = event.facts.get("step") if event.name == "step.started" else ""
        if event.name == "run.admitted":
            collect_again()
        elif step == "prepare":
            begin("soon", _load, _SOON)
        elif event.name == "agent.started" or step == "test":
            begin("later", _load_later, policy())

    return heard


def collect_again() -> None:
    """What was loaded stays, so looking for rubbish in it is time lost; from here on it is looked for."""
    gc.freeze()
    gc.enable()


def _load(names: Iterable[str]) -> None:
    for name in names:
        import_module(name)


def _load_later(policy: "Policy") -> None:
    _load(_LATER)
    from kiro_worker.bootstrap.rehearsal import rehearse
    from kiro_worker.run.report.page import template

    template()
    rehearse(policy)
