"""What can be wrong with a deployment, as faults.

* WorkerError
  + NoAssembly       there is nothing to look at: the templates could not be made, or are not where they should be
  + AssemblyUnfit    a file of the assembly cannot be read as one
  + NoSuchStack      a stack was named that the templates do not have
  + NoCdk            the CDK's command line is not installed
  + StackFailed      a stack was not deployed or not taken away, and why
  + DeployDenied     a stack was not deployed since a permission is missing: which, on what, of whom
  + StackStuck       a stack is in a state that only a person can end
  + StackUnready     a stack needs another one that is not deployed
  + StackProtected   a stack may not be taken away before somebody says so
  + NoItem           no work item could be made to prove a deployment with
"""

from collections.abc import Iterable
from typing import ClassVar

from kiro_worker.error import Fault, WorkerError


class NoAssembly(WorkerError):
    """There are no templates to look at."""

    code = "deploy.no-assembly"
    fault = Fault.CONFIG

    def __init__(self, *, folder: str, why: str) -> None:
        super().__init__(
            f"There are no templates in {folder}: {why}.",
            next_step="Call this in the project's own checkout, or name the folder: --infra FOLDER, --assembly cdk.out",
        )


class AssemblyUnfit(WorkerError):
    """A file of the assembly cannot be read as one."""

    code = "deploy.assembly-unfit"
    fault = Fault.CONFIG

    def __init__(self, *, path: str, why: str) -> None:
        super().__init__(
            f"{path} is no file of a cloud assembly: {why}.",
            next_step="Make the templates anew: take the folder away and run again.",
        )


class NoSuchStack(WorkerError):
    """A stack was named that the templates do not have."""

    code = "deploy.no-such-stack"
    fault = Fault.CONFIG

    def __init__(self, *, stack: str, known: Iterable[str]) -> None:
        super().__init__(
            f"There is no stack {stack!r}.", next_step=f"Name one of: {', '.join(known)} (or the end of its name)."
        )


class NoCdk(WorkerError):
    """The CDK's command line is not installed."""

    code = "deploy.no-cdk"
    fault = Fault.CONFIG

    def __init__(self, *, looked: str) -> None:
        super().__init__(
            f"The CDK's command line is not at {looked}.", next_step="Install it, at the version that fits: make infra"
        )


class StackFailed(WorkerError):
    """A stack was not deployed, or not taken away."""

    code: ClassVar[str] = "deploy.failed"
    fault: ClassVar[Fault] = Fault.INTERNAL

    def __init__(
        self, *, stack: str, why: str, done: Iterable[str], next_step: str = "", gone: Iterable[str] | None = None
    ) -> None:
        self.stack = stack
        finished = ", ".join(done if gone is None else gone)
        before = "Deployed before it, and left as they are" if gone is None else "Taken away before it"
        super().__init__(
            f"{stack} was not {'deployed' if gone is None else 'taken away'}: {why}",
            kept=f"{before}: {finished}." if finished else "",
            next_step=next_step or "Mend what it names, then run again: what is done already is not done twice.",
        )


class DeployDenied(StackFailed):
    """A stack was not deployed since a permission is missing."""

    code = "deploy.denied"
    fault = Fault.CREDENTIAL

    def __init__(
        self, *, stack: str, action: str, resource: str, principal: str, done: Iterable[str], where: str = ""
    ) -> None:
        self.action, self.resource, self.principal = action, resource, principal
        needed = f" (needed by {where})" if where else ""
        super().__init__(
            stack=stack,
            why=f"{principal} may not do {action} on {resource}{needed}.",
            done=done,
            next_step=f"Allow {action} on {resource} for {principal}; all that are missing: kiro-worker deploy check",
        )


class StackStuck(WorkerError):
    """A stack is in a state that only a person can end."""

    code = "deploy.stuck"
    fault = Fault.CONFIG

    def __init__(self, *, stack: str, state: str, cure: str) -> None:
        super().__init__(f"{stack} is in {state}, and cannot be deployed from there.", next_step=cure)


class StackUnready(WorkerError):
    """A stack needs another one that is not deployed."""

    code = "deploy.unready"
    fault = Fault.CONFIG

    def __init__(self, *, stack: str, missing: Iterable[str]) -> None:
        needed = tuple(missing)
        stacks = " ".join(f"--stack {each}" for each in needed)
        super().__init__(
            f"{stack} needs {', '.join(needed)}, and that is not deployed.",
            kept="Nothing of it was begun.",
            next_step=f"Deploy all of them: kiro-worker deploy up {stacks} --stack {stack}",
        )


class StackProtected(WorkerError):
    """A stack may not be taken away before somebody says so."""

    code = "deploy.protected"
    fault = Fault.CONFIG

    def __init__(self, *, stack: str) -> None:
        super().__init__(
            f"{stack} is protected, as production is, and was not taken away.",
            kept="Nothing was taken away.",
            next_step=(
                "Where it is really to go: aws cloudformation update-termination-protection"
                f" --no-enable-termination-protection --stack-name {stack}, and its setting in the environments file."
            ),
        )


class NoItem(WorkerError):
    """No work item could be made to prove a deployment with."""

    code = "deploy.no-item"
    fault = Fault.CONFIG

    def __init__(self, *, why: str) -> None:
        super().__init__(
            f"No work item could be made: {why}.",
            next_step="Make one by hand (docs/how-to/take-work-from-a-board.md), or only look: --look",
        )
