"""Rows about the notices themselves: who watches those who tell of everything else."""

from kiro_worker_infra.alarms.functions import lambda_rows
from kiro_worker_infra.alarms.row import Affected, Family, Limit, Row

ROWS = (
    *lambda_rows("notifier", "The notifier", Affected.NOTIFIER, Family.NOTICES, milliseconds=(10_000, 25_000)),
    Row(
        key="notifier-dead-letters",
        title="The notifier: notices that were given up",
        says="Notices could not be delivered.",
        family=Family.NOTICES,
        affected=Affected.NOTIFIER_QUEUE,
        namespace="AWS/SQS",
        metric="ApproximateNumberOfMessagesVisible",
        unit="Count",
        statistic="Maximum",
        warning=Limit(1),
        error=Limit(5),
        do="Look at the alarms themselves; then mend the delivery: see the notifier's log.",
        runbook=(
            (
                "What is in alarm now? `aws cloudwatch describe-alarms --state-value ALARM --alarm-name-prefix "
                "kiro-worker-ENV`."
            ),
            (
                "Why was it not delivered? `aws logs tail /aws/lambda/kiro-worker-ENV-notifier --since 1d`: "
                "`notify.not-delivered` names the reason."
            ),
            "Deliver them now: `aws sqs start-message-move-task`, or read them with `aws sqs receive-message`.",
        ),
    ),
    Row(
        key="topic-failed",
        title="The topic of alarms: deliveries that failed",
        says="The topic could not hand notices to the notifier.",
        family=Family.NOTICES,
        affected=Affected.TOPIC,
        namespace="AWS/SNS",
        metric="NumberOfNotificationsFailed",
        unit="Count",
        statistic="Sum",
        warning=Limit(1),
        error=Limit(5),
        do="See whether the notifier is there and allows the topic to call it: deploy the stack monitoring again.",
        runbook=(
            "Who may call it? `aws lambda get-policy --function-name kiro-worker-ENV-notifier`.",
            (
                "What is in alarm now? `aws cloudwatch describe-alarms --state-value ALARM --alarm-name-prefix "
                "kiro-worker-ENV`."
            ),
            "This alarm goes through the same topic; it also shows on the dashboard, and is why there is one.",
        ),
    ),
)
