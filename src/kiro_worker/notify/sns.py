"""Notices through a topic of SNS, which people and systems subscribe to."""

from kiro_worker.aws import Aws, AwsFault
from kiro_worker.notify.fault import NotDelivered
from kiro_worker.notify.notice import Notice
from kiro_worker.notify.render.text import plain_subject, text


class SnsNotifier:
    """See `Notifier`.

    Args:
        aws: what to ask.
        topic: its ARN; not the topic that alarms know.
    """

    name = "sns"

    def __init__(self, aws: Aws, topic: str) -> None:
        self._aws, self._topic = aws, topic

    async def deliver(self, notice: Notice) -> None:
        """See `Notifier.deliver`."""
        # Subscribers filter by these: a pager may want errors alone.
        told = {"severity": notice.severity.value, "state": notice.state.value, "environment": notice.environment}
        try:
            await self._aws.ask(
                "sns",
                "Publish",
                TopicArn=self._topic,
                Subject=plain_subject(notice),
                Message=text(notice),
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": value} for name, value in told.items() if value
                },
            )
        except AwsFault as fault:
            raise NotDelivered(way=self.name, alarm=notice.alarm, reason=fault.message.rstrip(".")) from None
