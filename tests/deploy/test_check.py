"""Against an emulator that enforces rights, whose simulator judges the policies that stand in it."""

import json

import pytest

from deploy.site import TRUST
from kiro_worker.aws import AwsSignIn
from kiro_worker.deploy.assembly import Stack
from kiro_worker.deploy.check import Asked, check
from kiro_worker.deploy.layers import Bootstrap
from kiro_worker.deploy.need import Layer
from kiro_worker.deploy.template import template_of
from kiro_worker.deploy.toolkit import bootstrap_of
from kiro_worker.testing.aws_emulator import REGION
from kiro_worker.value import replace


async def looked(site, stacks=None, bootstrap=None, operations=()):
    return await check(
        site.aws, stacks or site.assembly.stacks, bootstrap or site.bootstrap, region=REGION, operations=operations
    )


def of(found, layer):
    (report,) = [report for report in found.reports if report.layer is layer]
    return report


@pytest.fixture(scope="module")
def deployer(bootstrapped):
    return bootstrapped.user("deployer", deploy=True, look=True)


@pytest.fixture
def ready(bootstrapped, deployer, as_user):
    return as_user(bootstrapped, deployer)


@pytest.fixture(scope="module")
def poor(sites):
    """An account in which something is missing, and something is denied."""
    site = sites()
    site.bootstrapped(without=("codebuild:CreateProject", "kms:CreateKey"), denied=("dynamodb:DeleteTable",))
    return site, site.user("deployer", deploy=True, look=True)


@pytest.fixture
def lacking(poor, as_user):
    return as_user(*poor)


async def test_with_exactly_what_the_documents_allow_nothing_is_missing(ready):
    found = await looked(ready)
    assert found.is_good
    assert found.missing == ()
    assert [(report.layer, report.asked) for report in found.reports] == [(layer, Asked.SIMULATED) for layer in Layer]
    assert found.caller.endswith(":user/deployer")
    assert (found.bootstrap.version, found.to_bootstrap) == (33, False)


async def test_each_permission_that_is_missing_is_named_with_the_resource_and_the_stack_that_need_it(lacking):
    found = await looked(lacking, operations=("create", "update"))
    assert not found.is_good
    told = {
        (report.layer, answer.need.action, answer.need.resource, answer.why, cause.stack, cause.path, cause.operation)
        for report, answer in found.missing
        for cause in answer.need.causes
    }
    project = f"arn:aws:codebuild:{REGION}:{lacking.account}:project/shop-test"
    why = "no policy allows it"
    assert told == {
        (Layer.EXECUTION, "codebuild:CreateProject", project, why, "shop-test-worker", "shop-test-worker/Project/Resource", "create"),
        (Layer.EXECUTION, "kms:CreateKey", "*", why, "shop-test-core", "Key", "create"),
    }  # fmt: skip


async def test_what_a_policy_denies_is_told_from_what_none_allows(lacking):
    ((report, answer),) = (await looked(lacking, operations=("delete",))).missing
    assert report.principal.endswith(f"cdk-hnb659fds-cfn-exec-role-{lacking.account}-{REGION}")
    assert (answer.need.action, answer.why) == ("dynamodb:DeleteTable", "a policy denies it")


async def test_one_stack_is_asked_about_alone(lacking):
    poller = lacking.assembly.chosen(["poller"])
    assert (await looked(lacking, poller)).is_good


@pytest.fixture
def blind(bootstrapped, as_user):
    """It may deploy, and not look."""
    return as_user(bootstrapped, bootstrapped.user("blind", deploy=True))


async def test_who_may_not_ask_is_told_so_by_name_and_what_can_be_tried_is_tried(blind):
    found = await looked(blind)
    caller = of(found, Layer.CALLER)
    assert caller.asked is Asked.PROBED
    assert f"iam:SimulatePrincipalPolicy on arn:aws:iam::{blind.account}:user/blind is missing" in caller.why
    assert (caller.missing, caller.unsure) == ((), ())
    for layer in (Layer.PUBLISHING, Layer.DEPLOY, Layer.EXECUTION):
        report = of(found, layer)
        assert report.asked is Asked.NOT
        assert report.unsure == report.needs
        assert "iam:SimulatePrincipalPolicy" in report.why
    # Nothing is known to be missing: it is said, and does not stop anybody.
    assert found.is_good


@pytest.fixture
def powerless(bootstrapped, as_user):
    return as_user(bootstrapped, bootstrapped.user("powerless"))


