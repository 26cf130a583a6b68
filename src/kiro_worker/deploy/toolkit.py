"""Whether the CDK's bootstrap is there, and what making it takes."""

from pathlib import Path
from typing import Any

from kiro_worker.aws import Aws, AwsDenied, AwsRefused
from kiro_worker.deploy.assembly import Stack
from kiro_worker.deploy.fault import AssemblyUnfit
from kiro_worker.deploy.layers import TOOLKIT, Bootstrap
from kiro_worker.deploy.template import Template, template_of
from kiro_worker.document import Listing, Node, Scalar, Table, read_document
from kiro_worker.flaw import Flaw
from kiro_worker.value import dataclass

# Below the CDK's package; the same file that `cdk bootstrap` deploys.
_TEMPLATE = "lib/api/bootstrap/bootstrap-template.yaml"
# What `cdk bootstrap` says unless it is asked for a key of one's own.
_GIVEN = {"FileAssetsBucketKmsKeyId": "AWS_MANAGED_KEY"}


@dataclass(frozen=True, slots=True)
class Found:
    """What was found.

    Attributes:
        version: of the bootstrap that is there; None where there is none.
        why: why that could not be told; empty where it could.
    """

    version: int | None
    why: str = ""


def bootstrap_of(stacks: tuple[Stack, ...], cdk: Path | None) -> Bootstrap:
    """The bootstrap that stacks need.

    Args:
        stacks: all of them.
        cdk: the folder of the CDK's package; None where it is not installed.
    """
    parameter = next((stack.bootstrap for stack in stacks if stack.bootstrap), "")
    needed = max((stack.bootstrap_version for stack in stacks), default=0)
    return Bootstrap(parameter, needed, None if cdk is None else _template(cdk / _TEMPLATE))


def _template(path: Path) -> Template | None:
    if not path.is_file():
        return None
    flaws: list[Flaw] = []
    node = read_document(path.read_bytes(), str(path), flaws)
    document = _plain(node)
    if flaws or not isinstance(document, dict):
        raise AssemblyUnfit(path=str(path), why="; ".join(map(str, flaws)) or "it is no table")
    return template_of(TOOLKIT, document, _GIVEN)


def _plain(node: Node | None) -> Any:
    """A document as a template in JSON would be; that numbers become texts makes no difference to names."""
    match node:
        case Table():
            return {name.text: _plain(each) for name, each in node.entries}
        case Listing():
            return [_plain(each) for each in node.items]
        case Scalar():
            return node.text
    return None


async def find_bootstrap(aws: Aws, bootstrap: Bootstrap) -> Found:
    """Which version is there.

    Raises:
        AwsFault: nobody answers.
    """
    if not bootstrap.parameter:
        return Found(bootstrap.needed)
    try:
        told = await aws.ask("ssm", "GetParameter", Name=bootstrap.parameter)
    except AwsDenied:
        return Found(None, f"ssm:GetParameter on {bootstrap.parameter} is missing")
    except AwsRefused as refused:
        if refused.said == "ParameterNotFound":
            return Found(None)
        raise
    value = str(told["Parameter"]["Value"])
    return Found(int(value) if value.isdecimal() else 0)
