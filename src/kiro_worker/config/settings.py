"""Every setting there is, with its default and what it is for.

The one frozen `Config` is built by `config.load`; nothing else reads a file, a flag or the environment. A field's
`metadata` says where else it may be set and what it may be:

* `variable`: the name it has in a buildspec or in CodeBuild's environment.
* `flag`: its flag; `--section-key` where none is named.
* `guards`: the agent must not be able to loosen it, nor to turn the worker's own rights elsewhere with it. It is read
  from the base branch and from the operator, never from the branch that is worked on.
* `stricter`: which of two trusted values wins: the `higher`, or the one named `earlier` among the choices; against
  these last the default counts as the base branch's, so that an operator alone cannot choose a later one.
* `least`, `most`: the range of a number, a time in seconds.
* `form`: what a text must look like, by its name in `config.form`.
"""

from datetime import timedelta
from typing import Any, Literal

from kiro_worker.value import dataclass, field


def _setting(
    default: Any,
    *,
    variable: str = "",
    flag: str = "",
    guards: bool = False,
    stricter: Literal["", "higher", "earlier"] = "",
    least: float | None = None,
    most: float | None = None,
    form: str = "",
) -> Any:
    facts = {"variable": variable, "flag": flag, "guards": guards, "stricter": stricter, "form": form}
    return field(default=default, metadata={**facts, "least": least, "most": most})


def _amount(*, variable: str = "") -> Any:
    return _setting(0.0, variable=variable, guards=True, least=0)


def _time(default: timedelta, *, variable: str = "") -> Any:
    return _setting(default, variable=variable, least=1, most=timedelta(days=7).total_seconds())


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSettings:
    """Which coding agent works, and how it is called.

    Attributes:
        name: a profile (`kiro`, `opencode`, …) or a command line.
        protocol: `auto` takes the profile's own, and ACP for a plain command.
        args: passed on after the profile's own; those that would undo trust, engine or output are refused.
        model: a model id for agents that take one; empty is the agent's own choice.
        models: other models by what they are for: `task:2.1`, `kind:repair` (or `work`, `must-fail`), `spec:user-auth`;
            the first of these that fits wins.
        fallback_models: asked in turn when the model's service is overloaded or limits the rate.
        throttle_retries: how often a turn that the service turned away is asked again, 10 s to 300 s apart.
        mode: the asking mode to set; empty is the profile's.
        variables: environment variables handed to the agent besides the profile's own (its model credential).
        files: files and folders of the real HOME that are copied into the agent's HOME besides the profile's.
    """

    name: str = _setting("kiro", variable="KIRO_AGENT", flag="--agent", guards=True, form="present")
    protocol: Literal["auto", "acp", "headless", "pty"] = _setting(
        "auto", variable="KIRO_AGENT_PROTOCOL", flag="--protocol", guards=True
    )
    args: tuple[str, ...] = _setting((), variable="KIRO_AGENT_ARGS", flag="--agent-args", guards=True)
    model: str = _setting("", variable="KIRO_AGENT_MODEL", flag="--model")
    models: tuple[tuple[str, str], ...] = ()
    fallback_models: tuple[str, ...] = ()
    throttle_retries: int = _setting(4, least=0, most=20)
    mode: str = _setting("", guards=True)
    variables: tuple[str, ...] = _setting((), guards=True, form="variable")
    files: tuple[str, ...] = _setting((), guards=True, form="home file")


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchSettings:
    """Branches: which one is the base, and how new ones are named.

    Attributes:
        name: the branch to work on; empty is the one that is checked out, or a new one.
        base: the branch that pull requests go to; empty is the remote's default branch.
        pattern: a new branch's name; `{spec}`, `{timestamp}` and `{id}` are filled in, `{id}` must be there.
        update_base: `merge` merges the base in before the work; otherwise a branch that is behind is only reported.
    """

    name: str = _setting("", variable="BRANCH_NAME", flag="--branch", guards=True, form="branch")
    base: str = _setting("", variable="BASE_BRANCH", flag="--base", guards=True, form="branch")
    pattern: str = _setting("kiro/{spec}/{timestamp}-{id}", variable="BRANCH_PATTERN", form="branch pattern")
    update_base: Literal["never", "merge"] = _setting("never", variable="UPDATE_BASE", flag="--update-base")


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecSettings:
    """Which spec and which of its tasks.

    Attributes:
        name: the spec's folder name; empty is found by the rule of docs/reference/settings.md.
        path: a spec folder, such as CodeBuild's SPEC_PATH; an alternative to `name`.
        branches: branch name to spec name, where the two do not match by themselves.
        include_optional: also do the tasks marked `*`.
        only: only these task ids.
        until: stop after this task id.
        remove_task_file: a TASK.md that stood for the spec leaves the branch before its pull request is ready.
    """

    name: str = _setting("", flag="--spec", form="folder name")
    path: str = _setting("", variable="SPEC_PATH", form="path")
    branches: tuple[tuple[str, str], ...] = ()
    include_optional: bool = _setting(False, variable="INCLUDE_OPTIONAL", flag="--include-optional")
    only: tuple[str, ...] = _setting((), variable="SPEC_TASK", flag="--only")
    until: str = _setting("", flag="--until")
    remove_task_file: bool = _setting(True)


