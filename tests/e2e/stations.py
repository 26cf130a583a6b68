"""The stations of a work item's way through a deployment, each looked at, and told with its identifiers."""

import functools
import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from e2e.cloud import STACKS, TEST, Cloud, exported, until, variables
from e2e.traces import traces
from infra.assembly import listed
from kiro_worker.deploy.implied import IMPLIED, Implied, compare
from notify.messages import COMPOSITE

# All that anybody of ours may ask, and more; only what is looked for is found.
ASKED = {
    "cloudwatch": ("DescribeAlarms", "PutMetricData"),
    "dynamodb": ("DeleteItem", "DescribeTable", "GetItem", "PutItem", "Query", "Scan", "UpdateItem"),
    "kms": ("Decrypt", "GenerateDataKey"),
    "lambda": ("Invoke",),
    "logs": ("CreateLogGroup", "CreateLogStream", "PutLogEvents"),
    "s3": ("DeleteObject", "GetObject", "HeadObject", "ListObjectsV2", "PutObject"),
    "secretsmanager": ("DescribeSecret", "GetSecretValue", "ListSecrets"),
    "sns": ("Publish",),
    "sqs": ("SendMessage",),
    "ssm": ("GetParameter", "GetParameters", "PutParameter"),
    "sts": ("AssumeRole",),
}


class Transcript:
    """What a person reads of the way."""

    def __init__(self, file: Path) -> None:
        self._file, self._number = file, 0
        file.write_text("")

    def station(self, name: str, *facts: object) -> None:
        """One station, with its identifiers; written at once, so that one sees how far it came."""
        self._number += 1
        with self._file.open("a") as file:
            file.write(
                "".join(f"{line}\n" for line in (f"{self._number:>2}. {name}", *(f"    {fact}" for fact in facts)))
            )


def path_of(cloud: Cloud, branch: str, told: Transcript) -> None:
    """One card, from the board to its review."""
    stacks = cloud.client("cloudformation").describe_stacks()["Stacks"]
    states = {each["StackName"]: each["StackStatus"] for each in stacks}
    assert set(states) == {TEST.stack(stack) for stack in STACKS}
    told.station("deployed from the templates", *(f"{name} {state}" for name, state in states.items()))
    cloud.agent()
    card = cloud.ask(branch)
    told.station("a card in the column For Implementation", f"{card}, branch {branch} of acme/engine")
    assert cloud.deeds() == [("begun", card)]
    told.station("the schedule fired", f"rule {TEST.schedule} -> function {TEST.poller} -> begun {card}")
    build = _started(cloud, branch, told)
    _built(cloud, branch, build, told)
    _published(cloud, branch, build, told)
    until(lambda: cloud.column(card) == "In Review", why=cloud.said)
    assert cloud.builds.service.undelivered == []
    told.station("the build's end was heard", f"rule {TEST.build_ended} -> function {TEST.poller} -> settled {card}")
    note = next(line for line in cloud.note(card).splitlines() if line.startswith("**DONE**"))
    told.station("the card is in In Review", note)
    row = cloud.lease(branch)
    assert ("run" in row, row["fence"]) == (False, variables(build)["KIRO_WORKER_FENCE"])
    told.station("the lease is free, its fence is kept", json.dumps(row))
    _kept(cloud, build, told)


def _started(cloud, branch, told):
    """The branch is reserved, and its build is started under that fence."""
    (build,) = cloud.builds_of(branch)
    row, began = cloud.lease(branch), variables(build)
    token = build.order["idempotencyToken"]
    assert row["fence"] == began["KIRO_WORKER_FENCE"] == token.partition("-")[0]
    told.station("the branch is reserved in DynamoDB", f"table {TEST.leases}", json.dumps(row))
    told.station("StartBuild", f"idempotencyToken {token}", f"build {build.id}", f"run {began['KIRO_WORKER_RUN_ID']}")
    return build


