"""Notices as mail through SES, with a text and an HTML part."""

from collections.abc import Sequence

from kiro_worker.aws import Aws, AwsFault
from kiro_worker.notify.fault import NotDelivered
from kiro_worker.notify.notice import Notice
from kiro_worker.notify.render.html import html
from kiro_worker.notify.render.text import text


class SesNotifier:
    """See `Notifier`.

    Args:
        aws: what to ask.
        sender: an address, or one of a domain, that SES has verified.
        to: addresses; SES takes fifty.
    """

    name = "ses"

    def __init__(self, aws: Aws, *, sender: str, to: Sequence[str]) -> None:
        self._aws, self._sender, self._to = aws, sender, tuple(to)

    async def deliver(self, notice: Notice) -> None:
        """See `Notifier.deliver`."""
        try:
            await self._aws.ask(
                "sesv2",
                "SendEmail",
                FromEmailAddress=self._sender,
                Destination={"ToAddresses": list(self._to)},
                Content={
                    "Simple": {
                        "Subject": {"Data": notice.subject, "Charset": "UTF-8"},
                        "Body": {
                            "Text": {"Data": text(notice), "Charset": "UTF-8"},
                            "Html": {"Data": html(notice), "Charset": "UTF-8"},
                        },
                    }
                },
            )
        except AwsFault as fault:
            raise NotDelivered(way=self.name, alarm=notice.alarm, reason=fault.message.rstrip(".")) from None
