"""Rows about the functions and what calls them. Lambda writes times in milliseconds.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
"""

from kiro_worker_infra.alarms.row import Affected, Family, Limit, Missing, Row, Scale
from kiro_worker_infra.names import StackName

_LAMBDA = "AWS/Lambda"


def lambda_rows(
    name: str,
    who: str,
    affected: Affected,
    family: Family,
    *,
    milliseconds: tuple[float, float],
    part: StackName = "monitoring",
) -> tuple[Row, ...]:
    """What is the same for every function: errors, throttles, duration.

    Args:
        name: in the rows' keys.
        who: for people.
        affected: the function.
        family: where the rows stand.
        milliseconds: when its duration warns, and when it is an error.
        part: the stack that has it.
    """
    log = f"Read its log: `aws logs tail /aws/lambda/kiro-worker-ENV-{name} --since 1h`."
    warning, error = milliseconds
    return (
        Row(
            key=f"{name}-errors",
            title=f"{who}: errors",
            says=f"{who} fails.",
            family=family,
            affected=affected,
            namespace=_LAMBDA,
            metric="Errors",
            unit="Count",
            statistic="Sum",
            period=900,
            warning=Limit(1),
            error=Limit(5),
            kinds={"test": (3, 9)},
            do=f"Read the function's log: aws logs tail /aws/lambda/kiro-worker-ENV-{name} --since 1h",
            runbook=(
                log,
                (
                    "A fault of ours stands there with its code, what was kept and what to do next; "
                    "docs/deployment/troubleshooting.md lists what comes up."
                ),
                "`Task timed out`: see the row about its duration. `AccessDenied`: `kiro-worker deploy check`.",
            ),
            part=part,
        ),
        Row(
            key=f"{name}-throttles",
            title=f"{who}: throttles",
            says=f"{who} is called more often at once than it may run.",
            family=family,
            affected=affected,
            namespace=_LAMBDA,
            metric="Throttles",
            unit="Count",
            statistic="Sum",
            period=900,
            warning=Limit(10),
            error=Limit(50),
            do="See what calls it so often; events that were throttled are tried again for hours.",
            runbook=(
                (
                    "The poller runs once at a time on purpose: a few throttles while a build ends and the schedule "
                    "fires "
                    "are normal, and Lambda calls again by itself."
                ),
                (
                    "Many in a row: the account's concurrency is used up (see lambda-concurrency), or one call takes "
                    "too "
                    "long (see its duration)."
                ),
            ),
            part=part,
        ),
        Row(
            key=f"{name}-duration",
            title=f"{who}: duration",
            says=f"{who} takes nearly as long as it may.",
            family=family,
            affected=affected,
            namespace=_LAMBDA,
            metric="Duration",
            unit="Milliseconds",
            statistic="Maximum",
            warning=Limit(warning),
            error=Limit(error),
            do="See in its log which service was slow.",
            runbook=(
                log,
                (
                    "Each call of another service is tried again within the function's time; a slow GitHub shows in "
                    "forge-errors, a slow AWS on the service's status page."
                ),
            ),
            part=part,
        ),
    )


