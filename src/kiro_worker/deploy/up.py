"""Deploys stacks in their order. What is deployed already is not done twice, so that running again goes on."""

import time
from collections.abc import Callable, Iterator, Sequence

from kiro_worker.aws import Aws
from kiro_worker.aws.fault import plain
from kiro_worker.deploy.assembly import Assembly, Stack
from kiro_worker.deploy.cdk import Cdk, said
from kiro_worker.deploy.denied import denials
from kiro_worker.deploy.fault import DeployDenied, StackFailed, StackUnready
from kiro_worker.deploy.layers import TOOLKIT
from kiro_worker.deploy.state import NONE, Failure, failures_of, hold_ready, state_of
from kiro_worker.deploy.template import Place
from kiro_worker.process import Exit
from kiro_worker.value import dataclass

_UNCHANGED = "(no changes)"
Says = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Deployed:
    """A stack that is deployed."""

    stack: str
    changed: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Deployment:
    """One way up.

    Attributes:
        place: where to.
        says: is told what happens, line by line.
    """

    aws: Aws
    cdk: Cdk
    place: Place
    says: Says

    async def bootstrap(self, policy: str) -> None:
        """Make the bootstrap, or renew it.

        Args:
            policy: of CloudFormation's role; the CDK's own choice where it is empty.

        Raises:
            StackFailed: it was not made.
        """
        hold_ready(TOOLKIT, await state_of(self.aws, TOOLKIT))
        over = await self.cdk.bootstrap(self.place.account, self.place.region, policy, on_line=self.says)
        if not over.ok:
            raise self._failed(TOOLKIT, {}, over, await failures_of(self.aws, TOOLKIT), ())

    async def stacks(self, assembly: Assembly, stacks: Sequence[Stack]) -> Sequence[Deployed]:
        """Deploy stacks, one after the other.

        Raises:
            StackStuck: one is in a state that only a person can end.
            StackUnready: one needs another that is not there.
            DeployDenied: a permission is missing; those before are deployed.
            StackFailed: one was not deployed for another reason.
        """
        done: list[Deployed] = []
        for stack in stacks:
            hold_ready(stack.name, await state_of(self.aws, stack.name))
            await self._hold_needs(stack, frozenset(each.stack for each in done))
            began = time.monotonic()
            over = await self.cdk.deploy(stack.name, assembly.folder, on_line=self.says)
            if not over.ok:
                paths = {each.logical: each.path for each in stack.template.resources.values()}
                failures = await failures_of(self.aws, stack.name)
                raise self._failed(stack.name, paths, over, failures, [each.stack for each in done])
            done.append(Deployed(stack.name, _UNCHANGED not in said(over), time.monotonic() - began))
        return done

    async def _hold_needs(self, stack: Stack, done: frozenset[str]) -> None:
        missing = [each for each in stack.needs if each not in done and await state_of(self.aws, each) == NONE]
        if missing:
            raise StackUnready(stack=stack.name, missing=missing)

    def _failed(
        self, stack: str, paths: dict[str, str], over: Exit, failures: Sequence[Failure], done: Sequence[str]
    ) -> StackFailed:
        for logical, reason in _told(failures, over):
            for denial in denials(reason):
                return DeployDenied(
                    stack=stack, action=denial.action, resource=denial.resource or "what it names",
                    principal=denial.principal or "whoever acts here", done=done, where=paths.get(logical, logical),
                )  # fmt: skip
        why = "; ".join(f"{paths.get(each.logical, each.logical)}: {each.reason}" for each in failures)
        return StackFailed(stack=stack, why=why or _last_line(over), done=done)


def _told(failures: Sequence[Failure], over: Exit) -> Iterator[tuple[str, str]]:
    yield from ((failure.logical, failure.reason) for failure in failures)
    yield "", said(over)


def _last_line(over: Exit) -> str:
    lines = [line for line in said(over).splitlines() if line.strip()]
    wrong = [line for line in lines if line.lstrip().startswith(("❌", "‣", "Error", "error"))]
    return plain((wrong or lines or ["the CDK ended without a word"])[-1].strip())
