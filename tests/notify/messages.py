"""What CloudWatch sends, as its guide shows it and as an account's topic received it."""

import json

ARN = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:kiro-worker-test-build-failed-error"
DESCRIPTION = """Builds failed or timed out.
Severity: error
Environment: test
Resource: CodeBuild project kiro-worker-test
Do: Read the end of the newest failed build's log.
Runbook: https://example.com/alarms.html#build-failed"""

ALARM = {
    "AlarmName": "kiro-worker-test-build-failed-error",
    "AlarmDescription": DESCRIPTION,
    "AWSAccountId": "123456789012",
    "AlarmConfigurationUpdatedTimestamp": "2026-11-27T20:00:00.000+0000",
    "NewStateValue": "ALARM",
    "NewStateReason": "Threshold Crossed: 1 out of the last 1 datapoints [4.0 (27/11/26 21:00:00)] was greater than or equal to the threshold (3.0) (minimum 1 datapoint for OK -> ALARM transition).",
    "StateChangeTime": "2026-11-27T22:01:07.123+0000",
    "Region": "US East (N. Virginia)",
    "AlarmArn": ARN,
    "OldStateValue": "OK",
    "OKActions": ["arn:aws:sns:us-east-1:123456789012:kiro-worker-test-alarms"],
    "AlarmActions": ["arn:aws:sns:us-east-1:123456789012:kiro-worker-test-alarms"],
    "InsufficientDataActions": [],
    "Trigger": {
        "MetricName": "FailedBuilds",
        "Namespace": "AWS/CodeBuild",
        "StatisticType": "Statistic",
        "Statistic": "SUM",
        "Unit": None,
        "Dimensions": [{"value": "kiro-worker-test", "name": "ProjectName"}],
        "Period": 3600,
        "EvaluationPeriods": 1,
        "DatapointsToAlarm": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "Threshold": 3.0,
        "TreatMissingData": "notBreaching",
        "EvaluateLowSampleCountPercentile": "",
    },
}

COMPOSITE = {
    "AlarmName": "kiro-worker-test-any-warning",
    "AlarmDescription": "Something needs attention.\nSeverity: warning\nEnvironment: test\nResource: Environment kiro-worker-test\nDo: See each.\nRunbook: alarms.md#together",
    "AWSAccountId": "123456789012",
    "NewStateValue": "ALARM",
    "NewStateReason": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:kiro-worker-test-forge-quota-warning transitioned to ALARM at Friday 27 November, 2026 22:01:07 UTC",
    "StateChangeTime": "2026-11-27T22:01:07.123+0000",
    "Region": "US East (N. Virginia)",
    "AlarmArn": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:kiro-worker-test-any-warning",
    "OldStateValue": "OK",
    "AlarmRule": 'ALARM("kiro-worker-test-forge-quota-warning") OR ALARM("kiro-worker-test-queue-age-warning")',
    "TriggeringChildren": [
        {"Arn": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:kiro-worker-test-forge-quota-warning", "State": {"Value": "ALARM", "Timestamp": "2026-11-27T22:01:07.123+0000"}}
    ],
}  # fmt: skip


def text(message=ALARM, **changes):
    return json.dumps({**message, **changes})
