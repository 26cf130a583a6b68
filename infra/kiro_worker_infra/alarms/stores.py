"""Rows about what keeps data: the table of leases, the bucket, secrets and the key.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html
"""

from kiro_worker_infra.alarms.row import Affected, Family, Limit, Row

_DYNAMODB, _S3 = "AWS/DynamoDB", "AWS/S3"
_STATUS = "See the service's status: https://health.aws.amazon.com/health/status."


def _table(key: str, title: str, says: str, metric: str, *limits: Limit, **more: object) -> Row:
    warning, error = limits
    facts = {"affected": Affected.TABLE, "statistic": "Sum", "unit": "Count", **more}
    return Row(
        key=key, title=title, says=says, family=Family.STORES, namespace=_DYNAMODB, metric=metric, warning=warning,
        error=error, **facts,  # type: ignore[arg-type]
    )  # fmt: skip


ROWS = (
    _table(
        "leases-write-throttles",
        "Leases: throttled writes",
        "Writes of leases are throttled.",
        "WriteThrottleEvents",
        Limit(1),
        Limit(10),
        do="Wait: the table grows by itself; a lease that cannot be renewed in time ends its run in order.",
        runbook=(
            (
                "A table that is paid for by request doubles what it takes within minutes; throttles beyond that are "
                "one "
                "key that is hit too often."
            ),
            "See leases-consumed-writes for how many there were; a few dozen runs write some ten times a minute.",
        ),
    ),
    _table(
        "leases-read-throttles",
        "Leases: throttled reads",
        "Reads of leases are throttled.",
        "ReadThrottleEvents",
        Limit(1),
        Limit(10),
        do="Wait: the table grows by itself; see who reads so much.",
        runbook=(
            (
                "Only the poller reads: once each poll. More is somebody else; CloudTrail says who: "
                "`aws cloudtrail lookup-events --lookup-attributes "
                "AttributeKey=ResourceName,AttributeValue=kiro-worker-ENV-leases`."
            ),
        ),
    ),
    _table(
        "leases-system-errors",
        "Leases: errors of DynamoDB's own",
        "DynamoDB answers writes of leases with errors of its own.",
        "SystemErrors",
        Limit(1),
        Limit(5),
        affected=Affected.TABLE_WRITES,
        do="Wait; runs whose lease cannot be renewed end by themselves and are gone on with.",
        runbook=(_STATUS, "Nothing has to be cleaned up: a lease that nobody renews ends by itself."),
    ),
    _table(
        "leases-user-errors",
        "Requests that DynamoDB refuses, in the whole region",
        "DynamoDB refuses requests as wrong.",
        "UserErrors",
        Limit(5),
        Limit(50),
        affected=Affected.ALL_TABLES,
        do="See whose they are: the metric is the whole region's. Ours stand in the poller's and the builds' logs.",
        runbook=(
            (
                "`aws logs filter-log-events --log-group-name /aws/lambda/kiro-worker-ENV-poller --filter-pattern "
                "'\"AWS refuses dynamodb\"'`."
            ),
            "A table or a key that is missing: `kiro-worker deploy verify --env ENV`.",
        ),
    ),
    _table(
        "leases-conflicts",
        "Leases: conditions that did not hold",
        "Leases are asked for by far more than one at once.",
        "ConditionalCheckFailedRequests",
        Limit(50),
        Limit(500),
        do="See whether several pollers or workers look at the same board.",
        runbook=(
            "A condition that does not hold is how one of two is told that the other was first; a few are normal.",
            (
                "Many are a second poller, or a worker that asks again and again: look at the rows' `run` with "
                "`aws dynamodb scan --table-name kiro-worker-ENV-leases`."
            ),
        ),
    ),
    _table(
        "leases-consumed-writes",
        "Leases: writes",
        "Far more leases are written than the work can need.",
        "ConsumedWriteCapacityUnits",
        Limit(1_000),
        Limit(10_000),
        do="See who writes: a run writes four times a minute, the poller a few times a poll.",
        runbook=("As for leases-conflicts. Each million of them costs 0.63 USD.",),
    ),
    _table(
        "leases-consumed-reads",
        "Leases: reads",
        "Far more leases are read than the work can need.",
        "ConsumedReadCapacityUnits",
        Limit(5_000),
        Limit(50_000),
        do="See who reads: only the poller has to, once a poll.",
        runbook=("As for leases-read-throttles. Each million of them costs 0.13 USD.",),
    ),
    Row(
        key="artifacts-4xx",
        title="Artifacts: requests that S3 refuses",
        says="S3 refuses requests for artifacts.",
        family=Family.STORES,
        affected=Affected.BUCKET,
        namespace=_S3,
        metric="4xxErrors",
        unit="Count",
        statistic="Sum",
        warning=Limit(10),
        error=Limit(100),
        do="See the access log for which requests: mostly a link that has ended, or a role without the key.",
        runbook=(
            "Who asked for what: the bucket kiro-worker-ENV-access-logs-ACCOUNT-REGION, `artifacts/`.",
            "Links that people are given end after `artifact.link_life`; that is no fault.",
            "A build that cannot write its artifacts says so at its end, and keeps them in its log group.",
        ),
    ),
    Row(
        key="artifacts-5xx",
        title="Artifacts: errors of S3's own",
        says="S3 answers requests for artifacts with errors of its own.",
        family=Family.STORES,
        affected=Affected.BUCKET,
        namespace=_S3,
        metric="5xxErrors",
        unit="Count",
        statistic="Sum",
        warning=Limit(1),
        error=Limit(10),
        do="Wait; uploads are tried again, and a run's own work is on its branch.",
        runbook=(_STATUS,),
    ),
    Row(
        key="secret-errors",
        title="Secrets and parameters: failures",
        says="A secret or a parameter could not be read.",
        family=Family.STORES,
        affected=Affected.SECRETS,
        namespace="KiroWorker/ENV",
        metric="SecretErrors",
        unit="Count",
        statistic="Sum",
        warning=Limit(1),
        error=Limit(3),
        do="The log names the secret and what is wrong with it: missing, denied, or in another form than it has to be.",
        runbook=(
            (
                "`aws logs filter-log-events --log-group-name /aws/lambda/kiro-worker-ENV-poller --filter-pattern "
                "'\"could not be fetched\"'`; for builds the group /aws/codebuild/kiro-worker-ENV."
            ),
            (
                "Is there a value? `aws secretsmanager describe-secret --secret-id kiro-worker-ENV-github-token`. A "
                "new "
                "environment's secrets are empty until somebody fills them: docs/deployment/DEPLOYMENT.md."
            ),
        ),
    ),
    Row(
        key="key-errors",
        title="The key: failures",
        says="The environment's key could not be used.",
        family=Family.STORES,
        affected=Affected.KEY,
        namespace="KiroWorker/ENV",
        metric="KeyErrors",
        unit="Count",
        statistic="Sum",
        warning=Limit(1),
        error=Limit(3),
        do="See whether the key is enabled and not about to be deleted; all data of the environment needs it.",
        runbook=(
            "`aws kms describe-key --key-id alias/kiro-worker-ENV`.",
            (
                "About to be deleted: `aws kms cancel-key-deletion`, then `aws kms enable-key`. At once: what it "
                "encrypted "
                "cannot be read any more once it is gone."
            ),
            "A role without a right to it: `kiro-worker deploy up --env ENV` puts the policies back.",
        ),
    ),
    Row(
        key="book-errors",
        title="The poller's book: failures",
        says="The poller cannot keep its book, and forgets how often a card was tried.",
        family=Family.STORES,
        affected=Affected.BOOK,
        namespace="KiroWorker/ENV",
        metric="BookErrors",
        unit="Count",
        statistic="Sum",
        period=900,
        warning=Limit(1),
        error=Limit(3),
        do="See in the poller's log why S3 does not give or take it; work goes on meanwhile, with a shorter memory.",
        runbook=(
            (
                "`aws logs filter-log-events --log-group-name /aws/lambda/kiro-worker-ENV-poller --filter-pattern "
                "'\"The book could not be\"'`."
            ),
            "Denied: `kiro-worker deploy up --env ENV --stack poller` puts policies back; with `kms:`, see key-errors.",
            (
                "While it lasts each new start of the function counts a card's tries from one: should builds fail, "
                "stop taking work ([DEPLOYMENT.md](DEPLOYMENT.md#day-by-day))."
            ),
        ),
    ),
)
