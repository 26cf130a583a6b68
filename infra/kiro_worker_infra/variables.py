"""What the worker is told by its environment on AWS: its settings by their long names, which no repository outranks."""

from kiro_worker_infra.environment import Api
from kiro_worker_infra.names import ARTIFACT_PREFIX, STATE_PREFIX
from kiro_worker_infra.part import Part


def shared(part: Part) -> dict[str, str]:
    """What builds and the poller are both told."""
    names, settings = part.names, part.settings
    told = {
        "ENVIRONMENT": names.environment,
        "KIRO_WORKER_LEASE_STORE": "dynamodb",
        "KIRO_WORKER_LEASE_TABLE": names.leases,
        "KIRO_WORKER_SECRET_STORE": "aws",
        # Metrics of one's own cost money, so only where alarms look at them.
        "KIRO_WORKER_METRIC_KIND": "emf" if settings.monitored else "none",
        "KIRO_WORKER_GATES_COVERAGE_THRESHOLD": str(settings.coverage_threshold),
    }
    if settings.github_api_url:
        told["KIRO_WORKER_FORGE_API_URL"] = settings.github_api_url
    place = "KIRO_WORKER_SECRET_GITHUB_APP_PLACE" if settings.github_app else "KIRO_WORKER_SECRET_GITHUB_TOKEN_PLACE"
    return {**told, place: sign_in(part)}


def sign_in(part: Part) -> str:
    """The one secret that GitHub is asked with; where there is an App there is no need of a token as well."""
    return part.names.github_app if part.settings.github_app else part.names.github_token


def git_sign_in(part: Part) -> tuple[str, ...]:
    """The secret that git signs in with; with an App there is none: its tokens, which live for an hour, do."""
    return () if part.settings.github_app else (part.names.git_credentials,)


def of_builds(part: Part) -> dict[str, str]:
    """What a build is told, besides what it was started with."""
    names, settings = part.names, part.settings
    git = {"KIRO_WORKER_SECRET_GIT_CREDENTIALS_PLACE": names.git_credentials} if git_sign_in(part) else {}
    return {
        **shared(part),
        **git,
        # The name that people know from buildspecs; the long one above is what counts.
        "COVERAGE_THRESHOLD": str(settings.coverage_threshold),
        "KIRO_WORKER_SECRET_AGENT_CREDENTIALS_PLACE": names.agent_credentials,
        # What a build prints comes in events of many lines, which no metrics are made of.
        "KIRO_WORKER_METRIC_LOG_GROUP": names.build_logs,
        "KIRO_WORKER_ARTIFACT_STORE": "s3",
        "KIRO_WORKER_ARTIFACT_BUCKET": part.bucket_name,
        "KIRO_WORKER_ARTIFACT_PREFIX": ARTIFACT_PREFIX.rstrip("/"),
        "KIRO_WORKER_ARTIFACT_KEY": part.key_arn,
        "KIRO_WORKER_AGENT_NAME": settings.build.agent,
        # The worker is root there: without an isolation the agent would be, too, beside the role's credentials.
        "KIRO_WORKER_ISOLATION_KIND": "required",
        # How long the project gives it, so that the work ends, and is kept, before the build does.
        "KIRO_WORKER_LIMITS_BUILD": f"{settings.build.minutes}m",
        # No disk outlives the build.
        "KIRO_WORKER_WORKSPACE_MIRROR": "shallow",
        **settings.build.variables,
    }


def of_poller(part: Part) -> dict[str, str]:
    """What the poller is told."""
    names = part.names
    return {
        **shared(part),
        "KIRO_WORKER_LAUNCH_KIND": "codebuild",
        "KIRO_WORKER_LAUNCH_PROJECT": names.project,
        "GITHUB_PROJECT_CONFIG_PARAMETER": names.project_config,
        "STATE_BUCKET": part.bucket_name,
        "STATE_PREFIX": STATE_PREFIX,
    }


def of_delegate(part: Part, api: Api) -> dict[str, str]:
    """What the function behind the API is told."""
    names = part.names
    return {
        **shared(part),
        "GITHUB_PROJECT_CONFIG_PARAMETER": names.project_config,
        "DELEGATIONS_TABLE": names.delegations,
        "CALLBACK_KEY_SECRET_ID": names.callback_key,
        "POLLER_FUNCTION": names.poller,
        "POOL_ADDRESS": api.pool_address,
        "CALLBACK_HOSTS": ",".join(api.callback_hosts),
    }
