"""What each of those who act needs: the caller, and the roles that the CDK's bootstrap makes. Pure.

`cdk deploy` acts through roles: the caller may only assume them. One publishes files, one asks CloudFormation, and one
is handed to CloudFormation, which makes the resources with it.
"""

from collections.abc import Iterable, Iterator

from kiro_worker.deploy.assembly import Stack
from kiro_worker.deploy.need import Cause, Layer, Need, merged, needs_of
from kiro_worker.deploy.parts import Parts
from kiro_worker.deploy.template import Place, Template
from kiro_worker.value import dataclass, replace

TOOLKIT = "CDKToolkit"
# Of the deployment as a whole, where no one resource is the cause.
_ALL = ""

_ASKING = (
    "cloudformation:CreateChangeSet", "cloudformation:DescribeChangeSet", "cloudformation:ExecuteChangeSet",
    "cloudformation:DeleteChangeSet", "cloudformation:DescribeStacks", "cloudformation:DescribeStackEvents",
    "cloudformation:GetTemplate",
)  # fmt: skip
# Of these two a deployment has one.
_SIGN_IN = ("-github-token-??????", "-github-app-??????")
_PUBLISHING_BUCKET = ("s3:GetBucketLocation", "s3:GetEncryptionConfiguration", "s3:ListBucket")
_PUBLISHING_FILES = ("s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject")


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """The bootstrap of an account and region.

    Attributes:
        parameter: that tells its version.
        needed: the least version that the stacks need.
        template: what would be made; None where the CDK is not installed.
    """

    parameter: str
    needed: int
    template: Template | None = None


def bootstrap_needs(bootstrap: Bootstrap, place: Place) -> tuple[Need, ...]:
    """What the caller needs to bootstrap: there are no roles yet, so all is done in its own name."""
    if bootstrap.template is None:
        return ()
    made = needs_of(bootstrap.template, place, layer=Layer.CALLER)
    stack = _stack(TOOLKIT, place)
    asked = [_caller(action, stack, "bootstrap") for action in _ASKING]
    for_it = [replace(need, causes=_made_by(need)) for need in made]
    return merged([*asked, *(need for need in for_it if need.causes)])


def _made_by(need: Need) -> tuple[Cause, ...]:
    return tuple(Cause(TOOLKIT, cause.path, "bootstrap") for cause in need.causes if cause.operation != "delete")


def deploy_needs(stack: Stack, place: Place, bootstrap: Bootstrap) -> tuple[Need, ...]:
    """What all who act need so that a stack can be made, changed and taken away."""
    needs = (
        *_of_caller(stack, place, bootstrap),
        *_of_publishing(stack, place),
        *_of_deploying(stack, place, bootstrap),
        *_of_execution(stack, place),
    )
    # A stack that names no role for something has the caller do it.
    return merged(need if need.principal else replace(need, layer=Layer.CALLER) for need in needs)


def _of_caller(stack: Stack, place: Place, bootstrap: Bootstrap) -> Iterator[Need]:
    roles = [stack.deploy_role, *(asset.role for asset in stack.assets)]
    for role in dict.fromkeys(place.filled(role) for role in roles if role):
        for operation in ("create", "update", "delete"):
            yield _caller("sts:AssumeRole", role, operation, stack.name)
    # What this program looks at itself, before and while the CDK works.
    for action in ("cloudformation:DescribeStacks", "cloudformation:DescribeStackEvents"):
        yield _caller(action, _stack(stack.name, place), "look", stack.name)
    if bootstrap.parameter:
        yield _caller("ssm:GetParameter", _parameter(bootstrap.parameter, place), "look", stack.name)


def _of_publishing(stack: Stack, place: Place) -> Iterator[Need]:
    for asset in stack.assets:
        bucket = f"arn:{place.partition}:s3:::{place.filled(asset.bucket)}"
        principal = place.filled(asset.role)
        for operation in ("create", "update"):
            cause = (Cause(stack.name, asset.name, operation),)
            for action in _PUBLISHING_BUCKET:
                yield Need(layer=Layer.PUBLISHING, action=action, resource=bucket, causes=cause, principal=principal)
            for action in _PUBLISHING_FILES:
                yield Need(
                    layer=Layer.PUBLISHING, action=action, resource=f"{bucket}/*", causes=cause, principal=principal
                )


