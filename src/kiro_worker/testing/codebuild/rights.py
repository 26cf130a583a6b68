"""Whether a caller may do what it asks CodeBuild for: the emulator's IAM judges, by signature and policies.

Each request is shown to it as it came. A build that is told by its id is of no project for it, and so it denies what
AWS allows by the right to the build's project; there it simulates the caller's policies for that project.
"""

import http.client
import json
import re
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from kiro_worker.testing.codebuild.cloud import Cloud

_ROLE = re.compile(r"User: arn:aws:sts::(?P<account>\d+):assumed-role/(?P<role>[^/]+)/")
_KEY = re.compile(r"Credential=(?P<key>[^/]+)/")
_DENIED = ("AccessDenied", "SignatureDoesNotMatch")


class Rights:
    """See the module.

    Args:
        emulator: how it is reached, as variables of the SDK.

    Attributes:
        granted: the access key and the operation of each request that was allowed, in order.
    """

    def __init__(self, emulator: Mapping[str, str]) -> None:
        self._emulator = emulator
        self.granted: list[tuple[str, str]] = []

    def refused(self, operation: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes] | None:
        """What there is against a request, as an answer; None where there is nothing."""
        status, said = self._shown(path, headers, body)
        words = said.decode("utf-8", "replace")
        denies = status in {401, 403} or any(word in words for word in _DENIED)
        if denies and not self._is_of_its_project(operation, words, body):
            return status, said
        key = _KEY.search(headers.get("Authorization", ""))
        self.granted.append((key["key"] if key else "", operation))
        return None

    def _shown(self, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        where = urlsplit(self._emulator["AWS_ENDPOINT_URL"])
        assert where.hostname is not None
        connection: http.client.HTTPConnection
        if where.scheme == "https":
            context = ssl.create_default_context(cafile=self._emulator.get("AWS_CA_BUNDLE"))
            connection = http.client.HTTPSConnection(where.hostname, where.port, timeout=30, context=context)
        else:
            connection = http.client.HTTPConnection(where.hostname, where.port, timeout=30)
        try:
            # As it came, the Host with it: that is signed, too.
            connection.request("POST", path, body, dict(headers))
            told = connection.getresponse()
            return told.status, told.read()
        finally:
            connection.close()

    def _is_of_its_project(self, operation: str, words: str, body: bytes) -> bool:
        who, projects = _ROLE.search(words), _projects(json.loads(body or b"{}"))
        if who is None or not projects:
            return False
        cloud = Cloud(self._emulator)
        place = f"arn:aws:codebuild:{cloud.region}:{who['account']}:project/"
        told = cloud.client("iam").simulate_principal_policy(
            PolicySourceArn=f"arn:aws:iam::{who['account']}:role/{who['role']}",
            ActionNames=[f"codebuild:{operation}"],
            ResourceArns=[place + name for name in sorted(projects)],
        )
        return all(each["EvalDecision"] == "allowed" for each in told["EvaluationResults"])


def _projects(given: Mapping[str, Any]) -> set[str]:
    """Whose builds a request is about, where it names builds."""
    ids = [*given.get("ids", ()), *([given["id"]] if "id" in given else ())]
    return {str(each).rpartition(":build/")[2].partition(":")[0] for each in ids}
