"""What `cdk synth` makes of each environment, as tests look at it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Stack:
    """One stack's template."""

    environment: str
    name: str
    file: Path

    @cached_property
    def template(self) -> Mapping[str, Any]:
        return json.loads(self.file.read_text())

    def of(self, kind: str) -> dict[str, Mapping[str, Any]]:
        """The properties of each resource of a type, by its logical id."""
        return {
            logical: each.get("Properties", {})
            for logical, each in self.template["Resources"].items()
            if each["Type"] == kind
        }

    def one(self, kind: str) -> Mapping[str, Any]:
        (properties,) = self.of(kind).values()
        return properties


@dataclass(frozen=True)
class Assembly:
    """All environments, each in a folder of its own."""

    folder: Path

    def stack(self, name: str, environment: str = "test") -> Stack:
        stack = f"kiro-worker-{environment}-{name}"
        return Stack(environment, name, self.folder / environment / f"{stack}.template.json")

    @property
    def other(self) -> "Assembly":
        """An environment that makes every choice in the other way; see `synth.OTHER`."""
        return Assembly(self.folder / "variants")

    def stacks(self) -> Iterator[Stack]:
        for file in sorted(self.folder.glob("*/*.template.json")):
            environment, name = file.name.removesuffix(".template.json").removeprefix("kiro-worker-").split("-", 1)
            yield Stack(environment, name, file)

    def report(self, environment: str) -> Mapping[str, Any]:
        return json.loads((self.folder / environment / "validation-report.json").read_text())

    def manifest(self, environment: str) -> Mapping[str, Any]:
        return json.loads((self.folder / environment / "manifest.json").read_text())

    def warnings(self, environment: str, stack: str) -> tuple[str, ...]:
        """What the CDK's command line tells of a stack before it deploys it."""
        file = self.folder / environment / f"{stack}.metadata.json"
        told = json.loads(file.read_text()) if file.exists() else {}
        entries = (each for listed in told.values() for each in listed)
        return tuple(each["data"] for each in entries if each["type"] == "aws:cdk:warning")


def shown(value: Any) -> str:
    """A value of a template as people write it: `arn:${AWS::Partition}:…`."""
    match value:
        case {"Ref": name}:
            return f"${{{name}}}"
        case {"Fn::Join": [between, parts]}:
            return between.join(map(shown, parts))
        case {"Fn::GetAtt": [name, attribute]}:
            return f"${{{name}.{attribute}}}"
        case {"Fn::ImportValue": name}:
            return f"${{import {name}}}"
        case {"Fn::Sub": text}:
            return text
        case _:
            return str(value)


def listed(value: Any) -> list[str]:
    """One or many, as policies write them."""
    return [shown(each) for each in value] if isinstance(value, list) else [shown(value)]


def statements(stack: Stack) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each statement of each role, with the role's name."""
    for role in stack.of("AWS::IAM::Role").values():
        for policy in role.get("Policies", ()):
            for statement in policy["PolicyDocument"]["Statement"]:
                yield role["RoleName"], statement
