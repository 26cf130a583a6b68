from itertools import product

import pytest

from kiro_worker.deploy.fault import AssemblyUnfit
from kiro_worker.deploy.layers import Bootstrap, bootstrap_needs, check_needs, deploy_needs
from kiro_worker.deploy.need import Layer, handlers, needs_of, unknown_types
from kiro_worker.deploy.template import template_of
from kiro_worker.deploy.toolkit import bootstrap_of

ROLE = "arn:aws:iam::111122223333:role"


def needs(here, kind, **properties):
    """All that one resource needs: call, what it is made on, and for what."""
    template = template_of("s", {"Resources": {"R": {"Type": kind, "Properties": properties}}})
    return {
        (need.action, need.resource): {cause.operation for cause in need.causes} for need in needs_of(template, here)
    }


def calls(found):
    return {action for action, _ in found}


# The execution role


def test_a_project_needs_its_own_calls_and_to_hand_its_role_on(here):
    found = needs(here, "AWS::CodeBuild::Project", Name="p", ServiceRole=f"{ROLE}/build")
    project = "arn:aws:codebuild:eu-west-1:111122223333:project/p"
    assert found == {
        ("codebuild:CreateProject", project): {"create"},
        ("codebuild:UpdateProject", project): {"update"},
        ("codebuild:DeleteProject", project): {"delete"},
        ("codebuild:BatchGetProjects", project): {"create", "update", "delete"},
        ("iam:PassRole", f"{ROLE}/build"): {"create", "update"},
    }


def test_a_role_is_handed_to_the_one_service_that_takes_it(here):
    template = template_of(
        "s", {"Resources": {"R": {"Type": "AWS::Lambda::Function", "Properties": {"Role": {"Ref": "X"}}}}}
    )
    (handed,) = [need for need in needs_of(template, here) if need.action == "iam:PassRole"]
    assert (handed.passed_to, handed.resource) == ("lambda.amazonaws.com", f"{ROLE}/s-*")


def test_nothing_is_handed_on_where_no_role_is_named(here):
    rule = needs(here, "AWS::Events::Rule", Name="r", Targets=[{"Arn": "arn:aws:sqs:x", "Id": "a"}])
    assert "iam:PassRole" not in calls(rule)
    with_role = needs(here, "AWS::Events::Rule", Name="r", Targets=[{"Arn": "x", "Id": "a", "RoleArn": f"{ROLE}/t"}])
    assert ("iam:PassRole", f"{ROLE}/t") in with_role


@pytest.mark.parametrize(
    ("kind", "property_", "call"),
    [
        ("AWS::DynamoDB::Table", "ImportSourceSpecification", "dynamodb:ImportTable"),
        ("AWS::DynamoDB::Table", "TimeToLiveSpecification", "dynamodb:UpdateTimeToLive"),
        ("AWS::DynamoDB::Table", "SSESpecification", "kms:CreateGrant"),
        ("AWS::S3::Bucket", "WebsiteConfiguration", "s3:PutBucketWebsite"),
        ("AWS::S3::Bucket", "LifecycleConfiguration", "s3:PutLifecycleConfiguration"),
        ("AWS::Lambda::Function", "VpcConfig", "ec2:DescribeVpcs"),
        ("AWS::Lambda::Function", "ReservedConcurrentExecutions", "lambda:PutFunctionConcurrency"),
        ("AWS::Logs::LogGroup", "RetentionInDays", "logs:PutRetentionPolicy"),
        ("AWS::Logs::LogGroup", "KmsKeyId", "logs:AssociateKmsKey"),
        ("AWS::SecretsManager::Secret", "KmsKeyId", "kms:GenerateDataKey"),
        ("AWS::SecretsManager::Secret", "GenerateSecretString", "secretsmanager:GetSecretValue"),
        ("AWS::IAM::Policy", "Groups", "iam:PutGroupPolicy"),
        ("AWS::SQS::Queue", "Tags", "sqs:UntagQueue"),
    ],
)
def test_what_a_property_takes_is_needed_only_where_it_is_set(here, kind, property_, call):
    assert call in calls(needs(here, kind, **{property_: {"Any": "thing"}}))
    assert call not in calls(needs(here, kind))


def test_what_makes_and_takes_away_each_type_is_never_left_out(here):
    for kind, operations in handlers()["types"].items():
        found = calls(needs(here, kind))
        for operation, word in (("create", "Create"), ("delete", "Delete")):
            own = {call for call in operations[operation] if call.endswith(f":{word}{kind.rpartition('::')[2]}")}
            assert own <= found, (kind, own - found)


def test_the_name_of_a_log_group_ends_as_each_call_wants_it(here):
    found = needs(here, "AWS::Logs::LogGroup", LogGroupName="/g")
    group = "arn:aws:logs:eu-west-1:111122223333:log-group:/g"
    assert ("logs:TagResource", group) in found
    assert ("logs:CreateLogGroup", f"{group}:*") in found
    assert ("logs:TagResource", f"{group}:*") not in found


def test_an_alias_needs_its_key_too_and_a_key_no_name_when_it_is_made(here):
    alias = needs(here, "AWS::KMS::Alias", AliasName="alias/a", TargetKeyId="k")
    assert {name for action, name in alias if action == "kms:CreateAlias"} == {
        "arn:aws:kms:eu-west-1:111122223333:alias/a", "arn:aws:kms:eu-west-1:111122223333:key/*",
    }  # fmt: skip
    assert ("kms:CreateKey", "*") in needs(here, "AWS::KMS::Key")


