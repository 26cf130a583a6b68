"""What CodeBuild says of a build by its variables: pure."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from kiro_worker.value import dataclass

_ARN = re.compile(r"arn:(aws[a-z-]*):codebuild:([a-z0-9-]+):(\d{12}):build/([A-Za-z0-9_-]+):([A-Za-z0-9-]+)")
_MILLISECONDS = re.compile(r"[0-9]{12,14}")
# Where each of Amazon's partitions has its console.
_CONSOLES = {"aws-cn": "console.amazonaws.cn", "aws-us-gov": "console.amazonaws-us-gov.com"}
_CONSOLE = "console.aws.amazon.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """One build.

    Attributes:
        url: its page, for people; empty where none can be told.
        began: when its time began to run; None where CodeBuild does not say.
    """

    url: str = ""
    began: datetime | None = None


def surroundings_of(environment: Mapping[str, str]) -> Surroundings:
    """What is told of the build that this process is part of.

    >>> arn = "arn:aws:codebuild:eu-west-1:123456789012:build/kiro-worker-test:6f3e"
    >>> surroundings_of({"CODEBUILD_BUILD_ARN": arn}).url  # doctest: +NORMALIZE_WHITESPACE
    'https://eu-west-1.console.aws.amazon.com/codesuite/codebuild/123456789012/projects/kiro-worker-test/build/kiro-worker-test%3A6f3e/?region=eu-west-1'
    """
    public = environment.get("CODEBUILD_PUBLIC_BUILD_URL", "")
    began = environment.get("CODEBUILD_START_TIME", "")
    moment = datetime.fromtimestamp(int(began) / 1000, UTC) if _MILLISECONDS.fullmatch(began) else None
    return Surroundings(url=public or _console(environment.get("CODEBUILD_BUILD_ARN", "")), began=moment)


def _console(arn: str) -> str:
    found = _ARN.fullmatch(arn)
    if found is None:
        return ""
    partition, region, account, project, build = found.groups()
    host = _CONSOLES.get(partition, f"{region}.{_CONSOLE}")
    return f"https://{host}/codesuite/codebuild/{account}/projects/{project}/build/{project}%3A{build}/?region={region}"
