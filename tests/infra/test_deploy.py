"""The commands of the reference, run by the CDK's own command line against an emulator."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from infra.conftest import ROOT, infra_environment
from infra.deployed import Deployment
from kiro_worker_infra.names import NEEDS, STACKS, Names

CDK = ROOT / "infra" / "node_modules" / ".bin" / "cdk"
# The command line and its other half take longer where everything else runs as well.
pytestmark = pytest.mark.timeout(300)


def cdk(aws, account, home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**infra_environment(), **aws.environment(account), "HOME": str(home)}
    return subprocess.run(
        [str(CDK), *words],
        cwd=ROOT / "infra", env=environment, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def test_bootstrap_and_deploy_work_as_the_reference_writes_them(aws, assembly, tmp_path):
    account, names = aws.account(), Names("test")
    # Bootstrapping looks at the app for the places to go to: at the ready one, which saves the machine ten seconds.
    first = cdk(aws, account, tmp_path, "bootstrap", "--app", str(assembly.folder / "test"))
    assert first.returncode == 0, first.stderr[-3000:]
    words = ("--all", "--context", "environment=test", "--require-approval", "never")
    done = cdk(aws, account, tmp_path, "deploy", *words, "--output", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr[-3000:]
    assert "AWS_ENDPOINT_URL names an emulator" in done.stderr
    made = Deployment(aws, account, tmp_path / "out").client("cloudformation").describe_stacks()["Stacks"]
    found = {each["StackName"]: each["StackStatus"] for each in made}
    wanted = {names.stack(each): "CREATE_COMPLETE" for each in STACKS}
    assert {name: found.get(name) for name in wanted} == wanted


# Each of the others is on the way of one of these.
@pytest.mark.parametrize("stack", ["monitoring", "api"])
def test_each_stack_can_be_deployed_once_those_that_it_needs_are_there(aws, assembly, stack):
    names = Names("test")
    deployment = Deployment(aws, aws.account(), assembly.folder / "test")
    for each in (*(each for each in STACKS if each in NEEDS[stack]), stack):
        assert deployment.deploy(names.stack(each)) == "CREATE_COMPLETE", deployment.why_not(names.stack(each))


def test_without_core_a_stack_says_what_it_lacks(aws, assembly):
    deployment = Deployment(aws, aws.account(), assembly.folder / "test")
    assert deployment.deploy("kiro-worker-test-worker") == "ROLLBACK_COMPLETE"
    assert "kiro-worker-test-key-arn" in deployment.why_not("kiro-worker-test-worker")


def test_an_environment_that_nobody_described_ends_it_with_those_that_are(tmp_path):
    # As the command line hands its context on.
    environment = infra_environment() | {
        "CDK_CONTEXT_JSON": json.dumps({"environment": "prod"}),
        "CDK_OUTDIR": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "app.py"], cwd=ROOT / "infra", env=environment, check=False, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert done.stderr == (
        "error: There is no environment 'prod'. Say which: --context environment=test|staging|production; "
        "they are described in infra/kiro_worker_infra/environments.py.\n"
    )
    assert list(tmp_path.iterdir()) == []
