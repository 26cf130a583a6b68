"""Whether all that a deployment needs is allowed, of whoever really acts, before anything is touched."""

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum

from kiro_worker.aws import Aws, AwsDenied, AwsRefused
from kiro_worker.deploy.assembly import Stack
from kiro_worker.deploy.layers import Bootstrap, bootstrap_needs, deploy_needs
from kiro_worker.deploy.need import Layer, Need, merged, unknown_types
from kiro_worker.deploy.principal import Principal, caller, role
from kiro_worker.deploy.probe import probe
from kiro_worker.deploy.simulate import Answer, simulate
from kiro_worker.deploy.template import Place
from kiro_worker.deploy.toolkit import Found, find_bootstrap
from kiro_worker.value import dataclass


class Asked(StrEnum):
    """How it was found out."""

    SIMULATED = "simulated"
    PROBED = "probed"
    ROOT = "root"
    TO_BE_MADE = "made by bootstrap"
    NOT = "not asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was found out about one of those who act.

    Attributes:
        principal: its name.
        asked: how.
        why: what hindered asking; empty where nothing did.
        needs: all that it needs.
        missing: what it may not do.
        unsure: what nobody could tell.
    """

    layer: Layer
    principal: str
    asked: Asked
    why: str = ""
    needs: tuple[Need, ...]
    missing: tuple[Answer, ...] = ()
    unsure: tuple[Need, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What a look beforehand found.

    Attributes:
        caller: whose credentials these are.
        bootstrap: what is there of the CDK's.
        bootstrap_needed: its least version.
        unknown: types of resources whose calls are not known, with their stacks.
        reports: one for each who acts.
    """

    place: Place
    caller: str
    bootstrap: Found
    bootstrap_needed: int
    stacks: tuple[Stack, ...]
    unknown: tuple[str, ...]
    reports: tuple[Report, ...]

    @property
    def to_bootstrap(self) -> bool:
        """Whether the bootstrap is to be made, or made anew."""
        return not self.bootstrap.why and (self.bootstrap.version or 0) < self.bootstrap_needed

    @property
    def missing(self) -> tuple[tuple[Report, Answer], ...]:
        """All that is missing."""
        return tuple((report, answer) for report in self.reports for answer in report.missing)

    @property
    def is_good(self) -> bool:
        """Nothing is missing, as far as could be told."""
        return not self.missing and not self.unknown


Says = Callable[[str], None]


async def check(
    aws: Aws, stacks: Sequence[Stack], bootstrap: Bootstrap, *, region: str, operations: Iterable[str] = (),
    says: Says = lambda _: None,
) -> Check:  # fmt: skip
    """Look whether stacks can be deployed.

    Args:
        aws: with the caller's own credentials.
        stacks: what is to be deployed.
        bootstrap: that they need.
        region: where.
        operations: only what these need (create, update, delete); all where none is named.
        says: is told what is being looked at.

    Raises:
        AwsFault: there are no credentials, or nobody answers.
    """
    says("who you are")
    who, account, partition = await caller(aws)
    place = Place(account, region, partition)
    says("the bootstrap")
    found = await find_bootstrap(aws, bootstrap)
    fresh = not found.why and (found.version or 0) < bootstrap.needed
    needs = _needs(stacks, bootstrap, place, frozenset(operations), fresh=fresh)
    reports = []
    for layer, principal in _actors(needs):
        says(f"what the {layer} may do")
        own = tuple(need for need in needs if (need.layer, need.principal) == (layer, principal))
        if layer is Layer.CALLER:
            reports.append(await _of_caller(aws, who, own, region, fresh=fresh))
        else:
            reports.append(await _of_role(aws, layer, principal, own, region, fresh=fresh))
    unknown = tuple(f"{kind} ({stack.name})" for stack in stacks for kind in unknown_types(stack.template))
    return Check(
        place=place, caller=who.arn, bootstrap=found, bootstrap_needed=bootstrap.needed, stacks=tuple(stacks),
        unknown=unknown, reports=tuple(reports),
    )  # fmt: skip


def _needs(
    stacks: Sequence[Stack], bootstrap: Bootstrap, place: Place, operations: frozenset[str], *, fresh: bool
) -> tuple[Need, ...]:
    from kiro_worker.value import replace

    all_of_them = [need for stack in stacks for need in deploy_needs(stack, place, bootstrap)]
    if fresh:
        all_of_them += bootstrap_needs(bootstrap, place)
    if operations:
        wanted = operations | {"look", "bootstrap"}
        narrowed = (
            replace(need, causes=tuple(cause for cause in need.causes if cause.operation in wanted))
            for need in all_of_them
        )
        all_of_them = [need for need in narrowed if need.causes]
    return merged(all_of_them)


def _actors(needs: Iterable[Need]) -> tuple[tuple[Layer, str], ...]:
    order = list(Layer)
    return tuple(
        sorted({(need.layer, need.principal) for need in needs}, key=lambda each: (order.index(each[0]), each[1]))
    )


async def _of_caller(aws: Aws, who: Principal, needs: tuple[Need, ...], region: str, *, fresh: bool) -> Report:
    def report(asked: Asked, why: str = "", answers: Iterable[Answer] = (), unsure: tuple[Need, ...] = ()) -> Report:
        missing = tuple(answer for answer in answers if not answer.allowed)
        return Report(layer=Layer.CALLER, principal=who.arn, asked=asked, why=why, needs=needs, missing=missing,
                      unsure=unsure)  # fmt: skip

    if who.is_root:
        return report(Asked.ROOT, "the root of an account may do everything; IAM does not simulate it")
    why = who.why
    if who.source:
        try:
            return report(Asked.SIMULATED, answers=await simulate(aws, who.source, needs, region=region))
        except AwsDenied:
            why = f"iam:SimulatePrincipalPolicy on {who.source} is missing"
    answers, unsure = await probe(aws, needs, roles=not fresh)
    return report(Asked.PROBED, f"{why}; what can be tried without harm was tried", answers, unsure)


async def _of_role(
    aws: Aws, layer: Layer, principal: str, needs: tuple[Need, ...], region: str, *, fresh: bool
) -> Report:
    def report(asked: Asked, why: str = "", answers: Iterable[Answer] = ()) -> Report:
        missing = tuple(answer for answer in answers if not answer.allowed)
        unsure = () if asked is Asked.SIMULATED else needs
        return Report(layer=layer, principal=principal, asked=asked, why=why, needs=needs, missing=missing,
                      unsure=unsure)  # fmt: skip

    there = await role(aws, principal)
    if there is None:
        why = "it is not there yet; bootstrap makes it with what the CDK gives it" if fresh else "it is not there"
        return report(Asked.TO_BE_MADE if fresh else Asked.NOT, why)
    try:
        return report(Asked.SIMULATED, answers=await simulate(aws, there.source, needs, region=region))
    except AwsDenied:
        return report(Asked.NOT, f"iam:SimulatePrincipalPolicy on {principal} is missing")
    except AwsRefused as refused:
        return report(Asked.NOT, f"IAM does not simulate it: {refused.words} ({refused.said})")
