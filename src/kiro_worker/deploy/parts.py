"""What the parts of a deployment are called, read from its templates: whoever made them chose the names. Pure."""

from collections.abc import Iterable, Iterator, Mapping

from kiro_worker.deploy.arn import name_of
from kiro_worker.deploy.assembly import Stack
from kiro_worker.deploy.template import Place, resolved
from kiro_worker.value import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Names.

    Attributes:
        secrets: of all credentials.
        parameter: that names the board.
        poller: the function that takes work from it.
        project: where builds happen.
        variables: what the poller is told.
    """

    secrets: tuple[str, ...]
    parameter: str
    poller: str
    project: str
    variables: Mapping[str, str] = field(default_factory=dict)


def parts_of(stacks: Iterable[Stack], place: Place, environment: str) -> Parts:
    """The names in an environment's templates.

    Args:
        stacks: all of them.
        place: where they are deployed.
        environment: its name; the parameter is the operator's own, and in a template only where that says so.
    """
    all_of_them = tuple(stacks)
    poller, variables = _poller(all_of_them, place)
    return Parts(
        secrets=tuple(_named("AWS::SecretsManager::Secret", all_of_them, place)),
        parameter=f"/kiro-worker/{environment}/github-project-config",
        poller=poller,
        project=next(iter(_named("AWS::CodeBuild::Project", all_of_them, place)), ""),
        variables=variables,
    )


def _poller(stacks: Iterable[Stack], place: Place) -> tuple[str, Mapping[str, str]]:
    for stack in stacks:
        for resource in stack.template.resources.values():
            name = name_of(resource, stack.template, place)
            if resource.kind == "AWS::Lambda::Function" and name.endswith("-poller"):
                told = resource.properties.get("Environment", {}).get("Variables", {})
                return name, {key: resolved(value, stack.template, place) for key, value in told.items()}
    return "", {}


def _named(kind: str, stacks: Iterable[Stack], place: Place) -> Iterator[str]:
    for stack in stacks:
        for resource in stack.template.resources.values():
            if resource.kind == kind:
                yield name_of(resource, stack.template, place)
