"""Runs as builds of an AWS CodeBuild project.

A run is started in two steps, so that whoever is killed between them strands nothing. The branch's lease is reserved
for the run, shortly; the build is started with a token that CodeBuild knows for as long; then the reservation is
extended for as long as the build may wait and run. Its worker takes it over. Should it never come, or be killed,
then whoever hears of the build's end gives the reservation up by its fence: by the event, or by looking.

Nothing is kept here: what CodeBuild knows of its builds says what was started, what is alive and what ended.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from hashlib import sha256

from kiro_worker.aws import AwsFault, AwsThrottled, AwsUnreachable
from kiro_worker.clock import Clock
from kiro_worker.error import Fault, WorkerError
from kiro_worker.launch.build_environment import variables_of
from kiro_worker.launch.builds import Builds, SeenBuild
from kiro_worker.launch.port import AtLimit, Ended, Launched, LaunchRequest
from kiro_worker.lease.port import LeaseKey
from kiro_worker.lease.reservation import Reservation, Reservations
from kiro_worker.value import dataclass

# Seconds. As long as CodeBuild knows a token: whoever asks again in that time finds the same build.
_CLAIM = 300.0
# Beyond the time that a build may wait and run: its container is set up and cleared away besides.
_MARGIN = 900.0
_LOOK = 10.0
_LIMIT = "AccountLimitExceededException"
_NO_PROJECT = "ResourceNotFoundException"


class BuildProjectMissing(WorkerError):
    """There is no such project of CodeBuild."""

    code = "launch.no-project"
    fault = Fault.CONFIG

    def __init__(self, *, project: str) -> None:
        super().__init__(
            f"CodeBuild has no project {project} in this account and region.",
            kept="Nothing was started, and no branch is reserved.",
            next_step="Set launch.project (LAUNCH_PROJECT) to one of: aws codebuild list-projects",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """What looking at reservations and builds together came to.

    Attributes:
        ends: of all builds that are over, oldest first; those of before again, too.
        released: runs whose reservation was given up, because their build has ended.
        adopted: runs whose reservation did not know of its build, and does now.
        held: builds under whose reservation a branch was until now: all that are alive, and those just released. Who
            started them may have died before they were noted anywhere else.
    """

    ends: tuple[Ended, ...] = ()
    released: tuple[str, ...] = ()
    adopted: tuple[str, ...] = ()
    held: tuple[SeenBuild, ...] = ()


class CodeBuildLaunches:
    """See `Launches`. A branch has one run at a time, here already; as many run at once as the project allows.

    CodeBuild promises a stopped build neither a signal nor time: whatever the run had not pushed is lost, and the next
    one goes on from its branch.

    Args:
        builds: of the project.
        reservations: of branches' leases.
        clock: waits.
        project: its name, for faults.
        key_of: what a request's lease is called.
        more: variables that each build is given besides its request.
        source_version: of the project's source; empty is the project's own.
        acts: whether anything may be written; who only looks sees what is under way, and is told of no end.
        look: seconds between two looks for ends.
    """

    def __init__(
        self,
        builds: Builds,
        reservations: Reservations,
        clock: Clock,
        *,
        project: str,
        key_of: Callable[[LaunchRequest], LeaseKey],
        more: Mapping[str, str] | None = None,
        source_version: str = "",
        acts: bool = True,
        look: float = _LOOK,
    ) -> None:
        self._builds, self._reservations, self._clock, self._project = builds, reservations, clock, project
        self._key_of, self._more, self._source_version = key_of, dict(more or {}), source_version
        self._acts, self._pause = acts, look
        # By token: builds that were started or seen alive here, and whose end was not told yet.
        self._untold: dict[str, SeenBuild] = {}
        self._told: set[str] = set()
        self._turn = asyncio.Lock()

    @property
    def name(self) -> str:
        """See `Launches.name`."""
        return "codebuild"

    async def launch(self, request: LaunchRequest) -> Launched | AtLimit:
        """See `Launches.launch`.

        Raises:
            BuildProjectMissing: there is no such project.
            WorkerError: AWS cannot be asked. What was reserved ends by itself within minutes; a build that was started
                all the same is found by the same token, and by its run.
        """
        async with self._turn:
            known = next((each for each in await self._look() if each.token == request.token), None)
            if known is not None:
                return _launched(known)
            key = self._key_of(request)
            reservation = await self._reservations.reserve(key, request.run, seconds=_CLAIM)
            if reservation is None:
                return AtLimit(why=f"another run has {request.branch}, or is about to")
            return await self._start(request, reservation)

    async def _start(self, request: LaunchRequest, reservation: Reservation) -> Launched | AtLimit:
        # A fence is never used again for its key; another environment's table, in the same account, has fences too.
        whose = f"{self._project}\n{reservation.key}\n{reservation.run}"
        token = f"{reservation.fence}-{sha256(whose.encode()).hexdigest()[:32]}"
        variables = {**self._more, **variables_of(request, fence=reservation.fence)}
        try:
            build = await self._builds.start(token, variables, source_version=self._source_version)
        except AwsUnreachable:
            # It may have been started all the same: the reservation has to outlive that.
            raise
        except AwsFault as fault:
            await self._give_up(reservation)
            if isinstance(fault, AwsThrottled) or fault.said == _LIMIT:
                return AtLimit(why=f"CodeBuild takes no more builds of {self._project} just now ({fault.said})")
            if fault.said == _NO_PROJECT:
                raise BuildProjectMissing(project=self._project) from None
            raise
        self._untold[build.token] = build
        await self._adopt(reservation, build)
        return _launched(build)

    async def running(self) -> tuple[Launched, ...]:
        """See `Launches.running`."""
        return tuple(_launched(each) for each in await self._look() if each.alive)

    async def stop(self, token: str) -> bool:
        """See `Launches.stop`; the build is killed."""
        found = next((each for each in await self._look() if each.token == token and each.alive), None)
        if found is not None:
            await self._builds.stop(found.id)
        # One that has just ended is under way until its end was told.
        return found is not None or token in self._untold

    async def ends(self) -> AsyncIterator[Ended]:
        """See `Launches.ends`. What CodeBuild still tells of is told again by each launcher."""
        while True:
            for end in await self._new_ends():
                self._told.add(end.token)
                self._untold.pop(end.token, None)
                yield end
            await self._clock.sleep(self._pause)

    async def close(self) -> None:
        """See `Launches.close`: builds go on by themselves."""

    async def reconcile(self, builds: Iterable[str] = ()) -> Reconciled:
        """Look at reservations and builds together, and put right what does not fit: for each poll, and each event.

        Safe to be done twice, or by two at once: each write holds only under the fence that it is about.

        Args:
            builds: ids of builds that somebody told of.

        Raises:
            WorkerError: the table or CodeBuild cannot be asked; whatever was not done is done by the next.
        """
        held = await self._reservations.held()
        found = await self._look((*builds, *(each.build for each in held if each.build)))
        by_run = {each.run: each for each in found}
        released, adopted = list[str](), list[str]()
        for reservation in held if self._acts else ():
            build = by_run.get(reservation.run)
            if build is None:
                # Its build is about to be started, or never was: it ends by itself.
                continue
            if not build.alive:
                if await self._reservations.release(reservation.key, reservation.fence):
                    released.append(reservation.run)
            elif not reservation.build and await self._adopt(reservation, build):
                adopted.append(reservation.run)
        return Reconciled(
            ends=tuple(_end(each) for each in found if not each.alive),
            released=tuple(released),
            adopted=tuple(adopted),
            held=tuple(each for each in found if each.alive or each.run in released),
        )

    async def _new_ends(self) -> tuple[Ended, ...]:
        if not self._acts:
            return ()
        try:
            return tuple(end for end in (await self.reconcile()).ends if end.token not in self._told)
        except WorkerError:
            # Asked again soon; whoever launches or looks is told of what is wrong.
            return ()

    async def _look(self, more: Iterable[str] = ()) -> tuple[SeenBuild, ...]:
        try:
            found = await self._builds.recent((*more, *(each.id for each in self._untold.values())))
        except AwsFault as fault:
            if fault.said == _NO_PROJECT:
                raise BuildProjectMissing(project=self._project) from None
            raise
        for each in found:
            if each.alive:
                self._untold.setdefault(each.token, each)
        return found

    async def _adopt(self, reservation: Reservation, build: SeenBuild) -> bool:
        """Let a reservation live as long as its build may."""
        seconds = build.minutes * 60 + _MARGIN
        try:
            extended = await self._reservations.extend(reservation, seconds=seconds, build=build.id)
        except WorkerError:
            # The build is under way, and that is what counts: the next to look does this again.
            return False
        return extended is not None

    async def _give_up(self, reservation: Reservation) -> None:
        try:
            await self._reservations.release(reservation.key, reservation.fence)
        except WorkerError:
            # It ends by itself.
            return


def _launched(build: SeenBuild) -> Launched:
    began = None if build.waits else build.began
    return Launched(token=build.token, run=build.run, where=f"build {build.id}", began=began)


def _end(build: SeenBuild) -> Ended:
    at = build.ended or build.began
    return Ended(
        token=build.token,
        run=build.run,
        exit_status=build.exit_status,
        at=at,
        said=build.said,
        pull_request=build.pull_request,
    )
