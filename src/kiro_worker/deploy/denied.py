"""What AWS says when something is not allowed, read as who, what and on what. Pure."""

import re
from collections.abc import Iterator

from kiro_worker.value import dataclass

# "User: arn:… is not authorized to perform: s3:PutObject on resource: \"arn:…\" because no … allows the s3:… action"
_NOT_AUTHORIZED = re.compile(
    r"(?:User: (?P<who>\S+) )?is not authorized to perform: (?P<action>[\w-]+:[\w*]+)"
    r"(?: on (?:resource: )?\"?(?P<resource>arn:[^\s\"']+|\*))?"
)
# Older handlers of CloudFormation's: "API: s3:PutBucketPolicy Access Denied"
_API = re.compile(r"API: (?P<action>[\w-]+:\w+) (?:Access Denied|User)")
# What the CDK's command line says of a role that the caller may not take on.
_NOT_ASSUMED = re.compile(r"could not be used to assume '(?P<resource>arn:[^']+)'")
_TRAILING = ".,;:)]"


@dataclass(frozen=True, slots=True)
class Denial:
    """One call that was denied; parts that AWS does not say are empty."""

    principal: str
    action: str
    resource: str


def denials(text: str) -> tuple[Denial, ...]:
    """Each denial in what was said, once.

    >>> denials("User: arn:aws:iam::1:user/a is not authorized to perform: ssm:GetParameter on resource: arn:aws:ssm:x")
    (Denial(principal='arn:aws:iam::1:user/a', action='ssm:GetParameter', resource='arn:aws:ssm:x'),)
    """
    return tuple(dict.fromkeys(_each(text)))


def _each(text: str) -> Iterator[Denial]:
    for found in _NOT_ASSUMED.finditer(text):
        yield Denial("", "sts:AssumeRole", found["resource"])
    for found in _NOT_AUTHORIZED.finditer(text):
        yield Denial(found["who"] or "", found["action"], (found["resource"] or "").rstrip(_TRAILING))
    for found in _API.finditer(text):
        yield Denial("", found["action"], "")
