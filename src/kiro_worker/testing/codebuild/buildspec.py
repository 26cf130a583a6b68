"""A buildspec, version 0.2: everything of it that a build without Docker and batches can have, and nothing unknown."""

from collections.abc import Mapping
from typing import Any

from kiro_worker.testing.codebuild.fault import ClientError
from kiro_worker.value import dataclass, field

PHASES = ("install", "pre_build", "build", "post_build")
_FORMATS = frozenset({
    "JUNITXML", "CUCUMBERJSON", "NUNITXML", "NUNIT3XML", "TESTNGXML", "VISUALSTUDIOTRX", "CLOVERXML", "COBERTURAXML",
    "JACOCOXML", "SIMPLECOV",
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One phase.

    Attributes:
        at_last: commands that are run whatever became of the others.
        on_failure: `ABORT`, `CONTINUE`, or empty for the phase's own way.
    """

    commands: tuple[str, ...] = ()
    at_last: tuple[str, ...] = ()
    on_failure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Which files of a build are kept; globs below a folder."""

    patterns: tuple[str, ...]
    base: str = ""
    discard_paths: bool = False
    name: str = ""
    format: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Buildspec:
    """What a project does.

    Attributes:
        stored: variables by name, with the store that their values are in and their place there.
        reports: by the report group's name or ARN.
    """

    shell: str = "sh"
    variables: Mapping[str, str] = field(default_factory=dict)
    stored: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    exported: tuple[str, ...] = ()
    phases: Mapping[str, Phase] = field(default_factory=dict)
    reports: Mapping[str, Files] = field(default_factory=dict)
    artifacts: Files | None = None


def read_buildspec(text: str) -> Buildspec:
    """Read it.

    Raises:
        ClientError: as CodeBuild says it in the phase that needs it.
    """
    import yaml

    try:
        # Values stay as they are written: CodeBuild hands on `80` and `on` as text, too.
        root = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506  # makes nothing but texts, lists and mappings
    except yaml.YAMLError as error:
        raise _unusable(str(error)) from None
    root = _mapping(root, "the buildspec", ("version", "run-as", "env", "phases", "reports", "artifacts", "cache"))
    if root.get("version") != "0.2":
        raise _unusable("version has to be 0.2")
    env = _mapping(
        root.get("env"), "env",
        ("shell", "variables", "parameter-store", "secrets-manager", "exported-variables", "git-credential-helper"),
    )  # fmt: skip
    phases = _mapping(root.get("phases"), "phases", PHASES)
    if not any(name in phases for name in PHASES):
        raise _unusable("there are no phases")
    return Buildspec(
        shell=env.get("shell", "sh"),
        variables=_texts(env.get("variables"), "env.variables"),
        stored={
            **{n: ("PARAMETER_STORE", at) for n, at in _texts(env.get("parameter-store"), "parameter-store").items()},
            **{n: ("SECRETS_MANAGER", at) for n, at in _texts(env.get("secrets-manager"), "secrets-manager").items()},
        },
        exported=_listed(env.get("exported-variables"), "env.exported-variables"),
        phases={name: _phase(each, name) for name, each in phases.items()},
        reports={name: _report(each, name) for name, each in _mapping(root.get("reports"), "reports").items()},
        artifacts=_artifacts(root.get("artifacts")),
    )


def _phase(told: Any, name: str) -> Phase:
    keys = ("run-as", "on-failure", "runtime-versions", "commands", "finally", "steps")
    given = _mapping(told, f"phases.{name}", keys)
    on_failure = given.get("on-failure", "")
    if on_failure not in {"", "ABORT", "CONTINUE"}:
        raise _unusable(f"phases.{name}.on-failure is {on_failure}")
    return Phase(
        commands=_listed(given.get("commands"), f"phases.{name}.commands"),
        at_last=_listed(given.get("finally"), f"phases.{name}.finally"),
        on_failure=on_failure,
    )


def _report(told: Any, name: str) -> Files:
    given = _mapping(told, f"reports.{name}", ("files", "base-directory", "discard-paths", "file-format"))
    form = given.get("file-format", "JUNITXML")
    if form not in _FORMATS:
        raise _unusable(f"reports.{name}.file-format is {form}")
    return Files(
        patterns=_listed(given.get("files"), f"reports.{name}.files"),
        base=given.get("base-directory", ""),
        discard_paths=given.get("discard-paths") == "yes",
        format=form,
    )


def _artifacts(told: Any) -> Files | None:
    if told is None:
        return None
    keys = ("files", "name", "base-directory", "discard-paths", "exclude-paths", "enable-symlinks", "s3-prefix")
    given = _mapping(told, "artifacts", keys)
    return Files(
        patterns=_listed(given.get("files"), "artifacts.files"),
        base=given.get("base-directory", ""),
        discard_paths=given.get("discard-paths") == "yes",
        name=given.get("name", ""),
    )


def _mapping(told: Any, where: str, keys: tuple[str, ...] = ()) -> dict[str, Any]:
    if told is None or told == "":  # an empty list is no mapping, and no empty value either
        return {}
    if not isinstance(told, dict):
        raise _unusable(f"{where} is no mapping")
    for key in told:
        if keys and key not in keys:
            raise _unusable(f"unknown key {key!r} in {where}")
    return told


def _texts(told: Any, where: str) -> dict[str, str]:
    given = _mapping(told, where)
    for name, value in given.items():
        if not isinstance(value, str):
            raise _unusable(f"{where}.{name} is no text")
    return given


def _listed(told: Any, where: str) -> tuple[str, ...]:
    if told is None or told == "":  # an empty mapping is no list, and no empty value either
        return ()
    if not isinstance(told, list):
        raise _unusable(f"{where} is no list")
    for number, each in enumerate(told):
        if not isinstance(each, str):
            # What a colon in a plain command makes of it.
            raise _unusable(f"expected {where}[{number}] to be of string type: found subkeys instead")
    return tuple(told)


def _unusable(what: str) -> ClientError:
    return ClientError("YAML_FILE_ERROR", what)
