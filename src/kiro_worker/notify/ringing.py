"""What else is in alarm: asked when a notice speaks of several alarms at once, whose message names them and no more."""

from collections.abc import Sequence
from typing import Protocol

from kiro_worker.aws import Aws, AwsFault
from kiro_worker.notify.alarm import notice_of_alarm
from kiro_worker.notify.notice import Notice, State
from kiro_worker.value import replace

# As many names as one question takes, which is more than an environment has warnings.
_MOST = 100


class Ringing(Protocol):
    """Tells which alarms are in alarm."""

    async def among(self, names: Sequence[str]) -> tuple[Notice, ...]:
        """Those of these that are; none where nobody can be asked: a notice without them is better than none."""
        ...


class CloudWatchRinging:
    """See `Ringing`."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    async def among(self, names: Sequence[str]) -> tuple[Notice, ...]:
        """See `Ringing.among`."""
        try:
            answer = await self._aws.ask(
                "cloudwatch",
                "DescribeAlarms",
                # By name, so that the role need not be allowed to see those of others.
                AlarmNames=list(names[:_MOST]),
                AlarmTypes=["MetricAlarm"],
                StateValue=State.ALARM.value,
                MaxRecords=_MOST,
            )
        except AwsFault:
            return ()
        return tuple(map(notice_of_alarm, answer.get("MetricAlarms", ())))


async def completed(notice: Notice, ringing: Ringing) -> Notice:
    """The notice, with those in alarm that it is made of; of an alarm about one metric, and of an end, as it is."""
    if not notice.parts or notice.over:
        return notice
    return replace(notice, ringing=tuple(sorted(await ringing.among(notice.parts), key=lambda each: each.alarm)))
