from pathlib import Path

import pytest

from kiro_worker.bootstrap.machine import Machine
from kiro_worker.config import credential_names
from kiro_worker.redact import Redactor


@pytest.mark.parametrize("environment", ["", "test", "staging", "production"])
@pytest.mark.parametrize("variable", ["GITHUB_TOKEN", "GITHUB_APP_PRIVATE_KEY", "COMPANY_FORGE_PAT"])
def test_the_credential_of_every_environment_is_known_to_the_redactor(environment, variable):
    value = "plain-words-of-a-proxy"
    held = dict.fromkeys(credential_names(environment, variable), value)
    machine = Machine(environment={**held, "LANG": "C.UTF-8"}, state=Path("/state"), home=Path("/home"))
    assert value not in Redactor(machine.secrets()).text(f"remote: denied for {value}")
    assert {secret.name for secret in machine.secrets()} == set(held)
