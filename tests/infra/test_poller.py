"""Stack poller: what wakes it, and where lost events go."""

import pytest

from infra.assembly import shown
from kiro_worker.config.key import variables
from kiro_worker.deploy.verify import ANSWER_SECONDS
from kiro_worker.entry.event import BUILD_ENDED, TERMINAL
from kiro_worker_infra.environments import environment_of
from kiro_worker_infra.names import KINDS


@pytest.fixture
def poller(assembly):
    return assembly.stack("poller")


def rules(stack):
    return {each["Name"].rpartition("kiro-worker-")[2]: each for each in stack.of("AWS::Events::Rule").values()}


@pytest.mark.parametrize("environment", KINDS)
def test_the_board_is_looked_at_as_often_as_the_environment_says(assembly, environment):
    schedule = rules(assembly.stack("poller", environment))[f"{environment}-schedule"]
    assert schedule["ScheduleExpression"] == environment_of(environment).polling_interval
    assert schedule["State"] == "ENABLED"


def test_every_way_that_a_build_can_end_is_told(poller):
    pattern = rules(poller)["test-build-ended"]["EventPattern"]
    assert set(pattern["detail"]["build-status"]) == TERMINAL
    assert pattern["detail"]["project-name"] == ["kiro-worker-test"]
    assert pattern["detail-type"] == [BUILD_ENDED]


def test_what_cannot_be_delivered_or_handled_ends_in_the_queue(poller):
    for rule in poller.of("AWS::Events::Rule").values():
        (target,) = rule["Targets"]
        assert shown(target["DeadLetterConfig"]["Arn"]) == "${Dead.Arn}"
    asynchronous = poller.one("AWS::Lambda::EventInvokeConfig")
    assert shown(asynchronous["DestinationConfig"]["OnFailure"]["Destination"]) == "${Dead.Arn}"


def test_only_these_two_rules_may_call_it_and_fill_the_queue(poller):
    sources = {shown(each["SourceArn"]) for each in poller.of("AWS::Lambda::Permission").values()}
    assert sources == {f"${{{name}.Arn}}" for name in poller.of("AWS::Events::Rule")}
    allowed = [
        each for each in poller.one("AWS::SQS::QueuePolicy")["PolicyDocument"]["Statement"] if each["Effect"] == "Allow"
    ]
    (only,) = allowed
    assert {shown(each) for each in only["Condition"]["ArnEquals"]["aws:SourceArn"]} == sources


def test_it_runs_once_at_a_time_and_not_longer_than_until_the_next_look(poller):
    function = poller.one("AWS::Lambda::Function")
    assert function["ReservedConcurrentExecutions"] == 1
    assert function["Timeout"] < environment_of("test").polling_minutes * 60
    # Who proves a deployment waits for it; who gave up sooner would call it once more.
    assert function["Timeout"] < ANSWER_SECONDS


def test_each_setting_that_it_is_told_is_one_of_the_workers(poller):
    told = poller.one("AWS::Lambda::Function")["Environment"]["Variables"]
    settings = [name for name in told if name.startswith("KIRO_WORKER_")]
    assert [name for name in settings if name not in variables()] == []


def test_every_log_is_encrypted_and_ends(assembly):
    for stack in assembly.stacks():
        keep = environment_of(stack.environment).keep.logs
        for group in stack.of("AWS::Logs::LogGroup").values():
            assert group["RetentionInDays"] == keep
            assert shown(group["KmsKeyId"]) == f"${{import kiro-worker-{stack.environment}-key-arn}}"
