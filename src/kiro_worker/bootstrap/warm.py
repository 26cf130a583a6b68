"""Loads what a run needs later while it waits for git, so that nobody waits for Python."""

import asyncio
import gc
from importlib import import_module

# In the order in which a run comes to need them.
_LATER = (
    "yaml",
    "kiro_worker.cli.follow",
    "kiro_worker.gate.project",
    "kiro_worker.workspace.preparation",
    "kiro_worker.lease.sqlite",
    "kiro_worker.forge.local",
    "kiro_worker.agent.acp",
    "psutil",
    "kiro_worker.run.report.page",
    "jinja2",
)


def warm_up() -> None:
    """Begin to load, in a thread, once the caller waits; to be called when git was started.

    Whoever needs a module earlier loads it.
    """
    # Not at once: the thread would compete with the caller for Python until git has been started.
    loop = asyncio.get_running_loop()
    loop.call_soon(loop.run_in_executor, None, _load)


def _load() -> None:
    # What is loaded stays, so looking for rubbish in it is time lost.
    gc.disable()
    try:
        for name in _LATER:
            import_module(name)
    finally:
        gc.freeze()
        gc.enable()
