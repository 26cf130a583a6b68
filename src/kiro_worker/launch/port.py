"""Where runs happen: something that starts them, tells which are alive, and stops them."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Protocol

from kiro_worker.value import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchRequest:
    """A run that is to be started.

    Attributes:
        token: two requests with the same one start one run, whatever was lost in between.
        run: the id that the run will have.
        repository: its address, without credentials.
        spec: the name of the spec; empty lets the run find it.
        item: the board's id of the card, which the run claims as it begins; empty for none.
        resumes: the run that this one goes on with.
        attempt: which try of the item it is; from the second on, its card may be in progress already.
        feedback: what was said on the pull request and is to be seen to, by the forge's own ids.
        settings: by dotted name, as text; no secret.
    """

    token: str
    run: str
    repository: str
    branch: str
    spec: str = ""
    item: str = ""
    resumes: str = ""
    attempt: int = 1
    feedback: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Launched:
    """A run that was started, or that waits for its turn in the launcher's own queue.

    Attributes:
        token: of its request.
        where: how the launcher calls it, for people: a process, a build.
        began: when it was started; None while it waits.
    """

    token: str
    run: str
    where: str = ""
    began: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AtLimit:
    """Nothing was started: as many are running as may. Try again later; this is no queue.

    Attributes:
        why: the limit, in words.
    """

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A run is over.

    Attributes:
        exit_status: of its process; None when that is not known: it was killed, or its launcher was.
        said: the end of what its process said, not redacted; for a run that came to no record of its own.
        pull_request: its address, where the launcher was told; for a run whose record is on another machine.
    """

    token: str
    run: str
    exit_status: int | None
    at: datetime
    said: str = ""
    pull_request: str = ""


class Launches(Protocol):
    """Starts runs. What was accepted is started once, and its end is told at least once.

    A launcher that was killed and comes back knows of everything it had accepted: what still runs, what ended
    meanwhile, and what it had not yet started.

    Raises:
        WorkerError: from every method, when the launcher cannot be asked; nothing was started then, or the same token
            will find it.
    """

    @property
    def name(self) -> str:
        """Stable and short: `inline`, `queue`."""
        ...

    async def launch(self, request: LaunchRequest) -> Launched | AtLimit:
        """Start a run, or find the one that was started for the same token."""
        ...

    async def running(self) -> tuple[Launched, ...]:
        """Everything that was accepted and has not ended."""
        ...

    async def stop(self, token: str) -> bool:
        """Ask a run to end cleanly, and see that it does; False when there is none under way.

        It returns without waiting for the end, which is told like any other.
        """
        ...

    def ends(self) -> AsyncIterator[Ended]:
        """Each end, as it comes; those of before that nobody was told of come first."""
        ...

    async def close(self) -> None:
        """Let go: what runs by itself goes on; what is this process's own is ended cleanly first."""
        ...
