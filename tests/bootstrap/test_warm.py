import asyncio
import gc
import subprocess
import sys
from importlib.util import find_spec

import pytest

from kiro_worker.bootstrap.rehearsal import rehearse
from kiro_worker.bootstrap.warm import _LATER, _SOON, warm_up
from kiro_worker.policy import Policy
from kiro_worker.run.journal import Event
from kiro_worker.run.report.page import template


def event(name: str, **facts: object) -> Event:
    return Event(number=1, at="2026-01-01T00:00:00.000Z", name=name, facts=facts)


@pytest.fixture(autouse=True)
def collecting():
    template.cache_clear()
    yield
    gc.enable()


@pytest.mark.parametrize("waits", [event("agent.started", task="1.1"), event("step.started", step="test")])
async def test_what_the_end_needs_is_loaded_once_the_run_waits(waits):
    heard = warm_up(Policy)
    for early in (event("run.started"), event("run.admitted"), event("step.started", step="prepare")):
        heard(early)
    await asyncio.sleep(0.05)
    assert not template.cache_info().currsize
    heard(waits)
    heard(waits)
    # Waits for the thread.
    await asyncio.get_running_loop().shutdown_default_executor()
    assert template.cache_info().misses == 1


# In a process of its own, where nobody has loaded it yet.
WHAT_IS_LOADED = """
import asyncio, sys
from kiro_worker.bootstrap.warm import warm_up
from kiro_worker.policy import Policy
from kiro_worker.run.journal import Event

async def main():
    heard = warm_up(Policy)
    for step in ("lease", "prepare"):
        heard(Event(number=1, at="", name="step.started", facts={"step": step}))
        await asyncio.sleep(0.05)
        if step == "prepare":
            await asyncio.get_running_loop().shutdown_default_executor()
        print(step, "kiro_worker.gate.tests" in sys.modules)

asyncio.run(main())
"""


def test_what_the_turn_needs_is_loaded_while_the_workspace_is_prepared():
    over = subprocess.run((sys.executable, "-c", WHAT_IS_LOADED), capture_output=True, text=True, check=True)
    assert over.stdout.split("\n")[:2] == ["lease False", "prepare True"]


async def test_rubbish_is_looked_for_again_once_the_run_is_admitted():
    gc.disable()
    heard = warm_up(Policy)
    heard(event("run.started"))
    assert not gc.isenabled()
    heard(event("run.admitted"))
    assert gc.isenabled()


def test_the_rules_can_be_rehearsed_and_nothing_comes_of_it():
    policy = Policy()
    rehearse(policy)
    assert policy == Policy()


@pytest.mark.parametrize("name", [*_SOON, *_LATER])
def test_what_is_to_be_loaded_is_there(name):
    assert find_spec(name) is not None
