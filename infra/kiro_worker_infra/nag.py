"""cdk-nag's rules that do not hold here on purpose, each with its reason beside the resource that it is about."""

from aws_cdk import Acknowledgment, Validations
from constructs import Construct

_PACK = "AwsSolutions"


def accept(construct: Construct, rule: str, reason: str) -> None:
    """Say why a finding is meant to be; `rule` is as the finding names it: `AwsSolutions-IAM5[Resource::*]`."""
    Validations.of(construct).acknowledge(Acknowledgment(id=f"{_PACK}::{rule}", reason=reason))