def _built(cloud, branch, build, told):
    """The template's buildspec was carried out, in the role of the project."""
    cloud.builds.build_of(build.id)
    assert build.status == "SUCCEEDED", "\n".join(build.lines[-40:])
    assert exported(build)["KIRO_WORKER_VERDICT"] == "DONE"
    phases = ", ".join(f"{each['phaseType']} {each.get('phaseStatus', '')}".strip() for each in build.phases)
    told.station("the buildspec of the template was carried out", phases, json.dumps(exported(build)))
    commits = cloud.commits(branch)
    assert [each["Kiro-Task"] for each in commits] == ["1.1", "1.2", "2", "3"]
    assert {each["Kiro-Fence"] for each in commits} == {variables(build)["KIRO_WORKER_FENCE"]}
    told.station(
        "pushed over HTTP", *(f"{each['oid'][:12]} task {each['Kiro-Task']}: {each['subject']}" for each in commits)
    )


def _published(cloud, branch, build, told):
    """One pull request, which leads to its build."""
    (pull,) = (each for each in cloud.hub.model.repository.pulls if each["head"]["ref"] == branch)
    assert build.id.replace(":", "%3A") in pull["body"]
    assert (pull["draft"], pull["head"]["sha"]) == (False, cloud.world.remote.tip(branch))
    link = next(word for word in re.split(r"[()\s]", pull["body"]) if "codesuite/codebuild" in word)
    told.station("a pull request with the build's address", pull["html_url"], link)


def _kept(cloud, build, told):
    """Files, reports, logs and metrics."""
    files, prefix = cloud.client("s3"), f"runs/{variables(build)['KIRO_WORKER_RUN_ID']}/"
    names = [each["Key"] for each in files.list_objects_v2(Bucket=cloud.bucket, Prefix=prefix)["Contents"]]
    how = {files.head_object(Bucket=cloud.bucket, Key=name).get("ServerSideEncryption") for name in names}
    assert how == {"aws:kms"}
    assert {f"{prefix}{name}" for name in ("events.jsonl", "transcript.jsonl", "run.json", "changes.diff")} <= set(
        names
    )
    told.station(
        "artifacts in S3, encrypted by KMS",
        f"s3://{cloud.bucket}/{prefix}",
        " ".join(each.removeprefix(prefix) for each in names),
    )
    reports = [cloud.builds.service.around.reports[arn] for arn in build.reports]
    assert {each["type"]: each["status"] for each in reports} == {"TEST": "SUCCEEDED", "CODE_COVERAGE": "SUCCEEDED"}
    told.station(
        "reports", *(f"{each['arn']}: {each.get('testSummary') or each['codeCoverageSummary']}" for each in reports)
    )
    lines = cloud.logged(TEST.build_logs)
    # CloudWatch Logs takes no empty line.
    assert set(build.lines) <= {*lines, ""}
    events = [json.loads(line)["event"] for line in build.lines if line.startswith('{"at"')]
    assert {"agent.prompt", "agent.said", "gate.output"} <= set(events)
    told.station(
        "log lines",
        f"{TEST.build_logs}/{build.stream}: {len(build.lines)}",
        f"agent.said {events.count('agent.said')}, gate.output {events.count('gate.output')}",
    )
    metrics = {name for line in (*lines, *cloud.logged(TEST.function_logs(TEST.poller))) for name in _metrics(line)}
    assert {"RunFailed", "Coverage", "Polls", "ForgeErrors"} <= metrics
    told.station("metrics, by EMF", "KiroWorker: " + " ".join(sorted(metrics)))


def _metrics(line: str) -> list[str]:
    if '"CloudWatchMetrics"' not in line or not line.startswith("{"):
        return []
    return [each["Name"] for group in json.loads(line)["_aws"]["CloudWatchMetrics"] for each in group["Metrics"]]


