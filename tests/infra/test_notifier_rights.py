"""The notifier with the rights of its template, and no others, where rights are enforced: by each way to deliver."""

import json

import boto3
import pytest

from kiro_worker.deploy.assembly import read_assembly
from kiro_worker.deploy.template import Place, resolved
from kiro_worker.entry.notify import handler
from kiro_worker.testing.aws_emulator import REGION
from kiro_worker.testing.web_hook import web_hook
from kiro_worker_infra.names import Names
from notify.messages import COMPOSITE

TEST = Names("test")
WARNING = f"{TEST.prefix}-forge-quota-warning"
SECRET = f"{TEST.prefix}-slack"


@pytest.fixture
def root(enforced_aws, monkeypatch):
    """Clients of an account's root, which may do everything; the function itself is not given them."""
    account = enforced_aws.account()
    told = enforced_aws.environment(account)
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    session = boto3.session.Session(told["AWS_ACCESS_KEY_ID"], told["AWS_SECRET_ACCESS_KEY"], region_name=REGION)
    return account, session.client


@pytest.fixture
def as_notifier(root, assembly, monkeypatch):
    """Become the notifier of a way to deliver."""
    account, client = root

    def become(folder):
        stacks = read_assembly(assembly.folder / folder).stacks
        (stack,) = (each for each in stacks if each.name == TEST.stack("monitoring"))
        (role,) = (each for each in stack.template.resources.values() if each.kind == "AWS::IAM::Role")
        said = role.properties["Policies"][0]["PolicyDocument"]["Statement"]
        # The emulator knows no condition of a service that asks for a key.
        statements = [
            {"Effect": "Allow", "Action": each["Action"], "Resource": named(each["Resource"], stack.template, account)}
            for each in said
            if "Condition" not in each
        ]
        (alarms,) = (each for each in statements if each["Action"] == "cloudwatch:DescribeAlarms")
        assert alarms["Resource"] == [f"arn:aws:cloudwatch:{REGION}:{account}:alarm:{TEST.prefix}-*"]
        # It does not see, either, which alarms are asked about; CloudWatch does, of those that are made of a metric.
        alarms["Resource"] = "*"
        iam, who = client("iam"), f"arn:aws:iam::{account}:root"
        trust = {"Effect": "Allow", "Principal": {"AWS": who}, "Action": "sts:AssumeRole"}
        made = iam.create_role(RoleName="notifier", AssumeRolePolicyDocument=policy([trust]))["Role"]["Arn"]
        iam.put_role_policy(RoleName="notifier", PolicyName="allowed", PolicyDocument=policy(statements))
        signed = client("sts").assume_role(RoleArn=made, RoleSessionName="test")["Credentials"]
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", signed["AccessKeyId"])
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", signed["SecretAccessKey"])
        monkeypatch.setenv("AWS_SESSION_TOKEN", signed["SessionToken"])

    return become


def named(value, template, account):
    return [
        resolved(each, template, Place(account, REGION)) for each in (value if isinstance(value, list) else [value])
    ]


def policy(statements):
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def ring(client):
    """A warning that is in alarm, and the message of the alarm that is made of it."""
    cloudwatch = client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=WARNING, AlarmDescription="Few are left.\nSeverity: warning", Namespace="KiroWorker", MetricName="ForgeQuotaLeft",
        Statistic="Minimum", Period=300, EvaluationPeriods=1, Threshold=25, ComparisonOperator="LessThanThreshold",
    )  # fmt: skip
    cloudwatch.set_alarm_state(AlarmName=WARNING, StateValue="ALARM", StateReason="a trial")
    return {"Records": [{"Sns": {"Message": json.dumps(COMPOSITE)}}]}


def test_by_sns_it_may_publish_to_people_and_see_what_is_in_alarm(root, as_notifier, monkeypatch):
    account, client = root
    event = ring(client)
    topic = client("sns").create_topic(Name=TEST.notices)["TopicArn"]
    queue = client("sqs").create_queue(QueueName="person")["QueueUrl"]
    arn = f"arn:aws:sqs:{REGION}:{account}:person"
    allowed = [{"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}]
    client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy(allowed)})
    client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    monkeypatch.setenv("NOTIFY_DELIVERY", "sns")
    monkeypatch.setenv("NOTIFY_TOPIC", topic)
    as_notifier("test")
    assert handler(event, None) == {"delivered": 1}
    (message,) = client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=5)["Messages"]
    told = json.loads(message["Body"])["Message"]
    assert "In alarm now:\n- WARNING Few are left." in told


def test_to_a_channel_it_may_read_the_one_secret(root, as_notifier, monkeypatch):
    _, client = root
    event = ring(client)
    monkeypatch.setenv("NOTIFY_DELIVERY", "slack")
    monkeypatch.setenv("NOTIFY_SECRET", SECRET)
    with web_hook() as hook:
        client("secretsmanager").create_secret(Name=SECRET, SecretString=hook.url)
        client("secretsmanager").create_secret(Name=TEST.github_token, SecretString=hook.url)
        as_notifier("delivered/slack")
        assert handler(event, None) == {"delivered": 1}
        assert len(hook.posted) == 1
        monkeypatch.setenv("NOTIFY_SECRET", TEST.github_token)
        with pytest.raises(Exception, match="AWS denies secretsmanager:GetSecretValue"):
            handler(event, None)
