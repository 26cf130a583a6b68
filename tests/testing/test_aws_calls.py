"""The record of calls by whoever made them, which the comparison of roles with calls stands on."""

import asyncio
import io
import json
import zipfile

import pytest

from deploy.site import TRUST, AsRoot
from kiro_worker.aws import Aws, AwsDenied
from kiro_worker.testing.aws_calls import AwsCalls
from kiro_worker.testing.aws_emulator import REGION

ASKED = (
    ("dynamodb", "ListTables"), ("dynamodb", "DescribeTable"), ("ssm", "GetParameter"), ("s3", "ListBuckets"),
    ("secretsmanager", "GetSecretValue"), ("lambda", "Invoke"), ("sns", "Publish"), ("sns", "ListTopics"),
)  # fmt: skip
MAY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["dynamodb:ListTables", "ssm:GetParameter", "lambda:InvokeFunction", "sns:ListTopics"],
            "Resource": "*",
        }
    ],
}


@pytest.fixture(scope="module")
def account(enforced_aws):
    return enforced_aws.account()


@pytest.fixture(scope="module")
def root(enforced_aws, account):
    return AsRoot(enforced_aws, account)


@pytest.fixture(scope="module")
def calls(enforced_aws, account):
    return AwsCalls(enforced_aws, account)


@pytest.fixture(scope="module")
def role(root):
    """Somebody who may do a few things."""

    async def made():
        told = await root.ask("iam", "CreateRole", RoleName="someone", AssumeRolePolicyDocument=json.dumps(TRUST))
        await root.ask("iam", "PutRolePolicy", RoleName="someone", PolicyName="p", PolicyDocument=json.dumps(MAY))
        return told["Role"]["Arn"]

    return asyncio.run(made())


@pytest.fixture
async def someone(role, root, enforced_aws, account, monkeypatch):
    told = (await root.ask("sts", "AssumeRole", RoleArn=role, RoleSessionName="somebody"))["Credentials"]
    for name, value in enforced_aws.environment(account).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", told["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", told["SecretAccessKey"])
    monkeypatch.setenv("AWS_SESSION_TOKEN", told["SessionToken"])
    return told["AccessKeyId"]


async def test_calls_are_told_by_who_made_them_and_what_was_denied_is_none(calls, root, someone):
    aws = Aws(region=REGION)
    await root.ask("ssm", "PutParameter", Name="/p", Value="v", Type="String")
    await aws.ask("dynamodb", "ListTables")
    await aws.ask("ssm", "GetParameter", Name="/p")
    # Asked by a form, in which the operation stands.
    await aws.ask("sns", "ListTopics")
    with pytest.raises(AwsDenied):
        await aws.ask("secretsmanager", "GetSecretValue", SecretId="s")
    assert calls.actions(someone, ASKED) == {"dynamodb:ListTables", "sns:ListTopics", "ssm:GetParameter"}
    assert calls.actions("ASIA" + "0" * 16, ASKED) == frozenset()


CODE = """
from botocore.session import get_session
def handler(event, context):
    return get_session().create_client("dynamodb").list_tables()["TableNames"]
"""


async def test_a_function_s_calls_are_found_by_its_name_and_role(calls, root, role):
    await root.ask(
        "lambda", "CreateFunction", FunctionName="f", Role=role, Runtime="python3.11", Handler="index.handler",
        Code={"ZipFile": zipped("index.py", CODE)},
    )  # fmt: skip
    key = calls.key_of_function("f", role)
    assert calls.actions(key, ASKED) == frozenset()
    told = await root.ask("lambda", "Invoke", FunctionName="f", Payload=b"{}")
    assert "FunctionError" not in told, told["Payload"].read()
    assert calls.actions(key, ASKED) == {"dynamodb:ListTables"}


def zipped(name, text):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr(name, text)
    return held.getvalue()
