"""How the stacks hang together."""

import re

import pytest

from infra.assembly import shown
from kiro_worker_infra.names import KINDS, NEEDS, STACKS, Names


@pytest.mark.parametrize("environment", KINDS)
def test_each_stack_comes_after_those_that_it_needs_and_no_others(assembly, environment):
    artifacts = assembly.manifest(environment)["artifacts"]
    stacks = {name: each for name, each in artifacts.items() if each["type"] == "aws:cloudformation:stack"}
    names = Names(environment)
    for stack in STACKS:
        if names.stack(stack) in stacks:
            needed = {each for each in stacks[names.stack(stack)].get("dependencies", ()) if each in stacks}
            assert needed == {names.stack(each) for each in NEEDS[stack]}


def test_each_environment_has_every_stack_but_the_optional_one(assembly):
    found = {(each.environment, each.name) for each in assembly.stacks()}
    wanted = {(environment, stack) for environment in KINDS for stack in STACKS if stack != "api"}
    assert found - {(environment, "api") for environment in KINDS} == wanted
    assert ("test", "api") in found


def test_all_that_one_stack_exports_is_the_key(assembly):
    exported = [
        (stack.name, output["Export"]["Name"])
        for stack in assembly.stacks()
        if stack.environment == "test"
        for output in stack.template.get("Outputs", {}).values()
        if "Export" in output
    ]
    assert exported == [("core", "kiro-worker-test-key-arn")]


def test_what_a_stack_imports_is_its_own_environments_key(assembly):
    for stack in assembly.stacks():
        imported = set(re.findall(r'"Fn::ImportValue": "([^"]*)"', stack.file.read_text()))
        assert imported <= {Names(stack.environment).key_export}, stack.file.name


def test_nothing_of_one_environment_is_named_like_anything_of_another(assembly):
    for stack in assembly.stacks():
        others = [Names(kind).prefix for kind in KINDS if kind != stack.environment]
        text = stack.file.read_text()
        assert [other for other in others if other in text] == []


NAMED = {
    "AWS::CodeBuild::Project": "Name",
    "AWS::CodeBuild::ReportGroup": "Name",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::Events::Rule": "Name",
    "AWS::IAM::Role": "RoleName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SecretsManager::Secret": "Name",
    "AWS::SQS::Queue": "QueueName",
}


def test_every_resource_is_called_by_the_environments_name(assembly):
    for stack in assembly.stacks():
        prefix = Names(stack.environment).prefix
        for kind, key in NAMED.items():
            for logical, properties in stack.of(kind).items():
                assert prefix in shown(properties.get(key)), f"{stack.name}: {logical}"


def test_whatever_can_have_tags_says_whose_it_is(assembly):
    for stack in assembly.stacks():
        for logical, each in stack.template["Resources"].items():
            tags = each.get("Properties", {}).get("Tags")
            if isinstance(tags, list):
                tags = {tag["Key"]: tag["Value"] for tag in tags}
            if tags is not None:
                assert tags.items() >= {"project": "kiro-worker", "environment": stack.environment}.items(), logical


@pytest.mark.parametrize(("environment", "protected"), [("test", False), ("production", True)])
def test_only_what_is_protected_outlives_its_stack(assembly, environment, protected):
    manifest = assembly.manifest(environment)["artifacts"]
    for stack in assembly.stacks():
        if stack.environment != environment:
            continue
        held = manifest[f"kiro-worker-{environment}-{stack.name}"]["properties"].get("terminationProtection", False)
        assert held is protected
        for kind in ("AWS::DynamoDB::Table", "AWS::KMS::Key", "AWS::S3::Bucket", "AWS::SecretsManager::Secret"):
            for logical in stack.of(kind):
                resource = stack.template["Resources"][logical]
                # But for a first deployment that fails: what it kept would be in the next one's way, by its name.
                kept = "RetainExceptOnCreate" if protected else "Delete"
                assert resource["DeletionPolicy"] == kept, logical
                # Never by an update: a table made anew would begin its fences at 1.
                assert resource["UpdateReplacePolicy"] == "Retain", logical
