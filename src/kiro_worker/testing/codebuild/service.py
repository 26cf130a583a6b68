"""CodeBuild's operations: builds are started once for a token, wait for their turn, and are stopped and described."""

import threading
import time
import traceback
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from kiro_worker.testing.codebuild.build import Build
from kiro_worker.testing.codebuild.cloud import Cloud
from kiro_worker.testing.codebuild.events import deliver, state_change
from kiro_worker.testing.codebuild.fault import at_limit, invalid, missing
from kiro_worker.testing.codebuild.projects import Projects
from kiro_worker.testing.codebuild.runner import Runner, Surroundings

# Minutes that a token is known for.
_TOKEN_LIVES = 5
# As many builds wait as five times those that may run.
_QUEUED_FOR_EACH = 5
_PAGE = 100
_MOST_TIMEOUT = 2160

Role = Callable[[Build, Cloud], Mapping[str, str]]


class Service:
    """All builds of one account.

    Args:
        projects: what can be built.
        around: what builds have in common.
        role: how a build's container is told of its credentials.

    Attributes:
        capacity: how many builds run at once; others wait.
        builds: all there were, by id.
        undelivered: events that a target did not take, in words.
        faults: what went wrong in here; a test has to find none.
        now: tells how old tokens are, in seconds.
        failing_hosts: how many of the next builds get a machine that fails under them: they end with FAULT.
    """

    def __init__(self, projects: Projects, around: Surroundings, role: Role, capacity: int) -> None:
        self.projects, self.around, self._role, self.capacity = projects, around, role, capacity
        self.builds: dict[str, Build] = {}
        self.undelivered: list[str] = []
        self.faults: list[str] = []
        self.now: Callable[[], float] = time.monotonic
        self.failing_hosts = 0
        self._tokens: dict[str, tuple[float, str, Build]] = {}
        self._turn = threading.Condition()
        self._running = 0
        self._threads: list[threading.Thread] = []

    @property
    def cloud(self) -> Cloud | None:
        """The emulator."""
        return self.projects.cloud

    def start_build(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """See `StartBuild`."""
        project = self.projects.find(given["projectName"])
        if project is None:
            raise missing(f"Project cannot be found: {given['projectName']}")
        token, asked = given.get("idempotencyToken", ""), repr(sorted(given.items(), key=lambda each: each[0]))
        with self._turn:
            if (known := self._known(token, asked)) is not None:
                return {"build": known.describe()}
            self._check_limits(project)
            build = self._made(project, given)
            self.builds[build.id] = build
            if token:
                self._tokens[token] = (self.now(), asked, build)
        thread = threading.Thread(target=self._live, args=(build,), name=build.id, daemon=True)
        self._threads.append(thread)
        thread.start()
        return {"build": build.describe()}

    def stop_build(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """See `StopBuild`."""
        build = self._found(given["id"])
        if build is None:
            raise missing(f"Build cannot be found: {given['id']}")
        build.stop.set()
        with self._turn:
            self._turn.notify_all()
        return {"build": build.describe()}

    def batch_get_builds(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """See `BatchGetBuilds`."""
        if len(given["ids"]) > _PAGE:
            raise invalid("at most 100 builds are told at once")
        found = {id_: self._found(id_) for id_ in given["ids"]}
        return {
            "builds": [build.describe() for build in found.values() if build],
            "buildsNotFound": [id_ for id_, build in found.items() if not build],
        }

    def list_builds_for_project(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """See `ListBuildsForProject`."""
        if self.projects.find(given["projectName"]) is None:
            raise missing(f"The provided project arn is not valid: {given['projectName']}")
        mine = [each for each in tuple(self.builds.values()) if each.project["name"] == given["projectName"]]
        if given.get("sortOrder", "DESCENDING") == "DESCENDING":
            mine.reverse()
        start = int(given.get("nextToken") or 0)
        told: dict[str, Any] = {"ids": [each.id for each in mine[start : start + _PAGE]]}
        if len(mine) > start + _PAGE:
            told["nextToken"] = str(start + _PAGE)
        return told

    def batch_get_projects(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """See `BatchGetProjects`."""
        found = {name: self.projects.find(name) for name in given["names"]}
        return {
            "projects": [project for project in found.values() if project],
            "projectsNotFound": [name for name, project in found.items() if not project],
        }

    def list_projects(self, _given: Mapping[str, Any]) -> dict[str, Any]:
        """See `ListProjects`."""
        return {"projects": self.projects.names()}

    def batch_get_reports(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """See `BatchGetReports`."""
        known = self.around.reports
        return {
            "reports": [known[arn] for arn in given["reportArns"] if arn in known],
            "reportsNotFound": [arn for arn in given["reportArns"] if arn not in known],
        }

    def close(self) -> None:
        """End everything."""
        for build in tuple(self.builds.values()):
            build.stop.set()
        with self._turn:
            self._turn.notify_all()
        for thread in self._threads:
            thread.join(30)

    def _known(self, token: str, asked: str) -> Build | None:
        since, before, build = self._tokens.get(token, (0.0, "", None))
        if build is None or self.now() - since > _TOKEN_LIVES * self.around.minute:
            return None
        if before != asked:
            raise invalid("idempotencyToken was used with other parameters within the last five minutes")
        return build

    def _check_limits(self, project: Mapping[str, Any]) -> None:
        alive = [each for each in self.builds.values() if each.alive]
        limit = project.get("concurrentBuildLimit")
        mine = sum(each.project["name"] == project["name"] for each in alive)
        if limit and mine >= limit:
            raise at_limit(f"Cannot have more than {limit} active builds for the project {project['name']}")
        if sum(each.waits for each in alive) >= _QUEUED_FOR_EACH * self.capacity:
            raise at_limit(f"Cannot have more than {_QUEUED_FOR_EACH * self.capacity} builds in queue for the account")

    def _made(self, project: Mapping[str, Any], given: Mapping[str, Any]) -> Build:
        name, stream = project["name"], str(uuid.uuid4())
        arn = project.get("arn") or f"arn:aws:codebuild:us-east-1:000000000000:project/{name}"
        timeout = given.get("timeoutInMinutesOverride") or project["timeoutInMinutes"]
        if not 5 <= timeout <= _MOST_TIMEOUT:
            raise invalid(f"timeoutInMinutes has to be between 5 and {_MOST_TIMEOUT}")
        source = dict(project["source"])
        if "buildspecOverride" in given:
            source["buildspec"] = given["buildspecOverride"]
        role = given.get("serviceRoleOverride") or project.get("serviceRole", "")
        return Build(
            id=f"{name}:{stream}",
            arn=f"{arn.partition(':project/')[0]}:build/{name}:{stream}",
            number=1 + sum(each.project["name"] == name for each in self.builds.values()),
            project={**project, "source": source, "serviceRole": role},
            environment=_environment(project, given),
            order=given,
            initiator="kiro-worker-tests",
            source_version=given.get("sourceVersion") or project.get("sourceVersion", ""),
            timeout=timeout,
            queued_timeout=given.get("queuedTimeoutInMinutesOverride") or project["queuedTimeoutInMinutes"],
            group=_log_group(project),
            stream=stream,
            began=time.time(),
        )

    def _found(self, id_: str) -> Build | None:
        return self.builds.get(id_.rpartition(":build/")[2])

    def _live(self, build: Build) -> None:
        try:
            build.enter("SUBMITTED")
            build.leave("SUCCEEDED")
            build.enter("QUEUED")
            self._tell(build)
            if self._came_up(build):
                self._carry_out(build)
        except Exception:  # noqa: BLE001  # kept, for the test to find
            self.faults.append(traceback.format_exc())
            build.status, build.ended = ("FAULT" if build.alive else build.status), build.ended or time.time()
        finally:
            with self._turn:
                self._turn.notify_all()
            self._tell(build)
            build.over.set()

    def _came_up(self, build: Build) -> bool:
        """Wait for the build's turn; False where it does not come."""
        until = time.monotonic() + build.queued_timeout * self.around.minute
        with self._turn:
            while not build.stop.is_set() and time.monotonic() < until:
                first = next(each for each in self.builds.values() if each.waits)
                if self._running < self.capacity and first is build:
                    self._running += 1
                    build.leave("SUCCEEDED")
                    build.phase = "PROVISIONING"
                    return True
                self._turn.wait(0.05)
        status = "STOPPED" if build.stop.is_set() else "TIMED_OUT"
        build.leave(status)
        build.enter("COMPLETED")
        build.status, build.ended = status, time.time()
        return False

    def _carry_out(self, build: Build) -> None:
        if self.failing_hosts:
            self._fail_host(build)
            return
        try:
            cloud = self.cloud or _nobody()
            Runner(build, cloud, lambda as_whom: self._role(build, as_whom), self.around).carry_out()
        finally:
            with self._turn:
                self._running -= 1

    def _fail_host(self, build: Build) -> None:
        with self._turn:
            self.failing_hosts -= 1
            self._running -= 1
        build.enter("PROVISIONING")
        build.leave("FAULT", "INTERNAL_ERROR", "Internal Service Error")
        build.enter("COMPLETED")
        build.status, build.ended = "FAULT", time.time()

    def _tell(self, build: Build) -> None:
        if self.cloud is None:
            return
        try:
            self.undelivered += deliver(state_change(build, self.cloud.region), self.cloud)
        except Exception:  # noqa: BLE001  # the emulator may be gone already
            self.undelivered.append(traceback.format_exc())


def _environment(project: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    environment = dict(project["environment"])
    variables = {each["name"]: each for each in environment.get("environmentVariables", ())}
    for each in given.get("environmentVariablesOverride", ()):
        if each["name"].startswith("CODEBUILD_"):
            raise invalid(f"{each['name']}: the prefix CODEBUILD_ is reserved")
        variables[each["name"]] = each
    environment["environmentVariables"] = [{"type": "PLAINTEXT", **each} for each in variables.values()]
    for override, name in (("imageOverride", "image"), ("computeTypeOverride", "computeType")):
        if override in given:
            environment[name] = given[override]
    return environment


def _log_group(project: Mapping[str, Any]) -> str:
    told = project.get("logsConfig", {}).get("cloudWatchLogs", {})
    if told.get("status") == "DISABLED":
        return ""
    return str(told.get("groupName") or f"/aws/codebuild/{project['name']}")


def _nobody() -> Cloud:
    """For builds that ask no other service: whatever does finds nobody there."""
    return Cloud({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"})
