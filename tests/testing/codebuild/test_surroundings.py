"""A build among Amazon's other services: stores, roles, logs, buckets, reports, and who hears of its end."""

import contextlib
import io
import json
import time
import zipfile

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from kiro_worker.testing.aws_emulator import aws_emulator
from kiro_worker.testing.codebuild import CodeBuildServer
from kiro_worker.testing.codebuild.cloud import Credentials, sdk_session
from testing.codebuild.builds import ENVIRONMENT, NAME, TOOLS, built, project, said, states

QUIET = "version: 0.2\nphases:\n  build:\n    commands: [echo built]\n"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "codebuild.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
PATTERN = {
    "source": ["aws.codebuild"],
    "detail-type": ["CodeBuild Build State Change"],
    "detail": {"build-status": ["SUCCEEDED", "FAILED", "STOPPED", "TIMED_OUT", "FAULT"], "project-name": [NAME]},
}


class Account:
    """An account of the emulator with a project, as a root who may do everything sees it."""

    def __init__(self, folder, emulator, *, enforces=False, server=None):
        self.environment = emulator.environment(emulator.account())
        self._clients = {}
        self.server = server or CodeBuildServer(folder, self.environment, tools=TOOLS, enforces=enforces)
        self.codebuild = self.client("codebuild", address=self.server.url)

    def client(self, service, *, address="", key=None):
        """A client of the account's root, or of whose key it is."""
        who = key or Credentials(key=self.environment["AWS_ACCESS_KEY_ID"], secret="test")
        if (service, who) not in self._clients:
            config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
            self._clients[service, who] = sdk_session(who, "us-east-1").client(
                service, endpoint_url=address or self.environment["AWS_ENDPOINT_URL"], config=config,
                verify=self.environment.get("AWS_CA_BUNDLE"),
            )  # fmt: skip
        return self._clients[service, who]

    def project(self, buildspec, **more):
        told = project(buildspec, **more)
        self.server.service.projects.own[NAME] = {
            "artifacts": {"type": "NO_ARTIFACTS"},
            "timeoutInMinutes": 60,
            "queuedTimeoutInMinutes": 480,
            "name": NAME,
            **told,
        }

    def function(self, name, code):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("told.py", code)
        return self.client("lambda").create_function(
            FunctionName=name, Runtime="python3.13", Handler="told.handler", Code={"ZipFile": packed.getvalue()},
            Role=self.role({"Action": "*", "Resource": "*"}),
        )["FunctionArn"]  # fmt: skip

    def printed(self, name, many=1):
        """What a function printed, in capitals first, as soon as there is so much of it."""
        end, found = time.monotonic() + 30, []
        while len(found) < many and time.monotonic() < end:
            time.sleep(0.1)
            with contextlib.suppress(ClientError):
                told = self.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
                lines = [each["message"].strip() for each in told]
                found = [line for line in lines if line.partition(" ")[0] in {"HEARD", "STARTED", "ENDED"}]
        return found

    def role(self, *statements):
        iam = self.client("iam")
        arn = iam.create_role(RoleName="worker", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
        document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **each} for each in statements]}
        iam.put_role_policy(RoleName="worker", PolicyName="own", PolicyDocument=json.dumps(document))
        return arn


@pytest.fixture
def account(tmp_path, aws):
    made = Account(tmp_path, aws)
    with made.server as server:
        yield made
    assert (server.violations, server.service.faults, server.service.undelivered) == ([], [], [])


@pytest.fixture
def enforced(tmp_path, enforced_aws):
    made = Account(tmp_path, enforced_aws, enforces=True)
    with made.server as server:
        yield made
    assert (server.violations, server.service.faults) == ([], [])


def logged(account, build):
    events = account.client("logs").get_log_events(logGroupName=build.group, logStreamName=build.stream)["events"]
    return [each["message"] for each in events if not each["message"].startswith("[Container]")]


def test_what_stores_keep_is_had_by_commands_and_shown_by_no_log(account):
    secrets, parameters = account.client("secretsmanager"), account.client("ssm")
    arn = secrets.create_secret(Name="pair", SecretString=json.dumps({"user": "anna", "word": "sw0rdfish"}))["ARN"]
    secrets.create_secret(Name="plain", SecretString="tr0ub4dor")
    parameters.put_parameter(Name="/kiro/one", Value="correct-horse", Type="SecureString")
    account.project(
        f"""
        version: 0.2
        env:
          exported-variables: [WORD, LENGTHS]
          secrets-manager:
            WORD: pair:word
            BY_ARN: {arn}:user
          parameter-store:
            ONE: /kiro/one
        phases:
          build:
            commands:
              - echo "<$WORD> <$BY_ARN> <$ONE> <$PLAIN>"
              - export LENGTHS="${{#WORD}} ${{#BY_ARN}} ${{#ONE}} ${{#PLAIN}}"
        """
    )
    override = [{"name": "PLAIN", "value": "plain", "type": "SECRETS_MANAGER"}]
    build = built(account.server, account.codebuild, environmentVariablesOverride=override)
    assert said(build) == logged(account, build) == ["<***> <***> <***> <***>"]
    assert build.exported == [{"name": "LENGTHS", "value": "9 4 13 9"}]


