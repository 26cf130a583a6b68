"""How notices are delivered, out of the variables that the deployment gave the notifier.

NOTIFY_DELIVERY  sns, ses, slack, teams or webhook
NOTIFY_TOPIC     for sns: the ARN of the topic that people subscribe to
NOTIFY_SENDER    for ses: a verified address
NOTIFY_TO        for ses: addresses, with commas between them
NOTIFY_SECRET    for slack, teams and webhook: the secret with the address that is posted to, as it is or as JSON,
                 `{"url": …}`; for webhook also with the key that signs, `{"url": …, "key": …}`
"""

import json
from collections.abc import Callable, Mapping

from kiro_worker.aws import Aws, AwsFault
from kiro_worker.clock import Clock
from kiro_worker.notify.fault import NotifySetting
from kiro_worker.notify.port import Notifier
from kiro_worker.value import dataclass

_TOPIC, _SENDER, _TO, _SECRET = "NOTIFY_TOPIC", "NOTIFY_SENDER", "NOTIFY_TO", "NOTIFY_SECRET"


@dataclass(frozen=True, slots=True)
class _Given:
    aws: Aws
    variables: Mapping[str, str]
    clock: Clock

    def needed(self, name: str) -> str:
        value = self.variables.get(name, "").strip()
        if not value:
            raise NotifySetting(setting=name, reason="is not set")
        return value


async def notifier_of(variables: Mapping[str, str], aws: Aws, clock: Clock) -> Notifier:
    """The way that is named.

    Args:
        variables: of the function.
        aws: what to ask.
        clock: stamps what is signed.

    Raises:
        NotifySetting: a variable is missing, or the secret cannot be used.
    """
    given = _Given(aws, variables, clock)
    way = given.needed("NOTIFY_DELIVERY")
    if way == "sns":
        from kiro_worker.notify.sns import SnsNotifier

        return SnsNotifier(aws, given.needed(_TOPIC))
    if way == "ses":
        from kiro_worker.notify.ses import SesNotifier

        to = tuple(filter(None, (each.strip() for each in given.needed(_TO).split(","))))
        return SesNotifier(aws, sender=given.needed(_SENDER), to=to)
    if way not in _POSTED:
        raise NotifySetting(setting="NOTIFY_DELIVERY", reason=f"is {way[:40]!a}; sns, ses, slack, teams or webhook")
    address, key = await _address(given)
    return _POSTED[way](address, key, clock)


def _slack(address: str, _key: str, clock: Clock) -> Notifier:
    from kiro_worker.notify.webhook import slack_notifier

    return slack_notifier(address, clock)


def _teams(address: str, _key: str, clock: Clock) -> Notifier:
    from kiro_worker.notify.webhook import teams_notifier

    return teams_notifier(address, clock)


def _webhook(address: str, key: str, clock: Clock) -> Notifier:
    from kiro_worker.notify.webhook import WebhookNotifier

    return WebhookNotifier(address, key=key, clock=clock)


_POSTED: Mapping[str, Callable[[str, str, Clock], Notifier]] = {"slack": _slack, "teams": _teams, "webhook": _webhook}


async def _address(given: _Given) -> tuple[str, str]:
    """Where to post, and the key that signs; neither ever stands in a fault."""
    from kiro_worker.notify.web import checked

    secret = given.needed(_SECRET)
    try:
        answer = await given.aws.ask("secretsmanager", "GetSecretValue", SecretId=secret)
    except AwsFault as fault:
        raise NotifySetting(setting=f"the secret {secret}", reason=f"cannot be read: {fault.message}") from None
    text = str(answer.get("SecretString", "")).strip()
    told: object = {"url": text}
    if text.startswith("{"):
        try:
            told = json.loads(text)
        except (ValueError, RecursionError):
            told = {}
    address, key = (told.get("url"), told.get("key", "")) if isinstance(told, dict) else (None, "")
    if not isinstance(address, str) or not isinstance(key, str):
        raise NotifySetting(setting=f"the secret {secret}", reason='is neither an address nor {"url": …}')
    return checked(address, source=f"the secret {secret}"), key
