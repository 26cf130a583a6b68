"""The commands of the deployment's documents, carried out where an emulator can."""

import json
import re
import shlex

import pytest

from infra.aws_words import carry_out, is_call
from infra.conftest import ROOT
from infra.deployed import Deployment
from kiro_worker.cli.main import main
from kiro_worker.secret.place import place_of
from kiro_worker_infra.names import Names

_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_PAGES = ("DEPLOYMENT.md", "prerequisites.md")


def commands(page: str) -> list[str]:
    text = (ROOT / "docs" / "deployment" / page).read_text("utf-8")
    return [line for block in _BLOCK.findall(text) for line in block.splitlines() if line.strip()]


def test_every_line_of_a_block_is_a_command_that_is_known_here():
    known = {"aws", "cd", "cdk", "export", "kiro-worker", "make"}
    assert {shlex.split(each)[0] for page in _PAGES for each in commands(page)} == known


@pytest.fixture(scope="module")
def deployment(aws, assembly):
    made = Deployment(aws, aws.account(), assembly.folder / "test")
    for stack in ("core", "worker", "poller"):
        assert made.deploy(Names("test").stack(stack)) == "CREATE_COMPLETE"
    return made


def test_each_call_of_a_service_is_answered(deployment):
    calls = [each for page in _PAGES for each in commands(page) if is_call(each)]
    assert len(calls) >= 9
    for call in calls:
        answer = carry_out(call, deployment.client)
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200, call


def test_what_the_commands_write_is_what_the_worker_reads(deployment):
    secrets = deployment.client("secretsmanager")
    for call in commands("DEPLOYMENT.md"):
        if "put-secret-value" in call or "put-parameter" in call:
            carry_out(call.replace("--type", "--overwrite --type"), deployment.client)
    (project,) = deployment.client("codebuild").batch_get_projects(names=["kiro-worker-test"])["projects"]
    told = {each["name"]: each["value"] for each in project["environment"]["environmentVariables"]}
    found = {}
    for name, value in told.items():
        if name.startswith("KIRO_WORKER_SECRET_") and name.endswith("_PLACE"):
            place = place_of(value)
            found[name] = secrets.get_secret_value(SecretId=place.name)["SecretString"]
    assert found["KIRO_WORKER_SECRET_GITHUB_TOKEN_PLACE"] == "ghp_your_token_here"
    assert json.loads(found["KIRO_WORKER_SECRET_GIT_CREDENTIALS_PLACE"]).keys() == {"username", "password"}
    assert json.loads(found["KIRO_WORKER_SECRET_AGENT_CREDENTIALS_PLACE"]).keys() == {"KIRO_API_KEY"}


def test_the_references_own_commands_are_taken_as_they_stand(deployment):
    # Line for line from the reference; only the line breaks are gone.
    carry_out(
        "aws secretsmanager put-secret-value --secret-id kiro-worker-test-git-credentials "
        """--secret-string '{"username":"git","password":"your_token"}'""",
        deployment.client,
    )
    assert (
        carry_out("aws codebuild list-builds-for-project --project-name kiro-worker-test", deployment.client)["ids"]
        == []
    )


@pytest.mark.parametrize(
    "command", sorted({each for page in _PAGES for each in commands(page) if "kiro-worker deploy" in each})
)
def test_each_verb_takes_what_is_written(command, capsys):
    words = shlex.split(command)[1:]
    # Its own help, with the options that are written before it: an unknown one would be said first.
    with pytest.raises(SystemExit) as ended:
        main([*words, "--help"])
    assert ended.value.code == 0
    help_text = capsys.readouterr().out
    for option in (word for word in words if word.startswith("--")):
        assert option in help_text


def test_the_makefile_has_what_is_made():
    text = (ROOT / "Makefile").read_text()
    for command in (each for page in _PAGES for each in commands(page) if each.startswith("make ")):
        assert f"\n{command.removeprefix('make ')}:" in text


def test_each_stack_of_the_table_is_there_and_needs_what_it_says(assembly):
    from kiro_worker_infra.names import NEEDS

    page = (ROOT / "docs" / "deployment" / "DEPLOYMENT.md").read_text("utf-8")
    rows = re.findall(r"^\| `kiro-worker-test-(\w+)`[^|]*\|[^|]*\|([^|]*)\|$", page, re.MULTILINE)
    assert {name: tuple(filter(None, needs.strip().split(", "))) for name, needs in rows} == NEEDS
