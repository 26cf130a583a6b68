"""Stack monitoring: the alarms, their one topic, and the function that passes them on.

Alarms → topic → notifier → delivery. What is behind the topic can be changed, from mail through SNS to mail through SES
to a channel of Slack, and no alarm with it: it is a setting of the notifier.
"""

from collections.abc import Sequence

from aws_cdk import Annotations, Aws, CfnOutput
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambdas
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk.aws_s3_assets import Asset
from constructs import Construct

from kiro_worker_infra import grant
from kiro_worker_infra.alarms.alarm import alarms_of
from kiro_worker_infra.alarms.dashboard import body_of
from kiro_worker_infra.alarms.filter import Filters
from kiro_worker_infra.alarms.make import CompositeAlarms, MetricAlarms
from kiro_worker_infra.alarms.target import delivered, of_notices
from kiro_worker_infra.bundle import Bundle
from kiro_worker_infra.delivery import Delivery, delivery_of
from kiro_worker_infra.environment import Environment
from kiro_worker_infra.function import Function
from kiro_worker_infra.nag import accept, accept_wildcard
from kiro_worker_infra.part import Part

_SECONDS = 30
_DAYS = 14
_OURS = "Alarms of this environment only: their names begin with its own."
_NOBODY = (
    "Nobody hears of the alarms of {environment}: notify.to in infra/kiro_worker_infra/environments.py names no "
    "address. Name some, or subscribe to the topic {topic}."
)
_UNWATCHED = (
    "Nobody hears when the notifier of {environment} is itself what is broken: notify.watchers in "
    "infra/kiro_worker_infra/environments.py names no address."
)


