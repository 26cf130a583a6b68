"""Every name of an environment's resources, in one place.

The worker builds none of them: it is handed names by environment variables. Whoever needs a resource of another stack
makes its ARN from its name, so that no stack holds another's by an export; only the key is different, since its id is
Amazon's to choose.
"""

from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal["test", "staging", "production"]
KINDS: tuple[Kind, ...] = get_args(Kind)
StackName = Literal["core", "worker", "poller", "monitoring", "api"]
# The order in which they are deployed; each needs nothing but those of NEEDS.
STACKS: tuple[StackName, ...] = get_args(StackName)
NEEDS: dict[StackName, tuple[StackName, ...]] = {
    "core": (),
    "worker": ("core",),
    "poller": ("core", "worker"),
    "monitoring": ("core", "worker", "poller"),
    "api": ("core", "poller"),
}
METRIC_NAMESPACE = "KiroWorker"


@dataclass(frozen=True, slots=True)
class Names:
    """What the resources of one environment are called.

    >>> Names("test").project
    'kiro-worker-test'
    >>> Names("test").stack("core")
    'kiro-worker-test-core'
    """

    environment: Kind

    @property
    def prefix(self) -> str:
        """What every name begins with, and the build project's whole name."""
        return f"kiro-worker-{self.environment}"

    def stack(self, stack: StackName) -> str:
        """The CloudFormation stack."""
        return f"{self.prefix}-{stack}"

    # core

    @property
    def key_alias(self) -> str:
        """The KMS key that everything of the environment is encrypted with."""
        return f"alias/{self.prefix}"

    @property
    def key_export(self) -> str:
        """What core exports its key's ARN as; the one export there is."""
        return f"{self.prefix}-key-arn"

    @property
    def leases(self) -> str:
        """The table of leases and reservations, one row for each branch."""
        return f"{self.prefix}-leases"

    def artifacts(self, account: str, region: str) -> str:
        """The bucket of artifacts and of the poller's book."""
        return f"{self.prefix}-artifacts-{account}-{region}"

    def access_logs(self, account: str, region: str) -> str:
        """The bucket that says who asked for what of the other."""
        return f"{self.prefix}-access-logs-{account}-{region}"

    @property
    def github_token(self) -> str:
        """The secret that is GitHub's token, as it is."""
        return f"{self.prefix}-github-token"

    @property
    def git_credentials(self) -> str:
        """The secret `{"username": …, "password": …}`."""
        return f"{self.prefix}-git-credentials"

    @property
    def agent_credentials(self) -> str:
        """The secret with the agent's variables: `{"KIRO_API_KEY": …}`."""
        return f"{self.prefix}-agent-credentials"

    @property
    def github_app(self) -> str:
        """The secret with a GitHub App's identity; only where an App is used in place of a token."""
        return f"{self.prefix}-github-app"

    @property
    def project_config(self) -> str:
        """The parameter with the board: organization, repository, projectNumber, targetStatusColumn."""
        return f"/kiro-worker/{self.environment}/github-project-config"

    # worker

    @property
    def project(self) -> str:
        """The CodeBuild project."""
        return self.prefix

    @property
    def build_logs(self) -> str:
        """The log group of builds."""
        return f"/aws/codebuild/{self.project}"

    @property
    def build_role(self) -> str:
        """What a build may do."""
        return f"{self.prefix}-build"

    @property
    def tests(self) -> str:
        """The report group of tests; CodeBuild joins the project's name and the buildspec's `tests` to the same."""
        return f"{self.project}-tests"

    @property
    def coverage(self) -> str:
        """The report group of coverage."""
        return f"{self.project}-coverage"

    # poller, monitoring, api

    @property
    def poller(self) -> str:
        """The function that takes work from the board."""
        return f"{self.prefix}-poller"

    @property
    def poller_dead(self) -> str:
        """The queue of events that the poller could not handle."""
        return f"{self.prefix}-poller-dead"

    @property
    def schedule(self) -> str:
        """The rule that calls the poller now and then."""
        return f"{self.prefix}-schedule"

    @property
    def build_ended(self) -> str:
        """The rule that tells the poller of builds that ended."""
        return f"{self.prefix}-build-ended"

    @property
    def notifier(self) -> str:
        """The function that passes alarms on."""
        return f"{self.prefix}-notifier"

    @property
    def notifier_dead(self) -> str:
        """The queue of notices that could not be delivered."""
        return f"{self.prefix}-notifier-dead"

    @property
    def alarms(self) -> str:
        """The one topic that alarms know."""
        return f"{self.prefix}-alarms"

    @property
    def notices(self) -> str:
        """The topic that people subscribe to, where notices are delivered by SNS."""
        return f"{self.prefix}-notices"

    @property
    def dashboard(self) -> str:
        """The dashboard."""
        return self.prefix

    @property
    def delegate(self) -> str:
        """The function behind the API."""
        return f"{self.prefix}-delegate"

    @property
    def api(self) -> str:
        """The HTTP API."""
        return f"{self.prefix}-api"

    @property
    def api_logs(self) -> str:
        """The log group of requests to the API."""
        return f"/aws/apigateway/{self.api}"

    @property
    def delegations(self) -> str:
        """The table of what was asked for through the API, key `id`."""
        return f"{self.prefix}-delegations"

    @property
    def callback_key(self) -> str:
        """The secret that completion callbacks are signed with, as it is."""
        return f"{self.prefix}-callback-key"

    def function_logs(self, function: str) -> str:
        """The log group of a function."""
        return f"/aws/lambda/{function}"

    def function_role(self, function: str) -> str:
        """What a function may do."""
        return f"{function}-role"


# Inside the bucket: runs' artifacts, and the poller's book. Each principal is given its own part only.
ARTIFACT_PREFIX = "runs/"
STATE_PREFIX = "state/"
# What S3's request metrics (errors, latency) of the first of these are filed under: the dimension FilterId.
REQUEST_METRICS = "runs"
