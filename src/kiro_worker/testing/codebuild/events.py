"""Tells the world what becomes of builds: each event goes to the targets of every rule that matches it."""

import json
import time
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from kiro_worker.testing.codebuild.build import Build
from kiro_worker.testing.codebuild.cloud import Cloud

STATE_CHANGE = "CodeBuild Build State Change"


def state_change(build: Build, region: str) -> dict[str, Any]:
    """The event, as CodeBuild writes it."""
    account = build.arn.split(":")[4]
    told = build.describe()
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": STATE_CHANGE,
        "source": "aws.codebuild",
        "account": account,
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "region": region,
        "resources": [build.arn],
        "detail": {
            "build-status": build.status,
            "project-name": told["projectName"],
            "build-id": build.arn,
            "current-phase": build.phase,
            "current-phase-context": "[]",
            "version": "1",
            "additional-information": _additional(build, told),
        },
    }


def _additional(build: Build, told: Mapping[str, Any]) -> dict[str, Any]:
    environment = build.environment
    return {
        "build-complete": not build.alive,
        "build-number": build.number,
        "build-start-time": _moment(build.began),
        "initiator": build.initiator,
        "timeout-in-minutes": build.timeout,
        "queued-timeout-in-minutes": build.queued_timeout,
        "artifact": dict(told["artifacts"]),
        "cache": {"type": "NO_CACHE"},
        "source": {"type": told["source"]["type"], "location": told["source"].get("location", "")},
        "source-version": build.source_version,
        "environment": {
            "image": environment.get("image", ""),
            "compute-type": environment.get("computeType", ""),
            "type": environment.get("type", ""),
            "privileged-mode": environment.get("privilegedMode", False),
            "environment-variables": [
                {"name": each["name"], "type": each.get("type", "PLAINTEXT"), "value": each["value"]}
                for each in environment.get("environmentVariables", ())
            ],
        },
        "logs": {"group-name": build.group, "stream-name": build.stream},
        "phases": list(_phases(build)),
    }


def _phases(build: Build) -> Iterator[dict[str, Any]]:
    for each in build.phases:
        told = {"phase-type": each["phaseType"], "start-time": _moment(each["startTime"])}
        if "endTime" in each:
            context = [f"{c['statusCode']}: {c['message']}" for c in each.get("contexts", ())]
            told |= {
                "end-time": _moment(each["endTime"]),
                "duration-in-seconds": each["durationInSeconds"],
                "phase-status": each["phaseStatus"],
                "phase-context": context,
            }
        yield told


def _moment(seconds: float) -> str:
    """As in the guide's example: `Sep 1, 2017 4:12:29 PM`."""
    at = time.gmtime(seconds)
    return (
        f"{time.strftime('%b', at)} {at.tm_mday}, {at.tm_year} {at.tm_hour % 12 or 12}:{time.strftime('%M:%S %p', at)}"
    )


def deliver(event: Mapping[str, Any], cloud: Cloud) -> list[str]:
    """Hand an event to every target of every rule that matches; what could not be delivered, in words.

    The emulator's own bus refuses events of Amazon's sources, as the real one does; so each target is called.
    """
    troubles = list[str]()
    client = cloud.client("events")
    for rule in _rules(client):
        pattern = rule.get("EventPattern", "")
        if rule.get("State") == "DISABLED" or "aws.codebuild" not in pattern:
            continue
        if not client.test_event_pattern(EventPattern=pattern, Event=json.dumps(event))["Result"]:
            continue
        for target in client.list_targets_by_rule(Rule=rule["Name"])["Targets"]:
            try:
                _hand_over(event, target, cloud)
            except Exception as error:  # noqa: BLE001  # whatever it is, the build is over and the test wants to know
                troubles.append(f"{target['Arn']}: {error}")
    return troubles


def _rules(client: Any) -> Iterator[Mapping[str, Any]]:
    more: dict[str, str] = {}
    while True:
        answer = client.list_rules(**more)
        yield from answer["Rules"]
        if not answer.get("NextToken"):
            return
        more = {"NextToken": answer["NextToken"]}


def _hand_over(event: Mapping[str, Any], target: Mapping[str, Any], cloud: Cloud) -> None:
    body = _body(event, target)
    match target["Arn"].split(":")[2]:
        case "lambda":
            told = cloud.client("lambda").invoke(FunctionName=target["Arn"], InvocationType="Event", Payload=body)
            if told["StatusCode"] >= 300:
                raise RuntimeError(f"the function was not called ({told['StatusCode']})")
        case "sqs":
            queues = cloud.client("sqs")
            address = queues.get_queue_url(QueueName=target["Arn"].rpartition(":")[2])["QueueUrl"]
            queues.send_message(QueueUrl=address, MessageBody=body.decode())
        case "sns":
            cloud.client("sns").publish(TopicArn=target["Arn"], Message=body.decode())
        case other:
            raise NotImplementedError(f"no target of {other} can be called from here")


def _body(event: Mapping[str, Any], target: Mapping[str, Any]) -> bytes:
    if "Input" in target:
        return str(target["Input"]).encode()
    told: Any = event
    for step in target.get("InputPath", "$").removeprefix("$").split("."):
        told = told[step] if step else told
    if "InputTransformer" in target:
        raise NotImplementedError("an input transformer")
    return json.dumps(told).encode()
