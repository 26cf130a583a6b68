"""In which state a stack is, and why something of it failed."""

from collections.abc import Iterable, Mapping
from typing import Any

from kiro_worker.aws import Aws, AwsFault, AwsRefused
from kiro_worker.aws.fault import plain
from kiro_worker.deploy.fault import StackStuck
from kiro_worker.value import dataclass

NONE = "none"
_BEGINNINGS = frozenset({"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS"})
# From these, CloudFormation takes no change before somebody did what is said here.
_STUCK = {
    "UPDATE_ROLLBACK_FAILED": "End its rollback: aws cloudformation continue-update-rollback --stack-name {0}",
    "DELETE_FAILED": "Look why, then delete it again: aws cloudformation delete-stack --stack-name {0}",
    "ROLLBACK_FAILED": "Delete it, then run again: aws cloudformation delete-stack --stack-name {0}",
    "IMPORT_ROLLBACK_FAILED": "End its rollback: aws cloudformation continue-update-rollback --stack-name {0}",
}
_BUSY = "Somebody is at it. Wait for the end, then run again: aws cloudformation describe-stacks --stack-name {0}"


@dataclass(frozen=True, slots=True)
class Failure:
    """A resource that could not be made, changed or taken away."""

    logical: str
    reason: str


async def state_of(aws: Aws, stack: str) -> str:
    """CloudFormation's word for the state of a stack; `none` where there is no such stack.

    Raises:
        AwsFault: it may not be looked at, or nobody answers.
    """
    try:
        told = await aws.ask("cloudformation", "DescribeStacks", StackName=stack)
    except AwsRefused as refused:
        if refused.said == "ValidationError" and "exist" in refused.words:
            return NONE
        raise
    stacks = told["Stacks"]
    return str(stacks[0]["StackStatus"]) if stacks else NONE


def hold_ready(stack: str, state: str) -> None:
    """See that a stack can be deployed from the state that it is in.

    Raises:
        StackStuck: it cannot.
    """
    if state in _STUCK:
        raise StackStuck(stack=stack, state=state, cure=_STUCK[state].format(stack))
    if state.endswith("_IN_PROGRESS") and state != "REVIEW_IN_PROGRESS":
        raise StackStuck(stack=stack, state=state, cure=_BUSY.format(stack))


async def failures_of(aws: Aws, stack: str) -> tuple[Failure, ...]:
    """What failed when the stack was last worked on, the first first; nothing where that may not be looked at."""
    try:
        told = await aws.ask("cloudformation", "DescribeStackEvents", StackName=stack)
    except AwsFault:
        # It only explains a failure that is told anyhow.
        return ()
    return failures_in(told["StackEvents"], stack)


def failures_in(events: Iterable[Mapping[str, Any]], stack: str) -> tuple[Failure, ...]:
    """What failed last, by a stack's events, the newest of which comes first."""
    found: list[Failure] = []
    whole: list[Failure] = []
    for event in events:
        state, logical = str(event.get("ResourceStatus", "")), str(event["LogicalResourceId"])
        # The stack's own beginning ends what belongs to the last time.
        if logical == stack and state in _BEGINNINGS:
            break
        reason = str(event.get("ResourceStatusReason", ""))
        # Others are given up because of the one that failed.
        if state.endswith("_FAILED") and "cancelled" not in reason.lower():
            (whole if logical == stack else found).append(Failure(logical, plain(reason)))
    # Where no resource did, the stack as a whole was refused.
    return tuple(reversed(found or whole))
