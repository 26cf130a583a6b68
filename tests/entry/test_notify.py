"""The notifier's function: a message of the topic comes in, and a notice goes out."""

import json

import pytest

from kiro_worker.entry.notify import handler
from kiro_worker.error import WorkerError
from kiro_worker.notify.fault import NotDelivered, NotifySetting
from kiro_worker.testing.web_hook import web_hook
from notify.messages import ALARM, COMPOSITE, text


@pytest.fixture
def hook():
    with web_hook() as made:
        yield made


@pytest.fixture(scope="module")
def account(aws):
    account = aws.account()
    with pytest.MonkeyPatch.context() as environment:
        for name, value in aws.environment(account).items():
            environment.setenv(name, value)
        yield account


@pytest.fixture(scope="module")
def client(account):
    import boto3

    return lambda service: boto3.session.Session().client(service)


@pytest.fixture
def delivered(client, hook, monkeypatch):
    """The notifier, set to post to the hook; what is posted."""
    secrets = client("secretsmanager")
    try:
        secrets.create_secret(Name="hook", SecretString=hook.url)
    except secrets.exceptions.ResourceExistsException:
        secrets.put_secret_value(SecretId="hook", SecretString=hook.url)
    monkeypatch.setenv("NOTIFY_DELIVERY", "webhook")
    monkeypatch.setenv("NOTIFY_SECRET", "hook")
    return lambda: [json.loads(each.body) for each in hook.posted]


def event(*messages):
    return {"Records": [{"EventSource": "aws:sns", "Sns": {"Message": message}} for message in messages]}


def test_an_alarm_becomes_a_notice(delivered):
    assert handler(event(text()), None) == {"delivered": 1}
    (told,) = delivered()
    assert told["schema"] == "kiro-worker/notice/1"
    assert told["resources"] == [{"kind": "CodeBuild project", "name": "kiro-worker-test"}]
    assert (told["reading"]["values"], told["reading"]["threshold"]) == ([4.0], 3.0)
    assert told["environment"] == "test"
    assert told["action"]
    assert told["runbook"].endswith("#build-failed")


def test_every_message_of_an_event_is_delivered_and_a_message_that_is_none_is_told_of(delivered):
    assert handler(event(text(), "hello"), None) == {"delivered": 2}
    assert delivered()[1]["reason"] == "hello"


@pytest.mark.parametrize("odd", [{}, {"Records": None}, {"Records": [None, {}, {"Sns": {}}]}])
def test_an_event_without_messages_delivers_nothing(odd):
    assert handler(odd, None) == {"delivered": 0}


def test_a_notice_that_is_not_taken_fails_the_call_after_all_others_were_tried(delivered, hook):
    hook.statuses += [403]
    with pytest.raises(NotDelivered):
        handler(event(text(), text(AlarmName="kiro-worker-test-other-error")), None)
    assert len(hook.posted) == 2


def test_a_burst_of_warnings_names_those_that_are_in_alarm_with_their_values(delivered, client):
    cloudwatch = client("cloudwatch")
    for name in ("forge-quota", "queue-age"):
        cloudwatch.put_metric_alarm(
            AlarmName=f"kiro-worker-test-{name}-warning",
            AlarmDescription=f"{name} is bad.\nSeverity: warning\nEnvironment: test\nDo: x\nRunbook: y",
            Namespace="KiroWorker",
            MetricName="ForgeQuotaLeft",
            Statistic="Minimum",
            Period=300,
            EvaluationPeriods=1,
            Threshold=25,
            ComparisonOperator="LessThanThreshold",
        )
    cloudwatch.set_alarm_state(
        AlarmName="kiro-worker-test-forge-quota-warning",
        StateValue="ALARM",
        StateReason="Threshold Crossed: 1 datapoint [12.0 (27/11/26 22:00:00)] was less than the threshold (25.0).",
    )
    handler(event(text(COMPOSITE)), None)
    (told,) = delivered()
    assert [each["title"] for each in told["ringing"]] == ["forge-quota is bad."]
    assert told["ringing"][0]["reading"]["values"] == [12.0]


def test_who_may_not_ask_what_is_in_alarm_delivers_the_notice_without_it(delivered, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDWATCH", "http://127.0.0.1:9")
    handler(event(text(COMPOSITE)), None)
    assert delivered()[0]["ringing"] == []


@pytest.mark.parametrize(
    ("variables", "names"),
    [
        ({"NOTIFY_DELIVERY": ""}, "NOTIFY_DELIVERY is not set"),
        ({"NOTIFY_DELIVERY": "pigeon"}, "'pigeon'"),
        ({"NOTIFY_DELIVERY": "sns"}, "NOTIFY_TOPIC is not set"),
        ({"NOTIFY_DELIVERY": "ses", "NOTIFY_TO": "a@example.com"}, "NOTIFY_SENDER is not set"),
        ({"NOTIFY_DELIVERY": "ses", "NOTIFY_SENDER": "a@example.com"}, "NOTIFY_TO is not set"),
        ({"NOTIFY_DELIVERY": "slack"}, "NOTIFY_SECRET is not set"),
        ({"NOTIFY_DELIVERY": "slack", "NOTIFY_SECRET": "not-there"}, "the secret not-there cannot be read"),
    ],
)
def test_a_setting_that_is_missing_is_named_with_where_to_correct_it(account, monkeypatch, variables, names):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(NotifySetting) as caught:
        handler(event(text()), None)
    assert names in caught.value.message
    assert "environments.py" in caught.value.next_step


@pytest.mark.parametrize(
    "value",
    ["{", "[]", "{}", '{"url": 7}', '{"url": "https://x", "key": 1}', "not-an-address", "http://example.com/T0KEN"],
)
def test_a_secret_of_another_form_is_named_and_not_quoted(client, monkeypatch, value):
    secrets = client("secretsmanager")
    name = f"odd-{abs(hash(value))}"
    secrets.create_secret(Name=name, SecretString=value)
    monkeypatch.setenv("NOTIFY_DELIVERY", "slack")
    monkeypatch.setenv("NOTIFY_SECRET", name)
    with pytest.raises(WorkerError) as caught:
        handler(event(text()), None)
    told = "\n".join(caught.value.lines())
    assert name in told
    assert "T0KEN" not in told
    assert "not-an-address" not in told


def test_a_secret_with_a_key_signs(client, hook, delivered):
    client("secretsmanager").put_secret_value(SecretId="hook", SecretString=json.dumps({"url": hook.url, "key": "k"}))
    handler(event(text()), None)
    assert hook.posted[0].headers["x-kiro-worker-signature-256"].startswith("sha256=")


@pytest.mark.parametrize("way", ["slack", "teams"])
def test_the_same_secret_serves_a_channel(delivered, monkeypatch, way):
    monkeypatch.setenv("NOTIFY_DELIVERY", way)
    handler(event(text()), None)
    assert ALARM["AlarmName"] in json.dumps(delivered()).replace("\\\\", "").replace("\\u200b", "")
