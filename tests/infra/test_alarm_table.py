"""The table of alarms, by itself."""

from dataclasses import replace

import pytest

from kiro_worker.aws.fault import fault_of
from kiro_worker.metric import MEANINGS, NAMESPACE, Metric
from kiro_worker.notify.description import read
from kiro_worker.notify.notice import Severity
from kiro_worker.secret.fault import SecretMalformed, SecretNotFetched, SecretStoreUnwell
from kiro_worker.secret.place import place_of
from kiro_worker_infra.alarms.alarm import alarms_of, is_ordered, limits_of, period_of
from kiro_worker_infra.alarms.cost import cost_of
from kiro_worker_infra.alarms.phrase import PHRASES, pattern_of
from kiro_worker_infra.alarms.row import Missing, Scale
from kiro_worker_infra.alarms.table import ROWS, rows
from kiro_worker_infra.environment import Notify, SettingWrong, Threshold
from kiro_worker_infra.environments import ENVIRONMENTS, environment_of
from kiro_worker_infra.names import KINDS, Names

TEST = environment_of("test")

# What the services' own guides say of the metrics that are looked at.
UNITS = {
    "AWS/CodeBuild": {"Builds": "Count", "FailedBuilds": "Count", "Duration": "Seconds", "QueuedDuration": "Seconds", "CPUUtilizedPercent": "Percent", "MemoryUtilizedPercent": "Percent"},
    "AWS/Lambda": {"Errors": "Count", "Throttles": "Count", "Duration": "Milliseconds", "AsyncEventAge": "Milliseconds", "ConcurrentExecutions": "Count"},
    "AWS/SQS": {"ApproximateNumberOfMessagesVisible": "Count"},
    "AWS/Events": {"FailedInvocations": "Count"},
    "AWS/SNS": {"NumberOfNotificationsFailed": "Count"},
    "AWS/S3": {"4xxErrors": "Count", "5xxErrors": "Count"},
    "AWS/DynamoDB": dict.fromkeys(
        ["ReadThrottleEvents", "WriteThrottleEvents", "SystemErrors", "UserErrors", "ConditionalCheckFailedRequests", "ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits"], "Count"
    ),
    "AWS/ApiGateway": {"4xx": "Count", "5xx": "Count", "Latency": "Milliseconds"},
    "KiroWorker": {metric.value: MEANINGS[metric].unit.value for metric in Metric},
    "KiroWorker/ENV": dict.fromkeys(PHRASES, "Count"),
}  # fmt: skip


def one(key, settings=TEST):
    (row,) = [row for row in ROWS if row.key == key]
    return tuple(each.threshold for each in limits_of(row, settings))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.key)
def test_a_row_looks_at_a_metric_that_there_is_in_the_unit_that_it_has(row):
    assert UNITS[row.namespace][row.metric] == row.unit


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.key)
@pytest.mark.parametrize("kind", KINDS)
def test_in_every_environment_the_warning_comes_before_the_error(row, kind):
    warning, error = limits_of(row, environment_of(kind))
    assert is_ordered(row, warning, error)
    assert (warning.threshold > error.threshold) if row.falling else (warning.threshold < error.threshold)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.key)
@pytest.mark.parametrize("kind", KINDS)
def test_cloudwatch_takes_the_period_and_what_it_looks_back_at(row, kind):
    period = period_of(row, environment_of(kind))
    assert period % 60 == 0
    for limit in (row.warning, row.error):
        assert 1 <= limit.points <= limit.of
        assert period * limit.of <= (86_400 if period < 3600 else 604_800)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.key)
def test_a_row_says_what_it_means_what_to_do_and_why_silence_means_what_it_means(row):
    assert row.says.endswith(".")
    assert row.do.strip()
    assert row.runbook
    assert all(step[-1] in ".`" for step in row.runbook)
    assert row.missing[1]


def test_keys_are_unique_and_no_row_is_the_beginning_of_another_s_alarm():
    keys = [row.key for row in ROWS]
    assert len(set(keys)) == len(keys)
    assert all(key == key.lower() and key.replace("-", "").isalnum() for key in keys)


