"""What others' rules say of the templates."""

import subprocess
import sys
from pathlib import Path

import pytest

from kiro_worker_infra.names import KINDS, STACKS


@pytest.mark.parametrize("environment", KINDS)
def test_cdk_nag_finds_nothing_that_is_not_meant_to_be(assembly, environment):
    reports = {each["pluginName"]: each for each in assembly.report(environment)["pluginReports"]}
    assert reports["AwsSolutions"]["violations"] == []
    assert {each["conclusion"] for each in reports.values()} == {"success"}


@pytest.mark.parametrize("environment", KINDS)
def test_each_finding_that_is_meant_to_be_says_why_at_length(assembly, environment):
    accepted = [
        each for report in assembly.report(environment)["pluginReports"] for each in report["suppressedViolations"]
    ]
    assert accepted
    for each in accepted:
        assert len(each["reason"]) > 40, each["acknowledgedId"]


def test_what_is_accepted_is_no_more_than_what_was_talked_about(assembly):
    accepted = {
        each["ruleName"].partition("[")[0]
        for report in assembly.report("production")["pluginReports"]
        for each in report["suppressedViolations"]
    }
    # Rotation of what others issue; the Python of the bundle; named prefixes; the dead-letter queue itself.
    assert accepted <= {"AwsSolutions-SMG4", "AwsSolutions-L1", "AwsSolutions-IAM5", "AwsSolutions-SQS3"}


def test_cfn_lint_finds_nothing(assembly):
    # Each kind of stack once: the others have the same resources with other numbers.
    files = [str(assembly.stack(name, "production").file) for name in STACKS if name != "api"]
    files.append(str(assembly.stack("api").file))
    done = subprocess.run(
        [str(Path(sys.prefix, "bin", "cfn-lint")), *files], check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "")
