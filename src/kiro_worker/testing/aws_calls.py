"""Which calls an emulator of AWS was asked for, and in whose name: to hold the rights of roles to what is used.

The emulator records its calls as CloudTrail does, by the key that signed them. A function's key follows from its name
and its role; a build's is the one that its credentials were handed out with.
"""

import hashlib
import json
import ssl
import urllib.request
from collections.abc import Iterable, Mapping
from typing import Any

from kiro_worker.deploy.implied import actions_of
from kiro_worker.testing.aws_emulator import REGION, AwsEmulator

_SWITCH = "cloudtrail._recording_enabled"
# What the emulator's record calls some operations of REST interfaces.
_SERVICE = {"monitoring": "cloudwatch", "email": "sesv2"}


class AwsCalls:
    """The record of an account's calls; begins when this is made.

    Args:
        emulator: that is recorded.
        account: whose calls.
    """

    def __init__(self, emulator: AwsEmulator, account: str) -> None:
        self._emulator, self._account = emulator, account
        context = ssl.create_default_context(cafile=str(emulator.certificate)) if emulator.certificate else None
        request = urllib.request.Request(  # noqa: S310  # the emulator's own address
            f"{emulator.url}/_ministack/config", data=json.dumps({_SWITCH: True}).encode(), method="POST"
        )
        with urllib.request.urlopen(request, context=context, timeout=30) as told:  # noqa: S310  # as above
            told.read()

    def actions(self, key: str, asked: Iterable[tuple[str, str]]) -> frozenset[str]:
        """The actions that were called with a key.

        Args:
            key: the access key's id.
            asked: service and operation of all calls that there may be; others are not looked for.
        """
        trail = self._client("cloudtrail")
        found: set[str] = set()
        for service, operation in asked:
            # Of services that are asked by forms the record has the operation among the parameters alone.
            for name in (operation, f"POST.{service}"):
                told = trail.lookup_events(
                    LookupAttributes=[
                        {"AttributeKey": "AccessKeyId", "AttributeValue": key},
                        {"AttributeKey": "EventName", "AttributeValue": name},
                    ]
                )
                if any(_is_of(event, service, operation) for event in told["Events"]):
                    found |= set(actions_of(service, operation))
        return frozenset(found)

    def key_of_function(self, name: str, role: str) -> str:
        """The key that the emulator runs a function with, where it enforces rights.

        Args:
            name: of the function.
            role: the ARN of its execution role.
        """
        function = f"arn:aws:lambda:{REGION}:{self._account}:function:{name}"
        digest = hashlib.sha256(f"{function}:{role}".encode()).hexdigest()
        return f"ASIA{digest[:16].upper()}"

    def _client(self, service: str) -> Any:
        import boto3

        return boto3.session.Session().client(
            service,
            region_name=REGION,
            endpoint_url=self._emulator.url,
            verify=str(self._emulator.certificate) if self._emulator.certificate else None,
            aws_access_key_id=self._account,
            aws_secret_access_key="test",  # noqa: S106  # nobody's
        )


def _is_of(event: Mapping[str, Any], service: str, operation: str) -> bool:
    source = event["EventSource"].partition(".")[0]
    if _SERVICE.get(source, source) != service:
        return False
    return event["EventName"] == operation or _parameters(event).get("Action") == operation


def _parameters(event: Mapping[str, Any]) -> Mapping[str, Any]:
    told = json.loads(event["CloudTrailEvent"]).get("requestParameters")
    return told if isinstance(told, dict) else {}
