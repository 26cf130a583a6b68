"""Proves a deployment: what must be there is looked at, then one work item goes the whole way; says where it stops."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any

from kiro_worker.aws import Aws, AwsFault, AwsRefused
from kiro_worker.bootstrap.projectconfig import ProjectConfigUnfit, settings_of
from kiro_worker.clock import Clock
from kiro_worker.deploy.assembly import Stack
from kiro_worker.deploy.parts import Parts
from kiro_worker.deploy.state import state_of
from kiro_worker.error import WorkerError
from kiro_worker.launch.build_environment import BRANCH, EXIT_STATUS, PULL_REQUEST, VERDICT
from kiro_worker.value import dataclass

_LOOK_SECONDS = 10.0
# A build waits for a machine, and the agent has a small task to do.
_PATIENCE_SECONDS = 3600.0
ANSWER_SECONDS = 300.0
"""How long the poller is waited for: longer than its stack lets it run, or what asks would give up and call again."""
# A look that finds another one at work gives way; the poller runs but once at a time.
_CALLS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """One thing that was looked at.

    Attributes:
        name: what.
        good: whether it is as it has to be.
        says: what was found.
        cure: what to do where it is not.
    """

    name: str
    good: bool
    says: str
    cure: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """A work item that was made only to see it done.

    Attributes:
        branch: its branch.
        url: its pull request.
    """

    branch: str
    url: str


def asking(region: str) -> Aws:
    """Who asks during a proof."""
    return Aws(region=region, read_seconds=ANSWER_SECONDS)


# Is given what the parameter holds.
MakeItem = Callable[[str], Awaitable[Item]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """One proof.

    Attributes:
        stacks: what is deployed.
        parts: what they are called.
        make_item: puts a work item on the board that the parameter names; None where only is to be looked.
    """

    aws: Aws
    clock: Clock
    stacks: Sequence[Stack]
    parts: Parts
    make_item: MakeItem | None
    look_seconds: float = _LOOK_SECONDS
    patience_seconds: float = _PATIENCE_SECONDS

    async def stations(self) -> AsyncIterator[Station]:
        """Each station as it is reached; the first that is not good ends the work item's way.

        Raises:
            AwsFault: AWS does not answer, or may not be asked.
        """
        good = True
        for stack in self.stacks:
            station = await self._stack(stack)
            good = good and station.good
            yield station
        for secret in self.parts.secrets if good else ():
            station = await self._secret(secret)
            good = good and station.good
            yield station
        if not good:
            return
        board, station = await self._board()
        yield station
        if station.good and self.make_item is not None:
            async for each in self._way(board):
                yield each

    async def _stack(self, stack: Stack) -> Station:
        state = await state_of(self.aws, stack.name)
        good = state in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
        return Station(name=f"stack {stack.name}", good=good, says=state, cure="" if good else "kiro-worker deploy up")

    async def _secret(self, name: str) -> Station:
        # Whether there is a value; the value itself is no business of whoever deploys.
        try:
            told = await self.aws.ask("secretsmanager", "DescribeSecret", SecretId=name)
        except AwsRefused as refused:
            cure = "kiro-worker deploy up"
            return Station(name=f"secret {name}", good=False, says=f"not there ({refused.said})", cure=cure)
        stages = [stage for each in told.get("VersionIdsToStages", {}).values() for stage in each]
        good = "AWSCURRENT" in stages
        cure = f"aws secretsmanager put-secret-value --secret-id {name} --secret-string file://FILE"
        return Station(
            name=f"secret {name}", good=good, says="has a value" if good else "has no value", cure="" if good else cure
        )

    async def _board(self) -> tuple[str, Station]:
        name = self.parts.parameter
        try:
            told = await self.aws.ask("ssm", "GetParameter", Name=name)
            board = str(told["Parameter"]["Value"])
            # Read as the poller reads it.
            project = settings_of(name, board)["KIRO_WORKER_BOARD_NUMBER"]
        except AwsRefused as refused:
            cure = f"aws ssm put-parameter --name {name} --type String --value file://FILE"
            return "", Station(name=f"parameter {name}", good=False, says=f"not there ({refused.said})", cure=cure)
        except ProjectConfigUnfit as unfit:
            return "", Station(name=f"parameter {name}", good=False, says=unfit.message, cure=unfit.next_step)
        return board, Station(name=f"parameter {name}", good=True, says=f"project {project}")

    async def _way(self, board: str) -> AsyncIterator[Station]:
        """The way of a work item: card, poller, build, pull request."""
        assert self.make_item is not None
        try:
            item = await self.make_item(board)
        except WorkerError as error:
            yield Station(name="work item", good=False, says=error.message, cure=error.next_step)
            return
        yield Station(name="work item", good=True, says=f"{item.branch}, {item.url}")
        station = await self._poll()
        yield station
        if station.good:
            build, station = await self._build(item)
            yield station
            if build:
                yield result_of(build)

    async def _poll(self) -> Station:
        name, cure = f"function {self.parts.poller}", f"aws logs tail /aws/lambda/{self.parts.poller} --since 15m"
        for call in range(_CALLS):
            try:
                told = await self.aws.ask(
                    "lambda", "Invoke", FunctionName=self.parts.poller, Payload=b'{"source": "kiro-worker.verify"}'
                )
            except AwsFault as fault:
                if fault.said != "TooManyRequestsException" or call == _CALLS - 1:
                    raise
                await self.clock.sleep(self.look_seconds)
                continue
            failed = str(told.get("FunctionError", ""))
            return Station(
                name=name, good=not failed, says=failed or "looked at the board", cure=cure if failed else ""
            )
        raise AssertionError

    async def _build(self, item: Item) -> tuple[Mapping[str, Any] | None, Station]:
        name = f"build of {self.parts.project}"
        cure = f"aws logs tail /aws/lambda/{self.parts.poller} --since 15m"
        end = self.clock.monotonic() + self.patience_seconds
        build: Mapping[str, Any] | None = None
        while self.clock.monotonic() < end:
            build = await self._build_of(item.branch)
            if build and build["buildStatus"] != "IN_PROGRESS":
                status = build["buildStatus"]
                good = status == "SUCCEEDED"
                cure = f"aws codebuild batch-get-builds --ids {build['id']}"
                return build, Station(name=name, good=good, says=f"{build['id']}: {status}", cure="" if good else cure)
            await self.clock.sleep(self.look_seconds)
        says = f"{build['id']} has not ended" if build else f"none was begun for {item.branch}"
        return None, Station(name=name, good=False, says=f"{says} within {self.patience_seconds:.0f} s", cure=cure)

    async def _build_of(self, branch: str) -> Mapping[str, Any] | None:
        told = await self.aws.ask("codebuild", "ListBuildsForProject", projectName=self.parts.project)
        recent = told.get("ids", ())[:20]
        if not recent:
            return None
        builds = (await self.aws.ask("codebuild", "BatchGetBuilds", ids=list(recent)))["builds"]
        return next((build for build in builds if _variables(build).get(BRANCH) == branch), None)


def _variables(build: Mapping[str, Any]) -> Mapping[str, str]:
    listed = build.get("environment", {}).get("environmentVariables", ())
    return {each["name"]: each["value"] for each in listed}


def result_of(build: Mapping[str, Any]) -> Station:
    """What a build's run ended with, by the variables that it exported."""
    told = {each["name"]: each["value"] for each in build.get("exportedEnvironmentVariables", ())}
    good = told.get(EXIT_STATUS) == "0"
    says = f"{told.get(VERDICT) or 'no verdict'} (exit status {told.get(EXIT_STATUS) or 'none'})"
    link = told.get(PULL_REQUEST, "")
    cure = "" if good else "Read the build's log; docs/reference/verdicts.md says what each verdict means."
    return Station(name="result", good=good, says=f"{says} {link}".strip(), cure=cure)