def test_an_alarm_of_alarms_is_made_and_looked_at_by_who_may_do_so_with_all(here):
    of_all = needs(here, "AWS::CloudWatch::CompositeAlarm", AlarmName="a-any", AlarmRule="TRUE")
    for action in ("cloudwatch:DescribeAlarms", "cloudwatch:PutCompositeAlarm"):
        assert {name for each, name in of_all if each == action} == {"*"}
    of_one = needs(here, "AWS::CloudWatch::Alarm", AlarmName="a-one")
    assert {name for action, name in of_one if action == "cloudwatch:DescribeAlarms"} == {
        "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:a-one"
    }


def test_code_is_read_from_the_bucket_that_it_was_published_to(here):
    found = needs(here, "AWS::Lambda::Function", Code={"S3Bucket": {"Fn::Sub": "assets-${AWS::Region}"}})
    assert ("s3:GetObject", "arn:aws:s3:::assets-eu-west-1/*") in found


def test_what_the_cdk_counts_itself_by_needs_nothing_and_a_type_that_is_not_known_is_named(here):
    resources = {"M": {"Type": "AWS::CDK::Metadata"}, "X": {"Type": "AWS::Made::Up"}}
    template = template_of("s", {"Resources": resources})
    assert needs_of(template, here) == ()
    assert unknown_types(template) == ("AWS::Made::Up",)


# All who act


def test_the_caller_only_takes_on_roles_and_looks(assembly, here):
    stack = assembly.stacks[0]
    found = {
        (need.action, need.resource)
        for need in deploy_needs(stack, here, Bootstrap("/v", 6))
        if need.layer is Layer.CALLER
    }
    tail = "111122223333-eu-west-1"
    name = "arn:aws:cloudformation:eu-west-1:111122223333:stack/shop-test-core/*"
    assert found == {
        ("sts:AssumeRole", f"{ROLE}/cdk-hnb659fds-deploy-role-{tail}"),
        ("sts:AssumeRole", f"{ROLE}/cdk-hnb659fds-file-publishing-role-{tail}"),
        ("ssm:GetParameter", "arn:aws:ssm:eu-west-1:111122223333:parameter/v"),
        ("cloudformation:DescribeStacks", name),
        ("cloudformation:DescribeStackEvents", name),
    }


def test_the_deploy_role_hands_the_execution_role_to_cloudformation_and_to_nobody_else(assembly, here):
    found = deploy_needs(assembly.stacks[0], here, Bootstrap("/v", 6))
    (handed,) = [need for need in found if need.layer is Layer.DEPLOY and need.action == "iam:PassRole"]
    assert handed.passed_to == "cloudformation.amazonaws.com"
    assert handed.resource == f"{ROLE}/cdk-hnb659fds-cfn-exec-role-111122223333-eu-west-1"


def test_every_need_says_who_needs_it_and_what_for(assembly, here):
    for stack, layer in product(assembly.stacks, Layer):
        own = [need for need in deploy_needs(stack, here, Bootstrap("/v", 6)) if need.layer is layer]
        assert own, (stack.name, layer)
        for need in own:
            assert need.causes
            assert {cause.stack for cause in need.causes} == {stack.name}
            assert bool(need.principal) == (layer is not Layer.CALLER)


def test_looking_takes_the_right_to_ask_about_everybody_who_acts(here):
    found = {(need.action, need.resource) for need in check_needs([f"{ROLE}/a"], "arn:aws:iam::1:user/u")}
    assert found == {
        ("iam:SimulatePrincipalPolicy", f"{ROLE}/a"), ("iam:GetRole", f"{ROLE}/a"),
        ("iam:SimulatePrincipalPolicy", "arn:aws:iam::1:user/u"),
    }  # fmt: skip


# Bootstrap


def test_before_there_are_roles_the_caller_makes_the_bootstrap_itself(assembly, here, cdk_package):
    bootstrap = bootstrap_of(assembly.stacks, cdk_package)
    found = bootstrap_needs(bootstrap, here)
    assert {need.layer for need in found} == {Layer.CALLER}
    assert {cause.operation for need in found for cause in need.causes} == {"bootstrap"}
    by_name = {(need.action, need.resource) for need in found}
    assert ("iam:CreateRole", f"{ROLE}/cdk-hnb659fds-deploy-role-111122223333-eu-west-1") in by_name
    assert ("s3:CreateBucket", "arn:aws:s3:::cdk-hnb659fds-assets-111122223333-eu-west-1") in by_name
    assert (
        "cloudformation:CreateChangeSet",
        "arn:aws:cloudformation:eu-west-1:111122223333:stack/CDKToolkit/*",
    ) in by_name
    # Only where a key of one's own is asked for, which is not the default.
    assert "kms:CreateKey" not in {need.action for need in found}


def test_a_template_of_the_bootstrap_that_cannot_be_read_is_named(assembly, tmp_path):
    template = tmp_path / "lib" / "api" / "bootstrap" / "bootstrap-template.yaml"
    template.parent.mkdir(parents=True)
    for content in ("Resources: [", "- a list\n", ""):
        template.write_text(content)
        with pytest.raises(AssemblyUnfit, match=r"bootstrap-template\.yaml"):
            bootstrap_of(assembly.stacks, tmp_path)


def test_without_the_cdk_nobody_knows_what_a_bootstrap_takes(assembly, here, tmp_path):
    assert bootstrap_needs(bootstrap_of(assembly.stacks, None), here) == ()
    assert bootstrap_needs(bootstrap_of(assembly.stacks, tmp_path), here) == ()
