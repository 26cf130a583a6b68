"""What every `Notifier` promises, as tests: subclass, and give the fixtures."""

from collections.abc import Awaitable, Callable

import pytest

from kiro_worker.notify import Notice, Notifier, Reading, Resource, Severity, State
from kiro_worker.notify.fault import NotDelivered
from kiro_worker.value import replace

NOTICE = Notice(
    id="arn:aws:cloudwatch:us-east-1:000000000000:alarm:kiro-worker-test-build-failed-error@2026-11-27T22:01:07+00:00",
    alarm="kiro-worker-test-build-failed-error",
    title="Builds failed or timed out.",
    severity=Severity.ERROR,
    state=State.ALARM,
    before=State.OK,
    environment="test",
    at="2026-11-27T22:01:07+00:00",
    resources=(Resource(kind="CodeBuild project", name="kiro-worker-test"),),
    reading=Reading(
        metric="AWS/CodeBuild FailedBuilds",
        values=(4.0, 1.0),
        statistic="Sum",
        period=3600,
        comparison=">=",
        threshold=3.0,
    ),
    reason="Threshold Crossed: 2 datapoints were greater than or equal to the threshold (3.0).",
    action="Read the end of the newest failed build's log.",
    runbook="https://example.com/alarms.html#build-failed",
    console="https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#alarmsV2:alarm/x",
    account="000000000000",
    region="us-east-1",
)
"""One with everything that there can be in it."""

TOLD = (
    "kiro-worker-test", "FailedBuilds", "4", ">= 3", "test", "Read the end of the newest failed build",
    "example.com/alarms.html#build-failed",
)  # fmt: skip
"""What has to arrive of it: what is affected, what was measured, where it alarms, where, and what to do."""

Received = Callable[[], Awaitable[list[str]]]


class NotifierContract:
    """Promises of one way to deliver.

    Give the fixtures `notifier`, `received` (the texts that arrived so far, oldest first), and `broken`: another of the
    same way whose other side cannot be reached or does not take anything.
    """

    secret = "no secret"
    """What must not be in a fault: the address, a key."""

    async def test_all_that_a_person_needs_arrives(self, notifier: Notifier, received: Received) -> None:
        await notifier.deliver(NOTICE)
        (text,) = await received()
        plain = text.replace("\u200b", "").replace("\\", "").replace("&gt;", ">").replace("&#x27;", "'")
        assert [told for told in TOLD if told not in plain] == []

    async def test_the_end_of_an_alarm_arrives_and_asks_for_nothing(
        self, notifier: Notifier, received: Received
    ) -> None:
        await notifier.deliver(replace(NOTICE, state=State.OK, before=State.ALARM))
        (text,) = await received()
        assert "[OK]" in text.replace("\\", "")
        assert "Do:" not in text

    async def test_a_notice_that_comes_twice_is_delivered_twice(self, notifier: Notifier, received: Received) -> None:
        await notifier.deliver(NOTICE)
        await notifier.deliver(NOTICE)
        assert len(await received()) == 2

    async def test_text_of_any_kind_and_length_arrives(self, notifier: Notifier, received: Received) -> None:
        odd = "é 漢 \u202e <b>&amp;</b> *_~` | ]] <!channel> " * 200
        several = tuple(replace(NOTICE, alarm=f"a-{nth}", title=odd) for nth in range(60))
        await notifier.deliver(replace(NOTICE, title=odd, reason=odd, action=odd, ringing=several))
        assert len(await received()) == 1

    async def test_what_does_not_arrive_is_a_named_fault_without_a_secret(self, broken: Notifier) -> None:
        with pytest.raises(NotDelivered) as caught:
            await broken.deliver(NOTICE)
        told = "\n".join(caught.value.lines())
        assert broken.name in told
        assert NOTICE.alarm in told
        assert self.secret not in told + repr(broken) + repr(caught.value.__cause__)