def test_only_of_polls_silence_is_what_alarms():
    assert [row.key for row in ROWS if row.missing[0] is Missing.ALARM] == ["poll-missing"]


def test_every_metric_of_our_own_that_can_go_wrong_is_watched():
    watched = {row.metric for row in ROWS if row.namespace == NAMESPACE}
    assert {metric.value for metric in Metric} - watched == {Metric.COVERAGE.value}, "which only is shown"


@pytest.mark.parametrize(
    ("rate", "period", "warning", "error"),
    [
        ("rate(1 minute)", 180, (2, 1), (1, 1)),
        ("rate(5 minutes)", 900, (2, 1), (1, 1)),
        ("rate(8 hours)", 86_400, (2, 1), (1, 1)),
        ("rate(1 day)", 86_400, (1, 2), (1, 3)),
        ("rate(9 days)", 86_400, (1, 6), (1, 7)),
    ],
)
def test_nobody_having_looked_for_three_intervals_is_an_error_whatever_the_interval(rate, period, warning, error):
    (row,) = [row for row in ROWS if row.key == "poll-missing"]
    settings = replace(TEST, polling_interval=rate)
    assert period_of(row, settings) == period
    limits = limits_of(row, settings)
    assert [(each.threshold, each.of) for each in limits] == [warning, error]
    assert is_ordered(row, *limits)


@pytest.mark.parametrize("rate", ["rate(5 minutes)", "rate(1 hour)", "rate(2 days)"])
@pytest.mark.parametrize(
    "row",
    [row for row in ROWS if row.metric in {"ForgeErrors", "PollerMemory", "QueueAge", "LeaseAge", "ForgeQuotaLeft"}],
    ids=lambda row: row.key,
)
def test_an_alarm_about_polls_can_ring_however_seldom_there_are_any(row, rate):
    settings = replace(TEST, polling_interval=rate)
    for limit in limits_of(row, settings):
        # More values than come within the time that it looks back at are never there.
        assert limit.points == 1
    if row.scale is Scale.POLLS:
        assert period_of(row, settings) >= min(3 * settings.polling_minutes * 60, 86_400)


def test_durations_are_shares_of_what_the_environment_allows():
    settings = replace(TEST, build=replace(TEST.build, minutes=100, queued_minutes=50))
    assert one("build-duration", settings) == (3600.0, 5400.0)
    assert one("build-queued", settings) == (600.0, 2100.0)
    assert one("lease-age", settings) == (6600.0, 9000.0)


def test_environments_have_thresholds_that_are_their_own():
    assert one("run-failure-rate", environment_of("test")) == (60.0, 90.0)
    assert one("run-failure-rate", environment_of("production")) == (40.0, 75.0)
    own = replace(TEST, thresholds={"run-failure-rate": Threshold(warning=1, error=2)})
    assert one("run-failure-rate", own) == (1.0, 2.0)


@pytest.mark.parametrize(
    ("thresholds", "said"),
    [
        ({"no-such-row": Threshold(warning=1, error=2)}, "no-such-row"),
        ({"build-failed": Threshold(warning=3, error=2)}, "below"),
        ({"forge-quota": Threshold(warning=5, error=25)}, "above"),
    ],
)
def test_a_threshold_of_no_row_or_on_the_wrong_side_is_refused_before_anything_is_deployed(thresholds, said):
    with pytest.raises(SettingWrong, match=said):
        alarms_of(replace(TEST, thresholds=thresholds), Names("test"))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("part", ["monitoring", "api"])
def test_every_alarm_carries_all_that_its_notice_needs(kind, part):
    names = Names(kind)
    for alarm in alarms_of(environment_of(kind), names, part):
        told = read(alarm.description)
        assert told.severity is alarm.severity
        assert told.environment == kind
        assert told.runbook.endswith(f"#{alarm.row.key}")
        assert told.action
        assert told.resources[0].name
        assert "ENV" not in alarm.description.replace("ENVIRONMENT", "")


