"""The bucket of artifacts, and the one that says who asked for what of it."""

from collections.abc import Sequence
from typing import Any

from aws_cdk import Aws
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from kiro_worker_infra.names import ARTIFACT_PREFIX, REQUEST_METRICS
from kiro_worker_infra.part import Part

# Of an upload that was never finished; its parts are paid for and cannot be seen.
_UNFINISHED_DAYS = 7
_LOG_PREFIX = "artifacts/"


class Buckets(Construct):
    """Both buckets: private, encrypted, reached by TLS only."""

    def __init__(self, part: Part, name: str, *, key_arn: str) -> None:
        super().__init__(part, name)
        self._part, self._key_arn = part, key_arn
        logs = self._access_logs()
        self._artifacts(logs)

    def _access_logs(self) -> s3.CfnBucket:
        keep = self._part.settings.keep
        name = self._part.names.access_logs(Aws.ACCOUNT_ID, Aws.REGION)
        # S3 writes its own logs into no bucket that is encrypted with a customer's key.
        bucket = self._bucket(
            "AccessLogs",
            name,
            encryption=s3.CfnBucket.ServerSideEncryptionByDefaultProperty(sse_algorithm="AES256"),
            rules=[_expire("old", days=keep.access_logs), *_housekeeping(keep.versions)],
        )
        self._policy("AccessLogs", bucket, [_delivery(self._part, bucket.attr_arn)])
        return bucket

    def _artifacts(self, logs: s3.CfnBucket) -> None:
        keep = self._part.settings.keep
        bucket = self._bucket(
            "Artifacts",
            self._part.bucket_name,
            encryption=s3.CfnBucket.ServerSideEncryptionByDefaultProperty(
                sse_algorithm="aws:kms", kms_master_key_id=self._key_arn
            ),
            rules=[
                _expire("runs", prefix=ARTIFACT_PREFIX, days=keep.artifacts),
                *_housekeeping(keep.versions),
            ],
            logging_configuration=s3.CfnBucket.LoggingConfigurationProperty(
                destination_bucket_name=logs.ref, log_file_prefix=_LOG_PREFIX
            ),
            metrics_configurations=self._request_metrics(),
        )
        self._policy("Artifacts", bucket, [])

    def _request_metrics(self) -> Sequence[s3.CfnBucket.MetricsConfigurationProperty] | None:
        """Errors of S3 for the alarms; each of these metrics costs money, so only where somebody looks at them.

        Only of runs' artifacts: a book of the poller's that is not there yet, or that another has written meanwhile, is
        counted by them as well and is no error.
        """
        if not self._part.settings.monitored:
            return None
        return [s3.CfnBucket.MetricsConfigurationProperty(id=REQUEST_METRICS, prefix=ARTIFACT_PREFIX)]

    def _bucket(
        self,
        logical: str,
        name: str,
        *,
        encryption: s3.CfnBucket.ServerSideEncryptionByDefaultProperty,
        rules: Sequence[s3.CfnBucket.RuleProperty],
        **further: Any,
    ) -> s3.CfnBucket:
        kinds = s3.CfnBucket
        bucket = kinds(
            self,
            logical,
            bucket_name=name,
            bucket_encryption=kinds.BucketEncryptionProperty(
                server_side_encryption_configuration=[
                    # With a bucket's own key KMS is asked once for many objects, not once for each.
                    kinds.ServerSideEncryptionRuleProperty(
                        server_side_encryption_by_default=encryption,
                        bucket_key_enabled=encryption.sse_algorithm == "aws:kms",
                    )
                ]
            ),
            public_access_block_configuration=kinds.PublicAccessBlockConfigurationProperty(
                block_public_acls=True, block_public_policy=True, ignore_public_acls=True, restrict_public_buckets=True
            ),
            ownership_controls=kinds.OwnershipControlsProperty(
                rules=[kinds.OwnershipControlsRuleProperty(object_ownership="BucketOwnerEnforced")]
            ),
            versioning_configuration=kinds.VersioningConfigurationProperty(status="Enabled"),
            lifecycle_configuration=kinds.LifecycleConfigurationProperty(rules=list(rules)),
            **further,
        )
        self._part.guard(bucket)
        return bucket

    def _policy(self, logical: str, bucket: s3.CfnBucket, further: Sequence[iam.PolicyStatement]) -> None:
        s3.CfnBucketPolicy(
            self,
            f"{logical}Policy",
            bucket=bucket.ref,
            policy_document=iam.PolicyDocument(statements=[_tls_only(bucket.attr_arn), *further]),
        )


def _tls_only(arn: str) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid="TlsOnly",
        effect=iam.Effect.DENY,
        principals=[iam.AnyPrincipal()],
        actions=["s3:*"],
        resources=[arn, f"{arn}/*"],
        conditions={"Bool": {"aws:SecureTransport": "false"}},
    )


def _delivery(part: Part, arn: str) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid="AccessLogs",
        principals=[iam.ServicePrincipal("logging.s3.amazonaws.com")],
        actions=["s3:PutObject"],
        resources=[f"{arn}/{_LOG_PREFIX}*"],
        conditions={
            "ArnLike": {"aws:SourceArn": part.bucket_arn},
            "StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID},
        },
    )


def _expire(name: str, *, days: int, prefix: str | None = None) -> s3.CfnBucket.RuleProperty:
    return s3.CfnBucket.RuleProperty(id=f"expire-{name}", status="Enabled", prefix=prefix, expiration_in_days=days)


def _housekeeping(versions: int) -> tuple[s3.CfnBucket.RuleProperty, ...]:
    kinds = s3.CfnBucket
    return (
        kinds.RuleProperty(
            id="expire-versions",
            status="Enabled",
            noncurrent_version_expiration=kinds.NoncurrentVersionExpirationProperty(noncurrent_days=versions),
            expired_object_delete_marker=True,
        ),
        kinds.RuleProperty(
            id="abort-uploads",
            status="Enabled",
            abort_incomplete_multipart_upload=kinds.AbortIncompleteMultipartUploadProperty(
                days_after_initiation=_UNFINISHED_DAYS
            ),
        ),
    )
