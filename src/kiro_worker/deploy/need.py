"""What must be allowed so that a stack can be deployed: which call, on what, of whom, and for which resource. Pure."""

import json
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from kiro_worker.deploy.arn import arns_of
from kiro_worker.deploy.only_where import called
from kiro_worker.deploy.template import Place, Resource, Template, resolved, walked
from kiro_worker.value import dataclass

OPERATIONS = ("create", "update", "delete")
ANYTHING = "*"


class Layer(StrEnum):
    """Who acts; each is asked about what it does itself."""

    CALLER = "caller"
    PUBLISHING = "publishing role"
    DEPLOY = "deploy role"
    EXECUTION = "execution role"


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something is needed: a resource of a stack, or the deployment itself, and what is done with it."""

    stack: str
    path: str
    operation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One permission.

    Attributes:
        action: such as `codebuild:CreateProject`.
        resource: its Amazon Resource Name, with `*` where only AWS will know a part; `*` alone where the action takes
            no resource.
        passed_to: the service that a role is handed to; empty for other actions.
        principal: whose it is, where a layer is more than one.
    """

    layer: Layer
    action: str
    resource: str
    causes: tuple[Cause, ...]
    passed_to: str = ""
    principal: str = ""


@cache
def handlers() -> Mapping[str, Any]:
    """The table of calls by type and operation; see `tools/refresh_handler_permissions.py`."""
    text = files("kiro_worker.deploy").joinpath("handlers.json").read_text(encoding="utf-8")
    table: Mapping[str, Any] = json.loads(text)
    return table


@cache
def _without_resource() -> frozenset[str]:
    return frozenset(handlers()["takes_no_resource"])


def unknown_types(template: Template) -> tuple[str, ...]:
    """Types of a template's resources that the table says nothing about."""
    kinds = {resource.kind for resource in template.resources.values() if _is_made(resource)}
    return tuple(sorted(kinds - handlers()["types"].keys()))


def needs_of(template: Template, place: Place, *, layer: Layer = Layer.EXECUTION) -> tuple[Need, ...]:
    """What deploying a template takes of whoever makes its resources.

    Args:
        template: the stack's.
        place: where.
        layer: who makes them: CloudFormation's role, or the caller where there is no role yet.
    """
    return merged(_each(template, place, layer))


def _each(template: Template, place: Place, layer: Layer) -> Iterator[Need]:
    for resource in template.resources.values():
        by_operation: Mapping[str, list[str]] = handlers()["types"].get(resource.kind, {})
        for operation in OPERATIONS:
            # Whatever is done, CloudFormation looks at the resource too: to wait for it, and for its attributes.
            calls = [*by_operation.get(operation, ()), *by_operation.get("read", ())]
            cause = Cause(template.stack, resource.path, operation)
            for call in called(resource, operation, calls):
                for name in resources_of(call, resource, template, place):
                    passed_to = _PASSED_TO.get(resource.kind, "") if call == "iam:PassRole" else ""
                    yield Need(layer=layer, action=call, resource=name, causes=(cause,), passed_to=passed_to)


def merged(needs: Iterable[Need]) -> tuple[Need, ...]:
    """Needs that are the same but for their causes, as one, sorted."""
    found: dict[tuple[str, str, str, str, str], list[Cause]] = {}
    for need in needs:
        key = (need.layer.value, need.principal, need.resource, need.action, need.passed_to)
        found.setdefault(key, []).extend(need.causes)
    return tuple(
        Need(layer=Layer(layer), principal=principal, resource=resource, action=action, passed_to=passed_to,
             causes=tuple(dict.fromkeys(causes)))
        for (layer, principal, resource, action, passed_to), causes in sorted(found.items())
    )  # fmt: skip


def _is_made(resource: Resource) -> bool:
    # What the CDK counts itself by, and its own answer to a condition, are no resources of anybody's.
    return resource.kind not in {"AWS::CDK::Metadata", "AWS::CloudFormation::WaitConditionHandle"}


def resources_of(call: str, resource: Resource, template: Template, place: Place) -> tuple[str, ...]:
    """What a call for a resource is made on; nothing where it is then not made at all."""
    service = call.partition(":")[0]
    if call in {"iam:PassRole", "iam:GetRole"} and resource.kind != "AWS::IAM::Role":
        return tuple(dict.fromkeys(_roles_handed(resource, template, place)))
    if call.lower() in _without_resource() or (resource.kind, call) in _ONLY_ANYTHING:
        return (ANYTHING,)
    if service == "kms" and not resource.kind.startswith("AWS::KMS::"):
        return (f"arn:{place.partition}:kms:{place.region}:{place.account}:key/*",)
    if service == "s3" and not resource.kind.startswith("AWS::S3::"):
        return tuple(_buckets_read(resource, template, place))
    if call == "lambda:GetLayerVersion":
        return tuple(resolved(each, template, place) for each in resource.properties.get("Layers", ()))
    own = [name for name in arns_of(resource, template, place) if name.split(":")[2] == service]
    return tuple(_fit(call, own)) or (ANYTHING,)


def _fit(call: str, names: list[str]) -> Iterable[str]:
    if call.startswith("logs:") and len(names) > 1:
        # A log group's name ends with `:*` for all calls but those about its tags.
        about_tags = call.endswith(("TagResource", "TagsForResource"))
        return [name for name in names if name.endswith(":*") != about_tags]
    if call.startswith("kms:") and len(names) > 1 and not call.endswith("Alias"):
        return [name for name in names if ":key/" in name]
    return names


def _roles_handed(resource: Resource, template: Template, place: Place) -> Iterator[str]:
    for name, value in walked(resource.properties):
        if name not in _ROLE_PROPERTIES:
            continue
        text = resolved(value, template, place)
        if text.startswith("arn:"):
            yield text
        elif text:
            tail = text if text != ANYTHING else f"{template.stack}-*"
            yield f"arn:{place.partition}:iam::{place.account}:role/{tail}"


def _buckets_read(resource: Resource, template: Template, place: Place) -> Iterator[str]:
    for name, value in walked(resource.properties):
        if name in {"S3Bucket", "Bucket"} and (bucket := resolved(value, template, place)):
            yield f"arn:{place.partition}:s3:::{bucket}/*"


# Calls that take a resource of other types: "you can't create a composite alarm if your permission has a narrower
# scope" (API reference of CloudWatch, PutCompositeAlarm and DescribeAlarms).
_ONLY_ANYTHING = frozenset(
    ("AWS::CloudWatch::CompositeAlarm", f"cloudwatch:{each}") for each in ("DescribeAlarms", "PutCompositeAlarm")
)
_ROLE_PROPERTIES = frozenset({
    "CloudWatchRoleArn", "Credentials", "CredentialsArn", "ExecutionRoleArn", "Role", "RoleArn", "RoleARN",
    "ServiceRole", "ServiceRoleArn", "SubscriptionRoleArn",
})  # fmt: skip
_PASSED_TO: Mapping[str, str] = {
    "AWS::ApiGateway::Account": "apigateway.amazonaws.com",
    "AWS::ApiGateway::Method": "apigateway.amazonaws.com",
    "AWS::CodeBuild::Project": "codebuild.amazonaws.com",
    "AWS::Events::Rule": "events.amazonaws.com",
    "AWS::Lambda::Function": "lambda.amazonaws.com",
    "AWS::S3::Bucket": "s3.amazonaws.com",
    "AWS::SNS::Subscription": "sns.amazonaws.com",
    "AWS::SNS::Topic": "sns.amazonaws.com",
    "AWS::Scheduler::Schedule": "scheduler.amazonaws.com",
}
