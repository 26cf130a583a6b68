"""A stack of an environment: its name, its tags, what protects it, and the ARNs of what it shares with others."""

from aws_cdk import Aws, CfnDeletionPolicy, CfnResource, Fn, Stack, Tags
from aws_cdk import Environment as Place
from constructs import Construct

from kiro_worker_infra.environment import Environment
from kiro_worker_infra.names import Names, StackName


class Part(Stack):
    """One of the stacks; each can be deployed alone once those that it needs are there.

    Without an account in the environment's description the template is the same wherever it goes, so that what was
    looked at in one account is what runs in the next.
    """

    def __init__(self, scope: Construct, stack: StackName, settings: Environment, *, description: str) -> None:
        self.settings, self.names = settings, Names(settings.name)
        place = Place(account=settings.account, region=settings.region) if settings.account else None
        super().__init__(
            scope,
            self.names.stack(stack),
            description=description,
            env=place,
            termination_protection=settings.protected,
        )
        for key, value in {"project": "kiro-worker", "environment": settings.name, **settings.tags}.items():
            Tags.of(self).add(key, value)

    def guard(self, *keeping_data: CfnResource) -> None:
        """Say what becomes of data when its stack is deleted; an update that would replace it leaves the old behind.

        What a first deployment made before it failed goes with it: kept, its name would be in the next one's way.
        """
        stays = CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE if self.settings.protected else CfnDeletionPolicy.DELETE
        for resource in keeping_data:
            resource.cfn_options.deletion_policy = stays
            resource.cfn_options.update_replace_policy = CfnDeletionPolicy.RETAIN

    @property
    def bucket_name(self) -> str:
        """The bucket of artifacts."""
        return self.names.artifacts(Aws.ACCOUNT_ID, Aws.REGION)

    @property
    def bucket_arn(self) -> str:
        """The same, as an ARN."""
        return f"arn:{Aws.PARTITION}:s3:::{self.bucket_name}"

    @property
    def key_arn(self) -> str:
        """The environment's key, for stacks other than the one that makes it."""
        return Fn.import_value(self.names.key_export)

    def arn(self, service: str, resource: str) -> str:
        """The ARN of something in this account and region."""
        return f"arn:{Aws.PARTITION}:{service}:{Aws.REGION}:{Aws.ACCOUNT_ID}:{resource}"

    def table_arn(self, name: str) -> str:
        """A table's."""
        return self.arn("dynamodb", f"table/{name}")

    def secret_arn(self, name: str) -> str:
        """A secret's: Amazon adds six characters of its own choice, and these are matched one by one."""
        return self.arn("secretsmanager", f"secret:{name}-??????")

    def parameter_arn(self, name: str) -> str:
        """A parameter's; its name begins with the slash."""
        return self.arn("ssm", f"parameter{name}")

    def log_group_arn(self, name: str) -> str:
        """A log group's, without the streams in it."""
        return self.arn("logs", f"log-group:{name}")

    def function_arn(self, name: str) -> str:
        """A function's."""
        return self.arn("lambda", f"function:{name}")

    def project_arn(self) -> str:
        """The build project's."""
        return self.arn("codebuild", f"project/{self.names.project}")
