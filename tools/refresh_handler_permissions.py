"""Makes `deploy/handlers.json`: which calls CloudFormation makes for each type of resource, by operation.

`python tools/refresh_handler_permissions.py`, after a new cfn-lint or a new type in a template. The schemas of
CloudFormation's providers name these calls; cfn-lint carries the schemas, in a layout of its own that is no interface.
So this script reads them, once, and the product reads what it wrote: deploying needs no cfn-lint.
"""

import json
from collections.abc import Mapping
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

TARGET = Path(__file__).resolve().parents[1] / "src" / "kiro_worker" / "deploy" / "handlers.json"
OPERATIONS = ("create", "read", "update", "delete")

# What our templates and the CDK's bootstrap template hold, and what the next change of one may.
TYPES = (
    "ApiGateway::Account", "ApiGateway::Deployment", "ApiGateway::GatewayResponse", "ApiGateway::Method",
    "ApiGateway::Model", "ApiGateway::RequestValidator", "ApiGateway::Resource", "ApiGateway::RestApi",
    "ApiGateway::Stage", "ApiGateway::UsagePlan", "ApiGatewayV2::Api", "ApiGatewayV2::Authorizer",
    "ApiGatewayV2::Integration", "ApiGatewayV2::Route", "ApiGatewayV2::Stage", "CloudWatch::Alarm",
    "CloudWatch::CompositeAlarm", "CloudWatch::Dashboard", "CodeBuild::Project", "CodeBuild::ReportGroup",
    "DynamoDB::Table", "ECR::Repository", "Events::Rule", "IAM::ManagedPolicy", "IAM::Policy", "IAM::Role",
    "KMS::Alias",
    "KMS::Key", "Lambda::Alias", "Lambda::EventInvokeConfig", "Lambda::EventSourceMapping", "Lambda::Function",
    "Lambda::LayerVersion", "Lambda::Permission", "Lambda::Url", "Lambda::Version", "Logs::LogGroup",
    "Logs::MetricFilter",
    "Logs::ResourcePolicy", "S3::Bucket", "S3::BucketPolicy", "SES::ConfigurationSet", "SES::EmailIdentity",
    "SNS::Subscription", "SNS::Topic", "SNS::TopicPolicy", "SQS::Queue", "SQS::QueuePolicy", "SSM::Parameter",
    "Scheduler::Schedule", "SecretsManager::ResourcePolicy", "SecretsManager::Secret",
)  # fmt: skip

# The one type of ours whose schema says nothing; from the API's reference.
_BY_HAND: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "AWS::CodeBuild::Project": {
        "create": ("codebuild:CreateProject", "iam:PassRole"),
        "read": ("codebuild:BatchGetProjects",),
        "update": ("codebuild:UpdateProject", "iam:PassRole"),
        "delete": ("codebuild:DeleteProject",),
    },
}
# Of the deployment itself; see `deploy/layers.py`. Here so that it is known which of them take a resource.
_OWN_SERVICES = ("cloudformation", "iam", "sts", "ssm", "s3", "ecr")


def document() -> dict[str, Any]:
    """What the file should hold."""
    schemas, known = _schemas(), _known()
    types: dict[str, dict[str, list[str]]] = {}
    unknown: set[str] = set()
    for name in (f"AWS::{each}" for each in TYPES):
        types[name] = {}
        for operation, calls in _handlers(name, schemas).items():
            unknown |= {call for call in calls if not _is_action(call, known)}
            types[name][operation] = sorted({_spelled(call) for call in calls if _is_action(call, known)})
    used = {call for operations in types.values() for calls in operations.values() for call in calls}
    own = {f"{service}:{action}" for service in _OWN_SERVICES for action in known[service]["Actions"]}
    return {
        "from": f"cfn-lint {version('cfn-lint')}, us-east-1",
        "types": types,
        "takes_no_resource": sorted({call.lower() for call in used | own if not _resources(call, known)}),
        "no_such_action": sorted(unknown),
    }


def text() -> str:
    """The file, as it should be."""
    return json.dumps(document(), indent=1) + "\n"


def _handlers(name: str, schemas: Mapping[str, Path]) -> Mapping[str, tuple[str, ...]]:
    if name in _BY_HAND:
        return _BY_HAND[name]
    handlers = json.loads(schemas[name].read_bytes())["handlers"]
    return {
        operation: tuple(handlers[operation].get("permissions", ()))
        for operation in OPERATIONS
        if operation in handlers
    }


def _schemas() -> Mapping[str, Path]:
    folder = _data() / "schemas"
    index = json.loads((folder / "providers" / "us-east-1.json").read_bytes())
    return {name: folder / "resources" / f"{digest}.json" for name, digest in index.items()}


def _known() -> Mapping[str, Any]:
    known: Mapping[str, Any] = json.loads((_data() / "AdditionalSpecs" / "Policies.json").read_bytes())
    return known


def _data() -> Path:
    # Only looked for: importing cfn-lint takes a second.
    found = find_spec("cfnlint")
    if found is None or found.origin is None:
        raise SystemExit("cfn-lint is needed: make infra")
    return Path(found.origin).parent / "data"


def _is_action(call: str, known: Mapping[str, Any]) -> bool:
    service, _, action = call.partition(":")
    return action.lower() in known.get(service, {}).get("Actions", {})


def _spelled(call: str) -> str:
    # IAM takes `s3:getObject` and `s3:GetObject` for one; so that the same call is not told twice, so do we.
    service, _, action = call.partition(":")
    return f"{service}:{action[0].upper()}{action[1:]}"


def _resources(call: str, known: Mapping[str, Any]) -> list[str]:
    service, _, action = call.partition(":")
    found: list[str] = known[service]["Actions"][action.lower()].get("Resources", [])
    return found


def main() -> None:
    """Write the file where it is not as it should be."""
    made = text()
    if not TARGET.exists() or TARGET.read_text(encoding="utf-8") != made:
        TARGET.write_text(made, encoding="utf-8")
        print(f"written: {TARGET.name}")


if __name__ == "__main__":
    main()
