"""What the parts of a deployment are called, read from its templates: whoever made them chose the names. Pure."""

from collections.abc import Iterable, Iterator

from kiro_worker.deploy.arn import name_of
from kiro_worker.deploy.assembly import Stack
from kiro_worker.deploy.template import Place
from kiro_worker.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Names.

    Attributes:
        secrets: of all credentials.
        parameter: that names the board.
        poller: the function that takes work from it.
        project: where builds happen.
    """

    secrets: tuple[str, ...]
    parameter: str
    poller: str
    project: str


def parts_of(stacks: Iterable[Stack], place: Place, environment: str) -> Parts:
    """The names in an environment's templates.

    Args:
        stacks: all of them.
        place: where they are deployed.
        environment: its name; the parameter is the operator's own, and in a template only where that says so.
    """
    all_of_them = tuple(stacks)
    functions = _named("AWS::Lambda::Function", all_of_them, place)
    return Parts(
        secrets=tuple(_named("AWS::SecretsManager::Secret", all_of_them, place)),
        parameter=f"/kiro-worker/{environment}/github-project-config",
        poller=next((name for name in functions if name.endswith("-poller")), ""),
        project=next(iter(_named("AWS::CodeBuild::Project", all_of_them, place)), ""),
    )


def _named(kind: str, stacks: Iterable[Stack], place: Place) -> Iterator[str]:
    for stack in stacks:
        for resource in stack.template.resources.values():
            if resource.kind == kind:
                yield name_of(resource, stack.template, place)
