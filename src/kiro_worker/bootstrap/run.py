"""One run, from what was asked for to its outcome."""

import os
import secrets as randomness
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import kiro_worker
from kiro_worker.agent.port import AgentEvent
from kiro_worker.bootstrap.adapters import Equipping
from kiro_worker.bootstrap.approach import Approach
from kiro_worker.bootstrap.metrics import tell_of_run
from kiro_worker.bootstrap.receipt import signer_of
from kiro_worker.bootstrap.warm import warm_up
from kiro_worker.bootstrap.workshop import Workshop
from kiro_worker.clock import stamp
from kiro_worker.config.settings import Config
from kiro_worker.error import WorkerError
from kiro_worker.ids import Oid, RunId, new_run_id
from kiro_worker.lease.holder import this_holder
from kiro_worker.receipt.verify import referred
from kiro_worker.run.approval import Approver
from kiro_worker.run.journal import FILE_NAME, Event, Journal, Listener
from kiro_worker.run.registry import Registry, RunEntry
from kiro_worker.run.shell import Outcome, Stop, carry_out
from kiro_worker.run.transcript import FILE_NAME as TRANSCRIPT
from kiro_worker.run.transcript import Transcript
from kiro_worker.run.undertaking import Order, Undertaking
from kiro_worker.state import StateUnavailable
from kiro_worker.state.room import give_room
from kiro_worker.value import dataclass

if TYPE_CHECKING:
    from kiro_worker.bootstrap.claims import BoardClaims

Hear = Callable[[AgentEvent], None]
Echo = Callable[[Mapping[str, Any]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a person or a platform asked for.

    Attributes:
        flags: settings by dotted name, as `config.load` takes them.
        resumes: the run to go on with.
        adopt: a commit of it that was not pushed.
        approver: who is asked before each commit.
        run: the id that the run is to have; empty makes one.
        item: the board's id of the card that asks for it.
        attempt: which try of the item it is.
        feedback: what was said on the pull request and is to be seen to.
    """

    flags: Mapping[str, Any]
    resumes: str = ""
    adopt: Oid | None = None
    approver: Approver | None = None
    run: str = ""
    item: str = ""
    attempt: int = 1
    feedback: tuple[str, ...] = ()


async def run(
    shop: Workshop,
    near: Approach,
    wanted: Wanted,
    *,
    listen: Listener,
    show: Hear,
    stop: Stop,
    echo: Echo | None = None,
) -> Outcome:
    """Carry out one run from beginning to end.

    Args:
        shop: the machine.
        near: the repository.
        wanted: what was asked for.
        listen: told of each event of the run.
        show: told of what the agent does.
        stop: asks the run to end.
        echo: told all that agent, set-up and tests say, redacted.
    """
    # Before anything is written: a run that should be signed does not begin without its key.
    signer, hidden = await signer_of(shop.machine)
    shop.keep_out(hidden)
    source = near.source
    order = Order(
        run=RunId(wanted.run) if wanted.run else new_run_id(shop.clock.now()),
        repository=source.url,
        branch=source.branch,
        base=near.early.branch.base,
        resumes=wanted.resumes,
        adopt=wanted.adopt,
        item=wanted.item,
        attempt=wanted.attempt,
        feedback=wanted.feedback,
    )
    folder = shop.machine.runs / order.run
    with (
        Journal(folder / FILE_NAME, shop.clock, shop.redactor) as journal,
        Transcript(folder / TRANSCRIPT, shop.clock, shop.redactor, echo) as transcript,
    ):
        journal.listeners += [listen, _keep_up(shop.registry, order)]
        _begin(shop, order, near.early, wanted, journal)
        work = Undertaking(
            order=order,
            clock=shop.clock,
            redactor=shop.redactor,
            secrets=shop.secrets,
            journal=journal,
            transcript=transcript,
            artifacts=shop.artifacts(),
            workspaces=near.workspaces,
            look=near.look,
            equip=Equipping(shop, source, order, wanted.flags),
            folder=folder,
            border=randomness.token_hex(6),
            show=show,
            echo=echo,
            approver=wanted.approver,
            claims=_claims(shop, near.early) if wanted.item else None,
            began=shop.clock.monotonic(),
        )
        journal.listeners.append(warm_up(lambda: work.have.policy))
        outcome = await carry_out(work, stop)
        _settle(shop, outcome, journal)
        tell_of_run(shop, near.early, outcome.record)
        journal.close(order.run, signer)
    return outcome


def _claims(shop: Workshop, early: Config) -> "BoardClaims":
    from kiro_worker.bootstrap.claims import BoardClaims

    return BoardClaims(shop, early)


def _begin(shop: Workshop, order: Order, early: Config, wanted: Wanted, journal: Journal) -> None:
    now = shop.clock.now()
    before = referred(shop.machine.runs / order.resumes / FILE_NAME) if order.resumes else (0, "")
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
            options={"flags": _plain(wanted.flags), "new_branch": order.branch is None, "item": order.item},
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
        item=order.item,
        attempt=order.attempt,
        feedback=list(order.feedback),
        resumes=order.resumes,
        resumes_events=before[0],
        resumes_hash=before[1],
        pid=os.getpid(),
    )


def _settle(shop: Workshop, outcome: Outcome, journal: Journal) -> None:
    verdict = outcome.run.verdict
    assert verdict is not None
    run, ended = RunId(outcome.record.run), stamp(shop.clock.now())
    try:
        try:
            shop.registry.end(run, ended=ended, verdict=verdict.value)
        except StateUnavailable:
            # A full disk, most likely, for which a little room was kept.
            if not give_room(shop.machine.state):
                raise
            shop.registry.end(run, ended=ended, verdict=verdict.value)
    except WorkerError as error:
        # The run is over all the same, and its verdict is what people need to see.
        journal.write("run.noted", note=f"The list of runs does not know that it is over: {error.message}")


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