@pytest.mark.parametrize(
    ("kind", "at", "told"),
    [
        ("PARAMETER_STORE", "/not/there", "Parameter Store has no /not/there"),
        ("SECRETS_MANAGER", "not-there", "Secrets Manager"),
    ],
)
def test_what_a_store_does_not_have_fails_the_build_before_any_command(account, kind, at, told):
    account.project(QUIET)
    build = built(
        account.server, account.codebuild, environmentVariablesOverride=[{"name": "X", "value": at, "type": kind}]
    )
    (context,) = build.phases[3]["contexts"]
    assert (build.status, told in context["message"], said(build)) == ("FAILED", True, [])


def test_artifacts_are_packed_and_reports_are_read(account):
    account.client("s3").create_bucket(Bucket="artifacts")
    junit = '<testsuite><testcase name="a" classname="t"/><testcase name="b" classname="t"><failure message="no"/></testcase></testsuite>'
    cobertura = (
        '<coverage line-rate="0.5" version="1" timestamp="1"><packages><package name="p"><classes><class name="a" filename="a.py">'
        '<lines><line number="1" hits="1"/><line number="2" hits="0"/></lines></class></classes></package></packages></coverage>'
    )
    account.project(
        f"""
        version: 0.2
        phases:
          build:
            commands:
              - mkdir -p reports out/deep && echo one > out/one.txt && echo two > out/deep/two.txt
              - echo '{junit}' > reports/junit.xml
              - echo '{cobertura}' > reports/coverage.xml
              - exit 1
        reports:
          tests: {{files: ["junit.xml"], base-directory: reports, file-format: JUNITXML}}
          coverage: {{files: ["coverage.xml"], base-directory: reports, file-format: COBERTURAXML}}
        artifacts:
          base-directory: out
          files: ["**/*"]
          name: run.zip
        """,
        artifacts={
            "type": "S3",
            "location": "artifacts",
            "path": "runs",
            "namespaceType": "BUILD_ID",
            "packaging": "ZIP",
        },
    )
    build = built(account.server, account.codebuild)
    key = f"runs/{build.stream}/run.zip"
    told = account.codebuild.batch_get_builds(ids=[build.id])["builds"][0]
    assert (told["buildStatus"], told["artifacts"]["location"]) == ("FAILED", f"arn:aws:s3:::artifacts/{key}")
    kept = account.client("s3").get_object(Bucket="artifacts", Key=key)
    with zipfile.ZipFile(io.BytesIO(kept["Body"].read())) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            "one.txt": b"one\n",
            "deep/two.txt": b"two\n",
        }
    tests, coverage = account.codebuild.batch_get_reports(reportArns=told["reportArns"])["reports"]
    assert tests["testSummary"]["statusCounts"] == {"SUCCEEDED": 1, "FAILED": 1}
    assert coverage["codeCoverageSummary"]["lineCoveragePercentage"] == 50


def test_a_build_without_a_report_that_it_names_is_failed_and_keeps_its_own_word(account):
    account.project(
        """
        version: 0.2
        env: {exported-variables: [WORD]}
        phases: {build: {commands: ["export WORD=fine"]}}
        reports:
          none: {files: ["none.xml"], file-format: JUNITXML}
        """
    )
    build = built(account.server, account.codebuild)
    told = account.codebuild.batch_get_builds(ids=[build.id])["builds"][0]
    (phase,) = (each for each in told["phases"] if each["phaseType"] == "UPLOAD_ARTIFACTS")
    assert told["buildStatus"] == "FAILED"
    assert phase["contexts"][0]["message"].startswith("Error in UPLOAD_ARTIFACTS phase: [none: [no matching")
    assert told["exportedEnvironmentVariables"] == [{"name": "WORD", "value": "fine"}]