async def test_what_was_tried_and_denied_is_missing(powerless):
    found = await looked(powerless)
    denied = {answer.need.action for _, answer in found.missing}
    assert denied == {
        "sts:AssumeRole", "ssm:GetParameter", "cloudformation:DescribeStacks", "cloudformation:DescribeStackEvents",
    }  # fmt: skip
    assert found.bootstrap.why == "ssm:GetParameter on /cdk-bootstrap/hnb659fds/version is missing"


@pytest.fixture
def signed_in(bootstrapped, as_user):
    """A role's session, as a sign-in portal hands it out; the name of such a role has a path."""
    site = bootstrapped
    role = site.root(
        "iam", "CreateRole", RoleName="people", Path="/portal/", AssumeRolePolicyDocument=json.dumps(TRUST)
    )
    look = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["iam:*", "ssm:*"], "Resource": "*"}]}
    site.root("iam", "PutRolePolicy", RoleName="people", PolicyName="look", PolicyDocument=json.dumps(look))
    session = site.root("sts", "AssumeRole", RoleArn=role["Role"]["Arn"], RoleSessionName="me")["Credentials"]
    names = {
        "AWS_ACCESS_KEY_ID": "AccessKeyId",
        "AWS_SECRET_ACCESS_KEY": "SecretAccessKey",
        "AWS_SESSION_TOKEN": "SessionToken",
    }
    return as_user(site, {name: session[key] for name, key in names.items()})


async def test_a_session_is_asked_about_as_the_role_that_it_is(signed_in):
    found = await looked(signed_in)
    caller = of(found, Layer.CALLER)
    assert ":assumed-role/people/me" in caller.principal
    assert caller.asked is Asked.SIMULATED
    # What is missing is the role's own: it may look, and not take on another.
    assert "sts:AssumeRole" in {answer.need.action for answer in caller.missing}


@pytest.fixture
def fresh(sites, as_user):
    """An account that was never bootstrapped, and a user who may only look."""
    site = sites()
    user = site.user("deployer", look=True)
    version = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": "*"}],
    }
    site.allow_user("deployer", "version", version)
    return as_user(site, user)


async def test_where_there_is_no_bootstrap_the_caller_needs_what_that_takes(fresh, cdk_package):
    found = await looked(fresh, bootstrap=bootstrap_of(fresh.assembly.stacks, cdk_package))
    assert found.to_bootstrap
    assert of(found, Layer.EXECUTION).asked is Asked.TO_BE_MADE
    causes = {cause.stack for _, answer in found.missing for cause in answer.need.causes}
    assert "CDKToolkit" in causes
    assert "iam:CreateRole" in {answer.need.action for _, answer in found.missing}


@pytest.fixture
def roleless(sites, as_user):
    site = sites()
    site.root("ssm", "PutParameter", Name=site.bootstrap.parameter, Value="33", Type="String")
    return as_user(site, site.user("deployer", deploy=True, look=True))


async def test_a_role_that_is_not_there_is_said_to_be_missing_and_not_taken_for_allowed(roleless):
    report = of(await looked(roleless), Layer.DEPLOY)
    assert (report.asked, report.why) == (Asked.NOT, "it is not there")
    assert report.unsure == report.needs


async def test_the_root_of_an_account_may_do_everything_and_is_not_simulated(bootstrapped, as_user):
    as_user(bootstrapped, {})
    assert of(await looked(bootstrapped), Layer.CALLER).asked is Asked.ROOT


async def test_a_type_whose_calls_nobody_knows_is_not_good(ready):
    template = template_of("shop-test-odd", {"Resources": {"X": {"Type": "AWS::Made::Up"}}})
    odd = Stack(name="shop-test-odd", template=template)
    found = await looked(ready, (odd,), Bootstrap("", 0))
    assert found.unknown == ("AWS::Made::Up (shop-test-odd)",)
    assert not found.is_good


async def test_a_stack_that_names_no_roles_has_the_caller_do_everything(bootstrapped, as_user):
    as_user(bootstrapped, {})
    bare = replace(bootstrapped.assembly.stacks[1], deploy_role="", execution_role="", assets=())
    (report,) = (await looked(bootstrapped, (bare,))).reports
    assert "codebuild:CreateProject" in {need.action for need in report.needs}


async def test_without_credentials_nothing_is_looked_at(bootstrapped, as_user):
    as_user(bootstrapped, {"AWS_ACCESS_KEY_ID": "AKIA" + "X" * 16})
    with pytest.raises(AwsSignIn):
        await looked(bootstrapped)
