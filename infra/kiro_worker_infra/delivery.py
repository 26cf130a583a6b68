"""What the notifier is told of how to deliver, and what it may do for that: all that changes with the way."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns

from kiro_worker_infra import grant
from kiro_worker_infra.part import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One way.

    Attributes:
        variables: see `kiro_worker.bootstrap.notify`.
        wildcards: resources among the statements that are not one resource each, with the reason.
    """

    variables: Mapping[str, str]
    statements: tuple[iam.PolicyStatement, ...]
    wildcards: Mapping[str, str] = field(default_factory=dict)


def delivery_of(part: Part, *, topic: Callable[[], sns.CfnTopic]) -> Delivery:
    """The way that the environment's description names.

    Args:
        part: the stack.
        topic: makes the topic that people subscribe to, where there has to be one.
    """
    way = part.settings.notify.delivery
    if way == "sns":
        return _by_sns(part, topic())
    return _by_ses(part) if way == "ses" else _by_post(part)


def _by_sns(part: Part, topic: sns.CfnTopic) -> Delivery:
    return Delivery(
        variables={"NOTIFY_DELIVERY": "sns", "NOTIFY_TOPIC": topic.ref},
        statements=(
            grant.allow("Publish", ("sns:Publish",), (part.arn("sns", part.names.notices),)),
            grant.with_key(part, "PublishKey", "sns", ("kms:Decrypt", "kms:GenerateDataKey")),
        ),
    )


def _by_ses(part: Part) -> Delivery:
    notify = part.settings.notify
    # Either the address or its domain is what SES has verified.
    verified = dict.fromkeys((notify.sender, notify.sender.rpartition("@")[2]))
    return Delivery(
        variables={"NOTIFY_DELIVERY": "ses", "NOTIFY_SENDER": notify.sender, "NOTIFY_TO": ",".join(notify.to)},
        statements=(
            grant.allow("Mail", ("ses:SendEmail",), [part.arn("ses", f"identity/{each}") for each in verified]),
        ),
    )


def _by_post(part: Part) -> Delivery:
    notify = part.settings.notify
    return Delivery(
        variables={"NOTIFY_DELIVERY": notify.delivery, "NOTIFY_SECRET": notify.secret},
        statements=grant.read_secrets(part, notify.secret),
    )
