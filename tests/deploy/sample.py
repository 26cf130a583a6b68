"""A cloud assembly of three small stacks, as `cdk synth` writes it, so that no test waits for that."""

import json
from pathlib import Path

ENVIRONMENT = "aws://unknown-account/unknown-region"
ROLES = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/cdk-hnb659fds-%s-role-${AWS::AccountId}-${AWS::Region}"
STAGING = "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"
VERSION = "/cdk-bootstrap/hnb659fds/version"

CORE = {
    "Key": {"Type": "AWS::KMS::Key", "Properties": {"EnableKeyRotation": True, "KeyPolicy": {
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Principal": {
            "AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}}]}},
        "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"},
    "Leases": {"Type": "AWS::DynamoDB::Table", "Properties": {
        "TableName": "shop-test-leases", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "key", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "key", "KeyType": "HASH"}],
        "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": {"Fn::GetAtt": ["Key", "Arn"]}}},
        "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"},
    "Token": {"Type": "AWS::SecretsManager::Secret", "Properties": {
        "Name": "shop-test-github-token", "KmsKeyId": {"Fn::GetAtt": ["Key", "Arn"]}}},
}  # fmt: skip
WORKER = {
    "Role": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "shop-test-build", "AssumeRolePolicyDocument": {
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
                                                "Principal": {"Service": "codebuild.amazonaws.com"}}]}}},
    "Project": {"Type": "AWS::CodeBuild::Project", "Properties": {
        "Name": "shop-test", "ServiceRole": {"Fn::GetAtt": ["Role", "Arn"]}, "Artifacts": {"Type": "NO_ARTIFACTS"},
        "Source": {"Type": "NO_SOURCE", "BuildSpec": "version: 0.2"},
        "Environment": {"Type": "LINUX_CONTAINER", "ComputeType": "BUILD_GENERAL1_SMALL", "Image": "aws/codebuild/standard:7.0",
                        "EnvironmentVariables": [{"Name": "KEY", "Value": {"Fn::ImportValue": "shop-test-key-arn"}}]}},
        "Metadata": {"aws:cdk:path": "shop-test-worker/Project/Resource"}},
}  # fmt: skip
POLLER = {
    "Dead": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "shop-test-poller-dead"}},
    "Schedule": {"Type": "AWS::Events::Rule", "Properties": {
        "Name": "shop-test-schedule", "ScheduleExpression": "rate(5 minutes)",
        "Targets": [{"Id": "dead", "Arn": {"Fn::GetAtt": ["Dead", "Arn"]}}]}},
    # Never made: the parameter's default is empty.
    "Second": {"Type": "AWS::SQS::Queue", "Condition": "Wanted", "Properties": {"QueueName": "shop-test-second"}},
}  # fmt: skip


def sample(folder: Path) -> Path:
    """Write it; returns its folder."""
    folder.mkdir(parents=True)
    artifacts = {}
    for name, resources, needs in (
        ("shop-test-core", CORE, ()),
        ("shop-test-worker", WORKER, ("shop-test-core",)),
        ("shop-test-poller", POLLER, ("shop-test-core", "shop-test-worker")),
    ):
        template = {"Resources": resources}
        if name.endswith("core"):
            value = {"Fn::GetAtt": ["Key", "Arn"]}
            template["Outputs"] = {"KeyArn": {"Value": value, "Export": {"Name": "shop-test-key-arn"}}}
        if name.endswith("poller"):
            template["Parameters"] = {"More": {"Type": "String", "Default": ""}}
            template["Conditions"] = {"Wanted": {"Fn::Not": [{"Fn::Equals": [{"Ref": "More"}, ""]}]}}
        artifacts |= stack_of(folder, name, template, needs)
    # The order of a manifest is nobody's promise.
    shuffled = dict(sorted(artifacts.items(), reverse=True))
    write(folder / "manifest.json", {"version": "55.0.0", "artifacts": shuffled})
    write(folder / "cdk.out", {"version": "55.0.0"})
    return folder


def stack_of(folder: Path, name: str, template: dict, needs: tuple[str, ...]) -> dict:
    write(folder / f"{name}.template.json", template)
    destination = {"bucketName": STAGING, "objectKey": f"{name}.json", "assumeRoleArn": ROLES % "file-publishing"}
    source = {"path": f"{name}.template.json", "packaging": "file"}
    files = {name: {"displayName": f"{name} Template", "source": source, "destinations": {"here": destination}}}
    write(folder / f"{name}.assets.json", {"version": "55.0.0", "files": files, "dockerImages": {}})
    common = {"requiresBootstrapStackVersion": 6, "bootstrapStackVersionSsmParameter": VERSION}
    return {
        f"{name}.assets": {"type": "cdk:asset-manifest", "properties": {"file": f"{name}.assets.json", **common}},
        name: {
            "type": "aws:cloudformation:stack", "environment": ENVIRONMENT,
            "properties": {
                "templateFile": f"{name}.template.json", "validateOnSynth": False, **common,
                "assumeRoleArn": ROLES % "deploy", "cloudFormationExecutionRoleArn": ROLES % "cfn-exec",
                "stackTemplateAssetObjectUrl": f"s3://{STAGING}/{name}.json",
                "additionalDependencies": [f"{name}.assets"],
            },
            "dependencies": [f"{name}.assets", *needs], "displayName": name,
        },
    }  # fmt: skip


def write(path: Path, document: dict) -> None:
    path.write_text(json.dumps(document, indent=1))
