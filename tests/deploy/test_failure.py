"""Why a stack was not deployed, told so that somebody can mend it."""

import os
from pathlib import Path

import pytest

from kiro_worker.aws import Aws
from kiro_worker.deploy.cdk import Cdk
from kiro_worker.deploy.fault import DeployDenied, StackFailed
from kiro_worker.deploy.state import Failure
from kiro_worker.deploy.template import Place
from kiro_worker.deploy.up import Deployment
from kiro_worker.process import Ending, Exit

ROLE = "arn:aws:sts::1:assumed-role/cdk-hnb659fds-cfn-exec-role-1-eu-west-1/AWSCloudFormation"
PATHS = {"Project": "shop-test-worker/Project/Resource"}


@pytest.fixture
def failed():
    way = Deployment(Aws(), Cdk(Path("infra"), os.environ), Place("1", "eu-west-1"), lambda _: None)

    def explain(said="", failures=(), done=()):
        over = Exit(ending=Ending.EXITED, status=1, stdout=b"", stderr=said.encode(), seconds=1.0)
        return way._failed("shop-test-worker", PATHS, over, failures, done)

    return explain


def test_a_denial_in_an_event_names_action_resource_role_and_what_needed_it(failed):
    reason = f"User: {ROLE} is not authorized to perform: codebuild:CreateProject on resource: arn:aws:codebuild:eu-west-1:1:project/p because no identity-based policy allows it"
    fault = failed(failures=[Failure("Project", reason)], done=["shop-test-core"])
    assert isinstance(fault, DeployDenied)
    assert (fault.action, fault.resource, fault.principal) == (
        "codebuild:CreateProject", "arn:aws:codebuild:eu-west-1:1:project/p", ROLE,
    )  # fmt: skip
    assert "(needed by shop-test-worker/Project/Resource)" in fault.message
    assert fault.kept == "Deployed before it, and left as they are: shop-test-core."
    assert "kiro-worker deploy check" in fault.next_step


def test_a_denial_before_cloudformation_was_asked_is_read_from_what_the_cdk_says(failed):
    fault = failed(
        "❌ Error: User: arn:aws:iam::1:user/a is not authorized to perform: ssm:GetParameter on resource: arn:aws:ssm:x:1:parameter/v"
    )
    assert isinstance(fault, DeployDenied)
    assert (fault.action, fault.principal) == ("ssm:GetParameter", "arn:aws:iam::1:user/a")


def test_another_reason_is_told_with_its_resource_and_does_not_look_like_a_denial(failed):
    fault = failed(failures=[Failure("Project", "Project already exists"), Failure("Odd", "second")])
    assert type(fault) is StackFailed
    assert fault.message.endswith("shop-test-worker/Project/Resource: Project already exists; Odd: second")
    assert fault.kept == ""


def test_without_an_event_the_cdks_own_complaint_is_told_and_no_credential_of_it(failed):
    fault = failed("noise\n❌ shop-test-worker failed: bad template AKIA0123456789ABCDEF\nmore noise\n")
    assert "bad template …" in fault.message
    assert "AKIA" not in fault.message
    assert "the CDK ended without a word" in failed("").message
