"""What `kiro-worker deploy` says where nobody is asked: plans, and what is wrong with what it was given.

What it does on AWS is tested in tests/deploy.
"""

import json

import pytest

from deploy.sample import sample
from kiro_worker.cli.main import main


@pytest.fixture(scope="module")
def assembly(tmp_path_factory):
    return sample(tmp_path_factory.mktemp("cli-deploy") / "cdk.out")


@pytest.fixture
def deploy(assembly, capsys, monkeypatch):
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)

    def call(*words, templates=True):
        status = main(["deploy", *words, *(("--assembly", str(assembly)) if templates else ())])
        said = capsys.readouterr()
        return status, said.out, said.err

    return call


def test_a_plan_shows_the_stacks_in_their_order_with_what_each_operation_needs(deploy):
    status, out, _ = deploy("plan")
    lines = out.splitlines()
    assert status == 0
    assert lines[0] == "3 stacks, in the order that they are deployed in"
    assert lines[1].split() == ["STACK", "AFTER", "RESOURCES", "CREATE", "UPDATE", "DELETE"]
    assert [line.split()[0] for line in lines[2:5]] == ["shop-test-core", "shop-test-worker", "shop-test-poller"]
    assert lines[3].split()[1:3] == ["shop-test-core", "2"]


def test_a_plan_for_programs_names_each_permission_with_its_cause(deploy):
    told = json.loads(
        deploy("plan", "--json", "--stack", "worker", "--region", "eu-west-1", "--account", "444455556666")[1]
    )
    assert told["schema"] == "kiro-worker/deploy-plan/1"
    (stack,) = told["stacks"]
    assert stack["resources"] == {"AWS::CodeBuild::Project": 1, "AWS::IAM::Role": 1}
    (create,) = [each for each in stack["permissions"] if each["action"] == "codebuild:CreateProject"]
    assert create == {
        "layer": "execution role",
        "principal": "arn:aws:iam::444455556666:role/cdk-hnb659fds-cfn-exec-role-444455556666-eu-west-1",
        "action": "codebuild:CreateProject",
        "resource": "arn:aws:codebuild:eu-west-1:444455556666:project/shop-test",
        "passed_to": "",
        "for": [{"stack": "shop-test-worker", "path": "shop-test-worker/Project/Resource", "operation": "create"}],
    }


def test_policies_are_written_where_they_are_wanted(deploy, tmp_path):
    status, out, _ = deploy("plan", "--policy", str(tmp_path / "policies"))
    assert status == 0
    assert sorted(path.name for path in (tmp_path / "policies").iterdir()) == [
        "caller.json", "deploy-role.json", "execution-role.json", "publishing-role.json",
    ]  # fmt: skip
    assert out.count("written: ") == 4


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("plan", "--stack", "nothing"), "deploy.no-such-stack", "There is no stack 'nothing'."),
        (("check",), "cli.option", "No region is named."),
        (("down",), "cli.option", "No region is named."),
    ],
)
def test_what_cannot_be_meant_is_said_with_what_to_do(deploy, words, code, says):
    status, out, err = deploy(*words)
    assert (status, out) == (2, "")
    assert says in err
    assert "next: Name one" in err
    assert err.startswith(f"{code}: ")


@pytest.mark.parametrize("words", [("--infra", "nowhere"), ("--assembly", "nowhere")])
def test_without_templates_nothing_is_planned(deploy, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, _, err = deploy("plan", *words, templates=False)
    assert status == 2
    assert err.startswith("deploy.no-assembly: There are no templates in nowhere: it holds no ")


def test_where_the_cdk_is_not_installed_that_is_said(deploy, tmp_path):
    (tmp_path / "cdk.json").write_text("{}")
    status, _, err = deploy("plan", "--infra", str(tmp_path), templates=False)
    assert status == 2
    assert err.startswith("deploy.no-cdk: ")
    assert "make infra" in err


def test_templates_that_cannot_be_made_are_told_with_what_the_program_said(deploy, tmp_path):
    (tmp_path / "cdk.json").write_text("{}")
    program = tmp_path / "node_modules" / ".bin" / "cdk"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\necho 'error: environment test: build.minutes is 5 to 2160' >&2\nexit 2\n")
    program.chmod(0o755)
    status, _, err = deploy("plan", "--infra", str(tmp_path), templates=False)
    assert status == 2
    assert "making them failed: error: environment test: build.minutes is 5 to 2160" in err
