"""What the emulator of the tests cannot make is left out where a deployment goes to it, and said so; AWS gets all."""

import sys
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    # Whoever only asks what is left out is spared the CDK's other half, which takes seconds and half a gigabyte.
    from constructs import IConstruct

# ministack refuses a template with any of these, as CloudFormation refuses types that it does not know.
UNKNOWN = frozenset({"AWS::CloudWatch::CompositeAlarm", "AWS::CodeBuild::ReportGroup"})
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def is_emulated(environment: Mapping[str, str]) -> bool:
    """Whether what is asked is on this machine, and so not AWS.

    >>> is_emulated({"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}), is_emulated({})
    (True, False)
    """
    return urlsplit(environment.get("AWS_ENDPOINT_URL", "")).hostname in _LOOPBACK


def leave_out_unknown(root: "IConstruct") -> Mapping[str, int]:
    """Take out what it cannot make; returns how many of which type."""
    found = [(each, kind) for each in root.node.find_all() if (kind := _kind(each)) in UNKNOWN]
    for each, _ in found:
        parent = each.node.scope
        assert parent is not None, "a resource is in a stack"
        parent.node.try_remove_child(each.node.id)
    return Counter(kind for _, kind in found)


def _kind(construct: "IConstruct") -> str:
    from aws_cdk import CfnResource

    return construct.cfn_resource_type if isinstance(construct, CfnResource) else ""


def say(left_out: Mapping[str, int]) -> None:
    """Tell a person that this is not all."""
    if left_out:
        listed = ", ".join(f"{count} × {kind}" for kind, count in sorted(left_out.items()))
        sys.stderr.write(f"AWS_ENDPOINT_URL names an emulator, which does not know: {listed}. They are left out.\n")
