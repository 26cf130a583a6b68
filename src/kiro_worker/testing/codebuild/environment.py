"""The variables of a build: three places in their order, two stores, and those of CodeBuild's own."""

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kiro_worker.testing.codebuild.buildspec import Buildspec
from kiro_worker.testing.codebuild.cloud import Cloud
from kiro_worker.testing.codebuild.fault import ClientError
from kiro_worker.value import dataclass

if TYPE_CHECKING:
    from kiro_worker.testing.codebuild.build import Build

_ARN = re.compile(r"(arn:[^:]*:secretsmanager:[^:]*:[^:]*:secret:[^:]*)(?::(.*))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Variables:
    """What a build's commands find, and what of it no log may show."""

    values: Mapping[str, str]
    masked: tuple[str, ...]


def resolved(build: "Build", buildspec: Buildspec, cloud: Cloud) -> Variables:
    """A build's own variables; what starts the build wins over the project, and that over the buildspec.

    Raises:
        ClientError: a store does not have one of them, or not for this role.
    """
    wanted: dict[str, tuple[str, str]] = {
        **{name: ("PLAINTEXT", value) for name, value in buildspec.variables.items()},
        **buildspec.stored,
    }
    for each in build.environment.get("environmentVariables", ()):
        wanted[each["name"]] = (each.get("type", "PLAINTEXT"), each["value"])
    values, masked = dict[str, str](), list[str]()
    parameters = {name: at for name, (kind, at) in wanted.items() if kind == "PARAMETER_STORE"}
    found = _parameters(parameters, cloud) if parameters else {}
    secrets: dict[str, str] = {}
    for name, (kind, at) in wanted.items():
        if kind == "PLAINTEXT":
            values[name] = at
            continue
        values[name] = found[name] if kind == "PARAMETER_STORE" else _secret(at, cloud, secrets)
        masked += [values[name]] if values[name] else []
    return Variables(values=values, masked=tuple(sorted(masked, key=len, reverse=True)))


def own(build: "Build", *, source: Mapping[str, str], folder: str, succeeding: bool) -> dict[str, str]:
    """CodeBuild's own variables."""
    return {
        "CODEBUILD_BUILD_ARN": build.arn,
        "CODEBUILD_BUILD_ID": build.id,
        "CODEBUILD_BUILD_IMAGE": build.environment.get("image", ""),
        "CODEBUILD_BUILD_NUMBER": str(build.number),
        "CODEBUILD_BUILD_SUCCEEDING": str(int(succeeding)),
        "CODEBUILD_INITIATOR": build.initiator,
        "CODEBUILD_KMS_KEY_ID": build.project.get("encryptionKey", ""),
        "CODEBUILD_LOG_PATH": build.stream,
        "CODEBUILD_RESOLVED_SOURCE_VERSION": source.get("commit", ""),
        "CODEBUILD_SOURCE_REPO_URL": source.get("url", ""),
        "CODEBUILD_SOURCE_VERSION": build.source_version,
        "CODEBUILD_SRC_DIR": folder,
        "CODEBUILD_START_TIME": str(int(build.began * 1000)),
    }


def _parameters(wanted: Mapping[str, str], cloud: Cloud) -> dict[str, str]:
    from botocore.exceptions import BotoCoreError
    from botocore.exceptions import ClientError as Refused

    names = sorted(set(wanted.values()))
    found: dict[str, str] = {}
    try:
        for start in range(0, len(names), 10):
            answer = cloud.client("ssm").get_parameters(Names=names[start : start + 10], WithDecryption=True)
            found |= {each["Name"]: each["Value"] for each in answer["Parameters"]}
    except (BotoCoreError, Refused) as error:
        raise ClientError("CLIENT_ERROR", f"Parameter Store: {error}") from None
    if lacking := [name for name in names if name not in found]:
        raise ClientError("CLIENT_ERROR", f"Parameter Store has no {', '.join(lacking)}")
    return {name: found[at] for name, at in wanted.items()}


def _secret(at: str, cloud: Cloud, known: dict[str, str]) -> str:
    """One secret, or one entry of it: `secret-id:json-key:version-stage:version-id`."""
    from botocore.exceptions import BotoCoreError
    from botocore.exceptions import ClientError as Refused

    arn = _ARN.fullmatch(at)
    secret, rest = (arn[1], arn[2] or "") if arn else (at.partition(":")[0], at.partition(":")[2])
    key, stage, version = (*rest.split(":"), "", "", "")[:3]
    wanted: dict[str, Any] = {"SecretId": secret}
    if stage:
        wanted["VersionStage"] = stage
    if version:
        wanted["VersionId"] = version
    place = json.dumps(wanted)
    try:
        if place not in known:
            known[place] = cloud.client("secretsmanager").get_secret_value(**wanted)["SecretString"]
    except (BotoCoreError, Refused) as error:
        raise ClientError("CLIENT_ERROR", f"Secrets Manager: {error}") from None
    if not key:
        return known[place]
    try:
        return str(json.loads(known[place])[key])
    except (ValueError, KeyError, TypeError):
        raise ClientError("CLIENT_ERROR", f"Secrets Manager: {secret} has no key {key}") from None
