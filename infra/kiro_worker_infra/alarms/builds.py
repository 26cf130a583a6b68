"""Rows about builds: CodeBuild writes these metrics for each project, times in seconds.

https://docs.aws.amazon.com/codebuild/latest/userguide/cloudwatch_metrics-codebuild.html
"""

from kiro_worker_infra.alarms.row import Affected, Family, Limit, Row, Scale

_CODEBUILD = "AWS/CodeBuild"
_LOG = "Read the end of its log: `aws logs tail /aws/codebuild/kiro-worker-ENV --since 1h`."

ROWS = (
    Row(
        key="build-failed",
        title="Builds failed",
        says="Builds failed or timed out.",
        family=Family.BUILDS,
        affected=Affected.PROJECT,
        namespace=_CODEBUILD,
        metric="FailedBuilds",
        unit="Count",
        statistic="Sum",
        period=3600,
        warning=Limit(1),
        error=Limit(3),
        kinds={"test": (3, 10)},
        do="Read the end of the newest failed build's log; it names the verdict and what to do next.",
        runbook=(
            "List them: `aws codebuild list-builds-for-project --project-name kiro-worker-ENV`.",
            _LOG,
            (
                "The last line names the verdict; docs/reference/verdicts.md says what follows from it. A red test "
                "or low "
                "coverage is the work of whoever reviews the draft pull request, and no fault of the deployment."
            ),
            (
                "A build that ended before `kiro-worker build run` began: look at its phases with "
                "`aws codebuild batch-get-builds --ids ID`."
            ),
        ),
    ),
    Row(
        key="build-count",
        title="Builds begun in a day",
        says="More builds are begun than a board explains.",
        family=Family.BUILDS,
        affected=Affected.PROJECT,
        namespace=_CODEBUILD,
        metric="Builds",
        unit="Count",
        statistic="Sum",
        period=86_400,
        warning=Limit(50),
        error=Limit(150),
        do='See which card they are of. To begin no more: "Stop taking work" in docs/deployment/DEPLOYMENT.md.',
        runbook=(
            "Take no more work meanwhile: [DEPLOYMENT.md](DEPLOYMENT.md#day-by-day), **Stop taking work**.",
            (
                "Whose are they? `aws codebuild list-builds-for-project --project-name kiro-worker-ENV`, then "
                "`aws codebuild batch-get-builds --ids ID`: `BRANCH_NAME` and `KIRO_WORKER_ITEM` stand in each."
            ),
            (
                "A card that fails is tried again three times (`dispatch.most_tries`), and anew whenever somebody, or "
                "an automation of the board, puts it back into the column. Many cards are no fault: set `thresholds` "
                "of the environment by what `build.concurrent` allows."
            ),
        ),
    ),
    Row(
        key="build-duration",
        title="Duration of builds",
        says="A build takes nearly as long as it may.",
        family=Family.BUILDS,
        affected=Affected.PROJECT,
        namespace=_CODEBUILD,
        metric="Duration",
        unit="Seconds",
        statistic="Maximum",
        period=3600,
        scale=Scale.BUILD,
        warning=Limit(0.6),
        error=Limit(0.9),
        do="See which task took long; split the spec, or raise build.minutes.",
        runbook=(
            "The run's page (`run.html` among its artifacts) has a time line of its tasks and gates.",
            (
                "A run that is out of time commits and pushes what it has, and is gone on with by the next one; "
                "nothing is "
                "lost, only late."
            ),
            (
                "Split the spec's longest task, make the tests quicker, or raise `build.minutes` of the environment in "
                "infra/kiro_worker_infra/environments.py (2160 is most) and deploy the stack worker."
            ),
        ),
    ),
    Row(
        key="build-queued",
        title="Wait for a machine",
        says="Builds wait long for a machine.",
        family=Family.BUILDS,
        affected=Affected.PROJECT,
        namespace=_CODEBUILD,
        metric="QueuedDuration",
        unit="Seconds",
        statistic="Maximum",
        scale=Scale.QUEUE,
        warning=Limit(0.2),
        error=Limit(0.7),
        do="Look at CodeBuild's quota of concurrent builds for this size of machine.",
        runbook=(
            "See the quota: `aws service-quotas list-service-quotas --service-code codebuild`.",
            "See what else builds in this account and region at that time; all projects share the quota.",
            "Ask for a higher one, or lower `build.concurrent` of environments that can wait.",
        ),
    ),
    Row(
        key="build-cpu",
        title="Processor of builds",
        says="Builds use all of their machine's processors.",
        family=Family.BUILDS,
        affected=Affected.PROJECT,
        namespace=_CODEBUILD,
        metric="CPUUtilizedPercent",
        unit="Percent",
        statistic="Average",
        warning=Limit(85, 6, 6),
        error=Limit(97, 12, 12),
        do="Nothing is broken; a larger build.compute makes runs quicker.",
        runbook=(
            "See whether duration grows as well; only then does it matter.",
            "Take the next size: `build.compute` of the environment, then deploy the stack worker.",
        ),
    ),
    Row(
        key="build-memory",
        title="Memory of builds",
        says="Builds are close to the end of their machine's memory.",
        family=Family.BUILDS,
        affected=Affected.PROJECT,
        namespace=_CODEBUILD,
        metric="MemoryUtilizedPercent",
        unit="Percent",
        statistic="Maximum",
        warning=Limit(85),
        error=Limit(95),
        do="Take a larger build.compute, or bound what tests may take with isolation.memory.",
        runbook=(
            "A build whose machine has no memory left ends without a word: the worker's receipt stops in the middle.",
            "See what takes it: mostly a project's own tests, in parallel.",
            "Take the next size of `build.compute`, or set `isolation.memory` in the base branch's .kiro/worker.yaml.",
        ),
    ),
)
