"""Terraform: format, validity and its own tests; there are no lines to cover."""

from kiro_worker.gate.base import BaseFiles
from kiro_worker.gate.detect.model import Asked, Detected, Need


def detect(base: BaseFiles, _asked: Asked) -> Detected | None:
    """See `detect`: configuration at the root."""
    if not base.matching("*.tf") or not any("/" not in path for path in base.matching("*.tf")):
        return None
    tests = base.named("*.tftest.hcl", "*.tftest.json")
    return Detected(
        runner="terraform",
        because="there are *.tf files at the root",
        commands=(
            ("terraform", "fmt", "-check", "-recursive", "-no-color"),
            ("terraform", "validate", "-no-color"),
            *((("terraform", "test", "-no-color"),) if tests else ()),
        ),
        needs=(Need(tool="terraform", program="terraform", wanted_for="running the tests", cure="Install Terraform."),),
        environment={"TF_IN_AUTOMATION": "1", "TF_INPUT": "0"},
        no_coverage="Terraform configuration has no lines that a test could cover",
    )
