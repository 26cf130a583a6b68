"""Stack core: the key, the buckets, the table of leases, the secrets, the board's parameter. All that keeps data."""

import json
from collections.abc import Iterator

from aws_cdk import CfnOutput
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from kiro_worker_infra.bucket import Buckets
from kiro_worker_infra.environment import Board, Environment
from kiro_worker_infra.key import key_of
from kiro_worker_infra.nag import accept
from kiro_worker_infra.part import Part


class Core(Part):
    """Needs no other stack."""

    def __init__(self, scope: Construct, settings: Environment) -> None:
        super().__init__(scope, "core", settings, description="Kiro Worker: key, artifacts, leases and secrets")
        self._key = key_of(self)
        Buckets(self, "Buckets", key_arn=self._key.attr_arn)
        self._leases()
        for logical, name, said in self._secrets():
            self._secret(logical, name, said)
        if settings.board:
            self._board(settings.board)
        CfnOutput(
            self,
            "KeyArn",
            description="The other stacks use it: it cannot be deleted before they are",
            value=self._key.attr_arn,
            export_name=self.names.key_export,
        )

    def _leases(self) -> None:
        """A row for each branch, which is never deleted: its fence has to rise for ever."""
        kinds = dynamodb.CfnTable
        table = kinds(
            self,
            "Leases",
            table_name=self.names.leases,
            key_schema=[kinds.KeySchemaProperty(attribute_name="key", key_type="HASH")],
            attribute_definitions=[kinds.AttributeDefinitionProperty(attribute_name="key", attribute_type="S")],
            billing_mode="PAY_PER_REQUEST",
            sse_specification=kinds.SSESpecificationProperty(
                sse_enabled=True, sse_type="KMS", kms_master_key_id=self._key.attr_arn
            ),
            point_in_time_recovery_specification=kinds.PointInTimeRecoverySpecificationProperty(
                point_in_time_recovery_enabled=True
            ),
            deletion_protection_enabled=self.settings.protected,
        )
        self.guard(table)

    def _secrets(self) -> Iterator[tuple[str, str, str]]:
        yield "GithubToken", self.names.github_token, "The token that GitHub is asked with, as it is"
        yield "GitCredentials", self.names.git_credentials, "What git signs in with: JSON with username and password"
        yield "AgentCredentials", self.names.agent_credentials, "The agent's own variables: JSON, such as KIRO_API_KEY"
        if self.settings.github_app:
            yield "GithubApp", self.names.github_app, "The GitHub App that the worker signs in as"

    def _secret(self, logical: str, name: str, said: str) -> None:
        # Without a value: only people write it, and a made-up one would look like a real one.
        secret = secretsmanager.CfnSecret(self, logical, name=name, description=said, kms_key_id=self._key.attr_arn)
        self.guard(secret)
        accept(
            secret,
            "AwsSolutions-SMG4",
            "GitHub and the agent's maker issue these; there is nobody whom Secrets Manager could ask for a new one. "
            "docs/deployment/DEPLOYMENT.md says how to replace one.",
        )

    def _board(self, board: Board) -> None:
        ssm.CfnParameter(
            self,
            "Board",
            name=self.names.project_config,
            type="String",
            description="The project that work is taken from",
            value=json.dumps(
                {
                    "organization": board.organization,
                    "repository": board.repository,
                    "projectNumber": board.project_number,
                    "targetStatusColumn": board.target_status_column,
                }
            ),
        )
