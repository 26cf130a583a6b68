"""Asks IAM whether somebody may do what is needed, without doing it."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kiro_worker.aws import Aws
from kiro_worker.deploy.need import Need
from kiro_worker.value import dataclass

# Of one question; it is also how many answers a page holds.
_MOST_ACTIONS = 100
# IAM answers few of these at once.
_AT_ONCE = 4
# In place of what only AWS will know, since a question must name a resource.
_ANY, _SIGN = "example", "x"


@dataclass(frozen=True, slots=True)
class Answer:
    """IAM's answer about one need.

    Attributes:
        allowed: whether it may be done.
        why: who or what denies it; or what the answer is unsure about.
    """

    need: Need
    allowed: bool
    why: str = ""


async def simulate(aws: Aws, source: str, needs: Iterable[Need], *, region: str) -> tuple[Answer, ...]:
    """Ask about all needs of one principal.

    Args:
        aws: who asks.
        source: the user or role that is asked about.
        needs: what it must be able to do.
        region: where.

    Raises:
        AwsFault: it may not be asked, or IAM does not answer.
    """
    questions: dict[tuple[str, str], list[Need]] = {}
    for need in needs:
        questions.setdefault((need.resource, need.passed_to), []).append(need)
    gate = asyncio.Semaphore(_AT_ONCE)
    try:
        async with asyncio.TaskGroup() as group:
            asked = [
                group.create_task(_ask(aws, source, several[start : start + _MOST_ACTIONS], region, gate))
                for several in questions.values()
                for start in range(0, len(several), _MOST_ACTIONS)
            ]
    except ExceptionGroup as several_faults:
        # They are all for the same reason, and whoever asked wants to tell denial from silence.
        raise several_faults.exceptions[0] from None
    return tuple(answer for task in asked for answer in task.result())


def concrete(resource: str) -> str:
    """A resource's name without the parts that only AWS will know; policies are held against a name, not a pattern.

    >>> concrete("arn:aws:kms:eu-west-1:111122223333:key/*")
    'arn:aws:kms:eu-west-1:111122223333:key/example'
    """
    return resource if resource == "*" else resource.replace("*", _ANY).replace("?", _SIGN)


async def _ask(aws: Aws, source: str, needs: Sequence[Need], region: str, gate: asyncio.Semaphore) -> Sequence[Answer]:
    context = [{"ContextKeyName": "aws:RequestedRegion", "ContextKeyType": "string", "ContextKeyValues": [region]}]
    if needs[0].passed_to:
        context.append(
            {
                "ContextKeyName": "iam:PassedToService",
                "ContextKeyType": "string",
                "ContextKeyValues": [needs[0].passed_to],
            }
        )
    arguments = {
        "PolicySourceArn": source,
        "ActionNames": [need.action for need in needs],
        "ResourceArns": [concrete(needs[0].resource)],
        "ContextEntries": context,
    }
    async with gate:
        told = await aws.through("iam", "SimulatePrincipalPolicy", lambda client: _pages(client, arguments))
    by_action = {str(each["EvalActionName"]).lower(): each for each in told}
    return [_answer(need, by_action.get(need.action.lower())) for need in needs]


def _pages(client: Any, arguments: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    pager = client.get_paginator("simulate_principal_policy")
    return [each for page in pager.paginate(**arguments) for each in page["EvaluationResults"]]


def _answer(need: Need, told: Mapping[str, Any] | None) -> Answer:
    if told is None:
        return Answer(need, allowed=False, why="IAM gave no answer")
    # What is said of the one resource counts; the answer as a whole may be about several.
    decisions = [each["EvalResourceDecision"] for each in told.get("ResourceSpecificResults", ())]
    decision = str(decisions[0] if decisions else told["EvalDecision"])
    if decision == "allowed":
        return Answer(need, allowed=True)
    return Answer(need, allowed=False, why=_why(decision, told))


def _why(decision: str, told: Mapping[str, Any]) -> str:
    if not told.get("OrganizationsDecisionDetail", {}).get("AllowedByOrganizations", True):
        return "a policy of the organization does not allow it"
    if not told.get("PermissionsBoundaryDecisionDetail", {}).get("AllowedByPermissionsBoundary", True):
        return "its permissions boundary does not allow it"
    missing = ", ".join(told.get("MissingContextValues", ()))
    unsure = f"; a condition on {missing} could not be judged" if missing else ""
    return f"a policy denies it{unsure}" if decision == "explicitDeny" else f"no policy allows it{unsure}"
