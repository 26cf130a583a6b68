import pytest

from kiro_worker.deploy.arn import arns_of, name_of
from kiro_worker.deploy.template import Place, resolved, template_of

BASE = {
    "Parameters": {"Qualifier": {"Default": "abc"}, "Empty": {"Default": ""}},
    "Conditions": {
        "IsEmpty": {"Fn::Equals": [{"Ref": "Empty"}, ""]},
        "Both": {"Fn::And": [{"Condition": "IsEmpty"}, {"Fn::Not": [{"Condition": "Never"}]}]},
        "Never": {"Fn::Or": [{"Fn::Equals": ["a", "b"]}]},
    },
    "Resources": {
        "Table": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": {"Fn::Sub": "${Qualifier}-leases"}}},
        "Bucket": {"Type": "AWS::S3::Bucket"},
        "There": {"Type": "AWS::SQS::Queue", "Condition": "Both", "Properties": {"QueueName": "q"}},
        "NotThere": {"Type": "AWS::SQS::Queue", "Condition": "Never", "Properties": {"QueueName": "r"}},
    },
}
HERE = Place("111122223333", "eu-west-1")


@pytest.fixture
def template():
    return template_of("Shop-core", BASE)


@pytest.mark.parametrize(
    ("value", "is_"),
    [
        ("plain", "plain"),
        (5, "5"),
        (None, ""),
        ({"Ref": "AWS::Region"}, "eu-west-1"),
        ({"Ref": "AWS::StackName"}, "Shop-core"),
        ({"Ref": "Qualifier"}, "abc"),
        ({"Ref": "Empty"}, ""),
        ({"Ref": "Nothing"}, "*"),
        ({"Ref": "Table"}, "abc-leases"),
        ({"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":s3:::", {"Ref": "Bucket"}]]}, "arn:aws:s3:::shop-core-*"),
        ({"Fn::Sub": "x-${AWS::AccountId}-${!Literal}-${Table.Arn}"}, "x-111122223333-${!Literal}-arn:aws:dynamodb:eu-west-1:111122223333:table/abc-leases"),
        ({"Fn::Sub": ["${a}-${Qualifier}", {"a": {"Ref": "AWS::Region"}}]}, "eu-west-1-abc"),
        ({"Fn::GetAtt": ["Table", "Arn"]}, "arn:aws:dynamodb:eu-west-1:111122223333:table/abc-leases"),
        ({"Fn::GetAtt": "Table.StreamLabel"}, "*"),
        ({"Fn::If": ["Both", "then", "otherwise"]}, "then"),
        ({"Fn::If": ["Never", "then", "otherwise"]}, "otherwise"),
        ({"Fn::Select": [0, ["a"]]}, "*"),
    ],
)  # fmt: skip
def test_a_value_is_known_as_far_as_it_can_be(template, value, is_):
    assert resolved(value, template, HERE) == is_


def test_a_resource_whose_condition_does_not_hold_is_not_made(template):
    assert set(template.resources) == {"Table", "Bucket", "There"}


def test_the_names_are_those_of_the_partition(template):
    there = Place("111122223333", "cn-north-1", "aws-cn")
    assert arns_of(template.resources["Table"], template, there) == (
        "arn:aws-cn:dynamodb:cn-north-1:111122223333:table/abc-leases",
    )


def one(kind, **properties):
    template = template_of("s", {"Resources": {"R": {"Type": kind, "Properties": properties}}})
    return template.resources["R"], template


@pytest.mark.parametrize(
    ("kind", "properties", "names"),
    [
        ("AWS::S3::BucketPolicy", {"Bucket": "b"}, ["s3:::b"]),
        ("AWS::IAM::Policy", {"Roles": [{"Ref": "Nothing"}, "r"]}, ["iam::1:role/*", "iam::1:role/r"]),
        ("AWS::SQS::QueuePolicy", {"Queues": ["https://sqs.eu-west-1.amazonaws.com/1/q"]}, ["sqs:eu-west-1:1:q"]),
        ("AWS::Lambda::Permission", {"FunctionName": "arn:aws:lambda:eu-west-1:1:function:f"}, ["lambda:eu-west-1:1:function:f"]),
        ("AWS::Lambda::Version", {"FunctionName": "f"}, ["lambda:eu-west-1:1:function:f", "lambda:eu-west-1:1:function:f:*"]),
        ("AWS::SSM::Parameter", {"Name": "/a/b"}, ["ssm:eu-west-1:1:parameter/a/b"]),
        ("AWS::SSM::Parameter", {"Name": "ab"}, ["ssm:eu-west-1:1:parameter/ab"]),
        ("AWS::SecretsManager::Secret", {"Name": "a"}, ["secretsmanager:eu-west-1:1:secret:a-??????"]),
        ("AWS::CloudWatch::Dashboard", {"DashboardName": "d"}, ["cloudwatch::1:dashboard/d"]),
        ("AWS::ApiGateway::Method", {}, ["apigateway:eu-west-1::/restapis", "apigateway:eu-west-1::/restapis/*"]),
        ("AWS::ApiGatewayV2::Route", {}, ["apigateway:eu-west-1::/apis", "apigateway:eu-west-1::/apis/*"]),
        ("AWS::ApiGatewayV2::Api", {"Tags": {"a": "b"}}, ["apigateway:eu-west-1::/apis", "apigateway:eu-west-1::/apis/*", "apigateway:eu-west-1::/tags/*"]),
        ("AWS::ApiGateway::Account", {}, ["apigateway:eu-west-1::/account"]),
        ("AWS::Made::Up", {}, []),
    ],
)  # fmt: skip
def test_a_resource_is_named_as_policies_name_it(kind, properties, names):
    resource, template = one(kind, **properties)
    assert list(arns_of(resource, template, Place("1", "eu-west-1"))) == [f"arn:aws:{name}" for name in names]


def test_a_resource_without_a_name_begins_with_its_stack():
    resource, template = one("AWS::IAM::Role")
    assert name_of(resource, template, HERE) == "s-*"


def test_a_property_inside_another_is_found_or_not():
    resource, _ = one("AWS::Lambda::Function", Code={"S3Bucket": "b", "ZipFile": {"Ref": "AWS::NoValue"}})
    assert [resource.has(each) for each in ("Code.S3Bucket", "Code.S3Key", "Code.ZipFile", "Role", "Code.S3Bucket.x")] == [
        True, False, False, False, False,
    ]  # fmt: skip
