import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kiro_worker.notify import Notice, Reading, Resource, Severity, State
from kiro_worker.notify.alarm import notice_of_alarm, notice_of_message
from notify.messages import ALARM, ARN, COMPOSITE, text


def test_a_message_of_an_alarm_tells_all_that_a_person_needs():
    assert notice_of_message(text()) == Notice(
        id=f"{ARN}@2026-11-27T22:01:07.123+00:00",
        alarm="kiro-worker-test-build-failed-error",
        title="Builds failed or timed out.",
        severity=Severity.ERROR,
        state=State.ALARM,
        before=State.OK,
        environment="test",
        at="2026-11-27T22:01:07.123+00:00",
        resources=(Resource(kind="CodeBuild project", name="kiro-worker-test"),),
        reading=Reading(
            metric="AWS/CodeBuild FailedBuilds", values=(4.0,), statistic="Sum", period=3600, comparison=">=", threshold=3.0
        ),
        reason=ALARM["NewStateReason"],
        action="Read the end of the newest failed build's log.",
        runbook="https://example.com/alarms.html#build-failed",
        console="https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1"
        "#alarmsV2:alarm/kiro-worker-test-build-failed-error",
        account="123456789012",
        region="us-east-1",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("reason", "values"),
    [
        ("Threshold Crossed: 3 datapoints [12.5 (27/11/26 22:00:00), 11.0 (27/11/26 21:55:00), -1.0E-4 (27/11/26 21:50:00)] were greater", (12.5, 11.0, -0.0001)),
        ("Threshold Crossed: no datapoints were received for 3 periods and 3 missing datapoints were treated as [Breaching].", ()),
        ("Unchecked: Initial alarm creation", ()),
        ("set by a person", ()),
    ],
)  # fmt: skip
def test_the_values_are_those_that_cloudwatch_s_own_words_quote(reason, values):
    assert notice_of_message(text(NewStateReason=reason)).reading.values == values


@pytest.mark.parametrize(
    ("partition", "page"),
    [("aws", "eu-west-1.console.aws.amazon.com"), ("aws-cn", "eu-west-1.console.amazonaws.cn"), ("other", "")],
)
def test_the_page_of_the_alarm_is_that_of_its_own_partition(partition, page):
    console = notice_of_message(text(AlarmArn=f"arn:{partition}:cloudwatch:eu-west-1:1:alarm:x y/z")).console
    assert page in console
    assert bool(console) == bool(page)


def test_an_alarm_that_says_nothing_of_itself_names_what_its_metric_is_about():
    notice = notice_of_message(text(AlarmDescription=None, AlarmArn=None))
    assert notice.title == "kiro-worker-test-build-failed-error"
    assert notice.severity is Severity.ERROR, "who does not say how bad it is, is heard"
    assert notice.resources == (Resource(kind="ProjectName", name="kiro-worker-test"),)
    assert (notice.console, notice.account) == ("", "123456789012")


def test_an_alarm_that_is_made_of_others_names_them():
    notice = notice_of_message(text(COMPOSITE))
    assert notice.parts == ("kiro-worker-test-forge-quota-warning", "kiro-worker-test-queue-age-warning")
    assert (notice.severity, notice.reading) == (Severity.WARNING, None)


@pytest.mark.parametrize("message", ["", "hello", "[]", "null", '{"AlarmName": 7}', '{"a": 1}', "[" * 100_000, '"x"'])
def test_what_is_no_alarm_s_message_is_told_of_all_the_same(message):
    notice = notice_of_message(message)
    assert notice.title == "A message that is no alarm's came to the topic of alarms"
    assert notice.id == notice_of_message(message).id
    assert len(notice.reason) <= 4_000


odd = some.recursive(
    some.none() | some.booleans() | some.floats() | some.text(max_size=40) | some.integers(),
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@given(
    some.dictionaries(some.sampled_from([*ALARM, *COMPOSITE]), odd),
    some.dictionaries(some.sampled_from([*ALARM["Trigger"]]), odd),
)
def test_no_message_of_any_shape_ends_the_notifier(changes, trigger):
    told = {**ALARM, "Trigger": {**ALARM["Trigger"], **trigger}, **changes}
    notice = notice_of_message(json.dumps(told))
    assert isinstance(notice.subject, str)
    assert "\n" not in notice.subject


def test_an_alarm_that_is_asked_about_tells_the_same_as_one_that_told_by_itself():
    described = {
        **{
            name: ALARM["Trigger"][name]
            for name in ("MetricName", "Namespace", "Period", "Threshold", "ComparisonOperator")
        },
        "Statistic": "Sum",
        "Dimensions": [{"Name": "ProjectName", "Value": "kiro-worker-test"}],
        "AlarmName": ALARM["AlarmName"],
        "AlarmArn": ARN,
        "AlarmDescription": ALARM["AlarmDescription"],
        "StateValue": "ALARM",
        "StateReason": ALARM["NewStateReason"],
        "StateUpdatedTimestamp": datetime(2026, 11, 27, 22, 1, 7, 123000, tzinfo=UTC),
    }
    asked, told = notice_of_alarm(described), notice_of_message(text())
    assert asked.reading == told.reading
    assert (asked.resources, asked.action, asked.title) == (told.resources, told.action, told.title)
    assert asked.at.startswith("2026-11-27T22:01:07.123")
