"""The functions as Lambda runs them: the bundle unpacked in a process of its own, with a role and variables."""

import base64
import json
import sys

import pytest

from entry.place import BRANCH, PARAMETER
from infra.conftest import functions  # noqa: F401  # a fixture
from kiro_worker.testing.github_side import TOKEN

ROLE = "poller-role"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


@pytest.fixture
def deployed(place, functions):  # noqa: F811
    """Makes a function of a handler; calls it with an event."""
    client = place.client("lambda")
    role = place.client("iam").create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]

    def deploy(handler, **more):
        client.create_function(
            FunctionName="poller",
            Runtime=f"python{sys.version_info[0]}.{sys.version_info[1]}",
            Role=role,
            Handler=handler,
            Code={"ZipFile": functions.read_bytes()},
            Timeout=60,
            MemorySize=512,
            Environment={"Variables": place.environment(**more)},
        )

        def call(event, *, fails=False):
            answer = client.invoke(FunctionName="poller", Payload=json.dumps(event), LogType="Tail")
            told, log = json.loads(answer["Payload"].read()), base64.b64decode(answer.get("LogResult", "")).decode()
            assert ("FunctionError" in answer) == fails, (told, log)
            return told, log

        return call

    yield deploy
    client.delete_function(FunctionName="poller")


def test_the_schedule_begins_a_build_and_its_end_settles_the_card(deployed, place):
    call = deployed("kiro_worker.entry.poll.handler")
    told, log = call({"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}})
    assert [action["deed"] for action in told["actions"]] == ["begun"], log
    assert (told["faults"], told["notes"]) == ([], [])
    assert [build["BRANCH_NAME"] for build in place.started()] == [BRANCH]
    place.let_build_end(0)
    (build,) = place.service_builds()
    detail = {
        "build-status": "SUCCEEDED",
        "build-id": f"arn:aws:codebuild:us-east-1:{place.account}:build/{build}",
        "project-name": build.partition(":")[0],
    }
    told, log = call({"source": "aws.codebuild", "detail-type": "CodeBuild Build State Change", "detail": detail})
    assert [action["deed"] for action in told["actions"]] == ["settled"], log
    assert place.column() == "In Review"
    assert len(place.started()) == 1
    # What cannot be used is told in words, and goes where lost events go.
    place.client("ssm").put_parameter(Name=PARAMETER, Value="{", Type="String", Overwrite=True)
    told, log = call({}, fails=True)
    assert "cannot be used: it is no JSON" in told["errorMessage"]
    (line,) = [json.loads(line) for line in log.splitlines() if '"code":"poller.project-config"' in line]
    assert (line["level"], line["service"], line["correlation_id"] != "") == ("ERROR", "kiro-worker-poller", True)
    assert "put-parameter --overwrite" in line["next_step"]
    assert TOKEN not in log