def alarms_reach_a_person(cloud: Cloud, told: Transcript) -> None:
    """Alarms ring, and whoever has subscribed is told of what, how much, and what to do; of warnings together."""
    read = _person(cloud)
    cloudwatch, name = cloud.client("cloudwatch"), f"{TEST.prefix}-build-failed-error"
    reason = "Threshold Crossed: 1 out of the last 1 datapoints [12.0 (27/11/26 21:00:00)] was greater"
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason=reason)
    notice = read()
    for fact in (
        TEST.project,
        "AWS/CodeBuild FailedBuilds",
        "12",
        ">= 10 (Sum of 1 h)",
        "alarms.md#build-failed",
        "Do: ",
    ):
        assert fact in notice["Message"], notice["Message"]
    way = f"{name} -> {TEST.alarms} -> {TEST.notifier} -> {TEST.notices}"
    told.station("an alarm reached a person", way, notice["Subject"], *notice["Message"].splitlines())
    # The emulator has no alarms that are made of others: their message, as CloudWatch writes it.
    (topic,) = (
        each["TopicArn"]
        for each in cloud.client("sns").list_topics()["Topics"]
        if each["TopicArn"].endswith(TEST.alarms)
    )
    cloud.client("sns").publish(TopicArn=topic, Message=json.dumps(COMPOSITE))
    notice = read()
    assert notice["Subject"] == "[WARNING] Kiro Worker (test): Something needs attention."
    told.station("a warning reached a person", notice["Subject"])


def _person(cloud: Cloud) -> Callable[[], Mapping[str, str]]:
    """Somebody who has subscribed, and reads each notice as it comes."""
    sns, sqs = cloud.client("sns"), cloud.client("sqs")
    (topic,) = (each["TopicArn"] for each in sns.list_topics()["Topics"] if each["TopicArn"].endswith(TEST.notices))
    url = sqs.create_queue(QueueName="person")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)

    def read() -> Mapping[str, str]:
        waiting = functools.partial(sqs.receive_message, QueueUrl=url, WaitTimeSeconds=1)
        (message,) = until(lambda: waiting().get("Messages"), why=lambda: _said_notifier(cloud))
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        notice: Mapping[str, str] = json.loads(message["Body"])
        return notice

    return read


def _said_notifier(cloud: Cloud) -> str:
    return "\n".join(cloud.logged(TEST.function_logs(TEST.notifier)))


def roles_of(cloud: Cloud, told: Transcript) -> None:
    """Each role of the running system both ways: none of its calls was denied, and no action is granted in vain."""
    asked = [(service, operation) for service, operations in ASKED.items() for operation in operations]
    for role, keys in _keys(cloud).items():
        policy = cloud.client("iam").get_role_policy(RoleName=role, PolicyName="allowed")["PolicyDocument"]
        granted = {action for statement in policy["Statement"] for action in listed(statement["Action"])}
        called = {f"codebuild:{operation}" for key, operation in cloud.builds.granted if key in keys}
        called |= frozenset().union(*(cloud.calls.actions(key, asked) for key in keys))
        found = compare(role, granted, called)
        told.station(
            f"role {role}: granted {len(granted)}, called {len(called)}",
            " ".join(sorted(called)),
            *(f"implied {' '.join(named)}: {row.by}. {row.why}" for row, named in _implied(role, granted)),
            f"missing {sorted(found.missing)}, unexplained {sorted(found.unexplained)}",
        )
        assert (found.missing, found.unexplained) == (frozenset(), frozenset()), role
    assert [where for where, content in traces(cloud) if b"not authorized to perform" in content] == []


def _implied(role: str, granted: set[str]) -> Iterator[tuple[Implied, list[str]]]:
    """What a role has for a reason of the table of implied actions."""
    for row in IMPLIED:
        named = sorted(granted & set(row.actions))
        if named and (not row.roles or role.endswith(row.roles)):
            yield row, named


def _keys(cloud: Cloud) -> dict[str, list[str]]:
    """The access keys that were used in each role's name."""
    roles = {name: TEST.function_role(name) for name in (TEST.poller, TEST.notifier)}
    keys = {
        role: [cloud.calls.key_of_function(name, f"arn:aws:iam::{cloud.account}:role/{role}")]
        for name, role in roles.items()
    }
    return {**keys, TEST.build_role: list(cloud.builds.handed)}
