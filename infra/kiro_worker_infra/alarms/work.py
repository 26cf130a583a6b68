"""Rows about the work itself, by the worker's own metrics; names and units stand in `kiro_worker.metric.names`."""

from kiro_worker.metric import MEANINGS, NAMESPACE, Metric
from kiro_worker_infra.alarms.row import Affected, Family, Limit, Missing, Row, Scale

# A run that ended an hour ago is no news now, whatever it was.
_OF_RUNS = (Missing.FINE, "it comes with each run, and no run is no news")
_OF_POLLS = (Missing.FINE, "poll-missing tells of polls that are missing")


def _own(key: str, title: str, says: str, metric: Metric, *limits: Limit, **more: object) -> Row:
    warning, error = limits
    facts = {"affected": Affected.WORK, "unit": MEANINGS[metric].unit.value, "missing": _OF_RUNS, **more}
    return Row(
        key=key, title=title, says=says, family=Family.WORK, namespace=NAMESPACE, metric=metric.value, warning=warning,
        error=error, **facts,  # type: ignore[arg-type]
    )  # fmt: skip


ROWS = (
    _own(
        "run-failure-rate",
        "Runs that fail",
        "Many of the runs fail.",
        Metric.RUN_FAILED,
        Limit(40),
        # One run that fails, of one in six hours, is a warning.
        Limit(75, 2, 4),
        statistic="Average",
        period=21_600,
        kinds={"test": (60, 90)},
        do="See whether the failed runs have one verdict in common: kiro-worker-ENV's dashboard, then their logs.",
        runbook=(
            (
                "Which verdicts? Logs Insights on /aws/codebuild/kiro-worker-ENV: "
                "`filter ispresent(RunFailed) | stats count(*) by verdict`."
            ),
            "AGENT_FAULT, CREDENTIAL, FORGE_FAULT, GIT_FAULT, INTERNAL: the deployment's fault; the log says which.",
            "TESTS_RED, COVERAGE_LOW, GATE_RED, PHANTOM: the agent's work; look at the specs and at the agent.",
        ),
    ),
    _own(
        "run-tests-failed",
        "Tests that fail",
        "Runs end with tests that are not green.",
        Metric.TESTS_FAILED,
        Limit(1),
        Limit(25),
        statistic="Maximum",
        period=3600,
        kinds={"test": (10, 100)},
        do="Read the draft pull request of the run: it names each test and what it said.",
        runbook=(
            (
                "Many at once mostly are one cause: a set-up that failed, a service that tests need. The gates' log "
                "among "
                "the artifacts (`tests.log`) tells."
            ),
            "Tests that were red on the base branch before are told apart in the pull request.",
        ),
    ),
    _own(
        "run-coverage-drop",
        "Coverage that fell",
        "A run's branch covers less than its base.",
        Metric.COVERAGE_DROP,
        Limit(2),
        Limit(10),
        statistic="Maximum",
        period=3600,
        do="Read the draft pull request of the run: it names the lines that no test runs.",
        runbook=(
            "The pull request lists changed lines without a test, file by file.",
            "A whole suite that did not run looks the same: compare the number of tests with the base's.",
        ),
    ),
    _own(
        "run-cost",
        "Cost of a run",
        "A run's agent cost much.",
        Metric.RUN_COST,
        Limit(10),
        Limit(50),
        statistic="Maximum",
        period=3600,
        kinds={"test": (5, 20)},
        do="Set a budget: budget.* in the base branch's .kiro/worker.yaml ends a run that costs more.",
        runbook=(
            "The summary of the run lists turns and cost by task.",
            "See docs/reference/settings.md, `budget`: a run that reaches it saves its work and ends.",
        ),
    ),
    _own(
        "run-credits",
        "Credits of a run",
        "A run's agent used many credits.",
        Metric.RUN_CREDITS,
        Limit(100),
        Limit(500),
        statistic="Maximum",
        period=3600,
        do="Set a budget: budget.* in the base branch's .kiro/worker.yaml ends a run that uses more.",
        runbook=("As for run-cost.",),
    ),
    _own(
        "forge-errors",
        "GitHub: requests that fail",
        "GitHub does not answer as it should.",
        Metric.FORGE_ERRORS,
        Limit(10),
        Limit(50),
        affected=Affected.FORGE,
        statistic="Average",
        scale=Scale.POLLS,
        missing=_OF_POLLS,
        do="Look at https://www.githubstatus.com, then at the poller's log for what it answers.",
        runbook=(
            (
                "HTTP 401 or 403: the token has ended, or has lost a right: `kiro-worker doctor` names it; put a new "
                "one "
                "into the secret kiro-worker-ENV-github-token."
            ),
            "HTTP 429, or 403 with a word about limits: see forge-quota.",
            "HTTP 5xx: wait. Nothing is begun or moved while the board cannot be read.",
        ),
    ),
    _own(
        "forge-quota",
        "GitHub: rate limit left",
        "GitHub's rate limit is nearly used up.",
        Metric.FORGE_QUOTA_LEFT,
        Limit(25),
        Limit(5),
        affected=Affected.FORGE,
        statistic="Minimum",
        falling=True,
        missing=_OF_POLLS,
        do="Poll less often, or give the worker an account or an App of its own.",
        runbook=(
            "Who uses it? An account's limit is shared by all of its tokens: `gh api rate_limit`.",
            "A GitHub App has one for each installation: docs/reference/github.md.",
            "Raise `polling_interval` of the environment, or lower `board.points_per_hour`.",
        ),
    ),
    _own(
        "lease-age",
        "Age of the oldest lease",
        "A lease has been held for longer than a build may take.",
        Metric.LEASE_AGE,
        Limit(1.1),
        Limit(1.5),
        statistic="Maximum",
        scale=Scale.BUILD,
        missing=(Missing.FINE, "it is only written while a lease is held"),
        do="See whose it is and whether its build still runs; each poll releases those whose build is over.",
        runbook=(
            "Which? `aws dynamodb scan --table-name kiro-worker-ENV-leases`.",
            (
                "Does its build run? `aws codebuild batch-get-builds --ids BUILD`; stop it with "
                "`aws codebuild stop-build --id BUILD`: the work so far is on the branch, and the next poll releases "
                "it."
            ),
            "Never delete the row: its fence has to rise for ever.",
        ),
    ),
    _own(
        "queue-age",
        "Age of the oldest card that waits",
        "Cards wait long for their turn.",
        Metric.QUEUE_AGE,
        Limit(86_400),
        Limit(259_200),
        statistic="Maximum",
        period=900,
        missing=(Missing.FINE, "it is only written while a card waits"),
        kinds={"test": (172_800, 604_800)},
        do="See what runs and for how long; let more run at once with build.concurrent and dispatch.max_parallel.",
        runbook=(
            "Why does each card wait? The poller's log tells of every card, as `kiro-worker poll --explain` does.",
            "One after another is the default. More at once: `build.concurrent` of the environment.",
        ),
    ),
)