ROWS = (
    *lambda_rows("poller", "The poller", Affected.POLLER, Family.POLLER, milliseconds=(60_000, 200_000)),
    Row(
        key="poll-missing",
        title="Looks at the board",
        says="Nobody has looked at the board when it was time to.",
        family=Family.POLLER,
        affected=Affected.WORK,
        namespace="KiroWorker",
        metric="Polls",
        unit="Count",
        statistic="Sum",
        scale=Scale.POLLS,
        falling=True,
        warning=Limit(2),
        error=Limit(1),
        missing=(Missing.ALARM, "a poller that is dead writes nothing"),
        do="See whether the rule is enabled and whether the poller fails: its log, and poller-errors.",
        runbook=(
            "Is the rule on? `aws events describe-rule --name kiro-worker-ENV-schedule`.",
            (
                "What did the last calls say? `aws logs tail /aws/lambda/kiro-worker-ENV-poller --since 30m`. A "
                "board that "
                "could not be read counts as no look, and the log says why."
            ),
            "Look once by hand: `aws lambda invoke --function-name kiro-worker-ENV-poller /dev/stdout`.",
            (
                "Switched off on purpose (`aws events disable-rule`): switch these alarms' actions off as well, with "
                "`aws cloudwatch disable-alarm-actions`."
            ),
        ),
    ),
    Row(
        key="poller-event-age",
        title="The poller: age of events",
        says="Events wait long for the poller.",
        family=Family.POLLER,
        affected=Affected.POLLER,
        namespace=_LAMBDA,
        metric="AsyncEventAge",
        unit="Milliseconds",
        statistic="Maximum",
        warning=Limit(300_000),
        error=Limit(1_800_000),
        do="See whether the poller is throttled or fails; builds that ended are settled late, and none is lost.",
        runbook=(
            "Events queue up while the poller runs (one at a time) or fails and is tried again.",
            (
                "Each poll also asks CodeBuild how builds ended, so that an event that is late or lost changes "
                "nothing but "
                "the time."
            ),
        ),
    ),
    Row(
        key="poller-memory",
        title="The poller: memory",
        says="The poller is close to the end of its memory.",
        family=Family.POLLER,
        affected=Affected.WORK,
        namespace="KiroWorker",
        metric="PollerMemory",
        unit="Percent",
        statistic="Maximum",
        warning=Limit(75),
        error=Limit(90),
        missing=(Missing.FINE, "poll-missing tells of a poller that writes nothing"),
        do="Give the function more memory in infra/kiro_worker_infra and deploy the stack poller.",
        runbook=(
            "See the course of the last weeks on the dashboard: a slow rise is a board that grows.",
            "More memory also is more processor: it costs next to nothing at this rate of calls.",
        ),
    ),
    Row(
        key="poller-dead-letters",
        title="The poller: events that were given up",
        says="Events that the poller could not handle were given up.",
        family=Family.POLLER,
        affected=Affected.POLLER_QUEUE,
        namespace="AWS/SQS",
        metric="ApproximateNumberOfMessagesVisible",
        unit="Count",
        statistic="Maximum",
        warning=Limit(1),
        error=Limit(10),
        do="See poller-errors; then empty the queue: what they asked for is found out by the next poll anyway.",
        runbook=(
            "Look at one: `aws sqs receive-message --queue-url URL --attribute-names All`.",
            "Once the poller works again nothing of them is needed: `aws sqs purge-queue --queue-url URL`.",
        ),
    ),
    Row(
        key="schedule-failed",
        title="Schedule: calls that failed",
        says="The schedule could not call the poller.",
        family=Family.POLLER,
        affected=Affected.SCHEDULE,
        namespace="AWS/Events",
        metric="FailedInvocations",
        unit="Count",
        statistic="Sum",
        warning=Limit(1),
        error=Limit(3, 2, 3),
        do="See whether the function is there and allows the rule to call it: deploy the stack poller again.",
        runbook=(
            "Who may call it? `aws lambda get-policy --function-name kiro-worker-ENV-poller`.",
            "Put it right: `kiro-worker deploy up --env ENV --stack poller`.",
        ),
    ),
    Row(
        key="build-events-failed",
        title="Ends of builds: calls that failed",
        says="The end of a build could not be told to the poller.",
        family=Family.POLLER,
        affected=Affected.BUILD_ENDED,
        namespace="AWS/Events",
        metric="FailedInvocations",
        unit="Count",
        statistic="Sum",
        warning=Limit(1),
        error=Limit(3),
        do="As for schedule-failed; leases are released by the next poll meanwhile.",
        runbook=(
            "Who may call it? `aws lambda get-policy --function-name kiro-worker-ENV-poller`.",
            "Put it right: `kiro-worker deploy up --env ENV --stack poller`.",
        ),
    ),
    Row(
        key="lambda-concurrency",
        title="Functions at once, in the whole region",
        says="The region's functions are close to the account's concurrency.",
        family=Family.POLLER,
        affected=Affected.ALL_FUNCTIONS,
        namespace=_LAMBDA,
        metric="ConcurrentExecutions",
        unit="Count",
        statistic="Maximum",
        warning=Limit(700),
        error=Limit(900),
        do="See which function runs so often: these three never do; ask for a higher quota.",
        runbook=(
            (
                "The quota: `aws lambda get-account-settings`. It is 1,000 in most accounts, and 10 in new ones: set "
                "`thresholds` of the environment accordingly."
            ),
            "The poller has its share reserved; what suffers is the notifier, and the API.",
        ),
    ),
)
