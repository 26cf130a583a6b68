"""A Lambda function of ours: its log group, its role and its settings; what calls it is its stack's."""

from collections.abc import Mapping, Sequence

from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambdas
from aws_cdk import aws_logs as logs
from aws_cdk.aws_s3_assets import Asset
from constructs import Construct

from kiro_worker_infra import grant
from kiro_worker_infra.bundle import PYTHON
from kiro_worker_infra.nag import STREAMS, accept, accept_wildcard
from kiro_worker_infra.part import Part


class Function(Construct):
    """One function, on the bundle that all of them share.

    Attributes:
        role: nothing but what its statements say, and its own logs.
        arn: of the function.
    """

    def __init__(
        self,
        part: Part,
        logical: str,
        *,
        name: str,
        handler: str,
        bundle: Asset,
        description: str,
        variables: Mapping[str, str],
        statements: Sequence[iam.PolicyStatement],
        memory: int = 512,
        seconds: int = 60,
        concurrent: int | None = None,
    ) -> None:
        super().__init__(part, logical)
        self._part, self._log_name = part, part.names.function_logs(name)
        group = self._log_group()
        self.role = self._allowed(name, statements)
        kinds = lambdas.CfnFunction
        self.function = kinds(
            self,
            "Function",
            function_name=name,
            description=description,
            runtime=f"python{PYTHON}",
            architectures=["x86_64"],
            handler=handler,
            role=self.role.role_arn,
            code=kinds.CodeProperty(s3_bucket=bundle.s3_bucket_name, s3_key=bundle.s3_object_key),
            memory_size=memory,
            timeout=seconds,
            reserved_concurrent_executions=concurrent,
            environment=kinds.EnvironmentProperty(variables=dict(sorted({**_always(part), **variables}.items()))),
            logging_config=kinds.LoggingConfigProperty(log_group=self._log_name),
        )
        self.function.add_resource_dependency(group)
        # The libraries in the bundle are compiled for this Python; the next one comes with a new bundle.
        accept(self.function, "AwsSolutions-L1", f"The bundle's libraries are locked and compiled for Python {PYTHON}.")
        self.arn = self.function.attr_arn

    def _log_group(self) -> logs.CfnLogGroup:
        group = logs.CfnLogGroup(
            self,
            "Logs",
            log_group_name=self._log_name,
            retention_in_days=self._part.settings.keep.logs,
            kms_key_id=self._part.key_arn,
        )
        self._part.guard(group)
        return group

    def _allowed(self, name: str, statements: Sequence[iam.PolicyStatement]) -> iam.Role:
        role = grant.role(
            self,
            self._part.names.function_role(name),
            service="lambda.amazonaws.com",
            description=f"Function {name}",
            trust={},
            statements=[grant.write_logs(self._part, self._log_name), *statements],
        )
        accept_wildcard(role, f"{self._part.log_group_arn(self._log_name)}:*", STREAMS)
        return role

    def may_be_called(self, logical: str, *, service: str, source: str) -> None:
        """Let a service call it, for one resource, whose ARN names the account.

        No condition on the account besides: EventBridge, SNS and API Gateway do not say for which one they call, and
        would be turned away (https://github.com/hashicorp/terraform-provider-aws/pull/4116).
        """
        lambdas.CfnPermission(
            self,
            logical,
            action="lambda:InvokeFunction",
            function_name=self.function.ref,
            principal=service,
            source_arn=source,
        )


def _always(part: Part) -> Mapping[str, str]:
    return {
        "POWERTOOLS_SERVICE_NAME": "kiro-worker",
        "POWERTOOLS_LOG_LEVEL": part.settings.log_level,
        # Once for all starts of the same machine, not at each.
        "PYTHONDONTWRITEBYTECODE": "1",
    }
