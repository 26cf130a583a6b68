"""Stack core: what keeps data, and how it is kept."""

import pytest

from infra.assembly import listed, shown
from kiro_worker_infra.names import KINDS


@pytest.fixture(params=KINDS)
def core(assembly, request):
    return assembly.stack("core", request.param)


def test_both_buckets_are_private_and_keep_versions(core):
    buckets = core.of("AWS::S3::Bucket")
    assert len(buckets) == 2
    for bucket in buckets.values():
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
        assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
        assert bucket["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]


def test_artifacts_are_encrypted_with_the_environments_key_and_asked_for_cheaply(core):
    (artifacts,) = (each for each in core.of("AWS::S3::Bucket").values() if "LoggingConfiguration" in each)
    (rule,) = artifacts["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["BucketKeyEnabled"] is True
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert shown(rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"]) == "${Key.Arn}"


def test_whoever_does_not_use_tls_is_denied_everything_of_both_buckets(core):
    policies = core.of("AWS::S3::BucketPolicy")
    assert {shown(each["Bucket"]) for each in policies.values()} == {
        f"${{{name}}}" for name in core.of("AWS::S3::Bucket")
    }
    for policy in policies.values():
        denied = [each for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Deny"]
        (only,) = denied
        bucket = f"{shown(policy['Bucket'])[:-1]}.Arn}}"
        assert (only["Action"], only["Principal"]) == ("s3:*", {"AWS": "*"})
        assert sorted(listed(only["Resource"])) == [bucket, f"{bucket}/*"]
        assert only["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_pollers_book_never_expires_and_artifacts_do(core):
    (artifacts,) = (each for each in core.of("AWS::S3::Bucket").values() if "LoggingConfiguration" in each)
    rules = artifacts["LifecycleConfiguration"]["Rules"]
    expiring = {each["Prefix"] for each in rules if "ExpirationInDays" in each}
    assert expiring == {"runs/"}
    assert any("AbortIncompleteMultipartUpload" in each for each in rules)


def test_a_row_of_the_lease_table_is_never_deleted_by_time(core):
    table = core.one("AWS::DynamoDB::Table")
    assert table["KeySchema"] == [{"AttributeName": "key", "KeyType": "HASH"}]
    assert "TimeToLiveSpecification" not in table
    assert table["SSESpecification"]["SSEType"] == "KMS"
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["DeletionProtectionEnabled"] is (core.environment == "production")


def test_no_secret_has_a_value_that_was_made_up(core):
    secrets = core.of("AWS::SecretsManager::Secret")
    assert {each["Name"] for each in secrets.values()} == {
        f"kiro-worker-{core.environment}-{what}" for what in ("github-token", "git-credentials", "agent-credentials")
    }
    for secret in secrets.values():
        assert "SecretString" not in secret
        assert "GenerateSecretString" not in secret
        assert shown(secret["KmsKeyId"]) == "${Key.Arn}"


def test_the_parameter_is_left_to_people_where_the_environment_does_not_describe_it(core):
    # As the reference does it: `aws ssm put-parameter` without --overwrite, which refuses one that is there.
    assert core.of("AWS::SSM::Parameter") == {}


def test_the_key_is_renewed_and_only_this_environments_log_groups_may_use_it(core):
    key = core.one("AWS::KMS::Key")
    assert key["EnableKeyRotation"] is True
    by_service = {
        shown(principal): each
        for each in key["KeyPolicy"]["Statement"]
        for principal in listed(each["Principal"].get("Service", []))
    }
    assert set(by_service) == {"logs.${AWS::Region}.amazonaws.com", "cloudwatch.amazonaws.com"}
    groups = listed(
        by_service["logs.${AWS::Region}.amazonaws.com"]["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]
    )
    assert groups
    assert all(f"kiro-worker-{core.environment}" in each for each in groups)
