"""Stack monitoring: what the table became."""

import json

import pytest

from infra.assembly import Assembly, Stack, shown
from kiro_worker.notify.notice import Severity
from kiro_worker_infra.alarms.alarm import alarms_of
from kiro_worker_infra.alarms.table import ROWS, rows
from kiro_worker_infra.alarms.target import any_name, delivered
from kiro_worker_infra.environments import environment_of
from kiro_worker_infra.names import KINDS, Names

ALARM, COMPOSITE = "AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"
TEST = Names("test")


@pytest.fixture
def monitoring(assembly):
    return assembly.stack("monitoring")


def by_name(stack):
    return {each["AlarmName"]: each for each in stack.of(ALARM).values()}


@pytest.mark.parametrize("environment", KINDS)
def test_each_row_is_a_warning_and_an_error_in_every_environment_with_its_thresholds(assembly, environment):
    made = by_name(assembly.stack("monitoring", environment))
    wanted = alarms_of(environment_of(environment), Names(environment))
    assert set(made) == {alarm.name for alarm in wanted}
    for alarm in wanted:
        properties = made[alarm.name]
        assert properties["Threshold"] == alarm.threshold
        assert properties["ComparisonOperator"] == alarm.comparison
        assert (properties["DatapointsToAlarm"], properties["EvaluationPeriods"]) == (alarm.points, alarm.of)
        assert (properties["MetricName"], properties["Period"]) == (alarm.row.metric, alarm.period)
        assert properties["AlarmDescription"] == alarm.description


def test_alarms_of_the_api_are_made_by_its_own_stack(assembly):
    made = by_name(assembly.stack("api"))
    assert set(made) == {alarm.name for alarm in alarms_of(environment_of("test"), TEST, "api")}
    topics = {shown(action) for each in made.values() for action in each["AlarmActions"]}
    assert {topic.rpartition(":")[2] for topic in topics} == {TEST.alarms}


def test_every_alarm_knows_one_target_and_says_what_silence_means(monitoring):
    (topic,) = [
        logical for logical, each in monitoring.of("AWS::SNS::Topic").items() if each["TopicName"] == TEST.alarms
    ]
    for name, alarm in by_name(monitoring).items():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": topic}], name
        assert "InsufficientDataActions" not in alarm, name
        assert alarm["TreatMissingData"] in {"notBreaching", "breaching", "ignore"}, name
        assert alarm["ActionsEnabled"] is True


@pytest.mark.parametrize("delivery", ["ses", "slack"])
def test_another_way_to_deliver_changes_no_alarm_by_a_byte(assembly, monitoring, delivery):
    file = assembly.folder / "delivered" / delivery / f"{TEST.stack('monitoring')}.template.json"
    other = Stack("test", "monitoring", file)

    def alarms(stack):
        resources = stack.template["Resources"]
        told = {name: each for name, each in resources.items() if each["Type"] in {ALARM, COMPOSITE}}
        return json.dumps(told).encode()

    assert len(alarms(monitoring)) > 50_000
    assert alarms(monitoring) == alarms(other)
    # Nor the topic that they know, nor who hears of it, nor what is shown.
    same = ("AlarmsTopic", "AlarmsTopicPolicy", "Subscription", "Dashboard")
    assert [name for name in same if monitoring.template["Resources"][name] != other.template["Resources"][name]] == []
    # What changes are the notifier's settings and rights, and the topic of people.
    changed = {
        name.rstrip("0123456789ABCDEF")
        for name in {*monitoring.template["Resources"], *other.template["Resources"]}
        if monitoring.template["Resources"].get(name) != other.template["Resources"].get(name)
    }
    assert changed <= {"NotifierFunction", "NotifierRole", "NoticesTopic", "NoticesTopicPolicy", "Watcher"}


@pytest.mark.parametrize(
    ("delivery", "actions", "variables"),
    [
        ("ses", {"ses:SendEmail"}, {"NOTIFY_DELIVERY": "ses", "NOTIFY_SENDER": "alarms@example.com", "NOTIFY_TO": "ada@example.com,grace@example.com"}),
        ("slack", {"secretsmanager:GetSecretValue", "kms:Decrypt"}, {"NOTIFY_DELIVERY": "slack", "NOTIFY_SECRET": "kiro-worker-test-slack"}),
    ],
)  # fmt: skip
def test_the_notifier_may_do_what_its_way_needs_and_no_more(assembly, delivery, actions, variables):
    file = assembly.folder / "delivered" / delivery / f"{TEST.stack('monitoring')}.template.json"
    stack = Stack("test", "monitoring", file)
    always = {"logs:CreateLogStream", "logs:PutLogEvents", "cloudwatch:DescribeAlarms", "sqs:SendMessage"}
    (policy,) = stack.one("AWS::IAM::Role")["Policies"]
    statements = policy["PolicyDocument"]["Statement"]
    allowed = {
        action
        for each in statements
        for action in ([each["Action"]] if isinstance(each["Action"], str) else each["Action"])
    }
    assert allowed == always | actions
    told = stack.one("AWS::Lambda::Function")["Environment"]["Variables"]
    assert {name: value for name, value in told.items() if name.startswith("NOTIFY_")} == variables


