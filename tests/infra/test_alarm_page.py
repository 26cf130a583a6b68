"""Commands that the alarm table and its page tell people to run."""

import re
import shlex

import botocore.session
import pytest

from kiro_worker_infra.alarms.table import ROWS
from reference import alarms

# What the command line has beside the services' own calls.
CUSTOM = {("logs", "tail"): {"since"}}
COMMANDS = sorted({command for command in re.findall(r"`(aws [^`]+)`", alarms.page()) if " " in command})


@pytest.fixture(scope="module")
def services():
    session = botocore.session.Session()
    known = {}

    def parameters(service, operation):
        model = known.setdefault(service, session.get_service_model(service))
        shapes = {botocore.xform_name(name).replace("_", "-"): name for name in model.operation_names}
        if operation not in shapes:
            return None
        shape = model.operation_model(shapes[operation]).input_shape
        return {botocore.xform_name(name).replace("_", "-") for name in (shape.members if shape else ())}

    return parameters


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_one_that_amazon_s_command_line_has(services, command):
    _, service, operation, *words = shlex.split(command)
    flags = {word.removeprefix("--") for word in words if word.startswith("--")}
    taken = CUSTOM.get((service, operation)) or services(service, operation)
    assert taken is not None, f"there is no aws {service} {operation}"
    assert flags <= taken


def test_there_are_commands_to_look_at():
    assert len(COMMANDS) > 20


def test_each_row_has_a_runbook_where_its_alarms_point_to():
    page = alarms.page()
    headings = re.findall(r"^### (\S+)$", page, re.MULTILINE)
    assert headings == [row.key for row in ROWS]
    assert "## Together\n" in page
