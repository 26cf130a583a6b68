"""What templates are given so that they run on this machine: its own version of the worker, a recorded agent, this
checkout's functions, where its GitHub is; and what the emulator's IAM takes in another form than Amazon's."""

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import kiro_worker
from kiro_worker_infra.names import Names

TEST = Names("test")
# What the synthesis of the tests publishes in place of the functions' bundle.
STAND_IN = b"functions"


def suit(assembly: Path, *, functions: Path, agent: str, forge: Mapping[str, str]) -> None:
    """Write it into a copy of the synthesized templates.

    Args:
        assembly: the copy.
        functions: their bundle.
        agent: what the environments' file would name.
        forge: settings that say where GitHub is, which outside is where it always is.
    """
    for asset in assembly.glob("asset.*.zip"):
        if asset.read_bytes() == STAND_IN:
            shutil.copy(functions, asset)
    # The buildspec finds the version that it would install, as in an image of one's own.
    own = {"WORKER_VERSION": kiro_worker.__version__, "KIRO_WORKER_AGENT_NAME": agent, **forge}
    _change(assembly, "worker", lambda resources: _set(resources, own))
    _change(assembly, "worker", _trust)
    _change(assembly, "poller", lambda resources: _function(resources)["Variables"].update(forge))
    _change(assembly, "monitoring", _see_alarms)


def _change(assembly: Path, stack: str, change: Callable[[Mapping[str, Any]], None]) -> None:
    file = assembly / f"{TEST.stack(stack)}.template.json"
    template = json.loads(file.read_text())
    change(template["Resources"])
    file.write_text(json.dumps(template))


def _set(resources: Mapping[str, Any], variables: Mapping[str, str]) -> None:
    environment = _one(resources, "AWS::CodeBuild::Project")["Environment"]
    listed = {each["Name"]: each for each in environment["EnvironmentVariables"]}
    listed |= {name: {"Name": name, "Type": "PLAINTEXT", "Value": value} for name, value in variables.items()}
    environment["EnvironmentVariables"] = list(listed.values())


def _function(resources: Mapping[str, Any]) -> Any:
    return _one(resources, "AWS::Lambda::Function")["Environment"]


def _trust(resources: Mapping[str, Any]) -> None:
    role = _one(resources, "AWS::IAM::Role")
    # For which project it is taken only CodeBuild can say, and the emulator has no such caller; that the conditions
    # are the right ones is held by tests/infra/test_roles.py.
    del role["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]
    # CloudWatch Logs takes `group:*` for the group itself, too, as Lambda's guide writes it; the emulator does not.
    for statement in role["Policies"][0]["PolicyDocument"]["Statement"]:
        if "logs:CreateLogStream" in statement["Action"]:
            between, parts = statement["Resource"]["Fn::Join"]
            alone = {"Fn::Join": [between, [*parts[:-1], parts[-1].removesuffix(":*")]]}
            statement["Resource"] = [statement["Resource"], alone]


def _see_alarms(resources: Mapping[str, Any]) -> None:
    # The emulator does not see which alarms are asked about; tests/infra/test_notifier_rights.py holds the names.
    for statement in _one(resources, "AWS::IAM::Role")["Policies"][0]["PolicyDocument"]["Statement"]:
        if statement["Action"] == "cloudwatch:DescribeAlarms":
            statement["Resource"] = "*"


def _one(resources: Mapping[str, Any], kind: str) -> Any:
    (found,) = (each["Properties"] for each in resources.values() if each["Type"] == kind)
    return found
