"""The table of calls is what the installed cfn-lint says, and the CDK's own template needs no type that it lacks."""

import refresh_handler_permissions
from kiro_worker.deploy.need import OPERATIONS, handlers, unknown_types
from kiro_worker.deploy.toolkit import bootstrap_of


def test_the_table_is_up_to_date():
    text = refresh_handler_permissions.TARGET.read_text("utf-8")
    assert text == refresh_handler_permissions.text(), "run: python tools/refresh_handler_permissions.py"


def test_each_type_is_made_and_taken_away_by_some_call():
    for kind, operations in handlers()["types"].items():
        assert operations["create"], kind
        assert operations["delete"], kind
        assert set(operations) <= {*OPERATIONS, "read"}, kind


def test_the_bootstrap_holds_no_type_that_the_table_lacks(assembly, cdk_package):
    template = bootstrap_of(assembly.stacks, cdk_package).template
    assert template is not None
    assert unknown_types(template) == ()
    assert {"StagingBucket", "DeploymentActionRole", "CdkBootstrapVersion"} <= set(template.resources)