def test_whoever_has_a_rule_for_it_hears_of_a_builds_end_and_nobody_else(account):
    queues, events = account.client("sqs"), account.client("events")
    queue = queues.create_queue(QueueName="ends")["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    for name, pattern in {"ends": PATTERN, "other": {**PATTERN, "detail": {"project-name": ["another"]}}}.items():
        events.put_rule(Name=name, EventPattern=json.dumps(pattern))
        events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": arn}])
    account.project(QUIET)
    build = built(account.server, account.codebuild, environmentVariablesOverride=[{"name": "FENCE", "value": "7"}])
    (message,) = queues.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    event = json.loads(message["Body"])
    assert (event["source"], event["detail"]["build-status"], event["detail"]["build-id"]) == (
        "aws.codebuild",
        "SUCCEEDED",
        build.arn,
    )
    more = event["detail"]["additional-information"]
    assert {"name": "FENCE", "type": "PLAINTEXT", "value": "7"} in more["environment"]["environment-variables"]
    assert more["logs"] == {"group-name": build.group, "stream-name": build.stream}
    assert [each["phase-type"] for each in more["phases"]][-1] == "COMPLETED"


def test_a_function_is_called_with_the_event(account):
    events = account.client("events")
    arn = account.function(
        "ends", "def handler(event, context):\n    print('HEARD', event['detail']['build-status'])\n"
    )
    events.put_rule(Name="ends", EventPattern=json.dumps(PATTERN))
    events.put_targets(Rule="ends", Targets=[{"Id": "1", "Arn": arn}])
    account.project("version: 0.2\nphases:\n  build:\n    commands: [exit 1]\n")
    built(account.server, account.codebuild)
    assert account.printed("ends") == ["HEARD FAILED"]


# The emulator's functions have no SDK but their own.
POLLER = """
import json, os, urllib.request

def handler(event, context):
    if event.get("source") == "aws.codebuild":
        print("ENDED", event["detail"]["build-status"])
        return
    asked = urllib.request.Request(
        os.environ["AWS_ENDPOINT_URL_CODEBUILD"], data=json.dumps({"projectName": "worker"}).encode(),
        headers={"X-Amz-Target": "CodeBuild_20161006.StartBuild"},
    )
    with urllib.request.urlopen(asked) as answer:
        print("STARTED", json.load(answer)["build"]["id"])
"""


def test_a_function_of_the_emulator_starts_builds_here_and_hears_of_their_ends(tmp_path):
    """Where both have to know of each other: this one first, then the emulator with its address, then `attach`."""
    server = CodeBuildServer(tmp_path, projects={NAME: project(QUIET)}, tools=TOOLS)
    with server, aws_emulator(more={"AWS_ENDPOINT_URL_CODEBUILD": server.url}) as emulator:
        account = Account(tmp_path, emulator, server=server)
        server.attach(account.environment)
        arn = account.function("poller", POLLER)
        events, functions = account.client("events"), account.client("lambda")
        events.put_rule(Name="ends", EventPattern=json.dumps(PATTERN))
        events.put_targets(Rule="ends", Targets=[{"Id": "1", "Arn": arn}])
        told = functions.invoke(FunctionName="poller", InvocationType="RequestResponse", Payload=b"{}")
        assert "FunctionError" not in told, told["Payload"].read()
        (build,) = server.service.builds.values()
        assert account.printed("poller", many=2) == [f"STARTED {build.id}", "ENDED SUCCEEDED"]
    assert (server.violations, server.service.faults, server.service.undelivered) == ([], [], [])


def test_a_project_that_was_deployed_is_built_with_the_limits_of_its_template(account):
    limits = {"ConcurrentBuildLimit": 1, "QueuedTimeoutInMinutes": 30, "TimeoutInMinutes": 90}
    properties = {
        "Name": NAME, "ServiceRole": account.role({"Action": "*", "Resource": "*"}), **limits,
        "Source": {"Type": "NO_SOURCE", "BuildSpec": QUIET.replace("echo built", "sleep 30")},
        "Artifacts": {"Type": "NO_ARTIFACTS"}, "Environment": {"Type": "LINUX_CONTAINER", "Image": "i", "ComputeType": "BUILD_GENERAL1_SMALL"},
    }  # fmt: skip
    template = {"Resources": {"Worker": {"Type": "AWS::CodeBuild::Project", "Properties": properties}}}
    account.client("cloudformation").create_stack(StackName="worker", TemplateBody=json.dumps(template))
    account.client("cloudformation").get_waiter("stack_create_complete").wait(
        StackName="worker", WaiterConfig={"Delay": 0.05}
    )
    first = account.codebuild.start_build(projectName=NAME)["build"]
    assert (first["timeoutInMinutes"], first["queuedTimeoutInMinutes"]) == (90, 30)
    with pytest.raises(ClientError, match="AccountLimitExceeded"):
        account.codebuild.start_build(projectName=NAME)
    account.codebuild.stop_build(id=first["id"])
    assert account.server.build_of(first["id"]).status == "STOPPED"


WHO = """
    version: 0.2
    phases:
      build:
        commands:
          - python3 -c 'import boto3; print(boto3.client("sts").get_caller_identity()["Arn"])'
          - env | grep -c SECRET_ACCESS_KEY || true
"""


def test_commands_act_as_the_projects_role_and_the_container_holds_no_key(account):
    account.project(WHO, serviceRole=account.role({"Action": "*", "Resource": "*"}))
    build = built(account.server, account.codebuild)
    who, keys = said(build)
    assert f":assumed-role/worker/AWSCodeBuild-{build.stream}" in who
    assert keys == "0"


def test_a_role_that_may_not_read_a_secret_fails_the_build(enforced):
    enforced.client("secretsmanager").create_secret(Name="plain", SecretString="tr0ub4dor")
    role = enforced.role({"Action": ["logs:*"], "Resource": "*"})
    enforced.project(QUIET, serviceRole=role, variables={})
    override = [{"name": "PLAIN", "value": "plain", "type": "SECRETS_MANAGER"}]
    build = built(enforced.server, enforced.codebuild, environmentVariablesOverride=override)
    assert states(build)["DOWNLOAD_SOURCE"] == "FAILED"
    assert "secretsmanager:GetSecretValue" in build.phases[3]["contexts"][0]["message"]
    fine = built(enforced.server, enforced.codebuild)
    assert (fine.status, fine.log_trouble, logged(enforced, fine)) == ("SUCCEEDED", "", ["built"])


def test_a_role_that_may_not_write_its_log_builds_all_the_same_and_the_trouble_is_known(enforced):
    enforced.project(QUIET, serviceRole=enforced.role({"Action": ["s3:GetObject"], "Resource": "*"}))
    build = built(enforced.server, enforced.codebuild)
    assert (build.status, said(build)) == ("SUCCEEDED", ["built"])
    assert "logs:CreateLogStream" in build.log_trouble


def test_whoever_may_not_start_a_build_starts_none(enforced):
    enforced.project(QUIET)
    iam = enforced.client("iam")
    iam.create_user(UserName="anna")
    key = iam.create_access_key(UserName="anna")["AccessKey"]
    statement = {"Effect": "Allow", "Action": "codebuild:BatchGetBuilds", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName="anna", PolicyName="own", PolicyDocument=document)
    anna = enforced.client(
        "codebuild", address=enforced.server.url,
        key=Credentials(key=key["AccessKeyId"], secret=key["SecretAccessKey"]),
    )  # fmt: skip
    with pytest.raises(ClientError, match=r"AccessDenied.*codebuild:StartBuild"):
        anna.start_build(projectName=NAME)
    assert anna.batch_get_builds(ids=["worker:none"])["buildsNotFound"] == ["worker:none"]
    assert enforced.server.service.builds == {}


def test_the_right_to_a_project_is_the_right_to_its_builds_and_to_no_others(enforced):
    own = f"arn:aws:codebuild:us-east-1:{enforced.environment['AWS_ACCESS_KEY_ID']}:project/{NAME}"
    enforced.project(QUIET)
    build = built(enforced.server, enforced.codebuild)
    told = enforced.client("sts").assume_role(
        RoleArn=enforced.role({"Action": "codebuild:BatchGetBuilds", "Resource": own}), RoleSessionName="looks"
    )["Credentials"]
    key = Credentials(key=told["AccessKeyId"], secret=told["SecretAccessKey"], token=told["SessionToken"])
    looker = enforced.client("codebuild", address=enforced.server.url, key=key)
    assert [each["id"] for each in looker.batch_get_builds(ids=[build.arn])["builds"]] == [build.id]
    with pytest.raises(ClientError, match="AccessDenied"):
        looker.batch_get_builds(ids=[build.id, "another:1"])
    with pytest.raises(ClientError, match="AccessDenied"):
        looker.stop_build(id=build.id)
    assert [operation for key, operation in enforced.server.granted if key == told["AccessKeyId"]] == ["BatchGetBuilds"]


def test_the_environment_of_a_project_is_told_as_the_model_has_it(account):
    account.project(QUIET, variables={"ONE": "1"})
    (told,) = account.codebuild.batch_get_projects(names=[NAME, "nobody"])["projects"]
    assert told["environment"] == {**ENVIRONMENT, "environmentVariables": [{"name": "ONE", "value": "1"}]}
    assert account.codebuild.list_projects()["projects"] == [NAME]
