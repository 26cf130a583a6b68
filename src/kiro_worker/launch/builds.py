"""The builds of one CodeBuild project: started, stopped, and seen as runs."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from kiro_worker.aws import Aws
from kiro_worker.clock import Clock
from kiro_worker.expression import expression
from kiro_worker.launch import build_environment as names
from kiro_worker.launch.build_environment import fence_of
from kiro_worker.value import dataclass

ALIVE = "IN_PROGRESS"
_SERVICE = "codebuild"
# CodeBuild tells of so many at once.
_PAGE = 100
_MOST_PAGES = 20
# A build waits for eight hours at most, and runs for thirty-six; what was started before that is over.
_LONGEST = timedelta(hours=45)
# Before its commands are run.
_WAITING = frozenset({"SUBMITTED", "QUEUED"})
# 128 and the number of SIGTERM: as a run ends that was asked to.
_STOPPED = 143
_ASKED = frozenset({130, _STOPPED})
_SAYS = {
    "STOPPED": "The build was stopped.",
    "TIMED_OUT": "The build took longer than it may.",
    "FAULT": "CodeBuild could not carry the build out.",
}
_MOST_SAID = 2_000
# CodeBuild's own words of a command that failed.
_ENDED = expression(r"Error while executing command: kiro-worker build run\. Reason: exit status ([0-9]{1,3})")


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenBuild:
    """A build that was started for a run.

    Attributes:
        id: as CodeBuild calls it: the project's name and a number of its own.
        token, run, fence, repository, branch, item: of what it was started for.
        alive: whether it has not ended.
        waits: whether its turn has not come.
        began: when it was started.
        ended: when it ended; None while it is alive.
        exit_status: of the worker; None when that is not known.
        said: the worker's last words, or what CodeBuild says of the command that failed.
        pull_request: its address, as the worker tells it.
        minutes: how long it may wait and run, together.
    """

    id: str
    token: str
    run: str
    fence: int
    repository: str
    branch: str
    item: str
    alive: bool
    waits: bool
    began: datetime
    ended: datetime | None
    exit_status: int | None
    said: str
    pull_request: str
    minutes: int


def seen(build: Mapping[str, Any]) -> SeenBuild | None:
    """A build as CodeBuild describes it; None for one that no launcher of ours started."""
    told = {
        each["name"]: each["value"]
        for each in build.get("environment", {}).get("environmentVariables", ())
        if each.get("type", "PLAINTEXT") == "PLAINTEXT"
    }
    run, token = told.get(names.RUN, ""), told.get(names.REQUEST, "")
    if not run or not token:
        return None
    status = build["buildStatus"]
    exported = {each["name"]: each.get("value", "") for each in build.get("exportedEnvironmentVariables", ())}
    return SeenBuild(
        id=build["id"],
        token=token,
        run=run,
        fence=fence_of(told),
        repository=told.get(names.REPOSITORY, ""),
        branch=told.get(names.BRANCH, ""),
        item=told.get(names.ITEM, ""),
        alive=status == ALIVE,
        waits=status == ALIVE and build.get("currentPhase", "") in _WAITING,
        began=_moment(build["startTime"]),
        ended=_moment(build["endTime"]) if build.get("endTime") else None,
        exit_status=_exit_status(status, exported.get(names.EXIT_STATUS, "") or _status_told(build)),
        pull_request=exported.get(names.PULL_REQUEST, ""),
        said=exported.get(names.SAID) or " ".join(_reasons(build, status))[:_MOST_SAID],
        minutes=int(build.get("timeoutInMinutes", 0)) + int(build.get("queuedTimeoutInMinutes", 0)),
    )


def build_of_event(event: Mapping[str, Any]) -> str:
    """The id of the build that an event of EventBridge tells of; empty for another event.

    >>> arn = "arn:aws:codebuild:us-east-1:000000000000:build/kiro-worker-test:1a2b"
    >>> build_of_event({"source": "aws.codebuild", "detail": {"build-id": arn}})
    'kiro-worker-test:1a2b'
    >>> build_of_event({"source": "aws.events"})
    ''
    """
    detail = event.get("detail")
    if event.get("source") != "aws.codebuild" or not isinstance(detail, Mapping):
        return ""
    return str(detail.get("build-id", "")).rpartition(":build/")[2]


class Builds:
    """What CodeBuild knows of one project.

    What has ended does not change, so it is asked for once.
    """

    def __init__(self, aws: Aws, clock: Clock, project: str) -> None:
        self._aws, self._clock, self._project = aws, clock, project
        self._over: dict[str, SeenBuild | None] = {}

    async def recent(self, more: Iterable[str] = ()) -> tuple[SeenBuild, ...]:
        """All that may be alive, and the latest others, in the order in which they were started.

        Args:
            more: ids of builds that are to be among them, however long ago they were started: CodeBuild's list may lag
                behind what it has just started.
        """
        wanted, known = dict.fromkeys(more), dict[str, SeenBuild | None]()
        token = ""
        for _ in range(_MOST_PAGES):
            ids, token = await self._page(token)
            known |= await self._described(ids)
            if not token or self._is_old(known[id_] for id_ in ids):
                break
        known |= await self._described([id_ for id_ in wanted if id_ not in known])
        self._over = {id_: build for id_, build in self._over.items() if id_ in known}
        return tuple(sorted((each for each in known.values() if each), key=lambda each: each.began))

    async def start(self, token: str, variables: Mapping[str, str], *, source_version: str = "") -> SeenBuild:
        """Start a build, or find the one that was started with this token in the last five minutes.

        Raises:
            AwsFault: `said` is `AccountLimitExceededException` where as many run as may.
        """
        more = {"sourceVersion": source_version} if source_version else {}
        answer = await self._aws.ask(
            _SERVICE,
            "StartBuild",
            projectName=self._project,
            idempotencyToken=token,
            environmentVariablesOverride=[
                {"name": name, "value": value, "type": "PLAINTEXT"} for name, value in sorted(variables.items())
            ],
            **more,
        )
        build = seen(answer["build"])
        assert build is not None
        return build

    async def stop(self, id_: str) -> None:
        """Have a build killed; one that has ended stays as it is."""
        await self._aws.ask(_SERVICE, "StopBuild", id=id_)

    async def _page(self, token: str) -> tuple[list[str], str]:
        more = {"nextToken": token} if token else {}
        answer = await self._aws.ask(
            _SERVICE, "ListBuildsForProject", projectName=self._project, sortOrder="DESCENDING", **more
        )
        return list(answer.get("ids", ())), answer.get("nextToken", "")

    async def _described(self, ids: list[str]) -> dict[str, SeenBuild | None]:
        asked = [id_ for id_ in ids if id_ not in self._over]
        found = {id_: self._over[id_] for id_ in ids if id_ in self._over}
        for start in range(0, len(asked), _PAGE):
            answer = await self._aws.ask(_SERVICE, "BatchGetBuilds", ids=asked[start : start + _PAGE])
            found |= dict.fromkeys(answer.get("buildsNotFound", ()))
            for build in answer.get("builds", ()):
                found[build["id"]] = seen(build)
                if build["buildStatus"] != ALIVE:
                    self._over[build["id"]] = found[build["id"]]
        return {id_: found.get(id_) for id_ in ids}

    def _is_old(self, builds: Iterable[SeenBuild | None]) -> bool:
        """Whether nothing that was started before these can be alive."""
        began = [each.began for each in builds if each is not None]
        return not began or min(began) < self._clock.now() - _LONGEST


def _exit_status(status: str, told: str) -> int | None:
    known = int(told) if told.isascii() and told.isdecimal() and len(told) <= 3 else None
    if status == "STOPPED":
        # By a person, or by us for one; unless the worker was done before.
        return _STOPPED if known is None else known
    # A run that was asked to end though nobody stopped its build was ended for the build's sake, before its time was
    # over: how it would have come out, nobody knows. And without the worker's own word, success is not believed either.
    return None if known in _ASKED else known


def _status_told(build: Mapping[str, Any]) -> str:
    """The worker's exit status as CodeBuild tells it; nobody promises that a failed build exports anything."""
    found = (_ENDED.fullmatch(message) for _, message in _told(build))
    return next((each[1] for each in found if each), "")


def _reasons(build: Mapping[str, Any], status: str) -> Iterator[str]:
    if status in _SAYS:
        yield _SAYS[status]
    yield from (f"{phase}: {message}" for phase, message in _told(build))


def _told(build: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What CodeBuild says of phases that failed, with their names."""
    for phase in build.get("phases", ()):
        for context in phase.get("contexts", ()):
            if message := context.get("message", "").strip():
                yield phase["phaseType"], message


def _moment(told: datetime) -> datetime:
    return told.astimezone(UTC)
