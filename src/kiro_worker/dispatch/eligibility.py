"""Whether an item can be worked on: every "no" at once, found out before anything is spent."""

from collections.abc import Iterator

from kiro_worker.dispatch.item import WorkItem
from kiro_worker.dispatch.reason import Reason, Standing
from kiro_worker.value import dataclass

PAUSED = Reason(code="dispatch.paused", standing=Standing.WAITING, why="Nothing new is begun at the moment.")

_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the repository says of an item's branch, read without a workspace.

    Attributes:
        fault: why it could not be looked at; all else is then unknown.
        bad_name: why the branch's name can be none.
        unusable: what of the repository's settings cannot be used.
        spec: the name of the spec that the branch asks for.
        no_spec: why none is clear: none is there, or several are; with `asks` where only a person can say.
        findings: what the reader finds wrong in the documents, each with its place.
        dangling: references of tasks that point to nothing.
        open: required leaves that are open.
        criteria: how many acceptance criteria the spec has.
        unreferenced: open tasks that name no criterion.
        formless: criteria without a response that could be tested.
        pull_request: whether the branch has an open one.
    """

    fault: str = ""
    branch: bool = True
    bad_name: str = ""
    unusable: str = ""
    spec: str = ""
    no_spec: str = ""
    asks: bool = False
    findings: tuple[str, ...] = ()
    dangling: tuple[str, ...] = ()
    open: int = 0
    criteria: int = 0
    unreferenced: tuple[str, ...] = ()
    formless: tuple[str, ...] = ()
    pull_request: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Demands:
    """What an operator asks of an item.

    Attributes:
        paused: nothing new is begun.
        create_pull_request: whether a run may make the pull request that is missing.
        strict_spec: also ask for a criterion for each task and a response for each criterion.
        labels: all of these have to be on the card.
        without_labels: none of these may be.
        authors: only cards of these; empty takes everybody's.
    """

    paused: bool = False
    create_pull_request: bool = True
    strict_spec: bool = False
    labels: tuple[str, ...] = ()
    without_labels: tuple[str, ...] = ("kiro-worker:hold",)
    authors: tuple[str, ...] = ()


def reasons_of_card(item: WorkItem, demands: Demands) -> tuple[Reason, ...]:
    """Every "no" that the card itself tells, without a look at the repository."""
    return tuple(_of_card(item, demands))


def reasons_of_branch(item: WorkItem, facts: Facts, demands: Demands) -> tuple[Reason, ...]:
    """Every "no" that the repository tells; what cannot be known for want of something before it is left out."""
    return tuple(_of_branch(item, facts, demands))


def _of_card(item: WorkItem, demands: Demands) -> Iterator[Reason]:
    card = item.card
    if demands.paused:
        yield PAUSED
    has = {label.casefold() for label in card.labels}
    if missing := [label for label in demands.labels if label.casefold() not in has]:
        yield Reason(
            code="card.label-missing",
            standing=Standing.UNFIT,
            why=f"It does not have the label {_listed(missing)}.",
            cure="Add it when the work may begin.",
        )
    if held := [label for label in demands.without_labels if label.casefold() in has]:
        yield Reason(
            code="card.label-holds",
            standing=Standing.WAITING,
            why=f"The label {_listed(held)} holds it back.",
            cure="Take it off when the work may begin.",
        )
    if demands.authors and card.author.casefold() not in {author.casefold() for author in demands.authors}:
        yield Reason(
            code="card.author",
            standing=Standing.UNFIT,
            why=f"It was made by {card.author or 'somebody who is not named'}, whose cards are not taken.",
            cure="Let one of the people make it whom the operator allows (dispatch.authors).",
        )
    if waits := [each.reference or each.title for each in card.blocked_by if not each.done]:
        yield Reason(
            code="card.blocked",
            standing=Standing.WAITING,
            why=f"It waits for {_listed(waits)}.",
        )


def _of_branch(item: WorkItem, facts: Facts, demands: Demands) -> Iterator[Reason]:
    if facts.fault:
        yield Reason(code="repository.unknown", standing=Standing.UNKNOWN, why=facts.fault)
        return
    if facts.bad_name:
        yield Reason(
            code="branch.name", standing=Standing.UNFIT, why=facts.bad_name, cure="Name the branch that is meant."
        )
        return
    if not facts.branch:
        yield Reason(
            code="branch.missing",
            standing=Standing.UNFIT,
            why=f"The branch {item.branch} is not there.",
            cure="Push it, or name another on the card.",
        )
        return
    if facts.unusable:
        yield Reason(
            code="repository.settings",
            standing=Standing.UNFIT,
            why=facts.unusable,
            cure="Correct them on the base branch; kiro-worker config check tells all that is wrong.",
        )
        return
    if not demands.create_pull_request and not (facts.pull_request or item.pull_request):
        yield Reason(
            code="pull-request.missing",
            standing=Standing.UNFIT,
            why="The branch has no open pull request, and none may be made.",
            cure="Open one, as a draft, or set forge.create_pull_request.",
        )
    if facts.no_spec:
        yield Reason(
            code="spec.unclear" if facts.asks else "spec.missing",
            standing=Standing.QUESTION if facts.asks else Standing.UNFIT,
            why=facts.no_spec,
            cure="Push the spec to the branch; kiro-worker spec list shows what is there.",
        )
        return
    yield from _of_spec(facts, demands)


def _of_spec(facts: Facts, demands: Demands) -> Iterator[Reason]:
    check = f"kiro-worker spec check {facts.spec} shows all of it."
    if facts.findings:
        yield Reason(
            code="spec.unreadable",
            standing=Standing.QUESTION,
            why=f"The spec cannot be read as it is meant: {_listed(facts.findings)}.",
            cure=check,
        )
    if facts.dangling:
        yield Reason(
            code="spec.dangling",
            standing=Standing.QUESTION,
            why=f"Tasks refer to what is not there: {_listed(facts.dangling)}.",
            cure="Write the criterion, or mend the reference.",
        )
    if not facts.open:
        yield Reason(
            code="spec.nothing-open",
            standing=Standing.QUESTION,
            why="The spec has no open task that has to be done.",
            cure="Write the tasks, or move the card on if the work is done.",
        )
    if demands.strict_spec and (facts.unreferenced or not facts.criteria):
        what = f"tasks {_listed(facts.unreferenced)} name no criterion" if facts.criteria else "it has no criterion"
        yield Reason(
            code="spec.unprovable",
            standing=Standing.QUESTION,
            why=f"Not all of the spec can be proved: {what}.",
            cure="Add `_Requirements: 1.2_` below each task.",
        )
    if demands.strict_spec and facts.formless:
        yield Reason(
            code="spec.no-response",
            standing=Standing.QUESTION,
            why=f"These criteria have no response that a test could see: {_listed(facts.formless)}.",
            cure="Write them in EARS form: WHEN …, THE <system> SHALL ….",
        )


def _listed(words: tuple[str, ...] | list[str]) -> str:
    shown = ", ".join(words[:_SHOWN])
    return f"{shown} and {len(words) - _SHOWN} more" if len(words) > _SHOWN else shown
