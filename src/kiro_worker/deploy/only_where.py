"""What CloudFormation calls only where a template sets a property; and what it calls though no schema says so. Pure.

A schema's list of calls is for every property of the type. What is never called is no needed permission, so each row
names the property that a call is for. A call that no row is about is always made.
"""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from kiro_worker.deploy.template import Resource

# Pattern of calls, and the property that they are for. The first pattern that fits counts.
_Rows = tuple[tuple[str, str], ...]
# Tags are put on whatever takes them, be it only CloudFormation's own; taken away are only those of a template.
_EVERYWHERE: _Rows = (("*:Untag*", "Tags"), ("*:RemoveTags*", "Tags"))
# Marks what none of our properties brings about: an older interface, or what AWS does in its own accounts.
_NEVER = ""

_ONLY_WHERE: Mapping[str, _Rows] = {
    "AWS::ApiGateway::RestApi": (
        ("s3:*", "BodyS3Location"),
        ("apigateway:PUT", "Body"),
        ("apigateway:UpdateRestApiPolicy", "Policy"),
    ),
    "AWS::DynamoDB::Table": (
        ("dynamodb:DescribeImport", "ImportSourceSpecification"),
        ("dynamodb:ImportTable", "ImportSourceSpecification"),
        ("s3:*", "ImportSourceSpecification"),
        ("logs:*", "ImportSourceSpecification"),
        ("kinesis:*", "KinesisStreamSpecification"),
        ("dynamodb:EnableKinesis*", "KinesisStreamSpecification"),
        ("dynamodb:DisableKinesis*", "KinesisStreamSpecification"),
        ("dynamodb:UpdateKinesis*", "KinesisStreamSpecification"),
        ("dynamodb:UpdateContributorInsights", "ContributorInsightsSpecification"),
        ("iam:CreateServiceLinkedRole", "ContributorInsightsSpecification"),
        ("dynamodb:UpdateContinuousBackups", "PointInTimeRecoverySpecification"),
        ("dynamodb:UpdateTimeToLive", "TimeToLiveSpecification"),
        ("dynamodb:PutResourcePolicy", "ResourcePolicy"),
        ("dynamodb:DeleteResourcePolicy", "ResourcePolicy"),
        ("kms:*", "SSESpecification"),
        # Replicas belong to AWS::DynamoDB::GlobalTable; they are filled through the table's own items.
        ("dynamodb:*Replica", _NEVER),
        ("dynamodb:*Item", _NEVER),
        ("dynamodb:Scan", _NEVER),
        ("dynamodb:Query", _NEVER),
    ),
    "AWS::ECR::Repository": (
        ("kms:*", "EncryptionConfiguration"),
        ("ecr:PutImageScanningConfiguration", "ImageScanningConfiguration"),
    ),
    "AWS::IAM::ManagedPolicy": (("iam:*User*", "Users"), ("iam:*Group*", "Groups"), ("iam:*Role*", "Roles")),
    "AWS::IAM::Policy": (("iam:*User*", "Users"), ("iam:*Group*", "Groups"), ("iam:*Role*", "Roles")),
    "AWS::IAM::Role": (
        ("iam:*PermissionsBoundary", "PermissionsBoundary"),
        ("iam:AttachRolePolicy", "ManagedPolicyArns"),
        ("iam:DetachRolePolicy", "ManagedPolicyArns"),
        ("iam:UpdateRoleDescription", "Description"),
    ),
    "AWS::KMS::Key": (
        ("kms:*ableKeyRotation", "EnableKeyRotation"),
        ("kms:EnableKey", "Enabled"),
        ("kms:DisableKey", "Enabled"),
    ),
    "AWS::Lambda::Function": (
        ("ec2:*", "VpcConfig"),
        ("elasticfilesystem:*", "FileSystemConfigs"),
        ("s3files:*", "FileSystemConfigs"),
        ("kms:*", "KmsKeyArn"),
        ("s3:GetObjectVersion", "Code.S3ObjectVersion"),
        ("s3:*", "Code.S3Bucket"),
        ("lambda:GetLayerVersion", "Layers"),
        # Read for every function; asked for and set only where a signing configuration is named.
        ("lambda:GetCodeSigningConfig", "CodeSigningConfigArn"),
        ("lambda:PutFunctionCodeSigningConfig", "CodeSigningConfigArn"),
        ("lambda:DeleteFunctionCodeSigningConfig", "CodeSigningConfigArn"),
        ("lambda:PutFunctionConcurrency", "ReservedConcurrentExecutions"),
        ("lambda:DeleteFunctionConcurrency", "ReservedConcurrentExecutions"),
        ("lambda:PutRuntimeManagementConfig", "RuntimeManagementConfig"),
        ("lambda:PutFunctionRecursionConfig", "RecursiveLoop"),
        ("lambda:PutFunctionScalingConfig", "FunctionScalingConfig"),
        ("lambda:PassCapacityProvider", "CapacityProviderConfig"),
        ("lambda:PublishVersion", "PublishToLatestPublished"),
    ),
    "AWS::Lambda::Alias": (
        ("codedeploy:*", "RoutingConfig"),
        ("lambda:*ProvisionedConcurrency*", "ProvisionedConcurrencyConfig"),
    ),
    "AWS::Lambda::EventSourceMapping": (("kms:*", "KmsKeyArn"),),
    "AWS::ApiGatewayV2::Api": (("s3:*", "BodyS3Location"),),
    "AWS::Lambda::Version": (
        ("lambda:PutProvisionedConcurrency*", "ProvisionedConcurrencyConfig"),
        ("lambda:PutRuntimeManagementConfig", "RuntimePolicy"),
        ("lambda:PutFunctionScalingConfig", "FunctionScalingConfig"),
    ),
    "AWS::Logs::LogGroup": (
        ("logs:CreateLogDelivery", "DataProtectionPolicy"),
        ("s3:*", "DataProtectionPolicy"),
        ("firehose:*", "DataProtectionPolicy"),
        ("logs:PutDataProtectionPolicy", "DataProtectionPolicy"),
        ("logs:DeleteDataProtectionPolicy", "DataProtectionPolicy"),
        ("logs:PutIndexPolicy", "FieldIndexPolicies"),
        ("logs:DeleteIndexPolicy", "FieldIndexPolicies"),
        ("logs:PutResourcePolicy", "ResourcePolicyDocument"),
        ("logs:DeleteResourcePolicy", "ResourcePolicyDocument"),
        ("logs:AssociateKmsKey", "KmsKeyId"),
        ("logs:DisassociateKmsKey", "KmsKeyId"),
        ("logs:PutRetentionPolicy", "RetentionInDays"),
        ("logs:DeleteRetentionPolicy", "RetentionInDays"),
        ("logs:PutBearerTokenAuthentication", "BearerTokenAuthenticationEnabled"),
        ("logs:PutLogGroupDeletionProtection", "DeletionProtectionEnabled"),
    ),
    "AWS::S3::Bucket": (
        ("s3tables:*", "MetadataTableConfiguration"),
        ("s3:CreateBucketMetadata*", "MetadataTableConfiguration"),
        ("s3:DeleteBucketMetadata*", "MetadataTableConfiguration"),
        ("s3:UpdateBucketMetadata*", "MetadataTableConfiguration"),
        ("s3:PutBucketAbac", "AbacStatus"),
        ("s3:PutAnalyticsConfiguration", "AnalyticsConfigurations"),
        ("s3:PutEncryptionConfiguration", "BucketEncryption"),
        ("s3:PutBucketCORS", "CorsConfiguration"),
        ("s3:PutInventoryConfiguration", "InventoryConfigurations"),
        ("s3:PutLifecycleConfiguration", "LifecycleConfiguration"),
        ("s3:PutMetricsConfiguration", "MetricsConfigurations"),
        ("s3:PutBucketNotification", "NotificationConfiguration"),
        ("s3:PutReplicationConfiguration", "ReplicationConfiguration"),
        ("s3:*BucketWebsite", "WebsiteConfiguration"),
        ("s3:PutAccelerateConfiguration", "AccelerateConfiguration"),
        ("s3:PutBucketAcl", "AccessControl"),
        ("s3:PutObjectAcl", _NEVER),
        ("s3:DeleteObject", _NEVER),
        ("s3:PutBucketObjectLockConfiguration", "ObjectLockEnabled"),
        ("s3:PutBucketLogging", "LoggingConfiguration"),
        ("s3:PutBucketVersioning", "VersioningConfiguration"),
        ("s3:PutBucketOwnershipControls", "OwnershipControls"),
        ("s3:PutBucketPublicAccessBlock", "PublicAccessBlockConfiguration"),
        ("s3:PutIntelligentTieringConfiguration", "IntelligentTieringConfigurations"),
    ),
    "AWS::SES::EmailIdentity": (
        ("ses:PutEmailIdentityConfigurationSetAttributes", "ConfigurationSetAttributes"),
        ("ses:PutEmailIdentityDkim*", "DkimAttributes"),
        ("ses:PutEmailIdentityFeedback*", "FeedbackAttributes"),
        ("ses:PutEmailIdentityMailFrom*", "MailFromAttributes"),
    ),
    "AWS::SNS::Topic": (
        ("sns:PutDataProtectionPolicy", "DataProtectionPolicy"),
        ("sns:Subscribe", "Subscription"),
        ("sns:Unsubscribe", "Subscription"),
        ("iam:GetRole", "DeliveryStatusLogging"),
    ),
    "AWS::SecretsManager::Secret": (
        ("secretsmanager:GetRandomPassword", "GenerateSecretString"),
        ("secretsmanager:ReplicateSecretToRegions", "ReplicaRegions"),
        ("secretsmanager:RemoveRegionsFromReplication", "ReplicaRegions"),
        # Never the value, unless CloudFormation made it.
        ("secretsmanager:GetSecretValue", "GenerateSecretString"),
    ),
}  # fmt: skip