@pytest.mark.parametrize("severity", Severity)
def test_the_composites_are_made_of_every_alarm_of_their_kind(monitoring, severity):
    (composite,) = [each for each in monitoring.of(COMPOSITE).values() if each["AlarmName"] == any_name(TEST, severity)]
    rule = composite["AlarmRule"]
    wanted = [name for name in by_name(monitoring) if name.endswith(f"-{severity.value}")]
    assert rule == " OR ".join(f'ALARM("{name}")' for name in wanted)
    assert len(wanted) == len(rows("monitoring"))
    # CloudWatch's own limits.
    assert len(rule) <= 10_240
    assert len(wanted) <= 100


def test_a_composite_is_made_after_its_parts(monitoring):
    resources = monitoring.template["Resources"]
    names = {logical: each["Properties"]["AlarmName"] for logical, each in resources.items() if each["Type"] == ALARM}
    for each in resources.values():
        if each["Type"] == COMPOSITE:
            first = {names[logical] for logical in each["DependsOn"] if logical in names}
            assert all(f'"{name}"' in each["Properties"]["AlarmRule"] for name in first)
            assert len(first) == len(rows("monitoring"))


def test_warnings_say_nothing_while_an_error_is_told_of(monitoring):
    composites = {each["AlarmName"]: (logical, each) for logical, each in monitoring.of(COMPOSITE).items()}
    errors, _ = composites[any_name(TEST, Severity.ERROR)]
    _, warnings = composites[any_name(TEST, Severity.WARNING)]
    assert warnings["ActionsSuppressor"] == {"Fn::GetAtt": [errors, "Arn"]}
    assert warnings["AlarmActions"]
    assert "AlarmActions" not in composites[any_name(TEST, Severity.ERROR)][1], "each error is told of by itself"


def passes(name, rules):
    """As SNS reads a filter of one key."""
    return any(
        name == rule
        or (
            isinstance(rule, dict)
            and (name.endswith(rule.get("suffix", "\0")) or name.startswith(rule.get("prefix", "\0")))
        )
        for rule in rules
    )


def test_errors_are_passed_on_one_by_one_and_warnings_together(assembly, monitoring):
    subscription = monitoring.template["Resources"]["Subscription"]["Properties"]
    assert subscription["FilterPolicyScope"] == "MessageBody"
    assert subscription["FilterPolicy"] == {"AlarmName": delivered(TEST)}
    rules = subscription["FilterPolicy"]["AlarmName"]
    names = by_name(monitoring)
    assert [name for name in names if name.endswith("-error") and not passes(name, rules)] == []
    assert [name for name in names if name.endswith("-warning") and passes(name, rules)] == []
    assert passes(any_name(TEST, Severity.WARNING), rules)
    assert all(passes(name, rules) for name in by_name(assembly.stack("api"))), "no composite is made of these"


def test_what_alarms_look_at_is_there_by_that_name(assembly, monitoring):
    def named(stack, kind, key):
        return {shown(each[key]) for each in assembly.stack(stack).of(kind).values()}

    there = {
        "ProjectName": named("worker", "AWS::CodeBuild::Project", "Name"),
        "FunctionName": named("poller", "AWS::Lambda::Function", "FunctionName") | named("monitoring", "AWS::Lambda::Function", "FunctionName"),
        "QueueName": named("poller", "AWS::SQS::Queue", "QueueName") | named("monitoring", "AWS::SQS::Queue", "QueueName"),
        "TableName": named("core", "AWS::DynamoDB::Table", "TableName"),
        "BucketName": named("core", "AWS::S3::Bucket", "BucketName"),
        "TopicName": named("monitoring", "AWS::SNS::Topic", "TopicName"),
        "RuleName": named("poller", "AWS::Events::Rule", "Name"),
        "Environment": {"test"},
        "Operation": {"UpdateItem"},
        "FilterId": {
            told["Id"] for bucket in assembly.stack("core").of("AWS::S3::Bucket").values() for told in bucket.get("MetricsConfigurations", ())
        },
    }  # fmt: skip
    for name, alarm in by_name(monitoring).items():
        for dimension in alarm.get("Dimensions", ()):
            assert shown(dimension["Value"]) in there[dimension["Name"]], name


