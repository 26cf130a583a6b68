"""Tries what changes nothing, where IAM may not be asked."""

import re
from collections.abc import Iterable

from kiro_worker.aws import Aws, AwsDenied, AwsFault
from kiro_worker.deploy.need import Need
from kiro_worker.deploy.simulate import Answer

_STACK = re.compile(r":stack/([^/]+)/")
_PARAMETER = re.compile(r":parameter(/.+)$")


async def probe(aws: Aws, needs: Iterable[Need], *, roles: bool = True) -> tuple[tuple[Answer, ...], tuple[Need, ...]]:
    """Try what can be tried; returns the answers, and the needs that nobody can try without doing them.

    A role is assumed for a moment, and what comes of it is thrown away; stacks and a parameter are looked at.

    Args:
        aws: with the caller's credentials.
        needs: the caller's.
        roles: whether the roles are there; of one that is not, AWS says the same as of one that may not be assumed.
    """
    answers: list[Answer] = []
    unsure: list[Need] = []
    for need in needs:
        try:
            tried = (roles or need.action != "sts:AssumeRole") and await _try(aws, need)
        except AwsDenied:
            answers.append(Answer(need, allowed=False, why="it was tried, and AWS denies it"))
        except AwsFault:
            # Such as a stack that is not there yet: it was looked at, so looking is allowed.
            answers.append(Answer(need, allowed=True))
        else:
            (answers.append(Answer(need, allowed=True)) if tried else unsure.append(need))
    return tuple(answers), tuple(unsure)


async def _try(aws: Aws, need: Need) -> bool:
    match need.action:
        case "sts:AssumeRole":
            await aws.ask("sts", "AssumeRole", RoleArn=need.resource, RoleSessionName="kiro-worker-check")
        case "cloudformation:DescribeStacks" if found := _STACK.search(need.resource):
            await aws.ask("cloudformation", "DescribeStacks", StackName=found[1])
        case "cloudformation:DescribeStackEvents" if found := _STACK.search(need.resource):
            await aws.ask("cloudformation", "DescribeStackEvents", StackName=found[1])
        case "ssm:GetParameter" if found := _PARAMETER.search(need.resource):
            await aws.ask("ssm", "GetParameter", Name=found[1])
        case _:
            return False
    return True
