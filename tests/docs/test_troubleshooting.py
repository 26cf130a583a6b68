"""docs/deployment/troubleshooting.md knows what people may see on AWS."""

from pathlib import Path

import pytest

from reference import errors

PAGE = Path(__file__).parents[2] / "docs" / "deployment" / "troubleshooting.md"
# Parts that only run on AWS, or speak to it.
PARTS = ("artifacts.", "aws.", "deploy.", "launch.build", "launch.no-project", "lease.table", "notify.", "poller.")


@pytest.mark.parametrize("code", sorted(fault.code for fault in errors.faults() if fault.code.startswith(PARTS)))
def test_every_fault_of_the_parts_on_aws_is_explained(code):
    assert f"`{code}`" in PAGE.read_text("utf-8")


def test_no_fault_is_explained_that_there_is_not():
    import re

    known = {fault.code for fault in errors.faults()}
    named = set(re.findall(r"`([a-z]+\.[a-z]+(?:-[a-z]+)*)`", PAGE.read_text("utf-8")))
    assert named - known == set()
