"""An alarm of the stack, as it is deployed, until a person's queue has its notice: all of it really runs but the alarm's
own evaluation, which the emulator does by rules of its own."""

import json
import shutil
import time

import pytest

from infra.deployed import Deployment
from kiro_worker.notify.notice import Severity
from kiro_worker_infra.alarms.target import any_name
from kiro_worker_infra.names import NEEDS, STACKS, Names

TEST = Names("test")
# What the synthesis of the tests publishes in place of the functions' bundle.
STAND_IN = b"functions"
PATIENCE = 60.0


@pytest.fixture(scope="module")
def deployment(aws, assembly, functions, tmp_path_factory):
    folder = tmp_path_factory.mktemp("deployed") / "test"
    shutil.copytree(assembly.folder / "test", folder)
    for asset in folder.glob("asset.*.zip"):
        if asset.read_bytes() == STAND_IN:
            shutil.copy(functions, asset)
    deployment = Deployment(aws, aws.account(), folder)
    for stack in (*(each for each in STACKS if each in NEEDS["monitoring"]), "monitoring"):
        assert deployment.deploy(TEST.stack(stack)) == "CREATE_COMPLETE", deployment.why_not(TEST.stack(stack))
    return deployment


@pytest.fixture
def person(deployment):
    """Whoever has subscribed to notices; reads them as they come."""
    sns, sqs = deployment.client("sns"), deployment.client("sqs")
    (topic,) = [each["TopicArn"] for each in sns.list_topics()["Topics"] if each["TopicArn"].endswith(TEST.notices)]
    url = sqs.create_queue(QueueName=f"person-{time.monotonic_ns()}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    subscription = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)["SubscriptionArn"]

    def read():
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1, WaitTimeSeconds=1)
            for message in answer.get("Messages", ()):
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                return json.loads(message["Body"])
        raise AssertionError("no notice came")

    yield read
    sns.unsubscribe(SubscriptionArn=subscription)


def test_an_alarm_of_the_stack_reaches_a_person_and_so_does_its_end(deployment, person):
    cloudwatch, name = deployment.client("cloudwatch"), f"{TEST.prefix}-build-failed-error"
    reason = "Threshold Crossed: 1 out of the last 1 datapoints [12.0 (27/11/26 21:00:00)] was greater"
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason=reason)
    told = person()
    assert told["Subject"] == "[ERROR] Kiro Worker (test): Builds failed or timed out."
    for fact in (
        TEST.project,
        "AWS/CodeBuild FailedBuilds",
        "12",
        ">= 10 (Sum of 1 h)",
        "alarms.md#build-failed",
        "Do: Read",
    ):
        assert fact in told["Message"]
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="It was put right.")
    assert person()["Subject"] == "[OK] Kiro Worker (test): Builds failed or timed out."


def test_warnings_are_told_of_together(deployment, person, assembly):
    cloudwatch = deployment.client("cloudwatch")
    # The emulator's CloudFormation does not know this type, its CloudWatch does.
    made = {
        each["AlarmName"]: each for each in assembly.stack("monitoring").of("AWS::CloudWatch::CompositeAlarm").values()
    }
    wanted = made[any_name(TEST, Severity.WARNING)]
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[f"{TEST.prefix}-queue-age-warning"])["MetricAlarms"]
    told = {name: wanted[name] for name in ("AlarmName", "AlarmRule", "AlarmDescription")}
    cloudwatch.put_composite_alarm(**told, AlarmActions=alarm["AlarmActions"])
    for key in ("forge-quota", "queue-age"):
        cloudwatch.set_alarm_state(AlarmName=f"{TEST.prefix}-{key}-warning", StateValue="ALARM", StateReason="a trial")
    # Neither of the two by itself, though both published.
    assert person()["Subject"] == "[WARNING] Kiro Worker (test): Something needs attention."
