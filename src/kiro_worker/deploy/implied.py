"""What roles of the running system are given though no line of the worker's calls it: each with who calls it, and why.

A role is given what is called, or stands here; nothing else. `tests/infra/test_role_calls.py` holds both ways.
"""

from collections.abc import Iterable, Mapping

from kiro_worker.value import dataclass


@dataclass(frozen=True, slots=True)
class Implied:
    """One reason for several actions.

    Attributes:
        actions: as IAM names them.
        by: who calls them in the role's name.
        why: what for.
        roles: ends of the names of the roles that have it; empty for all.
    """

    actions: tuple[str, ...]
    by: str
    why: str
    roles: tuple[str, ...] = ()


IMPLIED: tuple[Implied, ...] = (
    Implied(
        ("logs:CreateLogStream", "logs:PutLogEvents"),
        "Lambda and CodeBuild",
        "They write what a function or a build says to its log group.",
    ),
    Implied(
        (
            "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom",
            "kms:ReEncryptTo",
        ),
        "DynamoDB, S3, Secrets Manager, SNS",
        "What they keep is encrypted with the environment's key, and they use it in the name of whoever asks them.",
    ),
    Implied(
        (
            "codebuild:BatchPutCodeCoverages", "codebuild:BatchPutTestCases", "codebuild:CreateReport",
            "codebuild:CreateReportGroup", "codebuild:UpdateReport",
        ),
        "CodeBuild",
        "It reads the reports that a build leaves into the report groups, and asks for a group that is told by name.",
        ("-build",),
    ),
    Implied(
        ("sqs:SendMessage",),
        "Lambda",
        "An event that failed again and again is put into the dead-letter queue in the function's name.",
        ("-role",),
    ),
    Implied(
        ("s3:AbortMultipartUpload",),
        "the SDK's transfer",
        "A large artifact goes up in parts; where one fails, the others are taken away. Only ever called on a fault.",
        ("-build",),
    ),
    Implied(
        ("s3:GetObject",),
        "the buildspec's first command; whoever opens a link",
        "The worker's package is fetched before there is a worker; a link to an artifact has its signer's rights.",
        ("-build",),
    ),
    Implied(
        ("s3:ListBucket",),
        "S3",
        "Of an object that is not there it says 'denied' to who may not list; a first look must know that it is one.",
        ("-poller-role",),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Comparison:
    """Granted and called, compared both ways.

    Attributes:
        missing: called, and not granted.
        unexplained: granted, and neither called nor implied.
    """

    missing: frozenset[str]
    unexplained: frozenset[str]


def compare(role: str, granted: Iterable[str], called: Iterable[str]) -> Comparison:
    """Compare what a role may do with what is called in its name.

    Args:
        role: its name.
        granted: all actions of its policies.
        called: the actions that its own code's calls take.

    >>> compare("x-role", ["s3:GetObject", "s3:PutObject"], ["s3:GetObject", "ssm:GetParameter"])
    Comparison(missing=frozenset({'ssm:GetParameter'}), unexplained=frozenset({'s3:PutObject'}))
    """
    may, does = frozenset(granted), frozenset(called)
    return Comparison(does - may, may - does - implied_for(role))


def implied_for(role: str) -> frozenset[str]:
    """What a role may have without its code's calling it."""
    fitting = (row for row in IMPLIED if not row.roles or role.endswith(row.roles))
    return frozenset(action for row in fitting for action in row.actions)


# Operations whose action has another name; from each service's page of the authorization reference.
_ACTIONS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("lambda", "Invoke"): ("lambda:InvokeFunction",),
    ("s3", "HeadObject"): ("s3:GetObject",),
    ("s3", "HeadBucket"): ("s3:ListBucket",),
    ("s3", "ListObjects"): ("s3:ListBucket",),
    ("s3", "ListObjectsV2"): ("s3:ListBucket",),
    ("s3", "CopyObject"): ("s3:GetObject", "s3:PutObject"),
    ("s3", "CreateMultipartUpload"): ("s3:PutObject",),
    ("s3", "UploadPart"): ("s3:PutObject",),
    ("s3", "CompleteMultipartUpload"): ("s3:PutObject",),
    # Whoever has credentials may ask whose they are.
    ("sts", "GetCallerIdentity"): (),
}
_PREFIXES: Mapping[str, str] = {"sesv2": "ses", "monitoring": "cloudwatch", "cloudwatch": "cloudwatch", "email": "ses"}


def actions_of(service: str, operation: str) -> tuple[str, ...]:
    """The actions that a call takes.

    Args:
        service: as botocore names it, or as an endpoint is named.
        operation: as the service's API names it.

    >>> actions_of("lambda", "Invoke"), actions_of("sesv2", "SendEmail"), actions_of("ssm", "GetParameter")
    (('lambda:InvokeFunction',), ('ses:SendEmail',), ('ssm:GetParameter',))
    """
    told = _ACTIONS.get((service, operation))
    return (f"{_PREFIXES.get(service, service)}:{operation}",) if told is None else told