class Monitoring(Part):
    """Needs core, worker and poller."""

    def __init__(self, scope: Construct, settings: Environment, bundle: Bundle) -> None:
        super().__init__(scope, "monitoring", settings, description="Kiro Worker: alarms, dashboard, notices")
        self._topic = self._encrypted_topic("AlarmsTopic", self.names.alarms, _publishers(self))
        self._watch()
        self._dead = self._dead_letters()
        self._notifier = self._function(bundle)
        self._subscribe()
        self._warn()
        CfnOutput(self, "AlarmTopic", description="Every alarm publishes here", value=self._topic.ref)

    def _watch(self) -> None:
        alarms = alarms_of(self.settings, self.names)
        made = MetricAlarms(self, alarms, self.names, topic=self._topic.ref)
        CompositeAlarms(self, made, self.names, topic=self._topic.ref, runbooks=self.settings.runbooks)
        Filters(self, self.names)
        body = body_of(
            alarms,
            self.names,
            region=Aws.REGION,
            arns=[each.attr_arn for each in made.made.values()],
            known={"artifacts": self.bucket_name},
        )
        cloudwatch.CfnDashboard(
            self, "Dashboard", dashboard_name=self.names.dashboard, dashboard_body=self.to_json_string(body)
        )

    def _function(self, bundle: Bundle) -> Function:
        delivery = delivery_of(self, topic=self._people)
        ours = self.arn("cloudwatch", f"alarm:{self.names.prefix}-*")
        notifier = Function(
            self,
            "Notifier",
            name=self.names.notifier,
            handler="kiro_worker.entry.notify.handler",
            bundle=Asset(self, "Bundle", path=str(bundle.file)),
            description="Passes alarms on to people",
            variables=delivery.variables,
            statements=[
                grant.allow("ReadAlarms", ("cloudwatch:DescribeAlarms",), (ours,)),
                *delivery.statements,
                grant.allow("GivenUp", ("sqs:SendMessage",), (self._dead.attr_arn,)),
            ],
            seconds=_SECONDS,
        )
        accept_wildcard(notifier.role, ours, _OURS)
        _accept_delivery(notifier, delivery)
        lambdas.CfnEventInvokeConfig(
            self,
            "Asynchronous",
            function_name=notifier.function.ref,
            qualifier="$LATEST",
            maximum_retry_attempts=2,
            maximum_event_age_in_seconds=3600,
            destination_config=lambdas.CfnEventInvokeConfig.DestinationConfigProperty(
                on_failure=lambdas.CfnEventInvokeConfig.OnFailureProperty(destination=self._dead.attr_arn)
            ),
        )
        return notifier

    def _subscribe(self) -> None:
        self._notifier.may_be_called("ByAlarms", service="sns.amazonaws.com", source=self._topic.ref)
        sns.CfnSubscription(
            self,
            "Subscription",
            topic_arn=self._topic.ref,
            protocol="lambda",
            endpoint=self._notifier.arn,
            filter_policy_scope="MessageBody",
            filter_policy={"AlarmName": delivered(self.names)},
            redrive_policy={"deadLetterTargetArn": self._dead.attr_arn},
        )

        # Whoever tells of everything else cannot tell that it does not.
        for nth, address in enumerate(self.settings.notify.watchers, start=1):
            sns.CfnSubscription(
                self,
                f"Watcher{nth}",
                topic_arn=self._topic.ref,
                protocol="email",
                endpoint=address,
                filter_policy_scope="MessageBody",
                filter_policy={"AlarmName": of_notices(self.names)},
            )

    def _warn(self) -> None:
        """Say before it is deployed what nobody would notice after: an alarm that nobody hears looks like none."""
        notify, say = self.settings.notify, Annotations.of(self).add_warning_v2
        words = {"environment": self.settings.name, "topic": self.names.notices}
        if notify.delivery == "sns" and not notify.to:
            say("kiro-worker:nobody-hears", _NOBODY.format(**words))
        if not notify.watchers:
            say("kiro-worker:notifier-unwatched", _UNWATCHED.format(**words))

    def _people(self) -> sns.CfnTopic:
        """The topic that people subscribe to, where notices are delivered by SNS."""
        topic = self._encrypted_topic("NoticesTopic", self.names.notices, [])
        for nth, address in enumerate(self.settings.notify.to, start=1):
            sns.CfnSubscription(self, f"Mail{nth}", topic_arn=topic.ref, protocol="email", endpoint=address)
        return topic

    def _encrypted_topic(self, logical: str, name: str, further: Sequence[iam.PolicyStatement]) -> sns.CfnTopic:
        topic = sns.CfnTopic(self, logical, topic_name=name, kms_master_key_id=self.key_arn)
        statements = [_tls_only("sns:Publish", topic.ref), *further]
        sns.CfnTopicPolicy(
            self,
            f"{logical}Policy",
            topics=[topic.ref],
            policy_document=iam.PolicyDocument(statements=statements),
        )
        return topic

    def _dead_letters(self) -> sqs.CfnQueue:
        """Notices that could not be delivered; an alarm looks at how many there are, and they can be sent again."""
        queue = sqs.CfnQueue(
            self,
            "Dead",
            queue_name=self.names.notifier_dead,
            message_retention_period=_DAYS * 86_400,
            sqs_managed_sse_enabled=True,
        )
        accept(queue, "AwsSolutions-SQS3", "It is the dead-letter queue itself: of the function and of the topic.")
        given_up = iam.PolicyStatement(
            sid="Topic",
            principals=[iam.ServicePrincipal("sns.amazonaws.com")],
            actions=["sqs:SendMessage"],
            resources=[queue.attr_arn],
            conditions={"ArnEquals": {"aws:SourceArn": self._topic.ref}},
        )
        statements = [_tls_only("sqs:*", queue.attr_arn), given_up]
        sqs.CfnQueuePolicy(
            self, "DeadPolicy", queues=[queue.ref], policy_document=iam.PolicyDocument(statements=statements)
        )
        return queue


def _accept_delivery(notifier: Function, delivery: Delivery) -> None:
    for resource, reason in delivery.wildcards.items():
        accept_wildcard(notifier.role, resource, reason)


def _publishers(part: Part) -> list[iam.PolicyStatement]:
    """Nobody but alarms of this environment."""
    return [
        iam.PolicyStatement(
            sid="Alarms",
            principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
            actions=["sns:Publish"],
            resources=[part.arn("sns", part.names.alarms)],
            conditions={
                "StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID},
                "ArnLike": {"aws:SourceArn": part.arn("cloudwatch", f"alarm:{part.names.prefix}-*")},
            },
        )
    ]


def _tls_only(action: str, resource: str) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid="TlsOnly",
        effect=iam.Effect.DENY,
        principals=[iam.AnyPrincipal()],
        actions=[action],
        resources=[resource],
        conditions={"Bool": {"aws:SecureTransport": "false"}},
    )
