"""What is set for an environment: the types of `environments.py`, and what may not be written there."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from kiro_worker_infra.names import Kind

Delivery = Literal["sns", "ses", "slack", "teams", "webhook"]
# What CodeBuild and CloudWatch Logs take; a number between two of these is refused while it is deployed, not before.
LOG_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
_RATE = re.compile(r"rate\((?P<count>[1-9]\d{0,3}) (?P<unit>minute|minutes|hour|hours|day|days)\)")
# What a variable is called that holds a credential; places and names of credentials are called otherwise.
_SECRET = re.compile(r"(TOKEN|SECRET|PASSWORD|PASSPHRASE|API_KEY|ACCESS_KEY|PRIVATE_KEY)$", re.IGNORECASE)
OWN_IMAGES = "aws/codebuild/"
"""What the names of CodeBuild's own images begin with: it fetches them itself, all others with the build's role."""
_MINUTES = {"minute": 1, "hour": 60, "day": 1440}


class SettingWrong(ValueError):
    """A value of `environments.py` that cannot be deployed; the sentence says what to write instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """Where a metric warns and where it is an error, in place of the alarm table's own."""

    warning: float
    error: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A program that a build downloads: an archive (.tar.gz) that is held to its digest before it is opened.

    Attributes:
        address: by HTTPS, of one exact version.
        digest: SHA-256 of it, in 64 hexadecimal digits.
        programs: that are put on PATH, by their paths in the archive.
    """

    address: str
    digest: str
    programs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """The machine that runs happen on.

    Attributes:
        compute: CodeBuild's name of its size.
        image: with Python and Node.js; one of your own may bring the worker and the agent along.
        runtimes: of CodeBuild's own images, by name; empty for an image of your own, which has no such choice.
        minutes: the longest build, 5 to 2160; the worker ends its work before that by itself.
        queued_minutes: how long a build may wait for a machine, 5 to 480.
        concurrent: builds at once of this project; more are told "later".
        agent: the worker's setting `agent.name`.
        agent_download: the agent's program, where its maker publishes archives.
        agent_install: shell commands of the install phase that put the agent's program on PATH in another way. They
            come from this file, never from a repository.
        variables: further variables of the build, such as settings of the worker by their long names; no secrets.
    """

    compute: str = "BUILD_GENERAL1_MEDIUM"
    image: str = "aws/codebuild/standard:7.0"
    runtimes: Mapping[str, str] = field(default_factory=lambda: {"python": "3.13", "nodejs": "22"})
    minutes: int = 480
    queued_minutes: int = 60
    concurrent: int = 1
    agent: str = "kiro"
    agent_download: Download | None = None
    agent_install: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """How long things are kept, in days.

    Attributes:
        logs: of builds and functions.
        artifacts: of runs.
        versions: of objects that were overwritten or deleted.
        access_logs: who asked for what of the bucket.
    """

    logs: int = 30
    artifacts: int = 30
    versions: int = 7
    access_logs: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The parameter `github-project-config`, where CloudFormation is to write it."""

    organization: str
    repository: str
    project_number: int
    target_status_column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify:
    """How alarms reach people. Changing this changes the notifier's settings, and no alarm.

    Attributes:
        delivery: the adapter.
        to: addresses of mail, for `sns` and `ses`.
        sender: the verified address that `ses` sends from.
        secret: the name of the secret with the address that `slack`, `teams` or `webhook` posts to.
        watchers: addresses that are written to by SNS itself when the notifier is what is broken.
    """

    delivery: Delivery = "sns"
    to: tuple[str, ...] = ()
    sender: str = ""
    secret: str = ""
    watchers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """Who may ask the optional API for work.

    Attributes:
        issuer, audience: of the JSON web tokens that are taken; without them a request is signed for IAM.
        pool_address: of a server pool that work is handed to; empty hands it to the poller's path.
        origins: the addresses of pages that may ask from a browser.
        callback_hosts: who may be called back when a run has ended; nobody else is.
        requests_per_second: of all callers together.
    """

    issuer: str = ""
    audience: tuple[str, ...] = ()
    pool_address: str = ""
    origins: tuple[str, ...] = ()
    callback_hosts: tuple[str, ...] = ()
    requests_per_second: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """One environment.

    Attributes:
        account, region: where it may be deployed; empty is wherever the credentials lead.
        polling_interval: how often the board is looked at, as EventBridge writes it.
        coverage_threshold: the least percentage of lines that a run needs.
        protected: its data outlives its stacks, and cannot be deleted in passing.
        monitored: with the stack monitoring, and with the metrics of S3 that only its alarms look at.
        github_app: sign in to GitHub as an App; its secret is made then.
        github_api_url: of a GitHub Enterprise Server, such as `https://github.example.com/api/v3`; empty is github.com.
        board: None leaves the parameter to `aws ssm put-parameter`.
        api: None leaves the optional stack out.
        thresholds: by the alarm table's names, in place of its own.
        runbooks: where docs/deployment/alarms.md is read; with an https address notices lead to each runbook.
        tags: on everything, besides `project` and `environment`.
    """

    name: Kind
    account: str = ""
    region: str = ""
    polling_interval: str = "rate(5 minutes)"
    coverage_threshold: int = 80
    protected: bool = False
    monitored: bool = True
    github_app: bool = False
    github_api_url: str = ""
    log_level: str = "INFO"
    build: Build = field(default_factory=Build)
    keep: Keep = field(default_factory=Keep)
    board: Board | None = None
    notify: Notify = field(default_factory=Notify)
    api: Api | None = None
    thresholds: Mapping[str, Threshold] = field(default_factory=dict)
    runbooks: str = "docs/deployment/alarms.md"
    tags: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        wrong = [sentence for sentence in self._wrong() if sentence]
        if wrong:
            raise SettingWrong(f"{self.name}: " + "; ".join(wrong))

    @property
    def polling_minutes(self) -> int:
        """Minutes between two looks at the board.

        >>> Environment(name="test").polling_minutes
        5
        """
        found = _RATE.fullmatch(self.polling_interval)
        assert found, "checked when it was made"
        return int(found["count"]) * _MINUTES[found["unit"].removesuffix("s")]

    def _wrong(self) -> tuple[str, ...]:
        found = _RATE.fullmatch(self.polling_interval)
        # EventBridge wants the singular with 1 and the plural with all others, and says so only while it is deployed.
        agrees = found is not None and (int(found["count"]) == 1) != found["unit"].endswith("s")
        build, keep, notify = self.build, self.keep, self.notify
        days = {"logs": keep.logs}
        return (
            "" if agrees else f"polling_interval {self.polling_interval!r}: write rate(5 minutes) or rate(1 hour)",
            _within("coverage_threshold", self.coverage_threshold, 0, 100),
            _within("build.minutes", build.minutes, 5, 2160),
            _within("build.queued_minutes", build.queued_minutes, 5, 480),
            _within("build.concurrent", build.concurrent, 1, 1000),
            _download(build.agent_download) if build.agent_download else "",
            "build.runtimes: CodeBuild knows them for its own images only; write {} with an image of your own"
            if build.runtimes and not build.image.startswith(OWN_IMAGES)
            else "",
            *(
                f"build.variables {name}: whoever may see a build reads it; put it into the secret agent-credentials"
                for name in build.variables
                if _SECRET.search(name)
            ),
            *(f"keep.{key} {day}: one of {LOG_DAYS}" for key, day in days.items() if day not in LOG_DAYS),
            *(_within(f"keep.{key}", getattr(keep, key), 1, 3650) for key in ("artifacts", "versions", "access_logs")),
            "" if bool(self.account) == bool(self.region) else "account and region: write both or neither",
            "notify.sender: ses needs a verified address" if notify.delivery == "ses" and not notify.sender else "",
            "notify.to: ses writes to nobody" if notify.delivery == "ses" and not notify.to else "",
            f"notify.secret: {notify.delivery} posts to an address that a secret holds; write the secret's name"
            if notify.delivery in {"slack", "teams", "webhook"} and not notify.secret
            else "",
            "api.issuer and api.audience: write both or neither"
            if self.api and bool(self.api.issuer) != bool(self.api.audience)
            else "",
            *(_host(host) for host in (self.api.callback_hosts if self.api else ())),
            *(
                f"thresholds[{key!r}]: warning has to be other than error"
                for key, each in self.thresholds.items()
                if each.warning == each.error
            ),
        )


def _download(download: Download) -> str:
    paths = (re.fullmatch(r"[\w.+-]+(/[\w.+-]+)*", path) and ".." not in path for path in download.programs)
    if not re.fullmatch(r"https://[\w./:%?=&~+-]+", download.address):
        return "build.agent_download.address: write an address that begins with https://, without quotes or spaces"
    if not re.fullmatch(r"[0-9a-f]{64}", download.digest):
        return "build.agent_download.digest: write the SHA-256 of the archive, 64 hexadecimal digits"
    return "" if all(paths) else "build.agent_download.programs: write paths inside the archive"


def _host(host: str) -> str:
    plain = re.fullmatch(r"(?=.{1,253}$)[a-z0-9-]+(\.[a-z0-9-]+)+", host)
    return "" if plain else f"api.callback_hosts {host!r}: write the name alone, in small letters and without https://"


def _within(name: str, value: float, least: int, most: int) -> str:
    return "" if least <= value <= most else f"{name} {value}: write {least} to {most}"