# Property, and what creating and changing then needs besides; from the services' own pages.
_BESIDES: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "AWS::ApiGatewayV2::Stage": (
        (
            "AccessLogSettings",
            (
                "logs:CreateLogDelivery", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies",
                "logs:GetLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:UpdateLogDelivery",
            ),
        ),
    ),
    "AWS::CodeBuild::ReportGroup": (("Tags", ("codebuild:UpdateReportGroup",)),),
    # A key that AWS keeps is used in the caller's name.
    "AWS::SecretsManager::Secret": (("KmsKeyId", ("kms:Decrypt", "kms:GenerateDataKey")),),
}  # fmt: skip


def called(resource: Resource, operation: str, calls: Iterable[str]) -> tuple[str, ...]:
    """Those of a type's calls that are made for a resource as it stands in its template.

    Args:
        resource: with its properties.
        operation: create, read, update or delete.
        calls: what the type's schema names for the operation.
    """
    rows = (*_EVERYWHERE, *_ONLY_WHERE.get(resource.kind, ()))
    made = [call for call in calls if _is_made(call, rows, resource)]
    if operation in {"create", "update"}:
        for wanted, more in _BESIDES.get(resource.kind, ()):
            made += more if resource.has(wanted) else ()
    return tuple(dict.fromkeys(made))


def _is_made(call: str, rows: _Rows, resource: Resource) -> bool:
    for pattern, wanted in rows:
        if fnmatchcase(call, pattern):
            return wanted != _NEVER and resource.has(wanted)
    return True
