"""What a role may do: exact actions on exact resources, written out; CDK's own grants give more than is called."""

from collections.abc import Mapping, Sequence

from aws_cdk import Aws
from aws_cdk import aws_iam as iam
from constructs import Construct

from kiro_worker_infra.part import Part

_TABLE_KEY = (
    "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo",
)  # fmt: skip

Conditions = Mapping[str, Mapping[str, object]]


def allow(
    sid: str, actions: Sequence[str], resources: Sequence[str], conditions: Conditions | None = None
) -> iam.PolicyStatement:
    """One thing that is allowed."""
    return iam.PolicyStatement(sid=sid, actions=list(actions), resources=list(resources), conditions=conditions)


def role(
    scope: Construct,
    name: str,
    *,
    service: str,
    description: str,
    trust: Conditions,
    statements: Sequence[iam.PolicyStatement],
) -> iam.Role:
    """A role for one service, with everything that it may do in one inline policy.

    `trust` is under which conditions the service may take it: those that keep other accounts' resources from it.
    """
    return iam.Role(
        scope,
        "Role",
        role_name=name,
        description=description,
        assumed_by=iam.ServicePrincipal(service, conditions=trust),
        inline_policies={"allowed": iam.PolicyDocument(statements=list(statements))},
    )


def this_account() -> Conditions:
    """The service acts for this account only."""
    return {"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}


def write_logs(part: Part, log_group: str) -> iam.PolicyStatement:
    """Write to one log group, which is there already: who may make log groups may also make them unencrypted."""
    return allow("WriteLogs", ("logs:CreateLogStream", "logs:PutLogEvents"), (f"{part.log_group_arn(log_group)}:*",))


def read_secrets(part: Part, *names: str) -> tuple[iam.PolicyStatement, ...]:
    """Read these secrets, and decrypt them."""
    return (
        allow("ReadSecrets", ("secretsmanager:GetSecretValue",), [part.secret_arn(name) for name in names]),
        with_key(part, "DecryptSecrets", "secretsmanager", ("kms:Decrypt",)),
    )


def use_table(part: Part, name: str, actions: Sequence[str]) -> tuple[iam.PolicyStatement, ...]:
    """Use a table, and the key that it is encrypted with.

    DynamoDB asks for the key in the caller's name; without the second statement everything works in an emulator, and
    nothing on AWS. The key's actions are those that DynamoDB's guide lists ("Encryption at rest: usage notes"), but for
    CreateGrant, which only who makes the table needs.
    """
    return (
        allow("UseTable", actions, (part.table_arn(name),)),
        with_key(part, "UseTableKey", "dynamodb", _TABLE_KEY),
    )


def with_key(part: Part, sid: str, service: str, actions: Sequence[str]) -> iam.PolicyStatement:
    """Use the environment's key, but only through a service: what it encrypts cannot be decrypted beside it."""
    via = {"StringEquals": {"kms:ViaService": f"{service}.{Aws.REGION}.amazonaws.com"}}
    return allow(sid, actions, (part.key_arn,), via)
