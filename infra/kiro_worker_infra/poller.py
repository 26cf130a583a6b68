"""Stack poller: the function that takes work from the board, the two rules that wake it, and where lost events go."""

from collections.abc import Sequence
from typing import Any

from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambdas
from aws_cdk import aws_sqs as sqs
from aws_cdk.aws_s3_assets import Asset
from constructs import Construct

from kiro_worker_infra import grant
from kiro_worker_infra.bundle import Bundle
from kiro_worker_infra.environment import Environment
from kiro_worker_infra.function import Function
from kiro_worker_infra.nag import accept, accept_wildcard
from kiro_worker_infra.names import STATE_PREFIX
from kiro_worker_infra.part import Part
from kiro_worker_infra.variables import of_poller, sign_in

ENDED = ("SUCCEEDED", "FAILED", "FAULT", "STOPPED", "TIMED_OUT")
"""Each status that a build ends with; one that is missing here would leave its branch reserved."""

_SECONDS = 240
_DAYS = 14
_LEASES = ("dynamodb:GetItem", "dynamodb:Scan", "dynamodb:UpdateItem")
_BUILDS = ("codebuild:BatchGetBuilds", "codebuild:ListBuildsForProject", "codebuild:StartBuild", "codebuild:StopBuild")


class Poller(Part):
    """Needs core and worker."""

    def __init__(self, scope: Construct, settings: Environment, bundle: Bundle) -> None:
        super().__init__(scope, "poller", settings, description="Kiro Worker: takes work from the board, starts builds")
        self._dead = self._dead_letters()
        asset = Asset(self, "Bundle", path=str(bundle.file))
        self._function = Function(
            self,
            "Poller",
            name=self.names.poller,
            handler="kiro_worker.entry.poll.handler",
            bundle=asset,
            description="Looks at the board, starts builds, settles what ended",
            variables=of_poller(self),
            statements=[
                *grant.use_table(self, self.names.leases, _LEASES),
                grant.allow("Builds", _BUILDS, (self.project_arn(),)),
                *grant.read_secrets(self, sign_in(self)),
                grant.allow("ReadBoard", ("ssm:GetParameter",), (self.parameter_arn(self.names.project_config),)),
                *book(self),
                grant.allow("LostEvents", ("sqs:SendMessage",), (self._dead.attr_arn,)),
            ],
            seconds=_SECONDS,
            # Two looks at once would only wait for each other's writes.
            concurrent=1,
        )
        accept_wildcard(self._function.role, book_objects(self), BOOK)
        self._asynchronous()
        self._rules()

    def _dead_letters(self) -> sqs.CfnQueue:
        """What was tried again and failed again; an alarm looks at how many there are."""
        queue = sqs.CfnQueue(
            self,
            "Dead",
            queue_name=self.names.poller_dead,
            message_retention_period=_DAYS * 86_400,
            sqs_managed_sse_enabled=True,
        )
        accept(queue, "AwsSolutions-SQS3", "It is the dead-letter queue itself: of the function and of both rules.")
        return queue

    def _asynchronous(self) -> None:
        lambdas.CfnEventInvokeConfig(
            self,
            "Asynchronous",
            function_name=self._function.function.ref,
            qualifier="$LATEST",
            maximum_retry_attempts=2,
            # While one look goes on others wait; a build's end is worth waiting for, and so is kept for an hour.
            maximum_event_age_in_seconds=3600,
            destination_config=lambdas.CfnEventInvokeConfig.DestinationConfigProperty(
                on_failure=lambdas.CfnEventInvokeConfig.OnFailureProperty(destination=self._dead.attr_arn)
            ),
        )

    def _rules(self) -> None:
        schedule = self._rule(
            "Schedule",
            self.names.schedule,
            description="Looks at the board now and then",
            schedule_expression=self.settings.polling_interval,
        )
        ended = self._rule(
            "BuildEnded",
            self.names.build_ended,
            description="Tells the poller of each build that ended",
            event_pattern={
                "source": ["aws.codebuild"],
                "detail-type": ["CodeBuild Build State Change"],
                "detail": {"project-name": [self.names.project], "build-status": list(ENDED)},
            },
        )
        self._queue_policy([schedule.attr_arn, ended.attr_arn])

    def _rule(self, logical: str, name: str, *, description: str, **when: Any) -> events.CfnRule:
        kinds = events.CfnRule
        rule = kinds(
            self,
            logical,
            name=name,
            description=description,
            state="ENABLED",
            targets=[
                kinds.TargetProperty(
                    id="poller",
                    arn=self._function.arn,
                    dead_letter_config=kinds.DeadLetterConfigProperty(arn=self._dead.attr_arn),
                    retry_policy=kinds.RetryPolicyProperty(
                        maximum_event_age_in_seconds=3600, maximum_retry_attempts=10
                    ),
                )
            ],
            **when,
        )
        self._function.may_be_called(f"By{logical}", service="events.amazonaws.com", source=rule.attr_arn)
        return rule

    def _queue_policy(self, rules: Sequence[str]) -> None:
        statements = [
            iam.PolicyStatement(
                sid="TlsOnly",
                effect=iam.Effect.DENY,
                principals=[iam.AnyPrincipal()],
                actions=["sqs:*"],
                resources=[self._dead.attr_arn],
                conditions={"Bool": {"aws:SecureTransport": "false"}},
            ),
            iam.PolicyStatement(
                sid="Rules",
                principals=[iam.ServicePrincipal("events.amazonaws.com")],
                actions=["sqs:SendMessage"],
                resources=[self._dead.attr_arn],
                # As EventBridge's guide has it; the rules' ARNs name the account.
                conditions={"ArnEquals": {"aws:SourceArn": list(rules)}},
            ),
        ]
        sqs.CfnQueuePolicy(
            self,
            "DeadPolicy",
            queues=[self._dead.ref],
            policy_document=iam.PolicyDocument(statements=statements),
        )


BOOK = "The book is a handful of objects under this prefix, which holds nothing else."


def book_objects(part: Part) -> str:
    """The objects of the dispatcher's book."""
    return f"{part.bucket_arn}/{STATE_PREFIX}*"


def book(part: Part) -> tuple[iam.PolicyStatement, ...]:
    """Keep the dispatcher's book between two looks."""
    return (
        grant.allow("KeepBook", ("s3:GetObject", "s3:PutObject"), (book_objects(part),)),
        # Without it S3 says "denied" of an object that is not there, and a first look could not be told from a fault.
        grant.allow("NoBookYet", ("s3:ListBucket",), (part.bucket_arn,)),
        grant.with_key(part, "KeepBookKey", "s3", ("kms:Decrypt", "kms:GenerateDataKey")),
    )
