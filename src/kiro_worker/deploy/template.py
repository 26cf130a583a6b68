"""A template of CloudFormation, as far as permissions depend on it: resources, and what their names will be. Pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from kiro_worker.value import dataclass, field

_VARIABLE = re.compile(r"\$\{([^!}][^}]*)\}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where stacks stand."""

    account: str
    region: str
    partition: str = "aws"

    def filled(self, text: str) -> str:
        """Text of an assembly, with the place put in."""
        for name, value in self.pseudo.items():
            text = text.replace(f"${{{name}}}", value)
        return text

    @property
    def pseudo(self) -> Mapping[str, str]:
        """CloudFormation's names for it."""
        return {
            "AWS::AccountId": self.account,
            "AWS::Region": self.region,
            "AWS::Partition": self.partition,
            "AWS::URLSuffix": "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com",
        }


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of a template.

    Attributes:
        logical: its name in the template.
        kind: such as `AWS::S3::Bucket`.
        path: as the CDK names it, for people; the logical name where the CDK says nothing.
        keeps: it stays when its stack goes.
    """

    logical: str
    kind: str
    properties: Mapping[str, Any]
    path: str
    keeps: bool = False

    def has(self, path: str) -> bool:
        """Whether a property is set, also one inside another: `Code.S3Bucket`."""
        found: Any = self.properties
        for part in path.split("."):
            if not isinstance(found, Mapping) or part not in found:
                return False
            found = found[part]
        return found not in ({"Ref": "AWS::NoValue"}, None)


@dataclass(frozen=True, slots=True)
class Template:
    """One stack's template.

    Attributes:
        exports: what it exports, by the export's name.
        imports: what the stacks before it export: whose it is, and the value there.
    """

    stack: str
    resources: Mapping[str, Resource]
    parameters: Mapping[str, str] = field(default_factory=dict)
    conditions: Mapping[str, Any] = field(default_factory=dict)
    exports: Mapping[str, Any] = field(default_factory=dict)
    imports: "Mapping[str, tuple[Template, Any]]" = field(default_factory=dict)


def template_of(stack: str, document: Mapping[str, Any], given: Mapping[str, str] | None = None) -> Template:
    """Read a template; resources whose condition does not hold with its parameters are left out.

    Args:
        stack: the stack's name.
        document: the template.
        given: parameters that are not left as their defaults.
    """
    defaults = {name: str(each.get("Default", "")) for name, each in document.get("Parameters", {}).items()}
    parameters = {**defaults, **(given or {})}
    bare = Template(stack, {}, parameters, document.get("Conditions", {}))
    resources = {
        logical: Resource(
            logical,
            str(each.get("Type", "")),
            each.get("Properties", {}),
            str(each.get("Metadata", {}).get("aws:cdk:path", logical)),
            each.get("DeletionPolicy", "Delete").startswith("Retain"),
        )
        for logical, each in document.get("Resources", {}).items()
        if "Condition" not in each or holds({"Condition": each["Condition"]}, bare)
    }
    exports = {
        str(each["Export"]["Name"]): each["Value"] for each in document.get("Outputs", {}).values() if "Export" in each
    }
    return Template(stack, resources, parameters, bare.conditions, exports)


def holds(condition: Mapping[str, Any], template: Template) -> bool:
    """Whether a condition of a template holds with its parameters."""
    name, given = next(iter(condition.items()))
    match name:
        case "Condition":
            return holds(template.conditions[given], template)
        case "Fn::Equals":
            left, right = (_plain(each, template) for each in given)
            return left == right
        case "Fn::Not":
            return not holds(given[0], template)
        case "Fn::And":
            return all(holds(each, template) for each in given)
        case "Fn::Or":
            return any(holds(each, template) for each in given)
        case _:
            # What is not understood counts: better one permission too many is asked about than one too few.
            return True


def _plain(value: Any, template: Template) -> str:
    return resolved(value, template, Place("", ""))


def resolved(value: Any, template: Template, place: Place) -> str:
    """What a value will be, with `*` for each part that only CloudFormation will know.

    Args:
        value: a string, or an intrinsic function.
        template: that it stands in.
        place: where that will be deployed.
    """
    if not isinstance(value, Mapping):
        return "" if value is None else str(value)
    name: str
    given: Any
    name, given = next(iter(value.items()), ("", None))
    match name:
        case "Ref":
            return _named(str(given), template, place)
        case "Fn::Join":
            glue, parts = given
            return str(glue).join(resolved(each, template, place) for each in _listed(parts))
        case "Fn::Sub":
            text, more = (given, {}) if isinstance(given, str) else (given[0], given[1])
            return _VARIABLE.sub(lambda found: _substituted(found[1], more, template, place), text)
        case "Fn::GetAtt":
            logical, attribute = given.split(".", 1) if isinstance(given, str) else (given[0], given[1])
            return _attribute(str(logical), str(attribute), template, place)
        case "Fn::If":
            condition, then, otherwise = given
            return resolved(then if holds({"Condition": condition}, template) else otherwise, template, place)
        case "Fn::ImportValue" if str(given) in template.imports:
            owner, exported = template.imports[str(given)]
            return resolved(exported, owner, place)
        case _:
            return "*"


def _listed(parts: Any) -> list[Any]:
    return parts if isinstance(parts, list) else [parts]


def _substituted(name: str, more: Mapping[str, Any], template: Template, place: Place) -> str:
    if name in more:
        return resolved(more[name], template, place)
    return resolved({"Fn::GetAtt": name} if "." in name else {"Ref": name}, template, place)


def _named(name: str, template: Template, place: Place) -> str:
    if name in place.pseudo:
        return place.pseudo[name]
    if name == "AWS::StackName":
        return template.stack
    if name in template.resources:
        from kiro_worker.deploy.arn import name_of

        return name_of(template.resources[name], template, place)
    return template.parameters.get(name, "*")


def _attribute(logical: str, attribute: str, template: Template, place: Place) -> str:
    resource = template.resources.get(logical)
    if resource is None or not attribute.endswith("Arn"):
        return "*"
    from kiro_worker.deploy.arn import arns_of

    found = arns_of(resource, template, place)
    return found[0] if found else "*"


def walked(value: Any, *, name: str = "") -> Iterator[tuple[str, Any]]:
    """Each property below a value, with its name."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield key, each
            yield from walked(each, name=key)
    elif isinstance(value, list):
        for each in value:
            yield name, each
            yield from walked(each, name=name)
