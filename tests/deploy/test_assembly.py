import json

import pytest

from deploy.sample import sample
from kiro_worker.deploy.assembly import read_assembly
from kiro_worker.deploy.fault import AssemblyUnfit, NoAssembly, NoSuchStack
from kiro_worker.deploy.template import resolved


def test_each_stack_stands_behind_those_that_it_needs(assembly):
    assert [stack.name for stack in assembly.stacks] == ["shop-test-core", "shop-test-worker", "shop-test-poller"]
    assert assembly.stacks[2].needs == ("shop-test-core", "shop-test-worker")


def test_a_stack_is_named_by_its_name_or_the_end_of_it(assembly):
    assert [stack.name for stack in assembly.chosen(["poller", "shop-test-core"])] == [
        "shop-test-core",
        "shop-test-poller",
    ]
    with pytest.raises(NoSuchStack, match="'roller'") as raised:
        assembly.chosen(["poller", "roller"])
    assert "shop-test-worker" in raised.value.next_step


def test_what_a_stack_imports_is_what_another_exports(assembly, here):
    worker = assembly.stacks[1].template
    variables = worker.resources["Project"].properties["Environment"]["EnvironmentVariables"]
    assert resolved(variables[0]["Value"], worker, here) == "arn:aws:kms:eu-west-1:111122223333:key/*"
    assert resolved({"Fn::ImportValue": "nobody-exports-this"}, worker, here) == "*"


def test_what_is_published_is_known_with_who_publishes_it(assembly, here):
    (asset,) = assembly.stacks[0].assets
    assert here.filled(asset.bucket) == "cdk-hnb659fds-assets-111122223333-eu-west-1"
    assert here.filled(asset.role).endswith(":role/cdk-hnb659fds-file-publishing-role-111122223333-eu-west-1")


def test_a_folder_without_a_manifest_is_said_to_be_none(tmp_path):
    with pytest.raises(NoAssembly, match=r"no manifest\.json"):
        read_assembly(tmp_path)


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"artifacts": {"a": {}}}', '{"artifacts": {"a": {"type": "aws:cloudformation:stack"}}}']
)
def test_a_manifest_that_is_none_is_named(tmp_path, content):
    (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(AssemblyUnfit, match=r"manifest\.json"):
        read_assembly(tmp_path)


def test_a_template_that_is_missing_is_named(tmp_path):
    folder = sample(tmp_path / "cdk.out")
    (folder / "shop-test-core.template.json").unlink()
    with pytest.raises(AssemblyUnfit, match=r"shop-test-core\.template\.json"):
        read_assembly(folder)


def test_stacks_that_need_each_other_are_still_read(tmp_path):
    folder = sample(tmp_path / "cdk.out")
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["artifacts"]["shop-test-core"]["dependencies"].append("shop-test-poller")
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert len(read_assembly(folder).stacks) == 3
