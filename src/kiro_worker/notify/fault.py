"""What goes wrong with notices."""

from kiro_worker.error import Fault, WorkerError


class NotDelivered(WorkerError):
    """A notice did not arrive."""

    code = "notify.not-delivered"
    fault = Fault.INTERNAL

    def __init__(self, *, way: str, alarm: str, reason: str) -> None:
        self.way, self.reason = way, reason
        super().__init__(
            f"The notice about {alarm} was not delivered by {way}: {reason}.",
            kept="It is delivered again twice, and then kept in the notifier's dead-letter queue.",
            next_step="See docs/deployment/alarms.md, notifier-errors; what the alarm says now: "
            f"aws cloudwatch describe-alarms --alarm-names {alarm}",
        )


class NotifySetting(WorkerError):
    """The notifier is not told how to deliver."""

    code = "notify.setting"
    fault = Fault.CONFIG

    def __init__(self, *, setting: str, reason: str) -> None:
        self.setting = setting
        super().__init__(
            f"Notices cannot be delivered: {setting} {reason}.",
            next_step="Correct `notify` of the environment in infra/kiro_worker_infra/environments.py and deploy the "
            "stack monitoring, or put the right value into the secret that it names.",
        )
