"""docs/deployment/iam-permissions.md is what the templates say; the policies in it are ones that IAM takes."""

import json
import re
from pathlib import Path

import pytest

import write_permissions
from kiro_worker.deploy.assembly import read_assembly
from kiro_worker.deploy.need import unknown_types
from kiro_worker.deploy.policy import MOST
from reference import permissions


@pytest.fixture(scope="session")
def page() -> str:
    return write_permissions.PAGE.read_text("utf-8")


def test_the_page_is_what_the_templates_say(assembly, page):
    made = permissions.page(Path(assembly.folder, "test"), write_permissions.CDK)
    assert page == made, "run: python tools/write_permissions.py"


@pytest.mark.parametrize("environment", ["test", "staging", "production"])
def test_no_template_holds_a_type_whose_calls_are_not_known(assembly, environment):
    for stack in read_assembly(Path(assembly.folder, environment)).stacks:
        assert unknown_types(stack.template) == (), "add it in tools/refresh_handler_permissions.py"


def test_each_document_of_the_page_can_be_pasted(page):
    found = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", page, re.DOTALL)]
    assert len(found) >= 5
    for document in found:
        assert len(json.dumps(document, separators=(",", ":"))) <= MOST
        for statement in document["Statement"]:
            actions = statement["Action"]
            assert not any("*" in action for action in ([actions] if isinstance(actions, str) else actions))
