"""One run, from what was asked for to its outcome."""

import os
import secrets as randomness
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import kiro_worker
from kiro_worker.agent.port import AgentEvent
from kiro_worker.bootstrap.adapters import Equipping, workspaces_for
from kiro_worker.bootstrap.settings import early_settings
from kiro_worker.bootstrap.workshop import Workshop
from kiro_worker.clock import stamp
from kiro_worker.config.settings import Config
from kiro_worker.git.local import LocalClone
from kiro_worker.ids import Oid, new_run_id
from kiro_worker.lease.holder import this_holder
from kiro_worker.run.journal import FILE_NAME, Event, Journal, Listener
from kiro_worker.run.registry import Registry, RunEntry
from kiro_worker.run.shell import Outcome, Stop, carry_out
from kiro_worker.run.start import Whence, find_source
from kiro_worker.run.transcript import FILE_NAME as TRANSCRIPT
from kiro_worker.run.transcript import Transcript
from kiro_worker.run.undertaking import Order, Undertaking

Hear = Callable[[AgentEvent], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a person or a platform asked for.

    Attributes:
        flags: settings by dotted name, as `config.load` takes them.
        resumes: the run to go on with, and a commit of it that was not pushed.
    """

    whence: Whence
    flags: Mapping[str, Any]
    resumes: str = ""
    adopt: Oid | None = None


async def run(
    shop: Workshop, wanted: Wanted, clone: LocalClone | None, *, listen: Listener, show: Hear, stop: Stop
) -> Outcome:
    """Carry out one run from beginning to end.

    Args:
        shop: the machine.
        wanted: what was asked for.
        clone: the clone that it was asked in, as `look_around` saw it.
        listen: told of each event of the run.
        show: told of what the agent does.
        stop: asks the run to end.
    """
    early = early_settings(shop.machine, wanted.flags)
    source = await find_source(_whence(wanted.whence, early), shop.git, clone)
    order = Order(
        run=new_run_id(shop.clock.now()),
        repository=source.url,
        branch=source.branch,
        base=early.branch.base,
        resumes=wanted.resumes,
        adopt=wanted.adopt,
    )
    folder = shop.machine.runs / order.run
    with (
        Journal(folder / FILE_NAME, shop.clock, shop.redactor) as journal,
        Transcript(folder / TRANSCRIPT, shop.clock, shop.redactor) as transcript,
    ):
        journal.listeners += [listen, _keep_up(shop.registry, order)]
        _begin(shop, order, early, wanted, journal)
        async with workspaces_for(shop, source, early) as workspaces:
            work = Undertaking(
                order=order,
                clock=shop.clock,
                redactor=shop.redactor,
                secrets=shop.machine.secrets(),
                journal=journal,
                transcript=transcript,
                artifacts=shop.artifacts(),
                workspaces=workspaces,
                equip=Equipping(shop, source, order, wanted.flags),
                folder=folder,
                border=randomness.token_hex(6),
                show=show,
                began=shop.clock.monotonic(),
            )
            outcome = await carry_out(work, stop)
    verdict = outcome.run.verdict
    assert verdict is not None
    shop.registry.end(order.run, ended=stamp(shop.clock.now()), verdict=verdict.value)
    return outcome


def _begin(shop: Workshop, order: Order, early: Config, wanted: Wanted, journal: Journal) -> None:
    now = shop.clock.now()
    shop.registry.begin(
        RunEntry(
            run=order.run,
            repository=order.repository,
            branch=order.branch or "",
            spec=early.spec.name,
            agent=early.agent.name,
            holder=this_holder(order.run),
            began=stamp(now),
            resumes=order.resumes,
            options={"flags": _plain(wanted.flags), "new_branch": order.branch is None},
        )
    )
    journal.write(
        "run.started",
        run=order.run,
        version=kiro_worker.__version__,
        repository=order.repository,
        branch=order.branch or "",
        agent=early.agent.name,
        environment=early.environment,
        build_url=early.build_url,
        resumes=order.resumes,
        pid=os.getpid(),
    )


def _keep_up(registry: Registry, order: Order) -> Listener:
    """Tells the registry of branch and spec as soon as they are known: a run that is killed is found by them."""
    known = {"branch": order.branch or "", "spec": ""}

    def heard(event: Event) -> None:
        if event.name in {"run.admitted", "workspace.prepared"}:
            known.update({name: event.facts[name] for name in known if event.facts.get(name)})
            registry.settle(order.run, **known)

    return heard


def _plain(flags: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in flags.items() if value is not None
    }


def _whence(whence: Whence, early: Config) -> Whence:
    """What the settings say about where to work, for what was not said."""
    return replace(whence, remote=whence.remote or early.remote, branch=whence.branch or early.branch.name)
