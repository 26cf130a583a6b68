"""What a build may do: logs, reports, its branch's lease, its secrets, its artifacts. It can start and stop nothing."""

import re

from aws_cdk import Aws
from aws_cdk import aws_iam as iam
from aws_cdk.aws_s3_assets import Asset

from kiro_worker_infra import grant
from kiro_worker_infra.nag import STREAMS, accept_wildcard
from kiro_worker_infra.names import ARTIFACT_PREFIX
from kiro_worker_infra.part import Part
from kiro_worker_infra.variables import git_sign_in, sign_in

_REGISTRY = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/(?P<name>[^:@]+)"
)
# A build has one row of the table at a time, and looks at what others hold.
_LEASE = ("dynamodb:GetItem", "dynamodb:UpdateItem")


def of(part: Part, package: Asset) -> iam.Role:
    """The project's role."""
    names = part.names
    project = part.project_arn()
    role = grant.role(
        part,
        names.build_role,
        service="codebuild.amazonaws.com",
        description=f"Builds of {names.project}",
        trust={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}, "ArnLike": {"aws:SourceArn": project}},
        statements=[
            grant.write_logs(part, names.build_logs),
            _reports(part),
            *grant.use_table(part, names.leases, _LEASE),
            *grant.read_secrets(part, sign_in(part), *git_sign_in(part), names.agent_credentials),
            *_files(part),
            grant.allow("ReadPackage", ("s3:GetObject",), (package.bucket.arn_for_objects(package.s3_object_key),)),
            *_image(part),
        ],
    )
    _accept(part, role)
    return role


def _reports(part: Part) -> iam.PolicyStatement:
    return grant.allow(
        "WriteReports",
        (
            "codebuild:BatchPutCodeCoverages",
            "codebuild:BatchPutTestCases",
            "codebuild:CreateReport",
            # Of groups that are there already: who names one in a buildspec by its name asks for it to be made.
            "codebuild:CreateReportGroup",
            "codebuild:UpdateReport",
        ),
        [part.arn("codebuild", f"report-group/{name}") for name in (part.names.tests, part.names.coverage)],
    )


def _files(part: Part) -> tuple[iam.PolicyStatement, ...]:
    objects = f"{part.bucket_arn}/{ARTIFACT_PREFIX}*"
    return (
        grant.allow("KeepFiles", ("s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"), (objects,)),
        grant.with_key(part, "KeepFilesKey", "s3", ("kms:Decrypt", "kms:GenerateDataKey")),
    )


def _image(part: Part) -> tuple[iam.PolicyStatement, ...]:
    """Fetch the build's image, where it is in a registry of Amazon's own."""
    found = _REGISTRY.match(part.settings.build.image)
    if not found:
        return ()
    repository = f"arn:{Aws.PARTITION}:ecr:{found['region']}:{found['account']}:repository/{found['name']}"
    return (
        grant.allow("RegistrySignIn", ("ecr:GetAuthorizationToken",), ("*",)),
        grant.allow(
            "FetchImage",
            ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
            (repository,),
        ),
    )


def _accept(part: Part, role: iam.Role) -> None:
    accept_wildcard(role, f"{part.log_group_arn(part.names.build_logs)}:*", STREAMS)
    accept_wildcard(
        role,
        f"{part.bucket_arn}/{ARTIFACT_PREFIX}*",
        "Each run keeps its files under an id of its own, which is made as the run is started.",
    )
    if _REGISTRY.match(part.settings.build.image):
        accept_wildcard(role, "*", "ecr:GetAuthorizationToken knows no resource; it opens no repository by itself.")
