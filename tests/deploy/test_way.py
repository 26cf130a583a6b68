"""A work item on its way: GitHub's board, the poller as a function, a build, and its end; all of them on this machine."""

import io
import json
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

import kiro_worker
from entry.place import ENVIRONMENT, PARAMETER, PROJECT, SECRET, Place, opened
from kiro_worker.aws import Aws
from kiro_worker.clock import SystemClock
from kiro_worker.deploy.item import make_item
from kiro_worker.deploy.parts import Parts
from kiro_worker.deploy.verify import Verification
from kiro_worker.testing.aws_emulator import REGION
from kiro_worker.testing.clock import HandClock
from kiro_worker.testing.github_model import GitHubModel
from kiro_worker.testing.github_schema import GitHubSchemas
from kiro_worker.testing.github_server import GitHubServer

POLLER = "kiro-worker-test-poller"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
# The function of this checkout; that its bundle holds all of it is tested with the bundle.
CODE = f"""
import sys
sys.path[:0] = {[str(Path(kiro_worker.__file__).parents[1]), sysconfig.get_path("purelib")]!r}
from kiro_worker.entry.poll import handler
"""


@pytest.fixture
def place(aws, aws_account, tmp_path, monkeypatch):
    schemas = GitHubSchemas(Path(__file__).parents[1] / "schemas" / "github")
    model = GitHubModel("acme", "engine", clock=HandClock(hurried=True))
    with GitHubServer(model, schemas) as hub, opened(Place(aws, aws_account, hub, schemas, tmp_path)) as made:
        monkeypatch.setenv("AWS_ENDPOINT_URL_CODEBUILD", made.builds.url)
        # The item that is there from the beginning is of no interest here.
        made.project.card(made.card).values["Status"] = "Done"
        yield made
    assert hub.violations == []


@pytest.fixture
def function(place):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("index.py", CODE)
    client = place.client("lambda")
    role = place.client("iam").create_role(RoleName="poller", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    client.create_function(
        FunctionName=POLLER, Runtime=f"python{sys.version_info[0]}.{sys.version_info[1]}", Role=role, Timeout=60,
        Handler="index.handler", Code={"ZipFile": held.getvalue()}, Environment={"Variables": place.environment()},
    )  # fmt: skip
    yield
    client.delete_function(FunctionName=POLLER)


@pytest.fixture
def proof(place):
    told = {name: value for name, value in place.environment().items() if name.startswith("KIRO_WORKER_")}
    parts = Parts(secrets=(SECRET,), parameter=PARAMETER, poller=POLLER, project=PROJECT, variables=told)

    async def make(board):
        return await make_item(
            board, parts=parts, environment={**place.told, "ENVIRONMENT": ENVIRONMENT, "PATH": "/nowhere"}
        )

    return Verification(
        aws=Aws(region=REGION), clock=SystemClock(), stacks=(), parts=parts, make_item=make, look_seconds=0.1,
        patience_seconds=60,
    )  # fmt: skip


@pytest.mark.usefixtures("function")
async def test_an_item_goes_the_whole_way_and_each_station_is_told(proof, place):
    # The build's worker has done what it had to.
    place.gate.write_text("0")
    stations = [station async for station in proof.stations()]
    assert [(each.name, each.good) for each in stations] == [
        (f"secret {SECRET}", True), (f"parameter {PARAMETER}", True), ("work item", True), (f"function {POLLER}", True),
        (f"build of {PROJECT}", True), ("result", True),
    ], stations  # fmt: skip
    assert "https://github.test/acme/engine/pull/" in stations[2].says
    assert stations[-2].says.endswith(": SUCCEEDED")
    (started,) = place.started()
    assert started["BRANCH_NAME"].startswith("feature/kiro-worker-proof-of-a-deployment-")
    assert started["BRANCH_NAME"] in stations[2].says
