"""cdk-nag's rules that do not hold here on purpose, each with its reason beside the resource that it is about."""

from aws_cdk import Acknowledgment, Aws, Validations
from constructs import Construct

_PACK = "AwsSolutions"


def accept(construct: Construct, rule: str, reason: str) -> None:
    """Say why a finding is meant to be; `rule` is as the finding names it: `AwsSolutions-IAM5[Resource::*]`."""
    Validations.of(construct).acknowledge(Acknowledgment(id=f"{_PACK}::{rule}", reason=reason))


def accept_wildcard(role: Construct, arn: str, reason: str) -> None:
    """Say why a role's resource ends with a star."""
    for told, shown in ((Aws.PARTITION, "Partition"), (Aws.REGION, "Region"), (Aws.ACCOUNT_ID, "AccountId")):
        arn = arn.replace(told, f"<AWS::{shown}>")
    accept(role, f"AwsSolutions-IAM5[Resource::{arn}]", reason)


STREAMS = "Streams are made by the service, one for each build or start, inside this one log group."