def test_logs_that_are_counted_are_there_and_are_counted_under_the_names_that_alarms_look_at(assembly, monitoring):
    groups = {
        each["LogGroupName"]
        for stack in ("worker", "poller")
        for each in assembly.stack(stack).of("AWS::Logs::LogGroup").values()
    }
    filters = monitoring.of("AWS::Logs::MetricFilter").values()
    assert {each["LogGroupName"] for each in filters} <= groups
    made = {(told["MetricNamespace"], told["MetricName"]) for each in filters for told in each["MetricTransformations"]}
    looked = {(each["Namespace"], each["MetricName"]) for each in by_name(monitoring).values()}
    assert made == {("KiroWorker/test", f"{of}Errors") for of in ("Book", "Key", "Secret")}
    # What agents and tests say stands in the builds' log: what is the poller's to say is looked for in its own alone.
    (book,) = (each for each in filters if each["MetricTransformations"][0]["MetricName"] == "BookErrors")
    assert book["LogGroupName"] == "/aws/lambda/kiro-worker-test-poller"
    assert made <= looked


def test_a_function_is_late_before_it_is_ended(assembly, monitoring):
    for stack in ("poller", "monitoring", "api"):
        for function in assembly.stack(stack).of("AWS::Lambda::Function").values():
            made = by_name(assembly.stack("api")) if stack == "api" else by_name(monitoring)
            limit = made[f"{function['FunctionName']}-duration-error"]["Threshold"]
            assert limit < function["Timeout"] * 1000, function["FunctionName"]


def test_every_resource_that_can_fail_is_watched():
    watched = {row.namespace for row in ROWS}
    assert {
        "AWS/CodeBuild", "AWS/Lambda", "AWS/SQS", "AWS/Events", "AWS/SNS", "AWS/S3", "AWS/DynamoDB", "AWS/ApiGateway",
        "KiroWorker", "KiroWorker/ENV",
    } == watched  # fmt: skip


def test_the_dashboard_shows_each_row_with_both_thresholds(monitoring):
    dashboard = monitoring.one("AWS::CloudWatch::Dashboard")
    body = json.loads(shown(dashboard["DashboardBody"]))
    graphs = [each["properties"] for each in body["widgets"] if each["type"] == "metric"]
    assert [graph["title"] for graph in graphs] == [row.title for row in rows("monitoring")]
    for graph, row in zip(graphs, rows("monitoring"), strict=True):
        lines = {each["label"]: each["value"] for each in graph["annotations"]["horizontal"]}
        made = by_name(monitoring)
        assert lines == {
            severity.value: made[f"{TEST.prefix}-{row.key}-{severity.value}"]["Threshold"] for severity in Severity
        }
    places = {
        (each["x"] + dx, each["y"] + dy)
        for each in body["widgets"]
        for dx in range(each["width"])
        for dy in range(each["height"])
    }
    assert len(places) == sum(each["width"] * each["height"] for each in body["widgets"]), "no widget lies on another"


def test_only_this_environment_s_alarms_may_publish_and_only_over_tls(monitoring):
    policies = monitoring.of("AWS::SNS::TopicPolicy")
    statements = {each["Sid"]: each for each in policies["AlarmsTopicPolicy"]["PolicyDocument"]["Statement"]}
    assert set(statements) == {"TlsOnly", "Alarms"}
    assert shown(statements["Alarms"]["Condition"]["ArnLike"]["aws:SourceArn"]).endswith(f"alarm:{TEST.prefix}-*")
    for topic in monitoring.of("AWS::SNS::Topic").values():
        assert topic["KmsMasterKeyId"]


def test_who_calls_a_function_is_told_by_its_arn_alone(assembly):
    """EventBridge, SNS and API Gateway name no account when they call: a condition on it would keep them all away."""
    for stack in assembly.stacks():
        for permission in stack.of("AWS::Lambda::Permission").values():
            assert "SourceAccount" not in permission, stack.name
            assert permission["SourceArn"]


def test_whoever_watches_the_notifier_is_written_to_past_it(assembly):
    stack = Stack(
        "test", "monitoring", assembly.folder / "delivered" / "slack" / f"{TEST.stack('monitoring')}.template.json"
    )
    watcher = stack.template["Resources"]["Watcher1"]["Properties"]
    assert (watcher["Protocol"], watcher["Endpoint"]) == ("email", "ada@example.com")
    (passed,) = watcher["FilterPolicy"].values()
    names = set(by_name(stack))
    assert set(passed) <= names
    assert set(passed) == {
        name for name in names if name.endswith("-error") and ("-notifier-" in name or "-topic-" in name)
    }


def test_alarms_that_nobody_would_hear_are_told_of_before_they_are_deployed(assembly):
    said = assembly.warnings("production", "kiro-worker-production-monitoring")
    assert any("notify.to" in each and "kiro-worker-production-notices" in each for each in said)
    assert any("notify.watchers" in each for each in said)
    # With a channel and somebody who watches it there is nothing to say.
    slack = Assembly(assembly.folder / "delivered")
    assert slack.warnings("slack", "kiro-worker-test-monitoring") == ()
    (said,) = slack.warnings("ses", "kiro-worker-test-monitoring")
    assert "notify.watchers" in said
