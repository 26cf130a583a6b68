"""Carries a build out: its phases in their order, and what follows when one of them fails.

A build that is stopped, or that takes too long, is killed without a word: CodeBuild promises neither a signal nor that
`finally` is run, so nobody may count on either; what its shell would have exported is lost.
"""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kiro_worker.testing.codebuild import environment, files
from kiro_worker.testing.codebuild.build import Build
from kiro_worker.testing.codebuild.buildspec import PHASES, Buildspec, Files, Phase, read_buildspec
from kiro_worker.testing.codebuild.cloud import Cloud
from kiro_worker.testing.codebuild.fault import ClientError
from kiro_worker.testing.codebuild.log import BuildLog
from kiro_worker.testing.codebuild.shell import Cut, Shell
from kiro_worker.testing.codebuild.source import download
from kiro_worker.value import dataclass, field

_ENDS = {Cut.STOPPED: "STOPPED", Cut.TIMED_OUT: "TIMED_OUT"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What builds of a server have in common.

    Attributes:
        folder: a folder of each build's own is made in it.
        tools: variables that the image would set, such as PATH.
        sources: where on this machine an address of the world is found.
        minute: how many seconds a minute of a timeout takes.
        reports: what reports say, by ARN; builds add theirs.
    """

    folder: Path
    tools: Mapping[str, str]
    sources: Mapping[str, str]
    minute: float = 60.0
    reports: dict[str, dict[str, Any]] = field(default_factory=dict)


class _Over(Exception):
    """The build ends here."""

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


class Runner:
    """One build under way.

    Args:
        build: which.
        cloud: asked in the name of the emulator's own account.
        role: makes the build's credentials known to its container; called with who the build is.
        around: what it has in common with others.
    """

    def __init__(
        self, build: Build, cloud: Cloud, role: Callable[[Cloud], Mapping[str, str]], around: Surroundings
    ) -> None:
        self._build, self._own, self._role, self._around = build, cloud, role, around
        self._folder = around.folder / build.stream
        self._cloud = cloud
        self._log: BuildLog | None = None
        self._shell: Shell | None = None
        self._spec = Buildspec()
        self._secret: frozenset[str] = frozenset()
        self._source: dict[str, str] = {}
        self._failed = False
        self._deadline = time.monotonic() + build.timeout * around.minute

    def carry_out(self) -> None:
        """Do all of it; in the end the build has a status, whatever happened."""
        try:
            self._step("PROVISIONING", self._provision)
            self._step("DOWNLOAD_SOURCE", self._download)
            reached = self._phases()
            if reached:
                self._step("UPLOAD_ARTIFACTS", self._upload)
            self._export()
            status = "FAILED" if self._failed else "SUCCEEDED"
        except _Over as over:
            status = over.status
        except BaseException:
            self._end("FAULT")
            raise
        self._end(status)

    def _end(self, status: str) -> None:
        build = self._build
        if self._shell is not None:
            self._shell.close()
        if "phaseStatus" not in build.phases[-1]:
            build.leave(status)
        build.enter("FINALIZING")
        if self._log is not None:
            self._log.say(f"Build ends: {status}")
            self._log.close()
            build.lines, build.log_trouble = self._log.lines, self._log.trouble
        build.leave("SUCCEEDED")
        build.enter("COMPLETED")
        build.ended = time.time()
        build.status = status

    def _step(self, name: str, work: Callable[[], None]) -> None:
        """A phase without commands; a build that cannot do one of these ends, but for the last."""
        self._build.enter(name)
        try:
            work()
        except ClientError as error:
            self._build.leave("FAILED", error.code, error.message)
            self._say(f"Phase context status code: {error.code} Message: {error.message}")
            self._failed = True
            if name != "UPLOAD_ARTIFACTS":
                raise _Over("FAILED") from None
        else:
            self._build.leave("SUCCEEDED")
        if self._build.stop.is_set():
            raise _Over("STOPPED")

    def _provision(self) -> None:
        from botocore.exceptions import BotoCoreError
        from botocore.exceptions import ClientError as Refused

        build = self._build
        (self._folder / "src").mkdir(parents=True)
        (self._folder / "home").mkdir()
        if role := build.project.get("serviceRole"):
            try:
                self._cloud = self._own.as_role(role, f"AWSCodeBuild-{build.stream}")
            except (BotoCoreError, Refused) as error:
                raise ClientError("CLIENT_ERROR", f"sts:AssumeRole on service role {role}: {error}") from None
        self._log = BuildLog(self._cloud.client("logs") if build.group else None, build.group, build.stream)
        self._say("Waiting for agent ping")

    def _download(self) -> None:
        build, source = self._build, self._folder / "src"
        self._source = download(
            build.project["source"], build.source_version, source, self._cloud, self._around.sources
        )
        build.commit = self._source.get("commit", "")
        self._spec = read_buildspec(self._buildspec(source))
        known = environment.resolved(build, self._spec, self._cloud)
        self._secret = frozenset(name for name, value in known.values.items() if value in known.masked)
        assert self._log is not None
        self._log.masked = known.masked
        values = {**self._container(), **known.values, **self._codebuild()}
        self._shell = Shell(
            self._spec.shell,
            self._folder,
            cwd=source,
            environment=values,
            output=self._log.writing,
            stop=build.stop,
        )

    def _buildspec(self, source: Path) -> str:
        """Inline, or a file of the source: its name, or `buildspec.yml` where nothing is said."""
        told = str(self._build.project["source"].get("buildspec", ""))
        if "\n" in told:
            return told
        path = source / (told or "buildspec.yml")
        try:
            return path.read_text(encoding="utf-8")
        except OSError:
            raise ClientError("YAML_FILE_ERROR", f"{told or 'buildspec.yml'}: no such file") from None

    def _container(self) -> dict[str, str]:
        return {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": str(self._folder / "home"),
            "AWS_REGION": self._cloud.region,
            "AWS_DEFAULT_REGION": self._cloud.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            **self._around.tools,
            **self._role(self._cloud),
        }

    def _codebuild(self) -> dict[str, str]:
        folder = str(self._folder / "src")
        return environment.own(self._build, source=self._source, folder=folder, succeeding=not self._failed)

    def _phases(self) -> bool:
        """All phases with commands; whether BUILD was reached, after which artifacts are looked for."""
        for name in PHASES:
            phase = self._spec.phases.get(name, Phase())
            if self._carry_out(name.upper(), phase) or phase.on_failure == "CONTINUE":
                continue
            if name != "build" or phase.on_failure == "ABORT":
                return name in {"build", "post_build"}
        return True

    def _carry_out(self, name: str, phase: Phase) -> bool:
        self._build.enter(name)
        self._say(f"Entering phase {name}")
        wrong = self._run(phase.commands)
        wrong = self._run(phase.at_last) or wrong
        if not wrong:
            self._build.leave("SUCCEEDED")
            self._say(f"Phase complete: {name} State: SUCCEEDED")
            return True
        self._failed = True
        self._build.leave("FAILED", "COMMAND_EXECUTION_ERROR", wrong)
        self._say(f"Phase complete: {name} State: FAILED")
        self._say(f"Phase context status code: COMMAND_EXECUTION_ERROR Message: {wrong}")
        return False

    def _run(self, commands: tuple[str, ...]) -> str:
        """Run commands until one fails; what is wrong then."""
        shell = self._shell
        assert shell is not None
        for command in commands:
            self._say(f"Running command {command.strip().replace(chr(10), ' … ')}")
            shell.environment["CODEBUILD_BUILD_SUCCEEDING"] = str(int(not self._failed))
            status = shell.run(command, self._deadline)
            if isinstance(status, Cut):
                raise _Over(_ENDS[status])
            if status:
                return f"Error while executing command: {command}. Reason: exit status {status}"
        return ""

    def _upload(self) -> None:
        source, project = self._folder / "src", self._build.project
        missing = [
            wrong for name, wanted in self._spec.reports.items() if (wrong := self._report(name, wanted, source))
        ]
        if self._spec.artifacts is not None and project["artifacts"].get("type") == "S3":
            self._build.artifact = files.upload(self._spec.artifacts, source, project, self._build.id, self._cloud)
        if missing:
            # A build without a report that it names is failed: https://github.com/prowler-cloud/prowler/issues/1182
            raise ClientError("CLIENT_ERROR", f"Error in UPLOAD_ARTIFACTS phase: [{', '.join(missing)}]")

    def _report(self, name: str, wanted: Files, source: Path) -> str:
        """Read one in; what is wrong where there is none."""
        arn = self._build.arn.partition(":build/")[0]
        group = name if name.startswith("arn:") else f"{arn}:report-group/{self._build.project['name']}-{name}"
        report = f"{group.replace(':report-group/', ':report/')}:{self._build.stream}"
        try:
            told = files.read_report(wanted, source, report, group, self._build.arn)
        except ClientError as error:
            return f"{name}: [{error.message}]"
        self._around.reports[report] = {**told, "created": time.time()}
        self._build.reports.append(report)
        return ""

    def _export(self) -> None:
        if self._shell is None:
            return
        for name in self._spec.exported:
            # Secrets cannot be exported, nor can what AWS sets.
            if name in self._shell.environment and name not in self._secret and not name.startswith("AWS_"):
                self._build.exported.append({"name": name, "value": self._shell.environment[name]})

    def _say(self, line: str) -> None:
        if self._log is not None:
            self._log.say(line)
