"""What `kiro-worker deploy plan` and `check` show, for people and for programs."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kiro_worker.cli.terminal import Ink, columns
from kiro_worker.deploy.assembly import Stack
from kiro_worker.deploy.check import Asked, Check, Report
from kiro_worker.deploy.down import Staying
from kiro_worker.deploy.need import OPERATIONS, Layer, Need
from kiro_worker.deploy.simulate import Answer
from kiro_worker.deploy.up import Deployed
from kiro_worker.deploy.verify import Station
from kiro_worker.forge.escape import visible
from kiro_worker.run.report.words import counted

_PLAN = "kiro-worker/deploy-plan/1"
_CHECK = "kiro-worker/deploy-check/1"


def plan_document(stacks: Sequence[Stack], needs: Mapping[str, Sequence[Need]], written: Sequence[str]) -> Any:
    """The plan, for programs."""
    return {
        "schema": _PLAN,
        "stacks": [
            {
                "name": stack.name,
                "needs": list(stack.needs),
                "resources": dict(sorted(Counter(each.kind for each in stack.template.resources.values()).items())),
                "permissions": [need_document(need) for need in needs[stack.name]],
            }
            for stack in stacks
        ],
        "written": list(written),
    }


def need_document(need: Need) -> Mapping[str, Any]:
    """One permission, for programs."""
    return {
        "layer": need.layer.value,
        "principal": need.principal,
        "action": need.action,
        "resource": need.resource,
        "passed_to": need.passed_to,
        "for": [{"stack": each.stack, "path": each.path, "operation": each.operation} for each in need.causes],
    }


def plan_lines(
    stacks: Sequence[Stack], needs: Mapping[str, Sequence[Need]], written: Sequence[str], ink: Ink
) -> Iterator[str]:
    """The plan, for people."""
    yield ink("strong", f"{counted(len(stacks), 'stack')}, in the order that they are deployed in")
    yield from columns(
        [
            ("STACK", "AFTER", "RESOURCES", *(operation.upper() for operation in OPERATIONS)),
            *(_stack_row(stack, needs[stack.name]) for stack in stacks),
        ]
    )
    yield ""
    yield "The last three: how many permissions of CloudFormation's role each operation needs."
    yield from _written(written)


def _stack_row(stack: Stack, needs: Sequence[Need]) -> tuple[str, ...]:
    made = [each for each in stack.template.resources.values() if each.kind != "AWS::CDK::Metadata"]
    counts = (sum(_is_for(need, operation) for need in needs) for operation in OPERATIONS)
    return (stack.name, ", ".join(stack.needs) or "-", str(len(made)), *map(str, counts))


def _is_for(need: Need, operation: str) -> bool:
    return need.layer is Layer.EXECUTION and any(cause.operation == operation for cause in need.causes)


def check_document(check: Check, written: Sequence[str]) -> Any:
    """What a check found, for programs."""
    return {
        "schema": _CHECK,
        "good": check.is_good,
        "account": check.place.account,
        "region": check.place.region,
        "caller": check.caller,
        "bootstrap": {
            "version": check.bootstrap.version, "needed": check.bootstrap_needed, "why": check.bootstrap.why,
        },
        "unknown_types": list(check.unknown),
        "layers": [
            {
                "layer": report.layer.value,
                "principal": report.principal,
                "asked": report.asked.value,
                "why": report.why,
                "needs": len(report.needs),
                "missing": [{**need_document(each.need), "why": each.why} for each in report.missing],
                "unsure": [need_document(need) for need in report.unsure],
            }
            for report in check.reports
        ],
        "written": list(written),
    }  # fmt: skip


def check_lines(check: Check, written: Sequence[str], ink: Ink) -> Iterator[str]:
    """What a check found, for people."""
    yield f"account {check.place.account}, region {check.place.region}, as {check.caller}"
    yield f"bootstrap: {_bootstrap(check)}"
    yield f"stacks: {', '.join(stack.name for stack in check.stacks)}"
    yield ""
    rows = [(report.layer.value, _tail(report.principal), report.asked.value, str(len(report.needs)), _count(report))
            for report in check.reports]  # fmt: skip
    yield from columns([("WHO ACTS", "NAME", "FOUND OUT", "NEEDS", "MISSING"), *rows])
    for report in check.reports:
        if report.why:
            yield f"  {report.layer}: {report.why}."
    yield from _missing(check, ink)
    for each in check.unknown:
        yield ink("bad", f"{each}: nothing is known of the calls that this type takes; make the table anew")
    yield from _written(written)
    yield ""
    yield _verdict(check, ink)


def _bootstrap(check: Check) -> str:
    if check.bootstrap.why:
        return f"could not be told: {check.bootstrap.why}"
    there = "not there" if check.bootstrap.version is None else f"version {check.bootstrap.version}"
    return f"{there}, {check.bootstrap_needed} is needed; up makes it" if check.to_bootstrap else there


def _tail(name: str) -> str:
    return name.rpartition(":")[2]


def _count(report: Report) -> str:
    if report.asked in {Asked.ROOT, Asked.TO_BE_MADE}:
        return "-"
    unsure = f", {len(report.unsure)} could not be told" if report.unsure else ""
    return f"{len(report.missing)}{unsure}"


def _missing(check: Check, ink: Ink) -> Iterator[str]:
    for report in check.reports:
        if not report.missing:
            continue
        yield ""
        yield ink("bad", f"The {report.layer} {report.principal} may not do:")
        by_cause: dict[tuple[str, ...], list[Answer]] = {}
        for answer in report.missing:
            by_cause.setdefault(tuple(_causes(answer.need)), []).append(answer)
        for causes, answers in by_cause.items():
            yield from (f"  {_lacking(answer, ink)}" for answer in answers)
            yield from (f"    needed by {cause}" for cause in causes)


def _lacking(answer: Answer, ink: Ink) -> str:
    need = answer.need
    handed = f", handed to {need.passed_to}" if need.passed_to else ""
    return f"{ink('strong', need.action)} on {need.resource}{handed}: {answer.why}"


def _causes(need: Need) -> Iterator[str]:
    found: dict[tuple[str, str], list[str]] = {}
    for cause in need.causes:
        found.setdefault((cause.stack, cause.path), []).append(cause.operation)
    for (stack, path), operations in found.items():
        yield f"{path or 'the deployment itself'} of {stack} ({', '.join(operations)})"


def _written(written: Sequence[str]) -> Iterator[str]:
    for path in written:
        yield f"written: {path}"


def _verdict(check: Check, ink: Ink) -> str:
    if not check.is_good:
        return ink("bad", f"{counted(len(check.missing), 'permission')} missing; nothing was touched.")
    unsure = sum(len(report.unsure) for report in check.reports if report.asked is not Asked.TO_BE_MADE)
    if unsure:
        return ink("wait", f"Nothing is known to be missing; of {counted(unsure, 'permission')} it could not be told.")
    return ink("good", "All that is needed is allowed.")


def up_document(done: Sequence[Deployed], *, bootstrapped: bool) -> Any:
    """What was deployed, for programs."""
    return {
        "schema": "kiro-worker/deploy-up/1",
        "bootstrapped": bootstrapped,
        "stacks": [{"name": each.stack, "changed": each.changed, "seconds": round(each.seconds, 1)} for each in done],
    }


def up_lines(done: Sequence[Deployed], *, bootstrapped: bool) -> Iterator[str]:
    """What was deployed, for people."""
    if bootstrapped:
        yield "The bootstrap was made."
    yield from columns(
        [
            ("STACK", "WHAT", "TOOK"),
            *((each.stack, "deployed" if each.changed else "as it was", f"{each.seconds:.0f} s") for each in done),
        ]
    )
    yield "Whether it works: kiro-worker deploy verify"


def down_document(gone: Sequence[Stack], stays: Sequence[Staying], *, done: bool) -> Any:
    """What went or would go, for programs."""
    return {
        "schema": "kiro-worker/deploy-down/1",
        "done": done,
        "stacks": [stack.name for stack in gone],
        "stays": [{"stack": each.stack, "path": each.path, "name": each.name} for each in stays],
    }


def down_lines(gone: Sequence[Stack], stays: Sequence[Staying], *, done: bool) -> Iterator[str]:
    """What went or would go, for people."""
    if not gone:
        yield "None of these stacks is there."
        return
    yield f"{'Taken away' if done else 'Would be taken away, in this order'}:"
    yield from (f"  {stack.name}" for stack in gone)
    if stays:
        yield ""
        yield "What stays, since it may hold what somebody still wants:"
        yield from (f"  {each.name}  ({each.path})" for each in stays)
    if not done:
        yield ""
        yield "Nothing was changed. To do it: --yes"


def station_document(stations: Sequence[Station]) -> Any:
    """A proof, for programs."""
    return {
        "schema": "kiro-worker/deploy-verify/1",
        "good": all(station.good for station in stations),
        "stations": [{"name": each.name, "good": each.good, "says": each.says, "cure": each.cure} for each in stations],
    }


def station_lines(station: Station, ink: Ink) -> Iterator[str]:
    """One station, for people."""
    mark = ink("good", "ok   ") if station.good else ink("bad", "fault")
    yield f"{mark}  {station.name}: {visible(station.says)}"
    if station.cure:
        yield f"       {ink('strong', 'cure:')} {visible(station.cure)}"