def _of_deploying(stack: Stack, place: Place, bootstrap: Bootstrap) -> Iterator[Need]:
    principal = place.filled(stack.deploy_role)

    def one(action: str, resource: str, operation: str, passed_to: str = "") -> Need:
        return Need(
            layer=Layer.DEPLOY, action=action, resource=resource, principal=principal, passed_to=passed_to,
            causes=(Cause(stack.name, _ALL, operation),),
        )  # fmt: skip

    name = _stack(stack.name, place)
    for operation in ("create", "update"):
        yield from (one(action, name, operation) for action in _ASKING)
        if bootstrap.parameter:
            parameter = _parameter(bootstrap.parameter, place)
            # Read by the CDK, and again by CloudFormation as the template's own parameter.
            yield from (one(each, parameter, operation) for each in ("ssm:GetParameter", "ssm:GetParameters"))
        for bucket in dict.fromkeys(place.filled(asset.bucket) for asset in stack.assets):
            yield one("s3:GetObject", f"arn:{place.partition}:s3:::{bucket}/*", operation)
    for operation in ("create", "update", "delete"):
        if stack.execution_role:
            yield one("iam:PassRole", place.filled(stack.execution_role), operation, "cloudformation.amazonaws.com")
    yield from (one(f"cloudformation:{each}", name, "delete") for each in ("DeleteStack", "DescribeStacks"))


def _of_execution(stack: Stack, place: Place) -> Iterator[Need]:
    principal = place.filled(stack.execution_role)
    yield from (replace(need, principal=principal) for need in needs_of(stack.template, place))


def check_needs(roles: Iterable[str], caller: str) -> tuple[Need, ...]:
    """What looking beforehand takes: asking about each role that acts, and about whoever calls."""
    return merged(
        _caller(action, name, "check") for name in {*roles, caller} for action in _asked_of(name)
    )  # fmt: skip


def verify_needs(parts: Parts, place: Place) -> tuple[Need, ...]:
    """What proving a deployment takes of the caller: to look, to put a work item on the board, and to wait for it."""
    named = f"arn:{place.partition}:{{}}:{place.region}:{place.account}:{{}}".format
    secrets = [named("secretsmanager", f"secret:{name}-??????") for name in parts.secrets]
    project = named("codebuild", f"project/{parts.project}")
    wanted = [
        *(("secretsmanager:DescribeSecret", secret) for secret in secrets),
        *(("secretsmanager:GetSecretValue", secret) for secret in secrets if secret.endswith(_SIGN_IN)),
        ("kms:Decrypt", named("kms", "key/*")),
        ("ssm:GetParameter", named("ssm", f"parameter{parts.parameter}")),
        ("lambda:InvokeFunction", named("lambda", f"function:{parts.poller}")),
        ("codebuild:ListBuildsForProject", project),
        ("codebuild:BatchGetBuilds", project),
    ]
    return merged(_caller(action, resource, "verify") for action, resource in wanted)


def _asked_of(name: str) -> tuple[str, ...]:
    return ("iam:SimulatePrincipalPolicy", "iam:GetRole") if ":role/" in name else ("iam:SimulatePrincipalPolicy",)


def _caller(action: str, resource: str, operation: str, stack: str = TOOLKIT) -> Need:
    return Need(layer=Layer.CALLER, action=action, resource=resource, causes=(Cause(stack, _ALL, operation),))


def _stack(name: str, place: Place) -> str:
    return f"arn:{place.partition}:cloudformation:{place.region}:{place.account}:stack/{name}/*"


def _parameter(name: str, place: Place) -> str:
    return f"arn:{place.partition}:ssm:{place.region}:{place.account}:parameter{name}"
