"""A cloud assembly, as `cdk synth` leaves it in a folder: stacks in their order, templates, and what is published."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from kiro_worker.deploy.fault import AssemblyUnfit, NoAssembly, NoSuchStack
from kiro_worker.deploy.template import Template, template_of
from kiro_worker.value import dataclass, replace

_STACK = "aws:cloudformation:stack"
_ASSETS = "cdk:asset-manifest"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file that is published before a stack is deployed; names are the assembly's, with `${AWS::…}` in them."""

    name: str
    bucket: str
    key: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A stack of an assembly.

    Attributes:
        name: CloudFormation's.
        template: what is in it.
        needs: stacks that are deployed before it.
        deploy_role: who asks CloudFormation; as the assembly writes it.
        execution_role: whom CloudFormation acts as.
        assets: files to publish first, its template among them.
        bootstrap: the parameter that tells which bootstrap there is; empty where none is needed.
        bootstrap_version: the least that it needs.
        protected: it cannot be deleted before somebody says so.
    """

    name: str
    template: Template
    needs: tuple[str, ...] = ()
    deploy_role: str = ""
    execution_role: str = ""
    assets: tuple[Asset, ...] = ()
    bootstrap: str = ""
    bootstrap_version: int = 0
    protected: bool = False


@dataclass(frozen=True, slots=True)
class Assembly:
    """All stacks of an environment, each after those that it needs."""

    folder: Path
    stacks: tuple[Stack, ...]

    def chosen(self, names: Iterable[str]) -> tuple[Stack, ...]:
        """Stacks by their names or the ends of them, in order; all where none is named.

        Raises:
            NoSuchStack: one is not there.
        """
        wanted = tuple(names)
        for name in wanted:
            if not any(_is_named(stack, name) for stack in self.stacks):
                raise NoSuchStack(stack=name, known=[stack.name for stack in self.stacks])
        return tuple(s for s in self.stacks if not wanted or any(_is_named(s, name) for name in wanted))


def _is_named(stack: Stack, name: str) -> bool:
    return stack.name == name or stack.name.endswith(f"-{name}")


def read_assembly(folder: Path) -> Assembly:
    """Read a folder of `cdk synth`.

    Raises:
        NoAssembly: there is none.
        AssemblyUnfit: a file of it cannot be read.
    """
    path = folder / "manifest.json"
    if not path.is_file():
        raise NoAssembly(folder=str(folder), why="it holds no manifest.json")
    artifacts: Mapping[str, Any] = _read(path).get("artifacts", {})
    try:
        stacks = {name: _stack(folder, name, artifacts) for name, each in artifacts.items() if each["type"] == _STACK}
    except (KeyError, TypeError, AttributeError) as error:
        raise AssemblyUnfit(path=str(path), why=f"{type(error).__name__}: {error}") from None
    return Assembly(folder, _with_imports(_ordered(stacks)))


def _stack(folder: Path, artifact: str, artifacts: Mapping[str, Any]) -> Stack:
    told = artifacts[artifact]
    properties = told["properties"]
    name = str(properties.get("stackName", artifact))
    needed = told.get("dependencies", ())
    manifests = [artifacts[each]["properties"]["file"] for each in needed if artifacts[each]["type"] == _ASSETS]
    return Stack(
        name=name,
        template=template_of(name, _read(folder / properties["templateFile"])),
        needs=tuple(each for each in needed if artifacts[each]["type"] == _STACK),
        deploy_role=properties.get("assumeRoleArn", ""),
        execution_role=properties.get("cloudFormationExecutionRoleArn", ""),
        assets=tuple(asset for each in manifests for asset in _assets(folder / each)),
        bootstrap=properties.get("bootstrapStackVersionSsmParameter", ""),
        bootstrap_version=int(properties.get("requiresBootstrapStackVersion", 0)),
        protected=bool(properties.get("terminationProtection")),
    )


def _assets(path: Path) -> Iterable[Asset]:
    for digest, each in _read(path).get("files", {}).items():
        for target in each["destinations"].values():
            yield Asset(
                str(each.get("displayName", digest)), target["bucketName"], target["objectKey"],
                target.get("assumeRoleArn", ""),
            )  # fmt: skip


def _ordered(stacks: Mapping[str, Stack]) -> tuple[Stack, ...]:
    done: dict[str, Stack] = {}
    waiting = dict(stacks)
    while waiting:
        ready = [each for each in waiting if all(need in done or need not in stacks for need in waiting[each].needs)]
        for each in ready or list(waiting)[:1]:
            done[each] = waiting.pop(each)
    return tuple(done.values())


def _with_imports(stacks: tuple[Stack, ...]) -> tuple[Stack, ...]:
    exports: dict[str, tuple[Template, Any]] = {}
    for stack in stacks:
        exports |= {name: (stack.template, value) for name, value in stack.template.exports.items()}
    return tuple(replace(stack, template=replace(stack.template, imports=exports)) for stack in stacks)


def _read(path: Path) -> Mapping[str, Any]:
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise AssemblyUnfit(path=str(path), why=str(error)) from None
    if not isinstance(document, dict):
        raise AssemblyUnfit(path=str(path), why="it is no JSON object")
    return document