def test_two_alarms_a_row_and_no_name_twice():
    alarms = [alarm for part in ("monitoring", "api") for alarm in alarms_of(TEST, Names("test"), part)]
    assert len(alarms) == 2 * len(ROWS)
    assert len({alarm.name for alarm in alarms}) == len(alarms)
    assert [alarm.severity for alarm in alarms] == [Severity.WARNING, Severity.ERROR] * len(ROWS)


@pytest.mark.parametrize("settings", ENVIRONMENTS, ids=lambda each: each.name)
def test_watching_an_idle_environment_costs_no_more_than_there_is_for_it(settings):
    alarms = alarms_of(settings, Names(settings.name))
    # Fifteen dollars in all, three of which are the other stacks'.
    assert cost_of(alarms).total <= 12.0
    both = (*alarms, *alarms_of(settings, Names(settings.name), "api"))
    assert cost_of(both).total <= 12.0


def test_the_dashboard_shows_no_more_metrics_than_are_free():
    assert len(rows("monitoring")) <= 50


# Metrics that are made of logs


def found(metric, line):
    return any(phrase in line for phrase in PHRASES[metric])


@pytest.mark.parametrize(
    "said",
    ["AccessDeniedException", "ResourceNotFoundException", "ThrottlingException", "InternalFailure", "ExpiredToken"],
)
@pytest.mark.parametrize(
    ("service", "metric"), [("secretsmanager", "SecretErrors"), ("ssm", "SecretErrors"), ("kms", "KeyErrors")]
)
def test_each_fault_of_a_store_of_secrets_and_of_the_key_is_found_in_a_log(service, metric, said):
    fault = fault_of(service, "Anything", said, "no")
    assert found(metric, fault.message)
    assert not found({"SecretErrors": "KeyErrors", "KeyErrors": "SecretErrors"}[metric], fault.message)


@pytest.mark.parametrize("service", ["dynamodb", "s3", "codebuild", "sns"])
def test_faults_of_other_services_are_no_faults_of_secrets(service):
    fault = fault_of(service, "Anything", "AccessDeniedException", "not authorized to perform: x:Anything")
    assert not found("SecretErrors", fault.message)
    assert not found("KeyErrors", fault.message)


def test_a_service_that_may_not_use_the_key_is_found():
    fault = fault_of(
        "dynamodb", "UpdateItem", "AccessDeniedException", "is not authorized to perform: kms:Decrypt on resource"
    )
    assert found("KeyErrors", fault.message)


@pytest.mark.parametrize("place", ["kiro-worker-test-github-token", "ssm:/kiro-worker/test/token"])
def test_each_fault_of_a_secret_of_the_worker_is_found(place):
    place = place_of(place)
    faults = (
        SecretNotFetched(name="GITHUB_TOKEN", place=place, why="x"),
        SecretStoreUnwell(name="GITHUB_TOKEN", place=place, why="x"),
        SecretMalformed(name="GITHUB_TOKEN", place=place, reason="x", wanted="y"),
    )
    assert [fault.code for fault in faults if not found("SecretErrors", fault.message)] == []


@pytest.mark.parametrize("metric", PHRASES)
def test_a_pattern_is_one_that_cloudwatch_takes(metric):
    pattern = pattern_of(metric)
    assert len(pattern) <= 1024
    assert pattern.startswith('?"')


@pytest.mark.parametrize(
    ("notify", "said"),
    [
        ({"delivery": "ses", "sender": "a@example.com"}, "notify.to"),
        ({"delivery": "ses", "to": ("a@example.com",)}, "notify.sender"),
        ({"delivery": "teams"}, "notify.secret"),
    ],
)
def test_a_way_to_deliver_that_lacks_something_is_refused_before_anything_is_deployed(notify, said):
    with pytest.raises(SettingWrong, match=said):
        replace(TEST, notify=Notify(**notify))
