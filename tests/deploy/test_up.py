"""The whole way with the CDK's own command line: bootstrap, deploy, again, break, mend, take away."""

import json

import pytest

from deploy.conftest import INFRA
from deploy.site import told
from kiro_worker.cli.main import main
from kiro_worker.testing.aws_emulator import REGION

pytestmark = pytest.mark.usefixtures("cdk_package")


@pytest.fixture
def deploy(assembly, capsys):
    def call(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        status = main(["deploy", *words, "--assembly", str(assembly.folder), "--infra", str(INFRA)])
        said = capsys.readouterr()
        return status, said.out, said.err

    return call


@pytest.fixture
def newcomer(sites, as_user, monkeypatch, tmp_path):
    """A user of an account that was never deployed to, who may look, and nothing else."""
    site = sites()
    # The CDK remembers which account a key belongs to, below HOME.
    monkeypatch.setenv("HOME", str(tmp_path))
    user = site.user("deployer", look=True)
    version = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": "*"}],
    }
    site.allow_user("deployer", "version", version)
    return as_user(site, user)


def test_from_nothing_to_a_deployment_and_back(newcomer, deploy, tmp_path):
    site = newcomer
    # Nothing is touched as long as something is missing.
    status, out, _ = deploy("up", "--stack", "worker")
    assert status == 1
    assert "nothing was touched" in out
    with pytest.raises(Exception, match="does not exist"):
        site.root("cloudformation", "DescribeStacks", StackName="CDKToolkit")

    # What is asked for is what is written; and what is written is enough.
    status, out, _ = deploy("check", "--policy", str(tmp_path / "policies"))
    assert status == 1
    assert f"written: {tmp_path / 'policies' / 'caller.json'}" in out
    written = {path.stem: json.loads(path.read_text()) for path in (tmp_path / "policies").iterdir()}
    site.allow_user("deployer", "caller", written["caller"])
    execution = site.root(
        "iam", "CreatePolicy", PolicyName="execution", PolicyDocument=told(written["execution-role"])
    )["Policy"]["Arn"]  # fmt: skip
    status, out, err = deploy("up", "--stack", "core", "--execution-policy", execution)
    assert status == 0, (out, err)
    assert out.splitlines()[0] == "The bootstrap was made."
    assert "shop-test-core  deployed" in out
    assert "CREATE_COMPLETE" in err

    # Again: what is there is not made twice, and the rest is.
    status, out, err = deploy("up", "--stack", "core", "--stack", "worker", "--json")
    assert status == 0, err
    done = json.loads(out)
    assert [(each["name"], each["changed"]) for each in done["stacks"]] == [
        ("shop-test-core", False), ("shop-test-worker", True),
    ]  # fmt: skip
    assert done["bootstrapped"] is False

    # Without one permission the check names it.
    site.root(
        "iam", "DetachRolePolicy", RoleName=f"cdk-hnb659fds-cfn-exec-role-{site.account}-{REGION}", PolicyArn=execution
    )
    status, out, _ = deploy("check", "--stack", "poller", "--for", "create")
    assert status == 1
    assert f"  sqs:CreateQueue on arn:aws:sqs:{REGION}:{site.account}:shop-test-poller-dead: no policy allows it" in out
    assert "    needed by Dead of shop-test-poller (create)" in out

    # It is looked at as it stands, and taken away but for what is kept.
    status, out, _ = deploy("verify", "--look", "--stack", "core", "--stack", "worker")
    assert status == 1
    assert "ok     stack shop-test-worker: CREATE_COMPLETE" in out
    assert "fault  parameter /kiro-worker/test/github-project-config: not there (ParameterNotFound)" in out
    status, out, _ = deploy("down")
    assert (status, out.splitlines()[-1]) == (0, "Nothing was changed. To do it: --yes")
    status, out, err = deploy("down", "--yes", "--json")
    assert status == 0, err
    gone = json.loads(out)
    assert gone["stacks"] == ["shop-test-worker", "shop-test-core"]
    assert [each["path"] for each in gone["stays"]] == ["Key", "Leases"]
    assert site.root("dynamodb", "DescribeTable", TableName="shop-test-leases")["Table"]
    assert deploy("down")[1] == "None of these stacks is there.\n"


def test_what_is_denied_on_the_way_is_named(bootstrapped, as_user, deploy, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    user = bootstrapped.user("hasty")
    for name in ("cloudformation:DescribeStacks", "ssm:GetParameter"):
        one = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": name, "Resource": "*"}]}
        bootstrapped.allow_user("hasty", name.partition(":")[2], one)
    as_user(bootstrapped, user)
    status, _, err = deploy("up", "--stack", "core", "--unchecked")
    assert status == 3
    role = (
        f"arn:aws:iam::{bootstrapped.account}:role/cdk-hnb659fds-file-publishing-role-{bootstrapped.account}-{REGION}"
    )
    assert (
        f"deploy.denied: shop-test-core was not deployed: whoever acts here may not do sts:AssumeRole on {role}." in err
    )
    assert "all that are missing: kiro-worker deploy check" in err


def test_a_stack_is_not_begun_before_those_that_it_needs(bootstrapped, as_user, deploy):
    as_user(bootstrapped, {})
    status, _, err = deploy("up", "--stack", "poller", "--unchecked")
    assert status == 2
    assert "deploy.unready: shop-test-poller needs shop-test-core, shop-test-worker, and that is not deployed." in err
    assert "up --stack shop-test-core --stack shop-test-worker --stack shop-test-poller" in err
