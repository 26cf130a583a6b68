"""Takes stacks away, the last first; and what stays, since it holds what somebody may still want."""

from collections.abc import Callable, Sequence

from kiro_worker.aws import Aws
from kiro_worker.aws.fault import plain
from kiro_worker.deploy.arn import arns_of
from kiro_worker.deploy.assembly import Assembly, Stack
from kiro_worker.deploy.cdk import Cdk, said
from kiro_worker.deploy.fault import StackFailed, StackProtected
from kiro_worker.deploy.state import NONE, failures_of, hold_ready, state_of
from kiro_worker.deploy.template import Place
from kiro_worker.value import dataclass


@dataclass(frozen=True, slots=True)
class Staying:
    """A resource that outlives its stack."""

    stack: str
    path: str
    name: str


def staying(stacks: Sequence[Stack], place: Place) -> tuple[Staying, ...]:
    """What stays when stacks go: what their templates retain."""
    return tuple(
        Staying(stack.name, each.path, next(iter(arns_of(each, stack.template, place)), each.logical))
        for stack in stacks
        for each in stack.template.resources.values()
        if each.keeps
    )


async def standing(aws: Aws, stacks: Sequence[Stack]) -> tuple[Stack, ...]:
    """Those that are there, in the order that they go in.

    Raises:
        StackStuck: one is being worked on.
        StackProtected: one may not go before somebody says so.
    """
    there = []
    for stack in reversed(stacks):
        state = await state_of(aws, stack.name)
        if state == NONE:
            continue
        if state != "DELETE_FAILED":
            hold_ready(stack.name, state)
        if stack.protected:
            raise StackProtected(stack=stack.name)
        there.append(stack)
    return tuple(there)


async def take_down(
    aws: Aws, cdk: Cdk, assembly: Assembly, stacks: Sequence[Stack], says: Callable[[str], None]
) -> None:
    """Take stacks away, in the order that they are given in.

    Raises:
        StackFailed: one did not go; those before it did.
    """
    gone: list[str] = []
    for stack in stacks:
        over = await cdk.destroy(stack.name, assembly.folder, on_line=says)
        if not over.ok or await state_of(aws, stack.name) != NONE:
            failures = await failures_of(aws, stack.name)
            why = "; ".join(f"{each.logical}: {each.reason}" for each in failures)
            raise StackFailed(stack=stack.name, why=why or plain(said(over))[-300:], done=(), gone=gone)
        gone.append(stack.name)