@dataclass(frozen=True, slots=True, kw_only=True)
class GateSettings:
    """What must hold before anything is called done.

    Attributes:
        setup_command: prepares the project (installs its dependencies); a string is run by `/bin/sh -c`, a list is
            run as it is; empty is detected from lock files, `none` runs nothing.
        test_command: runs the tests; empty is detected.
        test_report: JUnit XML that the test command writes, relative to the root; globs allowed.
        coverage_report: coverage that the test command writes; empty is looked for at the well-known places.
        coverage_threshold: least percentage of lines, and of branches where they are measured.
        changed_coverage_threshold: the same of the lines that the branch adds or changes.
        coverage_paths: least percentages of their own for parts of the repository: a glob, and the percentage.
        coverage_branches: also measure branches, where the runner can.
        coverage_margin: percentage points that coverage may fall below the base's.
        coverage: `off` only where the base branch itself says so.
        baseline: run the tests on the merge base too, once for each state of it: what was red before, and covered.
        known_failures: `allow` shows tests that were red before without blocking; a newly red one always blocks.
        flaky_reruns: how often a newly red test is run again by itself, to be told from a flaky one.
        flaky: whether a test that fails, and passes when it is run again, blocks; new and changed ones always do.
        bite: new and changed tests have to fail without the change that they test.
        tamper: what weakens tests or other checks, unless a task of the spec asks for it.
        scope: changed files that no task names.
        phantom: `block` takes the tick of a task back whose criteria no test is bound to; one without work, always.
        each_task: also run the tests after every task, not only at checkpoints and at the end.
        repair_rounds: how often red gates are handed back to the agent.
        variables: environment variables handed to setup and tests besides the plain ones.
    """

    setup_command: str | tuple[str, ...] = _setting("", variable="SETUP_COMMAND", flag="--setup-command", guards=True)
    test_command: str | tuple[str, ...] = _setting("", variable="TEST_COMMAND", flag="--test-command", guards=True)
    test_report: str = _setting("", variable="TEST_REPORT", flag="--test-report", guards=True, form="path")
    coverage: Literal["required", "off"] = _setting("required", guards=True, stricter="earlier")
    coverage_report: str = _setting("", variable="COVERAGE_REPORT", flag="--coverage-report", guards=True, form="path")
    coverage_threshold: float = _setting(
        80.0,
        variable="COVERAGE_THRESHOLD",
        flag="--coverage-threshold",
        guards=True,
        stricter="higher",
        least=0,
        most=100,
    )
    changed_coverage_threshold: float = _setting(
        80.0, variable="CHANGED_COVERAGE_THRESHOLD", guards=True, stricter="higher", least=0, most=100
    )
    coverage_paths: tuple[tuple[str, str], ...] = _setting((), guards=True)
    coverage_branches: bool = _setting(False, variable="COVERAGE_BRANCHES", guards=True, stricter="higher")
    coverage_margin: float = _setting(0.5, guards=True, least=0, most=100)
    baseline: Literal["on", "off"] = _setting("on", guards=True, stricter="earlier")
    known_failures: Literal["block", "allow"] = _setting("block", guards=True, stricter="earlier")
    flaky_reruns: int = _setting(2, guards=True, least=0, most=5)
    flaky: Literal["block", "tell"] = _setting("tell", guards=True, stricter="earlier")
    bite: Literal["block", "tell", "off"] = _setting("block", guards=True, stricter="earlier")
    tamper: Literal["block", "tell"] = _setting("block", guards=True, stricter="earlier")
    scope: Literal["block", "tell"] = _setting("tell", guards=True, stricter="earlier")
    phantom: Literal["block", "tell"] = _setting("block", guards=True, stricter="earlier")
    each_task: bool = _setting(False, variable="GATE_EACH_TASK", flag="--each-task", guards=True, stricter="higher")
    repair_rounds: int = _setting(2, variable="REPAIR_ROUNDS", flag="--repair-rounds", least=0, most=20)
    variables: tuple[str, ...] = _setting((), guards=True, form="variable")


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitSettings:
    """How long things may take; written as `90s`, `30m`, `2h` or seconds.

    Attributes:
        run: the whole run.
        turn: one prompt until the agent's answer is complete.
        silence: the longest time without a sign of the agent.
        start: from starting the agent until it takes a prompt.
        setup: preparing the project.
        tests: one run of the tests.
        test_silence: the longest time without output of the tests.
        checks: one check of the repository's own, such as its linter.
        build: the build that runs this worker, as its project says; 0 where no build server does.
        build_margin: how long before the build's end the work ends: it is committed, pushed and reported meanwhile.
    """

    run: timedelta = _time(timedelta(hours=8), variable="RUN_TIMEOUT")
    turn: timedelta = _time(timedelta(minutes=30), variable="TURN_TIMEOUT")
    silence: timedelta = _time(timedelta(minutes=5), variable="SILENCE_TIMEOUT")
    start: timedelta = _time(timedelta(seconds=60), variable="START_TIMEOUT")
    setup: timedelta = _time(timedelta(minutes=15), variable="SETUP_TIMEOUT")
    tests: timedelta = _time(timedelta(minutes=30), variable="TEST_TIMEOUT")
    test_silence: timedelta = _time(timedelta(minutes=10))
    checks: timedelta = _time(timedelta(minutes=10))
    build: timedelta = _setting(
        timedelta(), variable="BUILD_TIMEOUT", guards=True, least=0, most=timedelta(days=7).total_seconds()
    )
    build_margin: timedelta = _setting(
        timedelta(minutes=10), variable="BUILD_MARGIN", guards=True, least=1, most=timedelta(days=1).total_seconds()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetSettings:
    """What a run, and each of its tasks, may use up; 0 is no limit. Told at 80 %, stopped at 100 %.

    What an agent does not report cannot be counted: cost and tokens are its own words, turns and changes are not.

    Attributes:
        credits, task_credits: Kiro credits.
        cost_usd, task_cost_usd: US dollars.
        tokens, task_tokens: read and written together.
        turns, task_turns: prompts to the agent.
        task_time: from a task's first prompt until its commit.
        files, task_files: files that the commits change, each counted once for each commit.
        lines, task_lines: lines added and taken away.
        output: bytes that the agent may send in one turn.
        disk: MiB that a turn's files may take; a turn that takes more is ended, and its files are dropped.
    """

    credits: float = _amount(variable="CREDIT_BUDGET")
    task_credits: float = _amount()
    cost_usd: float = _amount(variable="COST_BUDGET_USD")
    task_cost_usd: float = _amount()
    tokens: float = _amount(variable="TOKEN_BUDGET")
    task_tokens: float = _amount()
    turns: float = _amount(variable="TURN_BUDGET")
    task_turns: float = _amount()
    task_time: timedelta = _setting(timedelta(), guards=True, least=0, most=timedelta(days=7).total_seconds())
    files: float = _amount()
    task_files: float = _amount()
    lines: float = _amount()
    task_lines: float = _amount()
    output: int = _setting(256 * 1024 * 1024, guards=True, least=1)
    disk: int = _setting(20 * 1024, guards=True, least=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class IsolationSettings:
    """How the agent, set-up and tests are kept apart from the worker and from the rest of the machine.

    Attributes:
        kind: `auto` takes the strongest that works here; a named one has to work, or nothing is started; with
            `required` any but `none` has to.
        account: a system user to run as, of a worker that is root; empty takes a number of the run's own.
        network: of the agent and of set-up; `none` needs bubblewrap, and an agent whose model is on this machine.
        test_network: of the tests; `none` needs bubblewrap.
        visible: files and folders outside the system's that bubblewrap shows, to be read, besides the tools found.
        memory: MiB for all processes of a run together; 0 is three quarters of the machine's.
        processes: how many at once, threads counted; 0 is no limit.
        cpu_weight: their share when others want the processor too; 100 is everybody's.
        cpu_seconds: processor time for each process; 0 is no limit.
        open_files: for each process; 0 is no limit of ours.
        file_size: MiB of one file; 0 is no limit.
    """

    kind: Literal["auto", "required", "bubblewrap", "user", "none"] = _setting(
        "auto", variable="ISOLATION", flag="--isolation", guards=True
    )
    account: str = _setting("", guards=True, form="account")
    network: Literal["host", "none"] = _setting("host", guards=True)
    test_network: Literal["host", "none"] = _setting("host", guards=True)
    visible: tuple[str, ...] = _setting((), guards=True, form="absolute path")
    memory: int = _setting(0, guards=True, least=0, most=16_777_216)
    processes: int = _setting(4096, guards=True, least=0, most=4_194_304)
    cpu_weight: int = _setting(100, guards=True, least=1, most=10_000)
    cpu_seconds: int = _setting(0, guards=True, least=0, most=604_800)
    open_files: int = _setting(65_536, guards=True, least=0, most=1_048_576)
    file_size: int = _setting(16_384, guards=True, least=0, most=16_777_216)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitSettings:
    """Who the commits are by.

    Attributes:
        author_name, author_email: who the changes are by.
        committer_name, committer_email: who made the commit; empty takes the author's.
    """

    author_name: str = _setting("Kiro Worker", variable="GIT_AUTHOR_NAME", form="identity")
    author_email: str = _setting("kiro-worker@localhost", variable="GIT_AUTHOR_EMAIL", form="identity")
    committer_name: str = _setting("", variable="GIT_COMMITTER_NAME", form="identity")
    committer_email: str = _setting("", variable="GIT_COMMITTER_EMAIL", form="identity")


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgeSettings:
    """Where pull requests go.

    Attributes:
        kind: `auto` looks at the remote's address: github.com is GitHub, a local path is the local forge.
        api_url: GitHub Enterprise Server's API, such as `https://ghe.example.com/api/v3`.
        repository: `owner/name`; empty is read from the remote's address.
        token_variable: the environment variable that holds the token; in a named environment `_<ENVIRONMENT>` is added.
        app_id, installation_id, private_key_variable: sign in as a GitHub App instead.
        create_pull_request: False only updates one that is there.
        status: whether to set a commit status.
    """

    kind: Literal["auto", "github", "local"] = _setting("auto", variable="FORGE", flag="--forge", guards=True)
    api_url: str = _setting("", variable="GITHUB_API_URL", guards=True, form="web address")
    repository: str = _setting("", variable="GITHUB_REPOSITORY", guards=True, form="repository")
    token_variable: str = _setting("GITHUB_TOKEN", guards=True, form="variable")
    app_id: str = _setting("", variable="GITHUB_APP_ID", guards=True)
    installation_id: str = _setting("", variable="GITHUB_INSTALLATION_ID", guards=True)
    private_key_variable: str = _setting("GITHUB_APP_PRIVATE_KEY", guards=True, form="variable")
    create_pull_request: bool = _setting(True, variable="CREATE_PULL_REQUEST")
    status: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardSettings:
    """Where work items come from. A board serves many repositories, so these are the operator's alone.

    Attributes:
        kind: `local` is kept on this machine; `github` is a project (Projects v2) of an organisation or a person.
        owner: the organisation or person that the project belongs to.
        number: the project's number, as in its address.
        status_field: the project's field whose values are its columns.
        priority_field: a single-select field, whose first value is the most urgent, or a number, whose smallest is.
        branch_field: a text field with the branch's name, for cards that no branch is linked to.
        column_ready: what is to be worked on.
        column_working: what is being worked on.
        column_review: what has a pull request to be looked at.
        column_failed: what could not be done.
        column_needs_input: what a person has to answer first.
        repositories: only cards of these, as owner/name; empty takes all that the credential may see.
        points_per_hour: of the rate limit of GitHub's GraphQL, at most so many; 0 takes what there is.
    """

    kind: Literal["local", "github"] = _setting("local", variable="BOARD", flag="--board", guards=True)
    owner: str = _setting("", variable="GITHUB_PROJECT_OWNER", guards=True)
    number: int = _setting(0, variable="GITHUB_PROJECT_NUMBER", guards=True, least=0)
    status_field: str = _setting("Status", guards=True, form="present")
    priority_field: str = _setting("Priority", guards=True)
    branch_field: str = _setting("Branch", guards=True)
    column_ready: str = _setting("For Implementation", guards=True, form="present")
    column_working: str = _setting("In Progress", guards=True, form="present")
    column_review: str = _setting("In Review", guards=True, form="present")
    column_failed: str = _setting("Failed", guards=True, form="present")
    column_needs_input: str = _setting("Needs Input", guards=True, form="present")
    repositories: tuple[str, ...] = _setting((), guards=True, form="repository")
    points_per_hour: int = _setting(2500, guards=True, least=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchSettings:
    """How work is taken from the board by `kiro-worker poll` and `watch`. These are the operator's alone.

    Attributes:
        max_parallel: runs at once; 1 is one after another.
        per_repository: runs at once in one repository; 0 is no limit of its own.
        per_column: runs at once that were begun from a column, by its name on the board.
        interval: between two looks at the board.
        most_tries: how often an item is tried again by itself after the first run.
        paused: nothing new is begun; what runs goes on.
        strict_spec: a spec needs a criterion for each task, and a response in each criterion.
        labels: only cards with all of these.
        without_labels: no card with any of these.
        authors: only cards that these people made; empty takes everybody's.
        clone_address: where git finds a repository that a card names as owner/name.
    """

    max_parallel: int = _setting(1, variable="MAX_PARALLEL", flag="--max-parallel", guards=True, least=1, most=1000)
    per_repository: int = _setting(0, guards=True, least=0, most=1000)
    per_column: tuple[tuple[str, str], ...] = _setting((), guards=True)
    interval: timedelta = _setting(timedelta(seconds=30), flag="--interval", guards=True, least=1, most=86_400)
    most_tries: int = _setting(3, guards=True, least=0, most=20)
    paused: bool = _setting(False, flag="--paused", guards=True)
    strict_spec: bool = _setting(False, flag="--strict-spec", guards=True)
    labels: tuple[str, ...] = _setting((), guards=True)
    without_labels: tuple[str, ...] = _setting(("kiro-worker:hold",), guards=True)
    authors: tuple[str, ...] = _setting((), guards=True)
    clone_address: str = _setting("https://{host}/{repository}.git", guards=True, form="clone address")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackSettings:
    """What follows from what is said on pull requests, and how the worker hears of it. These are the operator's alone.

    Attributes:
        reviews: how often reviews send a run back to one pull request; 0 is never.
        checks: how often failing checks do; 0 is never.
        interval: between two looks at pull requests; a webhook brings the next one forward.
        secret_variable: the environment variable with the webhook's secret; in a named environment `_<ENVIRONMENT>` is
            added.
    """

    reviews: int = _setting(3, guards=True, least=0, most=3)
    checks: int = _setting(2, guards=True, least=0, most=2)
    interval: timedelta = _setting(timedelta(seconds=60), guards=True, least=1, most=86_400)
    secret_variable: str = _setting("KIRO_WORKER_WEBHOOK_SECRET", guards=True, form="variable")


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchSettings:
    """Where runs that are taken from a board happen. These are the operator's alone.

    Attributes:
        kind: `inline` starts them as processes of `poll` and `watch`, which asks them to end when it does; with `queue`
            they wait for their turn in the machine's database, and go on whatever becomes of who asked for them; with
            `codebuild` each is a build of a project of AWS CodeBuild, under a lease in DynamoDB.
        parallel: runs of the queue at once on this machine; 0 takes `dispatch.max_parallel`.
        project: the name of the CodeBuild project.
        source_version: the branch, tag or commit of the project's own source; empty is what the project says.
    """

    kind: Literal["inline", "queue", "codebuild"] = _setting("inline", variable="LAUNCH", flag="--launch", guards=True)
    parallel: int = _setting(0, guards=True, least=0, most=1000)
    project: str = _setting("", variable="LAUNCH_PROJECT", guards=True, form="build project")
    source_version: str = _setting("", guards=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseSettings:
    """Who may work on a branch.

    Attributes:
        store: `sqlite` for one machine, `gitref` for several that share only the remote, `postgres` for several that
            reach one server, `dynamodb` for all in one account of AWS, `memory` for tests.
        address_variable: the environment variable that holds the PostgreSQL server's address, password and all; in a
            named environment `_<ENVIRONMENT>` is added.
        table: the DynamoDB table's name or ARN.
    """

    store: Literal["sqlite", "gitref", "postgres", "dynamodb", "memory"] = _setting(
        "sqlite", variable="LEASE_STORE", flag="--lease", guards=True
    )
    address_variable: str = _setting("LEASE_CONNECTION_STRING", guards=True, form="variable")
    table: str = _setting("", variable="LEASE_TABLE", guards=True, form="table")


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretSettings:
    """Where the worker's own credentials are kept. These are the operator's alone.

    A place is the name or ARN of a secret of Secrets Manager, or `ssm:` and the name of a parameter; with `#key`, one
    key of the JSON object that is kept there.

    Attributes:
        store: `environment` is variables and files of this machine; `aws` fetches what the next settings name with the
            role that the worker has, and goes on to look in the environment for the rest.
        github_token_place: the forge's token; used in place of the variable that `forge.token_variable` names.
        github_app_place: `{"appId", "installationId", "privateKey"}`; used in place of a token.
        git_credentials_place: `{"username", "password"}` for git over HTTPS; without it git signs in as to the forge.
        agent_credentials_place: a JSON object of variables and their values, handed to the agent and to nobody else.
    """

    store: Literal["environment", "aws"] = _setting("environment", variable="SECRET_STORE", guards=True)
    github_token_place: str = _setting("", variable="GITHUB_TOKEN_SECRET_ID", guards=True, form="kept secret")
    github_app_place: str = _setting("", variable="GITHUB_APP_SECRET_ID", guards=True, form="kept secret")
    git_credentials_place: str = _setting("", variable="GIT_CREDENTIALS_SECRET_ID", guards=True, form="kept secret")
    agent_credentials_place: str = _setting("", variable="AGENT_CREDENTIALS_SECRET_ID", guards=True, form="kept secret")


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactSettings:
    """Where the files of a run are kept. They are on this machine in any case. These are the operator's alone.

    Attributes:
        store: `s3` also puts them into a bucket, when the run has ended.
        bucket: its name.
        prefix: what the keys of a run's files begin with; the run's id and the file's name follow.
        key: the id, ARN or alias of the KMS key that they are encrypted with; empty takes the bucket's own.
        link_life: how long a link that is made for a person leads to a file.
    """

    store: Literal["local", "s3"] = _setting("local", variable="ARTIFACT_STORE", guards=True)
    bucket: str = _setting("", variable="ARTIFACT_BUCKET", guards=True, form="bucket")
    prefix: str = _setting("runs", variable="ARTIFACT_PREFIX", guards=True, form="key prefix")
    key: str = _setting("", variable="ARTIFACT_KMS_KEY", guards=True, form="kms key")
    link_life: timedelta = _setting(timedelta(hours=1), guards=True, least=60, most=timedelta(days=7).total_seconds())


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricSettings:
    """What is told to whoever watches over the deployment. This is the operator's alone.

    Attributes:
        kind: `emf` writes numbers about runs and polls to standard output, as lines that CloudWatch Logs makes metrics
            of; `none` writes none.
        log_group: the group of CloudWatch Logs that `emf` puts its lines into, each as an event of its own; empty is
            standard output, which is right where each line becomes an event, as in a function.
    """

    kind: Literal["none", "emf"] = _setting("none", variable="METRICS", guards=True)
    log_group: str = _setting("", variable="METRICS_LOG_GROUP", guards=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceSettings:
    """How the working tree is made.

    Attributes:
        mirror: `shallow` where no disk outlives the run (a build container): only the tips are fetched.
    """

    mirror: Literal["full", "shallow"] = _setting("full", variable="MIRROR")


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """All settings of one run.

    Attributes:
        environment: `test`, `staging`, `production`, or empty on a laptop; a named one must have its file.
        remote: the git remote's name, for a run started inside a clone.
        build_url: a page about the build that runs this worker, linked from the pull request.
    """

    environment: Literal["", "test", "staging", "production"] = _setting(
        "", variable="ENVIRONMENT", flag="--environment", guards=True
    )
    remote: str = _setting("origin", flag="--remote", guards=True, form="branch")
    build_url: str = _setting("", variable="CODEBUILD_BUILD_URL", form="web address")
    agent: AgentSettings = field(default_factory=AgentSettings)
    branch: BranchSettings = field(default_factory=BranchSettings)
    spec: SpecSettings = field(default_factory=SpecSettings)
    gates: GateSettings = field(default_factory=GateSettings)
    limits: LimitSettings = field(default_factory=LimitSettings)
    isolation: IsolationSettings = field(default_factory=IsolationSettings)
    budget: BudgetSettings = field(default_factory=BudgetSettings)
    commit: CommitSettings = field(default_factory=CommitSettings)
    forge: ForgeSettings = field(default_factory=ForgeSettings)
    board: BoardSettings = field(default_factory=BoardSettings)
    dispatch: DispatchSettings = field(default_factory=DispatchSettings)
    launch: LaunchSettings = field(default_factory=LaunchSettings)
    feedback: FeedbackSettings = field(default_factory=FeedbackSettings)
    lease: LeaseSettings = field(default_factory=LeaseSettings)
    workspace: WorkspaceSettings = field(default_factory=WorkspaceSettings)
    secret: SecretSettings = field(default_factory=SecretSettings)
    artifact: ArtifactSettings = field(default_factory=ArtifactSettings)
    metric: MetricSettings = field(default_factory=MetricSettings)
