"""The environment's key: what may use it besides those whose roles say so."""

from aws_cdk import Aws
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from kiro_worker_infra.part import Part


def key_of(part: Part) -> kms.CfnKey:
    """The key, which Amazon renews each year, and its alias."""
    key = kms.CfnKey(
        part,
        "Key",
        description=f"Everything that {part.names.prefix} keeps",
        enable_key_rotation=True,
        # The least and the most that KMS gives people to change their mind.
        pending_window_in_days=30 if part.settings.protected else 7,
        key_policy=iam.PolicyDocument(statements=[_account(), _logs(part), _alarms(part)]),
    )
    part.guard(key)
    kms.CfnAlias(part, "KeyAlias", alias_name=part.names.key_alias, target_key_id=key.ref)
    return key


def _account() -> iam.PolicyStatement:
    """Roles of the account are given the key by their own policies; KMS documents this statement as the default."""
    return iam.PolicyStatement(
        sid="RolesOfTheAccount", principals=[iam.AccountRootPrincipal()], actions=["kms:*"], resources=["*"]
    )


def _logs(part: Part) -> iam.PolicyStatement:
    """CloudWatch Logs, for the log groups of this environment only."""
    names = part.names
    groups = (names.build_logs, f"/aws/lambda/{names.prefix}-*", f"/aws/apigateway/{names.prefix}-*")
    return iam.PolicyStatement(
        sid="LogGroups",
        principals=[iam.ServicePrincipal(f"logs.{Aws.REGION}.amazonaws.com")],
        actions=["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
        resources=["*"],
        conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": [part.log_group_arn(group) for group in groups]}},
    )


def _alarms(part: Part) -> iam.PolicyStatement:
    """Alarms publish to an encrypted topic in CloudWatch's own name."""
    return iam.PolicyStatement(
        sid="Alarms",
        principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
        actions=["kms:Decrypt", "kms:GenerateDataKey*"],
        resources=["*"],
        conditions={
            "StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID},
            "ArnLike": {"aws:SourceArn": part.arn("cloudwatch", f"alarm:{part.names.prefix}-*")},
        },
    )
